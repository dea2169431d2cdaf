"""A directive as it would be written, and what would come of it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.fava import acting, trust
from beancount_milestones.fava.owing import unnumbered
from beancount_milestones.fava.trying import after, effects, leaves_unapplied, tried, tried_edit

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.fava.accepting import Edit
    from beancount_milestones.fava.form import Asked, Plan
    from beancount_milestones.fava.host import Host
    from beancount_milestones.fava.owing import Group
    from beancount_milestones.fava.trying import Effect, Trial
    from beancount_milestones.reports import Books


#: Why nothing can be written at all.
READ_ONLY: Final = "Fava was started with --read-only: nothing can be written"


@dataclass(frozen=True, slots=True)
class Draft:
    """A directive as it would be written, and what would come of it."""

    plan: Plan
    #: The fingerprint of the ledger.
    seen: str
    #: Why it cannot be written.
    problems: list[str]
    text: str = ""
    file: str = ""
    #: What would come of it, where that was tried.
    tried: Trial | None = None
    effects: Sequence[Effect] = ()

    @property
    def entries(self) -> list[Directive]:
        """What is written."""
        return [self.plan.entry, *self.plan.more] if self.plan.entry else []

    @property
    def ready(self) -> bool:
        """Whether there is something to write, and nothing is wrong with it."""
        return bool(self.plan.entry or self.plan.edit) and not self.problems

    @property
    def shown(self) -> str:
        """The fingerprint of the text."""
        return trust.digest([self.text])


def draft(host: Host, books: Books, asked: Asked, today: datetime.date) -> Draft:
    """Return what would be written for what was asked, and what would come of it."""
    # A time filter may end in the future, where nothing has happened so far. And where it ends
    # in the past, what is paid since then is not owed any more.
    latest = books if books.as_of >= today else books.on(today)
    plan = acting.plan(latest, asked, min(books.as_of, today))
    made = Draft(plan, trust.digest_of_files(host.options["include"]), list(plan.problems))
    entry = plan.entry
    if entry and entry.date > today:
        plan.doubts.append(f"{entry.date} is in the future: until then no report knows of it")
    if host.is_read_only:
        made.problems.append(READ_ONLY)
    if plan.edit:
        return _edited(host, latest, made, plan.edit)
    if entry is None:
        return made
    file, after_line = host.place_for(entry, plan.near)
    text = "\n".join(host.text_of(one) for one in made.entries)
    made = replace(made, text=text, file=file)
    if problem := host.cannot_write(file):
        made.problems.append(problem)
    if made.problems:
        return made
    if after_line is None:
        # At the end Fava leaves a line empty.
        after_line = len(Path(file).read_bytes().splitlines()) + 1
    trial = tried(host.top, text, after_line + 1, host.errors)
    return _judged(latest, made, trial, entry.date)


def _edited(host: Host, books: Books, made: Draft, edit: Edit) -> Draft:
    """What becomes of a transaction that is changed where it is written."""
    problem = host.cannot_write(edit.filename)
    line = None if problem else edit.line_of(Path(edit.filename).read_bytes())
    if line is None:
        made.problems.append(problem or "Where it is written, no line begins with a date and !")
        return made
    # What ends a line in that file is nothing to show.
    text = line.removesuffix(b"\r").decode(errors="replace")
    made = replace(made, text=text, file=edit.filename)
    if made.problems:
        return made
    return _judged(books, made, tried_edit(host.top, edit, host.errors), edit.date)


def _judged(books: Books, made: Draft, trial: Trial, date: datetime.date) -> Draft:
    """The draft, with what its trial has shown on the day on which it shows."""
    day = books if date <= books.as_of else books.on(date)
    changing: Sequence[Effect] = ()
    if not trial.errors:
        then = after(day, trial)
        changing = effects(day, then, trial)
        if leaves_unapplied(day, then):
            made.plan.doubts.append("That is more than is owed: what is over stays unapplied")
        group, meant = made.plan.group, made.plan.unnumbered
        if group and meant and _settles_unnumbered(day, then, group) != meant:
            made.plan.doubts.append(
                "What has no number cannot be named, so this settles what is older, or of that"
                " amount: give it a number where it is written"
            )
    return replace(made, problems=list(trial.errors), tried=trial, effects=changing)


def _settles_unnumbered(day: Books, then: Books, group: Group) -> Decimal:
    """How much less is open then of what has no name."""
    return amounts.take(unnumbered(day, group), unnumbered(then, group))
