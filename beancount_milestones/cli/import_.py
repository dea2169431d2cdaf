"""The command `import`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF
from beancount_milestones.reports.plan import PlanError, as_contract, missing, read_plan

if TYPE_CHECKING:
    import datetime


@click.command("import")
@click.option(
    "--contract", metavar="ID", help="The id of the contract.  [default: the name of the file]"
)
@AS_OF
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument(
    "ledger", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
def import_(plan: Path, ledger: str | None, contract: str | None, as_of: datetime.date) -> None:
    """A plan in CSV, as lines for the ledger.

    PLAN has the columns id, title, share, target and done. Prints a contract to begin with; for a
    contract that LEDGER has, the directives that are missing there. Nothing is written.

    \b
    Example:
      bean-milestones import acme-brand.csv books.beancount
    """
    name = contract or re.sub(r"[^\w.-]+", "-", plan.stem)
    code = 0
    try:
        rows = read_plan(plan.read_text(encoding="utf-8-sig"))
        known = None
        if ledger:
            books, code = load(ledger, as_of)
            known = books.register.contracts.get(name)
        text = missing(rows, known) if known else as_contract(rows, name, as_of)
    except UnicodeDecodeError as problem:
        message = f"cannot read '{plan}': it is not UTF-8 text; save it as UTF-8"
        raise click.UsageError(message) from problem
    except PlanError as problem:
        message = f"'{plan}': {problem}"
        raise click.UsageError(message) from problem
    if text:
        click.echo(text)
    sys.exit(code)
