"""What each view of the page shows, from the reports. Knows nothing of Fava."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from beancount.core.data import Custom, Open

from beancount_milestones import amounts, reports
from beancount_milestones.errors import MilestoneError, position
from beancount_milestones.fava import chart
from beancount_milestones.fava.acting import PAYMENT, offered
from beancount_milestones.fava.chart import percent
from beancount_milestones.fava.invoices import invoice, invoices
from beancount_milestones.fava.period import period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.fava.index import Document, Index, Source
    from beancount_milestones.fava.money import Money, Sum
    from beancount_milestones.receivables import Movement
    from beancount_milestones.reports import (
        Balance,
        Books,
        Figures,
        Listed,
        Placed,
        Row,
        Standing,
        Todo,
    )

    #: Rows with columns of amounts in a currency.
    Amounts = Row | Standing | Balance

#: The columns of amounts of each list.
_LISTS: Final = {
    "unbilled": reports.unbilled,
    "outstanding": reports.outstanding,
    "pay": reports.outstanding,
}
COLUMNS: Final = {
    "unbilled": ("unbilled",),
    "outstanding": ("billed", "paid", "outstanding"),
    "pay": ("billed", "paid", "outstanding"),
}
#: Rows of a list on the overview; the list itself has all of them.
FEW: Final = 50
#: What is done about something with one click: the action, and how it is called.
CLICKS: Final = {
    "invoice": ("invoiced", "Invoice"),
    "match": (PAYMENT, "Record payment"),
    "chase": (PAYMENT, "Record payment"),
    "late": ("completed", "Completed"),
    "accept": ("completed", "Completed"),
}
#: Days overdue from which the next colour is used.
_AGES: Final = tuple(days for days in reports.AGES.values() if days)


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at, and how."""

    books: Books
    #: Whether something passes Fava's filters.
    keep: Callable[[Placed], bool]
    money: Money
    index: Index
    #: The start of the time filter, where it has one.
    start: datetime.date | None
    #: Whether the account or the text filter is in use.
    narrowed: bool = False


def _ranks(view: View, rows: Sequence[Amounts], columns: Sequence[str]) -> list[dict[str, int]]:
    """Return for each row the place of each of its amounts in the column, when sorted."""
    ranks = [view.money.ranks((getattr(r, c), r.currency) for r in rows) for c in columns]
    return [dict(zip(columns, places, strict=True)) for places in zip(*ranks, strict=True)]


def _sums(view: View, rows: Iterable[Amounts], columns: Sequence[str]) -> list[Sum]:
    """Return the totals of the columns."""
    return view.money.sums((tuple(getattr(r, c) for c in columns), r.currency) for r in rows)


# ---------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list."""

    row: Row
    late: bool
    days: int | None
    #: The day since which it waits.
    since: datetime.date | None
    #: How long it is overdue, from 0 to 4.
    age: int
    source: Source
    #: The place of each amount when sorted.
    ranks: Mapping[str, int]
    movements: tuple[Movement, ...] = ()
    documents: Sequence[Document] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A list with its totals."""

    name: str
    lines: tuple[Line, ...]
    columns: tuple[str, ...]
    totals: Sequence[Sum]
    #: How many more there are without the filters, and without the limit.
    hidden: int
    more: int


def table(view: View, name: str, most: int | None = None) -> Table:
    """Return the list of that name, with those rows that the filters keep."""
    # What we owe to suppliers is not what clients owe us.
    side = "buy" if name == "pay" else "sell"
    listed = [item for item in _LISTS[name](view.books) if item.row.side == side]
    kept = [item for item in listed if view.keep(item.row)]
    columns = COLUMNS[name]
    shown = kept[:most]
    ranks = _ranks(view, [item.row for item in shown], columns)
    return Table(
        name=name,
        lines=tuple(_line(view, item, place) for item, place in zip(shown, ranks, strict=True)),
        columns=columns,
        totals=_sums(view, [item.row for item in kept], columns),
        hidden=len(listed) - len(kept),
        more=len(kept) - len(shown),
    )


def pay(view: View) -> dict[str, Any]:
    """Return what we owe to suppliers, and what we hold back from them."""
    held = [row for row in reports.status(view.books) if row.side == "buy" and view.keep(row)]
    return {"table": table(view, "pay"), "held": _held(view, held)}


def _held(view: View, rows: Iterable[Row]) -> list[Sum]:
    """Retention that is held back, in the currencies that have some."""
    sums = view.money.sums(((row.retention,), row.currency) for row in rows)
    return [total for total in sums if any(total.amounts)]


def _age(days: int | None) -> int:
    return sum((days or 0) >= limit for limit in _AGES)


def _line(view: View, item: Listed, ranks: Mapping[str, int]) -> Line:
    days, row = item.days, item.row
    return Line(
        row=row,
        late=row.late,
        days=days,
        since=None if days is None else view.books.as_of - datetime.timedelta(days=days),
        age=_age(days),
        source=view.index.source(item.entry),
        ranks=ranks,
        movements=item.movements,
        documents=view.index.of_milestone(row.contract, row.milestone),
    )


# ---------------------------------------------------------------- overview


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
    age = _age(todo.days) if todo.kind in {"chase", "match"} else 0
    return Task(todo, title, age, view.index.source(todo.entry), action, label)


def _cash(view: View) -> list[chart.CashChart]:
    paid = filter(view.keep, view.books.once(reports.received))
    expected = filter(view.keep, view.books.once(reports.forecast))
    rows = reports.by_month(paid, expected)
    return chart.cash_charts(rows, view.money, view.books.as_of, view.start)


# ---------------------------------------------------------------- contracts


@dataclass(frozen=True, slots=True)
class Progress:
    """A contract in one currency, and how far it is, each from 0 to 100."""

    standing: Standing
    earned: str
    billed: str
    paid: str
    ranks: Mapping[str, int]


_STANDING: Final = ("total", "earned", "billed", "paid", "outstanding", "remaining")


def contracts(view: View) -> dict[str, Any]:
    """Return all contracts of which something passes the filters, each as a whole."""
    every = view.books.once(reports.contracts)
    kept_names = {row.contract for row in reports.status(view.books) if view.keep(row)}
    kept = [standing for standing in every if standing.contract in kept_names]
    ranks = _ranks(view, kept, _STANDING)
    return {
        "progress": [
            _progress(standing, place) for standing, place in zip(kept, ranks, strict=True)
        ],
        "totals": _sums(view, [row for row in kept if row.side == "sell"], _STANDING),
        "hidden": len({s.contract for s in every} - kept_names),
        "held": _held(
            view,
            [row for row in reports.status(view.books) if row.side == "sell" and view.keep(row)],
        ),
    }


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
            actions=offered(found.state, row),
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
        "documents": view.index.documents.get(name, ()),
        # Of a contract with prices, the sums of its currencies are not zero.
        "sums": sums if not any(any(figures) for figures in sums.values()) else {},
        "timeline": chart.timeline(lanes, view.books.as_of, story.contract.entry.date),
    }


# ---------------------------------------------------------------- timeline and clients


def timeline(view: View) -> dict[str, Any]:
    """Return the contracts of which something passes the filters."""
    every = view.books.once(reports.timeline)
    kept = [lane for lane in every if any(map(view.keep, lane.marks))]
    return {
        "timeline": chart.timeline(kept, view.books.as_of, view.start),
        "hidden": len(every) - len(kept),
    }


_BALANCE: Final = ("outstanding", "overdue", "unbilled", "other", "unapplied", "balance")


@dataclass(frozen=True, slots=True)
class Client:
    """A client in one currency."""

    balance: Balance
    ranks: Mapping[str, int]


def clients(view: View) -> dict[str, Any]:
    """Return the clients of whom something passes the filters, each as a whole."""
    every = view.books.once(reports.balances)
    names = {row.client.casefold() for row in reports.status(view.books) if view.keep(row)}
    kept = [b for b in every if not view.narrowed or b.client.casefold() in names]
    ranks = _ranks(view, kept, _BALANCE)
    return {
        "clients": [Client(balance, place) for balance, place in zip(kept, ranks, strict=True)],
        "totals": _sums(view, kept, _BALANCE),
        "hidden": len({b.client for b in every} - {b.client for b in kept}),
    }


def client(view: View, name: str) -> dict[str, Any]:
    """Return the statement of account of a client, whatever the filters but the time."""
    try:
        lines = reports.statement(view.books, name, view.start)
    except reports.UnknownClientError as error:
        return {"unknown": name, "what": "client", "why": str(error)}
    known = lines[0].client if lines else name
    return {
        "client": known,
        "lines": lines,
        "balances": [b for b in view.books.once(reports.balances) if b.client == known],
    }


#: The views, by the name that is in the address, and the field that says of what.
VIEWS: Final[Mapping[str, Callable[[View], dict[str, Any]]]] = {
    "": overview,
    "unbilled": lambda view: {"table": table(view, "unbilled")},
    "outstanding": lambda view: {"table": table(view, "outstanding")},
    "invoices": invoices,
    "pay": pay,
    "contracts": contracts,
    "timeline": timeline,
    "clients": clients,
    "period": period,
}
ONE: Final[Mapping[str, Callable[[View, str], dict[str, Any]]]] = {
    "contract": contract,
    "client": client,
    "invoice": invoice,
}


# ---------------------------------------------------------------- broken and empty books


@dataclass(frozen=True, slots=True)
class Broken:
    """An error in a contract or a directive."""

    message: str
    contract: str
    filename: str
    lineno: int


def broken(errors: Iterable[object]) -> list[Broken]:
    """Return the errors in contracts and directives, with the contract where one is named."""
    found = []
    for error in errors:
        if isinstance(error, MilestoneError):
            where = position(error.source)
            meta = error.entry.meta if error.entry else {}
            values = getattr(error.entry, "values", None) or [None]
            named = meta.get("contract") or getattr(values[0], "value", "")
            name = named if isinstance(named, str) else ""
            found.append(Broken(error.message, name, where["filename"], where["lineno"]))
    return found


def ignored_config(entries: Iterable[Directive], module: str) -> str | None:
    """Return the configuration that the ledger gives to the page, which has none."""
    for entry in entries:
        if isinstance(entry, Custom) and entry.type == "fava-extension":
            name, *config = (value.value for value in entry.values)
            if name == module and config:
                return str(config[0])
    return None


def example(
    entries: Iterable[Directive],
    options: Mapping[str, Any],
    today: datetime.date,
    *,
    with_plugin: bool,
) -> str:
    """Return a small contract, to paste into this ledger."""
    receivable = f"{options['name_assets']}:Receivable:Acme"
    income = f"{options['name_income']}:Services"
    currency = next(iter(options["operating_currency"]), "USD")
    known = {entry.account for entry in entries if isinstance(entry, Open)}
    signed = today - datetime.timedelta(days=14)
    launch = today + datetime.timedelta(days=28)
    opened = [f"{signed} open {name}" for name in (receivable, income) if name not in known]
    parts = [
        ['plugin "beancount_milestones"'] if with_plugin else [],
        opened,
        [
            f'{signed} * "Acme" "Website"',
            '  contract: "acme-website"',
            '  terms: "net 30"',
            f'  milestone-design: "40% {today} Design approved"',
            f'  milestone-launch: "rest {launch} Launch"',
            f"  {receivable}  5,000.00 {currency}",
            f"  {income}",
        ],
        [
            f'{today} custom "milestone" "acme-website" "design" "completed"',
            '  invoice: "INV-001"',
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)
