"""What can be done from the page, and who makes the plan of it. Writes nothing."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

from beancount_milestones.fava.accepting import plan_acceptance
from beancount_milestones.fava.agreeing import plan_change, plan_contract
from beancount_milestones.fava.applying import plan_application
from beancount_milestones.fava.crediting import next_move
from beancount_milestones.fava.form import Asked, Plan
from beancount_milestones.fava.marking import FIELDS, REMINDER, plan_event
from beancount_milestones.fava.money_back import plan_refund, plan_returned, plan_write_off
from beancount_milestones.fava.payment import TAKEN, plan_payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beancount_milestones.model import Milestone
    from beancount_milestones.reports import Books, Row

#: Says that a payment is recorded, where the name of an event says what has happened.
PAYMENT: Final = "payment"
#: Say that money went back: to a client who paid too much, or because the bank took it back.
REFUND: Final = "refund"
RETURNED: Final = "returned"
#: Says that nobody will pay it any more.
WRITE_OFF: Final = "write-off"
#: What is agreed with a client, and what is billed line by line.
CONTRACT: Final = "contract"
CHANGE: Final = "change"
ACCEPT: Final = "accept"
APPLICATION: Final = "application"
#: What can be done, and how people say it.
ACTIONS: Final = {
    "delivered": "Mark delivered",
    "rejected": "Mark rejected",
    "progress": "Report progress",
    "completed": "Mark completed",
    "reopened": "Reopen",
    "invoiced": "Mark invoiced",
    "credited": "Credit note",
    "cancelled": "Cancel",
    "waived": "Waive the rest",
    PAYMENT: "Record payment",
    REFUND: "Record refund",
    RETURNED: "Record returned payment",
    WRITE_OFF: "Write off",
    REMINDER: "Record reminder",
    CONTRACT: "New contract",
    CHANGE: "Change order",
    ACCEPT: "Proposal accepted",
    APPLICATION: "Pay application",
}
#: The fields of what is about money.
MONEY_FIELDS: Final = (
    *("pay", "amount", "in", "worth", "to", "exchange-to", "rest", "rest-to"),
    *(f"{name}{account}" for name in TAKEN for account in ("", "-to")),
    *("client", "receivable", "currency", "settles", "paid"),
)
#: What is about money, on an account of a client.
MONEY: Final[Mapping[str, Callable[[Books, Plan], None]]] = {
    PAYMENT: plan_payment,
    REFUND: plan_refund,
    RETURNED: plan_returned,
    WRITE_OFF: plan_write_off,
}
#: What is about a contract as a whole.
WHOLE: Final[Mapping[str, Callable[[Books, Plan], None]]] = {
    CONTRACT: plan_contract,
    CHANGE: plan_change,
    ACCEPT: plan_acceptance,
    APPLICATION: plan_application,
}


def offered(milestone: Milestone, row: Row, date: datetime.date) -> list[str]:
    """Return what can be done about a milestone at the end of a day, what comes next first."""
    if row.proposed:
        return []
    state = milestone.state_at(date)
    names = [PAYMENT] if row.outstanding else []
    if state.completed or state.cancelled or state.waived:
        # On one day what is waived comes last, so it cannot be taken back on that day.
        if state.waived != date:
            names.append("reopened")
    else:
        names += ["completed", "rejected" if state.delivered else "delivered"]
        names += ["progress", "cancelled"]
    if state.billed < state.whole:
        # What is earned and not billed comes before all else.
        names.insert(0 if state.earned > state.billed else len(names), "invoiced")
        if (state.billed or state.completed) and not state.waived:
            names.append("waived")
    if row.billed and not next_move(milestone, date):
        names.append("credited")
    return [*names, WRITE_OFF] if row.outstanding else names


def plan(books: Books, asked: Asked, date: datetime.date) -> Plan:
    """Return what is to be written for what was asked.

    Takes the books, the form, and the date to propose. A field that is not in the form has what is
    usual. Texts that cannot be read are told as problems, each in a sentence.
    """
    if asked.action not in ACTIONS:
        return Plan(asked, "", problems=[f"'{asked.action}' cannot be done here"])
    made = Plan(asked, asked.value("client"))
    made.fields["date"] = asked.values.get("date", date.isoformat())
    if asked.action in WHOLE:
        WHOLE[asked.action](books, made)
    elif asked.action in MONEY and not asked.contract:
        MONEY[asked.action](books, made)
    else:
        milestone = _milestone(books, asked)
        if milestone is None:
            return _unknown(asked)
        made.title = _title(milestone)
        if asked.action in MONEY:
            MONEY[asked.action](books, made)
        else:
            plan_event(books, made, milestone, date)
    return made


def _milestone(books: Books, asked: Asked) -> Milestone | None:
    contract = books.register.contracts.get(asked.contract)
    return contract.milestones.get(asked.milestone) if contract else None


def _title(milestone: Milestone) -> str:
    words = milestone.entry.narration or milestone.entry.meta["contract"]
    return f"{words} · {milestone.title_at(datetime.date.max)}"


def _unknown(asked: Asked) -> Plan:
    """What is typed stays: a contract with an error is there again when that is put right."""
    name = f"{asked.contract}/{asked.milestone}"
    names = ("date", *FIELDS.get(asked.action, MONEY_FIELDS))
    typed = {field: asked.value(field) for field in names if field in asked.values}
    accounts = (asked.value("to"),) if "to" in typed else ()
    problem = f"There is no milestone '{name}' in the ledger, or its contract has an error"
    return Plan(asked, "", typed, accounts=accounts, problems=[problem])
