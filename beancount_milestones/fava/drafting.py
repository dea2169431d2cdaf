"""A directive as it would be written, and what would come of it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from beancount_milestones.fava import acting, trust
from beancount_milestones.fava.trying import after, effects, leaves_unapplied, tried

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from beancount.core.data import Directive

    from beancount_milestones.fava.form import Asked, Plan
    from beancount_milestones.fava.host import Host
    from beancount_milestones.fava.trying import Effect, Trial
    from beancount_milestones.reports import Books


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
    def entry(self) -> Directive | None:
        """The first of them."""
        return self.plan.entry

    @property
    def shown(self) -> str:
        """The fingerprint of the text."""
        return trust.digest([self.text])


def draft(host: Host, books: Books, asked: Asked, today: datetime.date) -> Draft:
    """Return what would be written for what was asked, and what would come of it."""
    # A time filter may end in the future, where nothing has happened so far. And where it ends
    # in the past, what is paid since then is not owed any more.
    latest = books if books.as_of >= today else replace(books, as_of=today)
    plan = acting.plan(latest, asked, min(books.as_of, today))
    made = Draft(plan, trust.digest_of_files(host.options["include"]), list(plan.problems))
    entry = plan.entry
    if entry and entry.date > today:
        plan.doubts.append(f"{entry.date} is in the future: until then no report knows of it")
    if host.is_read_only:
        made.problems.append("Fava was started with --read-only: nothing can be written")
    if entry is None:
        return made
    file, after_line = host.place_for(entry)
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
    # The day on which it shows.
    day = latest if entry.date <= latest.as_of else replace(latest, as_of=entry.date)
    changing = []
    if not trial.errors:
        then = after(day, trial)
        changing = effects(day, then, trial)
        if leaves_unapplied(day, then):
            plan.doubts.append("That is more than is owed: what is over stays unapplied")
    return replace(made, problems=list(trial.errors), tried=trial, effects=changing)
