"""Which deposits an invoice draws, and at which rates of tax; figures worked out by hand."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import pytest
from beancount import loader
from hypothesis import example, given, settings
from hypothesis import strategies as st

from beancount_milestones.documents.einvoice import missing
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.model import InvoiceDocument
from beancount_milestones.model import of_register
from beancount_milestones.parties import TaxRate
from beancount_milestones.reports import Books, invoices
from tests import einvoices

D = Decimal
HEAD: Final = (
    einvoices.OPENS
    + einvoices.SELLER
    + einvoices.CLIENT
    + """
2026-01-01 open Liabilities:VAT16
  tax: "S 16%"
"""
)


def made(text: str) -> list[InvoiceDocument]:
    """All invoices of a ledger, in the order of the register."""
    entries, errors, options = loader.load_string(HEAD + text)
    assert not errors
    register = of_register(options)
    assert register
    books = Books(register, entries, options, date(2026, 12, 31))
    numbers = dict.fromkeys(row.invoice for row in invoices(books))
    return [document for number in numbers for document in invoice_documents(books, number)]


def only(text: str, number: str) -> InvoiceDocument:
    (found,) = (one for one in made(text) if one.number == number)
    return found


def name(rate: TaxRate | None) -> str:
    return f"{rate.category}{rate.rate}" if rate else ""


def said(found: InvoiceDocument) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str]]]:
    """The work by rate; the number, rate, net amount and tax of what is drawn."""
    lines = [(name(part.rate), f"{part.net:f}") for one in found.lines for part in one.rates]
    drawn = [
        (one.number, name(part.rate), f"{part.net:f}", f"{part.tax:f}")
        for one in found.drawn
        for part in one.rates
    ]
    return lines, drawn


def contract(name: str, milestones: str, *postings: str, client: str = "Acme") -> str:
    """A transaction of a contract, with milestones like "a 1/3, b rest"."""
    cut = (milestone.split() for milestone in milestones.split(","))
    said = "".join(f'  milestone-{milestone}: "{share}"\n' for milestone, share in cut)
    lines = "".join(f"  {posting}\n" for posting in postings)
    return f'2026-01-02 * "{client}" "Work"\n  contract: "{name}"\n{said}{lines}'


def billed(*directives: str) -> str:
    """Directives like "01-10 job a completed R-1"."""
    lines = []
    for directive in directives:
        day, name, milestone, event, *more = directive.split()
        share = f" {more[0]}" if len(more) > 1 else ""
        lines.append(f'2026-{day} custom "milestone" "{name}" "{milestone}" "{event}"{share}')
        lines.append(f'  invoice: "{more[-1]}"')
    return "\n".join(lines) + "\n"


def deposit(
    name: str, net: str, tax: str, *, on: str = "VAT19", owed: str = "Assets:Receivable"
) -> str:
    return contract(
        name, "dep 100%", owed, f"Liabilities:{on}  -{tax}", f"Liabilities:Deposits  -{net}"
    )


JOB: Final = deposit("job", "1000.00 EUR", "190.00 EUR") + contract(
    "job",
    "a 50%, b 50%",
    *("Assets:Receivable", "Liabilities:Deposits  1000.00 EUR"),
    *("Liabilities:VAT19  -760.00 EUR", "Income:Work  -5000.00 EUR"),
)


# Several deposits

MATERIALS: Final = "2026-01-01 open Liabilities:Materials\n"


def advance(milestone: str, *postings: str) -> str:
    return contract("site", f"{milestone} 100%", "Assets:Receivable", *postings)


#: A mobilisation advance and one for materials (FIDIC 14.2, 14.5), which the work draws.
SITE: Final = (
    MATERIALS
    + advance("mob", "Liabilities:Deposits  -10000.00 EUR")
    + advance("mat", "Liabilities:Materials  -4000.00 EUR")
    + contract(
        "site",
        "a 50%, b rest",
        *("Assets:Receivable", "Income:Work  -100000.00 EUR"),
        *("Liabilities:Deposits  10000.00 EUR", "Liabilities:Materials  4000.00 EUR"),
    )
)


def test_each_of_two_deposits_is_drawn_as_the_work_draws_it() -> None:
    text = SITE + billed(
        "01-10 site mob invoiced D-1",
        "01-20 site mat invoiced D-2",
        "03-31 site a completed R-1",
        "04-30 site b completed R-2",
    )

    for number in ("R-1", "R-2"):
        found = only(text, number)
        assert (found.net, found.tax, found.open) == (D(43000), D(0), D(43000))
        assert said(found) == (
            [("", "50000.00")],
            [("D-1", "", "-5000.00", "0"), ("D-2", "", "-2000.00", "0")],
        )


def test_two_deposits_on_one_invoice_are_drawn_on_one_line() -> None:
    text = SITE + billed(
        "01-10 site mob invoiced D-1", "01-10 site mat invoiced D-1", "03-31 site a completed R-1"
    )

    found = only(text, "R-1")
    assert len(found.drawn) == 1
    assert said(found)[1] == [("D-1", "", "-5000.00", "0"), ("D-1", "", "-2000.00", "0")]


def test_a_deposit_that_nobody_has_billed_beside_one_that_is() -> None:
    text = SITE + billed("01-10 site mob invoiced D-1", "03-31 site a completed R-1")

    assert said(only(text, "R-1"))[1] == [("D-1", "", "-5000.00", "0"), ("", "", "-2000.00", "0")]


def test_each_of_two_deposits_keeps_its_own_rate() -> None:
    """Materials are paid ahead without tax; all of the work is taxed."""
    text = (
        MATERIALS
        + advance("mob", "Liabilities:Deposits  -20000.00 EUR", "Liabilities:VAT19  -3800.00 EUR")
        + advance("mat", "Liabilities:Materials  -10000.00 EUR", "Liabilities:Zero  0 EUR")
        + contract(
            "site",
            "a 50%, b rest",
            *("Assets:Receivable", "Income:Work  -100000.00 EUR"),
            *("Liabilities:Deposits  20000.00 EUR", "Liabilities:Materials  10000.00 EUR"),
            *("Liabilities:VAT19  -15200.00 EUR", "Liabilities:Zero  0 EUR"),
        )
        + billed(
            "01-10 site mob invoiced D-1",
            "01-20 site mat invoiced D-2",
            "03-31 site a completed R-1",
        )
    )

    lines, drawn = said(only(text, "R-1"))
    assert lines == [("S19", "50000.00")]
    assert drawn == [("D-1", "S19", "-10000.00", "-1900.00"), ("D-2", "Z0", "-5000.00", "0.00")]


def test_one_transaction_bills_two_deposits() -> None:
    """No tax is on the one that no `open` names a tax."""
    text = (
        MATERIALS
        + advance(
            "both",
            *("Liabilities:Deposits  -2000.00 EUR", "Liabilities:Materials  -1000.00 EUR"),
            "Liabilities:VAT19  -570.00 EUR",
        )
        + contract(
            "site",
            "a 50%, b rest",
            *("Assets:Receivable", "Income:Work  -10000.00 EUR"),
            *("Liabilities:Deposits  2000.00 EUR", "Liabilities:Materials  1000.00 EUR"),
            "Liabilities:VAT19  -1330.00 EUR",
        )
        + billed("01-10 site both invoiced D-1", "03-31 site a completed R-1")
    )
    found = only(text, "R-1")

    assert said(only(text, "D-1"))[0] == [("S19", "3000.00")]
    assert (found.net, found.tax) == (D(3500), D(665))
    assert [part[1:3] for part in said(found)[1]] == [("S19", "-1000.00"), ("S19", "-500.00")]


OTHER: Final = "Liabilities:Deposits:Materials"
#: Of contracts that bill no deposits, or only some, the account that all of them are under.
NAMED: Final = 'contract: "site"\n  deposit: Liabilities:Deposits\n'


def at_rates(*more: str) -> str:
    """An advance with 19% of tax and one with 16%; with what draws them."""
    return (
        "2026-01-01 open Liabilities:Deposits:Materials\n"
        + advance("mob", "Liabilities:Deposits  -10000.00 EUR", "Liabilities:VAT19  -1900.00 EUR")
        + advance("mat", f"{OTHER}  -4000.00 EUR", "Liabilities:VAT16  -640.00 EUR")
        + contract("site", "a 50%, b rest", "Assets:Receivable", *more)
        + billed(
            "01-10 site mob invoiced D-1",
            "01-20 site mat invoiced D-2",
            "03-31 site a completed R-1",
        )
    )


#: Half of the work at each of these rates; of the materials only a half is drawn.
HALVES: Final = (
    "Income:Work  -100000.00 EUR",
    *("Liabilities:Deposits  10000.00 EUR", f"{OTHER}  2000.00 EUR"),
    *("Liabilities:VAT19  -7600.00 EUR", "Liabilities:VAT16  -7680.00 EUR"),
)


def test_of_each_of_two_deposits_is_drawn_what_the_work_says() -> None:
    lines, drawn = said(only(at_rates(*HALVES), "R-1"))
    assert sorted(lines) == [("S16", "25000.00"), ("S19", "25000.00")]
    assert drawn == [("D-1", "S19", "-5000.00", "-950.00"), ("D-2", "S16", "-1000.00", "-160.00")]


def test_a_deposit_on_a_contract_of_its_own_keeps_its_rate_beside_one_that_is_not() -> None:
    text = at_rates(*HALVES).replace('contract: "site"\n', NAMED)
    text = text.replace(NAMED + "  milestone-mat", 'contract: "m"\n  milestone-mat')
    text = text.replace('"site" "mat"', '"m" "mat"')

    lines, drawn = said(only(text, "R-1"))
    assert sorted(lines) == [("S16", "25000.00"), ("S19", "25000.00")]
    assert drawn == [("D-1", "S19", "-5000.00", "-950.00"), ("D-2", "S16", "-1000.00", "-160.00")]


def test_what_nobody_has_paid_in_has_the_rate_that_the_other_deposit_leaves() -> None:
    text = at_rates(
        "Income:Work  -100000.00 EUR",
        *("Liabilities:Deposits  10000.00 EUR", "Liabilities:Deposits:Old  2000.00 EUR"),
        *("Liabilities:VAT19  -17100.00 EUR", "Liabilities:Zero  0 EUR"),
    )

    text = text.replace('contract: "site"\n', NAMED)

    lines, drawn = said(only("2026-01-01 open Liabilities:Deposits:Old\n" + text, "R-1"))
    assert lines == [("S19", "50000.00")]
    assert drawn == [("D-1", "S19", "-5000.00", "-950.00"), ("", "Z0", "-1000.00", "0.00")]


def test_one_of_two_deposits_is_drawn_by_a_change_order_alone() -> None:
    text = at_rates(
        "Income:Work  -100000.00 EUR",
        *("Liabilities:Deposits  10000.00 EUR", f"{OTHER}  0.00 EUR"),
        "Liabilities:VAT19  -17100.00 EUR",
    ) + contract(
        "site",
        "more 100%",
        *("Assets:Receivable", "Income:Work  -9000.00 EUR", f"{OTHER}  4000.00 EUR"),
        "Liabilities:VAT16  -800.00 EUR",
    )
    text += billed("04-30 site more completed R-2")

    assert said(only(text, "R-1"))[1] == [("D-1", "S19", "-5000.00", "-950.00")]
    assert said(only(text, "R-2"))[1] == [("D-2", "S16", "-4000.00", "-640.00")]


def test_more_tax_is_taken_back_than_there_is_on_deposits() -> None:
    """Which rates there are nobody can say; so much of each is drawn all the same."""
    found = only(at_rates(*HALVES[:3], "Liabilities:VAT16  3200.00 EUR"), "R-1")

    drawn = {one.number: sum(part.net for part in one.rates) for one in found.drawn}
    assert drawn == {"D-1": -5000, "D-2": -1000}
    assert [line.this for line in found.lines] == [50000]


def test_a_credit_note_gives_back_what_was_drawn_of_each_of_two_deposits() -> None:
    text = at_rates(*HALVES) + billed("04-10 site b completed R-2", "04-20 site a credited C-1")

    drawn = [("D-1", "S19", "-5000.00", "-950.00"), ("D-2", "S16", "-1000.00", "-160.00")]
    back = [("D-1", "S19", "5000.00", "950.00"), ("D-2", "S16", "1000.00", "160.00")]
    assert [said(only(text, number))[1] for number in ("R-1", "R-2", "C-1")] == [drawn, drawn, back]


def test_a_deposit_is_of_the_client_who_has_paid_it() -> None:
    text = """
2026-01-01 open Assets:Receivable:A
2026-01-01 open Assets:Receivable:B
"""
    for contract_, client, part in (("one", "Acme", "A"), ("two", "Beta", "B")):
        text += contract(
            contract_,
            "dep 100%",
            *(f"Assets:Receivable:{part}  500.00 EUR", "Liabilities:Deposits"),
            client=client,
        ) + contract(
            contract_,
            "a 100%",
            *(f"Assets:Receivable:{part}  100.00 EUR", "Liabilities:Deposits  500.00 EUR"),
            "Income:Work",
            client=client,
        )
    text += billed("01-10 one dep invoiced D-1", "01-11 two dep invoiced D-2")
    text += billed("02-02 two a completed R-1", "02-03 one a completed R-2")

    assert said(only(text, "R-1"))[1] == [("D-2", "", "-500.00", "0")]
    assert said(only(text, "R-2"))[1] == [("D-1", "", "-500.00", "0")]


def test_a_deposit_is_in_the_currency_of_the_invoice() -> None:
    text = "".join(
        contract(name, "dep 100%", f"Assets:Receivable  500.00 {currency}", "Liabilities:Deposits")
        + contract(
            name,
            "a 100%",
            *(f"Assets:Receivable  100.00 {currency}", f"Liabilities:Deposits  500.00 {currency}"),
            "Income:Work",
        )
        for name, currency in (("one", "USD"), ("two", "EUR"))
    )
    text += billed("01-10 one dep invoiced D-1", "01-11 two dep invoiced D-2")
    text += billed("02-02 two a completed R-1")

    assert said(only(text, "R-1"))[1] == [("D-2", "", "-500.00", "0")]


def test_who_pays_a_part_of_the_work_has_not_paid_the_deposit() -> None:
    text = """
2026-01-01 open Assets:Receivable:Bank
  client: "Bank"
"""
    text += deposit("job", "1000.00 EUR", "190.00 EUR") + contract(
        "job",
        "a 100%",
        *("Assets:Receivable", "Assets:Receivable:Bank  2380.00 EUR"),
        *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT19  -760.00 EUR"),
        "Income:Work  -5000.00 EUR",
    )
    text += billed("01-10 job dep invoiced D-1", "02-02 job a completed R-1")
    found = {one.payer: said(one)[1] for one in made(text) if one.number == "R-1"}

    assert found == {
        "Acme": [("D-1", "S19", "-500.00", "-95.00")],
        "Bank": [("", "S19", "-500.00", "-95.00")],
    }


def test_a_deposit_may_be_billed_without_a_number() -> None:
    """Beta's is older; of Acme's the one without a number is."""
    text = JOB + contract(
        "other",
        "dep 100%",
        *("Assets:Receivable  700.00 EUR", "Liabilities:Deposits"),
        client="Beta",
    )
    text += """
2026-01-08 custom "milestone" "other" "dep" "invoiced"
2026-01-09 custom "milestone" "job" "dep" "invoiced" 30
"""
    text += billed("01-10 job dep invoiced D-1", "02-02 job a completed R-1")
    found = only(text, "R-1")

    assert said(found)[1] == [
        ("", "S19", "-300.00", "-57.00"),
        ("D-1", "S19", "-200.00", "-38.00"),
    ]
    assert found.drawn[0].date == date(2026, 1, 9)


@pytest.mark.parametrize("event", ["invoiced", "completed"])
def test_a_deposit_comes_before_the_work_of_its_day(event: str) -> None:
    """R-9 is no text that comes after R-11; work may be completed before anything is invoiced."""
    text = JOB + billed(
        *("02-02 job dep invoiced R-9", f"02-02 job a {event} R-10", f"02-02 job b {event} R-11")
    )
    found = {one.number: one for one in made(text)}

    assert {number: [one.number for one in found[number].earlier] for number in found} == {
        "R-9": [],
        "R-10": ["R-9"],
        "R-11": ["R-9", "R-10"],
    }
    assert [said(found[number])[1] for number in ("R-10", "R-11")] == [
        [("R-9", "S19", "-500.00", "-95.00")]
    ] * 2


def test_what_is_held_back_stays_where_it_was_billed() -> None:
    text = contract("job", "a 100%", "Assets:Receivable  900.00 EUR", "Income:Work").replace(
        "  milestone-a", "  retention: Assets:Retention\n  milestone-a"
    ) + contract("job", "held 100%", "Assets:Receivable  -90.00 EUR", "Assets:Retention")
    text += billed("02-02 job held invoiced H-1", "02-02 job a completed R-1")

    assert [[one.number for one in found.earlier] for found in made(text)] == [["R-1"], []]


def test_one_number_draws_once_however_its_milestones_are_written() -> None:
    """R-1 has a milestone before R-2 and one after it; it came first with both."""
    text = deposit("job", "300.00 EUR", "57.00 EUR") + deposit("more", "300.00 EUR", "57.00 EUR")
    text += contract(
        "job",
        "a 1/3, b 1/3, c rest",
        *("Assets:Receivable", "Liabilities:Deposits  600.00 EUR"),
        *("Liabilities:VAT19  -114.00 EUR", "Income:Work  -1200.00 EUR"),
    )
    text += billed("01-10 job dep invoiced D-1", "01-11 more dep invoiced D-2")
    text += billed(
        "02-02 job a completed R-1", "02-02 job b completed R-2", "02-02 job c completed R-1"
    )

    assert said(only(text, "R-1"))[1] == [
        *[("D-1", "S19", "-150.00", "-28.50")] * 2,
        *[("D-2", "S19", "-50.00", "-9.50")] * 2,
    ]
    assert said(only(text, "R-2"))[1] == [("D-2", "S19", "-200.00", "-38.00")]


def drawing(*postings: str) -> str:
    """Work of two milestones that draws a deposit of 1,000 and is billed."""
    work = contract("job", "a 1/3, b rest", "Assets:Receivable", *postings)
    return work + billed("02-02 job a completed R-1", "02-03 job b completed R-2")


PAID_IN: Final = billed("01-10 job dep invoiced D-1")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param(
            deposit("job", "1000.00 EUR", "160.00 EUR", on="VAT16")
            + PAID_IN
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT16  160.00 EUR"),
                *("Liabilities:VAT19  -950.00 EUR", "Income:Work  -5000.00 EUR"),
            ),
            ([("S19", "1666.66")], [("D-1", "S16", "-333.33", "-53.33")]),
            id="the rate has changed since",
        ),
        pytest.param(
            deposit("job", "1000.00 EUR", "190.00 EUR")
            + PAID_IN
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT19  -760.00 EUR"),
                *("Liabilities:VAT7  -140.00 EUR", "Income:Work  -7000.00 EUR"),
            ),
            (
                [("S19", "1666.66"), ("S7", "666.67")],
                [("D-1", "S19", "-333.33", "-63.33")],
            ),
            id="on a part of the work",
        ),
        pytest.param(
            drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT16  160.00 EUR"),
                *("Liabilities:VAT19  -950.00 EUR", "Income:Work  -5000.00 EUR"),
            ),
            ([("S19", "1666.66")], [("", "S16", "-333.33", "-53.33")]),
            id="the rate has changed since the deposit, before these books",
        ),
        pytest.param(
            drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT19  -760.00 EUR"),
                *("Liabilities:VAT7  -140.00 EUR", "Income:Work  -7000.00 EUR"),
            ),
            (
                [("S19", "1555.55"), ("S7", "777.78")],
                [("", "S19", "-222.22", "-42.22"), ("", "S7", "-111.11", "-7.78")],
            ),
            id="a deposit that nobody knows has the rates of the work",
        ),
        pytest.param(
            contract("job", "dep 100%", "Assets:Receivable  1000.00 EUR", "Liabilities:Deposits")
            + PAID_IN
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT19  -950.00 EUR"),
                "Income:Work  -5000.00 EUR",
            ),
            ([("S19", "1666.66")], [("D-1", "", "-333.33", "0")]),
            id="no tax on the deposit",
        ),
        pytest.param(
            deposit("job", "1000.00 EUR", "190.00 EUR")
            + PAID_IN
            + drawing("Liabilities:Deposits  1000.00 EUR", "Income:Work  -1000.00 EUR").replace(
                "Assets:Receivable", "Assets:Receivable  0.00 EUR"
            ),
            ([("S19", "333.33")], [("D-1", "S19", "-333.33", "-63.33")]),
            id="the deposit is all of it",
        ),
        pytest.param(
            deposit("other", "1000.00 EUR", "160.00 EUR", on="VAT16")
            + PAID_IN.replace('"job"', '"other"')
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT16  -640.00 EUR"),
                *("Liabilities:VAT7  -140.00 EUR", "Income:Work  -7000.00 EUR"),
            ),
            (
                [("S16", "1666.66"), ("S7", "666.67")],
                [("D-1", "S16", "-333.33", "-53.33")],
            ),
            id="of another contract of the client",
        ),
        pytest.param(
            deposit("job", "1000.00 EUR", "0.00 EUR", on="Zero")
            + PAID_IN
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:Zero  0.00 EUR"),
                *("Liabilities:VAT19  -950.00 EUR", "Income:Work  -5000.00 EUR"),
            ),
            ([("S19", "1666.66")], [("D-1", "Z0", "-333.33", "0.00")]),
            id="a deposit at zero",
        ),
        pytest.param(
            deposit("job", "2000.00 EUR", "320.00 EUR", on="VAT16")
            + PAID_IN
            + drawing(
                *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT19  -760.00 EUR"),
                "Income:Work  -5000.00 EUR",
            ),
            ([("S19", "1666.67")], [("D-1", "S19", "-333.33", "-63.33")]),
            id="a rate that the work knows nothing of",
        ),
    ],
)
def test_a_deposit_keeps_its_rates(
    text: str, first: tuple[list[tuple[str, str]], list[tuple[str, str, str, str]]]
) -> None:
    """Of 1/3: the deposit has the rates of its own invoice, and the work what is left."""
    assert said(only(text, "R-1")) == first


@pytest.mark.parametrize(
    ("price", "taxes"), [("1.00", ("570.00", "70.00")), ("0.70", ("399.00", "49.00"))]
)
def test_rates_where_the_deposit_was_at_another_price(price: str, taxes: tuple[str, str]) -> None:
    """Of 4,000 USD at 19% and 1,000 at 7%, less 1,000 at 19% that were billed at 0.80 EUR."""
    text = contract(
        "job",
        "dep 100%",
        *("Assets:Receivable  1190.00 USD @ 0.80 EUR", "Liabilities:VAT19  -152.00 EUR"),
        "Liabilities:Deposits  -800.00 EUR",
    ) + contract(
        "job",
        "a 50%, b rest",
        f"Assets:Receivable  4640.00 USD @ {price} EUR",
        *(f"Liabilities:VAT19  -{taxes[0]} EUR", f"Liabilities:VAT7  -{taxes[1]} EUR"),
        *("Liabilities:Deposits  800.00 EUR", "Income:Work"),
    )
    text += PAID_IN + billed(
        *("02-02 job a completed R-1", "02-03 job b completed R-2", "02-04 job b credited 50 C-1")
    )
    found = {one.number: one for one in made(text) if one.number != "D-1"}

    assert [missing(one) for one in found.values()] == [[]] * 3
    assert {
        number: (
            [f"{part.net:f}" for line in one.lines for part in line.rates],
            *(f"{part.net:f}" for drawn in one.drawn for part in drawn.rates),
            [f"{part.net:f}" for part in one.rates],
        )
        for number, one in found.items()
    } == {
        "R-1": (["2000.00", "500.00"], "-500.00", ["1500.00", "500.00"]),
        "R-2": (["2000.00", "500.00"], "-500.00", ["1500.00", "500.00"]),
        "C-1": (["-1000.00", "-250.00"], "250.00", ["-750.00", "-250.00"]),
    }


def test_deposits_of_several_rates_are_drawn_by_rate() -> None:
    """Half at 16%, half at 19%; the tax of each milestone says that it draws some of both."""
    second = deposit("job", "500.00 EUR", "95.00 EUR").replace("-dep", "-second")
    text = deposit("job", "500.00 EUR", "80.00 EUR", on="VAT16") + second
    text += PAID_IN + billed("01-11 job second invoiced D-2")
    text += drawing(
        *("Liabilities:Deposits  1000.00 EUR", "Liabilities:VAT16  80.00 EUR"),
        *("Liabilities:VAT19  -855.00 EUR", "Income:Work  -5000.00 EUR"),
    )

    assert said(only(text, "R-1")) == (
        [("S19", "1666.67")],
        [("D-1", "S16", "-166.67", "-26.67"), ("D-2", "S19", "-166.66", "-31.67")],
    )


def test_no_deposit_is_drawn_twice_where_all_is_drawn_at_the_rate_of_the_work() -> None:
    """Half was paid in at 16% before the rate changed; that tax stays, and the work is at 19%."""
    second = deposit("job", "1000.00 EUR", "190.00 EUR").replace("-dep", "-second")
    text = deposit("job", "1000.00 EUR", "160.00 EUR", on="VAT16") + second
    text += billed("01-10 job dep invoiced D-1", "01-11 job second invoiced D-2")
    text += contract(
        "job",
        "x 50%, y rest",
        *("Assets:Receivable", "Liabilities:Deposits  2000.00 EUR"),
        *("Liabilities:VAT19  -380.00 EUR", "Income:Work  -4000.00 EUR"),
    )
    text += billed("02-01 job x completed R-1", "02-20 job y completed R-2")

    assert [said(only(text, number))[1] for number in ("R-1", "R-2")] == [
        [("D-1", "S19", "-1000.00", "-190.00")],
        [("D-2", "S19", "-1000.00", "-190.00")],
    ]


def test_a_credit_note_gives_back_what_its_invoice_has_drawn() -> None:
    """R-1 has drawn D-1 and R-2 the rest and D-2; what is given back is drawn again."""
    second = deposit("job", "200.00 EUR", "38.00 EUR").replace("-dep", "-second")
    text = deposit("job", "400.00 EUR", "76.00 EUR") + second
    text += PAID_IN + billed("01-11 job second invoiced D-2")
    text += contract(
        "job",
        "a 50%, b rest",
        *("Assets:Receivable", "Liabilities:Deposits  600.00 EUR"),
        *("Liabilities:VAT19  -266.00 EUR", "Income:Work  -2000.00 EUR"),
    )
    text += billed(
        *("03-05 job a completed R-1", "03-06 job b completed R-2", "03-07 job a credited C-1"),
        *("03-08 job a invoiced R-3", "03-09 job b credited 50 C-2", "03-10 job b credited C-3"),
    )
    found = {
        one.number: [(drawn.number, int(drawn.net)) for drawn in one.drawn]
        for one in made(text)
        if one.number[0] in "RC"
    }

    assert found == {
        "R-1": [("D-1", -300)],
        "R-2": [("D-1", -100), ("D-2", -200)],
        "C-1": [("D-1", 300)],
        "R-3": [("D-1", -300)],
        "C-2": [("D-2", 150)],
        "C-3": [("D-1", 100), ("D-2", 50)],
    }


def test_of_several_milestones_each_gives_back_what_it_has_drawn() -> None:
    """R-1 has drawn both deposits for a and b; C-2 takes back what two invoices bill of c."""
    second = deposit("job", "300.00 EUR", "57.00 EUR").replace("-dep", "-second")
    text = deposit("job", "100.00 EUR", "19.00 EUR") + second
    text += PAID_IN + billed("01-11 job second invoiced D-2")
    text += contract(
        "job",
        "a 25%, b 25%, c rest",
        *("Assets:Receivable", "Liabilities:Deposits  400.00 EUR"),
        *("Liabilities:VAT19  -304.00 EUR", "Income:Work  -2000.00 EUR"),
    )
    text += billed(
        *("03-05 job a completed R-1", "03-05 job b completed R-1"),
        *("03-06 job c progress 50 R-2", "03-07 job c completed R-3"),
        *("03-08 job a credited C-1", "03-09 job b credited C-2", "03-09 job c credited C-2"),
    )
    found = {
        one.number: [(drawn.number, [int(part.net) for part in drawn.rates]) for drawn in one.drawn]
        for one in made(text)
        if one.number[0] in "RC"
    }

    assert found == {
        "R-1": [("D-1", [-50, -50]), ("D-2", [-50, -50])],
        "R-2": [("D-2", [-100])],
        "R-3": [("D-2", [-100])],
        "C-1": [("D-1", [50]), ("D-2", [50])],
        "C-2": [("D-1", [50]), ("D-2", [50, 200])],
    }


def test_no_more_is_drawn_of_a_deposit_than_there_is() -> None:
    """Of the deposit at 19% only 400 is left when 500 is drawn at that rate."""
    other = deposit("job", "500.00 EUR", "80.00 EUR", on="VAT16").replace("-dep", "-second")
    text = deposit("job", "1000.00 EUR", "190.00 EUR") + other
    text += billed("01-10 job dep invoiced D-1", "01-11 job second invoiced D-2")
    text += billed("01-12 job dep credited 40 C-1")
    text += contract(
        "job",
        "x 50%, y rest",
        *("Assets:Receivable", "Liabilities:Deposits  1500.00 EUR"),
        *("Liabilities:VAT16  80.00 EUR", "Liabilities:VAT19  -570.00 EUR"),
        "Income:Work  -4000.00 EUR",
    )
    text += billed("02-01 job x completed R-1")

    assert said(only(text, "R-1"))[1] == [
        ("D-1", "S19", "-400.00", "-76.00"),
        ("D-2", "S16", "-250.00", "-40.00"),
        ("", "S19", "-100.00", "-19.00"),
    ]


def test_two_taxes_on_one_amount_do_not_say_the_rates_of_a_deposit() -> None:
    both = ("Liabilities:VAT16  -{}", "Liabilities:VAT7  -{}")
    paid = [line.format(tax) for line, tax in zip(both, ("160.00 EUR", "70.00 EUR"), strict=True)]
    rest = [line.format(tax) for line, tax in zip(both, ("16.00 EUR", "7.00 EUR"), strict=True)]
    text = contract("job", "dep 100%", "Assets:Receivable", *paid, "Liabilities:Deposits -1000 EUR")
    text += PAID_IN
    text += drawing("Liabilities:Deposits  1000.00 EUR", *rest, "Income:Work  -1100.00 EUR")
    found = only(text, "R-1")

    assert said(found) == ([("", "366.67")], [("D-1", "", "-333.33", "0")])
    assert [(name(part.rate), str(part.net)) for part in found.rates] == [
        ("S16", "33.34"),
        ("S7", "33.34"),
    ]


RATES: Final = {"VAT19": 19, "VAT16": 16, "VAT7": 7}


def euros(cents: int) -> Decimal:
    return D(cents).scaleb(-2)


def tax_on(account: str, net: Decimal) -> Decimal:
    return (net * RATES[account] / 100).quantize(D("0.01"), ROUND_HALF_UP)


def taxed(account: str, tax: Decimal) -> str:
    return f"Liabilities:{account}  {-tax:f} EUR"


nets = st.dictionaries(
    st.sampled_from(list(RATES)), st.integers(2_000, 400_000).map(euros), min_size=1
)


@given(
    paid_in=nets,
    work=nets,
    cut=st.sampled_from(["a 1/3, b rest", "a 50%, b 50%", "a 3.7%, b rest"]),
    steps=st.lists(st.integers(2, 99), min_size=1, max_size=2, unique=True).map(sorted),
)
@example(
    paid_in={"VAT19": D("28.98")}, work={"VAT19": D("1995.08")}, cut="a 3.7%, b rest", steps=[2]
)
@example(
    paid_in={"VAT19": D(20), "VAT16": D(20), "VAT7": D("34.19")},
    work={"VAT19": D(20)},
    cut="a 3.7%, b rest",
    steps=[2, 3],
)
@settings(max_examples=25)
def test_deposits_and_work_keep_their_rates(
    paid_in: dict[str, Decimal], work: dict[str, Decimal], cut: str, steps: list[int]
) -> None:
    """The work has its own rates, the deposit those of its invoice; together they are the tax."""
    # No more is drawn than there is work.
    work = {account: net + sum(paid_in.values()) for account, net in work.items()}
    less = {account: tax_on(account, net) for account, net in paid_in.items()}
    taxes = {account: tax_on(account, net) for account, net in work.items()}
    due = {one: taxes.get(one, D(0)) - less.get(one, D(0)) for one in (taxes | less)}
    text = contract(
        "job",
        "dep 100%",
        "Assets:Receivable",
        *(taxed(account, tax) for account, tax in less.items()),
        f"Liabilities:Deposits  {-sum(paid_in.values()):f} EUR",
    ) + contract(
        "job",
        cut,
        "Assets:Receivable",
        f"Liabilities:Deposits  {sum(paid_in.values()):f} EUR",
        *(taxed(account, tax) for account, tax in due.items()),
        f"Income:Work  {-sum(work.values()):f} EUR",
    )
    text += billed("01-10 job dep invoiced 40 D-1", "01-11 job dep invoiced D-2")
    text += billed(*(f"02-0{day} job a progress {n} R-{day}" for day, n in enumerate(steps, 1)))
    text += billed("02-05 job a credited 1 C-1", "02-06 job b completed R-8")
    text += billed("02-07 job a completed R-9")
    drawn: dict[tuple[str, str], Decimal] = {}
    charged: dict[str, Decimal] = {}
    for found in made(text):
        assert missing(found) == []
        assert found.work + sum(one.net for one in found.drawn) == found.net
        assert sum(part.net for part in found.rates) == found.net
        assert sum(part.tax for part in found.rates) == found.tax
        for line in found.lines:
            assert {name(part.rate) for part in line.rates} <= {
                f"S{RATES[account]}" for account in (paid_in if line.deposit else work)
            }
            for part in line.rates:
                if not line.deposit:
                    charged[name(part.rate)] = charged.get(name(part.rate), D(0)) + part.net
        for one in found.drawn:
            for rate, net, tax in one.rates:
                assert rate
                assert abs(tax - net * rate.rate / 100) <= D("0.02")
                drawn[one.number, name(rate)] = drawn.get((one.number, name(rate)), D(0)) + net
    # All of it, but for what a cent of tax makes of a net amount, and cutting.
    for account, net in work.items():
        assert abs(charged[f"S{RATES[account]}"] - net) < D("0.5")
    for account, net in paid_in.items():
        for number, share in (("D-1", D("0.4")), ("D-2", D("0.6"))):
            assert abs(drawn[number, f"S{RATES[account]}"] + net * share) < D("0.5")
    assert sum(drawn.values()) == -sum(paid_in.values())
    assert "" not in {number for number, _ in drawn}
