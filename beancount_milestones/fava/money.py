"""How amounts and directives are shown: converted, exact, hidden where Fava hides them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal


class Rate(NamedTuple):
    """What one of a currency is worth, and in which currency that is told."""

    number: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Money:
    """Shows amounts. All amounts of the page go through it, in texts and in tooltips."""

    #: Takes a currency. Where nothing is converted, one of the same.
    rate: Callable[[str], Rate]
    #: Takes an amount, its currency, and how many decimals it must have at least.
    write: Callable[[Decimal, str, int], str]
    #: The decimals that it takes to show the amounts of a currency exactly.
    places: Mapping[str, int]
    #: The currencies that come first, in this order; all others follow by their names.
    first: Sequence[str] = ()

    def exchange(self, amount: Decimal, currency: str) -> tuple[Decimal, str]:
        """Return an amount and its currency as they are shown."""
        rate = self.rate(currency)
        if rate.currency == currency:
            return amount, currency
        return amounts.times(amount, rate.number), rate.currency

    def currency(self, currency: str) -> str:
        """Return the currency that amounts of a currency are shown in."""
        return self.rate(currency).currency

    def number(self, amount: Decimal, currency: str) -> str:
        """Return an amount without its currency, exactly; what is converted is rounded."""
        shown, shown_in = self.exchange(amount, currency)
        places = self.places.get(currency, 0) if shown_in == currency else 0
        return self.write(shown, shown_in, places)

    def text(self, amount: Decimal, currency: str) -> str:
        """Return an amount with its currency."""
        return f"{self.number(amount, currency)} {self.currency(currency)}"

    def as_written(self, amount: Decimal, currency: str) -> str:
        """Return an amount in its own currency, as a directive has it."""
        return f"{self.write(amount, currency, self.places.get(currency, 0))} {currency}"

    def order(self, currency: str) -> tuple[int, str]:
        """Return what currencies are sorted by, everywhere."""
        known = currency in self.first
        return (self.first.index(currency) if known else len(self.first), currency)

    def ranks(self, figures: Iterable[tuple[Decimal, str]]) -> list[int]:
        """Return the place of each amount among all, by currency and then exactly.

        Browsers would sort by inexact numbers.
        """
        shown = (self.exchange(*amount) for amount in figures)
        keys = [(self.order(currency), number) for number, currency in shown]
        order = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        return [order[key] for key in keys]

    def sums(self, figures: Iterable[tuple[Sequence[Decimal], str]]) -> list[Sum]:
        """Return the sums of columns in each currency that is shown, in their order."""
        columns: dict[str, list[list[Decimal]]] = defaultdict(list)
        for row, currency in figures:
            shown = [self.exchange(amount, currency)[0] for amount in row]
            columns[self.currency(currency)].append(shown)
        return [
            Sum(currency, tuple(amounts.add(column) for column in zip(*rows, strict=True)))
            for currency, rows in sorted(columns.items(), key=lambda one: self.order(one[0]))
        ]


class Sum(NamedTuple):
    """Sums of columns, in a currency as it is shown."""

    currency: str
    amounts: tuple[Decimal, ...]


#: What has digits in a directive and is not an amount: dates, accounts, links, tags, keys; numbers.
_WORDS: Final = r"\d{4}-\d\d-\d\d|[^\W\d_][\w-]*(?::[\w-]+)*:?|[\^#]\S+|(\d+)"
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
#: The first line, with payee and narration as Fava shows them.
_HEAD: Final = re.compile(f"{_TEXT}|{_WORDS}")
#: The others. Of texts, only names are sure to have no amount.
_BODY: Final = re.compile(
    rf"^\s+(?:contract|milestone|event|invoice|settles):\s+{_TEXT}|{_WORDS}", re.MULTILINE
)


def without_amounts(text: str, hide: Callable[[str], str]) -> str:
    """Return a directive with its amounts hidden."""

    def shown(found: re.Match[str]) -> str:
        return hide(found[0]) if found[1] else found[0]

    head, end, body = text.partition("\n")
    return _HEAD.sub(shown, head) + end + _BODY.sub(shown, body)


def visible(text: str) -> str:
    """Return a text in which what no reader would see is named: ends of lines, turns of direction.

    They are written as they are; a browser would show something else.
    """
    return "".join(f"<U+{ord(sign):04X}>" if _is_hidden(sign) else sign for sign in text)


def _is_hidden(sign: str) -> bool:
    return sign not in "\n\t" and unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}


def places(figures: Iterable[tuple[str, Decimal]]) -> dict[str, int]:
    """Return the decimal places that it takes to show the amounts of each currency exactly."""
    most: dict[str, int] = {}
    for currency, amount in figures:
        known = most.setdefault(currency, 0)
        # Nearly all amounts of a currency have as many: that is asked first.
        if not amounts.has_places(amount, known) and amounts.decimals(amount) > known:
            needed = amounts.decimals(amounts.WIDE.normalize(amount))
            most[currency] = max(known, needed)
    return most
