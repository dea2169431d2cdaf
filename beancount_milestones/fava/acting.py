"""What can be done from the page, and the directive that says so. Writes nothing."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from beancount.core.amount import Amount
from beancount.core.data import Close, Custom, Open, Posting, Transaction
from beancount.parser.grammar import ValueType

from beancount_milestones import amounts, postings
from beancount_milestones.legs import total_of
from beancount_milestones.reading.settings import Roots
from beancount_milestones.reading.values import LINK, plain
from beancount_milestones.reports import items, next_number, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beancount_milestones.model import Milestone, State
    from beancount_milestones.receivables import Match
    from beancount_milestones.reports import Books, OpenItem, Row

#: Says that a payment is recorded, where the name of an event says what has happened.
PAYMENT: Final = "payment"
#: What can be done, and how people say it.
ACTIONS: Final = {
    "delivered": "Mark delivered",
    "rejected": "Mark rejected",
    "progress": "Report progress",
    "completed": "Mark completed",
    "reopened": "Reopen",
    "invoiced": "Mark invoiced",
    "credited": "Credit note",
    "cancelled": "Cancel",
    "waived": "Waive the rest",
    PAYMENT: "Record a payment",
}
#: What becomes of what a credit note takes back: it is invoiced again, or it is waived.
LATER: Final = "later"
FOR_GOOD: Final = "for good"
#: The fields of each of them, besides the date.
FIELDS: Final = {
    "delivered": (),
    "rejected": (),
    "progress": ("percent", "invoice", "due"),
    "completed": ("invoice", "due"),
    "reopened": (),
    "invoiced": ("invoice", "percent", "due"),
    "credited": ("invoice", "amount", "then"),
    "cancelled": (),
    "waived": (),
    PAYMENT: ("amount", "to"),
}
#: Groups end with one of three digits: 1250,50 is none, whatever Beancount makes of it.
_NUMBER: Final = re.compile(r"(?:\d{1,15}|\d{1,3}(?:,\d{2,3}){0,4},\d{3})(?:\.\d{1,12})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def from_this_page(headers: Mapping[str, str], host: str) -> bool:
    """Return whether a request was sent by a page of this very Fava.

    Browsers say where a request comes from, and pages cannot change what they say. What says
    neither is no browser, or one that is too old to be trusted.
    """
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in {None, "same-origin"}:
        return False
    if origin is not None:
        return urlsplit(origin).netloc.casefold() == host.casefold()
    return site is not None


def digest(texts: Iterable[str | bytes]) -> str:
    """Return a fingerprint of texts."""
    found = hashlib.sha256()
    for text in texts:
        part = text.encode() if isinstance(text, str) else text
        found.update(len(part).to_bytes(8) + part)
    return found.hexdigest()


def digest_of_files(files: Iterable[str]) -> str:
    """Return a fingerprint of the ledger: of each of its files that can be read."""
    paths = (Path(name) for name in sorted(files))
    return digest(path.read_bytes() if path.is_file() else b"" for path in paths)


def offered(state: State, row: Row) -> list[str]:
    """Return what can be done about a milestone, what comes next first."""
    if row.status == "proposed":
        return []
    names = [PAYMENT] if row.outstanding else []
    if state.completed or state.cancelled or state.waived:
        names.append("reopened")
    else:
        names += ["completed", "rejected" if state.delivered else "delivered"]
        names += ["progress", "cancelled"]
    if state.billed < state.whole:
        # What is earned and not billed comes before all else.
        names.insert(0 if state.earned > state.billed else len(names), "invoiced")
        if state.billed or state.completed:
            names.append("waived")
    return [*names, "credited"] if state.billed else names


class Asked(NamedTuple):
    """What somebody wants to do, as the form says it: texts."""

    action: str
    contract: str
    milestone: str
    values: Mapping[str, str]

    def value(self, name: str) -> str:
        """Return a field of the form; nothing where it is not there."""
        return self.values.get(name, "").strip()


@dataclass(slots=True)
class Plan:
    """The directive to write, or what is wrong with what was asked."""

    asked: Asked
    title: str
    #: The fields of the form, as they are now.
    fields: dict[str, str] = field(default_factory=dict)
    #: The accounts that a payment can go to.
    accounts: tuple[str, ...] = ()
    #: The currency of a payment, and all that is owed of what is paid.
    currency: str = ""
    owed: Decimal = amounts.ZERO
    #: The number that would be next.
    next: str = ""
    entry: Custom | Transaction | None = None
    #: What is written with it.
    also: Custom | None = None
    problems: list[str] = field(default_factory=list)
    #: What is unusual and may be meant: it can be written all the same.
    doubts: list[str] = field(default_factory=list)


def plan(books: Books, asked: Asked, date: datetime.date) -> Plan:
    """Return what is to be written for what was asked.

    Takes the books, the form, and the date to propose. A field that is not in the form has what is
    usual. Texts that cannot be read are told as problems, each in a sentence.
    """
    contract = books.register.contracts.get(asked.contract)
    milestone = contract.milestones.get(asked.milestone) if contract else None
    if asked.action not in ACTIONS:
        return Plan(asked, "", problems=[f"'{asked.action}' is nothing that can be done here"])
    if contract is None or milestone is None:
        name = f"{asked.contract}/{asked.milestone}"
        # What is typed stays: a contract with an error is there again when that is put right.
        names = ("date", *FIELDS[asked.action], "receivable", "currency", "settles")
        typed = {field: asked.value(field) for field in names if field in asked.values}
        accounts = (asked.value("to"),) if "to" in typed else ()
        problem = f"There is no milestone '{name}' in the ledger, or its contract has an error"
        return Plan(asked, "", typed, accounts, problems=[problem])
    title = f"{milestone.entry.narration or contract.id} · {milestone.title_at(datetime.date.max)}"
    made = Plan(asked, title)
    if "invoice" in FIELDS[asked.action]:
        made.next = next_number(books, date)
    made.fields["date"] = asked.values.get("date", date.isoformat())
    for name in FIELDS[asked.action]:
        made.fields[name] = asked.value(name)
    if asked.action == "invoiced":
        made.fields["invoice"] = asked.values.get("invoice", made.next).strip()
        if "percent" not in asked.values:
            made.fields["percent"] = _percent_to_bill(
                milestone.state_at(_read_date(made.fields["date"]) or date)
            )
    if asked.action == PAYMENT:
        _plan_payment(books, made, contract.client)
    elif asked.action == "credited":
        _plan_credit(books, made, milestone)
    else:
        _plan_event(made)
    return made


def _percent_to_bill(state: State) -> str:
    """What is earned, in figures: what is earned later on that day is not on this invoice too.

    Nothing where it is all, or has no end in figures. What is billed as far as it is earned is
    billed in advance.
    """
    if state.earned == state.whole:
        return ""
    if state.earned <= state.billed:
        return "100"
    percent = state.earned / state.whole * 100
    text = plain(percent)
    return text if _NUMBER.fullmatch(text) and Fraction(text) == percent else ""


# ---------------------------------------------------------------- events


def _plan_event(made: Plan, *more: ValueType) -> None:
    asked = made.asked
    date = _date(made, "date", "The date")
    values = [ValueType(text, str) for text in (asked.contract, asked.milestone, asked.action)]
    values += more
    if asked.action == "progress" and not made.fields["percent"]:
        made.problems.append("How much is done? Give it in percent, from 0 to 100")
    elif made.fields.get("percent"):
        number = _number(made, "percent")
        if number is not None:
            values.append(ValueType(number, Decimal))
    meta: dict[str, object] = {}
    invoice = made.fields.get("invoice")
    if invoice and LINK.fullmatch(invoice):
        meta["invoice"] = invoice
    elif invoice:
        made.problems.append(
            f"'{invoice}' cannot be an invoice number: use letters, digits and . _ / -"
        )
    if made.fields.get("due"):
        due = _date(made, "due", "The due date")
        meta["due"] = due
        if date and due and due < date:
            made.doubts.append("It is due before the day of the invoice")
    if date and not made.problems:
        # Fava writes what it finds here, less the place.
        place = {"filename": "<milestones>", "lineno": 0}
        made.entry = Custom({**place, **meta}, date, "milestone", values)


def _plan_credit(books: Books, made: Plan, milestone: Milestone) -> None:
    """A credit note over an amount: to be invoiced again later, or for good.

    For good it is waived the same day. The directive says down to where it goes, as an amount of
    the milestone's own total: retention has its part in what is credited.
    """
    asked = made.asked
    rows = [
        r for r in status(books) if (r.contract, r.milestone) == (asked.contract, asked.milestone)
    ]
    made.currency = next((row.currency for row in rows if row.billed), "")
    made.owed = amounts.add(row.billed for row in rows if row.currency == made.currency)
    for_good = made.fields["then"] == FOR_GOOD
    made.fields["then"] = FOR_GOOD if for_good else LATER
    credit = _number(made, "amount") if made.fields["amount"] else made.owed
    more = []
    if not made.owed:
        made.problems.append("Nothing of it is invoiced")
    elif credit is not None and not 0 < credit <= made.owed:
        most = f"{made.owed:f} {made.currency}"
        made.problems.append(f"A credit note of it is over more than 0 and at most {most}")
    elif credit is not None and credit < made.owed:
        state = milestone.state_at(books.as_of)
        left = (
            Fraction(state.billed) * Fraction(amounts.take(made.owed, credit)) / Fraction(made.owed)
        )
        total = total_of(milestone.parts_at(books.as_of))
        places = max(amounts.decimals(total), amounts.decimals(credit))
        currency = milestone.parts[0].currency
        number = amounts.fraction_of(total, left, places)
        number = amounts.trimmed(number, books.register.places(currency))
        more.append(ValueType(Amount(number, currency), Amount))
    _plan_event(made, *more)
    if made.entry and for_good:
        words = [ValueType(text, str) for text in (asked.contract, asked.milestone, "waived")]
        place = {"filename": "<milestones>", "lineno": 1}
        made.also = Custom(place, made.entry.date, "milestone", words)


# ---------------------------------------------------------------- payments


def _plan_payment(books: Books, made: Plan, client: str) -> None:
    asked = made.asked
    date = _date(made, "date", "The date")
    rows = [
        row
        for row in status(books)
        if (row.contract, row.milestone) == (asked.contract, asked.milestone) and row.account
    ]
    wanted = (asked.value("receivable"), asked.value("currency"))
    row = next((row for row in rows if (row.account, row.currency) == wanted), None)
    row = row or next((row for row in rows if row.outstanding), None)
    if row is None:
        made.problems.append("Nothing of it is outstanding")
        return
    ours = row.side == "sell"
    made.currency = row.currency
    made.fields |= {"receivable": row.account, "currency": row.currency}
    bills = _bills(books, row)
    own = [
        bill
        for bill in bills
        if (bill.contract, bill.milestone) == (asked.contract, asked.milestone)
    ]
    number = asked.value("settles") or _only_number(own)
    if number and number not in row.invoice.split(", "):
        made.problems.append(f"'{number}' is no invoice of it")
    # Others may be on the same invoice.
    paid_for = [bill for bill in bills if bill.invoice == number] if number else own
    made.owed = amounts.add(bill.open for bill in paid_for)
    made.fields["settles"] = number
    made.accounts = _accounts(books, row)
    to = made.fields["to"] or _usual_account(books, row, made.accounts)
    made.fields["to"] = to
    if not made.accounts:
        made.problems.append(f"There is no open account of your own that takes {row.currency}")
    elif to not in made.accounts:
        made.problems.append(f"'{to}' is no open account that money can go to")
    paid = _number(made, "amount") if made.fields["amount"] else made.owed
    if paid is not None and paid <= 0:
        made.problems.append(
            "The amount is zero: there is nothing to record"
            if made.owed
            else "Nothing of it is outstanding"
        )
    if date and paid is not None and not made.problems:
        link = number or f"{row.contract}/{row.milestone}"
        made.entry = Transaction(
            meta={"filename": "<milestones>", "lineno": 0},
            date=date,
            flag="*",
            payee=client,
            narration=f"Payment {number}".strip() if number else f"Payment: {made.title}",
            tags=frozenset(),
            links=frozenset({link}),
            postings=[
                _posting(to, paid if ours else amounts.negative(paid), row.currency),
                _posting(row.account, amounts.negative(paid) if ours else paid, row.currency),
            ],
        )


def _posting(account: str, number: Decimal, currency: str) -> Posting:
    return Posting(account, Amount(number, currency), None, None, None, {})


def _bills(books: Books, row: Row) -> list[OpenItem]:
    """What is billed and open on the account of a row, by hand too."""
    return [
        item
        for item in items(books)
        if item.kind in {"invoiced", "other"}
        and (item.account, item.currency) == (row.account, row.currency)
    ]


def _only_number(bills: Iterable[OpenItem]) -> str:
    """The number that all of them have. Without it a payment names the milestone."""
    numbers = {bill.invoice for bill in bills}
    return numbers.pop() if len(numbers) == 1 else ""


def _accounts(books: Books, row: Row) -> tuple[str, ...]:
    """The open asset accounts that money can go to: none that contracts use."""
    roots = Roots.of(books.options)
    ours = set(books.register.receivables()) | set(books.register.payables())
    for contract in books.register.contracts.values():
        ours |= {contract.unbilled or "", contract.deferred or "", contract.retention or ""}
    closed = {entry.account for entry in books.entries if isinstance(entry, Close)}
    return tuple(
        sorted(
            entry.account
            for entry in books.entries
            if isinstance(entry, Open)
            and entry.account.partition(":")[0] == roots.assets
            and entry.account not in ours | closed
            and (not entry.currencies or row.currency in entry.currencies)
        )
    )


def _usual_account(books: Books, row: Row, accounts: Sequence[str]) -> str:
    """The account that the last payment of the like went to, else the one that is used most.

    The like: on the same receivable account, else in the same currency, else any.
    """
    matches = [match for item in books.open_items().items for match in item.matches]
    sign = 1 if row.side == "sell" else -1

    def like(match: Match) -> tuple[object, ...]:
        account = match.credit.account
        same = (account.name == row.account, account.currency == row.currency)
        return (*same, match.credit.date)

    for match in sorted(matches, key=like, reverse=True):
        for posting in match.credit.entry.postings if match.credit.entry else ():
            if posting.account in accounts and postings.number(posting) * sign > 0:
                return posting.account
    used = Counter(
        posting.account
        for entry in books.entries
        if isinstance(entry, Transaction)
        for posting in entry.postings
    )
    return max(accounts, key=lambda account: used[account], default="")


# ---------------------------------------------------------------- values


def _date(made: Plan, name: str, words: str) -> datetime.date | None:
    date = _read_date(made.fields[name])
    if date is None:
        text = made.fields[name]
        made.problems.append(f"{words} '{text}' is none; write it like 2026-03-31")
    return date


def _read_date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _number(made: Plan, name: str) -> Decimal | None:
    text = made.fields[name]
    digits = text.removesuffix("%").rstrip() if name == "percent" else text
    if _NUMBER.fullmatch(digits):
        return Decimal(digits.replace(",", ""))
    like = "33.5" if name == "percent" else "1,250.00"
    made.problems.append(f"The {name} '{text}' is no number; write it like {like}")
    return None
