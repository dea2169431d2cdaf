"""The command class of reports: of one ledger, or of several."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn

import click

from beancount_milestones.cli import several

if TYPE_CHECKING:
    from collections.abc import Sequence

_READABLE: Final = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_WRITTEN: Final = "beancount_milestones.written"


class Report(click.Command):
    """A report of a ledger; of several, every row begins with the ledger that it is from."""

    #: Whether the table of several ledgers says so where there is nothing.
    says_nothing = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what was written, to say it again for each ledger."""
        ctx.meta[_WRITTEN] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> None:
        """Run the report of the ledger, or of each of them."""
        ledgers: tuple[str, ...] = ctx.params.pop("ledgers")
        jobs: int = ctx.params.pop("jobs")
        if isinstance(ctx.obj, several.Only):
            # One of several: what is written is that of all of them.
            ledgers = (ctx.obj.ledger,)
            ctx.params["form"] = several.printed(ctx.params["form"])
        if len(ledgers) == 1:
            ctx.params["ledger"] = _READABLE.convert(ledgers[0], None, ctx)
            # Every report ends the program.
            super().invoke(ctx)
        if ctx.params.get("output"):
            message = "a document is of one ledger"
            raise click.UsageError(message)
        self._of_each(ctx, ledgers, jobs)

    def _of_each(self, ctx: click.Context, ledgers: Sequence[str], jobs: int) -> NoReturn:
        found = several.run([self.name or "", *ctx.meta[_WRITTEN]], ledgers, jobs)
        # A name that none of them knows is bad usage.
        unknown = several.is_unknown(found)
        for told in found:
            errors = (*told.errors.splitlines(), *((told.unknown,) if unknown else ()))
            for line in filter(None, errors):
                click.echo(line if told.ledger in line else f"{told.ledger}: {line}", err=True)
        title = f"{len(ledgers)} ledgers"
        text = several.merged(ctx.params["form"], found, title, says_nothing=self.says_nothing)
        if text and not unknown:
            click.echo(text)
        sys.exit(click.UsageError.exit_code if unknown else max(told.code for told in found))


class News(Report):
    """A report of what is new: where nothing is, its table is empty."""

    says_nothing = False
