"""A contract or a change order that a form asks for: the transaction that agrees it."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import amounts
from beancount_milestones.errors import where
from beancount_milestones.fava import accounts
from beancount_milestones.fava.charging import NO_TAX, text_of
from beancount_milestones.fava.entries import PLACE, left_by_exchange, posting
from beancount_milestones.fava.form import (
    NUMBER,
    amount_of,
    contract_of,
    date_of,
    in_figures,
    is_exact,
    too_exact,
)
from beancount_milestones.fava.usual import Usual, usual_of
from beancount_milestones.model import days_after
from beancount_milestones.parties import fold
from beancount_milestones.reading.schedules import BUILT_IN
from beancount_milestones.reading.values import shown

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount.core.data import Posting

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.reading.shares import Share
    from beancount_milestones.reports import Books

#: The milestones are written in the form, line by line.
OWN: Final = ""
#: The amount has the tax in it, or the tax comes on top.
WITH_TAX, PLUS_TAX = "with tax", "plus tax"
#: The fields of the account that it is owed on, and of that which says what is done.
_ROLES: Final = {"sell": ("receivable", "income"), "buy": ("payable", "cost")}
_CURRENCY: Final = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]", re.ASCII)
_LINES: Final = "50% Start\nrest Delivery"
_SHARE: Final = re.compile(
    r"(?:(?P<id>[\w-]+):\s+)?(?P<share>\S+%|\d+/\d+|rest|[\d.,]+\s+[A-Z][A-Z0-9'._-]*|[\d.,]+)"
    r"(?:\s+(?P<target>\d{4}[-/]\d{1,2}[-/]\d{1,2}))?(?:\s+(?P<title>.*))?",
    re.ASCII,
)


def plan_contract(books: Books, made: Plan) -> None:
    """Put a new contract into the plan, or what is wrong with it."""
    asked, fields = made.asked, made.fields
    made.form = "contract"
    date = date_of(made, "date", "The date")
    fields["client"] = asked.value("client")
    usual = usual_of(books, fields["client"])
    made.title = fields["client"]
    fields["title"] = asked.value("title")
    fields["id"] = asked.value("id")
    if fields["client"] or fields["title"]:
        made.usual["id"] = _free_id(books, fields["client"], fields["title"])
    _choices(books, made, usual)
    made.choices["schedule"] = list(books.register.schedules)
    made.titles = books.register.schedules
    fields["schedule"] = asked.values.get("schedule", "halves")
    fields["starts"], fields["every"] = asked.value("starts"), asked.value("every")
    fields["lines"] = asked.value("lines") or _LINES
    fields["terms"], made.usual["terms"] = asked.value("terms"), usual.terms
    if not fields["client"]:
        made.problems.append("Who is the client?")
    elif not fields["title"]:
        made.problems.append("What is the contract about? Give it a title")
    if fields["id"] in _ids(books):
        made.problems.append(
            f"There is a contract '{fields['id']}' already: give another id, "
            "or add to that one by a change order on its page"
        )
    meta: dict[str, Any] = {"contract": made.said("id")}
    if made.said("terms"):
        meta["terms"] = made.said("terms")
    meta |= usual.bridges
    if fields["schedule"] == OWN:
        meta |= _milestones(books, made)
    else:
        meta |= _scheduled(made, date)
    _agree(books, made, usual, meta, date)
    made.lands = made.said("id")


def plan_change(books: Books, made: Plan) -> None:
    """Put a change order of a contract into the plan, or what is wrong with it."""
    asked, fields = made.asked, made.fields
    made.form = "contract"
    date = date_of(made, "date", "The date")
    contract = contract_of(books, made)
    if contract is None:
        return
    usual = usual_of(books, contract.client, contract)
    fields["title"] = asked.value("title")
    _choices(books, made, usual)
    fields["lines"] = asked.value("lines")
    made.usual["lines"] = f"100% {fields['title']}".strip()
    if not fields["title"]:
        made.problems.append("What does it change? Give it a title")
    known = [*contract.milestones, *contract.proposals]
    _agree(books, made, usual, {"contract": contract.id} | _milestones(books, made, known), date)


def _choices(books: Books, made: Plan, usual: Usual) -> None:
    """What both forms ask about money, and what is usual."""
    asked, fields = made.asked, made.fields
    clients = {c.client for c in books.register.contracts.values() if c.side == "sell"}
    made.choices["client"] = sorted(clients)
    made.choices["tax"] = [text_of(NO_TAX), *map(text_of, usual.taxes)]
    fields["amount"] = asked.value("amount")
    fields["currency"] = asked.value("currency") or usual.currency
    fields["tax"] = asked.value("tax") or text_of(usual.tax or NO_TAX)
    if usual.tax is None and fields["tax"] == text_of(NO_TAX):
        made.doubts.append(
            "Several taxes are charged so far, each on a part: choose the one of this amount"
        )
    fields["with"] = asked.value("with") or WITH_TAX
    for name, found in zip(_ROLES[usual.side], (usual.owed_on, usual.works), strict=True):
        made.choices[name] = found
        fields[name], made.usual[name] = asked.value(name), found[0]
    fields["proposal"] = asked.value("proposal")


def _agree(
    books: Books, made: Plan, usual: Usual, meta: dict[str, Any], date: datetime.date | None
) -> None:
    """Put the transaction into the plan, if nothing is wrong."""
    asked, fields = made.asked, made.fields
    places = _places(books, fields["currency"], made.asked.contract)
    amount = (
        amount_of(made, "amount", fields["currency"], places, signed=True)
        if fields["amount"]
        else amounts.ZERO
    )
    if amount is not None and not amount:
        made.problems.append("How much is it? Give the amount")
    taxes = next((t for t in (NO_TAX, *usual.taxes) if text_of(t) == fields["tax"]), None)
    if not _CURRENCY.fullmatch(fields["currency"]):
        made.problems.append(f"{shown(fields['currency'])} is not a currency; write it like USD")
    if taxes is None:
        made.problems.append(f"This ledger has no tax '{fields['tax']}'")
    for name in _ROLES[usual.side]:
        accounts.check_role(books, made, made.said(name), name, date)
    if "amount" not in asked.values:
        # The form is new: what is missing is no mistake so far.
        made.problems.clear()
        return
    if not (date and amount) or taxes is None or made.problems:
        return
    cut = _cut(amount, [tax.rate for tax in taxes], fields["with"], places)
    currency = fields["currency"]
    owed, work = map(made.said, _ROLES[usual.side])
    # At a rate of zero too: it says why there is none, as for a reverse charge.
    charged = zip((tax.account for tax in taxes), map(amounts.negative, cut.taxes), strict=True)
    cuts = [(owed, cut.gross), *charged, (work, amounts.negative(cut.net))]
    if usual.side == "buy":
        cuts = [(account, amounts.negative(figure)) for account, figure in cuts]
    legs = _legs(books, asked.contract, cuts, currency)
    if usual.side == "buy":
        legs.reverse()
    made.currency, made.owed = currency, cut.gross
    # The file of the last contract that is like it.
    made.near = next((where(t.meta)[0] for t in usual.transactions), "")
    made.entry = _transaction(made, meta, date, legs, usual)


def _places(books: Books, currency: str, contract: str) -> int:
    """The decimals of a currency; more where the contract that is changed has more."""
    known = books.register.contracts.get(contract)
    parts = [p for m in known.milestones.values() for p in m.parts] if known else []
    own = (amounts.decimals(n) for p in parts for leg, n in p.pairs() if leg.currency == currency)
    return max(books.register.places(currency), *own, 0)


def _legs(
    books: Books, contract: str, cuts: Sequence[tuple[str, Decimal]], currency: str
) -> list[Posting]:
    """The postings of some amounts: what is owed, the taxes, the work.

    At the last price of the contract that is changed, if it has one. The taxes that it has in the
    currency of the price are in that here too, and the work, which takes the cents.
    """
    known = books.register.contracts.get(contract)
    parts = [part for m in known.milestones.values() for part in m.parts] if known else []
    parts.sort(key=lambda part: part.entry.date)
    same = [leg.posting for part in parts for leg in part.legs if leg.currency == currency]
    price = next((p.price for p in reversed(same) if p.price), None)
    if price is None:
        return [posting(account, figure, currency) for account, figure in cuts]
    (owed, gross), *taxes, (work, _) = cuts
    priced = {p.account for p in same}
    places, rate = books.register.places(price.currency), price.number or amounts.ZERO
    legs = [posting(owed, gross, currency, price)]
    for account, figure in taxes:
        worth = amounts.rounded(amounts.times(figure, rate), places)
        legs.append(
            posting(account, figure, currency, price)
            if account in priced
            else posting(account, worth, price.currency)
        )
    return [*legs, posting(work, left_by_exchange(legs, places), price.currency)]


class _Cut(NamedTuple):
    """An amount with its taxes."""

    gross: Decimal
    net: Decimal
    taxes: list[Decimal]


def _cut(amount: Decimal, rates: Sequence[Fraction], way: str, places: int) -> _Cut:
    """Return an amount as net and taxes, to the places of its currency.

    Of an amount with tax in it, the last tax is what is left.
    """
    if way == PLUS_TAX:
        net = amounts.rounded(amount, places)
        taxes = [amounts.fraction_of(net, rate, places) for rate in rates]
        return _Cut(amounts.add((net, *taxes)), net, taxes)
    gross = amounts.rounded(amount, places)
    if not rates:
        return _Cut(gross, gross, [])
    net = amounts.fraction_of(gross, 1 / sum(rates, Fraction(1)), places)
    taxes = [amounts.fraction_of(net, rate, places) for rate in rates[:-1]]
    return _Cut(gross, net, [*taxes, amounts.take(gross, amounts.add((net, *taxes)))])


def _transaction(
    made: Plan,
    meta: dict[str, Any],
    date: datetime.date,
    legs: list[Posting],
    usual: Usual,
) -> Transaction:
    fields = made.fields
    return Transaction(
        meta={**PLACE, **meta},
        date=date,
        flag="!" if fields["proposal"] else "*",
        payee=fields.get("client") or usual.client,
        narration=fields["title"],
        tags=frozenset(),
        links=frozenset(),
        postings=legs,
    )


# ---------------------------------------------------------------- milestones and ids


def _scheduled(made: Plan, date: datetime.date | None) -> dict[str, Any]:
    """The metadata of a schedule; a built-in one has targets if one is due every so many weeks."""
    fields = made.fields
    meta: dict[str, Any] = {"schedule": fields["schedule"]}
    starts = date_of(made, "starts", "The start") if fields["starts"] else date
    if fields["starts"] and starts:
        meta["starts"] = starts
    built_in = BUILT_IN.get(fields["schedule"])
    if not fields["every"] or built_in is None:
        fields["every"] = ""
        return meta
    weeks = fields["every"]
    if not re.fullmatch(r"[1-9]\d{0,2}", weeks, re.ASCII):
        made.problems.append(f"'{weeks}' is not a number of weeks: write it like 4")
    elif starts:
        for number, (name, planned) in enumerate(built_in.milestones.items(), 1):
            target = days_after(starts, 7 * int(weeks) * number)
            meta[f"milestone-{name}"] = f"{_written(planned.share)} {target}"
    return meta


def _written(share: Share) -> str:
    """A share without amount as people write it."""
    if share.fraction is None:
        return "rest"
    percent = in_figures(share.fraction * 100)
    return f"{percent}%" if percent else f"{share.fraction}"


def _milestones(books: Books, made: Plan, known: Iterable[str] = ()) -> dict[str, str]:
    """The metadata of the lines of a form: a share, a date, a title; before them an id.

    Only an id means one of the milestones that are known. A title makes a new one.
    """
    found: dict[str, str] = {}
    for text in filter(None, map(str.strip, made.said("lines").splitlines())):
        line = _SHARE.fullmatch(text)
        if line is None:
            made.problems.append(
                f"{shown(text)} cannot be read; write a milestone as 30% 2026-03-31 Sketches"
            )
            continue
        number, currency = (*line["share"].split(), "")[:2]
        places = _places(books, currency, made.asked.contract)
        figures = number.replace(",", "") if currency and NUMBER.fullmatch(number) else "0"
        if not is_exact(Decimal(figures), places):
            made.problems.append(too_exact(line["share"], currency, places))
        title = (line["title"] or "").strip()
        name = line["id"] or _free(slug(title) or f"m{len(found) + 1}", known)
        key = _free(f"milestone-{name}", found)
        found[key] = " ".join(filter(None, (line["share"], line["target"], title)))
    return found


def _free_id(books: Books, client: str, title: str) -> str:
    """An id that no contract has: the first word of the client, and the title."""
    words = fold(client).split()
    name = "-".join(filter(None, (slug(words[0]) if words else "", slug(title)))) or "contract"
    return _free(name, _ids(books))


def _ids(books: Books) -> set[str]:
    """The ids of all contracts, those with an error too: no register knows these."""
    agreed = (
        entry.meta["contract"]
        for entry in books.entries
        if isinstance(entry, Transaction)
        and "contract" in entry.meta
        and any(key == "schedule" or key.startswith("milestone-") for key in entry.meta)
    )
    return {*books.register.contracts, *map(str, agreed)}


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that is free."""
    known = set(taken)
    names = (name, *(f"{name}-{number}" for number in range(2, len(known) + 3)))
    return next(free for free in names if free not in known)


def slug(text: str) -> str:
    """Return a text as an id: small letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", letters.casefold()))
