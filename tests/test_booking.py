"""What the golden ledgers cannot show: types, places, and the pure functions."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from beancount.core import data
from beancount.core.amount import Amount

from beancount_milestones import booking
from beancount_milestones.model import Contract, Register, State, Terms, days_after, of_register
from tests.support import Load, Loaded

D = Decimal

LEDGER = """
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable
2020-01-01 open Assets:Unbilled
2020-01-01 open Liabilities:Deferred
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Design

2026-01-10 * "Acme" "Brand"
  contract: "brand"
  milestone-one: "50% 2026-02-01 First"
  milestone-two: "50%"
  Assets:Receivable  1,200.00 USD
  Liabilities:VAT     -200.00 USD
  Income:Design

2026-02-01 custom "milestone" "brand" "one" "completed"
  invoice: "INV-1"
2026-02-05 custom "milestone" "brand" "two" "progress" 40
"""


def brand(loaded: Loaded) -> Contract:
    assert loaded.messages == []
    register = of_register(loaded.options)
    assert register
    return register.contracts["brand"]


def generated(loaded: Loaded) -> list[data.Transaction]:
    return [entry for entry in loaded.transactions if "event" in entry.meta]


def test_a_contract_without_a_narration_lends_none(load: Load) -> None:
    loaded = load(LEDGER.replace('"Acme" "Brand"', '"Acme" ""'))

    assert [entry.narration for entry in generated(loaded)] == ["First", "two"]


def test_what_is_given_away_weighs_nothing_in_a_milestone(load: Load) -> None:
    text = LEDGER.replace(
        "  Income:Design\n", "  Income:Design\n  Assets:Unbilled  3 EUR @ 0 USD\n"
    )

    loaded = load(text)

    assert brand(loaded).milestones["one"].parts[0].amounts == (D(600), D(-100), D(-500), D("1.5"))


def test_every_posting_knows_the_line_of_its_directive(load: Load) -> None:
    text = LEDGER.replace('contract: "brand"', 'contract: "brand"\n  unbilled: Assets:Unbilled')

    _, progress = generated(load(text))
    assert "Assets:Unbilled" in {posting.account for posting in progress.postings}
    for posting in progress.postings:
        assert posting.meta is not None
        assert posting.meta["lineno"] == progress.meta["lineno"]


def test_position_in_the_simple_mode(load: Load) -> None:
    contract = brand(load(LEDGER))
    (part,) = contract.milestones["one"].parts

    nothing = booking.position(contract, part, State())
    ahead = booking.position(contract, part, State(earned=Fraction(1, 4), billed=Fraction(1, 2)))
    held = State(earned=Fraction(1), billed=Fraction(1, 2), credited=True)

    assert nothing == ((D(0), D(0), D(0)), D(0))
    assert ahead == ((D("300.00"), D("-50.00"), D("-250.00")), D(0))
    assert booking.position(contract, part, held) == ahead


def test_position_between_bridges(load: Load) -> None:
    keys = "  unbilled: Assets:Unbilled\n  deferred: Liabilities:Deferred\n  milestone-one"
    contract = brand(load(LEDGER.replace("  milestone-one", keys)))
    (part,) = contract.milestones["one"].parts
    quarter, half = Fraction(1, 4), Fraction(1, 2)

    earned_more = State(earned=half, billed=quarter)
    billed_more = State(earned=quarter, billed=half)

    assert contract.bridge(earned_more) == "Assets:Unbilled"
    assert contract.bridge(billed_more) == "Liabilities:Deferred"
    assert booking.position(contract, part, earned_more) == (
        (D("150.00"), D("-25.00"), D("-250.00")),
        D("125.00"),
    )
    assert booking.position(contract, part, billed_more) == (
        (D("300.00"), D("-50.00"), D("-125.00")),
        D("-125.00"),
    )


def test_generated_transactions_stand_at_their_directive(load: Load) -> None:
    loaded = load(LEDGER)
    directives = [entry for entry in loaded.entries if isinstance(entry, data.Custom)]

    for entry, directive in zip(generated(loaded), directives, strict=True):
        for meta in (entry.meta, *(posting.meta for posting in entry.postings)):
            assert meta
            assert meta["filename"] == directive.meta["filename"]
            assert meta["lineno"] == directive.meta["lineno"]


def test_metadata_comes_in_order(load: Load) -> None:
    ledger = LEDGER.replace('invoice: "INV-1"', 'who: "Ms Brand"\n  invoice: "INV-1"')

    first, _ = generated(load(ledger))

    ours = ["filename", "lineno", "contract", "milestone", "event", "invoice", "due", "who"]
    assert list(first.meta) == ours


def test_generated_transactions_have_beancounts_types(load: Load) -> None:
    for entry in generated(load(LEDGER)):
        assert isinstance(entry, data.Transaction)
        assert isinstance(entry.tags, frozenset)
        assert isinstance(entry.links, frozenset)
        assert isinstance(entry.postings, list)
        assert all(isinstance(posting.meta, dict) for posting in entry.postings)


def test_a_whole_contract_without_number_for_those_that_bill_nothing(load: Load) -> None:
    """`invoice: TRUE` for a whole contract stands only where something was billed."""
    loaded = load(
        LEDGER
        + """
2026-02-04 custom "milestone" "brand" "two" "invoiced" 80
2026-02-06 * "Acme" "More"
  contract: "brand"
  milestone-three: "100%"
  Assets:Receivable    100.00 USD
  Income:Design
2026-02-07 custom "contract" "brand" "progress" 60
  invoice: TRUE
"""
    )

    assert loaded.messages == []
    last = {e.meta["milestone"]: e.meta for e in generated(loaded) if e.date.day == 7}
    assert "invoice" not in last["two"]
    assert last["three"]["invoice"] is True
    assert last["three"]["due"] == dt.date(2026, 2, 7)


def test_the_zero_posting_prefers_the_receivable(load: Load) -> None:
    loaded = load(
        LEDGER.replace("40\n", "40\n  invoice: TRUE\n")
        + '2026-02-06 custom "milestone" "brand" "two" "progress" 30\n'
    )

    (posting,) = generated(loaded)[-1].postings
    assert (posting.account, posting.units) == ("Assets:Receivable", Amount(D(0), "USD"))


def test_milestone_as_of_a_day(load: Load) -> None:
    ledger = (
        LEDGER
        + """
2026-02-20 * "Acme" "Change"
  contract: "brand"
  milestone-two: "0% 2026-05-01 Second"
  milestone-three: "100%"
  Assets:Receivable    100.00 USD
  Income:Design
"""
    )
    contract = brand(load(ledger))
    one, two = contract.milestones["one"], contract.milestones["two"]
    before, then = dt.date(2026, 1, 31), dt.date(2026, 2, 10)

    assert one.state_at(before) == State()
    assert one.state_at(then).billed == 1
    assert one.entry is contract.entry
    assert [two.title_at(then), two.title_at(dt.date(2026, 2, 20))] == ["two", "Second"]
    assert len(two.parts_at(then)) == 1
    assert one.since(then, lambda state: state.billed == 1) == one.steps[0]
    assert one.since(before, lambda state: state.billed == 1) is None
    assert two.since(then, lambda state: state.billed == 1) is None


def test_register(load: Load) -> None:
    loaded = load(LEDGER)
    register = of_register(loaded.options)

    assert repr(register) == "<Register of 1 contracts with 2 milestones>"
    assert register
    assert [milestone.id for _, milestone in register.milestones()] == ["one", "two"]
    assert register.receivables() == {"Assets:Receivable"}
    assert of_register({}) is None
    assert Register({}).receivables() == frozenset()


def test_due() -> None:
    day = dt.date(2026, 2, 10)

    assert Terms(30).due(day) == dt.date(2026, 3, 12)
    assert Terms(30, end_of_month=True).due(day) == dt.date(2026, 3, 30)
    assert Terms(30).due(dt.date(9999, 12, 20)) == dt.date.max
    assert days_after(dt.date.max, 14) == dt.date.max


def test_a_step_of_less_than_a_cent(load: Load) -> None:
    """What is on the bridge stays there, and a zero posting says that something happened."""
    keys = "  unbilled: Assets:Unbilled\n  milestone-one"
    ledger = LEDGER.replace("  milestone-one", keys).replace("1,200.00", "0.30")
    ledger = ledger.replace("-200.00", "-0.20")

    loaded = load(ledger + '2026-02-06 custom "milestone" "brand" "two" "progress" 42\n')

    first, second = generated(loaded)[-2:]
    assert [(p.account, p.units) for p in first.postings] == [
        ("Income:Design", Amount(D("-0.02"), "USD")),
        ("Assets:Unbilled", Amount(D("0.02"), "USD")),
    ]
    assert [(p.account, p.units) for p in second.postings] == [
        ("Assets:Receivable", Amount(D(0), "USD")),
    ]
