"""All contracts, and one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import amounts, reports
from beancount_milestones.fava import gantt
from beancount_milestones.fava.accepting import proposals
from beancount_milestones.fava.acting import offered
from beancount_milestones.fava.chart import percent
from beancount_milestones.fava.frame import ranks_of, sums_of
from beancount_milestones.fava.lists import held_back

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.index import Document
    from beancount_milestones.model import Contract
    from beancount_milestones.reports import Row, Standing
    from beancount_milestones.reports.timeline import Lane


@dataclass(frozen=True, slots=True)
class Progress:
    """A contract in one currency, and how far it is, each from 0 to 100."""

    standing: Standing
    earned: str
    billed: str
    paid: str
    ranks: Mapping[str, int]


_STANDING: Final = ("total", "earned", "billed", "paid", "outstanding", "remaining", "proposed")


def contracts(view: View) -> dict[str, Any]:
    """Return the contracts of which something passes the filters, each as a whole.

    Only those of which something is open, unless all are asked for.
    """
    every = view.books.once(reports.contracts)
    kept_names = {row.contract for row in reports.status(view.books) if view.keep(row)}
    passing = [standing for standing in every if standing.contract in kept_names]
    kept = [standing for standing in passing if view.all or _is_open(standing)]
    ranks = ranks_of(view, kept, _STANDING)
    proposed = any(standing.proposed for standing in kept)
    summed = _STANDING if proposed else _STANDING[:-1]
    return {
        "progress": [
            _progress(standing, place) for standing, place in zip(kept, ranks, strict=True)
        ],
        # No total mixes what clients owe and what we owe.
        "totals": sums_of(view, [row for row in kept if row.side == "sell"], summed),
        "to_pay": sums_of(view, [row for row in kept if row.side == "buy"], summed),
        "hidden": len({s.contract for s in every} - kept_names),
        "closed": len({s.contract for s in passing if not _is_open(s)}),
        "all": view.all,
        "proposed": proposed,
        "held": held_back(
            view,
            [row for row in reports.status(view.books) if row.side == "sell" and view.keep(row)],
        ),
    }


def _is_open(standing: Standing) -> bool:
    """Whether anything is still to be billed, paid, released or agreed."""
    return any((standing.remaining, standing.outstanding, standing.retention, standing.proposed))


def _progress(standing: Standing, ranks: Mapping[str, int]) -> Progress:
    return Progress(
        standing=standing,
        earned=percent(standing.earned, standing.total),
        billed=percent(standing.billed, standing.total),
        paid=percent(standing.paid, standing.total),
        ranks=ranks,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A milestone of a contract on an account, and what can be done about it."""

    row: Row
    late: bool
    actions: Sequence[str]
    documents: Sequence[Document]


def contract(view: View, name: str) -> dict[str, Any]:
    """Return all that is known of a contract, whatever the filters."""
    story = reports.story(view.books, name)
    if story is None:
        return {"unknown": name, "what": "contract"}
    parts = [
        Part(
            row=row,
            late=row.late,
            actions=offered(found.milestone, row, view.books.as_of),
            documents=view.index.of_milestone(name, row.milestone),
        )
        for found, row in zip(story.positions, story.rows, strict=True)
    ]
    lanes = [lane for lane in view.books.once(reports.timeline) if lane.contract == name]
    sums: dict[str, list[Decimal]] = {}
    for proof in story.proofs:
        row = sums.setdefault(proof.currency, [amounts.ZERO] * 3)
        figures = (proof.whole, proof.booked, proof.open)
        sums[proof.currency] = list(map(amounts.add, zip(row, figures, strict=True)))
    return {
        "story": story,
        "progress": [_progress(standing, {}) for standing in story.standings],
        "parts": parts,
        "proposals": proposals(story.contract),
        "documents": view.index.documents.get(name, ()),
        # Of a contract with prices, the sums of its currencies are not zero.
        "sums": sums if not any(any(figures) for figures in sums.values()) else {},
        "timeline": gantt.timeline(lanes, view.books.as_of, _first_day(story.contract, lanes)),
    }


def _first_day(contract: Contract, lanes: Iterable[Lane]) -> datetime.date:
    """The first day of a contract that there is anything to draw of.

    A target may be before its date: a proposal was accepted late.
    """
    marks = [mark for lane in lanes for mark in lane.marks]
    targets = [day for mark in marks for day in (mark.target, mark.first_target) if day]
    return min([contract.entry.date, *targets])
