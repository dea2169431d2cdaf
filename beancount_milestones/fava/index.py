"""What is kept of a ledger until it is loaded anew: the books of some days, and an index.

The index says where things stand: what a click opens, and the documents of contracts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount.core.data import Custom, Transaction

from beancount_milestones.errors import where
from beancount_milestones.reading.settings import is_document

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.reports import Books

#: The books of so many days are kept.
_MOST_DAYS: Final = 6


class Place(NamedTuple):
    """Where something is written."""

    kind: str
    filename: str
    lineno: int

    @classmethod
    def of(cls, entry: Directive) -> Place:
        """Return the place of a directive: its kind, for what it generates has its line too."""
        return cls(type(entry).__name__, *where(entry.meta))


class Source(NamedTuple):
    """What a click opens: the directive as it stands in the ledger, else a line of a file."""

    entry: Directive | None
    place: Place | None


class Document(NamedTuple):
    """A document of a contract: the key of the metadata that names it, and the name."""

    entry: Transaction
    key: str
    name: str
    milestone: str


@dataclass(frozen=True, slots=True)
class Index:
    """Custom directives and transactions of contracts by place, and documents by contract."""

    #: The files that the ledger was read from.
    files: Collection[str]
    standing: dict[Place, Directive] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Directive], files: Collection[str]) -> Index:
        """Make the index of a ledger."""
        index = cls(files)
        for entry in entries:
            if isinstance(entry, Transaction):
                if "contract" in entry.meta:
                    index.standing.setdefault(Place.of(entry), entry)
                    index.keep_documents(entry)
            elif isinstance(entry, Custom):
                index.standing.setdefault(Place.of(entry), entry)
        return index

    def keep_documents(self, entry: Transaction) -> None:
        """Remember the documents of a contract's transaction, or of one that we generated."""
        contract, milestone = entry.meta["contract"], entry.meta.get("milestone")
        found = [
            Document(entry, key, name, milestone if isinstance(milestone, str) else "")
            for key, name in entry.meta.items()
            if is_document(key) and isinstance(name, str)
        ]
        if found and isinstance(contract, str):
            self.documents.setdefault(contract, []).extend(found)

    def source(self, entry: Directive) -> Source:
        """Return what to open for an entry: a plugin may have changed it since we read it."""
        place = Place.of(entry)
        return Source(self.standing.get(place), place if place.filename in self.files else None)

    def of_milestone(self, contract: str, milestone: str) -> list[Document]:
        """Return the documents of a milestone, and those of the whole contract."""
        known = self.documents.get(contract, ())
        return [document for document in known if document.milestone in {"", milestone}]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was made of a ledger: kept until the ledger is loaded anew."""

    entries: Sequence[Directive]
    index: Index
    #: The books of the last days that were asked for; there is always one.
    days: dict[datetime.date, Books]

    def on(self, as_of: datetime.date) -> Books:
        """Return the books of a day."""
        books = self.days.get(as_of)
        if books is None:
            # The nearer two days are, the more is the same on both.
            known = list(self.days.values())
            books = min(known, key=lambda other: abs(other.as_of - as_of)).on(as_of)
            for day in list(self.days)[: 1 - _MOST_DAYS]:
                # Another request may have made room already.
                self.days.pop(day, None)
            self.days[as_of] = books
        return books
