"""Shares as people write them: how much of a contract, or how far in all."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount.core.amount import Amount

from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.values import (
    PERCENT,
    below_one_percent,
    in_percent,
    like_date,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: Thousands may be grouped, also the Indian way: 1,00,000.00.
_NUMBER = r"(?:\d{1,3}(?:,\d{2,3}){0,8},\d{3}|\d{1,27})(?:\.\d{0,27})?"
_SHARE: Final = re.compile(
    rf"""(?asx)(?P<sign>[-+]?)\s*(?:
        (?P<percent>{PERCENT})\s*%
      | (?P<top>\d{{1,27}})\s*/\s*(?P<bottom>\d{{1,27}})
      | (?P<number>{_NUMBER})\s*(?P<currency>[A-Z][A-Z0-9'._-]*)
      | (?P<rest>rest)
    )(?=\s|$)\s*(?P<after>.*)"""
)
# The others are seldom asked, and compiled when they are.
_DATE: Final = r"(?a)(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
#: A slip of the finger in the year. Elsewhere it may be the number of an invoice.
_LONG_YEAR: Final = r"(?a)\d{5,}[-/]\d\d[-/]\d\d"
#: What stands before the last digit or two of a date.
_BEFORE_THE_DAY: Final = frozenset("-/")
#: More digits than a number of a share has.
_TOO_LONG: Final = r"(?a)\d{28}"


class Share(NamedTuple):
    """A share of a contract: a fraction, an amount, or (neither) the rest."""

    fraction: Fraction | None = None
    amount: Amount | None = None
    target: dt.date | None = None
    title: str | None = None


def read_share(value: object) -> Share:
    """Read a share: ``30%``, ``1/3``, ``3,000.00 USD`` or ``rest``, then a date, then a title."""
    if isinstance(value, Amount) and isinstance(value.number, Decimal):
        return Share(amount=value)
    if not isinstance(value, str):
        hint = f'; did you mean "{_in_percent(value)}"?' if isinstance(value, Decimal) else ""
        message = (
            'a share is text such as "30% 2026-02-01 Title", "1/3", "3,000.00 USD" or "rest",'
            f" not {shown(value)}{hint}"
        )
        raise UnreadableError(message)
    found = _SHARE.fullmatch(value.strip())
    if not found:
        _check_length(value)
        hint = _meant(value) or did_you_mean((value.split() or [""])[0], ["rest"])
        message = (
            f"cannot read the share {shown(value)}; begin with a percentage (30%), a fraction"
            f" (1/3), an amount (3,000.00 USD) or 'rest'{hint}"
        )
        raise UnreadableError(message)
    sign, percent, top, bottom, number, currency, rest, after = found.groups()
    fraction = _fraction(percent, top, bottom)
    if sign == "-" and (fraction or rest):
        message = (
            "a share cannot be negative; write a reduction as a change order: a transaction of its"
            " own that credits the receivable"
        )
        raise UnreadableError(message)
    amount = _amount(sign, number, currency) if number else None
    target, title = _target_and_title(after.strip())
    if title and not target and not _BEFORE_THE_DAY.isdisjoint(title[-3:-1]):
        _no_date_at_the_end(value, title)
    return Share(fraction, amount, target, title)


def how_far(value: object) -> Share:
    """Read how far something is in all: a share, or a bare number, which is a percentage.

    Returns a fraction or an amount, never the rest.
    """
    form = 'write a percentage, a fraction or an amount, as in 40, "1/3" or 46,383.00 USD'
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value)
        if 0 < number < 1:
            raise UnreadableError(below_one_percent(number))
        if number < 0:
            message = f"nothing can be {shown(value)} percent done; {form}"
            raise UnreadableError(message)
        return Share(fraction=Fraction(number) / 100)
    if isinstance(value, Amount):
        return Share(amount=value)
    text = value.strip() if isinstance(value, str) else ""
    found = _SHARE.fullmatch(text)
    if not found or found["rest"] or found["after"]:
        _check_length(text)
        message = f"{shown(value)} does not say how far it is; {form}{_meant(text)}"
        raise UnreadableError(message)
    sign, percent, top, bottom, digits, currency, *_ = found.groups()
    fraction = _fraction(percent, top, bottom)
    if sign == "-" and fraction:
        message = f"nothing can be {shown(value)} done; {form}"
        raise UnreadableError(message)
    return Share(fraction, _amount(sign, digits, currency) if digits else None)


def is_share(value: object, read: Callable[[object], Share] = read_share) -> bool:
    """Whether a value can be read as a share, or by `how_far`."""
    try:
        read(value)
    except UnreadableError:
        return False
    return True


def _meant(value: str) -> str:
    """A hint for those who write percentages in another way."""
    word, *after = value.split(maxsplit=1) or [""]
    if re.fullmatch(PERCENT, word) and not re.match(r"[A-Za-z]", "".join(after)):
        return f"; did you mean '{_in_percent(Decimal(word))}'?"
    if re.fullmatch(r"\d{1,3},\d{1,27}%", word):
        return f"; did you mean '{word.replace(',', '.')}'?"
    return ""


def _in_percent(number: Decimal) -> str:
    """The percentage that a bare number is probably meant to be: 30 is 30%, and so is 0.3."""
    return f"{in_percent(number) if 0 < number < 1 else number}%"


def _check_length(value: str) -> None:
    """Raise where only the length of a number keeps it from being read."""
    if re.search(_TOO_LONG, value.replace(",", "")):
        message = (
            f"{shown(value)} has too many digits; write 27 of them at most, or a fraction (1/3)"
        )
        raise UnreadableError(message)


def _amount(sign: str, number: str, currency: str) -> Amount:
    """The amount of a share that is one."""
    return Amount(Decimal(sign + number.replace(",", "")), currency)


def _fraction(percent: str | None, top: str | None, bottom: str | None) -> Fraction | None:
    """The fraction, without its sign, of a percentage or a fraction; None of any other share."""
    if percent:
        return _percentage(percent)
    if not top or not bottom:
        return None
    if not int(bottom):
        message = (
            f"'{int(top)}/0' is not a share: nothing can be divided by 0; write 0% for a checkpoint"
        )
        raise UnreadableError(message)
    return Fraction(int(top), int(bottom))


@lru_cache(maxsize=1024)
def _percentage(digits: str) -> Fraction:
    """A percentage as a fraction. People write the same few again and again."""
    return Fraction(digits) / 100


def _no_date_at_the_end(value: str, title: str) -> None:
    """Raise where the date is behind the title: it would be no target."""
    last = title.rsplit(maxsplit=1)[-1]
    if last != title and re.fullmatch(_DATE, last):
        words = title.split()[:-1]
        head = value[: value.rindex(title)].strip()
        message = (
            f'the date belongs before the title; write it as "{head} {last} {" ".join(words)}"'
        )
        raise UnreadableError(message)


def date_of(word: str) -> dt.date | None:
    """Return the date that a word is; None where it is no date at all.

    Raises `UnreadableError` for a date that there is not, and for what only looks like one.
    """
    found = re.fullmatch(_DATE, word)
    if found:
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            message = f"there is no date {word}; correct it, or leave it out"
            raise UnreadableError(message) from None
    if like_date(word) or re.fullmatch(_LONG_YEAR, word):
        message = f"{shown(word)} is not a date; write it as 2026-02-01"
        raise UnreadableError(message)
    return None


def _target_and_title(text: str) -> tuple[dt.date | None, str | None]:
    # Whatever looks like a date begins with a digit, and few titles do.
    if not text[:1].isdigit():
        return None, text or None
    word, *title = text.split(maxsplit=1)
    target = date_of(word)
    if not target:
        return None, text
    second = title[0].split(maxsplit=1)[0] if title else ""
    if re.fullmatch(_DATE, second):
        message = (
            f"there are two dates, {word} and {second}; write only the target before the title"
        )
        raise UnreadableError(message)
    return target, "".join(title).strip() or None
