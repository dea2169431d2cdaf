"""Fava, as the page uses it: everything of ours that imports Fava is in this file."""

from __future__ import annotations

import copy
import os
import re
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import fava.core  # noqa: F401 - first, for its modules import each other in a circle
from babel import Locale
from beancount.core.data import Transaction
from beancount.utils import encryption
from fava.beans.funcs import hash_entry
from fava.beans.str import to_string
from fava.core.conversion import conversion_from_str
from fava.core.file import find_insert_position, get_entry_slice
from fava.core.filters import TimeFilter
from fava.core.inventory import CounterInventory
from fava.ext import FavaExtensionBase, extension_endpoint
from fava.helpers import FavaAPIError
from flask import current_app

from beancount_milestones.errors import position
from beancount_milestones.fava.money import Money, Rate
from beancount_milestones.fava.writing import WritingError, inserted, replace_file

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from beancount.core.data import Custom, Directive
    from fava.core import FavaLedger

    from beancount_milestones.fava.index import Document

__all__ = ["FavaAPIError", "FavaExtensionBase", "Host", "posted", "served"]

Endpoint = TypeVar("Endpoint", bound="Callable[[Any], Any]")


#: The signs that Fava would make an end of line of, and what stands for them meanwhile.
_KEPT: Final = {ord(sign): 0xF0000 + ord(sign) for sign in "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"}
#: A metadata key whose amount Fava has aligned.
_ALIGNED_KEY: Final = re.compile(r"^( +[a-z][\w-]*:) +(?=[-+\d])", re.MULTILINE)
_BACK: Final = {stands: sign for sign, stands in _KEPT.items()}


def posted(name: str) -> Callable[[Endpoint], Endpoint]:
    """Make a method answer what is posted to an address of the page."""
    return cast("Callable[[Endpoint], Endpoint]", extension_endpoint(name, ["POST"]))


def served(name: str) -> Callable[[Endpoint], Endpoint]:
    """Make a method answer what is asked for at an address of the page."""
    return cast("Callable[[Endpoint], Endpoint]", extension_endpoint(name, ["GET"]))


def _is_contract(entry: Directive, ours: Directive) -> bool:
    """Whether an entry of the ledger is the contract or the change order that was written."""
    return (
        isinstance(entry, Transaction)
        and isinstance(ours, Transaction)
        and "contract" in ours.meta
        and (entry.meta.get("contract"), entry.payee, entry.narration)
        == (ours.meta["contract"], ours.payee, ours.narration)
    )


class Host:
    """A ledger of Fava's, and what Fava does with it."""

    def __init__(self, ledger: FavaLedger) -> None:
        """Take the ledger that the extension is given."""
        self._ledger = ledger

    @property
    def entries(self) -> Sequence[Directive]:
        """All entries, unfiltered."""
        return cast("Sequence[Directive]", self._ledger.all_entries)

    @property
    def customs(self) -> Sequence[Custom]:
        """All custom directives, which Fava has sorted out already."""
        return cast("Sequence[Custom]", self._ledger.all_entries_by_type.Custom)

    @property
    def options(self) -> dict[str, Any]:
        """Beancount's options."""
        return cast("dict[str, Any]", self._ledger.options)

    @property
    def errors(self) -> Sequence[object]:
        """The errors of the load."""
        return self._ledger.load_errors

    @property
    def top(self) -> str:
        """The top ledger file."""
        return self._ledger.beancount_file_path

    @property
    def is_read_only(self) -> bool:
        """Whether Fava was started with --read-only, which it tells only by what it refuses."""
        hooks = current_app.before_request_funcs.get(None, ())
        return any(hook.__name__ == "_read_only" for hook in hooks)

    def changed(self) -> None:
        """Load the ledger anew if its files have changed."""
        self._ledger.changed()

    def filtered(self, text: str) -> Sequence[Directive]:
        """Return the entries that a text filter keeps. Raises `FavaAPIError`."""
        return cast("Sequence[Directive]", self._ledger.get_filtered(filter=text).entries)

    def days_of(self, time: str) -> tuple[datetime.date, datetime.date] | None:
        """Return the first and the last day of a time filter. Raises `FavaAPIError`."""
        if not time:
            return None
        # Not `get_filtered`, which would look at every entry.
        try:
            found = TimeFilter(self._ledger.options, self._ledger.fava_options, time).date_range
        except ValueError as error:
            # It ends before it begins.
            message = f"The time filter '{time}' is not a period: {error}"
            raise FavaAPIError(message) from error
        return found.begin, found.end_inclusive

    # ------------------------------------------------------------ amounts

    def money(
        self,
        as_of: datetime.date,
        conversion: str,
        places: Mapping[str, int],
        hidden: Callable[[str], str],
    ) -> Money:
        """Return how to show amounts: converted and hidden as Fava does, with all decimals."""
        form = self._ledger.format_decimal
        locale = self._ledger.fava_options.locale

        def write(amount: Decimal, currency: str, needed: int) -> str:
            if needed <= form.precisions.get(currency, 2):
                return hidden(form(amount, currency))
            if locale is None:
                return hidden(f"{amount:.{needed}f}")
            pattern = copy.copy(Locale.parse(locale).decimal_formats[None])
            pattern.frac_prec = (needed, needed)
            return hidden(str(pattern.apply(amount, locale)))

        first = self._ledger.options["operating_currency"]
        return Money(lru_cache(self._rate(as_of, conversion)), write, places, first)

    def _rate(self, as_of: datetime.date, to: str) -> Callable[[str], Rate]:
        """Return what a currency is converted to, with the prices of the day."""
        conversion = conversion_from_str(to or "at_cost")

        def rate(currency: str) -> Rate:
            one = CounterInventory({(currency, None): Decimal(1)})
            worth = conversion.apply(one, self._ledger.prices, as_of)
            # What is worth nothing is shown as it is.
            return next((Rate(n, c) for c, n in worth.items()), Rate(Decimal(1), currency))

        return rate

    # ------------------------------------------------------------ entries

    def text_of(self, entry: Directive) -> str:
        """Return an entry as Fava writes it, with all signs of its texts as they are.

        Fava takes some of them for ends of lines, and aligns amounts in metadata with those of
        postings: nobody writes that.
        """
        options = self._ledger.fava_options
        if isinstance(entry, Transaction):
            payee = entry.payee and entry.payee.translate(_KEPT)
            narration = entry.narration and entry.narration.translate(_KEPT)
            entry = entry._replace(payee=payee, narration=narration)
        text = to_string(cast("Any", entry), options.currency_column, options.indent)
        return _ALIGNED_KEY.sub(r"\1 ", text).translate(_BACK)

    def place_for(self, entry: Directive, near: str = "") -> tuple[str, int | None]:
        """Return the file to write an entry to, and after which line; None is last.

        It is where Fava would insert it; else, where Fava is told nothing, a file that it belongs
        to.
        """
        options = self._ledger.fava_options
        file = options.default_file or (near if near in self.options["include"] else self.top)
        return find_insert_position(cast("Any", entry), options.insert_entry, file)

    def cannot_write(self, file: str) -> str:
        """Return why a file cannot be written to; nothing where it can."""
        if not os.access(file, os.W_OK) or encryption.is_encrypted_file(file):
            return f"The file {file} cannot be written to"
        if Path(file).resolve() not in {Path(name).resolve() for name in self.options["include"]}:
            return f"The ledger does not include the file {file}"
        return ""

    def write(self, entries: Sequence[Directive], near: str = "") -> None:
        """Write entries together, where the first of them belongs.

        Not by Fava itself, which empties the file before it writes. Raises `FavaAPIError`; then the
        file is as it was.
        """
        name, after_line = self.place_for(entries[0], near)
        text = "\n".join(self.text_of(entry) for entry in entries)
        self._replace(Path(name), lambda content: inserted(content, text, after_line))
        for entry in entries:
            self._ledger.extensions.after_insert_entry(cast("Any", entry))
        self._ledger.changed()

    def edit(self, filename: str, change: Callable[[bytes], bytes]) -> None:
        """Change a file of the ledger. Raises `FavaAPIError`; then it is as it was."""
        self._replace(Path(filename), change)
        self._ledger.changed()

    def _replace(self, path: Path, change: Callable[[bytes], bytes]) -> None:
        try:
            replace_file(path, change(path.read_bytes()))
        except (OSError, WritingError) as problem:
            raise FavaAPIError(str(problem)) from problem
        self._ledger.watcher.notify(path)

    def name_at(self, where: Mapping[str, Any]) -> list[str]:
        """Return Fava's name for the entry at a place of a file, if there is one."""
        found = (entry for entry in self.entries if position(entry.meta) == where)
        return [hash_entry(cast("Any", entry)) for entry in found][:1]

    def names_of(self, entries: Iterable[Directive]) -> list[str]:
        """Return Fava's names for entries that were just written, as far as they are there."""
        names = []
        for ours in entries:
            text = self.text_of(ours)
            same_day = [e for e in self.entries if (type(e), e.date) == (type(ours), ours.date)]
            found = [entry for entry in same_day if self.text_of(entry) == text]
            # A contract is in the ledger with its amounts at zero.
            found = found or [entry for entry in same_day if _is_contract(entry, ours)]
            names += [hash_entry(cast("Any", entry)) for entry in found[-1:]]
        return names

    def source_of(self, entry: Directive) -> str:
        """Return an entry as it is written; one that is in no file as Fava writes it."""
        try:
            return get_entry_slice(cast("Any", entry))[0].rstrip("\n") + "\n"
        except (FavaAPIError, OSError):
            return self.text_of(entry)

    def named(self, names: Iterable[str]) -> list[tuple[str, Directive]]:
        """Return the entries of names, with the names; what is not there is left out."""
        found = []
        for name in names:
            with suppress(FavaAPIError):
                found.append((name, cast("Directive", self._ledger.get_entry(name))))
        return found

    def has(self, document: Document) -> bool:
        """Whether Fava can show a document."""
        try:
            name = hash_entry(cast("Any", document.entry))
            self._ledger.statement_path(name, document.key)
        except FavaAPIError:
            return False
        return True
