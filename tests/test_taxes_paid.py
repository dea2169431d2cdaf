"""The tax in what is paid, month by month, worked out by hand; and at the end all of it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from beancount import loader
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from beancount_milestones.reports import Books, Scope
from beancount_milestones.reports.taxes import Basis, taxes
from tests.receivables import books, day, turned
from tests.support import Load, Loaded

#: 1,200 with 200 of tax; a tenth of it may be held back, and released by itself.
CASH = """
plugin "beancount_milestones"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:R
2026-01-01 open Assets:R2
  client: "B"
2026-01-01 open Assets:Ret
2026-01-01 open Assets:WH
  settles-as: "withholding"
2026-01-01 open Liabilities:Dep
2026-01-01 open Liabilities:VAT
  tax: "20%"
2026-01-01 open Liabilities:VAT10
  tax: "10%"
2026-01-01 open Income:W
"""


def work(*postings: str, name: str = "one", contract: str = "a", keys: str = "") -> str:
    lines = "".join(f"  {posting} USD\n" for posting in postings)
    return (
        f'2026-01-01 * "A" "Work"\n  contract: "{contract}"\n{keys}  milestone-{name}: "100%"\n'
        f"{lines}  Income:W\n"
    )


def did(date: str, event: str, number: str = "", name: str = "one", contract: str = "a") -> str:
    key = f"  invoice: {number}\n" if number == "TRUE" else f'  invoice: "{number}"\n'
    return f'{date} custom "milestone" "{contract}" "{name}" {event}\n' + (key if number else "")


def moved(date: str, amount: str, link: str = "", account: str = "Assets:R") -> str:
    return f'{date} * "A" "Paid" {link}\n  Assets:Bank  {amount} USD\n  {account}\n'


PLAIN = work("Assets:R  1200.00", "Liabilities:VAT  -200.00")
BILL = did("2026-01-10", '"completed"', "INV-1")
PAID = moved("2026-01-20", "1200.00", "^INV-1")
RETAINED_WORK = work(
    *("Assets:R  1080.00", "Assets:Ret  120.00", "Liabilities:VAT  -200.00"),
    keys="  retention: Assets:Ret\n",
)
RELEASE = work("Assets:R  120.00", "Assets:Ret  -120.00", name="rel").replace("  Income:W\n", "")
#: 6,000 with 1,000 of tax; 250 are withheld on the invoice.
WITHHELD = (
    work("Assets:R  5750.00", "Assets:WH  250.00", "Liabilities:VAT  -1000.00")
    + did("2026-01-10", '"completed"', "INV-1")
)  # fmt: skip


def paid_less(date: str, amount: str) -> str:
    """A payment of the rest of it, less a discount of 120 with the tax in that."""
    return (
        f'{date} * "A" "Paid less 2%" ^INV-1\n  Assets:Bank  {amount} USD\n'
        "  Income:W  100.00 USD\n  Liabilities:VAT  20.00 USD\n  Assets:R\n"
    )


PAID_LESS = moved("2026-01-20", "1080.00", "^INV-1")
HELD = work("Assets:R  -120.00", name="held").replace("Income:W", "Assets:Ret")
HELD_WORK = PLAIN.replace('"a"\n', '"a"\n  retention: Assets:Ret\n') + HELD
NOTE = did("2026-02-01", '"credited" 50', "CN-1")
BACK = moved("2026-03-01", "-600.00", "^CN-1")


def by_month(loaded: Loaded) -> dict[int, str]:
    """The tax in payments by month of 2026, as each month says it."""
    found = {}
    for month in range(1, 13):
        end = datetime.date(2026 + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
        rows = taxes(books(loaded, str(end)), end.replace(day=1), "cash")
        if tax := sum(row.tax for row in rows):
            found[month] = f"{tax:.2f}"
    return found


@pytest.mark.parametrize(
    ("parts", "months"),
    [
        # A credit note of one client takes nothing of what the other has paid.
        (
            (
                work("Assets:R  840.00", "Assets:R2  360.00", "Liabilities:VAT  -200.00"),
                BILL + moved("2026-01-20", "840.00", "^INV-1"),
                did("2026-02-01", '"credited"', "CN-1"),
            ),
            {1: "140.00"},
        ),
        # One payment that two credit notes take back is counted once.
        (
            (
                PLAIN + BILL + moved("2026-01-20", "900.00", "^INV-1"),
                did("2026-02-01", '"credited" 75', "CN-1"),
                did("2026-03-01", '"credited" 50', "CN-2"),
            ),
            {1: "150.00"},
        ),
        # And goes back with the refund that names it.
        (
            (
                *(PLAIN + BILL + PAID, did("2026-02-01", '"credited" 75', "CN-1")),
                did("2026-03-01", '"credited" 50', "CN-2"),
                moved("2026-04-01", "-300.00", "^CN-2") + moved("2026-05-01", "-300.00", "^CN-1"),
            ),
            {1: "200.00", 4: "-50.00", 5: "-50.00"},
        ),
        # An invoice without a number, credited before and after it is paid.
        (
            (PLAIN + did("2026-01-10", '"completed"', "TRUE"), NOTE, moved("2026-03-01", "600.00")),
            {3: "100.00"},
        ),
        (
            (
                PLAIN + did("2026-01-10", '"completed"', "TRUE") + moved("2026-01-20", "1200.00"),
                NOTE,
                BACK,
            ),
            {1: "200.00", 3: "-100.00"},
        ),
        # A credit note without a number.
        (
            (PLAIN + BILL + PAID, did("2026-02-01", '"credited" 50'), BACK.replace("^CN-1", "")),
            {1: "200.00", 3: "-100.00"},
        ),
        # A deposit covers the invoice, whose tax has another rate.
        (
            (
                work("Assets:R  1100.00", "Liabilities:VAT10  -100.00", name="dep").replace(
                    "Income:W", "Liabilities:Dep"
                ),
                work(
                    *("Liabilities:Dep  1000.00", "Liabilities:VAT10  100.00"),
                    "Liabilities:VAT  -183.33",
                ),
                did("2026-01-05", '"invoiced"', "INV-0", name="dep"),
                moved("2026-01-20", "1100.00", "^INV-0"),
                did("2026-02-10", '"completed"', "INV-1"),
            ),
            {1: "100.00", 2: "83.33"},
        ),
        # Held back without a number, and released.
        (
            (
                PLAIN.replace('"a"\n', '"a"\n  retention: Assets:Ret\n') + HELD,
                (
                    '2026-01-31 custom "contract" "a" "progress"\n  invoice: TRUE\n'
                    "  milestone-one: 100\n  milestone-held: 100\n"
                ),
                moved("2026-02-15", "1080.00") + did("2026-08-31", '"credited"', name="held"),
                moved("2026-09-15", "120.00"),
            ),
            {2: "180.00", 9: "20.00"},
        ),
        # Released by hand.
        (
            (
                RETAINED_WORK + BILL + PAID_LESS,
                (
                    '2026-05-10 * "A" "Release"\n  invoice: "INV-2"\n'
                    "  Assets:R  120.00 USD\n  Assets:Ret\n"
                ),
                moved("2026-06-01", "120.00", "^INV-2"),
            ),
            {1: "180.00", 6: "20.00"},
        ),
        # Held back by hand.
        (
            (
                RETAINED_WORK,
                (
                    '2026-01-10 * "A" "By hand"\n  invoice: "INV-1"\n  Assets:R  1080.00 USD\n'
                    "  Assets:Ret  120.00 USD\n  Liabilities:VAT  -200.00 USD\n  Income:W\n"
                ),
                PAID_LESS,
            ),
            {1: "180.00"},
        ),
        # Released on the day of the work, whatever the numbers.
        (
            (
                RETAINED_WORK + RELEASE + BILL + moved("2026-02-01", "1080.00", "^INV-1"),
                did("2026-01-10", '"invoiced"', "A-1", name="rel"),
                moved("2026-03-01", "120.00", "^A-1"),
            ),
            {2: "180.00", 3: "20.00"},
        ),
        # Two pay for the work, and one of them for what was held back of both.
        (
            (
                RETAINED_WORK.replace("1080.00 USD", "780.00 USD\n  Assets:R2  300.00 USD"),
                RELEASE + BILL + moved("2026-01-20", "780.00", "^INV-1"),
                moved("2026-01-20", "300.00", "^INV-1", "Assets:R2"),
                did("2026-05-10", '"invoiced"', "INV-2", name="rel"),
                moved("2026-06-01", "120.00", "^INV-2"),
            ),
            {1: "180.00", 6: "20.00"},
        ),
        # A credit note by hand without a number.
        (
            (
                PLAIN + BILL + PAID,
                (
                    '2026-02-01 * "A" "Credit note" ^INV-1\n  Assets:R  -600.00 USD\n'
                    "  Liabilities:VAT  100.00 USD\n  Income:W\n"
                ),
                BACK.replace("^CN-1", ""),
            ),
            {1: "200.00", 3: "-100.00"},
        ),
        # A reduction that is paid back in parts.
        (
            (
                PLAIN + BILL + PAID,
                work("Assets:R  -600.00", "Liabilities:VAT  100.00", name="few"),
                did("2026-02-02", '"completed"', "CN-1", name="few"),
                moved("2026-03-01", "-250.00", "^CN-1") + moved("2026-04-01", "-350.00", "^CN-1"),
            ),
            {1: "200.00", 3: "-41.67", 4: "-58.33"},
        ),
        # Tax that is withheld counts as paid: a tenth of all is held back.
        (
            (
                RETAINED_WORK.replace("1080.00 USD", "930.00 USD\n  Assets:WH  150.00 USD"),
                BILL + moved("2026-01-20", "930.00", "^INV-1"),
            ),
            {1: "180.00"},
        ),
        # What is withheld on the invoice is paid as far as that is settled: 98% with a discount.
        ((WITHHELD, paid_less("2026-01-20", "5630.00")), {1: "980.00"}),
        (
            (
                WITHHELD + moved("2026-01-20", "2875.00", "^INV-1"),
                paid_less("2026-02-20", "2755.00"),
            ),
            {1: "500.00", 2: "480.00"},
        ),
        # A fifth is credited by hand, with its part of what is withheld, or without.
        (
            (
                WITHHELD,
                (
                    '2026-02-01 * "A" "Credit note" ^INV-1\n  Assets:R  -1150.00 USD\n'
                    "  Assets:WH  -50.00 USD\n  Liabilities:VAT  200.00 USD\n  Income:W\n"
                ),
                moved("2026-02-20", "4600.00", "^INV-1"),
            ),
            {2: "800.00"},
        ),
        (
            (
                WITHHELD + moved("2026-01-20", "4550.00", "^INV-1"),
                (
                    '2026-02-01 * "A" "Credit note" ^INV-1\n  Assets:R  -1200.00 USD\n'
                    "  Liabilities:VAT  200.00 USD\n  Income:W\n"
                ),
            ),
            {1: "791.30", 2: "8.70"},
        ),
        # It is written off with its part of what is withheld.
        (
            (
                WITHHELD + "2026-01-01 open Expenses:Bad\n",
                (
                    '2026-02-01 * "A" "Bad" ^INV-1\n  Assets:R  -1150.00 USD\n'
                    "  Assets:WH  -50.00 USD\n  Expenses:Bad\n"
                ),
                moved("2026-02-20", "4600.00", "^INV-1"),
            ),
            {2: "800.00"},
        ),
        # A release is credited, half or all of it, and released again.
        (
            (
                RETAINED_WORK + RELEASE + BILL + PAID_LESS,
                did("2026-05-10", '"invoiced"', "INV-2", name="rel"),
                did("2026-05-20", '"credited"', "CN-2", name="rel"),
                did("2026-06-10", '"invoiced"', "INV-3", name="rel"),
                moved("2026-07-01", "120.00", "^INV-3"),
            ),
            {1: "180.00", 7: "20.00"},
        ),
        (
            (
                RETAINED_WORK + RELEASE + BILL + PAID_LESS,
                did("2026-05-10", '"invoiced"', "INV-2", name="rel"),
                did("2026-05-20", '"credited" 50', "CN-2", name="rel"),
                moved("2026-06-01", "60.00", "^INV-2"),
                did("2026-06-10", '"invoiced"', "INV-3", name="rel"),
                moved("2026-07-01", "60.00", "^INV-3"),
            ),
            {1: "180.00", 6: "10.00", 7: "10.00"},
        ),
        # An application goes down after it was paid: half of what was held is due.
        (
            (
                PLAIN.replace('"a"\n', '"a"\n  retention: Assets:Ret\n') + HELD,
                (
                    '2026-01-31 custom "contract" "a" "progress"\n  invoice: "H-1"\n'
                    "  milestone-one: 100\n  milestone-held: 100\n"
                ),
                moved("2026-02-15", "1080.00", "^H-1"),
                (
                    '2026-02-28 custom "contract" "a" "progress"\n  invoice: "H-2"\n'
                    "  milestone-one: 50\n  milestone-held: 50\n"
                ),
                moved("2026-03-15", "-540.00", "^H-2"),
            ),
            {2: "180.00", 3: "-90.00"},
        ),
        # Held back on a number of its own, or without one: it settles the work, and is no payment.
        (
            (
                HELD_WORK + BILL + PAID_LESS,
                did("2026-02-10", '"invoiced"', "INV-2", "held"),
                did("2026-03-10", '"credited"', "INV-3", "held"),
                moved("2026-04-10", "120.00", "^INV-3"),
            ),
            {1: "180.00", 4: "20.00"},
        ),
        (
            (
                HELD_WORK + BILL + PAID_LESS + did("2026-02-10", '"invoiced"', "", "held"),
                did("2026-03-10", '"credited" 50', "", "held"),
                moved("2026-04-10", "60.00") + did("2026-05-10", '"credited"', "", "held"),
                moved("2026-06-10", "60.00"),
            ),
            {1: "180.00", 4: "10.00", 6: "10.00"},
        ),
        # Before anything was billed, or paid in full.
        (
            (
                HELD_WORK + did("2026-01-05", '"invoiced"', "INV-2", "held"),
                did("2026-02-10", '"completed"', "INV-1"),
                moved("2026-02-20", "1080.00", "^INV-1"),
                did("2026-03-10", '"credited"', "INV-3", "held"),
                moved("2026-04-10", "120.00", "^INV-3"),
            ),
            {2: "180.00", 4: "20.00"},
        ),
        (
            (
                HELD_WORK + BILL + PAID + did("2026-02-10", '"invoiced"', "INV-2", "held"),
                moved("2026-03-01", "-120.00", "^INV-2"),
                did("2026-03-10", '"credited"', "INV-3", "held"),
                moved("2026-04-10", "120.00", "^INV-3"),
            ),
            {1: "200.00", 3: "-20.00", 4: "20.00"},
        ),
        # Something of the work stays open.
        (
            (
                HELD_WORK + BILL + moved("2026-01-20", "900.00", "^INV-1"),
                did("2026-02-10", '"invoiced"', "INV-2", "held"),
                did("2026-03-10", '"credited"', "INV-3", "held"),
                moved("2026-04-10", "120.00", "^INV-3") + moved("2026-05-10", "180.00", "^INV-1"),
            ),
            {1: "150.00", 4: "20.00", 5: "30.00"},
        ),
        # More is held back than is charged on the number: the rest settles the one before.
        *(
            (
                (
                    HELD_WORK.replace("-120.00", "-200.00"),
                    did("2026-01-10", '"progress" 90', "INV-1"),
                    moved("2026-01-20", now, "^INV-1"),
                    (
                        '2026-02-10 custom "contract" "a" "progress"\n  invoice: "INV-2"\n'
                        "  milestone-one: 100\n  milestone-held: 100\n"
                    ),
                    did("2026-03-10", '"credited"', "INV-3", "held"),
                    moved("2026-04-10", later, "^INV-3"),
                ),
                months,
            )
            for now, later, months in (
                ("1000.00", "200.00", {1: "166.67", 4: "33.33"}),
                ("1080.00", "120.00", {1: "180.00", 4: "20.00"}),
            )
        ),
        # Tax that is withheld is settled by what is held back as by a payment.
        (
            (
                WITHHELD.replace('"a"\n', '"a"\n  retention: Assets:Ret\n', 1),
                HELD.replace("-120.00", "-575.00") + moved("2026-01-20", "5175.00", "^INV-1"),
                did("2026-02-10", '"invoiced"', "INV-2", "held"),
                did("2026-03-10", '"credited"', "INV-3", "held"),
                moved("2026-04-10", "575.00", "^INV-3"),
            ),
            {1: "900.00", 4: "100.00"},
        ),
        # What it settles has another rate than what was billed first.
        (
            (
                HELD_WORK + BILL + PAID,
                work("Assets:R  1100.00", "Liabilities:VAT10  -100.00", name="low"),
                did("2026-01-25", '"completed"', "INV-2", name="low"),
                moved("2026-02-01", "980.00", "^INV-2"),
                did("2026-02-10", '"invoiced"', "INV-3", "held"),
                did("2026-03-10", '"credited"', "INV-4", "held"),
                moved("2026-04-10", "120.00", "^INV-4"),
            ),
            {1: "200.00", 2: "89.09", 4: "10.91"},
        ),
        # In two currencies by one transaction: each has its own tax, and its own deduction.
        (
            (
                PLAIN,
                '2026-01-10 * "A" "By hand"\n  invoice: "X-1"\n  Assets:R  120.00 USD\n',
                "  Liabilities:VAT  -20.00 USD\n  Income:W  -100.00 USD\n",
                "  Assets:R  60.00 EUR\n  Liabilities:VAT  -10.00 EUR\n  Income:W\n",
                moved("2026-02-01", "120.00", "^X-1"),
                moved("2026-03-01", "60.00", "^X-1").replace("USD", "EUR"),
            ),
            {2: "20.00", 3: "10.00"},
        ),
        (
            (
                PLAIN,
                '2026-01-10 * "A" "By hand"\n  invoice: "X-1"\n  Assets:R  120.00 USD\n',
                "  Liabilities:VAT  -20.00 USD\n  Income:W  -100.00 USD\n",
                "  Assets:R  60.00 EUR\n  Liabilities:VAT  -10.00 EUR\n  Income:W\n",
                '2026-02-01 * "A" "Less a tenth of each" ^X-1\n  Assets:R  -12.00 USD\n',
                "  Liabilities:VAT  2.00 USD\n  Income:W  10.00 USD\n",
                "  Assets:R  -6.00 EUR\n  Liabilities:VAT  1.00 EUR\n  Income:W\n",
                moved("2026-02-02", "108.00", "^X-1"),
                moved("2026-03-01", "54.00", "^X-1").replace("USD", "EUR"),
            ),
            {2: "18.00", 3: "9.00"},
        ),
        # A third of the tax each, to the cent.
        (
            (
                PLAIN,
                '2026-02-10 * "A" "In three"\n'
                + "".join(f'  Assets:R  40.00 USD\n    invoice: "X-{n}"\n' for n in (1, 2, 3))
                + "  Liabilities:VAT  -20.00 USD\n  Income:W\n",
                moved("2026-03-15", "120.00", "^X-1 ^X-2 ^X-3"),
            ),
            {3: "20.00"},
        ),
    ],
)
@pytest.mark.parametrize("side", ["sell", "buy"])
def test_the_tax_of_each_month_on_the_cash_basis(
    load: Load, parts: tuple[str, ...], months: dict[int, str], side: str
) -> None:
    loaded = load(turned("".join((CASH, *parts)), side))
    assert loaded.messages == []
    assert by_month(loaded) == {
        month: tax if side == "sell" else f"{-Decimal(tax)}" for month, tax in months.items()
    }


def test_what_is_held_back_is_released_by_a_contract_of_its_own(load: Load) -> None:
    # Only of who sells: a contract without any work is never one of who buys.
    release = (
        RELEASE.replace('"a"\n', '"a-ret"\n  retention: Assets:Ret\n'),
        did("2026-05-10", '"invoiced"', "INV-2", name="rel", contract="a-ret"),
        moved("2026-06-01", "120.00", "^INV-2"),
    )
    loaded = load("".join((CASH, RETAINED_WORK, BILL, PAID_LESS, *release)))

    assert loaded.messages == []
    assert by_month(loaded) == {1: "180.00", 6: "20.00"}


# ---------------------------------------------------------------- law


#: A fifth of tax on work of which a tenth is held back, and released in halves.
HOUSE = """
2026-01-01 * "A" "House"
  contract: "h"
  retention: Assets:Ret
  milestone-one: "1/3"
  milestone-two: "rest"
  Assets:R         1080.00 USD
  Assets:Ret        120.00 USD
  Liabilities:VAT  -200.00 USD
  Income:W
2026-01-01 * "A" "House: release"
  contract: "h"
  milestone-half: "50%"
  milestone-rest: "rest"
  Assets:R          120.00 USD
  Assets:Ret
"""
#: Owed by two, less tax that they withhold.
DUO = """
2026-01-01 * "A" "Duo"
  contract: "d"
  milestone-one: "30%"
  milestone-two: "rest"
  Assets:R          700.00 USD
  Assets:R2         290.00 USD
  Assets:WH         110.00 USD
  Liabilities:VAT10 -100.00 USD
  Income:W
"""
#: What is held back of it is a milestone of its own.
YARD = """
2026-01-01 * "A" "Yard"
  contract: "y"
  retention: Assets:Ret
  milestone-one: "2/3"
  milestone-two: "rest"
  Assets:R         1200.00 USD
  Liabilities:VAT  -200.00 USD
  Income:W
2026-01-01 * "A" "Yard: held"
  contract: "y"
  milestone-held: "100%"
  Assets:R         -300.00 USD
  Assets:Ret
"""
dates = st.dates(day("2026-02-01"), day("2026-02-20"))
NAMES = ("a one", "h one", "h two", "d one", "d two", "y one", "y two")


@st.composite
def steps(draw: st.DrawFn) -> str:
    """A bill or a credit note, with a number of its own or none."""
    date, number = draw(dates), draw(st.sampled_from(["", "TRUE", "N"]))
    contract, name = draw(st.sampled_from(NAMES)).split()
    event = draw(st.sampled_from(['"completed"', '"progress" 40', '"credited"', '"credited" 50']))
    if number == "N" or (number and "credited" in event):
        number = f"{event[1:3]}{date.day}{contract}"
    return did(str(date), event, number, name, contract)


@st.composite
def payments(draw: st.DrawFn) -> str:
    date, account = draw(dates), draw(st.sampled_from(["Assets:R", "Assets:R", "Assets:R2"]))
    amount = draw(st.sampled_from(["100.01", "360.00", "1200.00", "1080.00"]))
    link = draw(st.sampled_from(["", f"^co{draw(dates).day}h", "^h", "^a/one", "^d", "^y"]))
    return moved(str(date), amount, link, account)


@st.composite
def held(draw: st.DrawFn) -> str:
    """What is held back or released, with a number of its own, or none."""
    date, event = draw(dates), draw(st.sampled_from(['"invoiced" 30', '"invoiced"', '"credited"']))
    return did(str(date), event, draw(st.sampled_from(["", f"H{date.day}"])), "held", "y")


@st.composite
def applied(draw: st.DrawFn) -> str:
    """A pay application, which may hold back more than it charges."""
    date, numbers = draw(dates), st.sampled_from([0, 40, 100])
    rows = "".join(
        f"  milestone-{name}: {draw(numbers)}\n"
        for name in draw(st.sampled_from([("one",), ("one", "held"), ("one", "two", "held")]))
    )
    return f'{date} custom "contract" "y" "progress"\n  invoice: "A{date.day}"\n{rows}'


#: A number that bills something, takes it back at once, and holds back.
BOTH_WAYS = """
2026-02-01 custom "contract" "y" "progress"
  invoice: "A1"
  milestone-one: 40
2026-02-01 custom "contract" "y" "progress"
  invoice: "A1"
  milestone-one: 0
  milestone-held: 40
"""


def settled(loaded: Loaded, side: str) -> str:
    """What pays all that is open, else gives back all that is unapplied; as who sells writes it.

    One after the other: with the payments, other credits may be unapplied.
    """
    found = books(loaded, "2027-12-31").open_items()
    lines = []
    for item in found.items:
        if item.open:
            name = item.number or (item.milestone and item.milestone.link)
            # What was given back too much has no name.
            settles = f'    settles: "{name}"\n' if name else ""
            account = turned(item.account.name, side)
            lines.append(moved("2027-01-01", str(item.open), "", account) + settles)
    for rest in () if lines else found.unapplied:
        amount = str(-rest.amount)
        lines.append(moved("2027-02-01", amount, "", turned(rest.credit.account.name, side)))
    return "".join(lines)


def once_settled(text: str, side: str) -> Loaded:
    """The ledger once nothing is open and nothing unapplied."""
    # What a payment names it settles first, so the next one may settle something else.
    for _ in range(12):
        loaded = Loaded(*loader.load_string(text))
        more = turned(settled(loaded, side), side)
        if not more:
            break
        text += more
    # Some only take the place of others, on and on.
    assume(not more)
    return loaded


@settings(max_examples=150)
@given(
    st.lists(steps() | payments() | held() | applied(), max_size=10),
    st.sampled_from(["sell", "buy"]),
)
@example([BOTH_WAYS], "sell")
def test_once_all_is_paid_all_tax_is(blocks: list[str], side: str) -> None:
    ends = "".join(
        did("2026-12-01", event, f"E{name}{contract}", name, contract)
        for contract, name in (known.split() for known in NAMES)
        for event in ('"completed"', '"invoiced"')
    )
    ends += did("2026-12-02", '"invoiced"', "", "half", "h")
    ends += did("2026-12-03", '"invoiced"', "R-1", "rest", "h")
    ends += did("2026-12-03", '"credited"', "R-2", "held", "y")
    text = turned("\n".join([CASH, PLAIN, HOUSE, DUO, YARD, *blocks, ends]), side)
    # Steps that cannot be are errors, and left out.
    at = books(once_settled(text, side), "2027-12-31")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in taxes(at, basis="cash"):
        sums[row.account] += row.tax
    for row in taxes(at):
        sums[row.account] -= row.tax

    # Half of the tax of an invoice may be a cent more than what is booked for its half.
    cents = sum("credited" in block for block in blocks)
    assert all(abs(number) * 100 <= cents for number in sums.values()), sums


def done(date: str, percent: int, more: str = "") -> str:
    lines = f"  milestone-one: {percent}\n  milestone-two: {percent}\n{more}"
    return f'{date} custom "contract" "y" "progress"\n  invoice: "A{date}"\n{lines}'


@st.composite
def yards(draw: st.DrawFn) -> str:
    """Days on which more is done, held back, released or paid."""
    percent = draw(st.integers(1, 100))
    blocks = [done("2026-01-31", percent)]
    for day_of in range(1, draw(st.integers(2, 8))):
        date = f"2026-02-{day_of:02}"
        kind = draw(st.sampled_from(["held", "paid", "done", "done"]))
        if kind == "paid":
            amount = draw(st.sampled_from(["100.01", "200.00", "300.00", "500.00"]))
            blocks.append(moved(date, amount, draw(st.sampled_from(["", "^y/one", "^y"]))))
        elif kind == "held":
            event = draw(st.sampled_from(['"invoiced" 30', '"invoiced"', '"credited"']))
            blocks.append(did(date, event, draw(st.sampled_from(["", f"H{date}"])), "held", "y"))
        else:
            percent = draw(st.integers(percent, 100))
            held_too = st.sampled_from(["", "  milestone-held: 60\n", "  milestone-held: 100\n"])
            blocks.append(done(date, percent, draw(held_too)))
    return "\n".join([CASH, YARD, *blocks])


@settings(max_examples=100)
@given(yards(), st.sampled_from(["sell", "buy"]))
def test_tax_comes_with_money(text: str, side: str) -> None:
    """A sixth of what is paid, on its day: what is held back settles bills, and pays none."""
    at = books(Loaded(*loader.load_string(turned(text, side))), "2027-12-31")
    came: dict[datetime.date, Decimal] = defaultdict(Decimal)
    for item in at.open_items().items:
        for match in item.matches:
            if match.kind == "payment":
                came[match.credit.date] += match.amount
    for row in taxes(at, basis="cash"):
        came[row.date] -= 6 * (row.tax if side == "sell" else -row.tax)

    # To the cent: of every part of a payment.
    assert all(abs(rest) < Decimal("0.30") for rest in came.values()), came


# ---------------------------------------------------------------- several rates


#: Work at 20% and at 10%, what has no tax, and what is taken off at 10%.
RATES = """
2026-01-01 * "A" "Rates"
  contract: "m"
  Income:W          -999.90 USD
    milestone: "high"
  Liabilities:VAT   -199.98 USD
    milestone: "high"
  Income:W         -1000.00 USD
    milestone: "low"
  Liabilities:VAT10 -100.00 USD
    milestone: "low"
  Income:W         -1000.00 USD
    milestone: "none"
  Assets:R
""" + work("Assets:R  -110.00", "Liabilities:VAT10  10.00", name="less", contract="m")


def together(date: str, number: str, *lines: str) -> str:
    """A pay application of several lines, such as "high 100"."""
    rows = "".join("  milestone-{}: {}\n".format(*line.split()) for line in lines)
    key = f"  invoice: {number}\n" if number == "TRUE" else f'  invoice: "{number}"\n'
    return f'{date} custom "contract" "m" "progress"\n{key}{rows}'


def by_hand(date: str, *postings: str, link: str = "^INV-1", key: str = "") -> str:
    """A transaction that takes off something, for which the receivable is credited."""
    lines = "".join(f"  {posting} USD\n" for posting in postings)
    return f'{date} * "A" "Less" {link}\n{key}{lines}  Assets:R\n'


#: 3,299.88 with 199.98 at 20% and 100.00 at 10%.
THREE = RATES + together("2026-01-10", "INV-1", "high 100", "low 100", "none 100")
LOW_BACK = ("Income:W  100.00", "Liabilities:VAT10  10.00")
CREDITED = did("2026-01-15", '"credited"', "CN-1", name="none", contract="m")


def by_account(at: Books, basis: Basis) -> dict[str, Decimal]:
    """The tax on each account: VAT, VAT10."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in taxes(at, basis=basis):
        sums[row.account.rpartition(":")[2]] += row.tax
    return {account: tax for account, tax in sums.items() if tax}


@pytest.mark.parametrize(
    ("parts", "high", "low"),
    [
        # What has no tax is credited: before the rest is paid, without numbers, and after all is.
        ((THREE, CREDITED, moved("2026-02-01", "2299.88", "^INV-1")), "199.98", "100.00"),
        (
            (
                THREE.replace('"INV-1"', "TRUE"),
                did("2026-01-15", '"credited"', name="none", contract="m"),
                moved("2026-02-01", "2299.88", "^m"),
            ),
            "199.98",
            "100.00",
        ),
        ((THREE, moved("2026-01-12", "3299.88", "^INV-1"), CREDITED), "199.98", "100.00"),
        # A part of it is paid, and a part of that settles something now that is not credited.
        ((THREE, moved("2026-01-12", "1149.94", "^INV-1"), CREDITED), "99.99", "50.00"),
        # Some of what has the lower rate is credited.
        (
            (
                *(THREE, did("2026-01-15", '"credited" 60', "CN-1", name="low", contract="m")),
                moved("2026-02-01", "2859.88", "^INV-1"),
            ),
            "199.98",
            "60.00",
        ),
        # One note takes back something of two invoices.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 50", "none 50"),
                together("2026-01-11", "INV-2", "high 100", "none 100"),
                did("2026-01-15", '"credited" 20', "CN-1", name="none", contract="m"),
                moved("2026-02-01", "1399.88", "^INV-1 ^INV-2"),
            ),
            "199.98",
            None,
        ),
        # It is deducted, or credited by hand; the payment goes back with it, and comes again.
        (
            (THREE, by_hand("2026-02-01", "Assets:Bank  3189.88", *LOW_BACK)),
            "199.98",
            "90.00",
        ),
        (
            (
                THREE + moved("2026-02-01", "3189.88", "^INV-1"),
                by_hand("2026-02-02", *LOW_BACK, key='  invoice: "CN-1"\n'),
            ),
            "199.98",
            "90.00",
        ),
        (
            (
                THREE + by_hand("2026-02-01", "Assets:Bank  3189.88", *LOW_BACK),
                by_hand(
                    *("2026-02-11", "Assets:Bank  -3189.88", "Income:W  -100.00"),
                    "Liabilities:VAT10  -10.00",
                ),
                moved("2026-02-21", "3299.88", "^INV-1"),
            ),
            "199.98",
            "100.00",
        ),
        # A credit note by hand without tax takes none back.
        (
            (
                THREE + by_hand("2026-02-01", "Income:W  1000.00"),
                moved("2026-02-02", "2299.88", "^INV-1"),
            ),
            "199.98",
            "100.00",
        ),
        # What is only not paid, and where tax is moved to what is due, is a part of both.
        (
            (
                THREE + "2026-01-01 open Expenses:Bad\n",
                by_hand("2026-02-01", "Assets:Bank  1649.94", "Expenses:Bad  1649.94"),
            ),
            "99.99",
            "50.00",
        ),
        (
            (
                THREE + '2026-01-01 open Liabilities:Due\n  tax: "20%"\n',
                by_hand(
                    *("2026-02-01", "Assets:Bank  1649.94", "Income:W  1549.94"),
                    *("Liabilities:VAT  199.98", "Liabilities:Due  -99.98"),
                ),
            ),
            "99.99",
            "50.00",
        ),
        # A discount that one payment takes of two invoices.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100"),
                together("2026-01-11", "INV-2", "low 100"),
                by_hand("2026-02-01", "Assets:Bank  2189.88", *LOW_BACK, link="^INV-1 ^INV-2"),
            ),
            "199.98",
            "90.00",
        ),
        # A reduction on the invoice itself, on a note of its own, and on one that settles two.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100", "low 100", "less 100"),
                moved("2026-02-01", "2189.88", "^INV-1"),
            ),
            "199.98",
            "90.00",
        ),
        (
            (
                THREE + together("2026-01-15", "CN-1", "less 100"),
                moved("2026-02-01", "3189.88", "^INV-1"),
            ),
            "199.98",
            "90.00",
        ),
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100"),
                together("2026-01-11", "INV-2", "low 100"),
                moved("2026-01-12", "1166.55", "^INV-1"),
                together("2026-01-15", "CN-1", "less 100"),
                moved("2026-02-01", "1023.33", "^INV-2"),
            ),
            "199.98",
            "90.00",
        ),
        # An application bills something, and takes back more that has no tax.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 50", "low 100", "none 100"),
                together("2026-01-15", "INV-2", "high 60", "none 0"),
                moved("2026-02-01", "1819.93", "^m"),
            ),
            "119.99",
            "100.00",
        ),
        # It takes itself back as well, and is a credit note as a whole.
        (
            (
                RATES + together("2026-01-10", "INV-1", "none 80"),
                together("2026-01-15", "INV-2", "low 80", "none 0"),
                together("2026-01-15", "INV-2", "low 35"),
                moved("2026-02-01", "385.00", "^INV-1"),
            ),
            None,
            "35.00",
        ),
        # What it bills is credited later, so that what it takes back makes the earlier one smaller.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 35"),
                together("2026-01-15", "INV-2", "high 0", "low 35", "none 35"),
                did("2026-01-15", '"credited"', name="low", contract="m"),
                moved("2026-02-01", "350.00", "^INV-1"),
            ),
            None,
            None,
        ),
        # It settles some of the earlier one and some of a later one; the rest is paid back.
        (
            (
                RATES + by_hand("2026-02-01", "Assets:Bank  200.00", *LOW_BACK, link="^m/low"),
                together("2026-02-01", "N01", "low 35"),
                together("2026-02-02", "N02", "high 35", "low 0"),
                did("2026-02-02", '"credited"', name="high", contract="m"),
                together("2026-12-01", "E-1", "low 10"),
                moved("2026-12-02", "-200.00", "^N02"),
            ),
            None,
            None,
        ),
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 35"),
                moved("2026-01-12", "419.96", "^INV-1"),
                together("2026-01-15", "INV-2", "high 0", "low 35", "none 35"),
                did("2026-01-15", '"credited"', name="low", contract="m"),
                moved("2026-02-01", "-69.96", "^INV-2"),
            ),
            None,
            None,
        ),
        # It bills nothing more than it takes back, and is credited.
        (
            (
                RATES + together("2026-01-10", "INV-1", "low 35"),
                moved("2026-01-12", "385.00", "^INV-1"),
                together("2026-01-15", "INV-2", "low 0", "none 38.5"),
                did("2026-01-15", '"credited"', name="none", contract="m"),
                moved("2026-02-01", "-385.00", "^INV-2"),
            ),
            None,
            None,
        ),
        # A credit note is credited, so that it takes back more.
        (
            (
                RATES + together("2026-02-01", "N01", "none 80"),
                together("2026-02-02", "N02", "low 35", "none 35"),
                did("2026-02-02", '"credited"', name="low", contract="m"),
                moved("2026-03-01", "350.00", "^N01"),
            ),
            None,
            None,
        ),
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100"),
                together("2026-01-15", "CN-1", "less 100", "none 5"),
                did("2026-01-16", '"credited"', name="none", contract="m"),
                moved("2026-02-01", "1089.88", "^INV-1"),
            ),
            "199.98",
            "-10.00",
        ),
        # So does what it reduces: 65 of 110.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100"),
                together("2026-01-15", "INV-2", "less 100", "none 30"),
                did("2026-01-16", '"credited" 4.5', name="none", contract="m"),
                moved("2026-02-01", "1134.88", "^INV-1"),
            ),
            "199.98",
            "-10.00",
        ),
        # And one without a number.
        (
            (
                RATES + together("2026-01-10", "TRUE", "high 50", "low 100", "none 100"),
                together("2026-01-15", "TRUE", "high 60", "none 0"),
                moved("2026-02-01", "1819.93", "^m"),
            ),
            "119.99",
            "100.00",
        ),
        # A tenth of each rate is held back and released, whatever is deducted.
        (
            (
                work(
                    *("Assets:R  2070.00", "Assets:Ret  230.00", "Liabilities:VAT  -200.00"),
                    "Liabilities:VAT10  -100.00",
                    keys="  retention: Assets:Ret\n",
                ),
                RELEASE.replace("120.00", "230.00") + BILL,
                by_hand("2026-02-01", "Assets:Bank  1960.00", *LOW_BACK),
                did("2026-05-10", '"invoiced"', "INV-2", name="rel"),
                moved("2026-06-01", "230.00", "^INV-2"),
            ),
            "200.00",
            "90.00",
        ),
    ],
)
@pytest.mark.parametrize("side", ["sell", "buy"])
def test_what_is_taken_off_says_which_tax(
    load: Load, parts: tuple[str, ...], high: str | None, low: str | None, side: str
) -> None:
    loaded = load(turned("".join((CASH, *parts)), side))
    assert loaded.messages == []
    sign = 1 if side == "sell" else -1
    expected = {"VAT": high, "VAT10": low}
    assert by_account(books(loaded, "2026-12-31"), "cash") == {
        account: sign * Decimal(tax) for account, tax in expected.items() if tax
    }


#: An invoice at each rate.
EACH = RATES + together("2026-01-10", "INV-1", "high 100") + together(
    "2026-01-11", "INV-2", "low 100"
)  # fmt: skip
#: Two at the same rate.
HALVES = RATES + together("2026-01-10", "INV-1", "high 50") + together(
    "2026-01-11", "INV-2", "high 100"
)  # fmt: skip
#: A tenth of each, and the parts of the receivable.
TENTH = ("Income:W  199.99", "Liabilities:VAT  20.00", "Liabilities:VAT10  10.00")
SPLIT = ('-119.99 USD\n    settles: "INV-1"', '-110.00 USD\n    settles: "INV-2"')
ALL = ('-1199.88 USD\n    settles: "INV-1"', '-1100.00 USD\n    settles: "INV-2"')
CN_1 = '  invoice: "CN-1"\n'


def off_both(date: str, postings: tuple[str, ...], parts: tuple[str, ...], key: str = "") -> str:
    """A transaction by hand that says how much of the receivable is for which invoice."""
    lines = [*(f"{posting} USD" for posting in postings), *(f"Assets:R  {part}" for part in parts)]
    return f'{date} * "A" "Off both"\n{key}' + "".join(f"  {line}\n" for line in lines)


def by_invoice(at: Books) -> dict[str, Decimal]:
    """The tax paid by invoice and account: "INV-1 VAT"."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in taxes(at, basis="cash"):
        sums[f"{row.invoice} {row.account.rpartition(':')[2]}"] += row.tax
    return {name: tax for name, tax in sums.items() if tax}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # A credit note on both.
        (
            (
                EACH + off_both("2026-01-15", TENTH, SPLIT, CN_1),
                moved("2026-01-20", "1079.89", "^INV-1") + moved("2026-04-20", "990.00", "^INV-2"),
            ),
            "INV-1 VAT 179.98, INV-2 VAT10 90.00",
        ),
        # A discount in one transfer, which says how much is for which, or only the two numbers.
        (
            (EACH + off_both("2026-01-15", ("Assets:Bank  2069.89", *TENTH), ALL),),
            "INV-1 VAT 179.98, INV-2 VAT10 90.00",
        ),
        (
            (EACH + by_hand("2026-01-15", "Assets:Bank  2069.89", *TENTH, link="^INV-1 ^INV-2"),),
            "INV-1 VAT 179.98, INV-2 VAT10 90.00",
        ),
        # Half of both is lost.
        (
            (
                EACH + "2026-01-01 open Expenses:Bad\n",
                off_both(
                    "2026-01-15",
                    ("Expenses:Bad  999.95", "Liabilities:VAT  99.99", "Liabilities:VAT10  50.00"),
                    ('-599.94 USD\n    settles: "INV-1"', '-550.00 USD\n    settles: "INV-2"'),
                ),
                moved("2026-02-20", "1149.94", "^INV-1 ^INV-2"),
            ),
            "INV-1 VAT 99.99, INV-2 VAT10 50.00",
        ),
        # The discount comes back with the transfer.
        (
            (
                EACH + by_hand("2026-01-15", "Assets:Bank  2069.89", *TENTH, link="^INV-1 ^INV-2"),
                by_hand(
                    *("2026-01-16", "Assets:Bank  -2069.89", "Income:W  -199.99"),
                    *("Liabilities:VAT  -20.00", "Liabilities:VAT10  -10.00"),
                    link="^INV-1 ^INV-2",
                ),
                moved("2026-02-20", "2299.88", "^INV-1 ^INV-2"),
            ),
            "INV-1 VAT 199.98, INV-2 VAT10 100.00",
        ),
        # Where both have the tax, in proportion, whichever of the two the discount settles.
        (
            (
                HALVES,
                by_hand(
                    *("2026-01-15", "Assets:Bank  1079.88", "Income:W  100.00"),
                    "Liabilities:VAT  20.00",
                    link="^INV-1 ^INV-2",
                ),
            ),
            "INV-1 VAT 89.99, INV-2 VAT 89.99",
        ),
        # Where neither has it, by amount.
        (
            (
                HALVES,
                off_both(
                    *("2026-01-15", LOW_BACK),
                    ('-44.00 USD\n    settles: "INV-1"', '-66.00 USD\n    settles: "INV-2"'),
                    CN_1,
                ),
                moved("2026-02-20", "1089.88", "^INV-1 ^INV-2"),
            ),
            "INV-1 VAT 99.99, INV-1 VAT10 -4.00, INV-2 VAT 99.99, INV-2 VAT10 -6.00",
        ),
        # More is paid than is owed: of that nothing is taken off.
        (
            (
                RATES + together("2026-01-10", "INV-1", "high 100"),
                by_hand(
                    *("2026-01-15", "Assets:Bank  1200.00", "Income:W  100.00"),
                    "Liabilities:VAT  20.00",
                ),
            ),
            "INV-1 VAT 179.98",
        ),
        # One of the two was paid in full: its part is paid back.
        (
            (
                EACH + moved("2026-01-12", "1100.00") + '    settles: "INV-2"\n',
                off_both("2026-01-15", TENTH, SPLIT, CN_1),
                moved("2026-01-20", "1079.89", "^INV-1") + moved("2026-02-03", "-110.00", "^CN-1"),
            ),
            "CN-1 VAT10 -10.00, INV-1 VAT 179.98, INV-2 VAT10 100.00",
        ),
        # So were both, and it names neither.
        (
            (
                EACH + moved("2026-01-12", "2299.88", "^INV-1 ^INV-2"),
                by_hand("2026-01-15", *TENTH, link="", key=CN_1),
                moved("2026-02-03", "-229.99", "^CN-1"),
            ),
            "CN-1 VAT -20.00, CN-1 VAT10 -10.00, INV-1 VAT 199.98, INV-2 VAT10 100.00",
        ),
    ],
)
@pytest.mark.parametrize("side", ["sell", "buy"])
def test_a_tax_is_taken_off_the_invoices_that_have_it(
    load: Load, parts: tuple[str, ...], expected: str, side: str
) -> None:
    loaded = load(turned("".join((CASH, *parts)), side))
    assert loaded.messages == []
    found = by_invoice(books(loaded, "2026-12-31"))
    sign = 1 if side == "sell" else -1
    assert ", ".join(f"{name} {sign * found[name]}" for name in sorted(found)) == expected


def test_what_is_asked_about_changes_nothing_of_what_is_taken_off(load: Load) -> None:
    hand = (
        '2026-01-11 * "A" "By hand"\n  invoice: "INV-2"\n  Assets:R  1100.00 USD\n'
        "  Liabilities:VAT10  -100.00 USD\n  Income:W\n"
    )
    text = RATES + together("2026-01-10", "INV-1", "high 100") + hand
    paid = off_both("2026-01-15", ("Assets:Bank  2069.89", *TENTH), ALL)
    at = replace(books(load(CASH + text + paid), "2026-12-31"), scope=Scope(contract="m"))

    assert by_invoice(at) == {"INV-1 VAT": Decimal("179.98")}


#: The taxes on 1,000 of work.
BEARS = {
    "high": ("VAT",),
    "low": ("VAT10",),
    "both": ("VAT", "VAT10"),
    "none": (),
}  # fmt: skip
OF_1000 = {"VAT": Decimal(200), "VAT10": Decimal(100)}


def _taxed(amount: Decimal, bears: Iterable[str], sign: int) -> list[str]:
    """What an amount of work comes to by account."""
    taxed = [(tax, sign * amount * OF_1000[tax] / 1000) for tax in bears]
    return [f"Income:W  {sign * amount}", *(f"Liabilities:{tax}  {n}" for tax, n in taxed)]


def _gross(amount: Decimal, bears: Iterable[str]) -> Decimal:
    return amount + sum(amount * OF_1000[tax] / 1000 for tax in bears)


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(sorted(BEARS)), min_size=3, max_size=3),
    st.lists(st.tuples(st.sets(st.integers(0, 2), min_size=1), st.integers(1, 3)), max_size=3),
    st.sampled_from(["", "lines", "links"]),
    st.sampled_from(["sell", "buy"]),
)
def test_each_invoice_has_its_own_tax_less_what_is_taken_off_it(
    kinds: list[str], notes: list[tuple[set[int], int]], discount: str, side: str
) -> None:
    bears = [BEARS[kind] for kind in kinds]
    left = [Decimal(1000) for _ in bears]
    text = CASH + PLAIN
    for index, taxed in enumerate(bears):
        lines = "".join(f"  {posting} USD\n" for posting in _taxed(left[index], taxed, -1))
        text += f'2026-02-01 * "A" "X"\n  invoice: "X-{index}"\n{lines}  Assets:R\n'

    def off(number: int, tenths: dict[int, int], paid: Decimal | None = None) -> str:
        postings = [f"Assets:Bank  {paid}"] if paid is not None else []
        parts = []
        for index, some in tenths.items():
            less = left[index] * some / 10
            postings += _taxed(less, bears[index], 1)
            own = less if paid is None else left[index]
            parts.append(f'-{_gross(own, bears[index])} USD\n    settles: "X-{index}"')
            left[index] -= less
        if discount == "links" and paid is not None:
            link = " ".join(f"^X-{index}" for index in tenths)
            return by_hand(f"2026-03-{number + 1:02}", *postings, link=link)
        return off_both(f"2026-03-{number + 1:02}", tuple(postings), tuple(parts))

    for number, (some, tenths) in enumerate(notes):
        text += off(number, dict.fromkeys(sorted(some), tenths))
    if discount:
        paid = sum((_gross(n * 9 / 10, t) for n, t in zip(left, bears, strict=True)), Decimal(0))
        text += off(20, dict.fromkeys(range(len(bears)), 1), paid)
    else:
        for index, taxed in enumerate(bears):
            text += moved("2026-03-21", str(_gross(left[index], taxed)), f"^X-{index}")
    loaded = Loaded(*loader.load_string(turned(text, side)))
    assert loaded.messages == []

    sign = 1 if side == "sell" else -1
    assert by_invoice(books(loaded, "2026-12-31")) == {
        f"X-{index} {tax}": sign * left[index] * OF_1000[tax] / 1000
        for index, taxed in enumerate(bears)
        for tax in taxed
    }


@st.composite
def shared(draw: st.DrawFn) -> str:
    """A pay application, a credit note, or what is taken off by hand."""
    date = str(draw(dates))
    number = f"N{date[-2:]}"
    kind = draw(st.sampled_from(["together", "together", "credited", "deducted", "note"]))
    if kind == "together":
        some = st.sets(st.sampled_from(["high", "low", "none"]), min_size=1)
        names = draw(st.just({"less"}) | some)
        lines = [f"{name} {draw(st.sampled_from([0, 35, 80, 100]))}" for name in sorted(names)]
        # A number that reduces and takes that back on the same day bills nothing.
        return together(date, "-".join(lines[0].split()) if "less" in names else number, *lines)
    if kind == "credited":
        name = draw(st.sampled_from(["high", "low", "none", "less"]))
        event = draw(st.sampled_from(['"credited"', '"credited" 35']))
        return did(date, event, draw(st.sampled_from(["", f"C{number}"])), name, "m")
    link = draw(st.sampled_from(["^m/low", "^m", f"^N{draw(dates).day:02}"]))
    if kind == "note":
        return by_hand(date, *LOW_BACK, link=link)
    return by_hand(date, "Assets:Bank  200.00", *LOW_BACK, link=link)


@settings(max_examples=150)
@given(st.lists(shared() | payments(), max_size=10), st.sampled_from(["sell", "buy"]))
def test_once_all_is_paid_each_tax_is(blocks: list[str], side: str) -> None:
    ends = together("2026-12-01", "E-1", *(f"{x} 100" for x in ("high", "low", "none", "less")))
    text = turned("\n".join([CASH, RATES, *blocks, ends]), side)
    at = books(once_settled(text, side), "2027-12-31")
    refunds = at.open_items().refunds
    # Nobody pays back in money what was only deducted.
    assume(all(kind != "deduction" for refund in refunds for _, kind, _ in refund.takes))

    assert by_account(at, "cash") == by_account(at, "booked")


def test_of_one_client_only_what_it_pays(load: Load) -> None:
    unnumbered = PLAIN + DUO + did("2026-01-10", '"completed"') + did(
        "2026-01-10", '"completed"', "", contract="d"
    )  # fmt: skip
    paid = moved("2026-01-20", "1200.00") + moved("2026-01-21", "87.00", account="Assets:R2")
    at = books(load(CASH + unnumbered + paid), "2026-12-31")

    def of(client: str) -> list[str]:
        scope = Scope(client=client)
        return [f"{row.client} {row.tax}" for row in taxes(replace(at, scope=scope), basis="cash")]

    assert of("B") == ["B 8.79"]
    assert [row.rpartition(" ")[0] for row in of("A")] == ["A"] * len(of("A"))
