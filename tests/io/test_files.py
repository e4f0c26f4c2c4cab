"""Tests of reading and of atomic writing."""

import gzip
import io
import sys

import pytest

from prefixsched.errors import InputError
from prefixsched.io.files import read_bytes, replacing, write_bytes


def test_gzip_is_undone_whatever_the_name(tmp_path):
    """Contents decide, not suffixes."""
    path = tmp_path / "plain.json"
    path.write_bytes(gzip.compress(b"hello"))
    assert read_bytes(path) == b"hello"


def test_the_same_content_gives_the_same_gzip(tmp_path):
    """Nothing of the clock or the name goes into a file."""
    for name in ("a.gz", "b.gz"):
        write_bytes(tmp_path / name, b"content")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert read_bytes(tmp_path / "a.gz") == b"content"


@pytest.mark.parametrize("cut", [5, 15, 24])
def test_a_broken_gzip_is_named(tmp_path, cut):
    """A file cut short anywhere is refused by name."""
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(b"hello" * 100)[:cut])
    with pytest.raises(InputError, match=r"x\.json\.gz: the gzip is broken or cut short"):
        read_bytes(path)


def test_missing_files_and_folders_are_named(tmp_path):
    """Reading says what to give, and so does writing."""
    with pytest.raises(InputError, match="none: no such file or directory; give a file"):
        read_bytes(tmp_path / "none")
    with pytest.raises(InputError, match=": is a directory; give a file"):
        read_bytes(tmp_path)
    with pytest.raises(InputError, match="can't write: no such file or directory"):
        write_bytes(tmp_path / "no" / "x", b"")


def test_a_folder_is_not_overwritten(tmp_path):
    """Writing to a folder's own path fails and leaves nothing behind."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match="folder: can't write"):
        write_bytes(folder, b"x")
    assert list(tmp_path.iterdir()) == [folder]


def test_an_error_while_writing_keeps_the_old_file(tmp_path):
    """Only a whole file takes the old one's place."""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_dash_is_standard_input_and_output(monkeypatch, capsysbinary):
    """Programs can be piped together."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    assert read_bytes("-") == b"piped"
    write_bytes("-", b"out")
    assert capsysbinary.readouterr().out == b"out"
