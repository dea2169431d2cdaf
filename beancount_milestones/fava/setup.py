"""Books that are broken, empty or set up in part."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from beancount.core.data import Open

from beancount_milestones.errors import MilestoneError, position
from beancount_milestones.fava.trust import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Custom, Directive


@dataclass(frozen=True, slots=True)
class Broken:
    """An error in a contract or a directive."""

    message: str
    contract: str
    filename: str
    lineno: int


def broken(errors: Iterable[object]) -> list[Broken]:
    """Return the errors in contracts and directives, with the contract where one is named."""
    found = []
    for error in errors:
        if isinstance(error, MilestoneError):
            where = position(error.source)
            meta = error.entry.meta if error.entry else {}
            values = getattr(error.entry, "values", None) or [None]
            named = meta.get("contract") or getattr(values[0], "value", "")
            name = named if isinstance(named, str) else ""
            found.append(Broken(error.message, name, where["filename"], where["lineno"]))
    return found


def ignored_config(customs: Iterable[Custom], module: str) -> str | None:
    """Return the configuration that the ledger gives the page, unless it names hosts."""
    for entry in customs:
        if entry.type == "fava-extension":
            name, *config = (value.value for value in entry.values)
            if name == module and config and not names_in(str(config[0])):
                return str(config[0])
    return None


def example(
    entries: Iterable[Directive],
    options: Mapping[str, Any],
    today: datetime.date,
    *,
    with_plugin: bool,
) -> str:
    """Return a small contract, to paste into this ledger."""
    receivable = f"{options['name_assets']}:Receivable:Acme"
    income = f"{options['name_income']}:Services"
    currency = next(iter(options["operating_currency"]), "USD")
    known = {entry.account for entry in entries if isinstance(entry, Open)}
    signed = today - datetime.timedelta(days=14)
    launch = today + datetime.timedelta(days=28)
    opened = [f"{signed} open {name}" for name in (receivable, income) if name not in known]
    parts = [
        ['plugin "beancount_milestones"'] if with_plugin else [],
        opened,
        [
            f'{signed} * "Acme" "Website"',
            '  contract: "acme-website"',
            '  terms: "net 30"',
            f'  milestone-design: "40% {today} Design approved"',
            f'  milestone-launch: "rest {launch} Launch"',
            f"  {receivable}  5,000.00 {currency}",
            f"  {income}",
        ],
        [
            f'{today} custom "milestone" "acme-website" "design" "completed"',
            '  invoice: "INV-001"',
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)
