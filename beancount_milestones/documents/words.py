"""Sentences, amounts and dates that people read in documents, by language.

The words are in `languages`, a YAML file for each language: adding a file adds a language.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

from beancount_milestones import amounts

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from beancount_milestones.model import Terms

ENGLISH: Final = "en"
_FILES: Final = files(__package__) / "languages"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that documents can be written in, by their ISO 639 codes."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _FILES.iterdir()))


@cache
def _words(language: str) -> dict[str, Any]:
    text = (_FILES / f"{known(language)}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def known(language: str) -> str:
    """Return a language of ours: English for any other."""
    return language if language in languages() else ENGLISH


def figure(language: str, number: Decimal, places: int = 0) -> str:
    """Return a number as people write it, with at least so many decimals."""
    words = _words(language)
    shown = amounts.rounded(number, max(amounts.decimals(number), places))
    marked = f"{shown:,f}".replace(".", "\0")
    return marked.replace(",", words["thousands"]).replace("\0", words["point"])


def percent(language: str, number: Decimal) -> str:
    """Return a percentage, without zeros at its end and without its sign."""
    return figure(language, amounts.trimmed(number, 0))


def day(language: str, date: datetime.date) -> str:
    """Return a date in figures, as people write it."""
    return date.strftime(_words(language)["short day"])


def long_day(language: str, date: datetime.date) -> str:
    """Return a date with the name of its month."""
    words = _words(language)
    month = words["months"][date.month - 1]
    number = words["first day"] if date.day == 1 else date.day
    return str(words["day"]).format(day=number, month=month, year=date.year)


def terms(language: str, found: Terms) -> str:
    """Return payment terms in words."""
    if found.end_of_month:
        said = say(language, "terms of the month", days=found.days)
    else:
        said = say(language, "terms", days=found.days) if found.days else say(language, "at once")
    if found.discount:
        share, days = found.discount
        said += ", " + say(language, "early", percent=percent(language, share), days=days)
    return said


def say(language: str, key: str, **values: object) -> str:
    """Return a sentence; in English where the language is not one of ours."""
    return str(_words(language)[key]).format(**values)
