"""Input errors: the one exception that users meet."""


class InputError(ValueError):
    """A file, value or option that can't be used.

    The message is one line that names where the trouble is and what mends it;
    the command line prints it as it stands and exits with status 2.
    """
