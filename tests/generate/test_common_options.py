"""Tests of what is said of the options that generators have in common."""

import inspect

import pytest

from prefixsched.cli.docs import read_docs
from prefixsched.generate.common_options import COMMON, documents_common_options


def test_what_a_generator_says_itself_stands():
    """The rest is filled in, and all but the parameters stays as it was."""

    @documents_common_options
    def family(*, load=None, seed=0):
        """Make it.

        More of it.

        Parameters
        ----------
        seed
            Recorded alone.

        Returns
        -------
        Instance
            Made.
        """

    docs = read_docs(family)
    assert list(docs.parameters.items()) == [
        ("load", " ".join(COMMON["load"].split())),
        ("seed", "Recorded alone."),
    ]
    assert (docs.summary, docs.description) == ("Make it.", "More of it.")
    assert inspect.getdoc(family).endswith("Returns\n-------\nInstance\n    Made.")


def test_an_option_that_nobody_documents_is_refused():
    """When the generator is defined, not when somebody asks for help."""

    def family(*, seed=0, wheels=4):
        """Make it.

        Parameters
        ----------
        seed
            Recorded alone.
        """

    with pytest.raises(ValueError, match="family: document the parameter wheels"):
        documents_common_options(family)


def test_no_docstring_is_no_error():
    """As where Python runs without them."""

    def family(*, seed=0):
        return seed

    assert documents_common_options(family)(seed=3) == 3
