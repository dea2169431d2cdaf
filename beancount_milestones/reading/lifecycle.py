"""What an event does to a milestone: a pure function from state to state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.legs import above
from beancount_milestones.model import NOTHING, WHOLE, Contract, Invoice, State, Step
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.values import percent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from fractions import Fraction

    from beancount_milestones.reading.directives import Event


class RefusedError(UnreadableError):
    """An event that the milestone cannot take; the message says why, and since when.

    ``missing`` are the events of which it lacks one.
    """

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        """Take the sentence, and the events of which one is missing."""
        super().__init__(message)
        self.missing = missing


class Line(NamedTuple):
    """How far an event moves a milestone."""

    #: Of the milestone; None where the event does not say.
    fraction: Fraction | None = None
    #: Whether it is a line of a pay application: the same bill may take something back.
    applies: bool = False
    #: Whether it is work.
    works: bool = True


#: The event does not say how far.
_NOTHING_SAID: Final = Line()


def advance(
    contract: Contract,
    state: State,
    event: Event,
    line: Line = _NOTHING_SAID,
    accepted: dt.date | None = None,
) -> Step:
    """Return the step that an event makes.

    With ``accepted``, a delivery counts as completed on that date: nobody has refused it.
    Raises `RefusedError` where the milestone cannot take the event.
    """
    date = accepted or event.entry.date
    name = "completed" if accepted else event.name
    if name == "completed" and state.completed:
        raise RefusedError(_repeated(state, event))
    after = _applied(state, event, line) if line.applies else _EVENTS[name](state, line, date)
    taken_back = () if after.billed is state.billed else _numbers_above(state, after.billed)
    if event.name == "credited" and event.number in taken_back:
        message = (
            f"'{event.number}' is the number of the invoice that is taken back; write the credit"
            " note's own number here"
        )
        raise RefusedError(message)
    if accepted:
        after = after._replace(accepted=True)
    # To take back a waiver earns nothing: all is as it was.
    if after.credited and after.earned > state.earned and name != "reopened":
        after = after._replace(credited=False)
    target = _bill_up_to(contract, after, event, name, line)
    if target is not None:
        due = _due(contract, event, date)
        invoice = Invoice(event.number, date, due, after.billed, target, event.due_on)
        after = after.billed_by(invoice)
        return Step(date, name, event.entry, after, event.number, due, (), event.due_on)
    if line.applies and after.billed is not state.billed:
        due = _due(contract, event, date)
        return Step(date, name, event.entry, after, event.number, due, taken_back, event.due_on)
    if event.invoice and name != "credited":
        # An invoice for the whole contract, in which this milestone has no part.
        return Step(date, name, event.entry, after)
    return Step(date, name, event.entry, after, event.number, event.due, taken_back)


def _due(contract: Contract, event: Event, date: dt.date) -> dt.date | None:
    """The due date of what an event bills; None where it waits for another invoice."""
    return event.due or (None if event.due_on else contract.due(date))


def _applied(state: State, event: Event, line: Line) -> State:
    """A line of a pay application: earned moves to it, and so does what is billed too much."""
    fraction = line.fraction or NOTHING
    if line.works and fraction != state.earned:
        _open(state, "progress")
        state = state._replace(earned=fraction, progress=fraction)
    if not line.works and not event.invoice:
        message = "it has nothing to earn, so only an invoice moves it; add 'invoice'"
        raise RefusedError(message)
    if event.invoice and fraction < state.billed:
        return _taken_back(state, fraction)
    return state


def _bill_up_to(
    contract: Contract, state: State, event: Event, name: str, line: Line
) -> Fraction | None:
    """The fraction that is billed after the event; None where the event bills nothing."""
    if line.applies:
        target = line.fraction or NOTHING
        bills = event.invoice or (line.works and contract.invoiced_on_completion)
        return _above_billed(state, target) if bills and target > state.billed else None
    if name == "invoiced":
        target = line.fraction if line.fraction is not None else state.earned or state.whole
        return _above_billed(state, target)
    if name not in {"progress", "completed"}:
        return None
    if event.invoice and event.milestone is not None:
        return _above_billed(state, state.earned)
    bills = event.invoice or contract.invoiced_on_completion
    return state.earned if bills and above(state.earned, state.billed) else None


def _above_billed(state: State, target: Fraction) -> Fraction:
    too_much = target is not state.whole and above(target, state.whole)
    if above(target, state.billed) and not too_much:
        return target
    if not state.whole:
        message = f"it was {_ended(state)}, so there is nothing to invoice"
        raise RefusedError(message)
    if too_much:
        message = (
            f"it was {_ended(state)} at {percent(state.whole)}, so it cannot be invoiced up to"
            f" {percent(target)}; write at most what is left of it, or use 'reopened' first"
        )
        raise RefusedError(message)
    message = f"an invoice up to {_percent(target, state)} bills nothing; write a higher number"
    if target < state.billed:
        message += f", use 'credited' to go down to {_percent(target, state)}"
    if state.invoices:
        last = state.invoices[-1]
        name = f"as {last.number} " if last.number else ""
        more = f": {message}, or leave this invoice out"
        message = (
            f"it was already invoiced {name}on {last.date}, up to {_percent(state.billed, state)}"
            f"{more if state.billed < state.whole else '; leave this invoice out'}"
        )
    raise RefusedError(message)


def _percent(fraction: Fraction, state: State) -> str:
    """A fraction as the user would write it: once cancelled, of what is left."""
    return percent(fraction / state.whole)


def nothing_left(state: State) -> bool:
    """Return whether nothing can be completed: what is not billed has fallen away."""
    return not state.whole or bool(state.waived and state.earned == state.whole)


def _open(state: State, verb: str) -> None:
    """Refuse what a completed or cancelled milestone cannot take."""
    if state.completed:
        message = f"it was already {_completion(state)}, so it cannot {verb}; use 'reopened' first"
        raise RefusedError(message)
    if state.cancelled or state.waived:
        message = f"it was {_ended(state)}, so it cannot {verb}; use 'reopened' first"
        raise RefusedError(message)


def _ended(state: State) -> str:
    return f"waived on {state.waived}" if state.waived else f"cancelled on {state.cancelled}"


def _completion(state: State) -> str:
    """When it was completed; where no directive says so, why."""
    when = f"completed on {state.completed}"
    why = f" by 'acceptance', as it was delivered on {state.delivered}"
    return f"{when}{why}" if state.accepted else when


def _repeated(state: State, event: Event) -> str:
    """Why it cannot be completed twice; what only bills it is another event."""
    bills = event.invoice and state.billed < state.earned
    out = "write 'invoiced' instead to bill it" if bills else "leave this out"
    return f"it was already {_completion(state)}; {out}, or take that back with 'reopened' first"


def _delivered(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    _open(state, "be delivered")
    return state._replace(delivered=date)


def _rejected(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    _open(state, "be rejected")
    if not state.delivered:
        message = "it is not delivered, so it cannot be rejected; use 'delivered' first"
        raise RefusedError(message, ("delivered",))
    return state._replace(delivered=None)


def _progress(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    _open(state, "progress")
    fraction = line.fraction or NOTHING
    return state._replace(earned=fraction, progress=fraction)


def _completed(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    if (state.cancelled or state.waived) and nothing_left(state):
        _open(state, "be completed")
    return state.done(date)


def _reopened(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    # What was billed in advance may be completed after the rest was waived.
    completed_last = state.completed and state.waived and state.completed > state.waived
    if state.forgone and not completed_last:
        earned, whole, credited = state.forgone
        back = state._replace(earned=earned, whole=whole, credited=credited)
        return back._replace(waived=None, forgone=None)
    if state.completed:
        earned = min(state.progress, state.whole)
        return state._replace(earned=earned, completed=None, delivered=None, accepted=False)
    if state.cancelled:
        return state._replace(whole=WHOLE, cancelled=None)
    message = "it is not completed, cancelled or waived, so it cannot be reopened; leave this out"
    raise RefusedError(message, ("completed", "cancelled", "waived", "delivered"))


def _cancelled(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    if state.completed:
        way = "'waived' for what is not invoiced" if state.billed < state.whole else "'credited'"
        message = (
            f"it was {_completion(state)}, so nothing of it can be cancelled; use 'reopened'"
            f" first, or {way}"
        )
        raise RefusedError(message)
    if state.cancelled:
        message = f"it was already cancelled on {state.cancelled}; leave this out"
        raise RefusedError(message)
    if state.waived:
        _open(state, "be cancelled")
    return state._replace(whole=max(state.earned, state.billed), cancelled=date)


def _waived(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    if state.waived:
        message = f"it was already waived on {state.waived}; leave this out"
        raise RefusedError(message)
    if state.billed == state.whole:
        message = "all of it is invoiced, so nothing is left to waive; use 'credited' first"
        raise RefusedError(message, ("credited",))
    return state._replace(
        earned=min(state.earned, state.billed),
        whole=state.billed,
        waived=date,
        credited=False,
        forgone=(state.earned, state.whole, state.credited),
    )


def _invoiced(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    return state


def _credited(state: State, line: Line, date: dt.date) -> State:  # noqa: ARG001
    if not state.billed:
        message = "nothing of it is invoiced, so nothing can be credited; leave this out"
        raise RefusedError(message, ("invoiced", "progress", "completed", "delivered"))
    target = line.fraction or NOTHING
    if target >= state.billed:
        message = (
            f"it was invoiced on {state.invoices[-1].date}, up to {_percent(state.billed, state)}:"
            f" a credit note down to {_percent(target, state)} takes nothing back; write a lower"
            " number"
        )
        raise RefusedError(message)
    return _taken_back(state, target)


def _taken_back(state: State, target: Fraction) -> State:
    """Take back what is billed above a fraction, that of the newest invoice first."""
    kept = tuple(
        invoice._replace(high=min(invoice.high, target))
        for invoice in state.invoices
        if invoice.low < target
    )
    return state._replace(billed=target, credited=True, invoices=kept)


def _numbers_above(state: State, target: Fraction) -> tuple[str, ...]:
    """The numbers of the invoices that billed more than a fraction, oldest first."""
    numbers = (invoice.number for invoice in state.invoices if invoice.high > target)
    return tuple(dict.fromkeys(number for number in numbers if number))


_EVENTS: dict[str, Callable[[State, Line, dt.date], State]] = {
    "delivered": _delivered,
    "rejected": _rejected,
    "progress": _progress,
    "completed": _completed,
    "reopened": _reopened,
    "cancelled": _cancelled,
    "waived": _waived,
    "invoiced": _invoiced,
    "credited": _credited,
}
