"""How much of a load is ours? Prints CPU times and, which alone can be compared, ratios.

    python bench/run.py [--transactions 100000] [--contracts 1000] [--rounds 3]

One ledger, one process, and every round times the same things one after the other: the whole load,
our plugin, the plugin `zerosum` of beancount-reds-plugins, the floor (a pass over all entries, and
the transactions that we book, made from what is known) and an empty pass. Every second round goes
backwards. The same for a tenth of the ledger says how our plugin grows. Then fresh interpreters
import Beancount's loader and our plugin. Nothing is asserted: a time is not right or wrong.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from math import log10
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount
from beancount.parser import booking, parser
from beancount_reds_plugins.zerosum import zerosum

from beancount_milestones import milestones, postings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = dt.date(2016, 1, 1)
DAYS = 3650
CLIENTS = 100
#: Milestones of a contract; all are completed.
STAGES = 5
#: Transfers by way of a clearing account, for zerosum to find: of a hundred transactions.
TRANSFERS = 3
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
    transfers = transactions * TRANSFERS // 100
    for number in range(transfers):
        date, amount = day(), f"{chance.randrange(1, 10**6) / 100:.2f}"
        yield f'{date} * "Transfer {number}"\n  Assets:Clearing  {amount} USD\n  Assets:Bank'
        yield f'{date} * "Transfer {number}"\n  Assets:Card  {amount} USD\n  Assets:Clearing'
    for number in range(contracts):
        date = day(DAYS - 400)
        yield contract(number, date, chance.randrange(10**5, 10**7))
    for number in range(transactions - 2 * transfers - contracts):
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
    shares = [f"{10 + (number * (stage + 7)) % 97 / 10:.1f}%" for stage in range(STAGES - 1)]
    lines += [f'  terms: "net {10 + number % 50}"']
    lines += [
        f'  milestone-stage{stage}: "{share} Stage {stage} of {number}"'
        for stage, share in enumerate([*shares, "rest"])
    ]
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


def floor(entries: data.Directives, made: list[data.Transaction]) -> tuple[data.Directive, ...]:
    """Do the least that a plugin must which books these transactions: nothing is worked out."""
    nothing(entries)
    booked: list[data.Directive] = list(entries)
    for entry in made:
        legs = [
            leg._replace(units=Amount(postings.number(leg), postings.currency(leg)))
            for leg in entry.postings
        ]
        booked.append(entry._replace(meta=dict(entry.meta), postings=legs))
    return tuple(booked)


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


def measured(transactions: int, contracts: int, rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of everything, round by round."""
    text = "\n".join(ledger(transactions, contracts)) + "\n"
    entries, problems, options = parser.parse_string(text)
    entries, more = booking.book(entries, options)
    booked, errors = milestones(entries, dict(options))
    assert not [*problems, *more, *errors]  # noqa: S101 - the ledger is ours
    made = [e for e in booked[len(entries) :] if isinstance(e, data.Transaction)]
    assert len(made) == contracts * STAGES  # noqa: S101
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        path.write_text(text, encoding="utf-8")
        works: dict[str, Callable[[], Callable[[], Any]]] = {
            "whole load": lambda: partial(loader.load_file, str(path)),
            "our plugin": lambda: partial(milestones, entries, dict(options)),
            "zerosum": lambda: partial(zerosum.zerosum, copied(entries), options, ZEROSUM),
            "floor": lambda: partial(floor, entries, made),
            "empty pass": lambda: partial(nothing, entries),
        }
        for number in range(rounds):
            for name in sorted(works, reverse=bool(number % 2)):
                times.setdefault(name, []).append(cpu(works[name]()))
    return times


def imports(rounds: int) -> dict[str, float]:
    """Return the seconds that fresh interpreters take to import the loader, and then us."""
    code = (
        "import time; start = time.process_time(); import beancount.loader;"
        " from beancount.parser.options import OPTIONS_DEFAULTS;"
        " options = OPTIONS_DEFAULTS | {'filename': '', 'include': []};"
        " between = time.process_time(); from beancount_milestones import milestones;"
        " milestones([], options);"
        " print(between - start, time.process_time() - between)"
    )
    with tempfile.TemporaryDirectory() as folder:
        # Compiled files, as everyone has after the first run: that one does not count.
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        _, *found = (
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            )
            for _ in range(5 * rounds + 1)
        )
    pairs = [tuple(map(float, done.stdout.split())) for done in found]
    theirs, ours = zip(*pairs, strict=True)
    return {"Beancount's loader": median(theirs), "our plugin and its first run": median(ours)}


def growth(smaller: list[float], larger: list[float]) -> float:
    """Return the exponent that ten times the ledger shows: 1 is linear."""
    return log10(median(larger) / median(smaller))


def main() -> None:
    """Make the ledgers, take the times, print them."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--transactions", type=int, default=100_000)
    arguments.add_argument("--contracts", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=3)
    said = arguments.parse_args()
    loader.initialize(use_cache=False)
    small = measured(said.transactions // 10, said.contracts // 10, said.rounds)
    times = measured(said.transactions, said.contracts, said.rounds)
    print(
        f"{said.transactions:,} transactions, {said.contracts:,} contracts,"
        f" {said.contracts * STAGES:,} completions; CPU seconds"
    )
    for name, seconds in times.items():
        print(f"  {name:12} {median(seconds):8.3f}   ({min(seconds):.3f} to {max(seconds):.3f})")

    def ratio(other: str) -> float:
        return median(a / b for a, b in zip(times["our plugin"], times[other], strict=True))

    print(f"our plugin is {ratio('whole load'):.2%} of the load")
    print(f"our plugin takes {ratio('zerosum'):.2f} times what zerosum takes")
    print(f"our plugin takes {ratio('floor'):.2f} times the floor")
    exponents = {name: growth(small[name], times[name]) for name in ("whole load", "our plugin")}
    print("growth exponent:", ", ".join(f"{name} {n:.2f}" for name, n in exponents.items()))
    found = imports(said.rounds)
    theirs, ours = found.values()
    print(f"import: {', '.join(f'{name} {seconds:.3f}' for name, seconds in found.items())}")
    print(f"our plugin adds {ours / theirs:.0%} to the import of the loader")


if __name__ == "__main__":
    main()
