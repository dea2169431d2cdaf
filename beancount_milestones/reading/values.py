"""Single values as people write them: ids, shares, dates, terms, days, accounts.

Every function takes what stands in the ledger and returns what it means, or raises `Unreadable`
with a sentence that says what would be right.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from beancount.core.account import is_valid
from beancount.core.amount import Amount

from beancount_milestones.allocation import WIDE
from beancount_milestones.contract import Terms

#: A bound for days, so that a slip of the finger does not leave the calendar.
MOST_DAYS: Final = 3650

CONTRACT_ID: Final = re.compile(r"[A-Za-z0-9._-]+")
MILESTONE_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
LINK: Final = re.compile(r"[A-Za-z0-9._/-]+")

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?"
_SHARE: Final = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?:
        (?P<percent>{_NUMBER})\s*%
      | (?P<top>\d+)\s*/\s*(?P<bottom>\d+)
      | (?P<number>{_NUMBER})\s*(?P<currency>[A-Z][A-Z0-9'._-]*)
      | (?P<rest>rest)
    )(?=\s|$)\s*(?P<after>.*)""",
    re.VERBOSE | re.DOTALL,
)
_DATE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_LIKE_A_DATE: Final = re.compile(
    r"\d{4}[-/.]\d+[-/.]\S*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}/\d{1,2}/\d{2}"
    r"|\d{4}[-/](?:0?[1-9]|1[0-2])"
)
_TERMS: Final = re.compile(
    r"(?:\d+(?:\.\d+)?\s*%?\s*/\s*\d+[\s,]+)?(?:net\s*)?(?P<days>\d+)(?:\s*days?)?(?P<eom>\s+eom)?"
)


class Unreadable(Exception):
    """A value that cannot be read; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a contract: a fraction, an amount, or (neither) the rest."""

    fraction: Fraction | None = None
    amount: Amount | None = None
    target: datetime.date | None = None
    title: str | None = None

    @property
    def is_rest(self) -> bool:
        """Whether this share takes what the others leave."""
        return self.fraction is None and self.amount is None


def shown(value: object) -> str:
    """Return a value as the user would recognise it in a message."""
    if isinstance(value, str):
        return f"'{value}'"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return str(value)


def plain(number: Fraction | Decimal) -> str:
    """Return a number in plain digits: exact where it has an end, else with four decimals."""
    top, bottom = number.as_integer_ratio()
    quotient = WIDE.divide(Decimal(top), Decimal(bottom))
    if len(quotient.as_tuple().digits) == WIDE.prec:
        quotient = quotient.quantize(Decimal("0.0001"), ROUND_HALF_UP, context=WIDE)
    return f"{WIDE.normalize(quotient):f}"


def percent(fraction: Fraction) -> str:
    """Return a fraction as a percentage: ``33.33 %``."""
    return f"{plain(fraction * 100)} %"


def money(number: Decimal, currency: str) -> str:
    """Return an amount as text, with thousands separators."""
    return f"{number:,f} {currency}"


def text_value(value: object, what: str, example: str) -> str:
    """Read a text that must stand in quotes.

    Without quotes Beancount calculates: ``2026-042`` is 1984.
    """
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, Decimal) and not isinstance(value, bool):
        message = (
            f'{what} must be text in quotes, as in "{example}"; without quotes Beancount'
            f" calculates, and reads {value} here"
        )
    elif isinstance(value, datetime.date):
        message = f'{what} must be text in quotes: "{value}"'
    else:
        message = f'{what} must be text in quotes, as in "{example}", not {shown(value)}'
    raise Unreadable(message)


def contract_id(value: object) -> str:
    """Read a contract id: letters, digits, ``-``, ``_``, ``.``."""
    text = text_value(value, "a contract id", "acme-brand")
    if not CONTRACT_ID.fullmatch(text):
        message = f"'{text}' is no contract id: use letters, digits, '-', '_' and '.' only"
        raise Unreadable(message)
    return text


def milestone_id(value: object) -> str:
    """Read a milestone id: letters, digits, ``-``, ``_``."""
    text = text_value(value, "a milestone id", "mockups")
    if not MILESTONE_ID.fullmatch(text):
        message = f"'{text}' is no milestone id: use letters, digits, '-' and '_' only"
        raise Unreadable(message)
    return text


def link(value: object, what: str) -> str:
    """Read an invoice number: what a link allows, as it becomes one."""
    text = text_value(value, what, "2026-042")
    if not LINK.fullmatch(text):
        message = (
            f"{what} '{text}' cannot be a link: use letters, digits, '-', '_', '.' and '/' only"
        )
        raise Unreadable(message)
    return text


def date_value(value: object, what: str) -> datetime.date:
    """Read a date, written without quotes."""
    if isinstance(value, datetime.date):
        return value
    message = f"{what} must be a date without quotes, as in 2026-02-01, not {shown(value)}"
    raise Unreadable(message)


def share(value: object) -> Share:
    """Read a share: ``30%``, ``1/3``, ``3,000.00 USD`` or ``rest``, then a date, then a title."""
    if isinstance(value, Amount) and isinstance(value.number, Decimal):
        return Share(amount=value)
    if not isinstance(value, str):
        hint = f'; write "{value}%"' if isinstance(value, Decimal) else ""
        message = (
            'a share is text such as "30% 2026-02-01 Title", "1/3", "3,000.00 USD" or "rest",'
            f" not {shown(value)}{hint}"
        )
        raise Unreadable(message)
    found = _SHARE.fullmatch(value.strip())
    if not found:
        word = (value.split() or [""])[0]
        message = (
            f"cannot read the share {shown(word)}: begin with a percentage (30%), a fraction (1/3),"
            ' an amount (3,000.00 USD) or "rest"'
        )
        if re.fullmatch(_NUMBER, word):
            message += f"; did you mean '{word}%'?"
        raise Unreadable(message)
    target, title = _target_and_title(found["after"].strip())
    if found["rest"]:
        if found["sign"]:
            message = "'rest' takes no sign"
            raise Unreadable(message)
        return Share(target=target, title=title)
    sign = -1 if found["sign"] == "-" else 1
    if found["number"]:
        number = Decimal(found["number"].replace(",", ""))
        return Share(
            amount=Amount(number.copy_negate() if sign < 0 else number, found["currency"]),
            target=target,
            title=title,
        )
    if found["percent"]:
        fraction = Fraction(found["percent"].replace(",", "")) / 100
    else:
        if int(found["bottom"]) == 0:
            message = "a share cannot be divided by 0"
            raise Unreadable(message)
        fraction = Fraction(int(found["top"]), int(found["bottom"]))
    if sign < 0 and fraction:
        message = (
            "a share cannot be negative; write a reduction as a change order: a transaction of its"
            " own that credits the receivable"
        )
        raise Unreadable(message)
    return Share(fraction=fraction, target=target, title=title)


def _target_and_title(text: str) -> tuple[datetime.date | None, str | None]:
    word, _, after = text.partition(" ")
    found = _DATE.fullmatch(word)
    if found:
        try:
            target = datetime.date(*map(int, found.groups()))
        except ValueError:
            message = f"there is no date {word}"
            raise Unreadable(message) from None
        return target, after.strip() or None
    if _LIKE_A_DATE.fullmatch(word):
        message = f"'{word}' is no date; write it as 2026-02-01"
        raise Unreadable(message)
    return None, text or None


def days(value: object, what: str) -> int:
    """Read a whole number of days."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DAYS:
        return value
    message = f"{what} is a whole number of days, from 0 to {MOST_DAYS}, not {shown(value)}"
    raise Unreadable(message)


def terms(value: object) -> Terms:
    """Read payment terms; a discount for early payment is no part of the due date."""
    if isinstance(value, str):
        text = value.strip().casefold()
        if text == "due on receipt":
            return Terms(0)
        found = _TERMS.fullmatch(text)
        if found and int(found["days"]) <= MOST_DAYS:
            return Terms(int(found["days"]), end_of_month=bool(found["eom"]))
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Terms(days(value, "terms"))
    message = (
        f"cannot read the terms {shown(value)}; write \"net 30\", \"2/10 net 30\", \"net 30 eom\","
        ' "due on receipt" or a number of days'
    )
    raise Unreadable(message)


def account(value: object, what: str, roots: tuple[str, ...]) -> str:
    """Read the name of an account under one of these roots."""
    if isinstance(value, str) and is_valid(value) and value.partition(":")[0] in roots:
        return value
    message = (
        f"{what} is an account under {' or '.join(roots)}, as in {roots[0]}:Name, not {shown(value)}"
    )
    raise Unreadable(message)


def on_completion(value: object) -> bool:
    """Read the key ``invoiced`` of a contract."""
    if isinstance(value, str) and value.strip().casefold() == "on completion":
        return True
    message = f'invoiced can only be "on completion", not {shown(value)}'
    raise Unreadable(message)
