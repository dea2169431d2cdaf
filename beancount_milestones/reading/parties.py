"""Who is who: seller, clients, taxes, what payments are, and reminders that were sent.

`custom "seller"` and `custom "client"` describe a party from their date on, key by key; the same
keys work on the `open` of a client's own receivable account. Nothing here books anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from functools import cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final

from beancount.core.account import TYPE

from beancount_milestones.errors import did_you_mean, quoted, slip
from beancount_milestones.parties import MOST_LEVELS, Party, Reminder, TaxRate, fold, spaced
from beancount_milestones.reading.log import Log, UnreadableError
from beancount_milestones.reading.settings import (
    CLIENT_KEYS,
    Keys,
    read_named_keys,
)
from beancount_milestones.reading.values import below_one_percent, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from beancount.core.data import Custom, Directive, Open

    from beancount_milestones.reading.log import Place
    from beancount_milestones.reading.settings import Roots

#: The types of the directives.
SELLER: Final = "seller"
CLIENT: Final = "client"
REMINDER: Final = "reminder"

#: The keys of a party, and the fields that they fill.
PARTY_KEYS: Final = {
    "name": "name",
    "address": "address",
    "country": "country",
    "vat-id": "vat_id",
    "tax-id": "tax_id",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "iban": "iban",
    "bic": "bic",
    "payment": "payment",
    "logo": "logo",
    "language": "language",
    "note": "note",
}
#: On the `open` of an account: what the other side of a payment is there, and the rate of a tax.
SETTLES_AS: Final = "settles-as"
TAX: Final = "tax"
KINDS: Final = ("withholding", "discount", "fee", "write-off", "set-off", "transfer", "payment")

#: ISO 3166-1 alpha-2.
_COUNTRIES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
    DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
    GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
    NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD
    SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
#: The categories of EN 16931 (UNTDID 5305) that we print.
_TAX: Final = (
    r"(?as)(?:(?P<category>S|Z|E|AE|K|G|O)\s+)?(?P<rate>\d{1,3}(?:\.\d{1,6})?)\s*(?P<sign>%?)"
    r"(?:\s+(?P<reason>\S.*))?"
)
_CATEGORY_ALONE: Final = r"(?s)(?P<category>Z|E|AE|K|G|O)(?:\s+(?P<reason>\S.*))?"


#: Fields of a party, by name.
_Fields = dict[str, Any]
#: A party from each day on.
_Story = tuple[tuple["dt.date", Party], ...]


class Who:
    """What the ledger says of parties, taxes and payments."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.seller: _Story = ()
        #: What `custom "client"` says, by folded name: the day, the name, the fields of a party.
        self.described: dict[str, list[tuple[dt.date, str, _Fields]]] = defaultdict(list)
        #: Defaults of clients for their contracts, by folded name, each with its directive.
        self.keys: dict[str, list[tuple[Custom, Keys]]] = defaultdict(list)
        self.taxes: dict[str, TaxRate] = {}
        self.settles_as: dict[str, str] = {}
        #: By account: the fields of a party that its `open` fills.
        self.of_accounts: dict[str, tuple[dt.date, _Fields]] = {}
        #: The client that the `open` of an account names.
        self.accounts: dict[str, str] = {}
        #: Directives of that type, or of one that is nearly it.
        self.reminders: list[Custom] = []


def read_who(customs: Iterable[Custom], opens: Iterable[Open], roots: Roots, log: Log) -> Who:
    """Read parties, taxes and kinds of payment. What is wrong is left out."""
    who = Who()
    for opened in opens:
        if len(opened.meta) > _USUAL_META:
            _read_open(opened, who, log)
    for entry in sorted(customs, key=attrgetter("date")):
        if entry.type == REMINDER or slip(entry.type, (REMINDER,)):
            who.reminders.append(entry)
        elif entry.type in {SELLER, CLIENT}:
            _read_custom(entry, who, roots, log)
        elif near := _misspelt(entry):
            log.at(entry).say(_MISSPELT.format(entry.type, near))
    return who


def _read_custom(entry: Custom, who: Who, roots: Roots, log: Log) -> None:
    """Read what a directive says of the seller or of a client."""
    with log.at(entry) as here:
        name = _name(entry)
    if here.failed:
        return
    said = _read_party(entry, name, here)
    if entry.type == CLIENT:
        who.described[fold(name)].append((entry.date, name, said))
        who.keys[fold(name)].append((entry, read_named_keys(entry, roots, here)))
        return
    if who.seller and who.seller[-1][1].source != said["source"]:
        # The firm has a new name, and perhaps no other one for documents.
        said.setdefault("name", name)
    who.seller = _with(who.seller, name, entry.date, said)


def parties_of(who: Who, owing: Iterable[tuple[str, str]]) -> dict[str, _Story]:
    """Return the clients by folded name, each from its days on.

    ``owing`` are the clients of the receivable accounts whose `open` describes them too, each with
    its account.
    """
    told: dict[str, list[tuple[dt.date, str, _Fields]]] = defaultdict(list)
    for name, account in owing:
        date, said = who.of_accounts[account]
        told[fold(name)].append((date, name, said))
    found: dict[str, _Story] = {}
    for key in dict.fromkeys((*told, *who.described)):
        known: _Story = ()
        every = [*told.get(key, ()), *who.described.get(key, ())]
        for date, name, said in sorted(every, key=itemgetter(0)):
            known = _with(known, name, date, said)
        found[key] = known
    return found


def _with(known: _Story, name: str, date: dt.date, said: _Fields) -> _Story:
    """Add what is said of a party on a day to what was known, key by key."""
    before = known[-1][1] if known else Party(name=name)
    return (*known, (date, before._replace(**said)))


#: What is said of the type of a directive, with the one that is meant.
_MISSPELT: Final = "custom \"{}\" means nothing here; did you mean '{}'?"
#: Filename and line number are on every directive.
_USUAL_META: Final = 2


def _misspelt(entry: Custom) -> str | None:
    """The type that a directive with our keys is probably meant to be, or None."""
    near = slip(entry.type, (SELLER, CLIENT))
    ours = any(key in entry.meta for key in (*PARTY_KEYS, *CLIENT_KEYS))
    return near if ours else None


def _name(entry: Custom) -> str:
    # Beancount reads an account as text too.
    said = [None if value.dtype == TYPE else value.value for value in entry.values or ()]
    if len(said) == 1 and isinstance(said[0], str) and said[0].strip():
        return said[0].strip()
    message = f'custom "{entry.type}" needs one name in quotes, as in custom "{entry.type}" "Acme"'
    raise UnreadableError(message)


def _read_party(entry: Custom, name: str, here: Place) -> _Fields:
    """Return the fields that a directive fills."""
    allowed = (*PARTY_KEYS, *(CLIENT_KEYS if entry.type == CLIENT else ()))
    said = _party_fields(entry.meta, here)
    for key in entry.meta:
        near = None if key in allowed else slip(key, allowed)
        if near:
            here.say(f"unknown key '{key}' of a {entry.type}; did you mean '{near}'?")
    return said | {"source": f'custom "{entry.type}" {quoted(name)}'}


def _party_fields(meta: Mapping[str, Any], here: Place) -> _Fields:
    said: _Fields = {}
    for key, name in PARTY_KEYS.items():
        if key in meta:
            with here:
                said[name] = _READERS.get(key, _text)(meta[key], key)
    return said


def _text(value: object, key: str) -> str:
    if isinstance(value, str):
        return value.strip()
    message = f"{key} must be text in quotes, not {shown(value)}"
    raise UnreadableError(message)


def _address(value: object, key: str) -> tuple[str, ...]:
    """Lines, by newline or comma."""
    text = _text(value, key)
    separator = "\n" if "\n" in text else ","
    return tuple(filter(None, (line.strip() for line in text.split(separator))))


def _country(value: object, key: str) -> str:
    text = _text(value, key).upper()
    if text in COUNTRIES:
        return text
    message = f'{key} must be a code of two letters (ISO 3166), as in "DE", not {shown(value)}'
    raise UnreadableError(message)


def _iban(value: object, key: str) -> str:
    """Read an IBAN, and check its digits (ISO 13616, mod 97)."""
    text = "".join(_text(value, key).split()).upper()
    if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text, re.ASCII):
        digits = "".join(str(int(letter, 36)) for letter in text[4:] + text[:4])
        if int(digits) % 97 == 1:
            return text
    message = f"{key} {shown(value)} cannot be right: its check digits do not match"
    raise UnreadableError(message)


def _language(value: object, key: str) -> str:
    text = _text(value, key).lower()
    if re.fullmatch(r"[a-z]{2}", text):
        return text
    message = f'{key} must be a code of two letters, as in "en", not {shown(value)}'
    raise UnreadableError(message)


_READERS: Final[dict[str, Callable[[object, str], Any]]] = {
    "address": _address,
    "country": _country,
    "iban": _iban,
    "language": _language,
}


def _read_open(opened: Open, who: Who, log: Log) -> None:
    meta = opened.meta
    here = log.at(opened)
    for key in meta:
        near = slip(key, (SETTLES_AS,))
        if near:
            here.say(f"unknown key '{key}'; did you mean '{near}'?")
    with here:
        if TAX in meta:
            who.taxes[opened.account] = tax_rate(meta[TAX])
        if SETTLES_AS in meta:
            who.settles_as[opened.account] = _settles_as(meta[SETTLES_AS])
    if isinstance(meta.get("client"), str) and meta["client"].strip():
        who.accounts[opened.account] = spaced(meta["client"])
    if any(key in meta for key in PARTY_KEYS):
        # Other people use these keys on accounts that are not receivables: only ours are checked.
        checked = here if opened.account in who.accounts else Log().at(opened)
        said = _party_fields(meta, checked) | {"source": f"the `open` of {opened.account}"}
        who.of_accounts[opened.account] = (opened.date, said)


def _settles_as(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text in KINDS:
        return text
    hint = did_you_mean(text, KINDS) or f"; use {', '.join(KINDS)}"
    message = f"{SETTLES_AS} cannot be {shown(value)}{hint}"
    raise UnreadableError(message)


def tax_rate(value: object) -> TaxRate:
    """Read the tax of an account: "S 19%", "19%", "AE 0% Reverse charge", "E Small business".

    The category is S where a rate is charged, else Z. Raises `UnreadableError`.
    """
    text = str(value) if isinstance(value, Decimal) else value
    if isinstance(text, str):
        found = re.fullmatch(_TAX, text.strip())
        if found:
            rate = Decimal(found["rate"])
            if 0 < rate < 1 and not found["sign"]:
                message = f"{TAX}: {below_one_percent(rate)}"
                raise UnreadableError(message)
            return TaxRate(found["category"] or ("S" if rate else "Z"), rate, found["reason"] or "")
        alone = re.fullmatch(_CATEGORY_ALONE, text.strip())
        if alone:
            return TaxRate(alone["category"], Decimal(0), alone["reason"] or "")
    message = (
        f"cannot read the tax {shown(value)}; write a rate, before it a category if you like, after"
        ' it a reason, as in "19%", "S 19%" or "AE 0% Reverse charge"'
    )
    raise UnreadableError(message)


def read_reminders(
    customs: Iterable[Custom],
    numbers: Mapping[str, dt.date],
    entries: Iterable[Directive],
    log: Log,
) -> tuple[Reminder, ...]:
    """Read the reminders that were sent; one for a number that no invoice has is an error.

    ``numbers`` are those of the contracts, with their days; invoices by hand are looked for among
    the entries, where a reminder names one.
    """
    found: list[Reminder] = []
    levels: dict[str, int] = defaultdict(int)
    written = cache(lambda: _by_hand(entries))
    for entry in customs:
        if entry.type != REMINDER:
            named = str(entry.values[0].value) if entry.values else ""
            # Other people's directive may be called nearly the same.
            if named in numbers or named in written():
                log.at(entry).say(_MISSPELT.format(entry.type, REMINDER))
            continue
        with log.at(entry):
            number, level = _reminded(entry)
            if number not in numbers and number not in written():
                message = f"no invoice '{number}'{did_you_mean(number, numbers)}"
                raise UnreadableError(message)
            date = numbers.get(number, entry.date)
            if entry.date < date:
                message = (
                    f"the reminder is dated {entry.date}, before its invoice '{number}' of {date};"
                    " write the day on which it was sent"
                )
                raise UnreadableError(message)
            now = level or levels[number] + 1
            levels[number] = max(now, levels[number])
            found.append(Reminder(entry.date, number, now, entry))
    return tuple(found)


def _reminded(entry: Custom) -> tuple[str, int | None]:
    """The number and the level of a reminder; None where it has no level."""
    said = [value.value for value in entry.values]
    number, level = (*said, None, None)[:2]
    if not isinstance(number, str) or not isinstance(level, Decimal | None) or said[2:]:
        message = (
            'custom "reminder" needs the number of an invoice and the level, as in'
            ' custom "reminder" "INV-042" 1'
        )
        raise UnreadableError(message)
    if level is not None and not (1 <= level <= MOST_LEVELS and level == int(level)):
        message = (
            f"the level of a reminder must be a whole number from 1 to {MOST_LEVELS}, not"
            f" {shown(level)}"
        )
        raise UnreadableError(message)
    return number, None if level is None else int(level)


def _by_hand(entries: Iterable[Directive]) -> set[str]:
    """Everything that may be the number of an invoice by hand."""
    found: set[str] = set()
    for entry in entries:
        found |= getattr(entry, "links", None) or frozenset()
        metas = [entry.meta, *(posting.meta for posting in getattr(entry, "postings", ()))]
        found |= {str(meta["invoice"]).strip() for meta in metas if meta and "invoice" in meta}
    return found
