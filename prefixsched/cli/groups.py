"""Groups of commands that are looked up by name when they are wanted."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

import click

from prefixsched.model.errors import InputError
from prefixsched.plugins import registry


class Family(click.Group):
    """A group that knows the nearest command; the program called alone prints its help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse.

        Raises
        ------
        click.UsageError
            If a command is missing after that of a group.
        """
        if not args and not ctx.resilient_parsing:
            if ctx.parent is not None:
                names = ", ".join(self.list_commands(ctx))
                raise click.UsageError(f"a command is missing; there are {names}", ctx)
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that ``args`` begin with.

        Raises
        ------
        click.UsageError
            If there is none of that name; it names the nearest.
        """
        names = self.list_commands(ctx)
        if args[0] not in names and not ctx.resilient_parsing:
            close = difflib.get_close_matches(args[0], names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)


class LazyGroup(Family):
    """A group whose commands are imported when they are wanted.

    Parameters
    ----------
    lazy
        Where each command is, as ``module:attribute``, in the order of the help.
    open_to_others
        Whether other packages add theirs, click commands, through the entry
        points ``prefixsched.commands``; a name that is taken stays the project's
        own. For the root alone.
    """

    def __init__(
        self, *args: Any, lazy: Mapping[str, str], open_to_others: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy
        self.open_to_others = open_to_others

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order given, and then those of other packages."""
        return [*self.lazy, *(name for name in self._others() if name not in self.lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; one that can't be loaded says so when it is run."""
        if cmd_name not in self.lazy:
            return self._added(cmd_name)
        module, _, attribute = self.lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def _others(self) -> Collection[str]:
        """The names that other packages registered, if they may add any here."""
        return registry.available("commands") if self.open_to_others else ()

    def _added(self, name: str) -> click.Command | None:
        """Load a command of another package."""
        if name not in self._others():
            return None
        try:
            added = registry.load("commands", name)
        except InputError as error:
            return broken(name, error)
        if not isinstance(added, click.Command):
            kind = type(added).__name__
            return broken(name, InputError(f"commands: {name!r} is no click command but a {kind}"))
        return added


def broken(name: str, error: InputError) -> click.Command:
    """A command that stands for one that can't be loaded: it says why."""

    def run() -> None:
        raise InputError(str(error)) from error

    return click.Command(name, callback=run, short_help=str(error))
