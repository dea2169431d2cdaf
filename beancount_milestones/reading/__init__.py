"""Reading: ledger entries in, the register and the errors out.

log         the one way to report a mistake
values      single values as people write them
shares      how much of a contract, or how far in all
settings    contract keys: of contracts, clients and the configuration
orders      one transaction of a contract: milestones and what each gets
marks       milestones by posting
cutting     cutting a transaction into its milestones
grouping    which transactions make a contract
contracts   all transactions of a contract id
owed        the accounts of a contract, and who buys
mistaken    payments and what is held back that are written as if they were owed
directives  what happened
lifecycle   what an event does to a milestone
applying    how far a directive moves a milestone
by_hand     invoices that no directive bills
underway    contracts and milestones while their story is told
replay      all of it, day by day
retelling   all of it again, with more directives in it
refusals    why something cannot be
parties     seller, clients, taxes, reminders
scan        the one pass over the entries
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_milestones.reading import grouping, mistaken
from beancount_milestones.reading.contracts import Surroundings, read_contract
from beancount_milestones.reading.cutting import Setting, written_exactly
from beancount_milestones.reading.directives import lost, read_event
from beancount_milestones.reading.log import Log, UnreadableError
from beancount_milestones.reading.orders import by_share, marked
from beancount_milestones.reading.parties import Who, read_reminders, read_who
from beancount_milestones.reading.replay import Replay
from beancount_milestones.reading.scan import Found, collect, misspelt_types
from beancount_milestones.reading.schedules import titled
from beancount_milestones.reading.settings import Roots

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract
    from beancount_milestones.parties import Reminder
    from beancount_milestones.reading.directives import Event
    from beancount_milestones.reading.log import Place
    from beancount_milestones.reading.orders import Order
    from beancount_milestones.reading.schedules import Schedules
    from beancount_milestones.reading.settings import Keys
    from beancount_milestones.reading.underway import Underway


#: What to say where there are contracts and no register.
PLUGIN_LINE_MISSING = (
    "this ledger has contracts or milestones, but the plugin is not turned on; add this line to its"
    ' top file (Beancount reads no plugin lines elsewhere): plugin "beancount_milestones"'
)


def needs_plugin(entries: Sequence[Directive]) -> bool:
    """Whether there is anything among the entries that only the plugin understands."""
    found = collect(entries, Log())
    return bool(found.directives) or any(
        by_share(entry) or marked(entry) for _, entry in found.transactions
    )


class Reading(NamedTuple):
    """What the entries say."""

    contracts: dict[str, Contract]
    who: Who
    reminders: tuple[Reminder, ...]
    #: Decimal places of currencies, where the ledger says so.
    precision: dict[str, int]
    #: The transactions that become notes, by their place among the entries.
    orders: dict[int, Order]
    #: The places of the directives that have no values at all.
    empty: tuple[int, ...]


class PluginLine(NamedTuple):
    """The line that turns the plugin on."""

    #: The keys of the configuration.
    defaults: Keys
    #: Where mistakes in the configuration belong.
    place: Place
    #: Whether a plugin that runs later may open accounts.
    opened_later: bool


def read(
    entries: Sequence[Directive],
    options: Mapping[str, Any],
    schedules: Schedules,
    line: PluginLine,
    log: Log,
) -> Reading:
    """Read all contracts and directives; what is wrong goes to the log."""
    found = collect(entries, log)
    roots = Roots.of(options)
    transactions = (titled(t, schedules) for t in map(written_exactly, found.transactions))
    groups = grouping.group(transactions, roots.assets, schedules, log)
    setting = Setting(roots, found.precision, options, schedules)
    who = read_who(found.customs, found.opens.values(), roots, log)
    around = Surroundings(setting, found, who, log)
    around.opened_later = line.opened_later
    if groups.orders:
        # No contract, no need for the accounts that the configuration names.
        around.defaults = around.without_unopened(line.defaults, line.place)
    told = {
        name: read_contract(name, transactions, around)
        for name, transactions in groups.orders.items()
    }
    underway = {name: contract for name, contract in told.items() if contract is not None}
    for name in mistaken.owed_where_kept(underway, log):
        del underway[name]
    receivables = {account for s in underway.values() for account in s.contract.owed_on}
    unusable = groups.unusable | found.nameless
    lost = grouping.check_references(groups.references, told.keys() | unusable, receivables, log)
    broken = unusable | lost | (told.keys() - underway.keys())
    events = _read_events(found, underway, broken, log)
    if groups.calculated:
        # One of these texts is probably the id that Beancount has calculated.
        broken |= {event.contract for event in events if event.contract[0].isdigit()}
    Replay(underway, frozenset(broken), entries, log).tell(events)
    contracts = {name: contract.told() for name, contract in underway.items()}
    return Reading(
        contracts=contracts,
        who=who,
        reminders=_reminders(who, contracts, entries, log) if who.reminders else (),
        precision=found.precision,
        orders={
            order.at: order
            for contract in underway.values()
            for order in contract.orders
            if order.at in contract.standing
        },
        empty=tuple(found.empty),
    )


def _reminders(
    who: Who, contracts: Mapping[str, Contract], entries: Sequence[Directive], log: Log
) -> tuple[Reminder, ...]:
    """Read the reminders; each is for the number of an invoice."""
    numbers = {
        # One number is for one day.
        step.number: step.date
        for contract in contracts.values()
        for milestone in contract.milestones.values()
        for step in milestone.steps
        if step.number
    }
    return read_reminders(who.reminders, numbers, entries, log)


def _read_events(
    found: Found, underway: Mapping[str, Underway], broken: Container[str], log: Log
) -> list[Event]:
    """Read the directives; where one cannot be read, its milestone's story has a gap.

    Those of a ``broken`` contract stay silent.
    """
    events = []
    unread = []
    for index, entry in found.directives:
        try:
            events.append(read_event(entry, index))
        except UnreadableError as unreadable:
            if lost(entry).contract not in broken:
                log.at(entry).say(str(unreadable))
            unread.append(entry)
    unread += misspelt_types(found.customs, underway, log)
    for entry in unread:
        contract = underway.get(lost(entry).contract)
        if contract:
            contract.lose(entry)
    return events
