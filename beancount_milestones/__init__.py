"""Milestone billing for Beancount: contracts, milestones and receivables in the ledger itself.

    plugin "beancount_milestones"

    2026-01-10 * "Acme" "Brand identity"
      contract: "acme-brand"
      milestone-mockups: "30% 2026-02-01 Initial mockups"
      milestone-final:   "rest 2026-04-01 Final logo"
      Assets:Receivable:Acme    10,000.00 USD
      Income:Design

    2026-02-03 custom "milestone" "acme-brand" "mockups" "completed"
      invoice: "INV-042"

A contract is the transaction that it would be if everything were billed at once. The plugin takes
its amounts out of the books, and puts them back part by part as milestones complete.
"""

from __future__ import annotations

import os.path
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from beancount_milestones import booking
from beancount_milestones.errors import MilestoneError
from beancount_milestones.garbage import no_garbage
from beancount_milestones.model import Register
from beancount_milestones.reading import PluginLine, read
from beancount_milestones.reading.log import Log, Place
from beancount_milestones.reading.parties import parties_of
from beancount_milestones.reading.schedules import read_schedules
from beancount_milestones.reading.settings import Config, Roots, is_document, read_config

if TYPE_CHECKING:
    from pathlib import Path

    from beancount.core.data import Custom, Directive

    from beancount_milestones.reading import Reading

__plugins__ = ("milestones",)


def _register_tables() -> None:
    """Add the query tables, where beanquery is in use; a bean-check does not pay for it."""
    if "beanquery" in sys.modules:
        from beancount_milestones import bql  # noqa: PLC0415 - see above

        bql.register()


# Here, because a ledger that comes from Beancount's cache imports the package and runs no plugin.
_register_tables()


def milestones(
    entries: list[Directive], options_map: dict[str, Any], config: str | None = None
) -> tuple[list[Directive], list[MilestoneError]]:
    """Take the contracts out of the books, and book what has happened to their milestones.

    Takes the entries, the options and the configuration (a Python dict literal). Returns the new
    entries and the errors; the register goes to ``options_map["milestones"]``. The entries given
    are not changed.
    """
    _register_tables()
    if "milestones" in options_map:
        message = "the plugin is turned on twice; remove one of the plugin lines"
        return entries, [_at_plugin_line(options_map, message, number=1)]
    roots = Roots.of(options_map)
    log = Log()
    inside = Place(log, lambda text: _at_plugin_line(options_map, f"configuration: {text}"))
    configured = Config()
    with Place(log, partial(_at_plugin_line, options_map)):
        configured = read_config(config, roots, inside)
    schedules = read_schedules(_beside(options_map, configured.schedules), inside, log)
    with no_garbage(stays=True):
        line = PluginLine(configured.keys, inside, _opened_later(options_map))
        reading = read(entries, options_map, schedules, line, log)
        booked = _book(entries, reading)
    titles = schedules.titles()
    options_map["milestones"] = _register(reading, configured, titles, tuple(booked))
    return booked, log.errors


def _register(
    reading: Reading,
    configured: Config,
    schedules: dict[str, str],
    booked: tuple[Directive, ...],
) -> Register:
    """Return what the load produced."""
    who = reading.who
    owing = {
        (who.accounts.get(account, contract.client), account)
        for contract in reading.contracts.values()
        for account in contract.owed_on & who.of_accounts.keys()
    }
    return Register(
        contracts=reading.contracts,
        entries=booked,
        precision=reading.precision,
        settles_as=who.settles_as,
        taxes=who.taxes,
        clients_by_account=who.accounts,
        seller=who.seller,
        parties=parties_of(who, sorted(owing)),
        reminders=reading.reminders,
        reminder_days=configured.reminders,
        schedules=schedules,
        templates=configured.templates,
    )


def _beside(options_map: dict[str, Any], filename: str | None) -> Path | None:
    """Return the path of a file that the load depends on; the top ledger file stands beside it.

    Beancount's cache and Fava watch the files in the option `include`, so it goes there.
    """
    if filename is None:
        return None
    from pathlib import Path  # noqa: PLC0415 - few ledgers need it

    path = Path(options_map.get("filename") or "").parent.absolute() / filename
    name = os.path.normpath(path)
    if name not in options_map["include"]:
        options_map["include"].append(name)
    return Path(name)


def _book(entries: list[Directive], reading: Reading) -> list[Directive]:
    """Return the entries with contracts at zero and the generated transactions."""
    booked = list(entries)
    for index in reading.empty:
        # Beancount's own pad plugin cannot stand a directive whose values are None.
        booked[index] = cast("Custom", entries[index])._replace(values=[])
    for index, order in reading.orders.items():
        booked[index] = booking.zeroed(reading.contracts[order.contract], order.entry)
    documented: dict[int, Custom] = {}
    for contract in reading.contracts.values():
        for step, transaction in booking.transactions(contract):
            booked.append(transaction)
            # Most directives have no metadata of the user.
            said = step.entry.meta
            if not booking.OURS.issuperset(said) and any(map(is_document, said)):
                documented[id(step.entry)] = _without_documents(step.entry)
    return [documented.get(id(entry), entry) for entry in booked] if documented else booked


def _without_documents(entry: Custom) -> Custom:
    """Return a directive without the documents that its transaction has now."""
    kept = {key: value for key, value in entry.meta.items() if not is_document(key)}
    return entry._replace(meta=kept)


def _opened_later(options_map: dict[str, Any]) -> bool:
    """Whether a plugin that runs after this one may open accounts."""
    plugins = [name for name, _ in options_map["plugin"]]
    # Our line may stand there twice: only the first one books.
    later = plugins[plugins.index(__name__) + 1 :] if __name__ in plugins else []
    loader = sys.modules.get("beancount.loader")
    return any(name != __name__ for name in later) or bool(getattr(loader, "PLUGINS_AUTO", ()))


def _at_plugin_line(options_map: dict[str, Any], message: str, number: int = 0) -> MilestoneError:
    """Make an error at the line that turns the plugin on; Beancount does not keep it."""
    from pathlib import Path  # noqa: PLC0415 - see above

    filename = options_map.get("filename") or "<unknown>"
    lines = []
    try:
        text = Path(filename).read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    for lineno, line in enumerate(text.splitlines(), start=1):
        if re.match(rf'plugin\s+"{__name__}"', line):
            lines.append(lineno)
    lineno = lines[min(number, len(lines) - 1)] if lines else 0
    return MilestoneError({"filename": filename, "lineno": lineno}, message, None)
