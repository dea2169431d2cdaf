"""Single values as people write them: ids, dates, terms, days, accounts.

Every function takes what the ledger says and returns what it means, or raises
`UnreadableError` with a sentence that says what would be right.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from beancount.core.account import is_valid

from beancount_milestones.amounts import WIDE, fraction_of, trimmed
from beancount_milestones.errors import hidden
from beancount_milestones.model import Terms
from beancount_milestones.reading.log import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A bound for days, so that a slip of the finger does not leave the calendar.
MOST_DAYS: Final = 3650
#: A bound for decimal places: Ether has 18.
MOST_PLACES: Final = 18
#: A longer value is shortened in a message.
_LONGEST: Final = 60

#: With at least one letter or digit: signs alone name nothing.
CONTRACT_ID: Final = re.compile(r"[._-]*[A-Za-z0-9][A-Za-z0-9._-]*")
MILESTONE_ID: Final = re.compile(r"[_-]*[A-Za-z0-9][A-Za-z0-9_-]*")
LINK: Final = re.compile(r"[._/-]*[A-Za-z0-9][A-Za-z0-9._/-]*")
# Those that are seldom asked are compiled when they are.
_SIGNS_ALONE: Final = r"[._/-]+"

#: A percentage in digits.
PERCENT: Final = r"\d{1,27}(?:\.\d{0,27})?"
_LIKE_A_DATE: Final = (
    r"(?a)\d{4}[-/.]\d+[-/.]\S*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d\d([-/.])\d\d\1\d\d|\d{1,2}/\d{1,2}/\d\d"
    r"|\d{4}[-/](?:0?[1-9]|1[0-2])|(?:19|20)\d{6}"
)
_TERMS: Final = re.compile(
    r"(?a)(?:(?P<discount>\d{1,3}(?:\.\d{1,6})?) ?%? ?/ ?(?P<within>\d{1,9})[ ,]+)?"
    r"(?:net ?)?(?P<days>\d{1,9})(?: ?days?)?(?P<eom> eom)?"
)


def shown(value: object) -> str:
    """Return a value as the user would recognise it in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    try:
        # On one line; a space too many stays, for it may be what is wrong.
        text = re.sub(r"[^\S ]+ *", " ", str(value))
    except ValueError:
        # Python prints no number of more than some thousand digits.
        return "a number of thousands of digits"
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    return f"'{text}'" if isinstance(value, str) else text


def plain(number: Fraction | Decimal) -> str:
    """Return a number in plain digits: exact where it has an end, else with four decimals.

    With more decimals where four would make it look like a whole number.
    """
    exact = Fraction(*number.as_integer_ratio())
    quotient = WIDE.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    places = 0
    while Fraction(quotient) != exact and (not places or quotient == quotient.to_integral_value()):
        places += 4
        quotient = fraction_of(Decimal(1), exact, places)
    return f"{WIDE.normalize(quotient):f}"


def percent(fraction: Fraction) -> str:
    """Return a fraction as a percentage: ``33.33%``."""
    return f"{plain(fraction * 100)}%"


def money(number: Decimal, currency: str) -> str:
    """Return an amount as text, with thousands separators."""
    return f"{number:,f} {currency}"


def check_place(meta: Mapping[str, Any]) -> None:
    """Raise `UnreadableError` if metadata of the user hides file name or line number."""
    key = hidden(meta)
    if key:
        message = f"the metadata '{key}' hides the place that Beancount keeps there; rename it"
        raise UnreadableError(message)


def text_value(value: object, what: str, example: str, key: str = "") -> str:
    """Read a text that must stand in quotes, under a metadata key where one is named.

    Without quotes Beancount calculates: ``2026-042`` is 1984.
    """
    if isinstance(value, str) and value.strip():
        return value.strip()
    key = key and f"{key}: "
    if isinstance(value, Decimal):
        message = (
            f'{what} must be text in quotes, as in {key}"{shown(value)}" or {key}"{example}";'
            " without quotes Beancount calculates, and 2026-042 becomes 1984"
        )
    elif isinstance(value, dt.date):
        message = f'{what} must be text in quotes, as in {key}"{value}"'
    else:
        message = f'{what} must be text in quotes, as in {key}"{example}", not {shown(value)}'
    raise UnreadableError(message)


def contract_id(value: object, key: str = "") -> str:
    """Read a contract id: letters, digits, ``-``, ``_``, ``.``."""
    if isinstance(value, str) and CONTRACT_ID.fullmatch(value):
        return value
    text = text_value(value, "a contract id", "2026-042", key)
    if not CONTRACT_ID.fullmatch(text):
        allowed = _allowed(text, "'-', '_' and '.'")
        message = f"{shown(text)} is not a contract id: {allowed}"
        raise UnreadableError(message)
    return text


def milestone_id(value: object) -> str:
    """Read a milestone id: letters, digits, ``-``, ``_``."""
    if isinstance(value, str) and MILESTONE_ID.fullmatch(value):
        return value
    text = text_value(value, "a milestone id", "mockups")
    if not MILESTONE_ID.fullmatch(text):
        allowed = _allowed(text, "'-' and '_'")
        message = f"{shown(text)} is not a milestone id: {allowed}"
        raise UnreadableError(message)
    return text


def invoice_number(value: object, what: str) -> str:
    """Read the number of an invoice or a credit note: what a link allows, as it becomes one."""
    if isinstance(value, str) and LINK.fullmatch(value):
        return value
    text = text_value(value, what, "2026-042", "invoice")
    if not LINK.fullmatch(text):
        allowed = _allowed(text, "'-', '_', '.' and '/'")
        message = f"{what} becomes a link, so {shown(text)} cannot be one: {allowed}"
        raise UnreadableError(message)
    return text


def _allowed(text: str, signs: str) -> str:
    """What an id has to consist of that is not a text like this one."""
    if re.fullmatch(_SIGNS_ALONE, text):
        return "it needs at least one letter or digit"
    return f"use letters, digits, {signs} only"


def date_value(value: object, what: str) -> dt.date:
    """Read a date, written without quotes."""
    if isinstance(value, dt.date):
        return value
    message = f"{what} must be a date without quotes, as in 2026-02-01, not {shown(value)}"
    raise UnreadableError(message)


def like_date(word: str) -> bool:
    """Return whether a word looks like a date, right or wrong."""
    return bool(re.fullmatch(_LIKE_A_DATE, word))


def days(value: object, what: str) -> int:
    """Read a whole number of days."""
    return _whole_number(value, f"{what} must be a whole number of days", MOST_DAYS)


def decimal_places(value: object) -> int:
    """Read the precision of a currency; Fava takes it in quotes too."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
        value = Decimal(value)
    return _whole_number(value, "precision must be a whole number of decimal places", MOST_PLACES)


def _whole_number(value: object, what: str, most: int) -> int:
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        whole = 0 <= value <= most and value == int(value)
        if whole:
            return int(value)
    message = f"{what}, from 0 to {most}, not {shown(value)}"
    raise UnreadableError(message)


def terms(value: object) -> Terms:
    """Read payment terms: "2/10 net 30" is due in 30 days, with 2% off within 10."""
    if isinstance(value, str):
        text = " ".join(value.casefold().split())
        if text == "due on receipt":
            return Terms(0)
        found = _TERMS.fullmatch(text[: _LONGEST + 1])
        if found and int(found["days"]) <= MOST_DAYS:
            discount = None
            if found["discount"]:
                rate = trimmed(Decimal(found["discount"]), 0)
                discount = (rate, int(found["within"]))
            if discount and discount[1] > int(found["days"]):
                message = (
                    f"the terms {shown(value)} give a discount for {discount[1]} days, and all is"
                    f" due in {found['days']}; write it for {found['days']} days at most"
                )
                raise UnreadableError(message)
            if not discount or discount[0] < 100:  # noqa: PLR2004 - percent
                return Terms(int(found["days"]), bool(found["eom"]), discount)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Terms(days(value, "terms"))
    message = (
        f'cannot read the terms {shown(value)}; write "net 30", "2/10 net 30", "net 30 eom",'
        ' "due on receipt" or a number of days'
    )
    raise UnreadableError(message)


def account(value: object, what: str, roots: tuple[str, ...]) -> str:
    """Read the name of an account under one of these roots."""
    if isinstance(value, str) and is_valid(value) and value.partition(":")[0] in roots:
        return value
    message = (
        f"{what} must be an account under {' or '.join(roots)}, as in"
        f" {roots[0]}:{what.capitalize()}, not {shown(value)}"
    )
    raise UnreadableError(message)


def on_completion(value: object) -> bool:
    """Read the key ``invoiced`` of a contract."""
    if isinstance(value, str) and value.strip().casefold() == "on completion":
        return True
    message = f'invoiced can only be "on completion", not {shown(value)}'
    raise UnreadableError(message)


def percentage(value: object, what: str) -> Decimal:
    """Read a percentage as it is written, such as "8%" or 8: the number before the sign."""
    number, bare = None, True
    if isinstance(value, str):
        found = re.fullmatch(rf"({PERCENT})\s*(%?)", value.strip(), re.ASCII)
        if found:
            number, bare = Decimal(found[1]), not found[2]
    elif isinstance(value, Decimal) and not value.is_signed():
        number = value
    if number is None:
        message = f'{what} must be a percentage in quotes, as in "8%", not {shown(value)}'
        raise UnreadableError(message)
    if bare and 0 < number < 1:
        message = f"{what}: {below_one_percent(number)}"
        raise UnreadableError(message)
    return number


def below_one_percent(number: Decimal) -> str:
    """What to say of a bare number that may be meant as a part of one."""
    return (
        f'{number} is below one percent: write "{plain(number)}%" if that is meant; did you mean'
        f" {in_percent(number)}?"
    )


def in_percent(number: Decimal) -> str:
    """Return a part of one as a percentage, rounded and without the sign: 50 for 0.5."""
    return plain(fraction_of(number, Fraction(100), 2))
