"""Gaps and dates of invoice numbers, numbers with two due dates, and due dates of nothing."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from beancount_milestones.reports import numbering
from beancount_milestones.reports.check.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.model import Contract, Milestone, Step
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding, Kind
    from beancount_milestones.reports.numbering import Used


def numbers(books: Books) -> Iterator[Finding]:
    """Yield gaps in our invoice numbers, and numbers whose dates run backwards.

    A gap is a number between two others that is nowhere in the ledger. A series of which less than
    half is there is not counted one by one, and has no gaps.
    """
    used = numbering.used(books, books.as_of)
    elsewhere = numbering.mentioned(books, books.as_of)
    for series in numbering.series(used):
        found = series.numbers
        dense = 2 * len(found) > max(found) - min(found) + 1
        there = series.among(elsewhere)
        for before, after in pairwise(found):
            first, second = found[before], found[after]
            here = used[second]
            if used[first].date > here.date:
                message = f"{second} of {here.date} is dated before {first} of {used[first].date}"
                yield from of_number(books, "number", here, message)
            if not dense:
                continue
            between = range(before + 1, after)
            missing = [series.name(number) for number in between if number not in there]
            if missing:
                verb = "is" if len(missing) == 1 else "are"
                message = f"{', '.join(missing)} {verb} missing between {first} and {second}"
                yield from of_number(books, "number", here, message)


def of_number(books: Books, kind: Kind, here: Used, message: str) -> Iterator[Finding]:
    """Yield a finding about a number, if that is asked about."""
    if numbering.is_asked(books, here):
        yield finding(
            kind,
            here.date,
            message,
            here.entry,
            contract=here.contract,
            milestone=here.milestone,
            client=here.client,
        )


def due_dates(books: Books) -> Iterator[Finding]:
    """Yield numbers whose milestones have different due dates: the earliest counts.

    Where one of them waits for an invoice of ours, that counts, and only what is written beside it
    is different.
    """
    found: dict[str, dict[str, tuple[Contract, Milestone, Step]]] = defaultdict(dict)
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            for step in milestone.steps_at(books.as_of):
                if step.number and (step.due or step.due_on) and step.event != "credited":
                    said = step.entry.meta.get("due")
                    if said is None and not step.due_on:
                        said = contract.due(step.date)
                    if said is not None:
                        found[step.number].setdefault(str(said), (contract, milestone, step))
    for number, dues in found.items():
        if len(dues) > 1:
            said = sorted(dues)
            contract, milestone, step = dues[said[-1]]
            counts = f"it waits for {step.due_on}" if step.due_on else "the earliest counts"
            yield finding(
                "due",
                step.date,
                f"{number} has different due dates, {', '.join(said)}: {counts}",
                step.entry,
                contract=contract.id,
                milestone=milestone.id,
                client=books.clients.called(contract.client),
            )


def dues_of_nothing(books: Books) -> Iterator[Finding]:
    """Yield the due dates of directives that neither invoice nor credit anything."""
    unused: dict[int, tuple[Contract, Milestone, Step]] = {}
    billing: set[int] = set()
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            billing |= {id(step.entry) for step, _ in milestone.moves(books.as_of)}
            for step in milestone.steps_at(books.as_of):
                if "due" in step.entry.meta:
                    unused.setdefault(id(step.entry), (contract, milestone, step))
    for entry, (contract, milestone, step) in unused.items():
        if entry in billing:
            continue
        yield finding(
            "due",
            step.date,
            f"due: {step.entry.meta['due']} says nothing where nothing is invoiced; add 'invoice',"
            " or write it on the directive that invoices",
            step.entry,
            contract=contract.id,
            milestone=milestone.id,
            client=books.clients.called(contract.client),
        )
