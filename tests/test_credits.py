"""Refunds, transfers and closings on a receivable account, worked out by hand."""

from dataclasses import replace

import pytest
from beancount.core.data import Transaction

from beancount_milestones.receivables import Key
from beancount_milestones.reports import Scope, open_statement, received
from beancount_milestones.reports.invoices import numbered
from tests.receivables import (
    ACME,
    BOLT,
    HEAD,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    matches,
    owed,
    paid,
    returned,
    settle,
    texts,
    turned,
    unapplied,
)
from tests.support import Loaded


def test_a_year_that_is_closed_and_opened_again_changes_nothing() -> None:
    closing = """
    2026-12-31 * "Closing"
      Assets:Receivable         -3,000.00 USD
      Equity:Opening-Balances
    2027-01-01 * "Opening"
      Assets:Receivable          3,000.00 USD
      Equity:Opening-Balances
    """
    loaded = ledger(ACME, TWO_BILLS, closing)

    assert owed(loaded, "2026-12-30") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    # The balance of the account is zero for a day.
    assert owed(loaded, "2026-12-31") == {}
    assert owed(loaded, "2027-01-01") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2027-01-01") == []


def test_a_year_may_be_closed_to_an_account_of_its_own() -> None:
    close = """
    2020-01-01 open Equity:Years:2025

    2026-12-31 * "Closing"
      Assets:Receivable     -3,000.00 USD
      Equity:Years:2025
    2027-01-01 * "Opening"
      Assets:Receivable      3,000.00 USD
      Equity:Years:2025
    """
    loaded = ledger(ACME, TWO_BILLS, close)

    assert owed(loaded, "2027-01-01") == {"INV-1": "1000.00", "INV-2": "2000.00"}


@pytest.mark.parametrize("reversed_", [False, True])
@pytest.mark.parametrize("dates", [("2026-12-31", "2027-01-01"), ("2027-01-01", "2027-01-01")])
def test_a_year_may_be_closed_in_one_transaction(dates: tuple[str, str], reversed_: bool) -> None:  # noqa: FBT001
    closed, opened = (
        f"""
    {date} * "{what}"
      Assets:Receivable     {sign}3,000.00 USD
      Assets:Bank           {sign}200.00 USD
      Liabilities:VAT        {other}50.00 USD
      Equity:Opening-Balances
    """
        for date, what, sign, other in zip(dates, ("Closing", "Opening"), "- ", " -", strict=True)
    )
    some = (opened, closed) if reversed_ else (closed, opened)
    loaded = ledger(ACME, TWO_BILLS, *some)

    assert owed(loaded, "2027-01-01") == {"INV-1": "1000.00", "INV-2": "2000.00"}
    assert unapplied(loaded, "2027-01-01") == []


def test_only_what_was_closed_is_opened_again() -> None:
    """Another amount is an item like any other."""
    loaded = ledger(
        ACME,
        '2027-01-01 * "Opening"\n  Assets:Receivable  30.00 USD\n  Equity:Opening-Balances\n',
    )

    assert list(owed(loaded, "2027-01-01").values()) == ["30.00"]


def test_what_is_moved_to_a_bridge_is_a_transfer() -> None:
    bridged = ACME.replace('contract: "acme"', 'contract: "acme"\n  unbilled: Assets:Unbilled')
    moved = """
    2026-03-05 * "Acme" "Billed too early" ^INV-1
      Assets:Receivable  -100.00 USD
      Assets:Unbilled
    """
    loaded = ledger(bridged, TWO_BILLS, moved)

    assert matches(loaded, "2026-03-05", "INV-1") == [("100.00", "transfer", "link")]


def test_what_is_moved_to_another_receivable_account_is_a_set_off() -> None:
    other = BOLT.replace("Assets:Receivable", "Assets:Receivable:Grant")
    moved = """
    2026-03-05 * "Acme" "The foundation pays it" ^INV-1
      Assets:Receivable        -100.00 USD
      Assets:Receivable:Grant
    """
    loaded = ledger(ACME, TWO_BILLS, other, moved)

    assert matches(loaded, "2026-03-05", "INV-1") == [("100.00", "set-off", "link")]


def test_one_payment_into_two_receivable_accounts() -> None:
    other = BOLT.replace("Assets:Receivable", "Assets:Receivable:Acme").replace('"Bolt"', '"Acme"')
    both = """
    2026-03-05 * "Acme" "For both"
      Assets:Bank              3,000.00 USD
      Assets:Receivable       -1,000.00 USD
        settles: "INV-1"
      Assets:Receivable:Acme  -2,000.00 USD
        settles: "B-1"
    """
    done = '2026-02-01 custom "milestone" "bolt" "two" "completed"\n  invoice: "B-1"\n'
    loaded = ledger(ACME, TWO_BILLS, other, done, both)

    # Each of them is money: what goes to the other account is no set-off.
    assert matches(loaded, "2026-03-05", "INV-1") == [("1000.00", "payment", "link")]
    assert matches(loaded, "2026-03-05", "B-1") == [("2000.00", "payment", "link")]


NOTE = """
2026-03-05 * "Acme" "Damaged"
  invoice: "CN-9"
  Assets:Receivable  -50.00 USD
  Income:Fees
"""
REFUND = """
2026-03-07 * "Acme" "Refund of the note" ^CN-9
  Assets:Receivable   50.00 USD
  Assets:Bank
"""


def test_a_refund_takes_first_what_it_names() -> None:
    """What the client has paid ahead besides stays where it is."""
    loaded = ledger(ACME, NOTE, paid("2026-03-06", "40.00", "^acme/one"), REFUND)

    assert unapplied(loaded, "2026-03-06") == ["50.00", "40.00"]
    assert unapplied(loaded, "2026-03-07") == ["40.00"]


def test_a_refund_of_more_takes_the_rest_where_it_can() -> None:
    more = REFUND.replace(" 50.00", " 70.00")
    loaded = ledger(ACME, NOTE, paid("2026-03-06", "40.00", "^acme/one"), more)

    assert unapplied(loaded, "2026-03-07") == ["20.00"]


def test_what_a_refund_finds_no_credit_for_is_owed() -> None:
    more = REFUND.replace(" 50.00", " 70.00")
    loaded = ledger(ACME, NOTE, more)

    assert unapplied(loaded, "2026-03-07") == []
    # The number of the credit note stays its own.
    assert owed(loaded, "2026-03-07") == {"Acme": "20.00"}
    # It is decided on its own day: a later credit pays what is owed, and is not taken back.
    later = ledger(ACME, NOTE, more, paid("2026-03-08", "20.00"))
    assert owed(later, "2026-03-08") == {}
    assert matches(later, "2026-03-08", "Acme") == [("20.00", "payment", "amount")]


def test_a_refund_takes_back_nothing_of_another_client() -> None:
    back = """
    2026-03-08 * "Acme" "Sent back"
      Assets:Receivable   40.00 USD
      Assets:Bank
    """
    loaded = ledger(ACME, BOLT, paid("2026-03-06", "40.00", "^bolt/one", payee="Bolt"), back)

    assert unapplied(loaded, "2026-03-08") == ["40.00"]
    assert owed(loaded, "2026-03-08") == {"Acme": "40.00"}


def test_a_refund_takes_the_note_that_it_names_and_no_other() -> None:
    other = NOTE.replace("CN-9", "CN-8").replace("2026-03-05", "2026-03-04")
    loaded = ledger(ACME, other, NOTE, REFUND)
    [rest] = settle(loaded, "2026-03-07").unapplied

    assert rest.credit.number == "CN-8"


#: A number that bills less than it takes back: by a pay application, and by a reduction.
MIXED = {
    "a lower line": """
2026-03-05 custom "contract" "acme" "progress"
  invoice: "A-2"
  milestone-one: 25
  milestone-two: 25
""",
    "a reduction": """
2026-01-01 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -750.00 USD
  Income:Design
2026-03-05 custom "milestone" "acme" "two" "progress" 25
  invoice: "A-2"
2026-03-05 custom "milestone" "acme" "less" "completed"
  invoice: "A-2"
""",
}


HALF_PAID = """
2026-01-01 * "Acme" "Site"
  contract: "acme"
  milestone-one: "50%"
  milestone-two: "rest"
  Assets:Receivable  2,000.00 USD
  Income:Design
2026-01-20 custom "milestone" "acme" "one" "progress" 100
  invoice: "A-1"
""" + paid("2026-01-25", "1000.00", "^A-1")


@pytest.mark.parametrize("more", MIXED.values(), ids=MIXED)
def test_a_refund_takes_the_rest_of_a_number_that_takes_back_more_than_it_bills(more: str) -> None:
    loaded = ledger(
        HALF_PAID,
        more,
        returned("2026-04-05", "500.00").replace("INV-1", "A-2"),
    )

    assert loaded.messages == []
    assert unapplied(loaded, "2026-04-04") == ["500.00"]
    assert (owed(loaded, "2026-04-05"), unapplied(loaded, "2026-04-05")) == ({}, [])
    (refund,) = settle(loaded, "2026-04-05").refunds
    assert refund.amount == 500
    found = numbered(books(loaded, "2026-04-05"))[-1]
    assert (found.number, found.status) == ("A-2", "credited")
    assert texts(found.gross, found.paid, found.open) == ["-500.00", "0.00", "0.00"]


def test_a_number_that_bills_more_than_it_takes_back_is_an_invoice() -> None:
    loaded = ledger(
        HALF_PAID,
        MIXED["a lower line"].replace("two: 25", "two: 100"),
        paid("2026-03-10", "250.00", "^A-2"),
        returned("2026-04-05", "250.00").replace("INV-1", "A-2"),
    )

    assert owed(loaded, "2026-04-05") == {"A-2": "250.00"}


def test_of_two_refunds_of_a_day_the_larger_one_is_first() -> None:
    smaller, larger = REFUND.replace(" 50.00", " 20.00"), REFUND.replace(" 50.00", " 40.00")
    loaded = ledger(ACME, NOTE, smaller, larger)

    assert [str(refund.amount) for refund in settle(loaded, "2026-03-07").refunds] == [
        "10.00",
        "40.00",
    ]
    assert owed(loaded, "2026-03-07") == {"Acme": "10.00"}


def test_one_transaction_may_have_two_refunds() -> None:
    both = """
    2026-03-08 * "Acme" "Sent back"
      Assets:Receivable   40.00 USD
      Assets:Receivable   30.00 USD
      Assets:Bank
    """
    twice = paid("2026-03-06", "40.00", "^acme/one"), paid("2026-03-07", "30.00", "^acme/one")
    loaded = ledger(ACME, *twice, both)

    assert (unapplied(loaded, "2026-03-08"), owed(loaded, "2026-03-08")) == ([], {})


def test_a_reduction_settles_its_own_invoice_then_its_milestone_then_the_contract() -> None:
    applied = """
    2026-03-10 custom "contract" "acme" "progress"
      invoice: "PA-3"
      milestone-one: 20
      milestone-three: 10
    """
    # Two is due first, but it is none of what was taken back.
    bills = billed("2026-02-01 two completed INV-2", "2026-02-02 one progress INV-1")
    loaded = ledger(ACME, bills.replace('"progress"', '"progress" 100'), applied)

    # 800 less of one: 300 of them on what the application bills, the rest on one's own bill.
    assert owed(loaded, "2026-03-10") == {"INV-2": "2000.00", "INV-1": "500.00"}


HELD = """
2026-01-15 * "Acme" "Held extra"
  contract: "acme"
  retention: "Assets:Retention"
  milestone-held: "100%"
  Assets:Receivable  -50.00 USD
  Assets:Retention
2026-02-02 custom "milestone" "acme" "held" "invoiced" 50
"""
RELEASE = '2026-03-05 custom "milestone" "acme" "held" "credited"\n  invoice: "R-1"\n'


def test_what_takes_a_reduction_back_is_owed_by_itself() -> None:
    """25 of INV-1 were held back; their release is an invoice, and INV-1 stays paid."""
    loaded = ledger(ACME, HELD, TWO_BILLS, paid("2026-03-03", "975.00", "^INV-1"), RELEASE)

    assert owed(loaded, "2026-03-04") == {"INV-2": "2000.00"}
    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00", "R-1": "25.00"}


def test_where_nothing_else_is_left_a_reduction_settles_what_takes_it_back() -> None:
    loaded = ledger(ACME, HELD, RELEASE)

    assert unapplied(loaded, "2026-03-04") == ["25.00"]
    assert (owed(loaded, "2026-03-05"), unapplied(loaded, "2026-03-05")) == ({}, [])


# Work of 2,000.00, and 10% of it held back; an application is both.
HALL = """
2026-01-05 * "Acme" "Hall"
  contract: "hall"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable  2,000.00 USD
  Income:Design     -2,000.00 USD
2026-01-05 * "Acme" "Hall: held back"
  contract: "hall"
  milestone-held: "100%"
  Assets:Receivable  -200.00 USD
  Assets:Retention    200.00 USD
"""


def applied(date: str, number: str, **lines: int) -> str:
    """A pay application for the hall, in percent."""
    text = f'{date} custom "contract" "hall" "progress"\n  invoice: "{number}"\n'
    return text + "".join(f"  milestone-{name}: {share}\n" for name, share in lines.items())


def hall(*applications: str, side: str = "sell") -> Loaded:
    return ledger(turned(HALL, side), *applications, head=turned(HEAD, side))


PA_1, PA_2 = (
    applied("2026-01-31", "PA-1", work=50, held=50),
    applied("2026-02-28", "PA-2", work=48, held=48),
)


@pytest.mark.parametrize("side", ["sell", "buy"])
def test_an_application_that_goes_down_with_what_is_held_makes_the_one_before_smaller(
    side: str,
) -> None:
    """40 of work less 4 that are no longer held: no part of it is owed."""
    loaded = hall(PA_1, PA_2, side=side)

    assert owed(loaded, "2026-02-27") == {"PA-1": "900.00"}
    assert owed(loaded, "2026-02-28") == {"PA-1": "864.00"}
    at = books(loaded, "2026-05-01")
    first, second = numbered(at)
    assert texts(first.open, second.open, second.due) == ["864.00", "0.00", "None"]
    assert texts(*(line.balance for line in open_statement(at, "Acme"))) == ["864.00"]


def test_what_was_paid_of_the_one_before_is_unapplied() -> None:
    loaded = hall(PA_1, PA_2, paid("2026-02-20", "900.00", "^PA-1"))

    assert (owed(loaded, "2026-02-28"), unapplied(loaded, "2026-02-28")) == ({}, ["36.00"])


def test_what_an_application_takes_back_makes_the_newest_smaller() -> None:
    more = applied("2026-02-10", "PA-1a", work=60, held=60)

    assert owed(hall(PA_1, more, PA_2), "2026-02-28") == {"PA-1": "864.00"}
    down = applied("2026-02-28", "PA-2", work=58, held=58)
    assert owed(hall(PA_1, more, down), "2026-02-28") == {"PA-1": "900.00", "PA-1a": "144.00"}


def test_what_a_number_releases_is_less_what_it_takes_back() -> None:
    """All of 100 is released, and 40 of the work taken back: 60 are asked for."""
    loaded = hall(
        PA_1, applied("2026-02-28", "PA-2", work=48, held=0), paid("2026-02-20", "900.00", "^PA-1")
    )

    assert (owed(loaded, "2026-02-28"), unapplied(loaded, "2026-02-28")) == ({"PA-2": "60.00"}, [])


@pytest.mark.parametrize("names", [("east", "west"), ("west", "east")])
def test_the_order_of_what_bills_does_not_matter(names: tuple[str, str]) -> None:
    """What both of them take back meets what is no longer held: the first by name does."""
    text = HALL.replace('work: "100%"', 'east: "50%"\n  milestone-west: "50%"')
    one, other = (
        f'2026-01-31 custom "milestone" "hall" "{name}" "progress" 50\n  invoice: "PA-1"\n'
        for name in names
    )
    held = '2026-01-31 custom "milestone" "hall" "held" "invoiced" 50\n  invoice: "PA-1"\n'
    lower = applied("2026-02-28", "PA-2", east=40, west=40, held=40)

    found = settle(ledger(text, one, other, held, lower), "2026-02-28").items
    assert {item.milestone: texts(item.amount) for item in found if item.number == "PA-1"} == {
        Key("hall", "east"): ["420.00"],
        Key("hall", "west"): ["400.00"],
    }


def test_what_is_released_and_held_again_on_one_number_meets() -> None:
    again = """
    2026-02-28 custom "milestone" "hall" "held" "credited"
      invoice: "PA-2"
    2026-02-28 custom "milestone" "hall" "held" "invoiced" 40
      invoice: "PA-2"
    """

    assert owed(hall(PA_1, again), "2026-02-28") == {"PA-1": "900.00", "PA-2": "20.00"}


def test_a_payment_that_is_moved_to_another_invoice_is_no_new_money() -> None:
    moved = """
    2026-03-10 * "Acme" "It was for the other one"
      Assets:Receivable   1,000.00 USD
        settles: "INV-1"
      Assets:Receivable  -1,000.00 USD
        settles: "INV-2"
    """
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", "^INV-1"), moved)

    assert owed(loaded, "2026-03-10") == {"INV-1": "1000.00", "INV-2": "1000.00"}
    found = received(books(loaded, "2026-03-10"))
    assert [(str(row.date), str(row.amount)) for row in found] == [
        ("2026-03-05", "1000.00"),
        ("2026-03-10", "-1000.00"),
        ("2026-03-10", "1000.00"),
    ]


def test_what_a_named_payment_leaves_pays_the_one_item_of_that_amount() -> None:
    bills = billed("2026-02-01 two completed INV-2", "2026-02-02 three completed INV-3")
    last = billed("2026-02-03 one completed INV-1")
    loaded = ledger(ACME, bills, last, paid("2026-03-05", "4000.00", "^INV-1"))

    # Two is the oldest, but three is exactly what is left.
    assert owed(loaded, "2026-03-05") == {"INV-2": "2000.00"}
    assert matches(loaded, "2026-03-05", "INV-3") == [("3000.00", "payment", "amount")]


def test_payments_of_a_day_that_look_alike_move_an_item_one_after_the_other() -> None:
    half = paid("2026-03-05", "500.00", "^INV-1")
    loaded = ledger(ACME, TWO_BILLS, half, half, returned("2026-03-06", "500.00"))
    item = next(i for i in settle(loaded, "2026-03-06").items if i.number == "INV-1")

    assert [(m.kind, str(m.amount)) for m in item.movements] == [
        ("payment", "500.00"),
        ("payment", "500.00"),
        ("returned", "-500.00"),
    ]
    # What went back is a whole payment: nothing of it is left.
    assert [str(amount) for _, amount in item.payments] == ["500.00"]


def test_what_is_owed_besides_is_an_item_of_its_own_on_the_number() -> None:
    loaded = ledger(ACME, TWO_BILLS, returned("2026-03-06", "15.00", "Income:Fees"))
    found = [i for i in settle(loaded, "2026-03-06").items if i.number == "INV-1"]

    assert [(i.milestone and i.milestone.milestone, str(i.open)) for i in found] == [
        ("one", "1000.00"),
        (None, "15.00"),
    ]
    row = numbered(books(loaded, "2026-03-06"))[0]
    assert [str(n) for n in (row.gross, row.paid, row.open)] == ["1015.00", "0", "1015.00"]


def test_money_that_went_back_is_asked_about_by_client() -> None:
    twice = paid("2026-03-06", "40.00", "^acme/one")
    back = """
    2026-03-08 * "Acme" "Sent back"
      Assets:Receivable   40.00 USD
      Assets:Bank
    """
    at = books(ledger(ACME, BOLT, twice, back), "2026-03-08")

    def amounts(client: str) -> list[str]:
        return [str(row.amount) for row in received(replace(at, scope=Scope(client=client)))]

    assert amounts("acme") == ["40.00", "-40.00"]
    assert amounts("bolt") == []


def test_an_open_statement_has_only_the_invoices_of_its_client() -> None:
    bolt = (
        '2026-02-01 custom "milestone" "bolt" "one" "completed"\n  invoice: "B-1"\n'
        '2026-02-01 custom "milestone" "bolt" "two" "completed"\n'
    )
    at = books(ledger(ACME, BOLT, billed("2026-02-01 one completed INV-1"), bolt), "2026-02-01")

    # Two is completed, and not invoiced.
    assert [line.invoice for line in open_statement(at, "bolt")] == ["B-1"]
    assert [line.invoice for line in open_statement(at, "acme")] == ["INV-1"]


def test_of_two_credits_in_one_transaction_a_refund_takes_the_one_it_is_as_large_as() -> None:
    ahead = """
    2026-03-05 * "Acme" "Paid ahead"
      Assets:Bank         70.00 USD
      Assets:Receivable  -40.00 USD
        settles: "acme/one"
      Assets:Receivable  -30.00 USD
        settles: "acme/two"
    """
    back = """
    2026-03-08 * "Acme" "Sent back"
      Assets:Receivable   40.00 USD
      Assets:Bank
    """

    assert unapplied(ledger(ACME, ahead, back), "2026-03-08") == ["30.00"]


def test_a_credit_of_which_a_plugin_leaves_one_posting_is_money() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", "^INV-1"))
    alone = [
        entry._replace(postings=entry.postings[1:])
        if isinstance(entry, Transaction) and entry.narration == "Paid"
        else entry
        for entry in loaded.entries
    ]

    found = matches(loaded._replace(entries=alone), "2026-03-05", "INV-1")
    assert found == [("1000.00", "payment", "link")]


# ---------------------------------------------------------------- netting


def amounts_of(loaded: Loaded, date: str) -> list[str]:
    """What the items without a milestone are raised for."""
    return [f"{item.amount:f}" for item in settle(loaded, date).items if not item.milestone]


def test_postings_with_numbers_of_their_own_are_not_netted() -> None:
    both = """
    2026-03-05 * "Acme" "An invoice, and a credit note"
      Assets:Receivable  100.00 USD
        invoice: "H-1"
      Assets:Receivable  -40.00 USD
        invoice: "CN-1"
      Income:Design
    """
    loaded = ledger(ACME, both)

    assert amounts_of(loaded, "2026-03-05") == ["100.00"]
    assert owed(loaded, "2026-03-05") == {"H-1": "60.00"}


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [("-40.00", "100.00", "60.00"), ("100.00", "-40.00", "60.00"), ("-0.40", "1.00", "0.60")],
)
def test_the_order_of_what_is_netted_does_not_matter(first: str, second: str, left: str) -> None:
    corrected = f"""
    2026-03-05 * "Acme" "Corrected"
      Assets:Receivable  {first} USD
      Assets:Receivable  {second} USD
      Income:Design
    """

    assert amounts_of(ledger(ACME, corrected), "2026-03-05") == [left]


def test_a_debit_with_the_number_that_it_settles_raises_that_invoice() -> None:
    back = """
    2026-03-06 * "Bank" "Returned"
      settles: "INV-1"
      invoice: "INV-1"
      Assets:Receivable  500.00 USD
      Assets:Bank
    """
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", "^INV-1"), back)

    assert owed(loaded, "2026-03-06") == {"INV-1": "500.00", "INV-2": "2000.00"}


# ---------------------------------------------------------------- parts


#: Accounts beside those of every test.
MORE = """
2020-01-01 open Assets:Withheld
  settles-as: "withholding"
2020-01-01 open Liabilities:Due
2020-01-01 open Income:Exchange
"""


def parts_of(*postings: str) -> list[tuple[str, str]]:
    """What a payment of INV-1 on `Assets:Receivable` is."""
    payment = '2026-03-05 * "Acme" "Paid" ^INV-1\n  ' + "\n  ".join(postings) + "\n"
    loaded = ledger(MORE, ACME, WITH_TAX, OTHER, TWO_BILLS, payment)
    found = matches(loaded, "2026-03-05", "INV-1")
    return [(kind, amount) for amount, kind, _ in found]


WITH_TAX = """
2026-01-01 * "Acme" "Taxed"
  contract: "taxed"
  milestone-all: "100%"
  Assets:Receivable:Acme  120.00 USD
  Liabilities:VAT         -20.00 USD
  Income:Design
"""
OTHER = """
2026-01-01 * "Grants Inc." "Other"
  contract: "other"
  milestone-all: "100%"
  Assets:Receivable:Grant  100.00 USD
  Income:Design
"""


@pytest.mark.parametrize(
    ("postings", "parts"),
    [
        # Cents are split as dollars are.
        (
            [
                "Assets:Receivable  -1.00 USD",
                "Assets:Bank  0.60 USD",
                "Expenses:CardFees  0.40 USD",
            ],
            [("payment", "0.60"), ("deduction", "0.40")],
        ),
        (
            [
                "Assets:Receivable  -1.00 USD",
                "Assets:Bank  0.40 USD",
                "Assets:Receivable:Grant  0.60 USD",
            ],
            [("payment", "0.40"), ("set-off", "0.60")],
        ),
        # A tax account of a contract goes with what is beside it.
        (
            [
                "Assets:Receivable  -120.00 USD",
                "Expenses:BadDebts  100.00 USD",
                "Liabilities:VAT  20.00 USD",
            ],
            [("write-off", "120.00")],
        ),
        # What is of one kind counts together.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  30.00 USD",
                "Assets:Bank  20.00 USD",
                "Expenses:CardFees  50.00 USD",
            ],
            [("payment", "50.00"), ("deduction", "50.00")],
        ),
        # Income and expenses beside money are one deduction.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  50.00 USD",
                "Income:Discount  30.00 USD",
                "Expenses:CardFees  20.00 USD",
            ],
            [("payment", "50.00"), ("deduction", "50.00")],
        ),
        # Tax alone.
        (
            ["Assets:Receivable  -20.00 USD", "Liabilities:VAT  20.00 USD"],
            [("credit note", "20.00")],
        ),
        # Another receivable that is settled too takes nothing from the set-off.
        (
            [
                "Assets:Receivable  -80.00 USD",
                "Assets:Receivable:Acme  -30.00 USD",
                "Assets:Receivable:Grant  60.00 USD",
                "Assets:Bank  50.00 USD",
            ],
            [("payment", "36.36"), ("set-off", "43.64")],
        ),
        # Tax goes with the discount, never with what is withheld or the bank has taken.
        (
            [
                "Assets:Receivable  -120.00 USD",
                "Assets:Bank  104.00 USD",
                "Assets:Withheld  10.00 USD",
                "Income:Discount  5.00 USD",
                "Liabilities:VAT  1.00 USD",
            ],
            [("payment", "104.00"), ("deduction", "6.00"), ("withholding", "10.00")],
        ),
        # Where nothing is taken off, a client has kept it.
        (
            [
                "Assets:Receivable  -120.00 USD",
                "Assets:Bank  90.00 USD",
                "Assets:Withheld  10.00 USD",
                "Liabilities:VAT  20.00 USD",
            ],
            [("payment", "90.00"), ("withholding", "30.00")],
        ),
        (
            ["Assets:Receivable  -120.00 USD", "Assets:Bank  100.00 USD", "Liabilities:VAT"],
            [("payment", "100.00"), ("withholding", "20.00")],
        ),
        # Tax that is due once it is paid is moved, and nothing is paid with it.
        (
            [
                "Assets:Receivable  -120.00 USD",
                "Assets:Bank  110.00 USD",
                "Assets:Withheld  10.00 USD",
                "Liabilities:VAT  20.00 USD",
                "Liabilities:Due  -20.00 USD",
            ],
            [("payment", "110.00"), ("withholding", "10.00")],
        ),
        # Some of it is moved, by cents, and the rest goes with the discount.
        (
            [
                "Assets:Receivable  -120.00 USD",
                "Assets:Bank  114.80 USD",
                "Income:Discount  5.00 USD",
                "Liabilities:VAT  0.90 USD",
                "Liabilities:Due  -0.70 USD",
            ],
            [("payment", "114.80"), ("deduction", "5.20")],
        ),
        # Money that is kept for later takes nothing of the tax in a discount.
        (
            [
                "Assets:Receivable  -119.00 USD",
                "Assets:Bank  195.20 USD",
                "Income:Discount  20.00 USD",
                "Liabilities:VAT  3.80 USD",
                "Liabilities:Due  -100.00 USD",
            ],
            [("payment", "95.20"), ("deduction", "23.80")],
        ),
        # Interest is paid with the same money, so the fee stays what it is.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  103.50 USD",
                "Expenses:CardFees  0.50 USD",
                "Income:Design  -4.00 USD",
            ],
            [("payment", "99.50"), ("deduction", "0.50")],
        ),
        # So is what goes back of another invoice.
        (
            [
                'Assets:Receivable  -100.00 USD\n    settles: "INV-1"',
                'Assets:Receivable  30.00 USD\n    settles: "INV-2"',
                "Assets:Bank  60.00 USD",
                "Assets:Withheld  10.00 USD",
            ],
            [("payment", "90.00"), ("withholding", "10.00")],
        ),
        # Less is withheld where something is taken off.
        (
            [
                "Assets:Receivable  -85.00 USD",
                "Assets:Bank  83.30 USD",
                "Income:Discount  2.00 USD",
                "Assets:Withheld  -0.30 USD",
            ],
            [("payment", "83.30"), ("deduction", "1.70")],
        ),
        # What is paid with more money than there is stays in proportion.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  10.00 USD",
                "Expenses:CardFees  110.00 USD",
                "Income:Design  -20.00 USD",
            ],
            [("deduction", "100.00")],
        ),
        # Money that comes and goes is none: this is a credit note.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  50.00 USD",
                "Assets:Bank  -50.00 USD",
                "Income:Discount  100.00 USD",
            ],
            [("credit note", "100.00")],
        ),
        # Paid in another currency, less a fee in it.
        (
            [
                "Assets:Receivable  -100.00 USD",
                "Assets:Bank  72.00 GBP @ 1.25 USD",
                "Expenses:CardFees  8.00 GBP @ 1.25 USD",
            ],
            [("payment", "90.00"), ("deduction", "10.00")],
        ),
        # What the exchange has won or lost is no part of what was paid in the other currency.
        (
            [
                "Assets:Receivable  -100.00 USD @ 0.90 EUR",
                "Assets:Bank  95.00 USD @ 0.92 EUR",
                "Expenses:CardFees  5.00 USD @ 0.90 EUR",
                "Income:Exchange  -1.90 EUR",
            ],
            [("payment", "95.00"), ("deduction", "5.00")],
        ),
        (
            [
                "Assets:Receivable  -100.00 USD @ 0.90 EUR",
                "Assets:Bank  95.00 USD @ 0.88 EUR",
                "Expenses:CardFees  5.00 USD @ 0.90 EUR",
                "Income:Exchange  1.90 EUR",
            ],
            [("payment", "95.00"), ("deduction", "5.00")],
        ),
    ],
)
def test_parts_of_a_payment(postings: list[str], parts: list[tuple[str, str]]) -> None:
    assert parts_of(*postings) == parts


LESS = """
2026-01-02 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -500.00 USD
  Income:Design
"""


@pytest.mark.parametrize("side", ["sell", "buy"])
def test_what_takes_a_reduction_back_has_its_due_date_in_the_journal(side: str) -> None:
    """It is owed; a credit note of what was billed is not."""
    text = ACME + LESS + billed("2026-02-01 one completed I-1", "2026-02-02 less invoiced C-1")
    text += billed("2026-02-03 less credited I-2", "2026-02-04 one credited C-2")
    found = ledger(turned(text, side), head=turned(HEAD, side))

    dues = {e.meta["invoice"]: e.meta.get("due") for e in found.transactions if "event" in e.meta}
    assert dues["I-2"] == day("2026-03-05")
    assert dues["C-2"] is None


def test_a_reduction_that_is_billed_again_settles_what_took_it_back_by_its_name() -> None:
    steps = ("01 one completed I-1", "02 less invoiced C-1", "03 less credited I-2")
    more = ("03 less invoiced C-3", "04 less invoiced C-3")
    for again in more:
        loaded = ledger(ACME, LESS, billed(*(f"2026-02-{step}" for step in (*steps, again))))

        assert matches(loaded, "2026-02-10", "I-1") == [("500.00", "credit note", "link")]
        # On one day too: what takes it back comes first.
        assert matches(loaded, "2026-02-10", "I-2") == [("500.00", "credit note", "link")]
