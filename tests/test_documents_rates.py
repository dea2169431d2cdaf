"""What each tax of an invoice is charged on, worked out by hand."""

from beancount_milestones.documents.einvoice.missing import missing
from beancount_milestones.documents.making import invoice_documents
from tests.receivables import books, ledger


def rates_of(text: str, number: str = "I-1") -> list[tuple[str, str, str]]:
    """Rate, net amount and tax of an invoice, as the text says them."""
    (found,) = invoice_documents(books(ledger(text), "2026-12-31"), number)
    assert found.net + found.tax == found.gross
    return [
        (f"{part.rate.rate:f}" if part.rate else "", f"{part.net:f}", f"{part.tax:f}")
        for part in found.rates
    ]


def taxed(rates: list[tuple[str, str]], *postings: str) -> str:
    """A contract with taxes on accounts A and B, billed at once."""
    opens = "".join(
        f'2026-01-01 open Liabilities:{name}\n  tax: "S {rate}%"\n' for name, rate in rates
    )
    lines = "".join(f"  {posting} USD\n" for posting in postings)
    held = "  retention: Assets:Retention\n" if "Retention" in lines else ""
    return (
        f'{opens}2026-01-02 * "Acme" "Barn"\n  contract: "acme"\n{held}'
        f'  milestone-one: "60%"\n  milestone-two: "40%"\n{lines}  Assets:Receivable\n'
        '2026-02-01 custom "contract" "acme" "completed"\n  invoice: "I-1"\n'
    )


def test_two_taxes_on_one_amount_have_all_of_it_each() -> None:
    """GST and QST are both on the price; CGST and SGST have one rate; IVA and recargo."""
    quebec = taxed(
        [("GST", "5"), ("QST", "9.975")],
        *("Liabilities:GST  -50.00", "Liabilities:QST  -99.75", "Income:Design  -1000.00"),
    )
    india = taxed(
        [("CGST", "9"), ("SGST", "9")],
        *("Liabilities:CGST  -90.00", "Liabilities:SGST  -90.00", "Income:Design  -1000.00"),
    )

    assert rates_of(quebec) == [("5", "1000.00", "50.00"), ("9.975", "1000.00", "99.75")]
    assert rates_of(india) == [("9", "1000.00", "90.00"), ("9", "1000.00", "90.00")]
    (found,) = invoice_documents(books(ledger(india), "2026-12-31"), "I-1")
    assert "several taxes are on one amount, and EN 16931 has room for one" in missing(found)


def test_two_taxes_on_one_amount_and_another_on_the_rest() -> None:
    text = taxed(
        [("IVA", "21"), ("RE", "5.2"), ("Low", "10")],
        *("Liabilities:IVA  -210.00", "Liabilities:RE  -52.00", "Liabilities:Low  -50.00"),
        "Income:Design  -1500.00",
    )

    assert rates_of(text) == [
        ("21", "1000.00", "210.00"),
        ("5.2", "1000.00", "52.00"),
        ("10", "500.00", "50.00"),
    ]


def test_a_tax_on_a_part_says_on_which() -> None:
    """As where what is held back has its own tax point, or materials are taxed and work is not."""
    text = taxed(
        [("VAT20", "20")],
        *("Assets:Retention  300.00", "Liabilities:VAT20  -1140.00", "Income:Design  -6000.00"),
    )
    release = """
2026-01-02 * "Acme" "Release"
  contract: "acme"
  milestone-release: "100%"
  Assets:Retention    -300.00 USD
  Liabilities:VAT20    -60.00 USD
  Assets:Receivable
2026-06-01 custom "milestone" "acme" "release" "invoiced"
  invoice: "I-2"
"""

    assert rates_of(text) == [("20", "5700.00", "1140.00"), ("", "300.00", "0")]
    assert rates_of(text + release, "I-2") == [("20", "300.00", "60.00")]


def test_two_taxes_on_a_part_leave_the_rest_without() -> None:
    text = taxed(
        [("VAT20", "20"), ("VAT5", "5")],
        *("Liabilities:VAT20  -100.00", "Liabilities:VAT5  -10.00", "Income:Design  -1000.00"),
    )

    assert rates_of(text) == [
        ("20", "500.00", "100.00"),
        ("5", "200.00", "10.00"),
        ("", "300.00", "0"),
    ]


def test_a_rate_that_cannot_be_is_left_on_all() -> None:
    text = taxed([("VAT7", "7")], "Liabilities:VAT7  -190.00", "Income:Design  -1000.00")

    assert rates_of(text) == [("7", "1000.00", "190.00")]


def test_the_tax_of_what_is_released_beside_work_is_on_both() -> None:
    """Of 1,000 of work 50 are held back, and their tax waits with them; 100 are released."""
    text = """
    2026-01-01 open Liabilities:VAT20
      tax: "S 20%"
    2026-01-02 * "Acme" "School"
      contract: "acme"
      retention: Assets:Retention
      milestone-work: "100%"
      Assets:Receivable    2,280.00 USD
      Assets:Retention       100.00 USD
      Liabilities:VAT20     -380.00 USD
      Income:Design
    2026-01-02 * "Acme" "School: release"
      contract: "acme"
      milestone-release: "100%"
      Assets:Receivable      120.00 USD
      Assets:Retention      -100.00 USD
      Liabilities:VAT20      -20.00 USD
    2026-02-01 custom "contract" "acme" "progress"
      invoice: "I-0"
      milestone-work: 50
    2026-03-01 custom "contract" "acme" "progress"
      invoice: "I-1"
      milestone-work: 100
      milestone-release: 100
    """

    assert rates_of(text, "I-0") == [("20", "950.00", "190.00"), ("", "50.00", "0")]
    assert rates_of(text) == [("20", "1050.00", "210.00")]


#: Another contract on the number, of which no `open` says what the taxes are.
SHED = """
2026-01-02 * "Acme" "Shed"
  contract: "shed"
  milestone-all: "100%"
  Income:Design     -500.00 USD
  Liabilities:VAT    -30.00 USD
  Assets:Receivable
2026-02-01 custom "contract" "shed" "completed"
  invoice: "I-1"
"""


def test_a_tax_without_a_rate_is_on_the_rest() -> None:
    text = taxed([("VAT20", "20")], "Liabilities:VAT20  -100.00", "Income:Design  -500.00")

    assert rates_of(text + SHED) == [("20", "500.00", "100.00"), ("", "500.00", "30.00")]


def test_a_tax_without_a_rate_is_on_what_two_taxes_on_one_amount_leave() -> None:
    text = taxed(
        [("GST", "5"), ("QST", "10")],
        *("Liabilities:GST  -20.00", "Liabilities:QST  -40.00", "Income:Design  -400.00"),
    )

    assert rates_of(text + SHED) == [
        *(("5", "400.00", "20.00"), ("10", "400.00", "40.00")),
        ("", "500.00", "30.00"),
    ]


def test_a_liability_beside_a_tax_that_is_named_is_no_tax() -> None:
    """What will be refunded, or belongs to the principal of an agent, is charged as the work is."""
    text = taxed(
        [("VAT20", "20")],
        *("Liabilities:VAT20  -200.00", "Liabilities:Refund  -150.00", "Income:Design  -850.00"),
    )
    text = f"2026-01-01 open Liabilities:Refund\n{text}"
    (found,) = invoice_documents(books(ledger(text), "2026-12-31"), "I-1")

    assert rates_of(text) == [("20", "1000.00", "200.00")]
    assert ([str(line.this) for line in found.lines], found.drawn) == (["600.00", "400.00"], ())


def test_a_deposit_is_drawn_beside_what_will_be_refunded() -> None:
    text = taxed(
        [("VAT20", "20")],
        *("Liabilities:VAT20  -120.00", "Liabilities:Refund  -150.00", "Income:Design  -850.00"),
        "Liabilities:Deferred  400.00",
    )
    deposit = """
2026-01-01 open Liabilities:Refund
2026-01-02 * "Acme" "Deposit"
  contract: "acme"
  milestone-deposit: "100%"
  Liabilities:Deferred  -400.00 USD
  Liabilities:VAT20      -80.00 USD
  Assets:Receivable
2026-01-02 custom "milestone" "acme" "deposit" "invoiced"
  invoice: "I-0"
"""
    (found,) = invoice_documents(books(ledger(text, deposit), "2026-12-31"), "I-1")

    assert [str(line.this) for line in found.lines] == ["600.00", "400.00"]
    assert [(one.number, str(sum(rate.net for rate in one.rates))) for one in found.drawn] == [
        ("I-0", "-400.00")
    ]


def test_a_checkpoint_has_no_tax_in_another_currency() -> None:
    text = taxed(
        [("VAT20", "20")],
        *("Liabilities:VAT20  -20.00", "Income:Design  -100.00"),
    ).replace("  Assets:Receivable\n", "  Assets:Receivable  240.00 EUR @ 0.50 USD\n")
    nothing = text.replace('"60%"', '"0%"').replace('"40%"', '"100%"')
    nothing = nothing.replace(
        '"contract" "acme" "completed"', '"milestone" "acme" "one" "invoiced"'
    )

    (found,) = invoice_documents(books(ledger(text), "2026-12-31"), "I-1")
    assert [f"{one.currency} {one.tax}" for one in found.tax_in] == ["USD 20.00"]
    (found,) = invoice_documents(books(ledger(nothing), "2026-12-31"), "I-1")
    assert not any(one.tax for one in found.tax_in)


def test_two_taxes_on_one_amount_leave_what_is_exempt() -> None:
    text = taxed(
        [("IVA", "21"), ("RE", "5.2"), ("Exempt", "0")],
        *("Liabilities:IVA  -210.00", "Liabilities:RE  -52.00", "Liabilities:Exempt  0.00"),
        "Income:Design  -1500.00",
    )

    assert rates_of(text) == [
        *(("21", "1000.00", "210.00"), ("5.2", "1000.00", "52.00")),
        ("0", "500.00", "0"),
    ]


def test_the_tax_of_a_few_cents_is_nothing() -> None:
    """They are charged all the same, at their rate; which of several, nobody can tell."""
    text = taxed([("S19", "19")], "Liabilities:S19  0.00", "Income:Design  -0.02").replace(
        '60%"\n  milestone-two: "40%', '1/3"\n  milestone-two: "1/3"\n  milestone-three: "1/3'
    )
    apart = text.replace('"contract" "acme" "completed"', '"milestone" "acme" "two" "completed"')

    assert rates_of(text) == [("19", "0.02", "0.00")]
    assert rates_of(apart) == [("19", "0.00", "0.00")]
    sentences = [
        missing(document)
        for ledger_ in (text, apart)
        for document in invoice_documents(books(ledger(ledger_), "2026-12-31"), "I-1")
    ]
    assert "it charges nothing" not in sentences[0]
    assert sentences[1] == ["it charges nothing"]
    both = taxed(
        [("S19", "19"), ("S7", "7")],
        *("Liabilities:S19  0.00", "Liabilities:S7  0.00", "Income:Design  -0.02"),
    )
    assert rates_of(both) == [("", "0.02", "0")]
