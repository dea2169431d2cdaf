"""How far an event goes: shares, pay applications, and what a contract invoices in all."""

import pytest

from beancount_milestones.model import of_register
from beancount_milestones.reports import statement, status
from beancount_milestones.reports.statement import open_statement
from tests.receivables import ACME, HEAD, TWO_BILLS, balance, books, ledger, paid, rows
from tests.support import Load

RECEIVABLE = ("Assets:Receivable", "USD")


@pytest.mark.parametrize("share", ["40", '"40%"', '"2/5"', "1200.00 USD", '"1,200.00 USD"'])
def test_how_far_is_a_share(share: str) -> None:
    loaded = ledger(ACME, f'2026-02-01 custom "milestone" "acme" "three" "progress" {share}\n')

    # 40% of 3,000.
    assert balance(loaded, "2026-02-01")[RECEIVABLE] == 1200


#: What has happened to three, of 3,000, and what is billed then.
ENDED = {
    "done and billed": (('"progress" 900.00 USD', '"cancelled"', '"invoiced" 900.00 USD'), 900),
    "and in percent, of what is left": (('"progress" 30', '"cancelled"', '"invoiced" 50'), 450),
    "an advance, credited": (
        ('"invoiced" 1500.00 USD', '"cancelled"', '"credited" 1200.00 USD'),
        1200,
    ),
    "waived, credited": (('"invoiced" 1500.00 USD', '"waived"', '"credited" 600.00 USD'), 600),
    "in percent": (('"invoiced" 1500.00 USD', '"waived"', '"credited" 40'), 600),
}


@pytest.mark.parametrize(("events", "booked"), ENDED.values(), ids=ENDED)
def test_an_amount_is_of_all_of_a_milestone_that_has_ended(
    events: tuple[str, ...], booked: int
) -> None:
    told = "".join(
        f'2026-02-0{number} custom "milestone" "acme" "three" {event}\n'
        for number, event in enumerate(events, start=1)
    )
    assert rows(ledger(ACME, told), "2026-02-28")["three"].billed == booked


def test_a_pay_application_bills_what_was_done_of_a_milestone_that_is_cancelled() -> None:
    told = """
        2026-02-01 custom "milestone" "acme" "three" "progress" 30
        2026-02-02 custom "milestone" "acme" "three" "cancelled"
        2026-02-03 custom "contract" "acme" "progress"
          invoice: "PA-1"
          milestone-three: 30
    """
    assert rows(ledger(ACME, told), "2026-02-28")["three"].billed == 900


REDUCTIONS = {
    "sell": """
        2026-01-05 * "Acme" "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable  -120.00 USD
          Liabilities:VAT      20.00 USD
          Income:Design
    """,
    "buy": """
        2026-01-01 open Liabilities:Payable
        2026-01-01 open Expenses:Subs
        2026-01-01 * "Sub" "Walls"
          contract: "sub"
          milestone-walls: "100%"
          Expenses:Subs        500.00 USD
          Liabilities:Payable
        2026-01-05 * "Sub" "Less"
          contract: "sub"
          milestone-less: "100%"
          Liabilities:Payable  120.00 USD
          Expenses:Subs
    """,
}


@pytest.mark.parametrize(
    ("side", "contract", "account", "booked"),
    [("sell", "acme", "Assets:Receivable", -30), ("buy", "sub", "Liabilities:Payable", 30)],
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_how_far_a_reduction_is_may_have_its_sign(
    side: str, contract: str, account: str, booked: int, sign: str
) -> None:
    event = f'2026-02-01 custom "milestone" "{contract}" "less" "progress" {sign}30.00 USD\n'
    loaded = ledger(ACME, REDUCTIONS[side], event)

    assert balance(loaded, "2026-02-01")[account, "USD"] == booked


APPLICATION = """
2026-02-01 custom "contract" "acme" "progress"
  invoice: "PA-1"
  milestone-one: 100
  milestone-three: "50%"
2026-03-01 custom "contract" "acme" "progress"
  invoice: "PA-2"
  milestone-two: 500.00 USD
  milestone-three: 40
"""


def test_a_pay_application_bills_its_lines_and_a_lower_one_is_the_credit() -> None:
    loaded = ledger(ACME, APPLICATION)

    assert balance(loaded, "2026-02-01")[RECEIVABLE] == 2500
    # 500 more of two, 300 less of three.
    assert balance(loaded, "2026-03-01")[RECEIVABLE] == 2700
    lines = statement(books(loaded, "2026-03-01"), "Acme")
    assert [(line.kind, line.invoice, str(line.charged)) for line in lines[1:-1]] == [
        ("invoice", "PA-1", "2500.00"),
        ("invoice", "PA-2", "200.00"),
    ]


def test_a_whole_contract_invoices_what_is_earned() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "one" "completed"\n',
        '2026-02-02 custom "milestone" "acme" "two" "progress" 50\n',
        '2026-02-03 custom "contract" "acme" "invoiced"\n  invoice: "INV-9"\n',
    )
    lines = statement(books(loaded, "2026-02-03"), "Acme")

    assert [(line.invoice, str(line.charged)) for line in lines[1:-1]] == [("INV-9", "2000.00")]


def test_a_statement_of_open_items_has_a_running_balance() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "400.00", "^INV-1"))

    lines = open_statement(books(loaded, "2026-03-31"), "acme")
    assert [(line.invoice, str(line.charged), str(line.balance)) for line in lines] == [
        ("INV-1", "600.00", "600.00"),
        ("INV-2", "2000.00", "2600.00"),
    ]


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ('"contract" "acme" "progress" 40\n  milestone-one: 50\n', "not both; leave out 40"),
        ('"contract" "acme" "progress"\n  milestone-on: 50\n', "did you mean 'one'?"),
        (
            '"contract" "acme" "progress"\n  milestone-one: "lots"\n',
            "milestone-one: 'lots' does not",
        ),
        ('"contract" "acme" "invoiced"\n', "needs the number of the invoice"),
        ('"contract" "acme" "invoiced"\n  invoice: "A-1"\n', "there is nothing to invoice"),
        ('"milestone" "acme" "one" "progress" 5.00 EUR\n', "it is in USD, not in EUR"),
        ('"milestone" "acme" "one" "progress" -5.00 USD\n', "is below nothing"),
        ('"milestone" "acme" "one" "progress" "rest"\n', "does not say how far it is"),
        ('"milestone" "acme" "one" "progress" 120\n', "add the quantity as a change order"),
        ('"milestone" "one" "acme" "completed"\n', 'swapped: write "acme" "one"'),
        ('"milestone" "acme" "one" "completed"\n  due: "PA-3"\n', "write the due date without"),
    ],
)
def test_a_slip_is_one_error(load: Load, directive: str, message: str) -> None:
    loaded = load(f"{HEAD}{ACME}2026-02-01 custom {directive}")

    (found,) = loaded.messages
    assert message in found
    assert of_register(loaded.options)


@pytest.mark.parametrize(
    ("total", "over"),
    [("1000 KWD", "111.111 KWD"), ("1000 JPY", "111 JPY"), ("1.00 BTC", "0.11111111 BTC")],
)
def test_what_is_too_much_is_as_exact_as_its_currency(load: Load, total: str, over: str) -> None:
    contract = f"""
2020-01-01 commodity BTC
  precision: 8
2026-01-01 * "Acme" "Site"
  contract: "acme"
  milestone-one: "1/3"
  milestone-two: "rest"
  Assets:Receivable  {total}
  Income:Design

2026-02-01 custom "milestone" "acme" "one" "progress" "4/3"
"""
    (message,) = load(f"{HEAD}{contract}").messages

    assert f'milestone-one-more: "100%" with {over} in its postings' in message


@pytest.mark.parametrize("event", ['"completed"', '"cancelled"', '"invoiced"\n  invoice: "PA-1"'])
@pytest.mark.parametrize("line", ["milestone-one: 50", 'milestone-zzz: "foo"', "milestone_one: 50"])
def test_only_progress_of_a_contract_has_lines(load: Load, event: str, line: str) -> None:
    happened = f"""
2026-02-01 custom "milestone" "acme" "one" "progress" 40
2026-02-02 custom "contract" "acme" {event}
  {line}
2026-02-02 custom "milestone" "acme" "two" {event}
  {line}
"""
    loaded = load(f"{HEAD}{ACME}{happened}")
    wrong = "is a line of a pay application"

    assert [wrong in message for message in loaded.messages] == [True, True]
    assert balance(loaded, "2026-02-02")[RECEIVABLE] == balance(loaded, "2026-02-01")[RECEIVABLE]


def test_a_line_of_a_change_order_that_is_left_as_written_stays_silent(load: Load) -> None:
    more = """
2026-01-05 * "Acme" "More"
  contract: "acme"
  milestone-extra: "90%"
  Assets:Receivable  500.00 USD
  Income:Design
2026-02-01 custom "contract" "acme" "progress"
  milestone-one: 50
  milestone-extra: 50
"""
    loaded = load(f"{HEAD}{ACME}{more}")

    (found,) = loaded.messages
    assert "90%" in found
    # The change order stays as written; of the pay application nothing is booked.
    assert balance(loaded, "2026-02-01")[RECEIVABLE] == 500


def test_a_whole_contract_waives_what_is_not_billed_and_leaves_the_rest_alone() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "one" "invoiced"\n',
        '2026-02-02 custom "contract" "acme" "waived"\n',
    )

    assert [row.amount for row in status(books(loaded, "2026-02-02"))] == [1000, 0, 0]


ITEMS = 12
SCHEDULE = "\n".join(
    [
        '2026-01-05 * "Owner" "Job"',
        '  contract: "job"',
        "  retention: Assets:Retention",
        *(f'  milestone-{n:03}: "{1000 + 70 * n} USD Item {n}"' for n in range(1, ITEMS)),
        f'  milestone-{ITEMS:03}: "rest"',
        "  Assets:Receivable  18,000.00 USD",
        "  Assets:Retention    2,000.00 USD",
        "  Income:Design",
        "",
    ]
)


def test_pay_applications_give_the_same_figures_in_a_third_fewer_lines() -> None:
    """Four months of a schedule of values, written line by line and as on the paper form."""
    months = [("2026-01-31", 20), ("2026-02-28", 45), ("2026-03-31", 70), ("2026-04-30", 90)]
    single, form = [], []
    for number, (date, percent) in enumerate(months, 1):
        form += [f'{date} custom "contract" "job" "progress"', f'  invoice: "PA-{number}"']
        for n in range(1, ITEMS + 1):
            share = percent - n
            single += [
                f'{date} custom "milestone" "job" "{n:03}" "progress" {share}',
                f'  invoice: "PA-{number}"',
            ]
            form.append(f"  milestone-{n:03}: {share}")
    first, second = (ledger(SCHEDULE, "\n".join([*lines, ""])) for lines in (single, form))

    for date, _ in months:
        assert balance(first, date) == balance(second, date)
        assert status(books(first, date)) == status(books(second, date))
    before, after = (len(SCHEDULE.splitlines()) + len(lines) for lines in (single, form))
    assert after < before * 2 / 3
