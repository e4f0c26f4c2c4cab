"""Tests of reading and of atomic writing."""

import gzip
import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from prefixsched.io.files import (
    check_writable,
    read_bytes,
    read_text,
    read_utf8,
    same_file,
    write_bytes,
)
from prefixsched.model.errors import InputError


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
    with pytest.raises(InputError, match="can't write: there is no folder .*no; make it"):
        write_bytes(tmp_path / "no" / "x", b"")


def test_a_folder_is_not_overwritten(tmp_path):
    """Writing to a folder's own path fails and leaves nothing behind."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(InputError, match="folder: can't write"):
        write_bytes(folder, b"x")
    assert list(tmp_path.iterdir()) == [folder]


def test_an_error_while_writing_keeps_the_old_file(tmp_path):
    """Only a whole file takes the old one's place: here no byte past the fifth may be written."""
    code = """
import resource, signal, sys
from prefixsched.io.files import InputError, write_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5, 5))
try:
    write_bytes(sys.argv[1], b"too long")
except InputError as error:
    sys.exit(str(error))
"""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.stderr == f"{path}: can't write: file too large; give a path that can be written\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_links_are_followed_and_stay(tmp_path):
    """What a symbolic link leads to is written, whether or not it is there yet."""
    (tmp_path / "data").mkdir()
    for name in ("old", "new"):
        (tmp_path / name).symlink_to(Path("data") / name)
    (tmp_path / "data" / "old").write_bytes(b"old")
    (tmp_path / "twice").symlink_to("old")
    for name in ("new", "twice"):
        write_bytes(tmp_path / name, b"content")
        assert (tmp_path / name).is_symlink()
    assert {f.name: f.read_bytes() for f in (tmp_path / "data").iterdir()} == {
        "old": b"content", "new": b"content"
    }  # fmt: skip


def test_a_circle_of_links_is_named(tmp_path):
    """It leads nowhere, so nothing takes its place."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for act in (check_writable, lambda path: write_bytes(path, b"x"), read_bytes):
        with pytest.raises(InputError, match=r"a: .*too many levels of symbolic links"):
            act(tmp_path / "a")
    assert (tmp_path / "a").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_file_keeps_its_mode(mode, tmp_path):
    """A file that others may not read is not opened to them by being written again."""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_bytes(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", mode)


def test_a_new_file_has_the_usual_mode(tmp_path):
    """As the umask says."""
    mask = os.umask(0o027)
    try:
        write_bytes(tmp_path / "x", b"new")
    finally:
        os.umask(mask)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_fifo_is_written_into(tmp_path):
    """Whoever reads at its other end gets all, and the FIFO stays."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    content = bytes(range(256)) * 4000
    got = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    check_writable(path)
    write_bytes(path, content)
    reader.join(10)
    assert got == [content]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_into(tmp_path):
    """A device stays a device, and says so when it is full; a link to one, too."""
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "full").symlink_to("/dev/full")
    for path in ("/dev/null", tmp_path / "null"):
        check_writable(path)
        write_bytes(path, b"content")
    with pytest.raises(InputError, match="full: can't write: no space left on device"):
        write_bytes(tmp_path / "full", b"content")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_where_standard_output_leads_is_written_into(tmp_path):
    """``-o /dev/stdout`` adds to what the shell sent to the file before."""
    code = "from prefixsched.io.files import write_bytes; write_bytes('/dev/stdout', b'second')"
    path = tmp_path / "out"
    with path.open("wb") as out:
        out.write(b"first ")
        out.flush()
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert path.read_bytes() == b"first second"


def test_a_path_with_a_zero_byte_is_named():
    """No file can be called so."""
    for act in (check_writable, read_bytes, lambda path: write_bytes(path, b"")):
        with pytest.raises(InputError, match="embedded null"):
            act("a\0b")


def test_links_of_every_kind_lead_to_one_file(tmp_path, monkeypatch):
    """However a file is called, it is the same; devices are nobody's input."""
    path = tmp_path / "x"
    path.write_bytes(b"x")
    (tmp_path / "soft").symlink_to("x")
    (tmp_path / "hard").hardlink_to(path)
    (tmp_path / "y").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    for name in ("x", "soft", "hard", "../" + tmp_path.name + "/x"):
        assert same_file(path, name)
    for name in ("y", "missing", ".", "/dev/null"):
        assert not same_file(path, name)
    assert not same_file("/dev/null", "/dev/null")


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_is_read_in_every_unicode_encoding(encoding, tmp_path):
    """Byte order marks are no part of it."""
    path = tmp_path / "x"
    path.write_bytes('{"name": "ü\u2028"}'.encode(encoding))
    assert read_utf8(path) == '{"name": "ü\u2028"}'.encode()
    assert read_text(path) == '{"name": "ü\u2028"}'


@pytest.mark.parametrize("raw", [b"\xff\xfe{\0}", b"\xfe\xff\xd8\0", b"\xff", b"caf\xe9"])
def test_what_is_no_text_is_named(raw, tmp_path):
    """The line says what was taken it for, and what to give."""
    path = tmp_path / "x"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"x: not text.*; give UTF-8"):
        read_text(path)


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    """A little gzip may hold a lot, and a device has no end; no more is read than may be."""
    monkeypatch.setattr("prefixsched.io.files.MOST_BYTES", 3 * 2**20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(bytes(2**26)))
    for name in (path, "/dev/zero"):
        with pytest.raises(InputError, match=f"{name}: holds more than 3 MiB; give a part of it"):
            read_bytes(name)
    path.write_bytes(bytes(3 * 2**20))
    assert len(read_bytes(path)) == 3 * 2**20


def test_a_dash_is_standard_input_and_output(monkeypatch, capsysbinary):
    """Programs can be piped together."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    assert read_bytes("-") == b"piped"
    write_bytes("-", b"out")
    assert capsysbinary.readouterr().out == b"out"
