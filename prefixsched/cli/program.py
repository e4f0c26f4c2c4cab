"""How the program ends: exit codes, and one line for whatever is the user's to mend."""

from __future__ import annotations

import errno
import logging
import os
import sys
from typing import Any, NoReturn

import click

from prefixsched.cli import cut
from prefixsched.cli.groups import LazyGroup
from prefixsched.io.escape import escaped, uncapitalised
from prefixsched.model.errors import InputError
from prefixsched.runtime.interrupt import was_raised

BAD_INPUT = 2
UNANSWERED = cut.UNANSWERED
BROKEN_PIPE = 128 + 13
MOST_LINE = 2_000
"""Characters of a message; a longer one is cut in the middle."""

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Program(LazyGroup):
    """The root of the commands: no traceback for what a user can mend."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run, print one line where something is wrong, and exit."""
        cut.begin()
        try:
            sys.exit(super().main(*args, **{**kwargs, "standalone_mode": False}))
        except (click.ClickException, InputError) as error:
            complain(explain(error))
            sys.exit(BAD_INPUT)
        except click.Abort:  # click's word for an interrupt, here while it reads the command line
            cut.speak()
            sys.exit(UNANSWERED)
        except OSError as error:  # while help is printed
            if error.errno not in _DISK:
                raise
            _abandon_output()
            complain(f"can't write: {(error.strerror or str(error)).lower()}")
            sys.exit(BAD_INPUT)

    def invoke(self, ctx: click.Context) -> None:
        """Run the command."""
        handler = _Warnings()
        logging.getLogger("prefixsched").addHandler(handler)
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            self._cut_short(ctx)
        except BrokenPipeError:
            _abandon_output()
            ctx.exit(BROKEN_PIPE)
        except OSError as error:
            if error.errno not in _DISK:
                raise
            _abandon_output()
            raise InputError(f"can't write: {(error.strerror or str(error)).lower()}") from error
        except Exception as error:
            if not was_raised(type(error)):
                raise
            self._cut_short(ctx)
        finally:
            logging.getLogger("prefixsched").removeHandler(handler)

    def _cut_short(self, ctx: click.Context) -> None:
        """Print what is known when the command was interrupted, or is out of time."""
        with cut.printing(last=False):
            cut.speak()
        ctx.exit(UNANSWERED)


def complain(message: str) -> None:
    """Print one line on standard error, whatever ``message`` holds."""
    line = escaped(" ".join(message.split()))
    if len(line) > MOST_LINE:  # a file may state names of megabytes; the mend stands at the end
        line = f"{line[: MOST_LINE // 2]} … {line[-MOST_LINE // 2 :]}"
    click.echo(f"prefixsched: {line}", err=True)


def explain(error: click.ClickException | InputError) -> str:
    """What is wrong and, for a usage error, where to read on."""
    if not isinstance(error, click.UsageError):
        return error.format_message() if isinstance(error, click.ClickException) else str(error)
    if isinstance(error, click.NoSuchOption):
        message = f"there is no option {error.option_name}"
        if error.possibilities:
            return f"{message}; did you mean {error.possibilities[0]}?"
    elif isinstance(error, click.MissingParameter):
        message = f"{_name(error)} is missing"
    elif isinstance(error, click.BadParameter):
        message = f"{_name(error)}: {_sentence(error.message)}"
    else:
        message = _sentence(error.format_message())
    if error.ctx is None or message.endswith("?") or "; " in message:
        return message  # it says what to do already
    return f"{message}; see {error.ctx.command_path} --help"


def _name(error: click.BadParameter) -> str:
    """What the user calls the parameter: its longest option, or its place in the usage line."""
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    if error.param is not None:
        return error.param.human_readable_name
    return str(error.param_hint)


def _sentence(text: str) -> str:
    return uncapitalised(text).removesuffix(".")


def _abandon_output() -> None:
    """Let what is still buffered for standard output go nowhere, or Python would complain of it."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # standard output is no file
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


class _Warnings(logging.Handler):
    """Prints the package's warnings on standard error, one line each."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        complain(record.getMessage())
