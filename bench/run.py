"""How much of a load is ours? Prints CPU times and, which alone can be compared, ratios.

    python bench/run.py [--transactions 100000] [--contracts 1000] [--rounds 3]

One ledger, one process, and every round times the same things one after the other: the whole load,
our plugin, the plugin `zerosum` of beancount-reds-plugins, and a pass over all entries that does
nothing. Every second round goes backwards. Nothing is asserted: a time is not right or wrong.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from beancount import loader
from beancount.core import data
from beancount.parser import booking, parser
from beancount_reds_plugins.zerosum import zerosum

from beancount_milestones import milestones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = dt.date(2016, 1, 1)
DAYS = 3650
CLIENTS = 100
#: Milestones of a contract; all are completed.
STAGES = 5
#: Transfers by way of a clearing account, for zerosum to find.
TRANSFERS = 3000
ZEROSUM = "{'zerosum_accounts': {'Assets:Clearing': ('Assets:Cleared', 30)}}"


def ledger(transactions: int, contracts: int) -> Iterator[str]:
    """Make up a ledger, the same every time."""
    chance = random.Random(42)  # noqa: S311 - not a secret

    def day(last: int = DAYS) -> dt.date:
        return START + dt.timedelta(days=chance.randrange(last))

    yield "plugin \"beancount_milestones\" \"{'terms': 'net 30'}\""
    accounts = [
        "Assets:Bank",
        "Assets:Clearing",
        "Assets:Cleared",
        "Assets:Card",
        "Liabilities:VAT",
    ]
    accounts += [f"Assets:Receivable:Client{number}" for number in range(CLIENTS)]
    accounts += [f"Expenses:Kind{number}" for number in range(40)]
    for account in [*accounts, "Income:Work"]:
        yield f"2000-01-01 open {account}"
    for number in range(TRANSFERS):
        date, amount = day(), f"{chance.randrange(1, 10**6) / 100:.2f}"
        yield f'{date} * "Transfer {number}"\n  Assets:Clearing  {amount} USD\n  Assets:Bank'
        yield f'{date} * "Transfer {number}"\n  Assets:Card  {amount} USD\n  Assets:Clearing'
    for number in range(contracts):
        date = day(DAYS - 400)
        yield contract(number, date, chance.randrange(10**5, 10**7))
    for number in range(transactions - 2 * TRANSFERS - contracts):
        amount = f"{chance.randrange(1, 10**6) / 100:.2f}"
        kind = chance.randrange(40)
        note = f'\n  note: "{number}"' if number % 5 == 0 else ""
        yield (
            f'{day()} * "Shop {kind}" "Purchase {number}"{note}\n'
            f"  Expenses:Kind{kind}  {amount} USD\n  Assets:Card"
        )


def contract(number: int, date: dt.date, cents: int) -> str:
    """Write a contract and the completion of all its milestones."""
    client = number % CLIENTS
    total = cents / 100
    lines = [f'{date} * "Client {client}" "Work {number}"', f'  contract: "c{number}"']
    lines += [f'  milestone-stage{stage}: "20% Stage {stage}"' for stage in range(STAGES)]
    lines += [
        f"  Assets:Receivable:Client{client}  {total * 1.2:.2f} USD",
        f"  Liabilities:VAT  {-total * 0.2:.2f} USD",
        "  Income:Work",
    ]
    for stage in range(STAGES):
        then = date + dt.timedelta(days=30 * (stage + 1))
        lines += [
            f'{then} custom "milestone" "c{number}" "stage{stage}" "completed"',
            f'  invoice: "I-{number}-{stage}"',
        ]
    return "\n".join(lines)


def nothing(entries: data.Directives) -> int:
    """Pass over all entries, as every plugin has to."""
    return sum(1 for entry in entries if isinstance(entry, data.Transaction))


def copied(entries: data.Directives) -> data.Directives:
    """Return the entries with postings of their own: zerosum changes them where they are."""
    return [
        entry._replace(postings=list(entry.postings))
        if isinstance(entry, data.Transaction)
        else entry
        for entry in entries
    ]


def cpu(work: Callable[[], Any]) -> float:
    """Return the CPU seconds that it takes."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Make the ledger, take the times, print them."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--transactions", type=int, default=100_000)
    arguments.add_argument("--contracts", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=3)
    said = arguments.parse_args()
    loader.initialize(use_cache=False)
    text = "\n".join(ledger(said.transactions, said.contracts)) + "\n"
    print(
        f"{said.transactions:,} transactions, {said.contracts:,} contracts,"
        f" {said.contracts * STAGES:,} completions; CPU seconds"
    )
    entries, problems, options = parser.parse_string(text)
    entries, more = booking.book(entries, options)
    booked, errors = milestones(entries, dict(options))
    assert not [*problems, *more, *errors]  # noqa: S101 - the ledger is ours
    assert len(booked) == len(entries) + said.contracts * STAGES  # noqa: S101

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        path.write_text(text, encoding="utf-8")
        works: dict[str, Callable[[], Callable[[], Any]]] = {
            "whole load": lambda: partial(loader.load_file, str(path)),
            "our plugin": lambda: partial(milestones, entries, dict(options)),
            "zerosum": lambda: partial(zerosum.zerosum, copied(entries), options, ZEROSUM),
            "empty pass": lambda: partial(nothing, entries),
        }
        times: dict[str, list[float]] = {name: [] for name in works}
        for number in range(said.rounds):
            for name in sorted(works, reverse=bool(number % 2)):
                times[name].append(cpu(works[name]()))
    for name, seconds in times.items():
        print(f"  {name:12} {median(seconds):8.3f}   ({min(seconds):.3f} to {max(seconds):.3f})")

    def ratio(other: str) -> float:
        return median(a / b for a, b in zip(times["our plugin"], times[other], strict=True))

    print(f"our plugin is {ratio('whole load'):.2%} of the load")
    print(f"our plugin takes {ratio('zerosum'):.2f} times what zerosum takes")


if __name__ == "__main__":
    main()
