"""What a form asks for, what is made of it, and how its fields are read."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.parties import fold
from beancount_milestones.reading.values import LINK, plain
from beancount_milestones.reports.invoices import registered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount.core.data import Custom, Open, Transaction

    from beancount_milestones.fava.accepting import Edit
    from beancount_milestones.fava.applying import Applied
    from beancount_milestones.fava.owing import Group, Owing
    from beancount_milestones.model import Contract
    from beancount_milestones.receivables import Account
    from beancount_milestones.reports import Books

#: Groups end with one of three digits: 1250,50 is none, whatever Beancount makes of it.
NUMBER: Final = re.compile(r"(?:\d{1,15}|\d{1,3}(?:,\d{2,3}){0,4},\d{3})(?:\.\d{1,12})?", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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
    #: What a field means where it is empty.
    usual: dict[str, str] = field(default_factory=dict)
    #: The accounts that a payment can go to, and the currencies that it can come in.
    accounts: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    #: The accounts that other fields propose.
    choices: dict[str, list[str]] = field(default_factory=dict)
    #: What the schedules are called.
    titles: Mapping[str, str] = field(default_factory=dict)
    #: Whom a payment is with and on which account; other accounts of theirs; what it can be over.
    group: Group | None = None
    others: list[Account] = field(default_factory=list)
    lines: list[Owing] = field(default_factory=list)
    #: The currency of a payment, and all that is owed of what is paid.
    currency: str = ""
    owed: Decimal = amounts.ZERO
    #: How much of it is meant for what has no name.
    unnumbered: Decimal = amounts.ZERO
    #: The number that would be next, and when an invoice is due if nothing else is said.
    next: str = ""
    due: datetime.date | None = None
    #: Which fields the form has: those of an event, if nothing is said.
    form: str = ""
    #: The contract that is new.
    lands: str = ""
    #: The lines of a pay application.
    applied: list[Applied] = field(default_factory=list)
    entry: Custom | Transaction | None = None
    #: The file that it belongs to, where Fava is not told another.
    near: str = ""
    #: What is changed where it is written, in place of an entry that is added.
    edit: Edit | None = None
    #: What is written with it.
    more: list[Custom | Open] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: What is unusual and may be meant: it can be written all the same.
    doubts: list[str] = field(default_factory=list)

    @property
    def address(self) -> dict[str, str]:
        """Where to go when it is written: to a new contract, else to where it was asked for."""
        if self.lands:
            return {"view": "contract", "contract": self.lands}
        view = self.asked.value("back")
        field = {"client": "client", "contract": "contract", "invoice": "settles"}.get(view)
        return {"view": view} | ({view: self.asked.value(field)} if field else {})

    def said(self, name: str) -> str:
        """Return a field of the form; what it means where it is empty."""
        return self.fields[name] or self.usual.get(name, "")


def date_of(made: Plan, name: str, words: str) -> datetime.date | None:
    """Read the date of a field; one that is none is a problem of the plan."""
    date = read_date(made.fields[name])
    if date is None:
        text = made.fields[name]
        made.problems.append(f"{words} '{text}' is not a date; write it as 2026-03-31")
    return date


def read_date(text: str) -> datetime.date | None:
    """Return the date of a text, or None."""
    try:
        return datetime.date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None


def number_of(made: Plan, name: str, *, signed: bool = False) -> Decimal | None:
    """Read the number of a field; one that is none is a problem of the plan."""
    text = made.fields[name]
    digits = text.removesuffix("%").rstrip() if name == "percent" else text
    minus = signed and digits.startswith("-")
    if NUMBER.fullmatch(digits.removeprefix("-") if minus else digits):
        return Decimal(digits.replace(",", ""))
    like = "33.5" if name == "percent" else "1,250.00"
    made.problems.append(f"The {_words(name)} '{text}' is not a number; write it as {like}")
    return None


def _words(name: str) -> str:
    return {"worth": "amount", "withheld": "tax withheld"}.get(name, name)


def amount_of(
    made: Plan, name: str, currency: str, places: int, *, signed: bool = False
) -> Decimal | None:
    """Read the amount of a field; one with more decimals than there are is a problem too."""
    number = number_of(made, name, signed=signed)
    if number is None or is_exact(number, places):
        return number and amounts.trimmed(number, places)
    made.problems.append(f"The {_words(name)} {too_exact(made.fields[name], currency, places)}")
    return None


def is_exact(number: Decimal, places: int) -> bool:
    """Return whether a number has no more decimals than that, zeros at its end aside."""
    return amounts.decimals(amounts.trimmed(number, places)) <= places


def too_exact(text: str, currency: str, places: int) -> str:
    """Return what is wrong with an amount that has more decimals than its currency."""
    most = f"at most {places}" if places else "none"
    return f"'{text}' has more decimals than {currency} has in this ledger: write {most}"


def in_figures(percent: Fraction) -> str:
    """Return a percentage as a field can have it; nothing where it has no end in figures."""
    text = plain(percent)
    return text if NUMBER.fullmatch(text) and Fraction(text) == percent else ""


def invoice_of(made: Plan) -> dict[str, object]:
    """Return the metadata with the invoice number of a form, if it has one.

    One that cannot be a number is a problem of the plan.
    """
    number = made.fields.get("invoice")
    if number and LINK.fullmatch(number):
        return {"invoice": number}
    if number:
        made.problems.append(
            f"'{number}' cannot be an invoice number: use letters, digits and . _ / -"
        )
    return {}


def doubt_number(books: Books, made: Plan, contract: Contract) -> None:
    """Doubt a number that an invoice by hand has: no error would tell.

    Suppliers number as they please: of another one it is no doubt.
    """
    number, client = made.fields.get("invoice"), fold(contract.client)
    for one in registered(books):
        theirs = one.side == contract.side and (one.side == "sell" or fold(one.client) == client)
        if one.number == number and theirs and not one.billed and one.kind != "other":
            made.doubts.append(f"'{number}' is already the number of the {one.kind} of {one.date}")


def contract_of(books: Books, made: Plan) -> Contract | None:
    """Return the contract of a form, which is called by it; that it is missing is a problem."""
    name = made.asked.contract
    contract = books.register.contracts.get(name)
    if contract is None:
        made.problems.append(f"There is no contract '{name}', or it has an error")
    else:
        made.title = f"{contract.client}, {contract.entry.narration or contract.id}"
    return contract
