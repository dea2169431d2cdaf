"""The command `bean-milestones`: a thin door to the reports.

common      options, loading and printing, alike for every command
tables      reports as tables, and the days of a period
milestones  the table that status, unbilled and outstanding share
reporting   reports of one ledger or of several
several     one report over several ledgers
files       what commands write
versions    a file, or what a git revision had

and one file for each command, with its name.
"""

from importlib import import_module
from typing import Final

import click

from beancount_milestones.garbage import no_garbage

COMMANDS: Final = (
    *("aging", "application", "calendar", "changes", "check", "contracts", "diff", "forecast"),
    *("ids", "import", "invoice", "invoices", "outstanding", "print", "reconcile", "remind"),
    *("revenue", "rollforward", "schedule", "statement", "status", "taxes", "unbilled", "withheld"),
)
#: Words of Python, which have an underscore behind them there.
_PYTHON: Final = {"import", "print"}


class _Commands(click.Group):
    """Imports a command when it is asked for: what writes documents needs much that others do not.

    All of them where the name is unknown, so that click can offer the nearest.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for name in (cmd_name,) if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                python = f"{name}_" if name in _PYTHON else name
                module = import_module(f"{__name__}.{python}")
                self.add_command(getattr(module, python))
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Commands)
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""
    # A command makes nothing that is not needed to its end.
    click.get_current_context().with_resource(no_garbage())
