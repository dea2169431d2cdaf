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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what was written, to say it again of each ledger."""
        ctx.meta[_WRITTEN] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> None:
        """Run the report of the ledger, or of each of them."""
        ledgers: tuple[str, ...] = ctx.params.pop("ledgers")
        jobs: int = ctx.params.pop("jobs")
        if len(ledgers) == 1:
            ctx.params["ledger"] = _READABLE.convert(ledgers[0], None, ctx)
            # Every report ends the program.
            super().invoke(ctx)
        if ctx.params.get("output"):
            message = "a document is of one ledger"
            raise click.UsageError(message)
        self._of_each(ctx, ledgers, jobs)

    def _of_each(self, ctx: click.Context, ledgers: Sequence[str], jobs: int) -> NoReturn:
        rest = list(ctx.meta[_WRITTEN])
        for ledger in ledgers:
            rest.remove(ledger)
        form = ctx.params["form"]
        rest += ["--format", "csv" if form == "table" else form, "--jobs", "1"]
        found = several.run(self.name or "", ledgers, rest, jobs)
        for told in found:
            for line in told.errors.splitlines():
                click.echo(line if told.ledger in line else f"{told.ledger}: {line}", err=True)
        click.echo(several.merged(form, found, f"{len(ledgers)} ledgers"))
        sys.exit(max(told.code for told in found))
