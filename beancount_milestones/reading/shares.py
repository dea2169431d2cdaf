"""Shares as people write them: how much of a contract, or how far in all."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from beancount.core.amount import Amount

from beancount_milestones.amounts import fraction_of
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.values import PERCENT, like_date, plain, shown

#: Thousands may be grouped, also the Indian way: 1,00,000.00.
_NUMBER = r"(?:\d{1,3}(?:,\d{2,3}){0,8},\d{3}|\d{1,27})(?:\.\d{0,27})?"
_SHARE: Final = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?:
        (?P<percent>{PERCENT})\s*%
      | (?P<top>\d{{1,27}})\s*/\s*(?P<bottom>\d{{1,27}})
      | (?P<number>{_NUMBER})\s*(?P<currency>[A-Z][A-Z0-9'._-]*)
      | (?P<rest>rest)
    )(?=\s|$)\s*(?P<after>.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


_DATE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)


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
        hint = f'; did you mean "{value}%"?' if isinstance(value, Decimal) else ""
        message = (
            'a share is text such as "30% 2026-02-01 Title", "1/3", "3,000.00 USD" or "rest",'
            f" not {shown(value)}{hint}"
        )
        raise UnreadableError(message)
    found = _SHARE.fullmatch(value.strip())
    if not found:
        message = (
            f"cannot read the share {shown(value)}; begin with a percentage (30%), a fraction"
            f" (1/3), an amount (3,000.00 USD) or 'rest'{_meant(value)}"
        )
        raise UnreadableError(message)
    fraction, amount = _fraction(found), None
    if found["number"]:
        number = Decimal(found["sign"] + found["number"].replace(",", ""))
        amount = Amount(number, found["currency"])
    target, title = _target_and_title(found["after"])
    if title and not target:
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
            meant = plain(fraction_of(number, Fraction(100), 2))
            message = (
                f'{number} is below one percent: write "{plain(number)}%" if that is meant; did'
                f" you mean {meant}?"
            )
            raise UnreadableError(message)
        if number < 0:
            message = f"nothing can be {shown(value)} percent done; {form}"
            raise UnreadableError(message)
        return Share(fraction=Fraction(number) / 100)
    if isinstance(value, Amount):
        return Share(amount=value)
    if not isinstance(value, str):
        message = f"{shown(value)} does not say how far it is; {form}"
        raise UnreadableError(message)
    found = read_share(value)
    if found.target or found.title or (found.fraction is None and found.amount is None):
        message = f"{shown(value)} does not say how far it is; {form}"
        raise UnreadableError(message)
    return found


def is_share(value: object) -> bool:
    """Whether a value can be read as a share."""
    try:
        read_share(value)
    except UnreadableError:
        return False
    return True


def _meant(value: str) -> str:
    """A hint for those who write percentages in another way."""
    word, *after = value.split(maxsplit=1) or [""]
    if re.fullmatch(PERCENT, word) and not re.match(r"[A-Za-z]", "".join(after)):
        return f"; did you mean '{word}%'?"
    if re.fullmatch(r"\d{1,3},\d{1,27}%", word):
        return f"; did you mean '{word.replace(',', '.')}'?"
    return did_you_mean(word, ["rest"])


def _fraction(found: re.Match[str]) -> Fraction | None:
    """The fraction of a share that is a percentage or a fraction; None of any other."""
    if found["percent"]:
        fraction = _percentage(found["percent"])
    elif found["top"]:
        top, bottom = int(found["top"]), int(found["bottom"])
        if not bottom:
            message = (
                f"'{top}/0' is not a share: nothing can be divided by 0; write 0% for a checkpoint"
            )
            raise UnreadableError(message)
        fraction = Fraction(top, bottom)
    else:
        fraction = None
    if found["sign"] == "-" and (fraction or found["rest"]):
        message = (
            "a share cannot be negative; write a reduction as a change order: a transaction of its"
            " own that credits the receivable"
        )
        raise UnreadableError(message)
    return fraction


@lru_cache(maxsize=1024)
def _percentage(digits: str) -> Fraction:
    """A percentage as a fraction. People write the same few again and again."""
    return Fraction(digits) / 100


def _no_date_at_the_end(value: str, title: str) -> None:
    """Raise where the date is behind the title: it would be no target."""
    last = title.rsplit(maxsplit=1)[-1]
    if last != title and _DATE.fullmatch(last):
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
    found = _DATE.fullmatch(word)
    if found:
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            message = f"there is no date {word}; correct it, or leave it out"
            raise UnreadableError(message) from None
    if like_date(word):
        message = f"{shown(word)} is not a date; write it as 2026-02-01"
        raise UnreadableError(message)
    return None


def _target_and_title(text: str) -> tuple[dt.date | None, str | None]:
    word, *title = text.split(maxsplit=1) or [""]
    target = date_of(word)
    return target, ("".join(title) if target else text).strip() or None
