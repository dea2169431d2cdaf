"""The command `import`."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reports.plan import (
    PlanError,
    as_contract,
    contracts_in,
    missing,
    read_plan,
)

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.reports import Books


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
    code = 0
    try:
        name = values.contract_id(contract) if contract else _named(plan)
        rows = read_plan(plan.read_text(encoding="utf-8-sig"))
        text = None
        if ledger:
            books, code = load(ledger, as_of)
            if name in books.register.contracts:
                text = missing(rows, name, books.register, as_of)
            else:
                _tell_of_new(name, books, code)
        if text is None:
            text = as_contract(rows, name, as_of)
    except UnicodeDecodeError as problem:
        message = f"cannot read '{plan}': it is not UTF-8 text; save it as UTF-8"
        raise click.UsageError(message) from problem
    except UnreadableError as problem:
        raise click.UsageError(str(problem)) from problem
    except PlanError as problem:
        message = f"'{plan}': {problem}"
        raise click.UsageError(message) from problem
    if text:
        click.echo(text)
    sys.exit(code)


def _named(plan: Path) -> str:
    """Return the id of a contract, from the name of the file: without accents, as ids are."""
    letters = unicodedata.normalize("NFKD", plan.stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^\w.-]+", "-", letters, flags=re.ASCII).strip("-")
    if not name:
        message = f"the name of '{plan}' makes no contract id; give one with --contract"
        raise UnreadableError(message)
    return name


def _tell_of_new(name: str, books: Books, code: int) -> None:
    """Say that a contract is a new one; one that is there with an error is no new one."""
    there = contracts_in(books.entries)
    if name in there:
        message = f"contract '{name}' is in the ledger, but with an error; correct that first"
        raise click.ClickException(message)
    why = "its transaction may not have loaded, see the errors" if code else "this is a new one"
    click.echo(
        f"no contract '{name}' in the ledger{did_you_mean(name, there) or f'; {why}'}", err=True
    )
