"""What more would do: the story of all contracts told again with it, or that of a new one told."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from beancount.core.data import entry_sortkey

from beancount_milestones.reading import PluginLine, read
from beancount_milestones.reading.directives import read_event
from beancount_milestones.reading.log import Log
from beancount_milestones.reading.orders import Order
from beancount_milestones.reading.replay import Replay
from beancount_milestones.reading.schedules import Schedules
from beancount_milestones.reading.settings import NOTHING_SAID
from beancount_milestones.reading.underway import Underway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from beancount.core.data import Custom, Directive, Transaction

    from beancount_milestones.errors import MilestoneError
    from beancount_milestones.legs import Part
    from beancount_milestones.model import Contract, Register


def first_refused(
    register: Register, added: Sequence[Custom]
) -> tuple[Custom, MilestoneError] | None:
    """Return the first of these directives with which something is refused, and what; else None.

    They come last on their day, as what is written at the end of a file. All is told as a load
    tells it, because what comes later may be what is refused: a directive of the whole contract, a
    change order, a line of a pay application.
    """
    before = _told(register, ())

    def refused(some: Sequence[Custom]) -> MilestoneError | None:
        return next((error for error in _told(register, some) if error not in before), None)

    if not refused(added):
        return None
    found = ((one, refused(added[:count])) for count, one in enumerate(added, 1))
    return next((one, error) for one, error in found if error)


def first_wrong(entries: Sequence[Directive], options: Mapping[str, Any]) -> MilestoneError | None:
    """Return what is wrong first in a ledger that is nothing but these entries; None if nothing is.

    As the plugin reads them without a configuration. Their accounts may be opened elsewhere.
    """
    log = Log()
    line = PluginLine(NOTHING_SAID, log.at(entries[0]), opened_later=True)
    read(entries, options, Schedules(), line, log)
    return next(iter(log.errors), None)


def _told(register: Register, added: Sequence[Custom]) -> list[MilestoneError]:
    steps = (step for _, milestone in register.milestones() for step in milestone.steps)
    # A directive may have moved several milestones, and a delivery is accepted later.
    happened = {id(step.entry): step.entry for step in steps}
    entries = [*sorted(happened.values(), key=entry_sortkey), *added]
    entries.sort(key=attrgetter("date"))
    log = Log()
    again = {name: _again(contract) for name, contract in register.contracts.items()}
    replay = Replay(again, frozenset(), register.entries, log)
    replay.tell([read_event(e, at) for at, e in enumerate(entries)])
    return log.errors


def _again(contract: Contract) -> Underway:
    """A contract before its story, with the orders that stand."""
    orders: dict[int, tuple[Transaction, dict[str, Part]]] = {}
    for milestones in (contract.milestones, contract.proposals):
        for name, milestone in milestones.items():
            for part in milestone.parts:
                orders.setdefault(id(part.entry), (part.entry, {}))[1][name] = part
    found = [
        Order(contract.id, entry, at, NOTHING_SAID, parts)
        for at, (entry, parts) in enumerate(orders.values())
    ]
    return Underway(contract, tuple(sorted(found, key=lambda order: order.entry.date)), set())
