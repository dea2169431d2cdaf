"""A proposal that is accepted: its transaction gets its flag and the day, where it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.errors import where
from beancount_milestones.fava.form import date_of

if TYPE_CHECKING:
    import datetime

    from beancount.core.data import Transaction

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.model import Contract
    from beancount_milestones.reports import Books

#: The day and the flag at the beginning of a transaction.
_HEAD: Final = re.compile(rb"(\d{4}[-/]\d{1,2}[-/]\d{1,2})(\s+)!")


class Edit(NamedTuple):
    """A transaction of the ledger that is agreed from a day on."""

    entry: Transaction
    date: datetime.date

    @property
    def filename(self) -> str:
        """The file that it is in."""
        return where(self.entry.meta)[0]

    def line_of(self, content: bytes) -> bytes | None:
        """Return its first line as it will be; None where there is no proposal in the file."""
        lines = content.split(b"\n")
        number = where(self.entry.meta)[1]
        line = lines[number - 1] if 0 < number <= len(lines) else b""
        head = _HEAD.match(line)
        if not head:
            return None
        return b"%s%s*%s" % (self.date.isoformat().encode(), head[2], line[head.end() :])

    def edited(self, content: bytes) -> bytes:
        """Return a file with it. All other lines stay as they are."""
        lines = content.split(b"\n")
        lines[where(self.entry.meta)[1] - 1] = self.line_of(content) or b""
        return b"\n".join(lines)


def proposals(contract: Contract) -> list[Transaction]:
    """Return the transactions that propose something, in the order written."""
    parts = [part for milestone in contract.proposals.values() for part in milestone.parts]
    return list({id(part.entry): part.entry for part in parts}.values())


def plan_acceptance(books: Books, made: Plan) -> None:
    """Put into the plan the proposal that is accepted, or what is wrong with that."""
    date = date_of(made, "date", "The date")
    made.form = "accept"
    contract = books.register.contracts.get(made.asked.contract)
    pending = proposals(contract) if contract else []
    number = made.fields["proposal"] = made.asked.value("proposal") or "1"
    entry = next((e for i, e in enumerate(pending, 1) if str(i) == number), None)
    if entry is None:
        made.problems.append(f"'{made.asked.contract}' has no such proposal")
        return
    made.title = f"{entry.payee}, {entry.narration}"
    if date and date < entry.date:
        made.problems.append(f"It was proposed on {entry.date}: it cannot be accepted before")
    if date and not made.problems:
        made.edit = Edit(entry, date)
