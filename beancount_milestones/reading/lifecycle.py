"""What an event does to a milestone: a pure function from state to state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.contract import NOTHING, WHOLE, Contract, Invoice, State, Step
from beancount_milestones.reading.values import percent

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from fractions import Fraction

    from beancount_milestones.reading.directives import Event


class Refused(Exception):
    """An event that the milestone cannot take; the message says why, and since when.

    ``missing`` where it lacks an earlier event: then an unreadable directive may be the cause.
    """

    def __init__(self, message: str, *, missing: bool = False) -> None:
        """Take the sentence, and whether something earlier is missing."""
        super().__init__(message)
        self.missing = missing


class Outcome(NamedTuple):
    """The new state, and the numbers that a credit note takes back."""

    state: State
    taken_back: tuple[str, ...] = ()


def advance(
    contract: Contract, state: State, event: Event, accepted: datetime.date | None = None
) -> Step:
    """Return the step that an event makes.

    With ``accepted``, a delivery counts as completed on that date: nobody has refused it.
    Raises `Refused` where the milestone cannot take the event.
    """
    date = accepted or event.entry.date
    name = "completed" if accepted else event.name
    outcome = _EVENTS[name](state, event, date)
    after = outcome.state
    if after.earned > state.earned:
        after = replace(after, credited=False)
    due = event.due
    target = _bill_up_to(contract, after, event, name)
    if target is not None:
        due = due or contract.due(date)
        invoice = Invoice(event.number, date, due, after.billed, target)
        after = replace(
            after, billed=target, credited=False, invoices=(*after.invoices, invoice)
        )
    return Step(date, name, event.entry, after, event.number, due, outcome.taken_back)


def _bill_up_to(
    contract: Contract, state: State, event: Event, name: str
) -> Fraction | None:
    """The fraction that is billed after the event; None where the event bills nothing."""
    if name == "invoiced":
        if event.fraction is not None:
            target = event.fraction * state.whole
        else:
            target = state.earned or state.whole
        return _above_billed(state, target)
    if name not in {"progress", "completed"}:
        return None
    if event.invoice is not None and event.milestone is not None:
        return _above_billed(state, state.earned)
    bills = event.invoice is not None or contract.invoiced_on_completion
    return state.earned if bills and state.earned > state.billed else None


def _above_billed(state: State, target: Fraction) -> Fraction:
    if target > state.billed:
        return target
    if not state.invoices:
        message = "there is nothing to invoice"
        if state.cancelled:
            message += f": it was cancelled on {state.cancelled}"
        raise Refused(message, missing=not state.cancelled)
    last = state.invoices[-1]
    name = f"as {last.number} " if last.number else ""
    message = (
        f"it was already invoiced {name}on {last.date}, up to {percent(state.billed)};"
        f" an invoice up to {percent(target)} would bill nothing"
    )
    raise Refused(message)


def _open(state: State, verb: str) -> None:
    """Refuse what a completed or cancelled milestone cannot take."""
    if state.completed:
        message = f"it was already completed on {state.completed}, so it cannot {verb}"
        raise Refused(message)
    if state.cancelled:
        message = f"it was cancelled on {state.cancelled}, so it cannot {verb}"
        raise Refused(message)


def _delivered(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    _open(state, "be delivered")
    return Outcome(replace(state, delivered=date))


def _rejected(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    _open(state, "be rejected; use 'reopened'" if state.completed else "be rejected")
    if not state.delivered:
        message = "it was never delivered, so it cannot be rejected"
        raise Refused(message, missing=True)
    return Outcome(replace(state, delivered=None))


def _progress(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    _open(state, "progress")
    fraction = event.fraction or NOTHING
    return Outcome(replace(state, earned=fraction, progress=fraction))


def _completed(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    if state.completed:
        message = f"it was already completed on {state.completed}"
        raise Refused(message)
    if state.cancelled and not state.whole:
        _open(state, "be completed")
    return Outcome(replace(state, earned=state.whole, completed=date))


def _reopened(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    if state.completed:
        return Outcome(replace(state, earned=state.progress, completed=None, delivered=None))
    if state.cancelled:
        return Outcome(replace(state, whole=WHOLE, cancelled=None))
    message = "it was never completed or cancelled, so it cannot be reopened"
    raise Refused(message, missing=True)


def _cancelled(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    if state.completed:
        message = (
            f"it was completed on {state.completed}, so nothing of it can be cancelled; use"
            " 'reopened' first, or 'credited'"
        )
        raise Refused(message)
    if state.cancelled:
        message = f"it was already cancelled on {state.cancelled}"
        raise Refused(message)
    return Outcome(replace(state, whole=max(state.earned, state.billed), cancelled=date))


def _invoiced(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    return Outcome(state)


def _credited(state: State, event: Event, date: datetime.date) -> Outcome:  # noqa: ARG001
    if not state.billed:
        message = "nothing of it is invoiced, so nothing can be credited"
        raise Refused(message, missing=True)
    target = NOTHING if event.fraction is None else event.fraction * state.whole
    if target >= state.billed:
        message = (
            f"it is invoiced up to {percent(state.billed)} (on {state.invoices[-1].date}); a"
            f" credit note down to {percent(target)} would take nothing back"
        )
        raise Refused(message)
    kept = []
    taken_back = []
    for invoice in state.invoices:
        if invoice.high > target and invoice.number:
            taken_back.append(invoice.number)
        if invoice.low < target:
            kept.append(replace(invoice, high=min(invoice.high, target)))
    after = replace(state, billed=target, credited=True, invoices=tuple(kept))
    return Outcome(after, tuple(dict.fromkeys(taken_back)))


_EVENTS: dict[str, Callable[[State, Event, datetime.date], Outcome]] = {
    "delivered": _delivered,
    "rejected": _rejected,
    "progress": _progress,
    "completed": _completed,
    "reopened": _reopened,
    "cancelled": _cancelled,
    "invoiced": _invoiced,
    "credited": _credited,
}
