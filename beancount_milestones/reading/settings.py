"""Contract keys: on the contract, on the client's account, in the configuration.

The contract's own win over the client's, the client's over the configuration's.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones.errors import did_you_mean, place, slip
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.shares import is_share
from beancount_milestones.reading.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from beancount.core.data import Custom, Open, Transaction

    from beancount_milestones.model import Terms
    from beancount_milestones.reading.log import Place


def is_document(key: str) -> bool:
    """Whether Fava looks for a document at this metadata key."""
    return key.startswith("document")


class Roots(NamedTuple):
    """The names of the account roots, as the ledger's options have them."""

    assets: str = "Assets"
    liabilities: str = "Liabilities"
    equity: str = "Equity"
    income: str = "Income"
    expenses: str = "Expenses"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Roots:
        """Read the names from the options."""
        return cls(*(options[f"name_{name}"] for name in cls._fields))

    @property
    def balance_sheet(self) -> tuple[str, ...]:
        """The roots that a bridge account may stand under."""
        return (self.assets, self.liabilities, self.equity)


class Keys(NamedTuple):
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
        if other is NOTHING_SAID or other is self:
            return self
        if self is NOTHING_SAID:
            return other
        pairs = zip(self, other, strict=True)
        return Keys._make([theirs if ours is None else ours for ours, theirs in pairs])

    def without(self, *names: str) -> Keys:
        """Return these keys, with some of them not said."""
        return self._replace(**dict.fromkeys(names)) if names else self


NOTHING_SAID: Final = Keys()

_OWN: Final = ("schedule", "starts", "document")
CONTRACT_KEYS: Final = (*Keys._fields, *_OWN)
_OF_ONE_CONTRACT: Final = {"retention", "order", "interest", "requires"}
CLIENT_KEYS: Final = tuple(name for name in Keys._fields if name not in _OF_ONE_CONTRACT)
CONFIG_KEYS: Final = tuple(name for name in CLIENT_KEYS if name != "client")

#: Keys that mean nothing under a posting; others may be the user's own there.
NOT_BELOW: Final = tuple(
    name for name in Keys._fields if name not in {"client", "order", "interest"}
)


@lru_cache(maxsize=8)
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


def _read(said: Mapping[str, Any], names: tuple[str, ...], roots: Roots, here: Place) -> Keys:
    found = [name for name in names if name in said]
    if not found:
        return NOTHING_SAID
    readers = _readers(roots)
    read = {}
    for name in found:
        with here:
            read[name] = readers[name](said[name])
    return Keys(**read)


def is_readable(name: str, value: object, roots: Roots) -> bool:
    """Whether a value can be read as that key."""
    try:
        _readers(roots)[name](value)
    except UnreadableError:
        return False
    return True


def read_contract_keys(entry: Transaction, roots: Roots, here: Place) -> Keys:
    """Read the contract keys of a transaction. Raises where its place is hidden."""
    values.check_place(entry.meta)
    keys = _read(entry.meta, Keys._fields, roots, here)
    for key, value in entry.meta.items():
        message = _misspelt(key)
        if message and (not is_glued(key) or is_share(value)):
            here.say(message)
    return keys


#: What builders call a key of ours (AIA G702; the lien acts of Canada).
_OTHER_WORDS: Final = {"retainage": "retention", "holdback": "retention"}
#: Keys of a directive, and what to say of them on a contract.
_OF_DIRECTIVES: Final = {
    "invoice": "it belongs on the directive that bills",
    "due": "it belongs on the directive that bills; for the whole contract write 'terms'",
}


@lru_cache(maxsize=1024)
def _misspelt(key: str) -> str | None:
    if key in CONTRACT_KEYS or is_document(key):
        return None
    if key in _OF_DIRECTIVES:
        return f"'{key}' is not a contract key; {_OF_DIRECTIVES[key]}"
    near = _OTHER_WORDS.get(key) or slip(key, CONTRACT_KEYS)
    if near:
        return f"'{key}' is not a contract key; did you mean '{near}'?"
    return misspelt_milestone(key)


def is_glued(key: str) -> bool:
    """Whether a key is like ``milestonemockups``, which may also be a word of the user's own."""
    if not key.startswith("milestone") or not key.removeprefix("milestone")[:1].isalnum():
        return False
    return not slip(re.split("[-_]", key, maxsplit=1)[0], ("milestone",))


def misspelt_milestone(key: str, wrong: str = "is not a contract key") -> str | None:
    """Say what is wrong with a key like ``milestone_mockups``, or None.

    Of one that `is_glued`, the value has to tell whether it is meant so.
    """
    if is_glued(key):
        return f"'{key}' {wrong}; did you mean 'milestone-{key.removeprefix('milestone')}'?"
    head, *tail = re.split("[-_]", key, maxsplit=1)
    if head != "milestone" and not slip(head, ("milestone",)):
        return None
    if not any(tail):
        return f"'{key}' lacks the id of the milestone; write it as in milestone-mockups"
    if key.startswith("milestone-"):
        return None
    return f"'{key}' {wrong}; did you mean 'milestone-{tail[0]}'?"


def read_client_keys(opened: Open, roots: Roots, here: Place) -> Keys:
    """Read the client's defaults from the `open` directive of a receivable account."""
    keys = _read(opened.meta, CLIENT_KEYS, roots, here)
    for key in opened.meta:
        near = None if key in CONTRACT_KEYS else slip(key, CLIENT_KEYS)
        if near:
            here.say(f"'{key}' is not a key of a client; did you mean '{near}'?")
    return keys


def read_named_keys(entry: Custom, roots: Roots, here: Place) -> Keys:
    """Read the client's defaults from its `custom "client"`."""
    return _read(entry.meta, CONFIG_KEYS, roots, here)


#: After so many days a first, a second and a third reminder is due.
REMINDER_DAYS: Final[tuple[int, ...]] = (7, 14, 28)


class Config(NamedTuple):
    """The configuration string of the plugin line, read."""

    keys: Keys = NOTHING_SAID
    #: The schedules file, as written.
    schedules: str | None = None
    #: The folder of the user's templates for documents, as written.
    templates: str = ""
    #: Days after the due date of each level of reminder.
    reminders: tuple[int, ...] = REMINDER_DAYS


def read_config(text: str | None, roots: Roots, here: Place) -> Config:
    """Read the configuration: a Python dict literal. What is wrong in it is left out.

    Raises `UnreadableError` where it is not a dict at all.
    """
    if text is None or not text.strip():
        return Config()
    example = "{'terms': 'net 30'}"
    try:
        said = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        message = f'the configuration is not a Python dict; write it as "{example}"'
        raise UnreadableError(message) from None
    if not isinstance(said, dict):
        message = f'the configuration must be a dict, as in "{example}", not {shown(said)}'
        raise UnreadableError(message)
    keys = _read(said, CONFIG_KEYS, roots, here)
    known = (*CONFIG_KEYS, "schedules", "templates", "reminders")
    schedules = said.get("schedules")
    if schedules is not None and not (isinstance(schedules, str) and schedules.strip()):
        here.say(f"schedules is the name of a YAML file, not {shown(schedules)}")
        schedules = None
    templates = said.get("templates", "")
    if not isinstance(templates, str):
        here.say(f"templates is the name of a folder, not {shown(templates)}")
        templates = ""
    reminders = REMINDER_DAYS
    if "reminders" in said:
        with here:
            reminders = _reminder_days(said["reminders"])
    for key in said:
        if key not in known:
            hint = did_you_mean(shown(key), known) or f"; it takes {', '.join(known)}"
            here.say(f"unknown key {shown(key)}{hint}")
    return Config(keys, schedules, templates, reminders)


def _reminder_days(value: object) -> tuple[int, ...]:
    """Days after the due date, each more than the one before: '7, 14, 28'.

    On the due date itself nothing is overdue, and there is nothing to remind of.
    """
    words = value.split(",") if isinstance(value, str) else []
    days = [int(word) for word in words if re.fullmatch(r"\s*\d{1,4}\s*", word, re.ASCII)]
    if days and len(days) == len(words) and days == sorted(set(days)) and days[0]:
        return tuple(days)
    message = (
        "reminders are days after the due date, from 1 on, each more than the one before, as in"
        f" '7, 14, 28', not {shown(value)}"
    )
    raise UnreadableError(message)


def check_agreement(ours: Keys, theirs: Keys, contract: Transaction) -> None:
    """Raise where a change order says something that its contract says otherwise."""
    for name in Keys._fields:
        mine, yours = getattr(ours, name), getattr(theirs, name)
        if name != "client" and None not in (mine, yours) and mine != yours:
            message = (
                f"'{name}' differs from the contract at {place(contract.meta)}; leave it out here,"
                " or give this contract an id of its own"
            )
            raise UnreadableError(message)
