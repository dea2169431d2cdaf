"""What has changed since a day, worked out by hand."""

from itertools import pairwise

import pytest

from beancount_milestones.reports import changes
from tests.receivables import ACME, NO_WORK, TWO_BILLS, billed, books, day, ledger, paid
from tests.support import Loaded

TARGETS = ACME.replace("USD One", "USD 2026-02-10 One")


def changed(loaded: Loaded, since: str, date: str) -> list[tuple[str, str, str, str, str, str]]:
    """Date, milestone, change, before, after and amount."""
    return [
        (str(c.date), c.milestone, c.change, c.before, c.after, f"{c.amount:f}")
        for c in changes(books(loaded, date), day(since))
    ]


def test_nothing_changes_without_a_reason() -> None:
    loaded = ledger(ACME, TWO_BILLS)

    assert changed(loaded, "2026-03-05", "2026-03-20") == []
    assert changed(loaded, "2026-03-05", "2026-03-05") == []


def test_what_is_new() -> None:
    proposed = ACME.replace("2026-01-01 *", "2026-01-05 !").replace('"acme"', '"next"')
    loaded = ledger(ACME, proposed)

    assert changed(loaded, "2025-12-31", "2026-01-01") == [
        ("2026-01-01", "one", "new", "", "planned", "1000.00"),
        ("2026-01-01", "two", "new", "", "planned", "2000.00"),
        ("2026-01-01", "three", "new", "", "planned", "3000.00"),
    ]
    assert changed(loaded, "2026-01-01", "2026-01-31")[0] == (
        *("2026-01-05", "one", "new", "", "proposed", "1000.00"),
    )


@pytest.mark.parametrize(
    ("directives", "since", "expected"),
    [
        # Three is 3,000: 40 % are 1,200; then 25 %, so 450 less.
        (["2026-02-02 three delivered"], "2026-02-01", ["delivered planned delivered 3000.00"]),
        (
            ["2026-02-01 three delivered", "2026-02-02 three rejected"],
            "2026-02-01",
            ["rejected delivered planned 3000.00"],
        ),
        (["2026-02-02 three completed"], "2026-02-01", ["completed planned unbilled 3000.00"]),
        (
            ["2026-02-01 three completed", "2026-02-02 three reopened"],
            "2026-02-01",
            ["reopened unbilled planned -3000.00"],
        ),
        (["2026-02-02 three cancelled"], "2026-02-01", ["cancelled planned cancelled -3000.00"]),
        (
            ["2026-02-01 three cancelled", "2026-02-02 three reopened"],
            "2026-02-01",
            ["reopened cancelled planned 3000.00"],
        ),
        (["2026-02-02 three invoiced A"], "2026-02-01", ["invoiced planned outstanding 3000.00"]),
        (
            ["2026-02-01 three invoiced A", "2026-02-02 three credited B"],
            "2026-02-01",
            ["credited outstanding credited -3000.00"],
        ),
        (
            ["2026-02-02 three completed A"],
            "2026-02-01",
            ["completed planned outstanding 3000.00", "invoiced planned outstanding 3000.00"],
        ),
        (["2026-02-02 three waived"], "2026-02-01", ["waived planned completed -3000.00"]),
        (
            ["2026-02-01 three waived", "2026-02-02 three reopened"],
            "2026-02-01",
            ["reopened completed planned 3000.00"],
        ),
        # Came and went.
        (["2026-02-02 three completed", "2026-02-03 three reopened"], "2026-02-01", []),
    ],
)
def test_what_happens_to_a_milestone(
    directives: list[str], since: str, expected: list[str]
) -> None:
    found = changed(ledger(ACME, billed(*directives)), since, "2026-02-28")

    assert [" ".join(change[2:]) for change in found] == expected
    assert {change[:2] for change in found} <= {("2026-02-02", "three")}


def test_progress_is_what_more_is_earned() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "three" "progress" 40\n',
        '2026-02-03 custom "milestone" "acme" "three" "progress" 25\n',
    )

    assert changed(loaded, "2026-01-31", "2026-02-01") == [
        ("2026-02-01", "three", "progress", "planned", "unbilled", "1200.00")
    ]
    assert changed(loaded, "2026-02-01", "2026-02-03") == [
        ("2026-02-03", "three", "progress", "unbilled", "unbilled", "-450.00")
    ]


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        (["progress 40", "completed"], "progress 1200.00, completed 1800.00"),
        (
            ["progress 40", "completed", "reopened", "completed"],
            "progress 1200.00, completed 1800.00, reopened -1800.00, completed 1800.00",
        ),
        (
            ["progress 40", "completed", "waived", "reopened"],
            (
                "progress 1200.00, completed 1800.00, progress -3000.00, waived -3000.00,"
                " progress 3000.00, reopened 3000.00"
            ),
        ),
        (
            ["progress 40", "cancelled", "reopened", "progress 60"],
            "progress 1200.00, cancelled -1800.00, reopened 1800.00, progress 600.00",
        ),
    ],
)
def test_what_is_earned_is_told_once(directives: list[str], expected: str) -> None:
    lines = []
    for number, words in enumerate(directives, 1):
        event, *share = words.split()
        written = [f'2026-02-0{number} custom "milestone" "acme" "three" "{event}"', *share]
        lines.append(f"{' '.join(written)}\n")
    loaded = ledger(ACME, *lines)
    days = [f"2026-02-0{number}" for number in range(1, len(lines) + 2)]
    found = [
        (date, f"{change} {amount}")
        for since, date in pairwise(["2026-01-31", *days])
        for date, _, change, *_, amount in changed(loaded, since, date)
    ]

    assert ", ".join(change for _, change in found) == expected
    assert sorted(date for date, _ in found) == [date for date, _ in found]


def test_a_completion_and_a_cancellation_that_are_both_taken_back() -> None:
    """Billed in advance, half of it kept as done; then all of it is to do again."""
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "three" "invoiced" 50\n',
        billed("2026-02-02 three cancelled", "2026-02-03 three completed"),
        billed("2026-02-04 three reopened", "2026-02-05 three reopened"),
    )

    assert [c[2::3] for c in changed(loaded, "2026-02-03", "2026-02-05")] == [
        ("progress", "-1500.00"),
        ("reopened", "1500.00"),
    ]


def test_a_change_order_changes_the_amount() -> None:
    more = """
        2026-02-05 * "Acme" "More"
          contract: "acme"
          milestone-two: "100%"
          Assets:Receivable  500.00 USD
          Income:Design
    """

    assert changed(ledger(ACME, more), "2026-02-01", "2026-02-28") == [
        ("2026-02-05", "two", "amount", "planned", "planned", "500.00")
    ]


def test_what_became_late() -> None:
    loaded = ledger(TARGETS)

    assert changed(loaded, "2026-02-09", "2026-02-10") == []
    assert changed(loaded, "2026-02-10", "2026-02-28") == [
        ("2026-02-11", "one", "late", "planned", "planned", "1000.00")
    ]
    assert changed(loaded, "2026-02-11", "2026-02-28") == []


def test_what_is_no_work_becomes_late_until_it_is_billed() -> None:
    loaded = ledger(NO_WORK)

    assert "late" in {c[2] for c in changed(loaded, "2026-01-10", "2026-01-12")}
    assert "late" not in {c[2] for c in changed(loaded, "2026-01-10", "2026-01-13")}


def test_what_is_no_work_is_late_again_when_its_bill_is_credited() -> None:
    loaded = ledger(NO_WORK, '2026-01-25 custom "milestone" "deposit" "all" "credited"\n')

    def late(since: str, date: str) -> list[str]:
        return [c[0] for c in changed(loaded, since, date) if c[2] == "late"]

    assert late("2026-01-24", "2026-01-25") == ["2026-01-25"]
    assert late("2026-01-25", "2026-01-26") == []
    assert late("2026-01-13", "2026-01-24") == []


@pytest.mark.parametrize(
    ("later", "since", "expected"),
    [
        # Done in time; late from the day on which it is no more.
        (["2026-02-05 one completed", "2026-03-05 one reopened"], "2026-03-01", "2026-03-05"),
        # Late, done, late again: the last time counts.
        (["2026-03-02 one completed", "2026-03-05 one reopened"], "2026-02-01", "2026-03-05"),
        # Late all the time.
        (["2026-03-02 one delivered", "2026-03-05 one rejected"], "2026-02-01", "2026-02-11"),
    ],
)
def test_late_is_dated_the_first_day_on_which_it_was(
    later: list[str], since: str, expected: str
) -> None:
    found = changed(ledger(TARGETS, billed(*later)), since, "2026-03-20")

    assert [c[0] for c in found if c[2] == "late"] == [expected]


def test_a_proposal_is_never_late() -> None:
    proposed = TARGETS.replace("2026-01-01 *", "2026-01-01 !")

    assert changed(ledger(proposed), "2026-02-01", "2026-03-20") == []


def test_a_new_target_makes_it_late_from_another_day() -> None:
    order = """
        2026-03-01 * "Acme" "Later"
          contract: "acme"
          milestone-one: "100% {target}"
          Assets:Receivable  10.00 USD
          Income:Design
    """

    def late(target: str) -> list[str]:
        found = changed(ledger(TARGETS, order.format(target=target)), "2026-02-01", "2026-03-31")
        return [c[0] for c in found if c[2] == "late"]

    assert late("2026-03-10") == ["2026-03-11"]
    # Past already when it is written: it was late before.
    assert late("2026-02-20") == ["2026-02-11"]
    assert late("2026-04-20") == []


def test_a_milestone_that_is_written_late_is_late_that_day() -> None:
    loaded = ledger(ACME.replace("USD One", "USD 2025-02-10 One"))

    assert [c[:3] for c in changed(loaded, "2025-12-31", "2026-02-28")] == [
        ("2026-01-01", "one", "new"),
        ("2026-01-01", "one", "late"),
        ("2026-01-01", "two", "new"),
        ("2026-01-01", "three", "new"),
    ]


def test_what_became_overdue_is_told_invoice_by_invoice() -> None:
    loaded = ledger(
        ACME,
        """
        2026-02-01 custom "milestone" "acme" "three" "progress" 40
          invoice: "INV-1"
          due: 2026-02-10
        2026-02-02 custom "milestone" "acme" "three" "progress" 60
          invoice: "INV-2"
          due: 2026-02-20
        2026-02-25 custom "milestone" "acme" "three" "progress" 80
          invoice: TRUE
          due: 2026-02-25
        """,
    )
    found = changes(books(loaded, "2026-02-28"), day("2026-02-15"))

    # INV-1 was overdue before; another has no number.
    overdue = [(str(c.date), c.invoice, str(c.amount)) for c in found if c.change == "overdue"]
    assert overdue == [("2026-02-21", "INV-2", "600.00"), ("2026-02-26", "", "600.00")]


def test_what_was_paid_and_what_came_back() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-02", "400.00", "^INV-1"),
        paid("2026-03-03", "600.00", "^INV-1"),
        """
        2026-03-20 * "Acme" "Returned" ^INV-1
          Assets:Receivable  600.00 USD
          Assets:Bank
        """,
    )

    assert changed(loaded, "2026-03-01", "2026-03-19") == [
        ("2026-03-03", "one", "paid", "outstanding", "paid", "1000.00")
    ]
    assert changed(loaded, "2026-03-19", "2026-03-20") == [
        ("2026-03-20", "one", "overdue", "paid", "overdue", "600.00"),
        ("2026-03-20", "one", "unpaid", "paid", "overdue", "-600.00"),
    ]


def test_a_payment_that_settles_something_else_now() -> None:
    # The first pays the oldest; the second names it, and takes its place.
    loaded = ledger(
        ACME,
        TWO_BILLS,
        paid("2026-03-05", "900.00"),
        paid("2026-03-20", "1000.00", "^INV-1"),
    )

    assert changed(loaded, "2026-03-19", "2026-03-25") == [
        ("2026-03-20", "one", "paid", "overdue", "paid", "100.00"),
        # The payment is older: all that is known is that it was not so, and is.
        ("2026-03-25", "two", "paid", "outstanding", "outstanding", "900.00"),
    ]


# 1,000 paid, credited to 400; 600 go back, and are invoiced again.
CREDITED = (
    billed("2026-02-01 one completed INV-1"),
    paid("2026-02-15", "1000.00", "^INV-1"),
    '2026-03-01 custom "milestone" "acme" "one" "credited" 40\n  invoice: "CN-1"\n',
    """
    2026-03-05 * "Acme" "Refund" ^CN-1
      Assets:Receivable  600.00 USD
      Assets:Bank
    """,
    billed("2026-03-20 one invoiced INV-2"),
)


def told(loaded: Loaded, since: str, date: str) -> list[tuple[str, str, str, str]]:
    """Date, change, invoice and amount."""
    return [
        (str(c.date), c.change, c.invoice, f"{c.amount:f}")
        for c in changes(books(loaded, date), day(since))
    ]


def test_what_is_paid_is_dated_the_payment_and_not_what_came_after_it() -> None:
    loaded = ledger(ACME, *CREDITED)

    assert told(loaded, "2026-02-10", "2026-02-28") == [
        ("2026-02-15", "paid", "INV-1", "1000.00"),
    ]
    assert told(loaded, "2026-02-10", "2026-03-10") == [
        ("2026-02-15", "paid", "INV-1", "400.00"),
        ("2026-03-01", "credited", "CN-1", "-600.00"),
    ]
    assert told(loaded, "2026-02-10", "2026-03-31") == [
        ("2026-02-15", "paid", "INV-1, INV-2", "400.00"),
    ]


def test_what_is_unpaid_is_dated_the_credit_note_and_not_what_came_after_it() -> None:
    loaded = ledger(ACME, *CREDITED)

    assert told(loaded, "2026-02-28", "2026-03-10") == [
        ("2026-03-01", "credited", "CN-1", "-600.00"),
        ("2026-03-01", "unpaid", "INV-1", "-600.00"),
    ]
    assert told(loaded, "2026-02-28", "2026-03-31") == [
        ("2026-03-01", "unpaid", "INV-1, INV-2", "-600.00"),
    ]


def test_a_payment_in_advance_pays_on_the_day_of_its_invoice() -> None:
    loaded = ledger(
        ACME,
        paid("2026-02-15", "1000.00", "^acme"),
        billed("2026-03-01 one completed INV-1", "2026-03-10 one reopened"),
        billed("2026-03-12 one completed"),
    )

    assert told(loaded, "2026-02-28", "2026-03-20") == [
        ("2026-03-01", "invoiced", "INV-1", "1000.00"),
        ("2026-03-01", "paid", "INV-1", "1000.00"),
        ("2026-03-12", "completed", "INV-1", "1000.00"),
    ]


def test_what_is_released_is_no_change_order() -> None:
    held = """
        2026-01-01 * "Acme" "Held"
          contract: "acme"
          retention: Assets:Retention
          milestone-held: "100%"
          Assets:Receivable  -100.00 USD
          Assets:Retention
    """
    contract = ACME.replace('"acme"', '"acme"\n  retention: Assets:Retention')
    loaded = ledger(contract, held, billed("2026-02-01 held invoiced", "2026-02-02 held credited"))

    assert [(c[2], c[5]) for c in changed(loaded, "2026-02-01", "2026-02-02")] == [
        ("credited", "100.00")
    ]


def test_a_credit_note_is_told_by_its_own_number() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1", "2026-02-01 two completed"),
        '2026-03-01 custom "milestone" "acme" "one" "credited" 80\n  invoice: "CN-1"\n',
        '2026-03-02 custom "milestone" "acme" "one" "credited" 50\n  invoice: "CN-2"\n',
        '2026-03-03 custom "milestone" "acme" "one" "credited" 10\n  invoice: "CN-3"\n',
        '2026-03-04 custom "milestone" "acme" "one" "credited"\n',
    )

    assert told(loaded, "2026-02-28", "2026-03-01")[0][:3] == ("2026-03-01", "credited", "CN-1")
    assert told(loaded, "2026-03-01", "2026-03-03")[0][:3] == (
        *("2026-03-03", "credited", "CN-2, CN-3"),
    )
    assert told(loaded, "2026-03-03", "2026-03-04")[0][:3] == ("2026-03-04", "credited", "")


def test_a_pay_application_that_credits_a_line_is_told_by_its_number() -> None:
    loaded = ledger(
        ACME,
        *(
            f'2026-0{month}-01 custom "contract" "acme" "progress"\n'
            f'  invoice: "PA-{month}"\n  milestone-one: {one}\n  milestone-two: {two}\n'
            for month, one, two in ((2, 80, 10), (3, 60, 40), (4, 60, 50))
        ),
        '2026-04-02 custom "milestone" "acme" "one" "delivered"\n',
    )

    found = changes(books(loaded, "2026-04-10"), day("2026-02-10"))
    assert [(str(c.date), c.invoice) for c in found if c.change == "credited"] == [
        ("2026-03-01", "PA-3")
    ]
