"""Contract keys: on the contract, on the client's account, in the configuration.

The contract's own win over the client's, the client's over the configuration's.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.errors import did_you_mean, error, nearest, place
from beancount_milestones.reading import values
from beancount_milestones.reading.values import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beancount.core.data import Open, Transaction

    from beancount_milestones.contract import Terms
    from beancount_milestones.errors import MilestoneError


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

    def over(self, other: Keys) -> Keys:
        """Return these keys, filled up from others where they say nothing."""
        return replace(
            self,
            **{
                name: getattr(other, name)
                for name in self.__slots__
                if getattr(self, name) is None
            },
        )

    def without(self, *names: str) -> Keys:
        """Return these keys, with some of them not said."""
        return replace(self, **dict.fromkeys(names)) if names else self


NOTHING_SAID: Final = Keys()

_OWN: Final = ("schedule", "starts", "document")
CONTRACT_KEYS: Final = (*Keys.__slots__, *_OWN)
CLIENT_KEYS: Final = tuple(name for name in Keys.__slots__ if name != "retention")
CONFIG_KEYS: Final = tuple(
    name for name in Keys.__slots__ if name not in {"client", "retention"}
)


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
    }


def _read(
    said: Mapping[str, Any], names: tuple[str, ...], roots: Roots
) -> tuple[Keys, list[str]]:
    readers = _readers(roots)
    read = {}
    messages = []
    for name in names:
        if name in said:
            try:
                read[name] = readers[name](said[name])
            except Unreadable as unreadable:
                messages.append(str(unreadable))
    return Keys(**read), messages


def read_contract_keys(entry: Transaction, roots: Roots) -> tuple[Keys, list[MilestoneError]]:
    """Read the contract keys of a transaction."""
    keys, messages = _read(entry.meta, Keys.__slots__, roots)
    messages.extend(
        f"'{key}' is no contract key; did you mean '{near}'?"
        for key in entry.meta
        if (near := _misspelt(key))
    )
    return keys, [error(entry.meta, message, entry) for message in messages]


def _misspelt(key: str) -> str | None:
    if key in CONTRACT_KEYS or key.startswith(("milestone-", "document", "__")):
        return None
    if key.partition("-")[0].partition("_")[0] in {"milestone", "milestones", "milstone"}:
        return "milestone-" + key.partition("-" if "-" in key else "_")[2]
    return nearest(key, CONTRACT_KEYS, cutoff=0.85)


def read_client_keys(opened: Open, roots: Roots) -> tuple[Keys, list[MilestoneError]]:
    """Read the client's defaults from the `open` directive of a receivable account."""
    keys, messages = _read(opened.meta, CLIENT_KEYS, roots)
    return keys, [error(opened.meta, message, opened) for message in messages]


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration string of the plugin line, read."""

    keys: Keys = NOTHING_SAID
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
            messages=(f"the configuration is no Python dict; write it as \"{example}\"",)
        )
    if not isinstance(said, dict):
        return Config(
            messages=(
                f'the configuration must be a dict, as in "{example}", not {shown(said)}',
            )
        )
    keys, messages = _read(said, CONFIG_KEYS, roots)
    messages = [f"configuration: {message}" for message in messages]
    messages.extend(
        f"configuration: unknown key {shown(key)}{did_you_mean(str(key), CONFIG_KEYS)}"
        for key in said
        if key not in CONFIG_KEYS
    )
    return Config(keys, tuple(messages))


def conflict(ours: Keys, theirs: Keys, contract: Transaction) -> str | None:
    """Return what a change order says that its contract says otherwise, or None."""
    for name in Keys.__slots__:
        mine, yours = getattr(ours, name), getattr(theirs, name)
        if name != "client" and None not in (mine, yours) and mine != yours:
            return (
                f"the contract at {place(contract.meta)} says something else for '{name}'; one"
                " contract has one: is the same id used for two contracts?"
            )
    return None
