"""Contract keys: on the contract, on the client's account, in the configuration.

The contract's own win over the client's, the client's over the configuration's.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.errors import did_you_mean, error, place, slip
from beancount_milestones.reading import values
from beancount_milestones.reading.values import UnreadableError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from beancount.core.data import Custom, Open, Transaction

    from beancount_milestones.errors import MilestoneError
    from beancount_milestones.model import Terms


def is_document(key: str) -> bool:
    """Whether Fava looks for a document at this metadata key."""
    return key.startswith("document")


@dataclass(frozen=True, slots=True)
class Roots:
    """The names of the account roots, as the ledger's options have them."""

    assets: str = "Assets"
    liabilities: str = "Liabilities"
    equity: str = "Equity"
    income: str = "Income"
    expenses: str = "Expenses"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Roots:
        """Read the names from the options."""
        return cls(*(options[f"name_{name}"] for name in cls.__slots__))

    @property
    def balance_sheet(self) -> tuple[str, ...]:
        """The roots that a bridge account may stand under."""
        return (self.assets, self.liabilities, self.equity)


@dataclass(frozen=True, slots=True)
class Keys:
    """What is said about contracts in one place; None is not said."""

    terms: Terms | None = None
    client: str | None = None
    unbilled: str | None = None
    deferred: str | None = None
    retention: str | None = None
    receivable: str | None = None
    acceptance: int | None = None
    invoiced: bool | None = None
    payable: str | None = None
    deposit: str | None = None
    order: str | None = None
    interest: Decimal | None = None
    requires: str | None = None

    def over(self, other: Keys) -> Keys:
        """Return these keys, filled up from others where they say nothing."""
        missing = {
            name: value
            for name in self.__slots__
            if getattr(self, name) is None and (value := getattr(other, name)) is not None
        }
        return replace(self, **missing) if missing else self

    def without(self, *names: str) -> Keys:
        """Return these keys, with some of them not said."""
        return replace(self, **dict.fromkeys(names)) if names else self


NOTHING_SAID: Final = Keys()

_OWN: Final = ("schedule", "starts", "document")
CONTRACT_KEYS: Final = (*Keys.__slots__, *_OWN)
_OF_ONE_CONTRACT: Final = {"retention", "order", "interest", "requires"}
CLIENT_KEYS: Final = tuple(name for name in Keys.__slots__ if name not in _OF_ONE_CONTRACT)
CONFIG_KEYS: Final = tuple(name for name in CLIENT_KEYS if name != "client")


def _readers(roots: Roots) -> dict[str, Callable[[Any], Any]]:
    def bridge(name: str) -> Callable[[Any], str]:
        return lambda value: values.account(value, name, roots.balance_sheet)

    return {
        "terms": values.terms,
        "client": lambda value: values.text_value(value, "client", "Acme"),
        "unbilled": bridge("unbilled"),
        "deferred": bridge("deferred"),
        "retention": bridge("retention"),
        "receivable": lambda value: values.account(value, "receivable", (roots.assets,)),
        "acceptance": lambda value: values.days(value, "acceptance"),
        "invoiced": values.on_completion,
        "payable": lambda value: values.account(value, "payable", (roots.liabilities,)),
        "deposit": bridge("deposit"),
        "order": lambda value: values.text_value(value, "order", "PO-4711"),
        "interest": lambda value: values.percentage(value, "interest"),
        "requires": lambda value: values.text_value(value, "requires", "waiver"),
    }


def _read(said: Mapping[str, Any], names: tuple[str, ...], roots: Roots) -> tuple[Keys, list[str]]:
    readers = _readers(roots)
    read = {}
    messages = []
    for name in names:
        if name in said:
            try:
                read[name] = readers[name](said[name])
            except UnreadableError as unreadable:
                messages.append(str(unreadable))
    return Keys(**read), messages


def read_contract_keys(entry: Transaction, roots: Roots) -> tuple[Keys, list[MilestoneError]]:
    """Read the contract keys of a transaction."""
    try:
        values.check_place(entry.meta)
    except UnreadableError as unreadable:
        return NOTHING_SAID, [error(entry.meta, str(unreadable), entry)]
    keys, messages = _read(entry.meta, Keys.__slots__, roots)
    messages.extend(filter(None, map(_misspelt, entry.meta)))
    return keys, [error(entry.meta, message, entry) for message in messages]


def _misspelt(key: str) -> str | None:
    if key in CONTRACT_KEYS or is_document(key):
        return None
    if key == "invoice":
        return "'invoice' is not a contract key; it belongs on the directive that bills"
    near = slip(key, CONTRACT_KEYS)
    if near:
        return f"'{key}' is not a contract key; did you mean '{near}'?"
    return misspelt_milestone(key)


def misspelt_milestone(key: str) -> str | None:
    """Say what is wrong with a key like ``milestone_mockups``, or None."""
    head, *tail = re.split("[-_]", key, maxsplit=1)
    if head != "milestone" and not slip(head, ("milestone",)):
        return None
    if not any(tail):
        return f"'{key}' lacks the id of the milestone; write it as in milestone-mockups"
    if key.startswith("milestone-"):
        return None
    return f"'{key}' is not a contract key; did you mean 'milestone-{tail[0]}'?"


def read_client_keys(opened: Open, roots: Roots) -> tuple[Keys, list[MilestoneError]]:
    """Read the client's defaults from the `open` directive of a receivable account."""
    keys, messages = _read(opened.meta, CLIENT_KEYS, roots)
    messages.extend(
        f"'{key}' is not a key of a client; did you mean '{near}'?"
        for key in opened.meta
        if key not in CONTRACT_KEYS and (near := slip(key, CLIENT_KEYS))
    )
    return keys, [error(opened.meta, message, opened) for message in messages]


def read_named_keys(entry: Custom, roots: Roots) -> tuple[Keys, list[MilestoneError]]:
    """Read the client's defaults from its `custom "client"`."""
    names = tuple(name for name in CLIENT_KEYS if name != "client")
    keys, messages = _read(entry.meta, names, roots)
    return keys, [error(entry.meta, message, entry) for message in messages]


#: After so many days a first, a second and a third reminder is due.
REMINDER_DAYS: Final[tuple[int, ...]] = (7, 14, 28)


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration string of the plugin line, read."""

    keys: Keys = NOTHING_SAID
    #: The schedules file, as written.
    schedules: str | None = None
    #: The folder of the user's templates for documents, as written.
    templates: str = ""
    #: Days after the due date of each level of reminder.
    reminders: tuple[int, ...] = REMINDER_DAYS
    #: One sentence each.
    messages: tuple[str, ...] = field(default=())


def read_config(text: str | None, roots: Roots) -> Config:
    """Read the configuration: a Python dict literal. What is wrong in it is left out."""
    if text is None or not text.strip():
        return Config()
    example = "{'terms': 'net 30'}"
    try:
        said = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Config(
            messages=(f'the configuration is not a Python dict; write it as "{example}"',)
        )
    if not isinstance(said, dict):
        return Config(
            messages=(f'the configuration must be a dict, as in "{example}", not {shown(said)}',)
        )
    keys, messages = _read(said, CONFIG_KEYS, roots)
    known = (*CONFIG_KEYS, "schedules", "templates", "reminders")
    schedules = said.get("schedules")
    if schedules is not None and not (isinstance(schedules, str) and schedules.strip()):
        messages.append(f"schedules is the name of a YAML file, not {shown(schedules)}")
        schedules = None
    templates = said.get("templates", "")
    if not isinstance(templates, str):
        messages.append(f"templates is the name of a folder, not {shown(templates)}")
        templates = ""
    reminders = REMINDER_DAYS
    if "reminders" in said:
        try:
            reminders = _reminder_days(said["reminders"])
        except UnreadableError as unreadable:
            messages.append(str(unreadable))
    messages = [f"configuration: {message}" for message in messages]
    messages.extend(
        f"configuration: unknown key {shown(key)}"
        f"{did_you_mean(shown(key), known) or '; it takes ' + ', '.join(known)}"
        for key in said
        if key not in known
    )
    return Config(keys, schedules, templates, reminders, tuple(messages))


def _reminder_days(value: object) -> tuple[int, ...]:
    """Days after the due date, each more than the one before: '7, 14, 28'."""
    words = value.split(",") if isinstance(value, str) else []
    days = [int(word) for word in words if re.fullmatch(r"\s*\d{1,4}\s*", word, re.ASCII)]
    if days and len(days) == len(words) and days == sorted(set(days)):
        return tuple(days)
    message = f"reminders are days after the due date, as in '7, 14, 28', not {shown(value)}"
    raise UnreadableError(message)


def conflict(ours: Keys, theirs: Keys, contract: Transaction) -> str | None:
    """Return what a change order says that its contract says otherwise, or None."""
    for name in Keys.__slots__:
        mine, yours = getattr(ours, name), getattr(theirs, name)
        if name != "client" and None not in (mine, yours) and mine != yours:
            return (
                f"'{name}' differs from the contract at {place(contract.meta)}; leave it out here,"
                " or give this contract an id of its own"
            )
    return None
