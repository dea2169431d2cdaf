"""What a careful bookkeeper looks at, worked out by hand."""

from dataclasses import replace

import pytest
from beancount import loader

from beancount_milestones.reports import Scope, check, status
from tests.receivables import (
    ACME,
    BOLT,
    HEAD,
    NO_WORK,
    TWO_BILLS,
    billed,
    books,
    ledger,
    paid,
    turned,
)
from tests.support import Loaded


def found(loaded: Loaded, date: str, days: int = 30) -> list[tuple[str, str, str, str]]:
    """Kind, date, milestone and message."""
    return [(f.kind, str(f.date), f.milestone, f.message) for f in check(books(loaded, date), days)]


def test_books_in_order() -> None:
    assert found(ledger(ACME, TWO_BILLS), "2026-03-03") == []


def test_a_finding_says_where() -> None:
    (finding,) = check(books(ledger(ACME, TWO_BILLS), "2026-03-04"))

    assert (finding.kind, finding.contract, finding.client) == ("overdue", "acme", "Acme")
    assert finding.file.startswith("<")
    # The line of the directive: 16 of accounts, 9 of the contract, and one of its own.
    assert finding.line > 20


def test_late_and_proposals_past_their_target() -> None:
    contract = ACME.replace("USD One", "USD 2026-02-10 One")
    proposed = contract.replace("2026-01-01 *", "2026-01-05 !").replace('"acme"', '"next"')
    loaded = ledger(contract, proposed)

    assert found(loaded, "2026-02-10") == []
    assert found(loaded, "2026-02-11") == [
        (
            *("late", "2026-02-10", "one"),
            "neither completed nor cancelled, 1 day past its target of 2026-02-10",
        ),
        (
            *("proposal", "2026-02-10", "one"),
            "proposed and not agreed, 1 day past its target of 2026-02-10",
        ),
    ]


def test_what_is_no_work_is_late_until_it_is_billed() -> None:
    loaded = ledger(NO_WORK)

    assert "late" in {kind for kind, *_ in found(loaded, "2026-01-12")}
    assert "late" not in {kind for kind, *_ in found(loaded, "2026-01-13")}
    # The same in the column: there is one definition.
    assert status(books(loaded, "2026-01-12"))[0].late
    assert not status(books(loaded, "2026-01-13"))[0].late


def test_a_milestone_on_two_accounts_is_late_once() -> None:
    split = """
        2026-01-01 * "Acme" "Two"
          contract: "two"
          milestone-all: "100% 2026-02-01"
          Assets:Receivable        100.00 USD
          Assets:Receivable:Grant  100.00 USD
          Income:Design
    """

    assert [kind for kind, *_ in found(ledger(split), "2026-02-28")] == ["late"]


def test_overdue() -> None:
    fee = """
        2026-02-10 * "Acme" "Courier"
          Assets:Receivable  1,020.00 USD
          Income:Fees
    """
    loaded = ledger(ACME, TWO_BILLS, fee, paid("2026-03-01", "250.00", "^INV-1"))

    assert found(loaded, "2026-03-05") == [
        (
            *("overdue", "2026-02-10", ""),
            "an invoice without a number: 1,020.00 USD overdue for 23 days",
        ),
        ("overdue", "2026-03-03", "one", "invoice INV-1: 750.00 USD overdue for 2 days"),
    ]  # fmt: skip


def test_an_overdue_invoice_says_that_it_was_reminded_of() -> None:
    sent = '2026-03-04 custom "reminder" "INV-1" 2\n'
    loaded = ledger(ACME, TWO_BILLS, sent)

    assert [message for *_, message in found(loaded, "2026-03-05")] == [
        "invoice INV-1: 1,000.00 USD overdue for 2 days, reminded (level 2)"
    ]


def test_unbilled_for_too_long() -> None:
    loaded = ledger(ACME, '2026-02-01 custom "milestone" "acme" "two" "progress" 25\n')
    message = "500.00 USD earned and not invoiced for 31 days"

    assert found(loaded, "2026-03-03") == []
    assert found(loaded, "2026-03-04") == [("unbilled", "2026-02-01", "two", message)]
    assert found(loaded, "2026-02-02", 0)[0][0] == "unbilled"


def numbered(*numbers: str) -> Loaded:
    """A contract with an invoice a day, from 2026-02-01."""
    shares = "".join(
        f'  milestone-m{index}: "{100 if number else 1}.00 USD"\n'
        for index, number in enumerate(numbers)
    )
    contract = (
        '2026-01-01 * "Acme" "Many"\n  contract: "many"\n'
        f"{shares}  Assets:Receivable  {100 * len(numbers)}.00 USD\n  Income:Design\n"
    )
    invoices = "".join(
        f'2026-02-{index + 1:02} custom "milestone" "many" "m{index}" "invoiced"\n'
        f'  invoice: "{number}"\n'
        for index, number in enumerate(numbers)
    )
    return ledger(contract, invoices)


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ("INV-1 INV-2 INV-3", ""),
        ("INV-1 INV-3", "INV-2 is missing between INV-1 and INV-3"),
        ("INV-9 INV-11", "INV-10 is missing between INV-9 and INV-11"),
        ("INV-2025-006 INV-2025-008", "INV-2025-007 is missing between"),
        ("INV-2025-006 INV-2026-001", ""),
        ("2025006 2026001 2026003", "2026002 is missing between 2026001 and 2026003"),
        ("A-099 A-101", "A-100 is missing between A-099 and A-101"),
        ("1 2 3 4 7", "5, 6 are missing between 4 and 7"),
        # Not counted one by one: by day, or with two ways to write them.
        ("20260105 20260302", ""),
        ("A-001 A-03 A-3", ""),
        ("A-001 A-3", ""),
        # The digits that run need not be the last ones.
        ("A1x A3x", "A2x is missing between A1x and A3x"),
        ("R-0002-2026 R-0004-2026", "R-0003-2026 is missing between R-0002-2026 and R-0004-2026"),
        ("0007/26 0009/26", "0008/26 is missing between 0007/26 and 0009/26"),
        ("0007/25 0001/26", ""),
        # One that is written otherwise is there, by its number.
        (
            "INV-001 INV-002 INV-004 INV-5",
            "INV-003 is missing between INV-002 and INV-004",
        ),
        ("INV-001 INV-002 INV-003 INV-0005", "INV-004 is missing between INV-003 and INV-0005"),
        ("7 8 9 010 12", "11 is missing between 010 and 12"),
        ("A-001 A-002 A-3 A-003 A-004", ""),
        # Without digits.
        ("one three", ""),
    ],
)
def test_gaps_in_invoice_numbers(numbers: str, missing: str) -> None:
    messages = [m for kind, _, _, m in found(numbered(*numbers.split()), "2026-02-28")
                if kind == "number"]  # fmt: skip

    assert len(messages) == bool(missing)
    assert all(message.startswith(missing) for message in messages)


def test_a_gap_is_found_where_the_next_number_is() -> None:
    loaded = numbered("A-1", "A-2", "A-4")

    assert found(loaded, "2026-02-02") == []
    assert found(loaded, "2026-02-03") == [
        ("number", "2026-02-03", "m2", "A-3 is missing between A-2 and A-4")
    ]


@pytest.mark.parametrize("where", ["^A-2", '#x\n  invoice: "A-2"'])
def test_a_number_that_stands_anywhere_is_not_missing(where: str) -> None:
    by_hand = f"""
2026-02-02 * "Acme" "By hand" {where}
  Assets:Bank  1.00 USD
  Income:Fees
"""
    loaded = ledger(
        ACME, by_hand, billed("2026-02-01 one invoiced A-1", "2026-02-03 two invoiced A-3")
    )

    assert found(loaded, "2026-02-01") == []
    assert found(loaded, "2026-02-03") == []


def test_every_gap_of_a_series_with_odd_zeros() -> None:
    loaded = numbered("INV-001", "INV-002", "INV-004", "INV-5", "INV-0007")

    assert kinds(loaded, "2026-02-28", "number") == [
        "INV-003 is missing between INV-002 and INV-004",
        "INV-006 is missing between INV-5 and INV-0007",
    ]


def test_a_number_that_stands_elsewhere_with_other_zeros_is_not_missing() -> None:
    by_hand = '2026-02-01 * "By hand" ^A-2\n  Assets:Bank  1.00 USD\n  Income:Fees\n'
    loaded = ledger(
        ACME, by_hand, billed("2026-02-01 one invoiced A-001", "2026-02-03 two invoiced A-003")
    )

    assert kinds(loaded, "2026-02-03", "number") == []


def by_hand(date: str, said: str, payee: str = "Bolt") -> str:
    """An invoice of 50 without a contract."""
    return f'{date} * "{payee}" "Hosting" {said}\n  Assets:Receivable  50.00 USD\n  Income:Design\n'


SUPPLIER = """
2026-01-01 * "Vera" "Piles"
  contract: "vera"
  milestone-one: "30%"
  milestone-two: "rest"
  Expenses:CardFees  1,000.00 USD
  Liabilities:Deferred
2026-02-01 custom "milestone" "vera" "one" "completed"
  invoice: "VE-17"
2026-02-02 custom "milestone" "vera" "two" "completed"
  invoice: "VE-19"
"""


def test_suppliers_number_as_they_please() -> None:
    assert kinds(ledger(SUPPLIER), "2026-02-28", "number") == []
    # Nor are theirs a part of ours, with the same prefix.
    ours = billed("2026-02-01 one completed VE-15", "2026-02-02 two completed VE-16")
    assert kinds(ledger(ACME, SUPPLIER, ours), "2026-02-28", "number") == []
    # Nor do they run backwards.
    later = SUPPLIER.replace("VE-17", "VE-20")
    assert kinds(ledger(later), "2026-02-28", "number") == []


@pytest.mark.parametrize("said", ["^INV-3", '#x\n  invoice: "INV-3"'])
def test_gaps_around_an_invoice_by_hand(said: str) -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed INV-1"), by_hand("2026-02-05", said))
    (row,) = [f for f in check(books(loaded, "2026-02-05")) if f.kind == "number"]

    assert row.message == "INV-2 is missing between INV-1 and INV-3"
    assert (str(row.date), row.contract, row.client) == ("2026-02-05", "", "Bolt")
    assert kinds(loaded, "2026-02-04", "number") == []
    # Whose it is, and that it is of no contract.
    for scope, count in (
        (Scope(client="bolt"), 1),
        (Scope(client="acme"), 0),
        (Scope(contract="acme"), 0),
    ):
        asked = replace(books(loaded, "2026-02-05"), scope=scope)
        assert [f.kind for f in check(asked) if f.kind == "number"] == ["number"] * count


def test_a_link_is_a_number_only_where_it_looks_like_one() -> None:
    """A debit may be linked to anything."""
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        by_hand("2026-02-02", "^trip-1"),
        by_hand("2026-02-03", "^trip-3"),
    )

    assert kinds(loaded, "2026-02-28", "number") == []


def test_what_goes_back_is_no_invoice() -> None:
    back = """
        2026-02-05 * "Bank" "Returned" ^INV-3
          Assets:Receivable  10.00 USD
          Assets:Bank
    """
    loaded = ledger(ACME, billed("2026-02-01 one completed INV-1"), back)

    assert kinds(loaded, "2026-02-28", "number") == []


def test_the_same_number_on_several_milestones_counts_once() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one invoiced A-1", "2026-02-01 two invoiced A-1"),
        billed("2026-02-03 three invoiced A-3"),
    )

    assert [m for *_, m in found(loaded, "2026-02-03")] == ["A-2 is missing between A-1 and A-3"]


LESS = """
2026-01-03 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -250.00 USD
  Liabilities:VAT      50.00 USD
  Income:Design
"""


def test_credits_that_settle_nothing() -> None:
    loaded = ledger(
        ACME, LESS, billed("2026-02-01 less completed"), paid("2026-02-03", "40.00", "^nothing")
    )
    messages = {
        "credit note of 250.00 USD on Assets:Receivable: 250.00 USD is unapplied",
        "payment of 40.00 USD on Assets:Receivable: 40.00 USD is unapplied",
    }

    rows = [row for row in found(loaded, "2026-02-04") if row[0] == "unapplied"]
    assert {row[3] for row in rows} == messages
    assert [row[1:3] for row in rows] == [("2026-02-01", "less"), ("2026-02-03", "")]


HELD = """
2026-01-10 * "Acme" "House"
  contract: "house"
  retention: Assets:Retention
  milestone-shell: "50%"
  milestone-roof: "50%"
  Assets:Receivable   9,000.00 USD
  Assets:Retention    1,000.00 USD
  Income:Design
2026-02-01 custom "milestone" "house" "shell" "completed"
"""
HOUSE = f"""{HELD}
2026-01-10 * "Acme" "House"
  contract: "house"
  milestone-release: "100%"
  Assets:Receivable   1,000.00 USD
  Assets:Retention
2026-02-02 custom "milestone" "house" "release" "invoiced"
2026-02-03 custom "milestone" "house" "roof" "completed"
"""


def test_what_was_withheld_before_these_books_may_be_released() -> None:
    before = """
2026-01-02 * "Acme" "Opening"
  Assets:Retention   1,000.00 USD
  Equity:Opening-Balances
"""
    release = RELEASE.replace("contract:", "retention: Assets:Retention\n  contract:")

    assert found(ledger(before, release), "2026-01-15") == []


RELEASE = """
2026-01-10 * "Acme" "House"
  contract: "house"
  milestone-release: "100%"
  Assets:Receivable   1,000.00 USD
  Assets:Retention
"""


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("", True),
        ('2026-02-11 custom "milestone" "house" "release" "cancelled"', False),
        (RELEASE.replace("01-10", "02-11").replace("1,000", "-500"), False),
    ],
)
@pytest.mark.parametrize("end", ["cancelled", "waived"])
def test_more_retention_to_be_released_than_will_be_withheld(
    more: str, end: str, *, left: bool
) -> None:
    """Half of the house is built, with 500 held back; the other half never will be."""
    ended = f'2026-02-10 custom "contract" "house" "{end}"\n'
    loaded = ledger(HELD + RELEASE + ended + more)

    def about(date: str) -> list[tuple[str, str, str, str]]:
        return [one for one in found(loaded, date) if one[0] == "retention"]

    assert about("2026-02-09") == []
    what = (
        "500.00 USD more is to be released from Assets:Retention than will be withheld; lower it"
        " by a change order, or cancel it"
    )
    assert about("2026-02-11") == [("retention", "2026-02-10", "release", what)] * left


def test_more_retention_released_than_withheld() -> None:
    loaded = ledger(HOUSE)

    # 500 withheld and 1,000 released, until the roof is done.
    assert found(loaded, "2026-02-01") == []
    assert found(loaded, "2026-02-02") == [
        (
            *("retention", "2026-02-02", "release"),
            "500.00 USD more is released from Assets:Retention than was withheld",
        )
    ]
    assert found(loaded, "2026-02-03") == []


def test_the_retention_of_a_client_is_one_however_the_name_is_written() -> None:
    end = """
        2026-01-10 * "ACME" "Release"
          contract: "end"
          retention: Assets:Retention
          milestone-release: "100%"
          Assets:Receivable   500.00 USD
          Assets:Retention
        2026-02-02 custom "milestone" "end" "release" "invoiced"
    """

    # 500 withheld and as much released: all of it, if that is one client.
    assert found(ledger(HELD, end), "2026-02-02") == []
    strange = found(ledger(HELD, end.replace("ACME", "Bolt")), "2026-02-02")
    assert [row[0] for row in strange] == ["retention"]


def test_what_we_hold_back_is_a_liability() -> None:
    buying = (
        HOUSE.replace("Assets:Retention ", "Liabilities:Deferred ")
        .replace("retention: Assets:Retention", "retention: Liabilities:Deferred")
        .replace("  Assets:Retention\n", "  Liabilities:Deferred\n")
        .replace("Assets:Receivable ", "Liabilities:VAT ")
        .replace("9,000.00", "-9,000.00")
        .replace(" 1,000.00", " -1,000.00")
        .replace("Income:Design", "Expenses:CardFees")
    )

    assert [f[0] for f in found(ledger(buying), "2026-02-01")] == []
    assert [f[0] for f in found(ledger(buying), "2026-02-02")] == ["retention"]


DEPOSIT = """
2026-01-10 * "Acme" "Deposit"
  contract: "logo"
  milestone-deposit: "100%"
  Assets:Receivable     3,600.00 USD
  Liabilities:VAT        -600.00 USD
  Liabilities:Deferred  -3,000.00 USD
2026-01-10 * "Acme" "Logo"
  contract: "logo"
  milestone-draft: "50%"
  milestone-final: "50%"
  Assets:Receivable     8,400.00 USD
  Liabilities:Deferred  3,000.00 USD
  Liabilities:VAT      -1,400.00 USD
  Income:Design
2026-01-11 custom "milestone" "logo" "deposit" "invoiced"
2026-02-01 custom "milestone" "logo" "draft" "completed"
"""


def test_a_deposit_that_nothing_is_to_draw_on() -> None:
    rest = DEPOSIT + '2026-02-02 custom "milestone" "logo" "final" "cancelled"\n'
    used = DEPOSIT + '2026-02-02 custom "milestone" "logo" "final" "completed"\n'

    # Half of it is drawn; the other half is left when the rest falls away.
    assert found(ledger(rest), "2026-02-01") == []
    assert found(ledger(rest), "2026-02-02") == [
        (
            *("deposit", "2026-02-02", "final"),
            (
                "1,500.00 USD of the deposit on Liabilities:Deferred is left, and nothing draws on"
                " it any more"
            ),
        )
    ]
    assert found(ledger(used), "2026-02-02") == []


def test_a_deposit_that_is_drawn_again() -> None:
    credited = DEPOSIT + (
        '2026-02-02 custom "milestone" "logo" "final" "completed"\n'
        '2026-02-03 custom "milestone" "logo" "final" "invoiced"\n'
        '2026-02-04 custom "milestone" "logo" "final" "credited" 50\n'
    )
    bridged = credited.replace('"logo"\n', '"logo"\n  unbilled: Assets:Unbilled\n', 1)
    waived = credited + '2026-02-04 custom "milestone" "logo" "final" "waived"\n'

    # What is credited is billed again, and draws the rest then; what is waived as well is not.
    assert found(ledger(credited), "2026-02-04") == []
    assert "deposit" not in [f[0] for f in found(ledger(bridged), "2026-02-04")]
    assert [f[:3] for f in found(ledger(waived), "2026-02-04")] == [
        ("deposit", "2026-02-04", "final")
    ]


def test_the_tax_of_a_reduction_is_no_deposit() -> None:
    loaded = ledger(ACME, LESS, billed("2026-02-01 less completed", "2026-02-01 two completed"))

    assert found(loaded, "2026-02-01") == []


def kinds(loaded: Loaded, date: str, kind: str) -> list[str]:
    """The messages of one kind."""
    return [found.message for found in check(books(loaded, date)) if found.kind == kind]


# ---------------------------------------------------------------- payments


def test_what_the_client_has_unapplied_is_matched_not_chased() -> None:
    """1,200 unapplied cover INV-1 of 1,000; the 200 left do not cover INV-2 of 2,000."""
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1200.00", "^INV-9"))
    rows = [row for row in found(loaded, "2026-04-01") if row[0] in {"overdue", "match"}]

    assert rows == [
        ("overdue", "2026-03-31", "two", "invoice INV-2: 2,000.00 USD overdue for 1 day"),
        (
            *("match", "2026-03-03", "one"),
            (
                "invoice INV-1: 1,000.00 USD overdue for 29 days, but 1,200.00 USD of the client"
                " is unapplied: match it"
            ),
        ),
    ]


def test_a_number_that_is_nearly_one_of_ours() -> None:
    loaded = ledger(
        ACME, billed("2026-02-01 one completed INV-101"), paid("2026-02-05", "1000.00", "^INV-110")
    )

    assert kinds(loaded, "2026-02-05", "unapplied") == [
        ("payment of 1,000.00 USD on Assets:Receivable: 1,000.00 USD is unapplied;"
        " no invoice 'INV-110'; did you mean 'INV-101'?")
    ]  # fmt: skip


def test_a_number_that_is_nearly_that_of_an_invoice_by_hand() -> None:
    hand = by_hand("2026-02-02", '#x\n  invoice: "INV-3"')
    loaded = ledger(ACME, hand, paid("2026-02-05", "50.00", "^INV-33", payee="Bolt"))

    assert kinds(loaded, "2026-02-05", "unapplied") == [
        (
            "payment of 50.00 USD on Assets:Receivable: 50.00 USD is unapplied;"
            " no invoice 'INV-33'; did you mean 'INV-3'?"
        )
    ]


def test_the_nearest_number_is_of_the_same_side() -> None:
    ours = billed("2026-02-01 one completed VE-11")
    mine = """
        2026-02-05 * "Vera" "Paid" ^VE-18
          Liabilities:Deferred  1.00 USD
          Assets:Bank
    """
    for text, near in ((mine, "VE-19"), (paid("2026-02-05", "1.00", "^VE-18"), "VE-11")):
        (message,) = kinds(ledger(ACME, SUPPLIER, ours, text), "2026-02-05", "unapplied")
        assert message.endswith(f"no invoice 'VE-18'; did you mean '{near}'?")


ASTRAY = """
2026-02-05 * "Bolt" "Paid" {said}
  Assets:Bank  50.00 USD
  Income:Design
    why: "cash"
"""


def test_a_payment_of_an_invoice_by_hand_that_is_booked_to_income() -> None:
    hand = by_hand("2026-02-02", '#x\n  invoice: "INV-3"')
    loaded = ledger(ACME, hand, ASTRAY.format(said="^INV-3"))
    (row,) = [f for f in check(books(loaded, "2026-02-05")) if f.kind == "income"]

    assert (row.contract, row.milestone, row.client) == ("", "", "Bolt")
    assert row.message == (
        "a payment of INV-3 is booked to Income:Design: credit Assets:Receivable instead, or the"
        " invoice is never paid"
    )


@pytest.mark.parametrize(
    "astray",
    [
        ASTRAY.format(said='#x\n  settles: " INV-1"'),
        ASTRAY.format(said="").replace('why: "cash"', 'settles: "INV-1"'),
        # With an event of its own, which is none of ours.
        ASTRAY.format(said='^INV-1\n  event: "Fair"'),
    ],
)
def test_a_payment_that_is_booked_to_income_and_says_otherwise_what_it_pays(astray: str) -> None:
    assert len(kinds(ledger(ACME, TWO_BILLS, astray), "2026-02-05", "income")) == 1


def test_money_of_a_supplier_is_no_payment_of_an_invoice() -> None:
    loaded = ledger(ACME, SUPPLIER, ASTRAY.format(said="^VE-17"))

    assert kinds(loaded, "2026-02-05", "income") == []


def test_a_milestone_that_is_paid_at_once_is_no_payment_astray() -> None:
    cash = ACME.replace("Assets:Receivable", "Assets:Bank").replace('"acme"', '"cash"')
    done = '2026-02-01 custom "milestone" "cash" "one" "completed"\n  invoice: "INV-9"\n'

    assert kinds(ledger(cash, done), "2026-02-05", "income") == []


def test_a_payment_that_is_booked_to_income() -> None:
    astray = """
    2026-02-05 * "Acme" "Paid" ^INV-1
      Assets:Bank  1,000.00 USD
      Income:Design
    """
    loaded = ledger(ACME, TWO_BILLS, astray)
    (row,) = [f for f in check(books(loaded, "2026-02-05")) if f.kind == "income"]

    assert (row.contract, row.milestone, row.client) == ("acme", "one", "Acme")
    assert row.message == (
        "a payment of INV-1 is booked to Income:Design: credit Assets:Receivable instead, or the"
        " invoice is never paid"
    )
    assert kinds(loaded, "2026-02-04", "income") == []
    other = replace(books(ledger(ACME, BOLT, TWO_BILLS, astray), "2026-02-05"),
                    scope=Scope(client="bolt"))  # fmt: skip
    assert check(other) == []


@pytest.mark.parametrize(
    "entry",
    [
        # No money, no income, no number of ours, and one that is right.
        '"Accrued" ^INV-1\n  Assets:Unbilled  10.00 USD\n  Equity:Opening-Balances',
        '"Between" ^INV-1\n  Assets:Bank  10.00 USD\n  Assets:Unbilled',
        '"Other" ^X-1\n  Assets:Bank  10.00 USD\n  Income:Fees',
        '"No link"\n  Assets:Bank  10.00 USD\n  Income:Fees',
        '"Right" ^INV-1\n  Assets:Bank  10.00 USD\n  Assets:Receivable',
        '"Cost" ^INV-1\n  Expenses:CardFees  10.00 USD\n  Income:Fees',
    ],
)
def test_what_is_no_payment_booked_to_income(entry: str) -> None:
    loaded = ledger(ACME, TWO_BILLS, f'2026-02-05 * "Acme" {entry}\n')

    assert kinds(loaded, "2026-02-05", "income") == []


def test_a_receivable_account_that_pays_strangers() -> None:
    """Somebody has given their bank account as the receivable one."""

    def spent(payee: str, date: str) -> str:
        return f'{date} * {payee}"Paper"\n  Expenses:CardFees  10.00 USD\n  Assets:Receivable\n'

    shop, own, nobody = (
        spent(*args)
        for args in (('"Shop" ', "2026-02-03"), ('"Acme" ', "2026-02-02"), ("", "2026-02-01"))
    )
    message = (
        "Assets:Receivable is a receivable account, and pays expenses to 'Shop': is this a bank"
        " account?"
    )

    assert kinds(ledger(ACME, shop, own, nobody), "2026-02-28", "account") == [message]
    again = spent('"Shop" ', "2026-02-04")
    assert kinds(ledger(ACME, shop, again), "2026-02-28", "account") == [message]
    # What a client does not pay is written off.
    assert kinds(ledger(ACME, own, nobody), "2026-02-28", "account") == []
    # Nor does a supplier that nobody knows pay for anything of ours, whatever it waives.
    bought = ledger(*(turned(part, "buy") for part in (ACME, shop)), head=turned(HEAD, "buy"))
    assert kinds(bought, "2026-02-28", "account") == []


# ---------------------------------------------------------------- numbers and due dates


def test_numbers_whose_dates_run_backwards() -> None:
    loaded = numbered("A-2", "A-1", "A-3")

    assert found(loaded, "2026-02-28") == [
        (
            *("number", "2026-02-01", "m0"),
            "A-2 of 2026-02-01 is dated before A-1 of 2026-02-02",
        )
    ]
    other = replace(books(loaded, "2026-02-28"), scope=Scope(client="nobody"))
    assert check(other) == []


def test_a_number_with_two_due_dates() -> None:
    one = billed("2026-02-01 one completed INV-1") + "  due: 2026-02-20\n"
    two = billed("2026-02-01 two completed INV-1") + "  due: 2026-03-10\n"
    loaded = ledger(ACME, one, two)

    assert found(loaded, "2026-02-01") == [
        (
            *("due", "2026-02-01", "two"),
            "INV-1 has different due dates, 2026-02-20, 2026-03-10: the earliest counts",
        )
    ]
    assert found(ledger(ACME, one), "2026-02-01") == []


@pytest.mark.parametrize(
    ("due", "message"),
    [
        ("", []),
        ('  due: "INV-1"\n', []),
        (
            "  due: 2026-03-10\n",
            ["S-1 has different due dates, 2026-03-10, INV-1: it waits for INV-1"],
        ),
    ],
)
def test_a_number_that_waits_and_has_a_due_date(due: str, message: list[str]) -> None:
    opens = "2020-01-01 open Liabilities:Receivable\n2020-01-01 open Expenses:Design\n"
    bought = turned(ACME.replace('"acme"', '"bought"').replace(" ^brand-2026", ""), "buy")
    steps = billed("2026-02-01 one completed S-1") + '  due: "INV-1"\n'
    steps += billed("2026-02-01 two completed S-1") + due
    ours = billed("2026-02-01 one completed INV-1")
    loaded = ledger(ACME, ours, opens, bought, steps.replace('"acme"', '"bought"'))

    assert kinds(loaded, "2026-02-01", "due") == message


# ---------------------------------------------------------------- papers and plugins


SUB = """
2026-01-01 * "Sub" "Piles"
  contract: "sub"
  requires: "waiver"
  milestone-one: "30%"
  milestone-two: "rest"
  Expenses:CardFees  1,000.00 USD
  Liabilities:VAT
2026-02-01 custom "milestone" "sub" "one" "completed"
  invoice: "S-1"
2026-02-02 custom "milestone" "sub" "two" "progress" 50
"""


def test_an_invoice_of_a_supplier_without_its_waiver() -> None:
    assert kinds(ledger(SUB), "2026-02-02", "waiver") == [
        'S-1 came without its waiver: add it as document: "..."'
    ]
    there = SUB.replace('"S-1"\n', '"S-1"\n  document: "waiver.pdf"\n')
    assert kinds(ledger(there), "2026-02-02", "waiver") == []
    # A contract that asks for nothing.
    assert kinds(ledger(SUB.replace('  requires: "waiver"\n', "")), "2026-02-02", "waiver") == []
    unnamed = '2026-02-03 custom "milestone" "sub" "two" "invoiced"\n'
    assert kinds(ledger(SUB, unnamed), "2026-02-03", "waiver")[1:] == [
        'this invoice came without its waiver: add it as document: "..."'
    ]


ABROAD = """
2026-01-01 * "Acme" "Abroad"
  contract: "acme"
  milestone-one: "100%"
  Assets:Receivable  100.00 EUR @ 1.10 USD
  Income:Design
2026-02-01 custom "milestone" "acme" "one" "completed"
"""
PRICES = 'plugin "beancount.plugins.implicit_prices"\n'


def test_a_plugin_that_makes_prices_of_contracts() -> None:
    message = (
        'plugin "beancount.plugins.implicit_prices" takes the price of this contract for the price'
        ' of later days: move its line before plugin "beancount_milestones"'
    )

    assert kinds(ledger(ABROAD, PRICES), "2026-02-01", "plugins") == [message]
    # Before ours; and without prices.
    before = Loaded(*loader.load_string(PRICES + HEAD + ABROAD))
    assert kinds(before, "2026-02-01", "plugins") == []
    assert kinds(ledger(ACME, TWO_BILLS, PRICES), "2026-02-01", "plugins") == []


# ---------------------------------------------------------------- by hand


def hand(
    date: str,
    *keys: str,
    payee: str = "Acme",
    account: str = "Assets:Receivable",
    beside: str = "Income:Design",
    amount: str = "50.00",
) -> str:
    """A transaction by hand with metadata; 50 are owed on the account of Acme and Bolt."""
    lines = [f'{date} * "{payee}" "By hand"', *(f"  {key}" for key in keys)]
    return "\n".join([*lines, f"  {account}  {amount} USD", f"  {beside}"]) + "\n"


def said(loaded: Loaded, date: str) -> list[tuple[str, str]]:
    """Kind and message of what is found about numbers and due dates."""
    rows = check(books(loaded, date))
    return [(row.kind, row.message) for row in rows if row.kind in {"number", "due"}]


CALCULATES = "; without quotes Beancount calculates, and 2026-042 becomes 1984"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (['invoice: "2026-042"', "due: 2026-02-10"], []),
        (["invoice: TRUE"], []),
        (["invoice:", "due:", "settles:"], []),
        (
            ["invoice: 2026-042"],
            [
                (
                    "number",
                    (
                        "the number of an invoice must be text in quotes, as in"
                        f' invoice: "1984" or invoice: "2026-042"{CALCULATES}'
                    ),
                )
            ],
        ),
        (
            ["invoice: 2026-02-10"],
            [
                (
                    "number",
                    'the number of an invoice must be text in quotes, as in invoice: "2026-02-10"',
                )
            ],
        ),
        (
            ['due: "2026-03-01"'],
            [("due", "due must be a date without quotes, as in 2026-02-01, not '2026-03-01'")],
        ),
        (
            ["due: 2026-02-09"],
            [("due", "due: 2026-02-09 is before the day of the invoice, 2026-02-10")],
        ),
        (
            ["settles: 2026-042"],
            [
                (
                    "number",
                    (
                        "settles must be text in quotes, as in"
                        f' settles: "1984" or settles: "INV-042"{CALCULATES}'
                    ),
                )
            ],
        ),
    ],
)
def test_what_is_written_by_hand_and_means_nothing(
    keys: list[str], expected: list[tuple[str, str]]
) -> None:
    loaded = ledger(ACME, hand("2026-02-10", *keys))

    assert said(loaded, "2026-02-09") == []
    assert said(loaded, "2026-02-10") == expected


def test_what_is_wrong_with_a_transaction_by_hand_is_told_once() -> None:
    two = hand("2026-02-10", "invoice: 7", beside="Assets:Receivable  20.00 USD\n  Income:Design")
    loaded = ledger(ACME, two)
    (row,) = [row for row in check(books(loaded, "2026-02-10")) if row.kind == "number"]

    assert (str(row.date), row.client, row.contract) == ("2026-02-10", "Acme", "")
    assert row.file.startswith("<")
    # Only of whom it is asked.
    for scope, count in (
        (Scope(client="acme"), 1),
        (Scope(client="bolt"), 0),
        (Scope(contract="acme"), 0),
        (Scope(side="buy"), 0),
    ):
        asked = replace(books(loaded, "2026-02-10"), scope=scope)
        assert [f.kind for f in check(asked) if f.kind == "number"] == ["number"] * count


def test_accounts_that_no_contract_uses_are_somebody_elses() -> None:
    loaded = ledger(ACME, hand("2026-02-10", "invoice: 7", 'due: "x"', account="Assets:Retention"))

    assert said(loaded, "2026-02-10") == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (
            "2026-042",
            (
                f'settles must be text in quotes, as in settles: "1984" or settles: "INV-042"'
                f"{CALCULATES}"
            ),
        ),
        ("TRUE", 'settles must be text in quotes, as in settles: "INV-042", not TRUE'),
        ("2026-02-01", 'settles must be text in quotes, as in settles: "2026-02-01"'),
        ('""', "settles must be text in quotes, as in settles: \"INV-042\", not ''"),
    ],
)
def test_a_payment_that_settles_no_text(value: str, why: str) -> None:
    on_posting = paid("2026-02-10", "40.00", keys=(f"settles: {value}",))
    on_entry = hand("2026-02-11", f"settles: {value}", beside="Assets:Bank", amount="-40.00")
    loaded = ledger(ACME, TWO_BILLS, on_posting, on_entry)
    unapplied = "payment of 40.00 USD on Assets:Receivable: 40.00 USD is unapplied"

    assert kinds(loaded, "2026-02-12", "unapplied") == [f"{unapplied}; {why}"] * 2
    assert said(loaded, "2026-02-12") == []


def test_a_number_by_hand_that_another_day_has() -> None:
    loaded = ledger(
        ACME,
        TWO_BILLS,
        hand("2026-02-10", 'invoice: "INV-1"'),
        hand("2026-02-20", 'invoice: "INV-2"'),
    )
    told = "one number is for one day and one client, so write another one here"
    messages = [message for _, message in said(loaded, "2026-03-01")]

    assert len(messages) == 2
    assert messages[0].startswith("the number INV-1 was already given on 2026-02-01 (")
    # The other way round the directive is the later one.
    assert messages[1].startswith("the number INV-2 was already given on 2026-02-20 (")
    assert all(message.endswith(told) for message in messages)
    assert said(loaded, "2026-02-09") == []
    rows = [row for row in check(books(loaded, "2026-03-01")) if row.kind == "number"]
    assert [row.milestone for row in rows] == ["", "two"]


def test_a_number_by_hand_that_another_client_has() -> None:
    loaded = ledger(
        ACME,
        BOLT,
        hand("2026-02-01", 'invoice: "INV-1"', payee="Bolt"),
        hand("2026-02-01", 'invoice: "INV-1"', payee=" aCME "),
        # Of nobody: it may be the same.
        hand("2026-02-01", 'invoice: "INV-1"', payee=""),
        billed("2026-02-01 one invoiced INV-1"),
    )
    ((_, message),) = said(loaded, "2026-02-01")

    assert message.startswith("the number INV-1 was already given on 2026-02-01 to Acme (")


def test_two_suppliers_may_have_one_number() -> None:
    def bill(date: str, payee: str, number: str = "VE-17") -> str:
        return hand(
            *(date, f'invoice: "{number}"'),
            payee=payee,
            account="Liabilities:Deferred",
            beside="Expenses:CardFees",
            amount="-50.00",
        )

    # Nor are ours theirs.
    ours = hand("2026-02-10", 'invoice: "VE-17"')
    assert said(ledger(SUPPLIER, ACME, bill("2026-02-10", "Bo"), ours), "2026-02-28") == []
    ((_, message),) = said(ledger(SUPPLIER, bill("2026-02-10", "VERA")), "2026-02-28")
    assert message.startswith("the number VE-17 was already given on 2026-02-01 (")
    loaded = ledger(
        SUPPLIER, bill("2026-02-10", "Bo", "ve-17"), bill("2026-02-10", "Vera", "ve-19")
    )
    assert [message for _, message in said(loaded, "2026-02-28")] == [
        (
            "ve-19 differs from VE-19 of 2026-02-02 only in upper and lower case: is it the same"
            " invoice?"
        )
    ]


@pytest.mark.parametrize(
    "again",
    [
        # What another link says is charged on it, as interest is.
        hand("2026-02-20", "due: 2026-03-01").replace('"By hand"', '"Interest" ^H-1'),
        # From the books before, and from a year that was closed.
        hand("2026-02-20", 'invoice: "H-1"', "due: 2025-12-15", beside="Equity:Opening-Balances"),
        # To another account, and back to the client.
        hand("2026-02-20", 'invoice: "H-1"', beside="Assets:Receivable:Acme"),
        hand("2026-02-20", 'invoice: "H-1"', beside="Assets:Bank"),
        # A payment has no number of its own.
        hand("2026-02-20", 'invoice: "H-1"', beside="Assets:Bank", amount="-50.00"),
    ],
)
def test_what_is_no_invoice_again(again: str) -> None:
    other = ACME.replace('"acme"', '"other"').replace(
        " Assets:Receivable ", " Assets:Receivable:Acme "
    )
    loaded = ledger(ACME, other, hand("2026-02-10", 'invoice: "H-1"'), again)

    assert said(loaded, "2026-02-28") == []


def test_an_invoice_by_hand_on_two_accounts_has_one_number() -> None:
    both = "Assets:Receivable:Acme  20.00 USD\n  Income:Design"
    other = ACME.replace('"acme"', '"other"').replace(
        " Assets:Receivable ", " Assets:Receivable:Acme "
    )
    other += '2026-01-01 custom "client" "Zed"\n'
    loaded = ledger(ACME, other, hand("2026-02-10", 'invoice: "H-1"', beside=both))

    assert said(loaded, "2026-02-28") == []


def test_a_credit_note_by_hand_has_a_number_of_its_own() -> None:
    def note(number: str) -> str:
        return hand("2026-02-20", f'invoice: "{number}"', amount="-50.00")

    assert said(ledger(ACME, TWO_BILLS, note("CN-1")), "2026-02-28") == []
    ((_, message),) = said(ledger(ACME, TWO_BILLS, note("INV-1")), "2026-02-28")
    assert message.startswith("the number INV-1 was already given on 2026-02-01 (")
    assert message.endswith("so write the credit note's own number here")


@pytest.mark.parametrize("number", ["acme", "acme/two"])
def test_a_number_by_hand_that_names_a_contract(number: str) -> None:
    loaded = ledger(ACME, hand("2026-02-10", f'invoice: "{number}"'))

    assert said(loaded, "2026-02-28") == [
        (
            "number",
            (
                f"'{number}' is a contract or a milestone already, so a payment that names it pays"
                " that; give the invoice a number of its own"
            ),
        )
    ]


def test_numbers_that_differ_only_in_case() -> None:
    one = billed("2026-02-01 one invoiced INV-1", "2026-02-03 two invoiced inv-1")
    differs = "only in upper and lower case: is it the same invoice?"

    assert kinds(ledger(ACME, one), "2026-02-28", "number") == [
        f"inv-1 differs from INV-1 of 2026-02-01 {differs}"
    ]
    loaded = ledger(
        ACME,
        billed("2026-02-01 one invoiced Inv-A"),
        hand("2026-02-02", 'invoice: "INV-a"'),
        # A link may be any word.
        hand("2026-02-02").replace('"By hand"', '"By hand" ^inv-a'),
    )
    assert kinds(loaded, "2026-02-28", "number") == [
        f"INV-a differs from Inv-A of 2026-02-01 {differs}"
    ]


def test_a_reminder_before_an_invoice_by_hand() -> None:
    invoice = hand("2026-02-10", 'invoice: "H-1"')
    sent = '2026-02-09 custom "reminder" "H-1" 1\n'

    assert said(ledger(ACME, invoice, sent.replace("09", "10")), "2026-02-28") == []
    loaded = ledger(ACME, invoice, sent)
    assert said(loaded, "2026-02-09") == []
    assert said(loaded, "2026-02-10") == [
        ("number", "the reminder of H-1 is dated 2026-02-09, before the invoice of 2026-02-10")
    ]
    assert check(replace(books(loaded, "2026-02-10"), scope=Scope(client="bolt"))) == []
    # What is taken over is older than its transaction.
    opened = hand("2026-02-10", 'invoice: "H-1"', beside="Equity:Opening-Balances")
    assert said(ledger(ACME, opened, sent), "2026-02-28") == []


# ---------------------------------------------------------------- due dates of nothing


@pytest.mark.parametrize(
    ("event", "says_nothing"),
    [
        ('"milestone" "acme" "one" "completed"\n  due: 2026-03-01', True),
        ('"milestone" "acme" "one" "progress" 40\n  due: 2026-03-01', True),
        ('"contract" "acme" "completed"\n  due: 2026-03-01', True),
        ('"milestone" "acme" "one" "completed"\n  invoice: TRUE\n  due: 2026-03-01', False),
        ('"milestone" "acme" "one" "invoiced"\n  due: 2026-03-01', False),
        # Not all of its milestones have a part in it.
        ('"contract" "acme" "completed"\n  invoice: "B-1"\n  due: 2026-03-01', False),
    ],
)
def test_a_due_date_where_nothing_is_invoiced(event: str, says_nothing: bool) -> None:  # noqa: FBT001 - a case
    before = billed("2026-01-15 two completed INV-1")
    loaded = ledger(ACME, before, f"2026-02-01 custom {event}\n")
    message = (
        "due: 2026-03-01 says nothing where nothing is invoiced; add 'invoice', or write it on the"
        " directive that invoices"
    )

    assert kinds(loaded, "2026-01-31", "due") == []
    assert kinds(loaded, "2026-02-01", "due") == [message] * says_nothing


def test_what_completes_is_invoiced_that_day_by_the_contract() -> None:
    contract = ACME.replace('contract: "acme"', 'contract: "acme"\n      invoiced: "on completion"')
    event = '2026-02-01 custom "milestone" "acme" "one" "completed"\n  due: 2026-03-01\n'

    assert kinds(ledger(contract, event), "2026-02-01", "due") == []
