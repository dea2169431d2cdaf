"""A statement of account for one client."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.errors import did_you_mean
from beancount_milestones.parties import fold
from beancount_milestones.receivables import Account, Key, Kind, back
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.invoice import kind_of, total
from beancount_milestones.reports.invoices import registered
from beancount_milestones.reports.open_items import earliest, source_of, unapplied
from beancount_milestones.reports.slices import Charge, Slice, charges, slices
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.receivables import Credit, Item, Refund, Unapplied
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoice import Invoice

StatementKind = (
    Literal["opening", "invoice", "debit", "returned", "refund", "closing", "open", "unapplied"]
    | Kind
)
#: So many milestones of an invoice are named one by one.
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement. Opening and closing have a balance only."""

    date: datetime.date
    client: str
    kind: StatementKind
    invoice: str
    contract: str
    milestone: str
    text: str
    due: datetime.date | None
    #: What the client owes more.
    charged: Decimal | None
    #: What the client owes less.
    settled: Decimal | None
    #: What the client owes after it.
    balance: Decimal
    currency: str
    side: str


STATEMENT_COLUMNS: Final = tuple(column.name for column in fields(StatementLine))


class UnknownClientError(Exception):
    """Nobody of that name has a contract or an item; the message names the nearest."""


class SupplierError(UnknownClientError):
    """Only we owe whoever has that name: they are no client."""


@dataclass(frozen=True, slots=True)
class _Movement:
    """Something that changes what a client owes."""

    client: str
    account: Account
    date: datetime.date
    kind: StatementKind
    amount: Decimal
    text: str
    invoice: str = ""
    due: datetime.date | None = None
    milestones: tuple[Key, ...] = ()
    #: The invoice or credit note that it is a part of: that has one line.
    bill: tuple[object, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """By date, charges first, then by number; no line or file can change it."""
        return (
            *(self.date, self.amount < 0, self.invoice, self.milestones, self.kind),
            *(self.text, self.amount, self.account),
        )


def client_named(books: Books, client: str) -> str:
    """Return the client that a name means. Raises `UnknownClientError`."""
    name = books.clients.resolve(client)
    if name is None:
        known = sorted(set(books.clients.names.values()))
        message = f"no client '{client}' by {books.as_of}{did_you_mean(client, known)}"
        raise UnknownClientError(message)
    return name


def is_supplier(books: Books, client: str) -> bool:
    """Return whether only we owe: all that there is of them is on the buy side.

    Raises `UnknownClientError`.
    """
    name = client_named(books, client)
    sides = {line.side for line in statement(books, name)}
    # A contract that is owed on no account is on no statement.
    sides |= {
        contract.side
        for contract in books.register.contracts.values()
        if fold(contract.client) == fold(name) and contract.entry.date <= books.as_of
    }
    return sides == {"buy"}


def statement(books: Books, client: str, start: datetime.date | None = None) -> list[StatementLine]:
    """Return the statement of a client: for each currency opening, movements and closing.

    The balances are what is invoiced to the client, less what it has paid. Without ``start``,
    from the beginning. Work that is not invoiced yet is not on it. Raises `UnknownClientError`.
    """
    name = client_named(books, client)
    found: dict[tuple[str, str], list[_Movement]] = defaultdict(list)
    for account, used in sorted(books.in_use().items()):
        if name in {books.owner(contract, account) for contract in used}:
            found[books.side_of(account), account.currency] += ()
    for movement in _movements(books):
        if movement.client == name:
            key = (books.side_of(movement.account), movement.account.currency)
            found[key].append(movement)
    return [
        line
        for (side, currency), movements in sorted(
            found.items(), key=lambda pair: (pair[0][0] == "buy", pair[0][1])
        )
        for line in _lines(name, side, currency, movements, start, books.as_of)
    ]


def open_statement(books: Books, client: str) -> list[StatementLine]:
    """Return what a client has not paid: a line for each invoice, with a running balance.

    Last comes what is to the client's credit: what is paid and not matched yet, or for work that
    is not invoiced yet. A reduction counts once it is invoiced. So the balance is that of the whole
    statement. Raises `UnknownClientError`.
    """
    name = client_named(books, client)
    named = {
        (str(one.side), one.currency, one.number): one
        for one in registered(books)
        if one.items and fold(one.client) == fold(name)
    }
    invoices: dict[tuple[tuple[str, str, str], datetime.date], list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        asked = item.client == name and books.asks(name, item.milestone, item.account)
        if asked and item.invoiced and _owed(item):
            key = (books.side_of(item.account), item.account.currency, item.number or "")
            # A claim that has moved to another account is still of the day of its invoice.
            date = named[key].date if key in named else item.date
            invoices[key, date].append(item)
    found = [_open(books, name, items, named.get(key)) for (key, _), items in invoices.items()]
    found += [
        _credit(books, rest)
        for rest in unapplied(books)
        if rest.credit.client == name and rest.credit.invoiced
    ]
    found += _paid_ahead(books, name)
    found.sort(key=_order)
    balances: dict[tuple[str, str], Decimal] = {}
    lines = []
    for one in found:
        side = (one.side, one.currency)
        more = (balances.get(side, ZERO), one.charged or ZERO)
        balances[side] = amounts.take(amounts.add(more), one.settled or ZERO)
        lines.append(replace(one, balance=balances[side]))
    return lines


def _order(line: StatementLine) -> tuple[object, ...]:
    """What is open by date, then what is to the client's credit; no line or file can change it."""
    what = (line.kind, line.date, line.invoice, line.text, line.settled)
    return (line.side == "buy", line.currency, *what)


def _told(item: Item) -> Decimal:
    """What of an item is settled by what the client knows: payments, and what is invoiced."""
    return amounts.add(match.amount for match in item.matches if match.credit.invoiced)


def _owed(item: Item) -> Decimal:
    """What the client owes of an item, as far as it is told."""
    return amounts.take(item.amount, _told(item))


def _open(
    books: Books, client: str, items: Sequence[Item], invoice: Invoice | None
) -> StatementLine:
    """The line of what is open of an invoice, or without a number, before there is a balance."""
    first = items[0]
    keys = tuple(item.milestone for item in items if item.milestone)
    hands = {
        item.debits[0].entry.narration or ""
        for item in items
        if not item.milestone and item.charged
    }
    if invoice and invoice.billed and not keys:
        parts = (one.slice for one in invoice.billed)
        keys, hands = tuple(dict.fromkeys(Key(p.contract.id, p.milestone.id) for p in parts)), set()
    text = _joined_texts(_text(books, keys), *sorted(hands))
    if not text:
        entry = invoice.entry if invoice else first.debits[0].entry
        text = getattr(entry, "narration", None) or ""
    return StatementLine(
        date=invoice.date if invoice else first.date,
        client=client,
        kind="open",
        invoice=first.number or "",
        contract=_joined(key.contract for key in keys),
        milestone=_joined(key.milestone for key in keys),
        text=text,
        due=earliest(item.due for item in items),
        charged=amounts.add(map(_owed, items)),
        settled=None,
        balance=ZERO,
        currency=first.account.currency,
        side=books.side_of(first.account),
    )


def _ahead(item: Item, client: str) -> Decimal:
    """What a client has paid of an item that is not on its invoices."""
    if item.client == client and not item.invoiced:
        return amounts.take(_told(item), item.raised)
    if item.client:
        return ZERO
    own = (match for match in item.matches if match.credit.client == client)
    return amounts.add(match.amount for match in own if match.credit.invoiced)


def _paid_ahead(books: Books, client: str) -> Iterator[StatementLine]:
    """What a client has paid of work that waits for its invoice, or of what is nobody's."""
    for item in books.open_items().items:
        paid = _ahead(item, client)
        if paid and books.asks(client, item.milestone, item.account):
            keys = (item.milestone,) if item.milestone else ()
            yield StatementLine(
                date=item.movements[-1].date,
                client=client,
                kind="unapplied",
                invoice="",
                contract=_joined(key.contract for key in keys),
                milestone=_joined(key.milestone for key in keys),
                text=_text(books, keys),
                due=None,
                charged=None,
                settled=paid,
                balance=ZERO,
                currency=item.account.currency,
                side=books.side_of(item.account),
            )


def _credit(books: Books, rest: Unapplied) -> StatementLine:
    """The line of what settles nothing, before there is a balance."""
    credit = rest.credit
    contract, milestone = credit.milestone or ("", "")
    return StatementLine(
        date=credit.date,
        client=credit.client,
        kind="unapplied",
        invoice=credit.number or "",
        contract=contract,
        milestone=milestone,
        text=source_of(books, rest).narration or "",
        due=None,
        charged=None,
        settled=rest.amount,
        balance=ZERO,
        currency=credit.account.currency,
        side=books.side_of(credit.account),
    )


def _lines(  # noqa: PLR0913, PLR0917 - what a statement is made of
    client: str,
    side: str,
    currency: str,
    movements: Iterable[_Movement],
    start: datetime.date | None,
    as_of: datetime.date,
) -> Iterator[StatementLine]:
    balance = ZERO
    shown = []
    for movement in movements:
        if start and movement.date < start:
            balance = amounts.add((balance, movement.amount))
        else:
            shown.append(movement)

    def border(kind: StatementKind, date: datetime.date) -> StatementLine:
        empty = ("", "", "", "", None, None, None)
        return StatementLine(date, client, kind, *empty, balance, currency, side)

    yield border("opening", start or min((m.date for m in shown), default=as_of))
    for movement in shown:
        balance = amounts.add((balance, movement.amount))
        credited = movement.amount < 0
        yield StatementLine(
            date=movement.date,
            client=client,
            kind=movement.kind,
            invoice=movement.invoice,
            contract=_joined(key.contract for key in movement.milestones),
            milestone=_joined(key.milestone for key in movement.milestones),
            text=movement.text,
            due=movement.due,
            charged=None if credited else movement.amount,
            settled=amounts.negative(movement.amount) if credited else None,
            balance=balance,
            currency=currency,
            side=side,
        )
    yield border("closing", as_of)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


@cached
def _movements(books: Books) -> list[_Movement]:
    """Everything that clients see, in order: whoever has a statement made once more asks for it.

    That we move a claim from one account to another is nothing to its client.
    """
    found: list[_Movement] = []
    bills: dict[tuple[object, ...], list[_Movement]] = defaultdict(list)
    set_off: dict[tuple[object, ...], list[_Movement]] = defaultdict(list)
    for one in _moved(books):
        if one.bill:
            bills[one.bill].append(one)
        elif one.kind == "set-off":
            where = (books.side_of(one.account), one.account.currency)
            set_off[*where, one.client, one.date, one.invoice, one.text].append(one)
        else:
            found.append(one)
    found += map(_together, bills.values())
    for some in set_off.values():
        if amounts.add(one.amount for one in some):
            found += some
    return sorted(found, key=lambda one: one.order)


def _together(parts: Iterable[_Movement]) -> _Movement:
    """An invoice as one: what contracts bill on its number, and then what is there by hand."""
    first, *others = sorted(parts, key=lambda one: (not one.milestones, one.order))
    if not others:
        return first
    every = (first, *others)
    return replace(
        first,
        amount=amounts.add(one.amount for one in every),
        text=_joined_texts(*(one.text for one in every)),
        milestones=tuple(dict.fromkeys(key for one in every for key in one.milestones)),
    )


#: What the register says of each number.
_Known = dict[InvoiceKey, "Invoice"]


def _moved(books: Books) -> Iterator[_Movement]:
    """Invoices, credit notes, payments and what went back."""
    every = registered(books)
    known = {one.key: one for one in sorted(every, key=lambda one: bool(one.billed))}
    yield from _invoiced(books, known)
    found = books.open_items()
    # By credit, kind, and whose items it settles: one may pay for another.
    paying: dict[tuple[int, Kind, str], tuple[Credit, list[tuple[Decimal, str]]]] = {}

    def pays(
        credit: Credit, kind: Kind, amount: Decimal, client: str = "", number: str | None = None
    ) -> None:
        key = (id(credit), kind, client or credit.client)
        paying.setdefault(key, (credit, []))[1].append((amount, number or ""))

    for item in found.items:
        yield from _by_hand(books, item, known)
        for match in item.matches:
            pays(match.credit, match.kind, match.amount, item.client, item.number)
    for rest in found.unapplied:
        for kind, amount in rest.parts:
            pays(rest.credit, kind, amount)
    for refund in found.refunds:
        for credit, kind, amount in refund.takes:
            pays(credit, kind, amount)
        yield from _refunded(refund)
    for (_, kind, client), (credit, parts) in paying.items():
        # A reduction is on an invoice or a credit note, and there already.
        if credit.entry:
            noted = credit.number if kind == "credit note" else None
            yield _Movement(
                client=client,
                account=credit.account,
                date=credit.date,
                kind=kind,
                amount=amounts.negative(amounts.add(amount for amount, _ in parts)),
                text=credit.entry.narration or "",
                invoice=credit.number or _joined(number for _, number in parts if number),
                bill=(id(credit.entry), noted, books.whose(client, credit.account))
                if noted
                else (),
            )


def _refunded(refund: Refund) -> Iterator[_Movement]:
    text, date = refund.entry.narration or "", refund.entry.date
    for part, amount in refund.parts:
        kind: StatementKind = "refund" if part == "payment" else part
        yield _Movement(refund.client, refund.account, date, kind, amount, text)


def _by_hand(books: Books, item: Item, known: _Known) -> Iterator[_Movement]:
    """The debits by hand of an item: an invoice that no contract explains, what is owed again."""
    charged: StatementKind = "invoice" if item.number else "debit"
    number = item.number or ""
    bill = InvoiceKey(number, books.whose(item.client, item.account))
    for debit in item.debits:
        is_bill = number and not (debit.parts or item.milestone)
        for kind, amount in back(debit) if debit.parts else [(charged, debit.amount)]:
            yield _Movement(
                client=item.client,
                account=item.account,
                date=debit.entry.date,
                kind=kind,
                amount=amount,
                text=debit.entry.narration or "",
                invoice=number,
                due=known[bill].due if is_bill else item.due,
                milestones=(item.milestone,) if item.milestone else (),
                bill=(debit.entry.date, bill) if is_bill else (),
            )


def _invoiced(books: Books, known: _Known) -> Iterator[_Movement]:
    """Invoices and credit notes by number, with their totals; without a number, one by one."""
    register = books.register
    found: dict[tuple[object, ...], list[tuple[Slice, Charge, str]]] = defaultdict(list)
    for part in slices(register, books.as_of):
        for charge in charges(part, books.roles):
            client = books.owner(part.contract, charge.account)
            step = part.step
            bill = InvoiceKey(step.number or "", books.whose(client, charge.account))
            by_itself = (part.contract.id, part.milestone.id, charge.account)
            found[step.date, bill, *(() if step.number else by_itself)].append(
                (part, charge, client)
            )
    for some in found.values():
        part, charge, client = some[0]
        number = part.step.number or ""
        bill = InvoiceKey(number, books.whose(client, charge.account))
        amount = amounts.add(charge.owed for _, charge, _ in some)
        if not (number or amount):
            # A deposit covers it, and nothing has been sent.
            continue
        # The register knows what else is on that number.
        sums = total((charge.net, charge.tax, charge.held) for _, charge, _ in some)
        kind = known[bill].kind if number else kind_of(sums, takes_back=part.takes_back)
        keys = tuple(dict.fromkeys(Key(p.contract.id, p.milestone.id) for p, _, _ in some))
        yield _Movement(
            client=client,
            account=charge.account,
            date=part.step.date,
            kind="credit note" if kind == "credit note" else "invoice",
            amount=amount,
            text=_text(books, keys),
            invoice=number,
            due=known[bill].due if number else part.step.due,
            milestones=keys,
            bill=(part.step.date, bill) if number else (),
        )


def _joined_texts(*texts: str) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _text(books: Books, keys: Sequence[Key]) -> str:
    """What an invoice is for: the contract, and its milestones where they are few."""
    titles: dict[str, list[str]] = {}
    for key in keys:
        milestone = books.milestone(key)
        narration = milestone.entry.narration or key.contract
        titles.setdefault(narration, []).append(milestone.title_at(books.as_of))
    return "; ".join(
        f"{narration}: {', '.join(some)}"
        if len(some) <= _FEW
        else f"{narration}: {len(some)} milestones"
        for narration, some in titles.items()
    )
