"""What happened: the directives, in which order, and what they do to a milestone."""

import datetime as dt
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Custom, Transaction
from beancount.ops import validation
from beancount.parser import printer
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.errors import position
from beancount_milestones.model import Milestone, State, of_register
from beancount_milestones.reading.retelling import first_refused
from tests.brand import ACCOUNTS, BRAND
from tests.support import Load, Loaded

NOTHING = Fraction(0)
HALF = Fraction(1, 2)
WHOLE = Fraction(1)


def told(load: Load, *lines: str, keys: str = "") -> Milestone:
    """The milestone `mockups` after some directives; each begins with its day of February."""
    ledger = story(load, *lines, keys=keys)
    assert ledger.messages == []
    register = of_register(ledger.options)
    assert register is not None
    return register.contracts["acme-brand"].milestones["mockups"]


def story(load: Load, *lines: str, keys: str = "") -> Loaded:
    text = BRAND.replace("  milestone-mockups", f"{keys}  milestone-mockups")
    for line in lines:
        day, _, event = line.partition(" ")
        text += f'\n2026-02-{day} custom "milestone" "acme-brand" "mockups" {event}'
    return load(ACCOUNTS + text + "\n")


def state(load: Load, *lines: str, keys: str = "") -> State:
    return told(load, *lines, keys=keys).state_at(dt.date.max)


# Events


def test_reopened_takes_back_the_completion_down_to_the_last_progress(load: Load) -> None:
    now = state(load, '01 "progress" 50', '02 "completed"', '03 "reopened"')

    assert (now.earned, now.billed, now.completed) == (HALF, NOTHING, None)


def test_reopened_takes_back_a_cancellation(load: Load) -> None:
    now = state(load, '01 "progress" 50', '02 "cancelled"', '03 "reopened"')

    assert (now.earned, now.whole, now.cancelled) == (HALF, WHOLE, None)


def test_reopened_takes_back_the_completion_of_what_was_cancelled_first(load: Load) -> None:
    events = ('01 "invoiced" 50', '02 "cancelled"', '03 "completed"', '04 "reopened"')
    now = state(load, *events)
    assert (now.earned, now.whole, now.cancelled) == (NOTHING, HALF, dt.date(2026, 2, 2))

    now = state(load, *events, '05 "reopened"')
    assert (now.whole, now.cancelled) == (WHOLE, None)


def test_after_a_cancellation_a_percentage_is_of_what_is_left(load: Load) -> None:
    now = state(load, '01 "progress" 50', '02 "cancelled"', '03 "invoiced" 100')
    assert (now.earned, now.billed) == (HALF, HALF)

    now = state(load, '01 "invoiced" 50', '02 "cancelled"', '03 "credited" 50')
    assert now.billed == Fraction(1, 4)


def test_progress_can_go_down_and_stay(load: Load) -> None:
    milestone = told(load, '01 "progress" 60', '02 "progress" 50', '03 "progress" 50.0')

    assert [step.state.earned for step in milestone.steps] == [Fraction(3, 5), HALF, HALF]


def test_invoiced_without_a_number_bills_what_is_earned_or_all(load: Load) -> None:
    assert state(load, '01 "progress" 50', '02 "invoiced"').billed == HALF
    assert state(load, '01 "invoiced"').billed == 1


def test_invoiced_on_completion_bills_what_progresses_and_never_lowers(load: Load) -> None:
    milestone = told(
        load,
        '01 "progress" 50',
        '02 "progress" 40',
        '03 "completed"',
        keys='  invoiced: "on completion"\n',
    )

    assert [step.state.billed for step in milestone.steps] == [HALF, HALF, 1]


def test_a_credit_note_takes_back_the_newest_invoices(load: Load) -> None:
    milestone = told(
        load,
        '01 "invoiced" 20\n  invoice: "A"',
        '02 "invoiced" 40\n  invoice: TRUE',
        '03 "invoiced" 60\n  invoice: "C"',
        '04 "credited" 30\n  invoice: "CN"',
    )
    step = milestone.steps[-1]

    assert (step.number, step.taken_back) == ("CN", ("C",))
    assert [(i.number, i.low, i.high) for i in step.state.invoices] == [
        ("A", 0, Fraction(1, 5)),
        (None, Fraction(1, 5), Fraction(3, 10)),
    ]


def test_reopened_takes_back_a_waiver_and_what_it_changed(load: Load) -> None:
    events = ('01 "invoiced" 60', '02 "credited" 30', '03 "progress" 10', '04 "waived"')
    waived = state(load, *events)
    assert (waived.whole, waived.earned, waived.credited) == (
        Fraction(3, 10),
        Fraction(1, 10),
        False,
    )

    now = state(load, *events, '05 "reopened"')
    assert (now.whole, now.earned, now.waived) == (WHOLE, Fraction(1, 10), None)


def test_after_a_waiver_a_credit_note_holds_the_books_again(load: Load) -> None:
    events = ('01 "completed"', '02 "invoiced"', '03 "credited" 50', '04 "waived"')
    assert state(load, *events).credited is False

    now = state(load, *events, '05 "reopened"')
    assert (now.earned, now.billed, now.credited) == (WHOLE, HALF, True)


def test_a_waiver_is_taken_back_once(load: Load) -> None:
    events = ('01 "progress" 20', '02 "waived"', '03 "reopened"', '04 "completed"', '05 "reopened"')
    now = state(load, *events)

    assert (now.earned, now.whole, now.waived) == (Fraction(1, 5), WHOLE, None)


def test_reopened_takes_back_what_came_last(load: Load) -> None:
    events = ('01 "invoiced" 50', '02 "waived"', '03 "completed"', '04 "reopened"')
    now = state(load, *events)
    assert (now.whole, now.waived, now.completed) == (HALF, dt.date(2026, 2, 2), None)

    # On one day, the waiver comes after the completion.
    now = state(load, '02 "completed"', '02 "waived"', '03 "reopened"')
    assert (now.whole, now.waived, now.completed) == (WHOLE, None, dt.date(2026, 2, 2))


def test_what_is_reopened_has_to_be_delivered_again(load: Load) -> None:
    now = state(load, '01 "delivered"', '02 "completed"', '03 "reopened"')

    assert (now.delivered, now.completed) == (None, None)


def test_a_credit_note_may_have_a_due_date(load: Load) -> None:
    milestone = told(load, '01 "invoiced"', '02 "credited"\n  due: 2026-02-15')

    assert milestone.steps[-1].due == dt.date(2026, 2, 15)


def test_one_number_may_stand_on_several_directives_of_one_day(load: Load) -> None:
    more = '\n2026-02-03 custom "milestone" "acme-brand" "final" "invoiced"\n  invoice: "2026/042"'
    milestone = told(load, '03 "completed"\n  invoice: "2026/042"' + more)

    assert milestone.steps[-1].number == "2026/042"


def test_due_overrides_the_terms(load: Load) -> None:
    terms = '  terms: "net 30"\n'
    assert told(load, '01 "invoiced"', keys=terms).steps[-1].due == dt.date(2026, 3, 3)

    milestone = told(load, '01 "invoiced"\n  due: 2026-02-15', keys=terms)
    assert milestone.steps[-1].due == dt.date(2026, 2, 15)


def test_a_bill_for_the_whole_contract_gives_its_number_to_what_it_bills(load: Load) -> None:
    whole = '\n2026-02-05 custom "contract" "acme-brand" "completed"\n  invoice: "2026-042"'
    final = '\n2026-02-04 custom "milestone" "acme-brand" "final" "progress" 10'
    milestone = told(load, '01 "invoiced"\n  invoice: "2026-041"' + final + whole)
    step = milestone.steps[-1]

    # It was billed in advance.
    assert (step.event, step.number, step.due) == ("completed", None, None)
    assert [invoice.number for invoice in step.state.invoices] == ["2026-041"]


def test_a_whole_contract_passes_over_what_is_done_and_what_has_no_earned_side(
    load: Load,
) -> None:
    text = """
2026-01-10 * "Acme" "Release"
  contract: "acme-brand"
  retention: Assets:Retention
  milestone-release: "100%"
  Assets:Receivable:Acme  100.00 USD
  Assets:Retention

2026-02-01 custom "milestone" "acme-brand" "mockups" "cancelled"
2026-02-02 custom "contract" "acme-brand" "progress" 40
"""
    ledger = load(ACCOUNTS + BRAND + text)
    register = of_register(ledger.options)

    assert ledger.messages == []
    assert register is not None
    earned = {m.id: m.state_at(dt.date.max).earned for _, m in register.milestones()}
    assert earned == {"mockups": 0, "final": Fraction(2, 5), "release": 0}


def test_one_number_has_one_due_date_the_earliest(load: Load) -> None:
    shop = BRAND.replace("acme-brand", "acme-shop").replace(
        "  milestone-m", '  terms: "net 10"\n  milestone-m'
    )
    billed = "".join(
        f'\n2026-02-01 custom "milestone" "{name}" "mockups" "completed"\n  invoice: "T-1"'
        for name in ("acme-brand", "acme-shop")
    )
    more = '\n2026-02-02 custom "milestone" "acme-brand" "mockups" "credited" 50\n'
    text = BRAND.replace("  milestone-m", '  terms: "net 30"\n  milestone-m')
    ledger = load(ACCOUNTS + text + shop + billed + more)
    register = of_register(ledger.options)

    assert ledger.messages == []
    assert register is not None
    first, second = (
        register.contracts[name].milestones["mockups"] for name in ("acme-brand", "acme-shop")
    )
    due = dt.date(2026, 2, 11)
    assert [first.steps[0].due, second.steps[0].due] == [due, due]
    assert {invoice.due for step in first.steps for invoice in step.state.invoices} == {due}
    assert [e.meta["due"] for e in ledger.transactions if e.meta.get("invoice") == "T-1"] == [
        due,
        due,
    ]


# Lines of a pay application


def line(day: str, number: str, share: str, final: int) -> str:
    """A pay application for both milestones, as text behind another directive."""
    return (
        f'\n2026-02-{day} custom "contract" "acme-brand" "progress"\n  invoice: "{number}"'
        f"\n  milestone-mockups: {share}\n  milestone-final: {final}"
    )


def test_a_line_is_what_is_done_and_what_is_billed(load: Load) -> None:
    now = state(load, '01 "delivered"' + line("02", "PA-1", "100", 5))
    assert (now.earned, now.progress, now.billed, now.completed) == (WHOLE, WHOLE, WHOLE, None)

    now = state(load, '01 "delivered"' + line("02", "PA-1", "40", 5))
    assert (now.earned, now.progress, now.billed) == (Fraction(2, 5),) * 3


def test_a_line_that_is_completed_is_reopened_down_to_it(load: Load) -> None:
    applied = line("02", "PA-1", "40", 5)
    now = state(load, '01 "delivered"' + applied, '03 "completed"', '04 "reopened"')

    assert now.earned == Fraction(2, 5)


def test_a_line_that_repeats_what_is_billed_takes_nothing_back(load: Load) -> None:
    now = state(load, '01 "delivered"' + line("02", "PA-1", "40", 5) + line("03", "PA-2", "40", 9))

    assert (now.billed, now.credited) == (Fraction(2, 5), False)


def test_a_line_can_repeat_that_all_is_completed(load: Load) -> None:
    now = state(load, '01 "completed"' + line("02", "PA-1", "100", 5))
    assert (now.completed, now.billed) == (dt.date(2026, 2, 1), WHOLE)

    [message] = story(load, '01 "completed"' + line("02", "PA-1", "40", 5)).messages
    assert "already completed on 2026-02-01, so it cannot progress" in message


RELEASE = """
2026-01-10 * "Acme" "Release"
  contract: "acme-brand"
  retention: Assets:Retention
  milestone-release: "100%"
  Assets:Receivable:Acme  100.00 USD
  Assets:Retention
"""


def test_a_line_of_what_is_no_work_bills_and_earns_nothing(load: Load) -> None:
    text = RELEASE + line("02", "PA-1", "40", 5).replace("mockups", "release")
    ledger = load(ACCOUNTS + BRAND + text + "\n")
    register = of_register(ledger.options)

    assert ledger.messages == []
    assert register is not None
    now = register.contracts["acme-brand"].milestones["release"].state_at(dt.date.max)
    assert (now.earned, now.progress, now.billed) == (NOTHING, NOTHING, Fraction(2, 5))


@pytest.mark.parametrize("first", [True, False])
def test_a_supplier_may_stand_before_the_invoice_of_the_same_day(load: Load, first: bool) -> None:  # noqa: FBT001
    bought = """
2020-01-01 open Liabilities:Payable
2020-01-01 open Assets:InputVAT
2020-01-01 open Expenses:Subs
2026-01-10 * "Sub" "Part of it"
  contract: "sub"
  milestone-all: "100%"
  Expenses:Subs        100.00 USD
  Assets:InputVAT       20.00 USD
  Liabilities:Payable
2026-01-31 custom "milestone" "sub" "all" "completed"
"""
    ours = '2026-02-01 custom "milestone" "acme-brand" "final" "invoiced"\n  invoice: "INV-1"\n'
    theirs = """
2026-02-01 custom "milestone" "sub" "all" "invoiced"
  invoice: "S-1"
  due: "INV-1"
"""
    ledger = load(ACCOUNTS + BRAND + bought + (ours + theirs if first else theirs + ours))

    assert ledger.messages == []
    # All of it is in the books already: a zero where it is owed says the number.
    [bill] = [e for e in ledger.transactions if e.meta.get("invoice") == "S-1"]
    assert [(p.account, str(p.units)) for p in bill.postings] == [("Liabilities:Payable", "0 USD")]


BOUGHT = """
2020-01-01 open Liabilities:Payable
2020-01-01 open Expenses:Subs
2026-01-10 * "Sub" "Part of it"
  contract: "sub"
  terms: "net 7"
  milestone-all: "50%"
  milestone-less: "50%"
  Expenses:Subs  100.00 USD
  Liabilities:Payable
"""


def test_a_supplier_waits_for_the_invoice_that_a_bill_names(load: Load) -> None:
    bills = """
2026-02-01 custom "milestone" "acme-brand" "final" "invoiced"
  invoice: "INV-1"
2026-02-02 custom "contract" "sub" "progress"
  invoice: "S-1"
  due: "INV-1"
  milestone-all: 50
2026-02-03 custom "contract" "sub" "progress"
  invoice: "S-2"
  due: "INV-1"
  milestone-all: 40
  milestone-less: 50
"""
    ledger = load(ACCOUNTS + BRAND + BOUGHT + bills)
    register = of_register(ledger.options)

    assert ledger.messages == []
    assert register is not None
    steps = register.contracts["sub"].milestones["all"].steps
    assert [(step.number, step.due, step.due_on) for step in steps] == [
        ("S-1", None, "INV-1"),
        ("S-2", None, "INV-1"),
    ]


def waits(load: Load, text: str) -> Loaded:
    """A supplier's bill of 2 February that is due when EXTRA-1 is paid."""
    bill = """
2026-02-02 custom "milestone" "sub" "all" "completed"
  invoice: "S-1"
  due: "EXTRA-1"
"""
    return load(ACCOUNTS + BRAND + BOUGHT + text + bill)


@pytest.mark.parametrize(
    "text",
    [
        '"Acme" "Extra"\n  invoice: "EXTRA-1"\n  Assets:Receivable:Acme  10.00 USD\n',
        '"Acme" "Extra"\n  Assets:Receivable:Acme  10.00 USD\n    invoice: "EXTRA-1"\n',
        '"Acme" "Extra" ^EXTRA-1\n  Assets:Receivable:Acme  10.00 USD\n',
        '"Acme" "" ^acme-brand/final ^acme-brand ^EXTRA-1\n  Assets:Receivable:Acme  10.00 USD\n',
    ],
)
def test_a_supplier_may_wait_for_an_invoice_by_hand(load: Load, text: str) -> None:
    other = """
2026-02-02 custom "milestone" "sub" "less" "completed"
  invoice: "S-2"
  due: "EXTRA-1"
"""
    ledger = waits(load, f"2026-02-02 * {text}  Income:Design\n{other}")

    assert ledger.messages == []
    register = of_register(ledger.options)
    assert register is not None
    (step,) = register.contracts["sub"].milestones["all"].steps
    assert (step.number, step.due, step.due_on) == ("S-1", None, "EXTRA-1")
    # Told again, it happens again: so nothing can complete the milestone once more.
    meta = {"filename": "", "lineno": 1}
    again = Custom(meta, dt.date(2026, 2, 3), "milestone", step.entry.values)
    assert first_refused(register, [again]) is not None


@pytest.mark.parametrize(
    "text",
    [
        # A payment; a second link; a link of the contract itself; on no account of ours.
        '2026-02-02 * "Acme" "Extra" ^EXTRA-1\n  Assets:Receivable:Acme  -10.00 USD\n',
        '2026-02-02 * "Acme" "Extra" ^EXTRA-1 ^AN-1\n  Assets:Receivable:Acme  10.00 USD\n',
        (
            '2026-02-02 * "Acme" "Extra" ^EXTRA-1\n  contract: "acme-brand"\n'
            "  Assets:Receivable:Acme  10.00 USD\n"
        ),
        '2026-02-02 * "Acme" "Extra" ^EXTRA-1\n  Assets:Retention  10.00 USD\n',
    ],
)
def test_what_is_no_invoice_of_ours_by_hand(load: Load, text: str) -> None:
    ledger = waits(load, f"{text}  Income:Design\n")

    assert [message.partition(";")[0] for message in ledger.messages] == [
        "due: no invoice 'EXTRA-1'"
    ]


LATER = """
2026-03-03 * "Acme" "Extra" ^EXTRA-1
  Assets:Receivable:Acme  10.00 USD
  Income:Design
"""
BILLED_LATER = """
2026-03-03 custom "milestone" "acme-brand" "mockups" "completed"
  invoice: "EXTRA-1"
"""


@pytest.mark.parametrize("later", [LATER, BILLED_LATER])
def test_an_invoice_of_ours_may_come_later(load: Load, later: str) -> None:
    """As it does where the work of a supplier is billed on."""
    ledger = waits(load, later)

    assert ledger.messages == []
    register = of_register(ledger.options)
    assert register
    (step,) = register.contracts["sub"].milestones["all"].steps
    assert (step.due, step.due_on) == (None, "EXTRA-1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('  due: "INV-1"\n', ""),
        ("", '  due: "INV-1"\n'),
        ('  due: "INV-1"\n', "  due: 2026-02-03\n"),
        ('  due: "INV-2"\n', '  due: "INV-1"\n'),
    ],
)
def test_a_number_waits_for_an_invoice_as_a_whole(load: Load, one: str, other: str) -> None:
    steps = "".join(
        f'2026-02-02 custom "milestone" "{contract}" "{name}" "completed"\n'
        f'  invoice: "{number}"\n{due}'
        for contract, name, number, due in (
            ("acme-brand", "mockups", "INV-1", ""),
            ("acme-brand", "final", "INV-2", ""),
            ("sub", "all", "S-1", one),
            ("sub", "less", "S-1", other),
        )
    )
    ledger = load(ACCOUNTS + BRAND + BOUGHT + steps)

    assert ledger.messages == []
    register = of_register(ledger.options)
    assert register is not None
    for milestone in register.contracts["sub"].milestones.values():
        (step,) = milestone.steps
        (invoice,) = step.state.invoices
        assert (step.due, step.due_on) == (None, "INV-1")
        assert (invoice.due, invoice.due_on) == (None, "INV-1")


# Acceptance


ACCEPTANCE = "  acceptance: 14\n"


@pytest.mark.parametrize("event", ['"completed"', '"progress" 40', '"rejected"', '"cancelled"'])
def test_what_nobody_refused_is_completed_by_its_acceptance(load: Load, event: str) -> None:
    (message,) = story(load, '01 "delivered"', f"20 {event}", keys=ACCEPTANCE).messages
    assert " completed on 2026-02-15 by 'acceptance', as it was delivered on 2026-02-01" in message

    by_hand = ('01 "delivered"', '03 "completed"', f"20 {event}")
    (message,) = story(load, *by_hand, keys=ACCEPTANCE).messages
    assert "completed on 2026-02-03" in message
    assert "by 'acceptance'" not in message


def test_what_is_completed_twice_for_its_invoice_is_invoiced(load: Load) -> None:
    invoice = '"completed"\n  invoice: "INV-1"'
    (message,) = story(load, '01 "completed"', f"02 {invoice}").messages
    assert "write 'invoiced' instead to bill it, or" in message
    (message,) = story(load, f"01 {invoice}", f"02 {invoice.replace('1', '2')}").messages
    assert "leave this out, or" in message


def test_what_is_reopened_is_no_longer_accepted(load: Load) -> None:
    events = ('01 "delivered"', '20 "reopened"', '21 "completed"')
    assert state(load, *events[:1], keys=ACCEPTANCE).accepted is True
    assert state(load, *events, keys=ACCEPTANCE).accepted is False


def test_a_credit_note_may_have_the_number_of_another_invoice_of_its_day(load: Load) -> None:
    """Then one paper bills one milestone and takes back another."""
    events = ('01 "invoiced"\n  invoice: "INV-1"', '02 "credited"\n  invoice: "INV-2"')
    other = '\n2026-02-02 custom "milestone" "acme-brand" "final" "invoiced"\n  invoice: "INV-2"'
    assert state(load, events[0], events[1] + other).billed == 0

    same = events[1].replace("02", "01", 1).replace("INV-2", "INV-1")
    (message,) = story(load, events[0], same).messages
    assert "'INV-1' is the number of the invoice that is taken back" in message


def test_a_delivery_that_nobody_refuses_counts_as_completed(load: Load) -> None:
    milestone = told(load, '01 "delivered"', keys=ACCEPTANCE)

    assert [(step.date.day, step.event) for step in milestone.steps] == [
        (1, "delivered"),
        (15, "completed"),
    ]


@pytest.mark.parametrize(
    ("events", "days"),
    [
        (['02 "rejected"'], []),
        (['15 "rejected"'], []),
        (['02 "cancelled"'], []),
        (['02 "completed"'], [2]),
        (['02 "completed"', '03 "reopened"'], [2]),
        (['02 "cancelled"', '03 "reopened"'], []),
        (['03 "delivered"'], [17]),
        (['02 "rejected"', '04 "delivered"'], [18]),
        (['02 "progress" 50'], [15]),
        (['20 "reopened"'], [15]),
        (['02 "waived"'], []),
        (['02 "waived"', '03 "reopened"'], [15]),
        (['02 "invoiced" 50', '03 "waived"'], [15]),
    ],
)
def test_unless_something_comes_between(load: Load, events: list[str], days: list[int]) -> None:
    milestone = told(load, '01 "delivered"', *events, keys=ACCEPTANCE)

    assert [step.date.day for step in milestone.steps if step.event == "completed"] == days


def test_a_day_that_the_calendar_does_not_have_is_the_last_one(load: Load) -> None:
    text = (
        BRAND.replace("2026-", "2999-").replace("  milestone-m", '  terms: "net 30"\n  milestone-m')
        + '\n2999-12-31 custom "milestone" "acme-brand" "mockups" "invoiced"\n'
    )
    ledger = load(ACCOUNTS + text)

    assert ledger.messages == []
    assert ledger.transactions[-1].meta["due"] == dt.date(3000, 1, 30)


# Errors of directives


@pytest.mark.parametrize(
    ("event", "errors"),
    [
        ('"compleded"', 1),
        ('"painted"', 1),
        ("100", 1),
        # This was certainly no delivery, so the rejection has none.
        ('"completed" 7', 2),
        ('"completed"\n  invoice: 7', 2),
    ],
)
def test_what_an_unread_directive_may_have_said_is_not_missed(
    load: Load, event: str, errors: int
) -> None:
    ledger = story(load, f"01 {event}", '02 "reopened"', '02 "credited"', '02 "rejected"')

    assert len(ledger.messages) == errors


@pytest.mark.parametrize(
    ("before", "unread", "then"),
    [
        ([], '"delivered" 7', '"rejected"'),
        ([], '"delivered" 7', '"reopened"'),
        ([], '"completed" 7', '"reopened"'),
        ([], '"cancelled" 7', '"reopened"'),
        ([], '"waived" 7', '"reopened"'),
        ([], '"invoiced" "lots"', '"credited"'),
        ([], '"progress" "lots"', '"credited"'),
        ([], '"completed" 7', '"credited"'),
        ([], '"delivered" 7', '"credited"'),
        (['01 "invoiced"'], '"credited" "lots"', '"waived"'),
    ],
)
def test_a_directive_that_needs_an_unread_one_is_not_a_second_error(
    load: Load, before: list[str], unread: str, then: str
) -> None:
    assert len(story(load, *before, f"02 {unread}", f"03 {then}").messages) == 1


@pytest.mark.parametrize(
    ("bills", "way"),
    [([], "or 'waived' for what is not invoiced"), (['02 "invoiced"'], "or 'credited'")],
)
def test_what_to_do_instead_of_cancelling_what_is_completed(
    load: Load, bills: list[str], way: str
) -> None:
    [message] = story(load, '01 "completed"', *bills, '03 "cancelled"').messages

    assert message.endswith(way)


def test_a_later_unread_directive_explains_nothing(load: Load) -> None:
    assert len(story(load, '01 "reopened"', '02 "compleded"').messages) == 2


def test_an_unread_directive_of_another_milestone_explains_nothing(load: Load) -> None:
    other = '\n2026-02-01 custom "milestone" "acme-brand" "final" "compleded"'

    assert len(story(load, '03 "reopened"' + other).messages) == 2


def test_an_unread_directive_of_the_whole_contract_explains_all_of_it(load: Load) -> None:
    whole = '\n2026-02-01 custom "contract" "acme-brand" "compleded"'

    assert len(story(load, '03 "reopened"' + whole).messages) == 1


def test_a_directive_that_is_dropped_is_not_missed_either(load: Load) -> None:
    too_soon = '\n2026-01-01 custom "milestone" "acme-brand" "mockups" "completed"'

    assert len(story(load, '03 "reopened"' + too_soon).messages) == 1


def test_a_directive_whose_line_is_hidden_has_its_error_all_the_same(load: Load) -> None:
    for key in ("lineno", "filename"):
        [error] = story(load, f'01 "completed"\n  {key}: 7').errors
        assert f"'{key}' hides" in error.message
        assert isinstance(error.source["filename"], str)
        assert isinstance(error.source["lineno"], int)


def test_a_position_has_always_the_types_that_beancount_relies_on() -> None:
    assert position(None) == {"filename": "<unknown>", "lineno": 0}
    assert position({"filename": "a", "lineno": True}) == {"filename": "a", "lineno": 0}


# Order


BLOCKS = [
    BRAND,
    BRAND.replace("acme-brand", "acme-shop").replace("Receivable:Acme", "Receivable:Beta"),
    """
2026-02-01 * "Acme" "More"
  contract: "acme-brand"
  acceptance: 0
  milestone-extra: "50%"
  milestone-final: "50%"
  Assets:Receivable:Acme  333.33 USD
  Income:Design
""",
    """
2026-02-01 * "Acme" "Still more"
  contract: "acme-shop"
  milestone-extra: "100%"
  Assets:Receivable:Beta  0.05 USD
  Income:Design
""",
    '2026-02-01 custom "milestone" "acme-brand" "mockups" "completed"\n',
    '2026-02-01 custom "milestone" "acme-brand" "extra" "delivered"\n',
    '2026-02-01 custom "milestone" "acme-brand" "extra" "invoiced"\n  invoice: "2026-1"\n',
    '2026-02-01 custom "milestone" "acme-brand" "mockups" "invoiced"\n  invoice: "2026-1"\n',
    '2026-02-01 custom "milestone" "acme-shop" "extra" "progress" 33\n',
    '2026-02-01 custom "milestone" "acme-shop" "extra" "invoiced"\n',
    '2026-02-01 custom "milestone" "acme-shop" "final" "reopened"\n',
    '2026-02-02 custom "contract" "acme-brand" "completed"\n',
    '2026-02-02 custom "milestone" "acme-brand" "mockups" "credited"\n',
    '2026-02-03 custom "milestone" "acme-shop" "mockup" "completed"\n',
    """
2026-02-04 * "Acme" "Payment"
  contract: "acme-brand"
  Assets:Bank  300.00 USD
  Assets:Receivable:Acme
    milestone: "mockups"
""",
]


def outcome(folder: Path, first: list[str], second: list[str]) -> tuple[list[str], list[str]]:
    """What a ledger of two files becomes: its transactions and its errors, wherever they stand."""
    (folder / "main.beancount").write_text(
        f'{ACCOUNTS}include "more.beancount"\n' + "\n".join(first), encoding="utf-8"
    )
    (folder / "more.beancount").write_text("\n".join(second), encoding="utf-8")
    entries, errors, _ = loader.load_file(str(folder / "main.beancount"))
    transactions = [
        printer.format_entry(entry._replace(postings=sorted(entry.postings)))
        for entry in entries
        if isinstance(entry, Transaction)
    ]
    return sorted(transactions), sorted(error.message for error in errors)


@settings(max_examples=25)
@given(st.permutations(BLOCKS), st.integers(0, len(BLOCKS)))
def test_the_order_of_files_and_lines_does_not_matter(blocks: list[str], split: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        as_written = outcome(Path(folder), BLOCKS, [])
        assert outcome(Path(folder), blocks[:split], blocks[split:]) == as_written
    assert len(as_written[1]) == 2


# Nothing that a user can type gives a traceback


ANYTHING = [
    "",
    '""',
    '" "',
    '"a\nb"',
    '"{{}}"',
    '"100%"',
    '"acme-brand"',
    '"acme-brand/mockups"',
    '"mockups"',
    '"ünïcode % \\" 💥"',
    "TRUE",
    "FALSE",
    "NULL",
    "0",
    "-1",
    "1/3",
    "50",
    "9" * 40,
    "9" * 30 + " * " + "9" * 30,
    "0.00 USD",
    "1/3 USD",
    "-5 ZZZ",
    "2026-02-01",
    "2999-12-31",
    "Assets:Receivable:Acme",
    "Income:Design",
    "USD",
    "#tag",
]
KEYS = [
    *["contract", "terms", "client", "unbilled", "deferred", "retention", "receivable"],
    *["acceptance", "invoiced", "schedule", "starts", "document", "milestone", "milestone-x"],
    *["milestone_x", "milestones", "target", "title", "invoice", "due", "event", "precision"],
    *["filename", "settles", "invoce"],
]
EVENTS = ["delivered", "rejected", "progress", "completed", "reopened", "invoiced", "credited"]

metadata = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(ANYTHING)),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


@st.composite
def ledgers(draw: st.DrawFn) -> str:
    """A ledger with contracts and directives, and anything at all in their metadata."""

    def meta(indent: str = "  ") -> str:
        return "".join(f"{indent}{key}: {value}\n" for key, value in draw(metadata))

    def posting(account: str, *numbers: str) -> str:
        number = draw(st.sampled_from(numbers))
        return f"  {account}  {number}\n" + draw(st.sampled_from(["", meta("    ")]))

    text = ACCOUNTS + "2020-01-01 open Assets:Receivable:New\n" + meta()
    text += "2020-01-01 commodity USD\n" + meta()
    for narration in ("One", "Two"):
        text += f'\n2026-01-10 {draw(st.sampled_from("*!"))} "Acme" "{narration}"\n'
        text += '  contract: "acme-brand"\n  milestone-mockups: "100%"\n' + meta()
        text += posting(
            draw(st.sampled_from(["Assets:Receivable:Acme", "Assets:Receivable:New"])),
            *["100.00 USD", "-100.00 USD", "0 USD", "100 EUR @ 1.1 USD", "100 EUR @@ 7 USD", ""],
            *["1 LAMP {10 USD}", "9" * 12 + " USD", "99.1234567890123 USD"],
        )
        text += posting("Liabilities:VAT", "-20.00 USD", "0 USD", "-20.00 EUR @ 1.1 USD")
        text += posting("Income:Design", "", "-80.00 USD")
    for _ in range(draw(st.integers(0, 5))):
        date = f"2026-02-{draw(st.integers(1, 20)):02}"
        words = ['"acme-brand"', '"mockups"', f'"{draw(st.sampled_from(EVENTS))}"']
        words = draw(
            st.one_of(
                st.just(words),
                st.permutations(words),
                st.lists(st.sampled_from([*words, *ANYTHING[1:-2]]), max_size=4),
            )
        )
        words = [word for word in words if word != "NULL"]
        # Beancount itself cannot stand a directive without values.
        kinds = ["milestone", "contract", "milestones"] if words else ["milestone", "contract"]
        kind = draw(st.sampled_from(kinds))
        text += f'\n{date} custom "{kind}" {" ".join(words)}\n' + meta()
    return text


@settings(max_examples=400)
@given(ledgers())
def test_nothing_that_a_user_can_type_gives_a_traceback(text: str) -> None:
    entries, errors, options = loader.load_string(text)

    for error in errors:
        assert "Traceback" not in error.message
        assert printer.format_error(error)
    assert of_register(options) is not None
    assert not validation.validate_data_types(entries, options)
