"""The numbers of invoices: which are in use, and which one is next."""

import pytest

from beancount_milestones.reports import next_credit_number, next_number, numbering
from tests.receivables import ACME, billed, books, day, ledger
from tests.support import Loaded


def invoiced(*dated: str) -> Loaded:
    """A contract with an invoice of each date and number, such as "2026-02-01 INV-1"."""
    shares = "".join(f'  milestone-m{index}: "100 USD"\n' for index in range(len(dated)))
    contract = (
        f'2020-01-02 * "Acme" "Many"\n  contract: "acme"\n{shares}'
        f"  Assets:Receivable  {100 * len(dated) or 1}.00 USD\n  Income:Design\n"
    )
    directives = [
        f"{date} m{index} invoiced {number}"
        for index, (date, number) in enumerate(text.split() for text in dated)
    ]
    return ledger(contract, billed(*directives))


def following(loaded: Loaded, date: str = "2026-06-30") -> str:
    """The next number, for an invoice of the as-of date."""
    at = books(loaded, date)
    return next_number(at, at.as_of)


def test_the_first_number_of_all() -> None:
    assert following(ledger(ACME)) == "INV-001"
    assert following(ledger(ACME, billed("2026-02-01 one invoiced"))) == "INV-001"


@pytest.mark.parametrize(
    ("last", "following_"),
    [
        ("INV-2026-041", "INV-2026-042"),
        ("INV-2026-099", "INV-2026-100"),
        ("INV-2026-999", "INV-2026-1000"),
        ("INV-7", "INV-8"),
        ("INV-99", "INV-100"),
        ("INV-042", "INV-043"),
        ("INV-2026", "INV-2027"),
        ("2026/042", "2026/043"),
        ("2026041", "2026042"),
        ("202612", "202613"),
        ("41", "42"),
        ("A1-7", "A1-8"),
    ],
)
def test_the_next_number_is_written_like_the_last(last: str, following_: str) -> None:
    assert following(invoiced(f"2026-02-01 {last}")) == following_


def test_the_largest_number_counts_not_the_last_one_written() -> None:
    loaded = invoiced("2026-02-01 INV-10", "2026-02-02 INV-7", "2026-02-03 INV-8")

    assert following(loaded) == "INV-11"


@pytest.mark.parametrize(
    ("last", "following_"),
    [
        ("INV-2025-041", "INV-2026-001"),
        ("2025041", "2026001"),
        ("2025/7", "2026/1"),
        ("R2025INV-07", "R2026INV-01"),
        ("INV-041", "INV-042"),
        # No year is without digits after it, and none is before 1900.
        ("INV-2025", "INV-2026"),
        ("1850041", "1850042"),
        ("JOB2025-7-041", "JOB2025-7-042"),
        # The year may come last, and have two digits.
        ("R-0002-2025", "R-0001-2026"),
        ("0007/25", "0001/26"),
        ("25-041", "26-001"),
        ("A25-7", "A26-1"),
        # Two digits that are no year of that invoice.
        ("24-041", "24-042"),
        ("0007/24", "0007/25"),
    ],
)
def test_a_new_year_begins_anew_where_the_number_has_one(last: str, following_: str) -> None:
    assert following(invoiced(f"2025-12-31 {last}"), "2026-01-01") == following_


def test_the_same_year_and_an_earlier_one_go_on() -> None:
    assert following(invoiced("2026-01-01 INV-2026-041"), "2026-12-31") == "INV-2026-042"
    assert following(invoiced("2026-01-01 INV-2026-041"), "2025-12-31") == "INV-2026-042"


def test_the_year_is_that_of_the_invoice_not_of_the_day_one_looks() -> None:
    at = books(invoiced("2025-12-31 INV-2025-041"), "2025-12-31")

    assert next_number(at, day("2026-01-01")) == "INV-2026-001"
    assert next_number(at, day("2025-12-31")) == "INV-2025-042"


def test_a_year_that_has_begun_goes_on_in_its_own_width() -> None:
    loaded = invoiced("2025-12-19 INV-2026-01", "2025-12-20 INV-2026-07", "2025-12-31 INV-2025-041")

    assert following(loaded) == "INV-2026-08"


def test_numbers_that_are_used_after_the_as_of_date_are_skipped() -> None:
    loaded = invoiced("2026-02-01 INV-001", "2026-07-01 INV-002")

    assert following(loaded, "2026-02-01") == "INV-003"


@pytest.mark.parametrize(
    "entry",
    [
        '2026-09-01 * "By hand" ^INV-002',
        '2026-09-01 * "By hand"\n  invoice: "INV-002"',
    ],
)
def test_numbers_in_transactions_by_hand_are_skipped(entry: str) -> None:
    contract = billed("2026-02-01 one invoiced INV-001")
    by_hand = f"{entry}\n  Assets:Bank  1.00 USD\n  Income:Fees\n"

    assert following(ledger(ACME, contract, by_hand)) == "INV-003"


def test_numbers_on_postings_are_skipped_too_and_a_gap_is_not_filled() -> None:
    by_hand = """
        2026-09-01 * "By hand" ^INV-005
          Assets:Bank  1.00 USD
            invoice: "INV-003"
          Income:Fees
    """
    contract = billed("2026-02-01 one invoiced INV-002")

    assert following(ledger(ACME, contract, by_hand)) == "INV-004"


def test_what_is_mentioned_by_the_end_of_a_day() -> None:
    by_hand = """
        2026-02-03 * "By hand" ^INV-5
          invoice: "INV-7"
          Assets:Bank  1.00 USD
          Income:Fees
    """
    at = books(ledger(by_hand), "2026-02-03")

    assert numbering.mentioned(at, day("2026-02-02")) == set()
    assert numbering.mentioned(at, day("2026-02-03")) == {"INV-5", "INV-7"}


def test_of_several_series_the_last_used_one_goes_on() -> None:
    loaded = invoiced("2026-02-01 A-9", "2026-02-02 B-04", "2026-01-01 C-7")

    assert following(loaded) == "B-05"


def test_of_two_series_of_one_day_always_the_same_goes_on() -> None:
    assert following(invoiced("2026-02-01 A-9", "2026-02-01 B-4")) == "B-5"
    assert following(invoiced("2026-02-01 B-4", "2026-02-01 A-9")) == "B-5"


@pytest.mark.parametrize(
    ("numbers", "following_"),
    [
        (("INV-1", "CN-1"), "CN-2"),
        (("INV-2026-041", "CN-2025-007"), "CN-2026-001"),
        # They have no number, no digits, or none of their own: nobody knows which is next.
        (("INV-1", ""), ""),
        (("INV-1", "INV-2"), ""),
        (("INV-1", "STORNO"), ""),
    ],
)
def test_the_next_number_of_a_credit_note(numbers: tuple[str, str], following_: str) -> None:
    invoice, credit = numbers
    day_ = "2025-03-01" if "2025" in credit else "2026-03-01"
    loaded = ledger(
        ACME.replace("2026-01", "2025-01"),
        billed(f"2025-02-01 one completed {invoice}", f"{day_} one credited {credit}"),
    )
    at = books(loaded, "2026-06-30")

    assert next_credit_number(at, at.as_of) == following_


def test_a_series_of_credit_notes_does_not_go_on_with_an_invoice() -> None:
    own = ledger(ACME, billed("2026-02-01 one completed INV-1", "2026-03-01 one credited CN-1"))
    same = ledger(ACME, billed("2026-02-01 one completed INV-1", "2026-03-01 one credited INV-2"))

    assert following(own) == "INV-2"
    assert following(same) == "INV-3"


def test_the_digits_that_run_need_not_be_the_last() -> None:
    assert following(invoiced("2026-02-01 A-7", "2026-02-03 A1x")) == "A2x"
    assert following(invoiced("2026-02-01 R-0002-2026")) == "R-0003-2026"
    assert following(invoiced("2026-02-01 0007/26")) == "0008/26"
    assert following(invoiced("2026-02-01 7-north-3", "2026-02-02 8-north-3")) == "9-north-3"


def test_the_year_does_not_run_though_it_changes() -> None:
    """Only 0001 is of both years: what differs is the year, and that is no running number."""
    loaded = invoiced("2025-01-02 0001/25", "2025-12-20 0002/25", "2026-01-02 0001/26")

    assert following(loaded) == "0002/26"


def test_two_digits_that_are_a_year_by_chance_run_all_the_same() -> None:
    assert following(invoiced("2026-02-01 A-7-25", "2026-02-02 A-7-26")) == "A-7-27"


def test_a_year_that_has_begun_goes_on_in_a_suffix_too() -> None:
    loaded = invoiced("2025-12-19 R-03-2026", "2025-12-31 R-41-2025")

    assert following(loaded, "2026-01-02") == "R-04-2026"


def test_numbers_without_digits_have_no_next_one() -> None:
    assert following(invoiced("2026-02-01 A-7", "2026-02-02 final")) == "A-8"
    assert following(invoiced("2026-02-01 final")) == "INV-001"


def test_a_series_that_is_written_in_two_ways_does_not_go_on() -> None:
    mixed = ("2026-02-02 B-001", "2026-02-03 B-3")

    assert following(invoiced("2026-02-01 A-7", *mixed)) == "A-8"
    assert following(invoiced(*mixed)) == "INV-001"
    assert following(invoiced("2026-02-02 B-001", "2026-02-03 B-03")) == "INV-001"


def test_a_series_goes_on_after_one_that_is_written_otherwise() -> None:
    dated = ("2026-01-31 B-001", "2026-02-01 B-002", "2026-02-02 B-003", "2026-02-03 B-4")

    assert following(invoiced(*dated)) == "B-005"
    assert following(invoiced(*dated, "2026-02-04 A-7", "2026-02-05 B-0007")) == "B-008"


def test_an_invoice_by_hand_is_one_after_which_numbers_go_on() -> None:
    by_hand = """
        2026-02-03 * "Bolt" "Hosting"
          invoice: "INV-007"
          Assets:Receivable  50.00 USD
          Income:Design
    """

    assert following(ledger(ACME, billed("2026-02-01 one completed INV-001"), by_hand)) == "INV-008"
    assert following(ledger(ACME, by_hand)) == "INV-008"


def test_numbers_of_suppliers_do_not_go_on() -> None:
    bought = """
        2026-01-02 * "Sub" "Piles"
          contract: "sub"
          milestone-all: "100%"
          Expenses:CardFees  700.00 USD
          Liabilities:Deferred
        2026-03-01 custom "milestone" "sub" "all" "completed"
          invoice: "S-17"
    """

    assert following(ledger(ACME, billed("2026-02-01 one completed INV-1"), bought)) == "INV-2"
    assert list(numbering.used(books(ledger(bought), "2026-03-01"), day("2026-03-01"), "buy")) == [
        "S-17"
    ]


def test_where_a_number_was_used_first() -> None:
    loaded = ledger(
        ACME, billed("2026-02-01 two completed INV-1"), billed("2026-02-01 one completed INV-1")
    )
    found = numbering.used(books(loaded, "2026-02-01"), day("2026-02-01"))

    (used,) = found.values()
    assert (list(found), str(used.date), used.credit) == (["INV-1"], "2026-02-01", False)
    assert (used.contract, used.milestone, used.client) == ("acme", "one", "Acme")
    assert numbering.used(books(loaded, "2026-02-01"), day("2026-01-31")) == {}
