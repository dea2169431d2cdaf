"""Contracts that are owed in another currency than they weigh in.

Whatever a report says of one, it says of its twin that is written in the currency that is owed.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from beancount import loader
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.cli import main
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.schedule import ScheduleDocument, schedule
from beancount_milestones.reports import Books, Standing, contracts, invoices, status
from beancount_milestones.reports.application import Application, applications
from beancount_milestones.reports.revenue import revenue
from beancount_milestones.reports.withheld import withheld
from tests.receivables import HEAD, balance, books, ledger, texts, values
from tests.support import Loaded

PRICE = Decimal("0.80")
CENT = Decimal("0.01")
OPENS = """
2020-01-01 open Assets:Bridge
2020-01-01 open Assets:Deposit
2020-01-01 open Assets:VAT
2020-01-01 open Assets:Withheld
  settles-as: "withholding"
2020-01-01 open Liabilities:Withheld
  settles-as: "withholding"
2020-01-01 open Liabilities:Payable
2020-01-01 open Expenses:Subs
"""
#: The accounts of a contract on both sides.
SELL = {
    "owed": "Assets:Receivable",
    "net": "Income:Design",
    "tax": "Liabilities:VAT",
    "kept": "Assets:Withheld",
}
BUY = {
    "owed": "Liabilities:Payable",
    "net": "Expenses:Subs",
    "tax": "Assets:VAT",
    "kept": "Liabilities:Withheld",
}


@dataclass(frozen=True)
class Case:
    """A contract of 10,000 USD of work, as it is written, and what happens to it."""

    side: str
    bridged: bool
    taxed: bool
    withholds: bool
    draws: bool
    #: What is held back is in "USD", in "EUR", or nothing is.
    held: str
    #: Some of it is owed in EUR.
    split: bool
    events: tuple[str, ...]
    #: The price of the deposit.
    deposit: Decimal = PRICE

    @property
    def work(self) -> Decimal:
        """What one dollar of work weighs, a tenth of which is paid as a deposit."""
        return PRICE - (PRICE - self.deposit) / 10 * self.draws

    def text(self, *, priced: bool) -> str:
        """The ledger: weighing in EUR, or all in USD."""
        names = SELL if self.side == "sell" else BUY
        sign = 1 if self.side == "sell" else -1

        def posting(account: str, number: int, *, in_usd: bool = False, at: Decimal = PRICE) -> str:
            account, number = names.get(account, account), number * sign
            if in_usd or not priced:
                return f"  {account}  {number} USD" + f" @ {at} EUR" * priced
            return f"  {account}  {number * at:.2f} EUR"

        tax, drawn = 2000 * self.taxed, 1000 * self.draws
        # Tax is on what is left of it once the deposit is drawn.
        tax -= 200 * (self.taxed and self.draws)
        held, kept = 1000 * bool(self.held), 500 * self.withholds
        in_eur = 2000 * self.split
        lines = ['2026-01-01 * "Acme" "Work"', '  contract: "m"', '  milestone-a: "30%"']
        lines.append('  milestone-b: "rest"')
        if self.bridged:
            lines += ["  unbilled: Assets:Bridge", "  deferred: Assets:Bridge"]
        if self.held:
            lines.append("  retention: Assets:Retention")
        if self.draws:
            lines.append("  deposit: Assets:Deposit")
        lines.append(posting("net", -10000, at=self.work))
        owed = 10000 + tax - drawn - held - kept
        lines.append(posting("owed", owed - in_eur, in_usd=True))
        some = [("owed", in_eur), ("tax", -tax), ("kept", kept)]
        lines += [posting(name, n) for name, n in some if n]
        if self.held:
            lines.append(posting("Assets:Retention", held, in_usd=self.held == "USD"))
        if self.draws:
            lines.append(posting("Assets:Deposit", drawn, at=self.deposit))
            lines += ['2026-01-01 * "Acme" "Deposit"', '  contract: "m"', '  milestone-dep: "100%"']
            lines.append(posting("owed", 1000 + 200 * self.taxed, in_usd=True, at=self.deposit))
            lines.append(posting("Assets:Deposit", -1000, at=self.deposit))
            lines += [posting("tax", -200, at=self.deposit)] * self.taxed
        if self.held:
            lines += ['2026-01-01 * "Acme" "Release"', '  contract: "m"', '  milestone-rel: "100%"']
            pair = [("Assets:Retention", -held), ("owed", held)]
            if self.held == "USD":
                # Two postings in dollars need no price.
                lines += [
                    posting(name, n, in_usd=True).removesuffix(" @ 0.80 EUR") for name, n in pair
                ]
            else:
                lines += [posting(*pair[0]), posting(*pair[1], in_usd=True)]
        return "\n".join([HEAD, OPENS, *lines, *self.events]) + "\n"

    def books(self, *, priced: bool) -> Books:
        loaded = Loaded(*loader.load_string(self.text(priced=priced)))
        return books(loaded, "2026-12-31")


@st.composite
def happened(draw: st.DrawFn) -> tuple[str, ...]:
    """Some directives, most of which are possible, each on its own day and number."""
    lines = []
    for number in range(draw(st.integers(1, 8))):
        event = draw(st.sampled_from(["progress", "completed", "invoiced", "credited"]))
        name = draw(st.sampled_from(["a", "a", "b", "dep", "rel"]))
        n = f" {draw(st.sampled_from([10, 30, 50, 80]))}" if event != "completed" else ""
        lines.append(f'2026-02-{number + 1:02} custom "milestone" "m" "{name}" "{event}"{n}')
        if event in {"invoiced", "credited"} or draw(st.booleans()):
            lines.append(f'  invoice: "M-{number}"')
    return tuple(lines)


cases = st.builds(
    Case,
    side=st.sampled_from(["sell", "buy"]),
    bridged=st.booleans(),
    taxed=st.booleans(),
    withholds=st.booleans(),
    draws=st.booleans(),
    held=st.sampled_from(["", "USD", "EUR"]),
    split=st.just(value=False),
    events=happened(),
)
#: Deposits at another price than the rest, which then is owed in one currency.
at_two_prices = st.builds(replace, cases, deposit=st.sampled_from([PRICE, Decimal("0.75")]))


def numbers(at: Books) -> list[str]:
    return sorted({row.invoice for row in invoices(at)})


def papers(at: Books) -> list[tuple[object, ...]]:
    """What is on the invoices, in figures."""
    return [
        (
            *(one.net, one.tax, one.held, one.withheld, one.currency, one.open),
            *((line.milestone, line.scheduled, line.before, line.this) for line in one.lines),
            *((drawn.number, part.net) for drawn in one.drawn for part in drawn.rates),
        )
        for number in numbers(at)
        for one in invoice_documents(at, number)
    ]


@given(at_two_prices)
@settings(max_examples=40)
def test_a_price_changes_no_report(case: Case) -> None:
    here, twin = case.books(priced=True), case.books(priced=False)

    assert contracts(here) == contracts(twin)
    assert status(here) == status(twin)
    assert withheld(here) == withheld(twin)
    assert [replace(row, line=0) for row in invoices(here)] == [
        replace(row, line=0) for row in invoices(twin)
    ]
    assert schedule(here, "m") == schedule(twin, "m")
    assert papers(here) == papers(twin)
    for number in numbers(here):
        assert applications(here, number) == applications(twin, number)
    # Income is in our own currency.
    assert [(row.currency, row.recognised, row.expected) for row in revenue(here)] == [
        ("EUR", row.recognised * case.work, row.expected * case.work) for row in revenue(twin)
    ]


@given(st.builds(replace, cases, split=st.booleans(), bridged=st.just(value=True)))
@settings(max_examples=40)
def test_the_position_at_its_price_is_what_bridges_and_deposits_hold(case: Case) -> None:
    at = case.books(priced=True)
    held = balance(Loaded(list(at.entries), [], dict(at.options)), "2026-12-31")
    prices = {"USD": PRICE, "EUR": Decimal(1)}

    weight = sum((row.position * prices[row.currency] for row in contracts(at)), Decimal())
    sign = -1 if case.side == "buy" else 1
    accounts = ("Assets:Bridge", "Assets:Deposit")
    booked = sign * sum((held.get((name, "EUR"), Decimal()) for name in accounts), Decimal())
    # Where it is shared between currencies, each is rounded.
    assert abs(weight - booked) <= (CENT if case.split else 0)


@given(st.builds(replace, at_two_prices, bridged=st.just(value=True), draws=st.just(value=True)))
@settings(max_examples=40)
def test_bridges_are_at_the_price_of_the_work_and_deposits_at_their_own(case: Case) -> None:
    at = case.books(priced=True)
    held = balance(Loaded(list(at.entries), [], dict(at.options)), "2026-12-31")
    (row,) = contracts(at)

    bridge, deposit = (
        Fraction(held.get((name, "EUR"), Decimal())) for name in ("Assets:Bridge", "Assets:Deposit")
    )
    booked = bridge / Fraction(case.work) + deposit / Fraction(case.deposit)
    assert row.position == booked * (-1 if case.side == "buy" else 1)


@given(st.builds(replace, cases, split=st.booleans()))
@settings(max_examples=40)
def test_an_application_is_due_as_its_invoice(case: Case) -> None:
    """One for each currency, as of invoices."""
    at = case.books(priced=True)
    for number in numbers(at):
        asked = {one.currency: one.due for one in applications(at, number)}
        billed = {
            row.currency: row.gross - row.held for row in invoices(at) if row.invoice == number
        }
        assert {name: due for name, due in asked.items() if due} == {
            name: owed for name, owed in billed.items() if owed
        }


# ---------------------------------------------------------------- worked out by hand


#: A contract in EUR, and a change order in USD; all is billed on one number.
TWO_CURRENCIES = """
2026-01-10 * "Acme" "Site"
  contract: "m"
  milestone-a: "100% 2026-02-10"
  Assets:Receivable   9000.00 EUR
  Income:Design
2026-01-20 * "Acme" "More"
  contract: "m"
  milestone-c: "100% 2026-02-12"
  Assets:Receivable   2000.00 USD
  Income:Design
2026-02-22 custom "contract" "m" "completed"
  invoice: "M-2"
"""


def test_each_currency_has_its_own_application_total_and_revenue() -> None:
    at = books(ledger(TWO_CURRENCIES), "2026-03-01")
    euro, dollar = applications(at, "M-2")
    document = schedule(at, "m")

    assert figures(euro) == ["EUR", "9000.00", "0.00", "9000.00", "9000.00"]
    assert figures(dollar) == ["USD", "0.00", "2000.00", "2000.00", "2000.00"]
    assert [[line.milestone for line in one.lines] for one in (euro, dollar)] == [["a"], ["c"]]
    assert lines(document) == [["a", "9000.00", "EUR"], ["c", "2000.00", "USD"]]
    assert totals(document) == [["EUR", "9000.00"], ["USD", "2000.00"]]
    assert document.lines[1].share == 100
    assert [texts(row.month, row.currency, row.recognised) for row in revenue(at)] == [
        ["2026-02", "EUR", "9000.00"],
        ["2026-02", "USD", "2000.00"],
    ]


def figures(found: Application) -> list[str]:
    return texts(found.currency, found.value, found.changes, found.total, found.due)


def lines(document: ScheduleDocument) -> list[list[str]]:
    return [texts(line.milestone, line.gross, line.currency) for line in document.lines]


def totals(document: ScheduleDocument) -> list[list[str]]:
    return [texts(total.currency, total.gross) for total in document.totals]


def test_two_currencies_on_paper(tmp_path: Path) -> None:
    book, sheet = tmp_path / "books.beancount", tmp_path / "m.html"
    book.write_text(HEAD + TWO_CURRENCIES, encoding="utf-8")

    def run(*args: object) -> str:
        result = CliRunner().invoke(main, [*map(str, args), "--as-of", "2026-03-01"])
        assert result.exit_code == 0, result.output
        return result.stdout

    run("application", book, "M-2", "-o", tmp_path / "M-2.html")
    run("schedule", book, "m", "-o", sheet)
    table = [line.split() for line in run("schedule", book, "m").splitlines()]
    text = " ".join(re.sub("<[^>]*>", " ", sheet.read_text(encoding="utf-8")).split())

    assert sorted(path.name for path in tmp_path.glob("M-2*")) == [
        *("M-2-m-EUR.html", "M-2-m-USD.html"),
    ]
    assert table[-2:] == [
        *(["Total", "9,000.00", "9,000.00", "EUR"], ["Total", "2,000.00", "2,000.00", "USD"]),
    ]
    assert "Total a 2026-02-10 100% 9,000.00 EUR c Change order" in text
    assert "Total 9,000.00 EUR Total 2,000.00 USD" in text


def test_a_milestone_that_is_owed_in_two_currencies_is_on_two_papers() -> None:
    """10,800 EUR in all: 6,000 USD of it are 5,400."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Split"
          contract: "s"
          milestone-a: "50%"
          milestone-b: "50%"
          Assets:Receivable        6000.00 USD @ 0.90 EUR
          Assets:Receivable:Grant  5400.00 EUR
          Liabilities:VAT         -1800.00 EUR
          Income:Design           -9000.00 EUR
        2026-02-05 custom "milestone" "s" "a" "completed"
          invoice: "S-1"
        """
    )
    at = books(loaded, "2026-03-01")
    dollar, euro = applications(at, "S-1")

    assert figures(dollar) == ["USD", "5000.00", "0.00", "5000.00", "3000.00"]
    assert figures(euro) == ["EUR", "4500.00", "0.00", "4500.00", "2700.00"]
    assert values(dollar.tax, euro.tax) == (500, 450)
    assert totals(schedule(at, "s")) == [["USD", "6000.00"], ["EUR", "5400.00"]]


def test_what_is_held_back_in_a_currency_that_is_owed_is_what_it_is() -> None:
    """The account of the retention has 540 EUR, whatever else is owed."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Split"
          contract: "s"
          retention: Assets:Retention
          milestone-a: "100%"
          Assets:Receivable        6000.00 USD @ 0.90 EUR
          Assets:Receivable:Grant  4860.00 EUR
          Assets:Retention          540.00 EUR
          Income:Design          -10800.00 EUR
        2026-02-05 custom "milestone" "s" "a" "completed"
          invoice: "S-1"
        """
    )
    rows = contracts(books(loaded, "2026-03-01"))

    assert [texts(row.currency, row.total, row.retention, row.remaining) for row in rows] == [
        ["USD", "6000.00", "0.00", "0.00"],
        ["EUR", "5400.00", "540.00", "540.00"],
    ]


def test_each_transaction_has_its_own_price() -> None:
    """A change order to a milestone at another price is 1,000 USD, not 1,046."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Machine"
          contract: "m"
          milestone-a: "50%"
          milestone-b: "50%"
          Assets:Receivable  10000.00 USD @ 0.90 EUR
          Income:Design      -9000.00 EUR
        2026-02-20 * "Acme" "More of b"
          contract: "m"
          milestone-b: "100%"
          Assets:Receivable   1000.00 USD @ 0.95 EUR
          Income:Design       -950.00 EUR
        2026-02-22 custom "contract" "m" "completed"
          invoice: "M-1"
        """
    )
    (found,) = applications(books(loaded, "2026-03-01"), "M-1")
    row = only(loaded)

    assert figures(found) == ["USD", "10000.00", "1000.00", "11000.00", "11000.00"]
    assert values(row.value, row.changes) == (found.value, found.changes)


def test_percent_is_earned_of_total_where_prices_differ() -> None:
    """1,000 of 2,000 USD are done, though they are two thirds of the weight in EUR."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Machine"
          contract: "m"
          milestone-a: "100%"
          Assets:Receivable   1000.00 USD @ 1.00 EUR
          Income:Design      -1000.00 EUR
        2026-01-20 * "Acme" "Another"
          contract: "m"
          milestone-b: "100%"
          Assets:Receivable   1000.00 USD @ 0.50 EUR
          Income:Design       -500.00 EUR
        2026-02-22 custom "milestone" "m" "a" "completed"
        """
    )
    row = only(loaded)

    assert (str(row.total), str(row.earned), str(row.percent)) == ("2000.00", "1000.00", "50.00")


def only(loaded: Loaded) -> Standing:
    (found,) = contracts(books(loaded, "2026-03-01"))
    return found


def test_a_deposit_that_pays_all_has_the_price_that_is_written() -> None:
    """Nothing is owed of the milestone: 900 EUR of work are 1,000 USD all the same."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Deposit"
          contract: "m"
          unbilled: Assets:Unbilled
          deferred: Assets:Unbilled
          deposit: Liabilities:Deferred
          milestone-dep: "100%"
          Assets:Receivable     1000.00 USD @ 0.90 EUR
          Liabilities:Deferred  -900.00 EUR
        2026-01-10 * "Acme" "Work"
          contract: "m"
          milestone-a: "100%"
          Assets:Receivable        0.00 USD @ 0.90 EUR
          Liabilities:Deferred   900.00 EUR
          Income:Design         -900.00 EUR
        2026-02-01 custom "milestone" "m" "dep" "invoiced"
          invoice: "D-1"
        2026-02-22 custom "milestone" "m" "a" "progress" 50
          invoice: "M-1"
        """
    )
    (found,) = applications(books(loaded, "2026-03-01"), "M-1")

    assert values(found.value, found.current, found.deposits, found.due) == (1000, 500, -500, 0)
    # 450 EUR of the deposit are left.
    assert values(only(loaded).currency, only(loaded).position) == ("USD", -500)


def test_a_part_of_which_nothing_is_owed_is_in_no_other_currency() -> None:
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Paid before"
          contract: "m"
          milestone-a: "100%"
          Assets:Receivable        0.00 USD @ 0.90 EUR
          Liabilities:Deferred   900.00 EUR
          Income:Design         -900.00 EUR
        2026-01-20 * "Acme" "More"
          contract: "m"
          milestone-b: "100%"
          Assets:Receivable      100.00 EUR
          Income:Design
        2026-02-22 custom "milestone" "m" "a" "completed"
          invoice: "M-1"
        """
    )
    rows = contracts(books(loaded, "2026-03-01"))

    assert [texts(row.currency, row.total, row.position) for row in rows] == [
        # The deposit is drawn, and was billed before these books.
        ["USD", "0.00", "1000.00"],
        ["EUR", "100.00", "0.00"],
    ]


def test_what_costs_nothing_in_another_currency() -> None:
    loaded = ledger(
        """
        2026-01-10 * "Acme" "For free"
          contract: "m"
          milestone-a: "100%"
          Assets:Receivable  10.00 USD @ 0 EUR
          Income:Design       0.00 EUR
        """
    )

    assert values(only(loaded).currency, only(loaded).total, only(loaded).position) == (
        "USD",
        10,
        0,
    )


def test_a_weight_has_no_zeros_that_nobody_wrote() -> None:
    """1,800 EUR at 1.111 USD weigh 1,999.80000 USD."""
    loaded = ledger(
        """
        2026-01-10 * "Acme" "Turned round"
          contract: "n"
          milestone-c: "50%"
          milestone-d: "rest"
          Assets:Receivable   1999.80 USD
          Income:Design      -1800.00 EUR @ 1.111 USD
        2026-01-10 * "Acme" "By posting"
          contract: "o"
          Assets:Receivable   1999.80 USD
            milestone: "e"
          Income:Design      -1800.00 EUR @ 1.111 USD
            milestone: "e"
        2026-01-10 * "Acme" "Abroad"
          contract: "p"
          milestone-f: "100%"
          Assets:Receivable  10000.00 USD @ 0.90 EUR
          Income:Design      -9000.00 EUR
        2026-02-22 custom "milestone" "n" "c" "progress" 50
          invoice: "N-1"
        2026-02-22 custom "milestone" "p" "f" "completed"
          invoice: "P-1"
        """
    )
    at = books(loaded, "2026-03-01")
    (paper,) = invoice_documents(at, "N-1")
    (line,) = paper.lines
    (abroad,) = applications(at, "P-1")
    (recognised, *_) = revenue(at)

    assert [str(row.amount) for row in status(at)] == ["999.90", "999.90", "1999.80", "10000.00"]
    assert list(map(str, (paper.net, line.scheduled, line.remaining))) == [
        *("499.95", "999.90", "499.95"),
    ]
    assert list(map(str, (abroad.value, abroad.due, abroad.deposits))) == ["10000.00"] * 2 + ["0"]
    assert str(schedule(at, "p").totals[0].net) == "10000.00"
    assert values(recognised.contract, str(recognised.recognised)) == ("n", "499.95")
