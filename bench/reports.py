"""How long does a report take? Prints CPU times and, which alone can be compared, ratios.

    python bench/reports.py [--million] [--rounds 3]

100,000 transactions, of which 1,000 contracts with 5,000 milestones and 20,000 payments; a tenth
of that; and, if asked, ten times as much. Each ledger is loaded, and then each report is made, in
one process, every round one after the other. The ratio to the load itself is taken in each round.
Nothing is asserted about times: a time is not right or wrong.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import inspect
import re
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import run
from beancount import loader

from beancount_milestones import export, reports
from beancount_milestones.model import of_register
from beancount_milestones.receivables import open_items
from beancount_milestones.reports import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Transactions, and one in a hundred of them is a contract.
SIZES = (10_000, 100_000)
MILLION = 1_000_000
#: Payments of a milestone, each of 24 percent: something stays open.
PAYMENTS = 4
PART = 0.24
AS_OF = run.START + dt.timedelta(days=run.DAYS - 200)

BILL = re.compile(r'contract: "c(\d+)".*Receivable:Client(\d+)  ([\d.]+) USD', re.DOTALL)


def ledger(transactions: int) -> Iterator[str]:
    """Make up a ledger with payments, the same every time."""
    contracts = transactions // 100
    others = transactions - contracts * run.STAGES * PAYMENTS
    for text in run.ledger(others, contracts):
        yield text
        bill = BILL.search(text)
        if bill:
            number, client, total = bill.groups()
            signed = dt.date.fromisoformat(text[:10])
            yield from payments(number, client, float(total) / run.STAGES, signed)


def payments(number: str, client: str, amount: float, signed: dt.date) -> Iterator[str]:
    """Pay all milestones of a contract: with links of three kinds, and with none."""
    for stage in range(run.STAGES):
        links = (f"^I-{number}-{stage}", f"^c{number}/stage{stage}", f"^c{number}", "")
        for part in range(PAYMENTS):
            date = signed + dt.timedelta(days=30 * (stage + 1) + 9 * part + 5)
            yield (
                f'{date} * "Client {client}" "Payment" {links[part]}\n'
                f"  Assets:Bank  {amount * PART:.2f} USD\n  Assets:Receivable:Client{client}"
            )


def works(books: Books) -> dict[str, Callable[[], Any]]:
    """Everything that can be made of a load: open items, and each report that there is.

    Each of them from books of its own, for books keep what was made of them.
    """
    found: dict[str, Callable[[], Any]] = {
        "open items": lambda: open_items(books.register, books.entries, books.options, books.as_of)
    }
    for name in reports.__all__:
        report = getattr(reports, name)
        if inspect.isfunction(report) and needs_books_only(report):
            found[name] = partial(report, replace(books))
    found["print"] = lambda: export.text(books.register, books.options)
    return found


def needs_books_only(report: Callable[..., Any]) -> bool:
    """Whether the books are all that a function must be given."""
    needed = [
        name
        for name, parameter in inspect.signature(report).parameters.items()
        if parameter.default is inspect.Parameter.empty
    ]
    return needed == ["books"]


def measured(transactions: int, rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of the load and of everything else, round by round."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        path.write_text("\n".join(ledger(transactions)) + "\n", encoding="utf-8")
        for _ in range(rounds):
            loaded: list[Any] = []
            seconds = run.cpu(lambda: loaded.extend(loader.load_file(str(path))))  # noqa: B023
            times.setdefault("load", []).append(seconds)
            entries, errors, options = loaded
            register = of_register(options)
            assert register, "the plugin did not run"  # noqa: S101 - the ledger is ours
            assert not errors, errors[:3]  # noqa: S101
            # As the command does.
            gc.freeze()
            gc.disable()
            for name, work in works(Books(register, entries, options, AS_OF)).items():
                times.setdefault(name, []).append(run.cpu(work))
            gc.enable()
            gc.unfreeze()
            loaded.clear()
            del entries, errors, options, register
    return times


def show(transactions: int, times: dict[str, list[float]]) -> None:
    """Print a table for one ledger."""
    contracts = transactions // 100
    milestones = contracts * run.STAGES
    print(
        f"{transactions:,} transactions, {contracts:,} contracts, {milestones:,} milestones,"
        f" {milestones * PAYMENTS:,} payments; CPU seconds, and ratio to the load"
    )
    for name, seconds in times.items():
        ratio = median(a / b for a, b in zip(seconds, times["load"], strict=True))
        spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
        print(f"  {name:14} {median(seconds):8.3f}   {spread:20} {ratio:8.2%}")


def main() -> None:
    """Make the ledgers, take the times, print them and how they grow."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--million", action="store_true", help="takes minutes")
    arguments.add_argument("--rounds", type=int, default=3)
    said = arguments.parse_args()
    loader.initialize(use_cache=False)
    smaller: dict[str, list[float]] = {}
    for transactions in (*SIZES, MILLION) if said.million else SIZES:
        times = measured(transactions, said.rounds)
        show(transactions, times)
        if smaller:
            growth = {name: run.growth(smaller[name], times[name]) for name in times}
            print("  growth exponents from a tenth of the ledger:")
            print("   ", ", ".join(f"{name} {n:.2f}" for name, n in growth.items()))
        smaller = times


if __name__ == "__main__":
    main()
