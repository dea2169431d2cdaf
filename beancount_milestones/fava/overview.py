"""The overview: four figures, what there is to do, charts, the beginnings of the lists."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import amounts, reports
from beancount_milestones.fava import chart
from beancount_milestones.fava.acting import PAYMENT
from beancount_milestones.fava.lists import FEW, age_of, table

if TYPE_CHECKING:
    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.index import Source
    from beancount_milestones.reports import (
        Expected,
        Figures,
        Todo,
    )


#: What is done about something with one click: the action, and how it is called.
CLICKS: Final = {
    "invoice": ("invoiced", "Invoice"),
    "match": (PAYMENT, "Record payment"),
    "chase": (PAYMENT, "Record payment"),
    "late": ("completed", "Completed"),
    "accept": ("completed", "Completed"),
}


@dataclass(frozen=True, slots=True)
class Task:
    """A thing to do, and the click that does it."""

    todo: Todo
    #: What the contract is called where the milestone was agreed.
    contract: str
    #: How long it is overdue, from 0 to 4.
    age: int
    source: Source
    action: str
    label: str


def overview(view: View) -> dict[str, Any]:
    """Return the figures, what there is to do, the charts, and the beginnings of both lists."""
    open_ = [item for item in reports.items(view.books) if item.side == "sell" and view.keep(item)]
    tasks = [_task(view, todo) for todo in reports.todo(view.books, view.keep)]
    figures = _figures(view)
    order = [shown.currency for shown in figures]

    def place(drawn: chart.CashChart | chart.AgingBar) -> int:
        return order.index(drawn.currency) if drawn.currency in order else len(order)

    return {
        "figures": figures,
        "tasks": tasks[:FEW],
        "more_tasks": len(tasks) - len(tasks[:FEW]),
        "cash": sorted(_cash(view), key=place),
        "to_credit": chart.to_credit(_expected(view), view.money),
        "aging": sorted(chart.aging_bars(reports.aged(open_), view.money), key=place),
        "unbilled": table(view, "unbilled", FEW),
        "outstanding": table(view, "outstanding", FEW),
        "besides": {
            "other": view.money.sums(((i.open,), i.currency) for i in open_ if i.kind == "other"),
            "unapplied": view.money.sums(
                ((amounts.negative(i.open),), i.currency) for i in open_ if i.kind == "unapplied"
            ),
        },
        "narrowed": view.narrowed,
    }


def next_task(view: View) -> Task | None:
    """Return the first thing there is to do, whatever the filters."""
    return next((_task(view, todo) for todo in reports.todo(view.books)), None)


def _figures(view: View) -> list[Figures]:
    """The figures, those of currencies that are shown alike taken together."""
    found: dict[str, Figures] = {}
    for figures in reports.figures(view.books, view.keep):
        currency = view.money.currency(figures.currency)
        exchanged: dict[str, Any] = {
            name: view.money.exchange(getattr(figures, name), figures.currency)[0]
            for name in ("unbilled", "outstanding", "overdue", "backlog")
        }
        shown = replace(figures, currency=currency, **exchanged)
        found[currency] = _together(found[currency], shown) if currency in found else shown
    return list(found.values())


def _together(some: Figures, more: Figures) -> Figures:
    """Sums of amounts and numbers, the longest time, the next day."""

    def both(name: str) -> object:
        values = [v for v in (getattr(some, name), getattr(more, name)) if v is not None]
        if name.endswith("_days"):
            return max(values, default=None)
        if name == "target":
            return min(values, default=None)
        # Exactly: what is converted has many digits.
        return sum(values) if isinstance(values[0], int) else amounts.add(values)

    names = [column.name for column in fields(some) if column.name != "currency"]
    values: dict[str, Any] = {name: both(name) for name in names}
    return replace(some, **values)


def _task(view: View, todo: Todo) -> Task:
    action, label = CLICKS[todo.kind]
    # An invoice by hand has no contract: its own title says what it is.
    contract = view.books.register.contracts.get(todo.contract)
    known = contract.milestones[todo.milestone] if contract else None
    title = (known.entry.narration if known else None) or todo.contract or todo.title
    age = age_of(todo.days) if todo.kind in {"chase", "match"} else 0
    return Task(todo, title, age, view.index.source(todo.entry), action, label)


def _cash(view: View) -> list[chart.CashChart]:
    paid = filter(view.keep, view.books.once(reports.received))
    rows = reports.by_month(paid, _expected(view))
    return chart.cash_charts(rows, view.money, view.books.as_of, view.start)


def _expected(view: View) -> list[Expected]:
    """What is expected from clients."""
    rows = view.books.once(reports.forecast)
    return [row for row in rows if row.side == "sell" and view.keep(row)]
