"""Schedules: named lists of milestones that contracts use again and again.

Built-in ones are in `BUILT_IN`; the user's YAML file adds to them or replaces them. YAML is
imported only where a ledger names such a file.
"""

from __future__ import annotations

import datetime
import re
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

_PERIOD: Final = re.compile(r"(\d{1,9})\s*(day|week|month)s?", re.ASCII)
#: In letters. A hundred schedules take some ten thousand.
_LONGEST_FILE: Final = 1_000_000
#: Transaction metadata that names a schedule in place of shares, and the day it counts from.
SCHEDULE_KEY: Final = "schedule"
STARTS_KEY: Final = "starts"
_SCHEDULE_KEYS: Final = ("title", "terms", "milestones")
_NO_KEY: Final = "a list or a mapping cannot be a key"
_MILESTONE_KEYS: Final = ("share", "after", "title")


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

    share: Share
    after: Period | None = None


class Schedule(NamedTuple):
    """A named list of milestones, in order."""

    name: str
    milestones: dict[str, Planned]
    title: str = ""
    terms: Terms | None = None

    def shares(self, starts: datetime.date) -> dict[str, Share]:
        """Return the share of each milestone of a contract that starts on that date."""
        return {
            name: planned.share._replace(
                target=planned.after.after(starts) if planned.after else None
            )
            for name, planned in self.milestones.items()
        }


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


def read_schedules(path: Path | None, log: Log) -> dict[str, Schedule]:
    """Return the schedules of a file by name. One with an error is left out.

    Raises `UnreadableError` where the whole file cannot be read.
    """
    if path is None:
        return {}
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
    import yaml  # noqa: PLC0415 - a bean-check without schedules does not pay for it

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or "unreadable"
        _at(path, mark.line if mark else 0, log).say(f"this is not YAML: {what}")
        return {}
    except RecursionError:
        _at(path, 0, log).say("the schedules file is nested too deeply")
        return {}
    reader = _Reader(path, log)
    read = {
        name: reader.schedule(name, node) for name, node in reader.pairs(root, "the schedules file")
    }
    return {name: schedule for name, schedule in read.items() if schedule}


def _at(path: Path, line: int, log: Log) -> Place:
    """A line of a file that Beancount does not read; the first is 0."""
    source = {"filename": str(path), "lineno": line + 1}
    return Place(log, lambda message: MilestoneError(source, message, None))


class _Reader:
    """Reads the nodes of a YAML file: a node knows its line, and the text that was written."""

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log

    def _at(self, node: Any) -> Place:  # noqa: ANN401 - a node of PyYAML
        return _at(self._path, node.start_mark.line, self._log)

    def pairs(self, node: Any, what: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
        """Yield the keys and value nodes of a mapping."""
        if node is None:
            return
        if node.id != "mapping":
            self._at(node).say(f"{what} must be keys and values, as in 'launch: {{share: 40%}}'")
            return
        seen = set()
        for key, value in node.value:
            if key.id != "scalar" or key.value in seen:
                # A list as text may be without end: its parts can stand there again and again.
                wrong = f"{shown(key.value)} is written twice" if key.id == "scalar" else _NO_KEY
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
        """Return the value nodes by key; an unknown key is an error."""
        found = {}
        for key, value in self.pairs(node, what):
            if key in known:
                found[key] = value
            else:
                hint = did_you_mean(key, known) or f"; it has {', '.join(known)}"
                self._at(value).say(f"{what} has no '{key}'{hint}")
        return found

    def schedule(self, name: str, node: Any) -> Schedule | None:  # noqa: ANN401
        """Read a schedule; None where anything in it is wrong."""
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
            return None
        return Schedule(name, milestones, title or "", terms)

    def _planned(self, name: str, node: Any) -> Planned:  # noqa: ANN401
        what = f"milestone '{name}'"
        said = self.fields(node, what, _MILESTONE_KEYS)
        with self._at(node):
            values.milestone_id(name)
        if node.id == "mapping" and "share" not in said:
            self._at(node).say(f"{what} needs a share, as in {{share: 40%}}")
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


def _bare_share(text: str) -> Share:
    share = read_share(text)
    if share.target or share.title:
        message = f"share is the share alone, not {shown(text)}; use 'after' and 'title' beside it"
        raise UnreadableError(message)
    return share


def _period(text: str) -> Period:
    found = _PERIOD.fullmatch(text.strip())
    if not found or int(found[1]) > values.MOST_DAYS:
        message = f"cannot read {shown(text)} as a time; write '10 days', '4 weeks' or '2 months'"
        raise UnreadableError(message)
    number = int(found[1])
    if found[2] == "month":
        return Period(months=number)
    return Period(days=number * 7 if found[2] == "week" else number)


def find(name: object, schedules: Mapping[str, Schedule]) -> Schedule:
    """Return a schedule by its name. Raises `UnreadableError` where there is none."""
    text = values.text_value(name, "schedule", "website")
    if text not in schedules:
        hint = did_you_mean(text, schedules) or f"; there are {', '.join(schedules)}"
        message = f"no schedule '{text}'{hint}"
        raise UnreadableError(message)
    return schedules[text]


def titled(
    found: tuple[int, Transaction], schedules: Mapping[str, Schedule]
) -> tuple[int, Transaction]:
    """Return a transaction of a schedule with its title, where it has no narration of its own.

    Takes and returns it with its place among the entries.
    """
    index, entry = found
    if entry.narration or SCHEDULE_KEY not in entry.meta:
        return found
    schedule = schedules.get(str(entry.meta[SCHEDULE_KEY]).strip())
    return (index, entry._replace(narration=schedule.title)) if schedule else found
