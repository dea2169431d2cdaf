"""Debits by hand that charge nothing new: a claim that moves, something that is taken back."""

import datetime
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.reports import (
    Books,
    check,
    invoices,
    items,
    open_statement,
    statement,
    status,
)
from beancount_milestones.reports.taxes import taxes
from tests.receivables import HEAD, billed, books, day, ledger, paid, settle, text, turned
from tests.support import Loaded

# 600.00, of which 100.00 are tax: due on 2026-03-03. The other contracts only use their accounts.
CLAIM = """
2026-01-01 * "Acme" "Shop"
  contract: "acme"
  milestone-one: "100%"
  Assets:Receivable   600.00 USD
  Liabilities:VAT    -100.00 USD
  Income:Design
2026-01-01 * "Acme" "Else"
  contract: "else"
  milestone-all: "100%"
  Assets:Receivable:Acme   1.00 USD
  Income:Design
2026-01-01 * "Grant" "Other"
  contract: "grant"
  milestone-all: "100%"
  Assets:Receivable:Grant  1.00 USD
  Income:Design
""" + billed("2026-02-01 one completed INV-1")

MOVED = """
2026-02-10 * "Acme" "Doubtful" ^INV-1
  Assets:Receivable:Acme   600.00 USD
  Assets:Receivable       -600.00 USD
"""

WRITTEN_OFF = """
2026-06-30 * "Acme" "Lost" ^INV-1
  Expenses:BadDebts   600.00 USD
  Assets:Receivable
"""

REINSTATED = """
2026-09-30 * "Acme" "Not lost" ^INV-1
  Assets:Receivable   600.00 USD
  Expenses:BadDebts
"""


TAKEN_BY_US = """
2020-01-01 open Liabilities:Loan
2020-01-01 open Equity:Owner
"""


def seen(loaded: Loaded, date: str, number: str = "INV-1") -> list[str]:
    """Net, tax, gross, held, paid and open of a number, its due date and status."""
    settle(loaded, date)
    found = [row for row in invoices(books(loaded, date)) if row.invoice == number]
    for row in found:
        assert row.open == row.gross - row.held - row.paid
    return [
        " ".join(
            [
                *(f"{int(n)}" for n in (r.net, r.tax, r.gross, r.held, r.paid, r.open)),
                *(str(r.due), r.status),
            ]
        )
        for r in found
    ]


def told(loaded: Loaded, date: str) -> list[str]:
    """The lines of the statement of Acme between opening and closing."""
    lines = statement(books(loaded, date), "Acme")[1:-1]
    return [
        f"{line.kind} {line.invoice} {text(line.charged or -(line.settled or Decimal()))}"
        for line in lines
    ]


def tax_paid(at: Books) -> dict[str, int]:
    """The tax that came with money, by day."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in taxes(at, basis="cash"):
        sums[str(one.date)] += one.tax
    return {date: int(tax) for date, tax in sums.items() if tax}


def test_a_claim_that_moves_is_charged_once_and_due_with_its_invoice() -> None:
    loaded = ledger(CLAIM, MOVED)

    assert seen(loaded, "2026-02-10") == ["500 100 600 0 0 600 2026-03-03 open"]
    assert seen(loaded, "2026-03-04") == ["500 100 600 0 0 600 2026-03-03 overdue"]
    # The client does not see on which account it is.
    assert told(loaded, "2026-02-10") == ["invoice INV-1 600.00"]
    at = books(loaded, "2026-02-28")
    assert {(i.invoice, text(i.open), i.due) for i in items(at)} == {
        ("INV-1", "600.00", day("2026-03-03"))
    }
    assert status(at)[0].due == day("2026-03-03")
    (paper,) = invoice_documents(at, "INV-1")
    assert (int(paper.gross), int(paper.open), paper.due) == (600, 600, day("2026-03-03"))
    assert not paper.received
    assert not paper.settled


def asked(loaded: Loaded, date: str) -> list[str]:
    """The lines of what Acme has not paid."""
    lines = open_statement(books(loaded, date), "Acme")
    return [
        f"{one.date} {one.invoice} {one.contract} {one.text}: {text(one.charged or Decimal())}"
        for one in lines
    ]


def test_the_client_is_not_told_that_its_claim_is_doubtful() -> None:
    assert asked(ledger(CLAIM, MOVED), "2026-02-10") == ["2026-02-01 INV-1 acme Shop: one: 600.00"]
    part = MOVED.replace("600", "400")
    assert asked(ledger(CLAIM, part), "2026-02-10") == ["2026-02-01 INV-1 acme Shop: one: 600.00"]


def test_nor_that_an_invoice_by_hand_is() -> None:
    written = """
    2026-02-02 * "Acme" "Repairs"
      Assets:Receivable   80.00 USD
        invoice: "HAND-1"
      Income:Design
    """
    moved = MOVED.replace("600", "80").replace("INV-1", "HAND-1")
    one = "2026-02-01 INV-1 acme Shop: one: 600.00"
    expected = [one, "2026-02-02 HAND-1  Repairs: 80.00"]
    assert asked(ledger(CLAIM, written), "2026-02-10") == expected
    assert asked(ledger(CLAIM, written, moved), "2026-02-10") == expected


def test_it_is_paid_where_it_is_now_and_so_is_its_tax() -> None:
    last = """
    2026-05-10 * "Acme" "Paid after all" ^INV-1
      Assets:Bank             600.00 USD
      Assets:Receivable:Acme
    """
    loaded = ledger(CLAIM, MOVED, last)

    assert seen(loaded, "2026-05-10") == ["500 100 600 0 600 0 2026-03-03 paid"]
    at = books(loaded, "2026-05-31")
    assert tax_paid(at) == {"2026-05-10": 100}


def test_it_may_move_on_and_back() -> None:
    on = MOVED.replace("02-10", "02-20").replace("Receivable  ", "Receivable:Acme  ")
    on = on.replace("Receivable:Acme   600", "Receivable:Grant   600").replace('"Acme"', '"Grant"')
    back = MOVED.replace("02-10", "02-20").replace("600", "-600").replace("--", "")
    assert seen(ledger(CLAIM, MOVED, back), "2026-03-01") == ["500 100 600 0 0 600 2026-03-03 open"]
    # The account of somebody else: it is charged nothing by us, and owes it all the same.
    assert seen(ledger(CLAIM, MOVED, on), "2026-03-01") == [
        "500 100 600 0 600 0 2026-03-03 paid",
        "600 0 600 0 0 600 2026-03-03 open",
    ]


def test_a_due_date_of_its_own_wins() -> None:
    own = MOVED.replace("Acme   600.00 USD", "Acme   600.00 USD\n    due: 2026-02-20")

    assert seen(ledger(CLAIM, own), "2026-02-10") == ["500 100 600 0 0 600 2026-02-20 open"]


@pytest.mark.parametrize("name", ["", "^A-word ^INV-1", "^acme/one"])
def test_whatever_names_its_number(name: str) -> None:
    """Another link comes before it, or the transaction says it with `settles`."""
    moved = MOVED.replace("^INV-1", name)
    if "INV-1" not in name:
        moved = moved.replace("\n  Assets", '\n  settles: "INV-1"\n  Assets', 1)

    assert seen(ledger(CLAIM, moved), "2026-02-10") == ["500 100 600 0 0 600 2026-03-03 open"]


def test_a_word_is_no_invoice_that_is_carried_on() -> None:
    loaded = ledger(CLAIM, MOVED.replace("INV-1", "MOVE-1"))

    assert seen(loaded, "2026-02-10") == ["500 100 600 0 600 0 2026-03-03 paid"]
    assert seen(loaded, "2026-02-10", "MOVE-1") == ["600 0 600 0 0 600 2026-02-10 open"]


def test_a_fee_on_what_moves_is_charged() -> None:
    """Two accounts take it, and 10.00 with tax besides."""
    fee = """
    2026-02-10 * "Acme" "Doubtful" ^INV-1
      Assets:Receivable:Acme   306.00 USD
      Assets:Receivable:Grant  306.00 USD
      Assets:Receivable       -600.00 USD
      Liabilities:VAT           -2.00 USD
      Income:Fees              -10.00 USD
    """
    one = fee.replace("306", "612").replace("  Assets:Receivable:Grant  612.00 USD\n", "")

    assert seen(ledger(CLAIM, one), "2026-02-10") == ["510 102 612 0 0 612 2026-03-03 open"]
    assert told(ledger(CLAIM, one), "2026-02-10") == [
        "invoice INV-1 600.00",
        "invoice INV-1 12.00",
    ]
    both = ledger(CLAIM.replace('"Grant"', '"Acme"'), fee)
    assert seen(both, "2026-02-10") == ["510 102 612 0 0 612 2026-03-03 open"]


def test_a_payment_of_what_moved_with_a_fee_counts_once() -> None:
    late = """
    2026-03-15 * "Acme" "Doubtful" ^INV-1
      Assets:Receivable:Acme   640.00 USD
      Assets:Receivable       -600.00 USD
      Income:Fees              -40.00 USD
    """
    loaded = ledger(
        CLAIM, late, paid("2026-03-20", "100.00", "^INV-1").replace("ivable  -", "ivable:Acme  -")
    )

    # The fee is not due before it is charged.
    rows = items(books(loaded, "2026-03-20"))
    assert [(text(row.open), str(row.due)) for row in rows] == [
        ("500.00", "2026-03-03"),
        ("40.00", "2026-03-15"),
    ]
    assert seen(loaded, "2026-03-20") == ["540 100 640 0 100 540 2026-03-03 overdue"]
    kinds = [found.kind for found in check(books(loaded, "2026-03-20"))]
    assert kinds == ["overdue", "overdue"]


def test_what_is_owed_again_is_no_second_invoice_to_look_at() -> None:
    """A number of another day, due before its own day: it carries on the invoice of that number."""
    moved = MOVED.replace(" ^INV-1", '\n  invoice: "INV-1"\n  due: 2026-02-03')
    lost = WRITTEN_OFF.replace(
        "Expenses:BadDebts   600", "Liabilities:VAT  100.00 USD\n  Expenses:BadDebts  500"
    )
    found = """
    2026-09-30 * "Acme" "Not lost"
      invoice: "INV-1"
      Assets:Receivable   600.00 USD
      Liabilities:VAT    -100.00 USD
      Expenses:BadDebts
    """
    bounced = (
        paid("2026-02-12", "600.00", "^INV-1")
        + """
2026-02-14 * "Bank" "Returned" ^INV-1
  due: 2026-02-10
  Assets:Receivable   600.00 USD
  Assets:Bank
"""
    )

    for parts in ((moved,), (lost, found), (bounced,)):
        at = books(ledger(CLAIM, *parts), "2026-12-31")
        assert {one.kind for one in check(at)} == {"overdue"}


def test_a_claim_that_moves_by_settles_is_paid_by_its_number() -> None:
    moved = MOVED.replace(" ^INV-1", '\n  settles: "INV-1"')
    pays = paid("2026-02-12", "100.00", "^INV-1").replace("ivable  -", "ivable:Acme  -")

    assert seen(ledger(CLAIM, moved, pays), "2026-02-12") == [
        "500 100 600 0 100 500 2026-03-03 open"
    ]


def test_what_moved_and_was_paid_comes_back() -> None:
    pays = paid("2026-02-12", "600.00", "^INV-1").replace("Receivable", "Receivable:Acme")
    back = pays.replace("02-12", "02-14").replace("600.00", "-600.00").replace("--", "")
    twice = [text.replace("-02-1", "-02-2") for text in (pays, back)]

    loaded = ledger(CLAIM, MOVED, pays, back, *twice)

    assert seen(loaded, "2026-02-12") == ["500 100 600 0 600 0 2026-03-03 paid"]
    assert seen(loaded, "2026-02-14") == ["500 100 600 0 0 600 2026-03-03 open"]
    assert seen(loaded, "2026-02-22") == ["500 100 600 0 600 0 2026-03-03 paid"]
    assert seen(loaded, "2026-02-24") == ["500 100 600 0 0 600 2026-03-03 open"]
    assert tax_paid(books(loaded, "2026-02-28")) == {
        "2026-02-12": 100,
        "2026-02-14": -100,
        "2026-02-22": 100,
        "2026-02-24": -100,
    }


def test_what_moved_to_another_client_is_raised_by_what_comes_back() -> None:
    sold = MOVED.replace('"Acme"', '"Grant"').replace(":Acme ", ":Grant")
    account = "Assets:Receivable:Grant"
    pays = paid("2026-02-12", "600.00", "^INV-1", payee="Grant").replace(
        "Assets:Receivable", account
    )
    back = f"""
    2026-02-14 * "Grant" "Returned" ^INV-1
      {account}   600.00 USD
      Assets:Bank
    """

    assert seen(ledger(CLAIM, sold, pays, back), "2026-02-14") == [
        "500 100 600 0 600 0 2026-03-03 paid",
        "600 0 600 0 0 600 2026-03-03 open",
    ]


def test_with_a_fee_what_moves_into_another_currency_is_charged_whole() -> None:
    abroad = """
    2026-02-10 * "Acme" "Doubtful" ^INV-1
      Assets:Receivable:Acme   500.00 EUR
      Assets:Receivable       -600.00 USD @@ 490.00 EUR
      Income:Fees              -10.00 EUR
    """

    # Nothing was charged in EUR before.
    assert seen(ledger(CLAIM, abroad), "2026-02-10") == [
        "500 100 600 0 600 0 2026-03-03 paid",
        "500 0 500 0 0 500 2026-02-10 open",
    ]


def test_an_invoice_by_hand_moves_too() -> None:
    hand = """
    2026-02-05 * "Acme" "Courier"
      invoice: "H-1"
      due: 2026-02-25
      Assets:Receivable  120.00 USD
      Liabilities:VAT    -20.00 USD
      Income:Fees
    """
    moved = MOVED.replace("INV-1", "H-1").replace("600", "120")
    late = """
    2026-05-10 * "Acme" "Paid after all" ^H-1
      Assets:Bank             120.00 USD
      Assets:Receivable:Acme
    """
    loaded = ledger(CLAIM, hand, moved, late)

    assert seen(loaded, "2026-02-10", "H-1") == ["100 20 120 0 0 120 2026-02-25 open"]
    found = [item for item in items(books(loaded, "2026-02-10")) if item.invoice == "H-1"]
    assert [str(item.due) for item in found if item.open] == ["2026-02-25"]
    assert seen(loaded, "2026-05-10", "H-1") == ["100 20 120 0 120 0 2026-02-25 paid"]
    (paper,) = invoice_documents(books(loaded, "2026-05-10"), "H-1")
    assert [int(line.this) for line in paper.lines] == [100]
    assert tax_paid(books(loaded, "2026-05-31")) == {"2026-05-10": 20}


def test_on_its_own_day_it_is_no_line_of_the_paper() -> None:
    loaded = ledger(CLAIM, MOVED.replace("02-10", "02-01"))
    (paper,) = invoice_documents(books(loaded, "2026-02-10"), "INV-1")

    assert [int(line.this) for line in paper.lines] == [500]


# ---------------------------------------------------------------- taken back


def test_a_write_off_that_is_taken_back() -> None:
    loaded = ledger(CLAIM, WRITTEN_OFF, REINSTATED, paid("2026-10-01", "600.00", "^INV-1"))

    assert seen(loaded, "2026-09-29") == ["500 100 600 0 600 0 2026-03-03 written-off"]
    assert seen(loaded, "2026-09-30") == ["500 100 600 0 0 600 2026-03-03 overdue"]
    assert seen(loaded, "2026-10-01") == ["500 100 600 0 600 0 2026-03-03 paid"]
    assert told(loaded, "2026-10-01") == [
        "invoice INV-1 600.00",
        "write-off INV-1 -600.00",
        "write-off INV-1 600.00",
        "payment INV-1 -600.00",
    ]
    (paper,) = invoice_documents(books(loaded, "2026-10-01"), "INV-1")
    assert (int(paper.gross), int(paper.received), int(paper.settled)) == (600, 600, 0)


def test_its_own_number_is_as_good_as_a_link() -> None:
    by_number = REINSTATED.replace(" ^INV-1", '\n  invoice: "INV-1"')
    loaded = ledger(CLAIM, WRITTEN_OFF, by_number)

    assert seen(loaded, "2026-09-30") == ["500 100 600 0 0 600 2026-03-03 overdue"]


def test_tax_that_was_written_off_is_taken_back_with_it() -> None:
    def taxed(text: str, sign: str) -> str:
        expense = f"  Expenses:BadDebts  {sign}500.00 USD\n  Liabilities:VAT  {sign}100.00 USD\n"
        kept = [line for line in text.splitlines() if "Expenses" not in line]
        return "\n".join([*kept, expense])

    off, on = taxed(WRITTEN_OFF, ""), taxed(REINSTATED, "-")

    assert seen(ledger(CLAIM, off, on), "2026-09-30") == ["500 100 600 0 0 600 2026-03-03 overdue"]
    # Nothing was taken off before: it is what is spent for the client.
    assert seen(ledger(CLAIM, on), "2026-09-30") == ["1000 200 1200 0 0 1200 2026-03-03 overdue"]


@pytest.mark.parametrize(
    ("account", "kind"), [("Liabilities:Loan", "set-off"), ("Equity:Owner", "transfer")]
)
def test_what_was_set_off_or_kept_is_taken_back(account: str, kind: str) -> None:
    off = WRITTEN_OFF.replace("Expenses:BadDebts", account)
    on = REINSTATED.replace("Expenses:BadDebts", account).replace("600", "400")
    loaded = ledger(CLAIM, TAKEN_BY_US, off, on)

    assert seen(loaded, "2026-09-30") == ["500 100 600 0 200 400 2026-03-03 overdue"]
    assert told(loaded, "2026-09-30") == [
        "invoice INV-1 600.00",
        f"{kind} INV-1 -600.00",
        f"{kind} INV-1 400.00",
    ]

    # Before there is anything to take back it charges the client.
    early = on.replace("2026-09-30", "2026-06-29")
    loaded = ledger(CLAIM, TAKEN_BY_US, early, off)
    assert seen(loaded, "2026-06-29") == ["900 100 1000 0 0 1000 2026-03-03 overdue"]


def test_what_is_charged_anew_after_a_credit_note_is_no_credit_note_taken_back() -> None:
    credited = WRITTEN_OFF.replace("Expenses:BadDebts", "Income:Design")
    again = REINSTATED.replace("Expenses:BadDebts", "Income:Design")
    loaded = ledger(CLAIM, credited, again)

    assert seen(loaded, "2026-09-30") == ["1100 100 1200 0 600 600 2026-09-30 open"]


def test_cents_are_taken_back_on_the_day_on_which_they_were_set_off() -> None:
    off = WRITTEN_OFF.replace("Expenses:BadDebts", "Liabilities:Loan").replace("600", "0")
    on = REINSTATED.replace("Expenses:BadDebts", "Liabilities:Loan").replace("600", "0")
    off, on = off.replace("0.00", "0.50"), on.replace("0.00", "0.50")
    loaded = ledger(CLAIM, TAKEN_BY_US, off, on.replace("09-30", "06-30"))

    assert seen(loaded, "2026-06-30") == ["500 100 600 0 0 600 2026-03-03 overdue"]
    assert told(loaded, "2026-06-30") == [
        *("invoice INV-1 600.00", "set-off INV-1 0.50", "set-off INV-1 -0.50")
    ]


def test_no_more_is_taken_back_than_was_set_off() -> None:
    """The rest is charged: it is what we pay for the client."""

    def loan(date: str, amount: str) -> str:
        return f"""
{date} * "Acme" "Loan" ^INV-1
  Liabilities:Loan   {amount} USD
  Assets:Receivable
"""

    off, back = loan("2026-03-01", "100.00"), loan("2026-03-02", "-150.00")
    twice = (loan("2026-03-02", "-60.00"), loan("2026-03-02", "-90.00"))
    for written in ((back,), twice, twice[::-1]):
        (row,) = seen(ledger(CLAIM, TAKEN_BY_US, off, *written), "2026-03-02")
        assert row.startswith("550 100 650 0 0 650 ")
    # Nothing is left to take back.
    again = loan("2026-03-03", "-100.00")
    back = loan("2026-03-02", "-100.00")
    (row,) = seen(ledger(CLAIM, TAKEN_BY_US, off, back, again), "2026-03-03")
    assert row.startswith("600 100 700 0 0 700 ")


def test_only_the_number_says_that_it_is_taken_back() -> None:
    """What names a milestone is spent for the client; before its invoice, there is nothing yet."""
    about = REINSTATED.replace("^INV-1", "^acme/one")
    loaded = ledger(CLAIM, WRITTEN_OFF, about, REINSTATED)
    assert seen(loaded, "2026-09-30") == ["500 100 600 0 0 600 2026-03-03 overdue"]
    assert [text(i.amount) for i in items(books(loaded, "2026-09-30"))] == ["1200.00", "600.00"]

    early = REINSTATED.replace("2026-09-30", "2026-01-20")
    assert seen(ledger(CLAIM, early), "2026-02-01") == ["1100 100 1200 0 0 1200 2026-01-20 overdue"]


# ---------------------------------------------------------------- names


def test_the_name_of_a_contract_is_never_a_number() -> None:
    """Not even before it is written: then its number would come and go."""
    early = """
    2026-01-20 * "Acme" "By hand" ^later/all
      Assets:Receivable  100.00 USD
      Income:Fees
    2026-02-20 * "Acme" "Later"
      contract: "later"
      milestone-all: "100%"
      Assets:Receivable:Acme  1.00 USD
      Income:Design
    """
    loaded = ledger(CLAIM, early)

    for date in ("2026-01-25", "2026-02-25"):
        at = books(loaded, date)
        assert [row.invoice for row in invoices(at)] == ["INV-1"] * (date > "2026-02-01")
        assert ("", 100) in [(one.invoice, int(one.open)) for one in items(at)]


# Somebody else has something on both accounts of Acme.
SHARED = """
2026-01-01 * "Bolt" "Here"
  contract: "here"
  milestone-all: "100%"
  Assets:Receivable        1.00 USD
  Income:Design
2026-01-01 * "Bolt" "There"
  contract: "there"
  milestone-all: "100%"
  Assets:Receivable:Acme   1.00 USD
  Income:Design
"""


@pytest.mark.parametrize("more", [MOVED, WRITTEN_OFF + REINSTATED])
def test_on_an_account_of_several_clients_it_is_still_its_own_clients(more: str) -> None:
    loaded = ledger(CLAIM, SHARED, more)

    assert seen(loaded, "2026-10-01") == ["500 100 600 0 0 600 2026-03-03 overdue"]


def test_what_its_own_client_pays_there_can_go_back_again() -> None:
    def money(date: str, amount: str) -> str:
        named = " ^INV-1" if amount[0] == "-" else ""
        return f"""
{date} * "Acme" "Money"{named}
  Assets:Bank        {amount} USD
  Assets:Receivable
"""

    # The bank takes 5.00 for the second return: that is charged, and was never paid.
    sums = ("600.00", "-600.00", "600.00", "-605.00")
    moves = [money(f"2026-03-0{n}", amount) for n, amount in enumerate(sums, 1)]
    loaded = ledger(CLAIM, SHARED, *moves)

    assert seen(loaded, "2026-03-04") == ["505 100 605 0 0 605 2026-03-03 overdue"]


def test_what_waits_for_an_invoice_of_ours_still_does_where_it_moves() -> None:
    bought = """
2020-01-01 open Liabilities:Payable:Sub
2020-01-01 open Liabilities:Payable:Factor
2020-01-01 open Expenses:Subs
2026-01-01 * "Sub" "Walls"
  contract: "sub"
  terms: 7
  milestone-walls: "100%"
  Liabilities:Payable:Sub  -200.00 USD
  Expenses:Subs
2026-01-01 * "Sub" "Else"
  contract: "more"
  milestone-all: "100%"
  Liabilities:Payable:Factor  -1.00 USD
  Expenses:Subs
2026-02-02 custom "milestone" "sub" "walls" "completed"
  invoice: "S-1"
  due: "INV-1"
2026-02-05 * "Sub" "Moves" ^S-1
  Liabilities:Payable:Sub      200.00 USD
  Liabilities:Payable:Factor  -200.00 USD
"""
    loaded = ledger(CLAIM, bought, paid("2026-03-01", "600.00", "^INV-1"))

    assert seen(loaded, "2026-02-28", "S-1") == ["200 0 200 0 0 200 None open"]
    assert seen(loaded, "2026-03-01", "S-1") == ["200 0 200 0 0 200 2026-03-08 open"]
    waiting = [item for item in items(books(loaded, "2026-03-01")) if item.invoice == "S-1"]
    assert [(item.account, item.due) for item in waiting] == [
        ("Liabilities:Payable:Factor", day("2026-03-08"))
    ]


HERE, THERE = "Assets:Receivable", "Assets:Receivable:Acme"


@pytest.mark.parametrize("there", [0, 1])
@pytest.mark.parametrize("amount", [600, 200])
def test_what_moved_and_came_back_is_no_more_than_it_was(there: int, amount: int) -> None:
    """It moves there and back, perhaps there again; all is paid and returned, with a fee of 10."""
    places = [HERE, THERE]
    moves = [(HERE, THERE), (THERE, HERE), (HERE, THERE)][: 2 + there]
    written = [
        f'2026-02-1{n} * "Acme" "Moved" ^INV-1\n  {to}  {amount}.00 USD\n  {of}\n'
        for n, (of, to) in enumerate(moves)
    ]
    rest = {places[there]: 600} if amount == 600 else {HERE: 600 - there * 200, THERE: there * 200}
    for account, owed in rest.items():
        if owed:
            pays = paid("2026-02-20", f"{owed}.00", "^INV-1").replace(HERE, account)
            fee = 10 * (account == places[there])
            back = f"""
2026-02-25 * "Bank" "Returned" ^INV-1
  {account}  {owed + fee}.00 USD
  Assets:Bank
"""
            written += [pays, back]
    loaded = ledger(CLAIM, *written)

    assert seen(loaded, "2026-02-20") == ["500 100 600 0 600 0 2026-03-03 paid"]
    assert seen(loaded, "2026-02-25") == ["510 100 610 0 0 610 2026-03-03 open"]
    assert tax_paid(books(loaded, "2026-02-28")) == {"2026-02-20": 100, "2026-02-25": -100}


def test_an_invoice_of_two_milestones_that_moved_and_came_back_is_owed_as_it_was() -> None:
    text = CLAIM.replace(
        '  milestone-one: "100%"\n  Assets:Receivable   600',
        '  milestone-one: "50%"\n  milestone-two: "rest"\n  Assets:Receivable   600',
    )
    more = billed("2026-02-01 two completed INV-1")
    moved = MOVED.replace("600.00", "200.00")
    back = moved.replace("02-10", "02-11").replace("  -200", "  +200").replace("   200", "  -200")
    pays = paid("2026-02-20", "600.00", "^INV-1")
    returned = pays.replace("02-20", "02-25").replace("600.00", "-600.00").replace("--", "")
    loaded = ledger(text, more, moved, back.replace("+", ""), pays, returned)

    rows = [row for row in status(books(loaded, "2026-02-25")) if row.contract == "acme"]
    assert [(int(row.paid), int(row.outstanding)) for row in rows] == [(0, 300), (0, 300)]


#: What can be done with some of an invoice, what that is taken from, and what it becomes.
DONE = {
    "moved": ("open", "open"),
    "paid": ("open", "paid"),
    "returned": ("paid", "open"),
    "lost": ("open", "lost"),
    "not lost": ("lost", "open"),
    "set off": ("open", "set off"),
    "not set off": ("set off", "open"),
    "kept": ("open", "kept"),
    "not kept": ("kept", "open"),
}
#: What stands beside it.
BESIDE = {
    "lost": "Expenses:BadDebts",
    "set off": "Liabilities:Loan",
    "kept": "Equity:Owner",
    "paid": "Assets:Bank",
}
things = st.tuples(
    st.sampled_from(list(DONE)), st.sampled_from([HERE, THERE]), st.sampled_from([600, 600, 200])
)


@given(
    st.lists(things, max_size=16), st.sampled_from(["", SHARED]), st.sampled_from(["sell", "buy"])
)
@settings(max_examples=100)
def test_wherever_it_is_an_invoice_is_charged_once(
    some: list[tuple[str, str, int]], shared: str, side: str
) -> None:
    found = Counter({("open", HERE): 600})
    written: list[str] = []
    for what, account, most in some:
        before, after = DONE[what]
        amount = min(found[before, account], most)
        if not amount:
            continue
        there = (THERE if account == HERE else HERE) if what == "moved" else account
        found[before, account] -= amount
        found[after, there] += amount
        other = there if what == "moved" else BESIDE[before if after == "open" else after]
        debit, credit = (other, account) if before == "open" else (account, other)
        date = day("2026-03-05") + datetime.timedelta(days=len(written))
        written.append(
            f'{date} * "Acme" "{what}" ^INV-1\n  {debit}  {amount}.00 USD\n'
            f"  {credit}  -{amount}.00 USD\n"
        )
    text = "\n".join([CLAIM, TAKEN_BY_US, shared, *written])
    loaded = ledger(turned(text, side), head=turned(HEAD, side))
    left = found["open", HERE] + found["open", THERE]

    (row,) = seen(loaded, "2026-12-31")
    assert row.startswith(f"500 100 600 0 {600 - left} {left} ")
