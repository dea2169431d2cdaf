"""Schedules: named lists of milestones that contracts use again and again.

Built-in ones are in `BUILT_IN`; the user's YAML file adds to them or replaces them. YAML is
imported only where a ledger names such a file.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones.errors import MilestoneError, did_you_mean
from beancount_milestones.model import days_after
from beancount_milestones.reading import values
from beancount_milestones.reading.log import Place, UnreadableError
from beancount_milestones.reading.shares import Share, read_share
from beancount_milestones.reading.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from beancount.core.data import Transaction

    from beancount_milestones.model import Terms
    from beancount_milestones.reading.log import Log

_PERIOD: Final = r"(?a)(\d{1,9})\s*(day|week|month)s?"
#: In letters. A hundred schedules take some ten thousand.
_LONGEST_FILE: Final = 1_000_000
#: Transaction metadata that names a schedule in place of shares, and the day it counts from.
SCHEDULE_KEY: Final = "schedule"
STARTS_KEY: Final = "starts"
_SCHEDULE_KEYS: Final = ("title", "terms", "milestones")
_NO_KEY: Final = "a list or a mapping cannot be a key"
_NO_MERGE: Final = "merge keys (<<) are not supported; write out what they stand for"
_MILESTONE_KEYS: Final = ("share", "after", "title")
#: What people write with a comma, which ends a value without quotes between braces.
_WITH_COMMA: Final = ("share", "title", "terms")


class Period(NamedTuple):
    """How long after the start a milestone is due to be done."""

    days: int = 0
    months: int = 0

    def after(self, date: datetime.date) -> datetime.date:
        """Return the date this long after another; the end of a month stays within its month."""
        from calendar import monthrange  # noqa: PLC0415 - few ledgers need it

        month = date.month - 1 + self.months
        year = date.year + month // 12
        month = month % 12 + 1
        if year > datetime.MAXYEAR:
            return datetime.date.max
        day = min(date.day, monthrange(year, month)[1])
        return days_after(datetime.date(year, month, day), self.days)


class Planned(NamedTuple):
    """A milestone of a schedule."""

    #: Without a target.
    share: Share
    after: Period | None = None

    def starting(self, starts: datetime.date) -> Share:
        """Return its share of a contract that starts on that date."""
        return self.share._replace(target=self.after.after(starts)) if self.after else self.share


class Schedule(NamedTuple):
    """A named list of milestones, in order."""

    name: str
    milestones: dict[str, Planned]
    title: str = ""
    terms: Terms | None = None
    #: Whether it has an error; then no contract can be made with it.
    wrong: bool = False

    def shares(self, starts: datetime.date) -> dict[str, Share]:
        """Return the share of each milestone of a contract that starts on that date."""
        return {name: planned.starting(starts) for name, planned in self.milestones.items()}


def _built_in() -> dict[str, Schedule]:
    plans = {
        "halves": ("Half at the start, half at the end", "start 50%, end rest"),
        "thirds": ("Three equal parts", "start 1/3, middle 1/3, end rest"),
        "brand": ("Brand design", "mockups 30%, revisions 30%, final rest"),
        "website": ("Website", "wireframes 25%, development 35%, launch rest"),
        "consulting": ("Consulting", "discovery 30%, strategy 40%, report rest"),
        "video": ("Video production", "storyboard 30%, rough-cut 40%, final rest"),
        "construction": ("Construction", "start 20%, framing 30%, finishing 30%, handover rest"),
    }
    schedules = {}
    for name, (title, text) in plans.items():
        planned = {}
        for words in text.split(", "):
            milestone, _, share = words.partition(" ")
            named = milestone.replace("-", " ").capitalize()
            planned[milestone] = Planned(read_share(share)._replace(title=named))
        schedules[name] = Schedule(name, planned, title)
    return schedules


BUILT_IN: Final = _built_in()


class Schedules(NamedTuple):
    """The schedules that a contract can name: built-in, and over them the user's own."""

    named: Mapping[str, Schedule] = BUILT_IN
    #: Whether the user's file cannot be read: it may replace any of them.
    unreadable: bool = False

    def of(self, entry: Transaction) -> Schedule | None:
        """Return the schedule that a transaction names, right or wrong, or None."""
        name = entry.meta.get(SCHEDULE_KEY)
        return None if name is None else self.named.get(str(name).strip())

    def fail(self, entry: Transaction) -> bool:
        """Whether a transaction names a schedule that has an error, told in its file."""
        if SCHEDULE_KEY not in entry.meta:
            return False
        named = self.of(entry)
        return self.unreadable or (named is not None and named.wrong)

    def titles(self) -> dict[str, str]:
        """Return the names of those that can be used, with their titles."""
        if self.unreadable:
            return {}
        return {name: found.title for name, found in self.named.items() if not found.wrong}


def read_schedules(path: Path | None, here: Place, log: Log) -> Schedules:
    """Return the schedules that a ledger can use.

    Errors in the file are reported at its lines; ``here`` is where it is named.
    """
    if path is None:
        return Schedules()
    with here:
        return _read(path, _text(path), log)
    return Schedules(unreadable=True)


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            message = f"cannot read the schedules file {path.name}: it is not a file"
            raise UnreadableError(message)
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not text in UTF-8"
        message = f"cannot read the schedules file {path.name}: {reason}"
        raise UnreadableError(message) from None
    if len(text) > _LONGEST_FILE:
        message = f"cannot read the schedules file {path.name}: it is longer than a million letters"
        raise UnreadableError(message)
    return text


def _read(path: Path, text: str, log: Log) -> Schedules:
    import yaml  # noqa: PLC0415 - a bean-check without schedules does not pay for it

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or "unreadable"
        _at(path, mark.line if mark else 0, log).say(f"this is not YAML: {what}")
        return Schedules(unreadable=True)
    except RecursionError:
        _at(path, 0, log).say("the schedules file is nested too deeply")
        return Schedules(unreadable=True)
    return _Reader(path, text, log).schedules(root)


def _at(path: Path, line: int, log: Log) -> Place:
    """A line of a file that Beancount does not read; the first is 0."""
    source = {"filename": str(path), "lineno": line + 1}
    return Place(log, lambda message: MilestoneError(source, message, None))


class _Reader:
    """Reads the nodes of a YAML file: a node knows its line, and the text that was written."""

    def __init__(self, path: Path, text: str, log: Log) -> None:
        self._path = path
        self._text = text
        self._log = log

    def _at(self, node: Any) -> Place:  # noqa: ANN401 - a node of PyYAML
        return _at(self._path, node.start_mark.line, self._log)

    def pairs(self, node: Any, what: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
        """Yield the keys and value nodes of a mapping."""
        if _is_nothing(node):
            return
        if node.id != "mapping":
            self._at(node).say(f"{what} must be keys and values, as in 'launch: {{share: 40%}}'")
            return
        seen = set()
        for key, value in node.value:
            wrong = _wrong_key(key)
            if not wrong and key.value in seen:
                wrong = f"{shown(key.value)} is written twice"
            if wrong:
                self._at(key).say(f"{what}: {wrong}")
                continue
            seen.add(key.value)
            yield key.value, value

    def fields(
        self,
        node: Any,  # noqa: ANN401
        what: str,
        known: tuple[str, ...],
    ) -> dict[str, Any]:
        """Return the value nodes by key, those that say something; an unknown key is an error."""
        cut = self._cut(node)
        for key, value, written in cut:
            with self._at(value) as here:
                if key == "share":
                    # In quotes it has to be one.
                    read_share(written)
                here.say(
                    f'{what}: a comma ends the {key}; put it in quotes, as in {key}: "{written}"'
                )
        found = {}
        for key, value in () if cut else self.pairs(node, what):
            if key not in known:
                hint = did_you_mean(key, known) or f"; it has {', '.join(known)}"
                self._at(value).say(f"{what} has no '{key}'{hint}")
            elif not _is_nothing(value):
                found[key] = value
        return found

    def _cut(self, node: Any) -> list[tuple[str, Any, str]]:  # noqa: ANN401
        """Return the keys whose value goes on after a comma, their nodes, and all that is written.

        Between braces YAML takes what comes after a comma for a key that has no value.
        """
        ends: dict[str, tuple[Any, int]] = {}
        begun = None
        for key, value in node.value if node.id == "mapping" and node.flow_style else ():
            if key.value in _WITH_COMMA and value.id == "scalar" and value.style is None:
                begun = key.value, value
            elif not begun or key.id != "scalar" or _is_written(value):
                begun = None
            elif begun[0] != "share" or key.value[:1].isdigit():
                ends[begun[0]] = begun[1], key.end_mark.index
        return [
            (key, value, " ".join(self._text[value.start_mark.index : end].split()))
            for key, (value, end) in ends.items()
        ]

    def schedules(self, root: Any) -> Schedules:  # noqa: ANN401
        """Read the whole file, over what is built in."""
        if _is_nothing(root):
            return Schedules()
        here = self._at(root)
        own = dict(self.pairs(root, "the schedules file"))
        pairs = root.value if root.id == "mapping" else ()
        keys = [key for key, _ in pairs if not _wrong_key(key)]
        unreadable = here.failed and (not pairs or len(keys) < len(pairs))
        read = {name: self.schedule(name, node) for name, node in own.items()}
        times = Counter(key.value for key in keys)
        for key in keys:
            if times[key.value] > 1:
                # Nobody knows which of them is meant.
                read[key.value] = read[key.value]._replace(title="", terms=None, wrong=True)
        return Schedules({**BUILT_IN, **read}, unreadable)

    def schedule(self, name: str, node: Any) -> Schedule:  # noqa: ANN401
        """Read a schedule, right or wrong."""
        here = self._at(node)
        what = f"schedule '{name}'"
        said = self.fields(node, what, _SCHEDULE_KEYS)
        terms = self._value(said.get("terms"), values.terms)
        title = self._value(said.get("title"), str)
        milestones = {
            key: self._planned(key, value)
            for key, value in self.pairs(said.get("milestones"), f"the milestones of {what}")
        }
        if not milestones and not here.failed:
            here.say(f"{what} has no milestones")
        if here.failed:
            return Schedule(name, milestones, wrong=True)
        return Schedule(name, milestones, title or "", terms)

    def _planned(self, name: str, node: Any) -> Planned:  # noqa: ANN401
        what = f"milestone '{name}'"
        here = self._at(node)
        said = self.fields(node, what, _MILESTONE_KEYS)
        if "share" not in said and not here.failed:
            here.say(f"{what} needs a share, as in {{share: 40%}}")
        with here:
            values.milestone_id(name)
        share = self._value(said.get("share"), _bare_share) or Share()
        title = self._value(said.get("title"), str)
        after = self._value(said.get("after"), _period)
        return Planned(share._replace(title=title or share.title), after)

    def _value(self, node: Any, convert: Any) -> Any:  # noqa: ANN401
        """Convert the text of a node; None where there is none, or where it is wrong."""
        if node is None:
            return None
        if node.id != "scalar":
            self._at(node).say("write text here, not a list or a mapping")
            return None
        with self._at(node):
            return convert(node.value)
        return None


def _is_nothing(node: Any) -> bool:  # noqa: ANN401 - a node of PyYAML
    """Whether a node says nothing: it is not there, or null."""
    return node is None or node.tag == "tag:yaml.org,2002:null"


def _is_written(node: Any) -> bool:  # noqa: ANN401
    """Whether a node stands in the text: a key may have no value at all."""
    return bool(node.start_mark.index < node.end_mark.index)


def _wrong_key(key: Any) -> str:  # noqa: ANN401
    """Say what is wrong with a key by itself, or nothing."""
    if key.id != "scalar":
        # As text it may be without end: its parts can stand there again and again.
        return _NO_KEY
    return _NO_MERGE if key.tag == "tag:yaml.org,2002:merge" else ""


def _bare_share(text: str) -> Share:
    share = read_share(text)
    if share.target or share.title:
        message = f"share is the share alone, not {shown(text)}; use 'after' and 'title' beside it"
        raise UnreadableError(message)
    return share


def _period(text: str) -> Period:
    found = re.fullmatch(_PERIOD, text.strip())
    if not found or int(found[1]) > values.MOST_DAYS:
        message = f"cannot read {shown(text)} as a time; write '10 days', '4 weeks' or '2 months'"
        raise UnreadableError(message)
    number = int(found[1])
    if found[2] == "month":
        return Period(months=number)
    return Period(days=number * 7 if found[2] == "week" else number)


def find(name: object, schedules: Schedules) -> Schedule:
    """Return a schedule by its name. Raises `UnreadableError` where there is none."""
    text = values.text_value(name, "schedule", "website")
    found = schedules.named.get(text)
    if not found:
        hint = did_you_mean(text, schedules.named) or f"; there are {', '.join(schedules.named)}"
        message = f"no schedule '{text}'{hint}"
        raise UnreadableError(message)
    return found


def titled(found: tuple[int, Transaction], schedules: Schedules) -> tuple[int, Transaction]:
    """Return a transaction of a schedule with its title, where it has no narration of its own.

    Takes and returns it with its place among the entries.
    """
    index, entry = found
    if entry.narration or SCHEDULE_KEY not in entry.meta:
        return found
    schedule = schedules.of(entry)
    return (index, entry._replace(narration=schedule.title)) if schedule else found
