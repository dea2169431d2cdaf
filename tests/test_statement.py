"""Statements of account, worked out by hand."""

import pytest
from beancount.core.data import Transaction

from beancount_milestones.reports import UnknownClientError, open_statement, statement
from tests.receivables import (
    ACME,
    BOLT,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    paid,
    returned,
    text,
)
from tests.support import Loaded


def lines(
    loaded: Loaded, client: str, date: str, start: str | None = None
) -> list[tuple[str, str, str, str, str]]:
    """Date, kind, invoice, what changes, and the balance."""
    found = statement(books(loaded, date), client, day(start) if start else None)
    return [
        (
            *(str(row.date), row.kind, row.invoice),
            text(row.charged) if row.charged is not None else f"-{row.settled or ''}",
            text(row.balance),
        )
        for row in found
    ]


def test_opening_items_payments_closing() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1300.00"), paid("2026-04-05", "500.00"))

    # 1,000 of INV-1 and 300 of INV-2.
    assert lines(loaded, "Acme", "2026-03-31") == [
        ("2026-02-01", "opening", "", "-", "0.00"),
        ("2026-02-01", "invoice", "INV-1", "1000.00", "1000.00"),
        ("2026-03-01", "invoice", "INV-2", "2000.00", "3000.00"),
        ("2026-03-05", "payment", "INV-1, INV-2", "-1300.00", "1700.00"),
        ("2026-03-31", "closing", "", "-", "1700.00"),
    ]
    assert lines(loaded, "ACME", "2026-04-30", "2026-03-02") == [
        ("2026-03-02", "opening", "", "-", "3000.00"),
        ("2026-03-05", "payment", "INV-1, INV-2", "-1300.00", "1700.00"),
        ("2026-04-05", "payment", "INV-2", "-500.00", "1200.00"),
        ("2026-04-30", "closing", "", "-", "1200.00"),
    ]


def test_a_line_says_what_it_is_for() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1300.00"))
    _, one, _, payment, _ = statement(books(loaded, "2026-03-31"), "acme")

    assert (one.client, one.contract, one.milestone, one.text) == (
        *("Acme", "acme", "one", "Brand: One"),
    )
    assert (str(one.due), one.settled, one.currency) == ("2026-03-03", None, "USD")
    assert (payment.contract, payment.milestone, payment.text) == ("", "", "Paid")
    assert (payment.due, payment.charged) == (None, None)


def test_what_is_not_invoiced_is_not_on_it_and_an_invoice_says_what_it_bills() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed", "2026-02-10 one invoiced INV-1"),
        billed(
            "2026-02-20 one credited CN-1", "2026-02-21 one reopened", "2026-02-22 three delivered"
        ),
        '2026-03-01 custom "milestone" "acme" "two" "progress" 50\n',
        '2026-03-02 custom "milestone" "acme" "two" "progress" 40\n',
    )

    assert lines(loaded, "Acme", "2026-03-31") == [
        ("2026-02-10", "opening", "", "-", "0.00"),
        ("2026-02-10", "invoice", "INV-1", "1000.00", "1000.00"),
        ("2026-02-20", "credit note", "CN-1", "-1000.00", "0.00"),
        ("2026-03-31", "closing", "", "-", "0.00"),
    ]


def test_what_is_paid_ahead_of_its_invoice_is_to_the_clients_credit_on_both() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed", "2026-03-01 two completed INV-2"),
        paid("2026-03-05", "300.00", "^acme/one"),
        returned("2026-03-06", "100.00").replace("INV-1", "acme/one"),
    )

    assert lines(loaded, "Acme", "2026-03-31")[-1] == ("2026-03-31", "closing", "", "-", "1800.00")
    two, one = open_statement(books(loaded, "2026-03-31"), "Acme")
    assert (two.kind, two.invoice, text(two.balance)) == ("open", "INV-2", "2000.00")
    assert (one.kind, str(one.date), one.contract, one.milestone, one.text) == (
        *("unapplied", "2026-03-06", "acme", "one", "Brand: One"),
    )
    assert (text(one.settled or 0), text(one.balance)) == ("200.00", "1800.00")


def test_a_reduction_counts_on_both_once_it_is_invoiced() -> None:
    less = """
        2026-01-03 * "Acme" "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable  -3,250.00 USD
          Income:Design
    """
    done = billed("2026-03-02 less completed")
    loaded = ledger(ACME, less, TWO_BILLS, done, billed("2026-03-04 less invoiced CN-1"))

    def last(date: str) -> list[str]:
        at = books(loaded, date)
        return [
            text(some[-1].balance) for some in (statement(at, "Acme"), open_statement(at, "Acme"))
        ]

    assert last("2026-03-03") == ["3000.00", "3000.00"]
    assert last("2026-03-04") == ["-250.00", "-250.00"]


def test_a_credit_note_of_what_a_deposit_covered_is_one_of_nothing() -> None:
    covered = """
        2026-01-01 open Liabilities:Deposits
        2026-01-02 * "Acme" "Deposit"
          contract: "logo"
          milestone-deposit: "100%"
          Assets:Receivable      100.00 USD
          Liabilities:Deposits
        2026-01-02 * "Acme" "Logo"
          contract: "logo"
          milestone-logo: "100%"
          Liabilities:Deposits   100.00 USD
          Income:Design
        2026-01-05 custom "milestone" "logo" "deposit" "invoiced"
          invoice: "D-1"
        2026-02-01 custom "milestone" "logo" "logo" "completed"
          invoice: "L-1"
        2026-02-02 custom "milestone" "logo" "logo" "credited"
          invoice: "CN-1"
    """

    assert lines(ledger(covered), "Acme", "2026-03-31")[1:-1] == [
        ("2026-01-05", "invoice", "D-1", "100.00", "100.00"),
        ("2026-02-01", "invoice", "L-1", "0.00", "100.00"),
        ("2026-02-02", "credit note", "CN-1", "0.00", "100.00"),
    ]


def test_what_is_paid_for_nobody_is_to_the_credit_of_who_paid() -> None:
    loaded = ledger(
        ACME,
        BOLT,
        '2026-02-01 * "Loan"\n  Assets:Receivable  80.00 USD\n  Assets:Bank\n',
        paid("2026-02-02", "80.00"),
    )
    at = books(loaded, "2026-03-31")

    assert lines(loaded, "Acme", "2026-03-31")[-1] == ("2026-03-31", "closing", "", "-", "-80.00")
    (line,) = open_statement(at, "Acme")
    assert (line.kind, line.contract, line.text, text(line.balance)) == (
        "unapplied",
        "",
        "",
        "-80.00",
    )


def test_a_reduction_is_a_credit_note() -> None:
    less = """
        2026-01-03 * "Acme" "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable  -250.00 USD
          Income:Design
    """
    loaded = ledger(ACME, less, TWO_BILLS, billed("2026-03-02 less invoiced CN-1"))

    assert lines(loaded, "Acme", "2026-03-31", "2026-03-02") == [
        ("2026-03-02", "opening", "", "-", "3000.00"),
        ("2026-03-02", "credit note", "CN-1", "-250.00", "2750.00"),
        ("2026-03-31", "closing", "", "-", "2750.00"),
    ]


def test_a_line_is_called_as_it_is_booked() -> None:
    more = """
        2026-01-03 * "Acme" "Extras"
          contract: "acme"
          milestone-extra: "100% Extra"
          Assets:Receivable  250.00 USD
          Income:Design
    """
    numbers = billed("2026-02-01 one completed INV-1", "2026-02-02 extra completed INV-2")
    loaded = ledger(ACME, more, numbers)
    told = statement(books(loaded, "2026-02-28"), "Acme")
    booked = [e for e in loaded.entries if isinstance(e, Transaction) and "event" in e.meta]

    assert [entry.text for entry in told[1:-1]] == [entry.narration for entry in booked]
    assert told[2].text == "Extras: Extra"


def test_what_is_by_hand_on_the_number_of_a_contract_is_on_its_line() -> None:
    travel = """
        2026-02-01 * "Acme" "Travel"
          invoice: "INV-1"
          Assets:Receivable  11.90 USD
          Income:Fees
    """
    loaded = ledger(ACME, TWO_BILLS, travel)

    assert lines(loaded, "Acme", "2026-02-28")[1:-1] == [
        ("2026-02-01", "invoice", "INV-1", "1011.90", "1011.90"),
    ]
    for told in (statement, open_statement):
        (line,) = (row for row in told(books(loaded, "2026-02-28"), "Acme") if row.charged)
        assert (line.text, line.milestone, text(line.charged)) == (
            *("Brand: One; Travel", "one", "1011.90"),
        )


def test_a_number_has_one_line_whatever_is_written_on_it() -> None:
    """Milestones owed on two accounts, transactions by hand, and a credit note over two."""
    grant = """
        2026-01-03 * "Acme" "Grant"
          contract: "grant"
          milestone-all: "100%"
          Assets:Receivable:Grant  400.00 USD
          Income:Design
        2026-02-01 custom "milestone" "grant" "all" "completed"
          invoice: "INV-1"
        2026-02-02 * "Acme" "Stamps"
          invoice: "H-1"
          Assets:Receivable  5.00 USD
          Income:Fees
        2026-02-02 * "Acme" "Paper"
          invoice: "H-1"
          Assets:Receivable:Grant  6.00 USD
          Income:Fees
        2026-02-03 * "Acme" "Less"
          invoice: "CN-1"
          Assets:Receivable  -30.00 USD
          Assets:Receivable:Grant  -20.00 USD
          Income:Fees
        2026-03-01 * "Acme" "Price cut"
          contract: "acme"
          milestone-cut: "100%"
          Assets:Receivable  -2100.00 USD
          Income:Design
        2026-03-01 custom "milestone" "acme" "cut" "invoiced"
          invoice: "INV-2"
        2026-03-01 * "Acme" "Travel"
          invoice: "INV-2"
          Assets:Receivable  100.00 USD
          Income:Fees
    """
    loaded = ledger(ACME, TWO_BILLS, grant)

    assert lines(loaded, "Acme", "2026-03-31")[1:-1] == [
        ("2026-02-01", "invoice", "INV-1", "1400.00", "1400.00"),
        ("2026-02-02", "invoice", "H-1", "11.00", "1411.00"),
        ("2026-02-03", "credit note", "CN-1", "-50.00", "1361.00"),
        ("2026-03-01", "invoice", "INV-2", "0.00", "1361.00"),
    ]
    assert [row.text for row in statement(books(loaded, "2026-02-02"), "Acme")[1:-1]] == [
        "Brand: One; Grant: all",
        "Paper; Stamps",
    ]


def test_a_payment_belongs_to_whose_items_it_settles() -> None:
    # Bolt pays 100 of a bill of Acme, and 50 too much of nothing.
    loaded = ledger(
        ACME, BOLT, TWO_BILLS, paid("2026-03-05", "100.00", "^INV-1", payee="Bolt"),
        paid("2026-03-06", "50.00", payee="Bolt"),
        # The bank takes it back: the item says whose.
        returned("2026-03-07", "100.00"),
    )  # fmt: skip

    assert lines(loaded, "Acme", "2026-03-31", "2026-03-05") == [
        ("2026-03-05", "opening", "", "-", "3000.00"),
        ("2026-03-05", "payment", "INV-1", "-100.00", "2900.00"),
        ("2026-03-07", "returned", "INV-1", "100.00", "3000.00"),
        ("2026-03-31", "closing", "", "-", "3000.00"),
    ]
    assert lines(loaded, "Bolt", "2026-03-31") == [
        ("2026-03-06", "opening", "", "-", "0.00"),
        ("2026-03-06", "payment", "", "-50.00", "-50.00"),
        ("2026-03-31", "closing", "", "-", "-50.00"),
    ]


def test_on_an_account_with_one_client_all_is_theirs() -> None:
    loaded = ledger(ACME, paid("2026-01-05", "70.00", payee="Somebody"))

    assert lines(loaded, "Acme", "2026-01-31")[-1][-1] == "-70.00"


def test_currencies_stand_by_themselves() -> None:
    yen = """
        2026-01-02 * "Acme" "Kyoto"
          contract: "kyoto"
          milestone-all: "100%"
          Assets:Receivable  5000 JPY
          Income:Design
        2026-02-02 custom "milestone" "kyoto" "all" "invoiced"
          invoice: "K-1"
    """

    assert lines(ledger(ACME, yen), "Acme", "2026-02-28") == [
        ("2026-02-02", "opening", "", "-", "0.00"),
        ("2026-02-02", "invoice", "K-1", "5000.00", "5000.00"),
        ("2026-02-28", "closing", "", "-", "5000.00"),
        # Nothing has happened.
        ("2026-02-28", "opening", "", "-", "0.00"),
        ("2026-02-28", "closing", "", "-", "0.00"),
    ]


def test_a_client_may_be_called_by_the_payee_of_the_contract() -> None:
    loaded = ledger(ACME.replace('"acme"', '"acme"\n  client: "Acme Holdings"'), TWO_BILLS)

    assert lines(loaded, "acme", "2026-03-31") == lines(loaded, "Acme Holdings", "2026-03-31")
    assert statement(books(loaded, "2026-03-31"), "acme")[0].client == "Acme Holdings"


def test_a_client_that_nobody_knows() -> None:
    loaded = ledger(ACME)

    with pytest.raises(
        UnknownClientError, match=r"no client 'Acne' by 2026-01-31; did you mean 'Acme'"
    ):
        statement(books(loaded, "2026-01-31"), "Acne")
    with pytest.raises(UnknownClientError, match=r"no client 'Acme' by 2025-12-31$"):
        statement(books(loaded, "2025-12-31"), "Acme")
    with pytest.raises(UnknownClientError):
        statement(books(loaded, "2026-01-31"), "")


@pytest.mark.parametrize(
    ("number", "found"), [('"INV-2"', ["INV-1", "INV-2"]), ("TRUE", ["INV-1"])]
)
def test_what_a_deposit_covers_is_a_line_where_an_invoice_says_so(
    number: str, found: list[str]
) -> None:
    covered = """
    2026-01-01 * "Acme" "Deposit"
      contract: "acme"
      milestone-deposit: "100%"
      Assets:Receivable     1,000.00 USD
      Liabilities:Deferred
    2026-01-01 * "Acme" "Logo"
      contract: "acme"
      milestone-logo: "100%"
      Liabilities:Deferred  1,000.00 USD
      Income:Design
    """
    steps = billed("2026-01-02 deposit invoiced INV-1", "2026-02-01 logo completed INV-2")
    steps = steps.replace('"INV-2"', number)

    told = lines(ledger(covered, steps), "Acme", "2026-02-28")
    assert [invoice for _, kind, invoice, *_ in told if kind == "invoice"] == found
    assert told[-1][-1] == "1000.00"
