"""Which transactions make a contract, and what holds for it."""

import datetime as dt
from decimal import Decimal

import pytest

from beancount_milestones.model import Contract, Terms, of_register
from tests.brand import ACCOUNTS, BRAND
from tests.support import Load, Loaded


def contracts(ledger: Loaded) -> dict[str, Contract]:
    register = of_register(ledger.options)
    assert register is not None
    return register.contracts


def brand(ledger: Loaded) -> Contract:
    assert ledger.messages == []
    return contracts(ledger)["acme-brand"]


def amounts(contract: Contract, account: str) -> dict[str, Decimal]:
    """What each milestone has on an account."""
    return {
        milestone.id: sum(
            (
                amount
                for part in milestone.parts
                for leg, amount in part.pairs()
                if leg.posting.account == account
            ),
            Decimal(),
        )
        for milestone in contract.milestones.values()
    }


def booked(ledger: Loaded, account: str) -> Decimal:
    """The balance of an account."""
    return sum(
        (
            posting.units.number
            for entry in ledger.transactions
            for posting in entry.postings
            if posting.account == account and posting.units and posting.units.number
        ),
        Decimal(),
    )


# Two ways to say the milestones


def test_by_posting_unmarked_ones_are_shared_pro_rata(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  Income:Design  -300.00 USD
    milestone: "mockups"
    target: 2026-02-01
    title: "Mockups"
  Income:Licences  -700.00 USD
    milestone: "final"
  Liabilities:VAT  -200.00 USD
  Assets:Receivable:Acme
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Assets:Receivable:Acme") == {"mockups": 360, "final": 840}
    assert amounts(contract, "Liabilities:VAT") == {"mockups": -60, "final": -140}
    [part] = contract.milestones["mockups"].parts
    assert (part.title, part.target) == ("Mockups", dt.date(2026, 2, 1))


def test_a_milestone_whose_own_postings_balance_takes_none_of_the_others(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  retention: Assets:Retention
  Assets:Receivable:Acme  900.00 USD
  Assets:Retention  100.00 USD
  Income:Design  -1,000.00 USD
    milestone: "mockups"
  Assets:Receivable:Acme  100.00 USD
    milestone: "release"
  Assets:Retention  -100.00 USD
    milestone: "release"
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Assets:Receivable:Acme") == {"mockups": 900, "release": 100}
    assert amounts(contract, "Assets:Retention") == {"mockups": 100, "release": -100}


def test_what_all_milestones_share_takes_the_cents_and_not_their_own_postings(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  Income:Design  -6.50 USD
    milestone: "mockups"
  Income:Design  -24.31 USD
    milestone: "revisions"
  Income:Design  -3.58 USD
    milestone: "final"
  Liabilities:VAT  -6.53 USD
  Assets:Retention  2.05 USD
  Assets:Receivable:Acme
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Income:Design") == {
        "mockups": Decimal("-6.50"),
        "revisions": Decimal("-24.31"),
        "final": Decimal("-3.58"),
    }
    assert amounts(contract, "Liabilities:VAT")["mockups"] == Decimal("-1.23")
    assert amounts(contract, "Assets:Retention")["mockups"] == Decimal("0.39")
    assert amounts(contract, "Assets:Receivable:Acme")["mockups"] == Decimal("7.34")
    assert {part.currency for m in contract.milestones.values() for part in m.parts} == {"USD"}


def test_every_posting_may_have_its_milestone(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  Income:Design  -300.00 USD
    milestone: "mockups"
  Assets:Receivable:Acme  300.00 USD
    milestone: "mockups"
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Assets:Receivable:Acme") == {"mockups": 300}


def test_a_share_can_be_an_amount_of_the_total_with_tax(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-mockups: 300 USD
  milestone-revisions: "450.000 USD"
  milestone-checkpoint: "0%"
  milestone-final: "rest"
  Assets:Receivable:Acme  1,200.00 USD
  Liabilities:VAT  -200.00 USD
  Income:Design
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Assets:Receivable:Acme") == {
        "mockups": 300,
        "revisions": 450,
        "checkpoint": 0,
        "final": 450,
    }
    # The most decimals that a person has written, in a share too.
    assert {
        leg.places for m in contract.milestones.values() for p in m.parts for leg in p.legs
    } == {3}


def test_a_reduction_has_a_negative_total(load: Load) -> None:
    text = """
2026-02-10 * "Acme" "Less"
  contract: "acme-brand"
  milestone-less: "-100.00 USD"
  milestone-discount: "rest"
  Assets:Receivable:Acme  -150.00 USD
  Income:Design
"""
    contract = brand(load(ACCOUNTS + BRAND + text))

    owed = amounts(contract, "Assets:Receivable:Acme")
    assert owed == {"mockups": 300, "final": 700, "less": -100, "discount": -50}


def test_a_result_of_arithmetic_is_rounded_to_the_minor_unit(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-all: "100%"
  Assets:Receivable:Acme  10000/3 USD
  Income:Design  -10000/3 USD
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Income:Design") == {"all": Decimal("-3333.33")}


def test_a_result_of_arithmetic_has_the_minor_unit_of_its_currency(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-all: "100%"
  Assets:Receivable:Acme  10000/3 JPY
  Income:Design  -10000/3 JPY
"""
    contract = brand(load(ACCOUNTS + text))

    assert str(amounts(contract, "Income:Design")["all"]) == "-3333"


def test_twelve_decimals_are_kept(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-half: "50%"
  milestone-rest: "rest"
  Assets:Receivable:Acme  1.000000000003 USD
  Income:Design  -1.000000000003 USD
"""
    contract = brand(load(ACCOUNTS + text))

    found = amounts(contract, "Assets:Receivable:Acme")
    assert [str(amount) for amount in found.values()] == ["0.500000000002", "0.500000000001"]


def test_the_currency_of_a_share_need_not_be_that_of_a_posting(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-mockups: "55.00 USD"
  milestone-final: "rest"
  Assets:Receivable:Acme  100.00 EUR @@ 110 USD
  Income:Design  -50.00 EUR @ 1.10 USD
  Income:Licences  -55.00 USD
"""
    contract = brand(load(ACCOUNTS + text))

    assert amounts(contract, "Assets:Receivable:Acme") == {"mockups": 50, "final": 50}


def test_a_price_that_is_a_division_is_rounded(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-all: "100%"
  Assets:Receivable:Acme  300.00 EUR @@ 100.00 USD
  Income:Design  -100.00 USD

2026-02-03 custom "milestone" "acme-brand" "all" "completed"
"""
    ledger = load(ACCOUNTS + text)

    assert ledger.messages == []
    assert booked(ledger, "Assets:Receivable:Acme") == 300


@pytest.mark.parametrize("precision", ["3", '"3"'])
def test_the_commodity_says_the_decimal_places(load: Load, precision: str) -> None:
    text = f"\n2020-01-01 commodity USD\n  precision: {precision}\n2020-01-01 commodity EUR\n"
    contract = brand(load(ACCOUNTS + text + BRAND))

    assert contract.milestones["mockups"].parts[0].legs[0].places == 3


# Whose contract it is


def test_keys_of_the_contract_win_over_the_clients_and_those_over_the_configuration(
    load: Load,
) -> None:
    plugin = "plugin \"beancount_milestones\" \"{'terms': 'net 1', 'acceptance': 7, 'invoiced': 'on completion', 'unbilled': 'Assets:Unbilled'}\"\n"  # noqa: E501
    text = (ACCOUNTS + BRAND).replace('plugin "beancount_milestones"\n', plugin)
    text = text.replace(
        "open Assets:Receivable:Acme\n",
        'open Assets:Receivable:Acme\n  acceptance: 10\n  terms: "net 2"\n  client: "ACME Inc."\n',
    )
    text = text.replace("  milestone-mockups", '  terms: "net 3"\n  milestone-mockups')

    contract = brand(load(text))

    assert contract.terms == Terms(3)
    assert contract.acceptance == 10
    assert contract.client == "ACME Inc."
    assert contract.invoiced_on_completion
    assert contract.unbilled == "Assets:Unbilled"


def test_an_empty_configuration_says_nothing(load: Load) -> None:
    text = ACCOUNTS.replace('plugin "beancount_milestones"', 'plugin "beancount_milestones" " "')

    assert brand(load(text + BRAND)).terms is None


def test_the_configuration_may_be_written_on_several_lines(load: Load) -> None:
    text = ACCOUNTS.replace(
        'plugin "beancount_milestones"',
        "plugin \"beancount_milestones\" \"\n  {\n    'terms': 'net 30',\n  }\n\"",
    )

    assert brand(load(text + BRAND)).terms == Terms(30)


def test_what_the_configuration_names_need_not_be_open_without_a_contract(load: Load) -> None:
    config = "{'unbilled': 'Assets:Nowhere'}"

    assert load(f'plugin "beancount_milestones" "{config}"\n').messages == []


def test_accounts_that_a_later_plugin_opens_are_open(load: Load) -> None:
    text = BRAND.replace("  milestone-m", "  unbilled: Assets:Nowhere\n  milestone-m")
    ledger = load(
        'plugin "beancount_milestones"\nplugin "beancount.plugins.auto_accounts"\n' + text
    )

    assert brand(ledger).unbilled == "Assets:Nowhere"


def test_an_error_in_the_clients_keys_is_told_once_and_the_rest_holds(load: Load) -> None:
    text = ACCOUNTS.replace(
        "open Assets:Receivable:Acme\n",
        'open Assets:Receivable:Acme\n  terms: "soon"\n  acceptance: 10\n',
    )
    ledger = load(text + BRAND + BRAND.replace("acme-brand", "acme-shop"))

    assert len(ledger.errors) == 1
    assert {contract.acceptance for contract in contracts(ledger).values()} == {10}


def test_the_receivable_can_be_the_parent_of_several_accounts(load: Load) -> None:
    text = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  receivable: Assets:Receivable
  milestone-all: "100%"
  Assets:Receivable:Acme  600.00 USD
  Assets:Receivable:Beta  500.00 USD
  Assets:Bank  -100.00 USD
  Income:Design
"""
    contract = brand(load(ACCOUNTS + text))

    assert contract.receivables == {"Assets:Receivable:Acme", "Assets:Receivable:Beta"}


def test_a_default_receivable_that_the_contract_does_not_use_is_no_error(load: Load) -> None:
    config = "{'receivable': 'Assets:Receivable:Beta'}"
    text = ACCOUNTS.replace('milestones"', f'milestones" "{config}"', 1)

    assert brand(load(text + BRAND)).receivables == {"Assets:Receivable:Acme"}


def test_roots_have_the_names_that_the_options_give(load: Load) -> None:
    text = (
        'option "name_assets" "Vermögen"\noption "name_income" "Erträge"\n'
        + (ACCOUNTS + BRAND).replace("Assets:", "Vermögen:").replace("Income:", "Erträge:")
        + '\n2026-02-03 custom "contract" "acme-brand" "completed"\n'
    )
    ledger = load(text)

    assert brand(ledger).receivables == {"Vermögen:Receivable:Acme"}
    assert booked(ledger, "Erträge:Design") == -1000


# Change orders


MORE = """
2026-02-10 * "Acme" "More"
  contract: "acme-brand"
  milestone-mockups: "50%"
  milestone-extra: "50%"
  Assets:Receivable:Acme  200.00 USD
  Income:Design
"""


def test_a_change_order_adds_to_milestones_and_adds_milestones(load: Load) -> None:
    contract = brand(load(ACCOUNTS + BRAND + MORE))

    owed = amounts(contract, "Assets:Receivable:Acme")
    assert owed == {"mockups": 400, "final": 700, "extra": 100}
    # What it is called comes from the transaction that first names it.
    assert contract.milestones["mockups"].entry.narration == "Brand identity"
    assert contract.milestones["extra"].entry.narration == "More"


def test_a_key_that_only_the_change_order_says_counts(load: Load) -> None:
    contract = brand(load(ACCOUNTS + BRAND + MORE.replace("\n  mile", "\n  terms: 7\n  mile", 1)))

    assert contract.terms == Terms(7)


def test_a_pending_change_order_says_nothing_yet(load: Load) -> None:
    pending = MORE.replace(" * ", " ! ").replace("\n  mile", "\n  terms: 7\n  mile", 1)
    pending = pending.replace("Receivable:Acme", "Receivable:Beta")
    firm = MORE.replace("\n  mile", "\n  terms: 30\n  mile", 1)
    contract = brand(load(ACCOUNTS + BRAND + pending + firm))

    assert contract.terms == Terms(30)
    # Only where it is owed on: what is proposed has a row of its own.
    assert contract.receivables == {"Assets:Receivable:Acme", "Assets:Receivable:Beta"}
    assert set(contract.proposals) == {"mockups", "extra"}


def test_a_change_of_nothing_may_move_the_target_of_a_begun_milestone(load: Load) -> None:
    begun = '\n2026-02-03 custom "milestone" "acme-brand" "mockups" "progress" 50\n'
    moved = MORE.replace('"50%"\n  milestone-extra: "50%"', '"0%"\n  milestone-extra: "100%"')

    assert amounts(brand(load(ACCOUNTS + BRAND + begun + moved)), "Income:Design")["extra"] == -200


def test_a_change_order_of_a_milestone_taken_back_is_possible(load: Load) -> None:
    events = """
2026-02-03 custom "milestone" "acme-brand" "mockups" "progress" 50
2026-02-04 custom "milestone" "acme-brand" "mockups" "progress" 0
"""
    assert brand(load(ACCOUNTS + BRAND + events + MORE)).id == "acme-brand"


def test_the_client_may_be_missing_in_one_of_the_transactions(load: Load) -> None:
    nameless = BRAND.replace('"Acme" ', "")

    assert brand(load(ACCOUNTS + nameless + MORE)).client == "Acme"
    assert brand(load(ACCOUNTS + BRAND + MORE.replace('"Acme" ', ""))).client == "Acme"


def test_the_case_of_the_client_does_not_matter(load: Load) -> None:
    assert brand(load(ACCOUNTS + BRAND + MORE.replace('"Acme"', '"ACME"'))).client == "Acme"


def test_an_error_in_a_change_order_leaves_only_that_change_order(load: Load) -> None:
    ledger = load(
        ACCOUNTS
        + BRAND
        + MORE.replace('extra: "50%"', 'extra: "60%"')
        + """
2026-02-11 custom "milestone" "acme-brand" "extra" "completed"
2026-02-11 custom "milestone" "acme-brand" "mockups" "completed"
"""
    )

    assert len(ledger.errors) == 1
    assert booked(ledger, "Assets:Receivable:Acme") == 200 + 300


def test_a_refused_change_order_silences_its_new_milestones(load: Load) -> None:
    ledger = load(
        ACCOUNTS
        + BRAND
        + """
2026-02-03 custom "milestone" "acme-brand" "mockups" "completed"
2026-02-11 custom "milestone" "acme-brand" "extra" "completed"
"""
        + MORE
    )

    assert len(ledger.errors) == 1
    assert booked(ledger, "Assets:Receivable:Acme") == 300 + 200


def test_an_error_in_the_contract_leaves_its_change_orders_too(load: Load) -> None:
    ledger = load(
        ACCOUNTS
        + BRAND.replace('"rest"', '"60%"')
        + MORE
        + '\n2026-02-11 custom "contract" "acme-brand" "completed"\n'
    )

    assert len(ledger.errors) == 1
    assert contracts(ledger) == {}
    assert booked(ledger, "Assets:Receivable:Acme") == 1000 + 200


# What is no contract


PAYMENT = """
2026-03-01 * "Acme" "Payment"
  contract: "acme-brand"
  Assets:Bank  300.00 USD
  Assets:Receivable:Acme
    milestone: "mockups"
"""


@pytest.mark.parametrize("order", [BRAND + PAYMENT, PAYMENT + BRAND])
def test_a_payment_that_says_what_it_pays_is_no_change_order(load: Load, order: str) -> None:
    ledger = load(ACCOUNTS + order)

    assert amounts(brand(ledger), "Assets:Receivable:Acme") == {"mockups": 300, "final": 700}
    assert booked(ledger, "Assets:Receivable:Acme") == -300


def test_a_payment_may_refer_to_a_contract_that_could_not_be_read(load: Load) -> None:
    ledger = load(ACCOUNTS + BRAND.replace('"rest"', '"60%"') + PAYMENT)

    assert len(ledger.errors) == 1


@pytest.mark.parametrize("keys", ["retention: Assets:Retention\n  ", ""])
def test_a_marked_credit_of_another_account_is_a_change_order(load: Load, keys: str) -> None:
    release = f"""
2026-03-01 * "Acme" "Release"
  contract: "acme-brand"
  {keys}Assets:Receivable:Acme  100.00 USD
  Assets:Retention  -100.00 USD
    milestone: "release"
"""
    contract = brand(load(ACCOUNTS + BRAND + release))

    assert amounts(contract, "Assets:Receivable:Acme")["release"] == 100


def test_the_release_of_a_retention_may_be_a_contract_of_its_own(load: Load) -> None:
    release = """
2026-03-01 * "Acme" "Release"
  contract: "acme-release"
  retention: Assets:Retention
  Assets:Receivable:Acme  100.00 USD
  Assets:Retention  -100.00 USD
    milestone: "release"
"""
    ledger = load(ACCOUNTS + release)

    assert ledger.messages == []
    assert contracts(ledger)["acme-release"].receivables == {"Assets:Receivable:Acme"}


def test_metadata_contract_of_other_people_is_left_alone(load: Load) -> None:
    other = """
2026-03-01 * "Landlord" "Rent"
  contract: 7
  milestone-note: "no share at all"
  Assets:Bank  -300.00 USD
  Income:Licences

2026-03-02 * "Landlord" "Rent"
  milestone-note: "nor here"
  Assets:Bank  -300.00 USD
  Income:Licences
"""
    ledger = load(ACCOUNTS + BRAND + other.replace("milestone-note", "note", 1))

    assert ledger.messages == []
    assert booked(ledger, "Assets:Bank") == -600


def test_what_may_be_a_contract_without_milestones_is_one_error(load: Load) -> None:
    """Its directives would say no more; those of an id that is misspelt are another mistake."""
    lost = """
2026-03-01 * "Acme" "More"
  contract: "more"
  Assets:Receivable:Acme  300.00 USD
  Income:Design
2026-03-01 * "Acme" "Paid"
  contract: "acme-brnd"
  Assets:Bank  300.00 USD
  Assets:Receivable:Acme
2026-03-02 custom "milestone" "more" "final" "completed"
2026-03-02 custom "milestone" "acme-brnd" "final" "completed"
"""
    messages = load(ACCOUNTS + BRAND + lost).messages

    assert [message.partition(";")[0] for message in messages] == [
        "no contract 'more'",
        "no contract 'acme-brnd'",
        "no contract 'acme-brnd'",
    ]


def test_a_schedule_of_other_people_is_left_alone(load: Load) -> None:
    other = """
2026-03-01 * "Landlord" "Rent"
  schedule: "monthly"
  Assets:Bank  -300.00 USD
  Income:Licences
2026-03-01 * "Landlord" "Rent"
  contract: "rent"
  scheduled: 2026-03-01
  Assets:Bank  -300.00 USD
  Income:Licences
"""
    assert load(ACCOUNTS + BRAND + other).messages == []


def test_other_peoples_directives_are_left_alone(load: Load) -> None:
    other = """
2026-03-01 custom "milestones" "somebody-else" 7
2026-03-01 custom "fava-option" "acme-brand"
2026-03-01 custom "budget" 7
"""
    assert brand(load(ACCOUNTS + BRAND + other)).id == "acme-brand"


def test_a_transaction_that_did_not_load_is_mentioned(load: Load) -> None:
    twice = BRAND.replace("  Income:Design", "  Income:Design\n  Income:Licences")
    ledger = load(
        ACCOUNTS + twice + '\n2026-02-03 custom "milestone" "acme-brand" "mockups" "completed"\n'
    )

    assert ledger.messages == [
        "You may not have more than one auto-posting per currency",
        "no contract 'acme-brand'; its transaction may not have loaded, see the other errors",
    ]


def test_a_contract_without_balance_before_a_payment_has_beancounts_error_alone(
    load: Load,
) -> None:
    unbalanced = BRAND.replace("Income:Design", "Income:Design  -900.00 USD")
    ledger = load(ACCOUNTS + unbalanced + PAYMENT + MORE)

    assert ledger.messages == ["Transaction does not balance: (100.00 USD)"]


#: Contracts in which each account has one role, though it may not look so.
ONE_ROLE = {
    "both bridges on one account": """
2026-01-10 * "Acme" "Brand"
  contract: "acme"
  unbilled: Assets:Position
  deferred: Assets:Position
  milestone-all: "100%"
  Assets:Receivable  100.00 USD
  Income:Design
""",
    # What is held back since before these books; what releases it comes later.
    "a retention without work": """
2026-01-10 * "Acme" "Held before 2026"
  contract: "acme"
  retention: Assets:Position
  milestone-all: "100%"
  Assets:Position  100.00 USD
  Equity:Opening
""",
    "a deposit that the contract does not draw": """
2026-01-10 * "Acme" "Brand"
  contract: "acme"
  milestone-all: "100%"
  Assets:Receivable  100.00 USD
  Income:Design
""",
    # What is paid ahead to a supplier is no work, and nothing that we sell.
    "an advance that we pay": """
2026-01-10 * "Acme" "Advance"
  contract: "acme"
  requires: "waiver"
  milestone-all: "100%"
  Assets:Position  100.00 USD
  Liabilities:Payable
""",
}


def test_a_retention_below_the_parent_of_the_receivables_is_no_receivable(load: Load) -> None:
    loaded = load("""
        plugin "beancount_milestones" "{'receivable': 'Assets:Receivable'}"
        2020-01-01 open Assets:Receivable:Acme
        2020-01-01 open Assets:Receivable:Held
        2020-01-01 open Income:Design
        2026-01-10 * "Acme" "Brand"
          contract: "acme"
          retention: Assets:Receivable:Held
          milestone-all: "100%"
          Assets:Receivable:Acme  90.00 USD
          Assets:Receivable:Held  10.00 USD
          Income:Design
    """)

    assert loaded.messages == []
    assert contracts(loaded)["acme"].receivables == {"Assets:Receivable:Acme"}


@pytest.mark.parametrize("text", ONE_ROLE.values(), ids=ONE_ROLE.keys())
def test_an_account_with_one_role(load: Load, text: str) -> None:
    config = "{'deposit': 'Liabilities:Ahead', 'deferred': 'Liabilities:Ahead'}"
    accounts = ("Assets:Receivable", "Assets:Position", "Liabilities:Ahead", "Liabilities:Payable")
    opens = "".join(
        f"2020-01-01 open {account}\n" for account in (*accounts, "Income:Design", "Equity:Opening")
    )
    loaded = load(f'plugin "beancount_milestones" "{config}"\n{opens}{text}')

    assert loaded.messages == []
    assert contracts(loaded).keys() == {"acme"}


# Which account holds a deposit

DAM = """
2026-01-10 * "Emp" "Dam"
  contract: "dam"
  milestone-work: "100%"
  Assets:Receivable  1,200.00 USD
  Liabilities:Tax     -200.00 USD
  Income:Design
"""
ADVANCE = """
2026-01-11 * "Emp" "Advance"
  contract: "dam"
  milestone-advance: "100%"
  Assets:Receivable     120.00 USD
  Liabilities:Tax       -20.00 USD
  Liabilities:Advance
"""
RECOVERY = """
2026-01-12 * "Emp" "Recovery"
  contract: "dam"
  milestone-recovery: "100%"
  Assets:Receivable    -120.00 USD
  Liabilities:Tax        20.00 USD
  Liabilities:Advance
"""
POSITION = "  unbilled: Liabilities:Advance\n  deferred: Liabilities:Advance\n"
BOUGHT = """
2026-01-10 * "Sub" "Walls"
  contract: "dam"
  milestone-work: "100%"
  Liabilities:Payable  -1,200.00 USD
  Assets:Tax              200.00 USD
  Expenses:Subs
2026-01-11 * "Sub" "Paid ahead"
  contract: "dam"
  milestone-advance: "100%"
  Liabilities:Payable    -100.00 USD
  Assets:Prepaid
2026-01-12 * "Sub" "Taken off again"
  contract: "dam"
  milestone-recovery: "100%"
  Liabilities:Payable     100.00 USD
  Assets:Prepaid
"""
MATERIALS = """
2026-01-11 * "Emp" "Paid ahead for materials"
  contract: "dam"
  milestone-materials: "100%"
  Assets:Receivable      40.00 USD
  Liabilities:Materials
"""
#: Work that draws two advances, one of them with the tax on it, which has another rate now.
TWICE = DAM.replace("1,200.00", "1,060.00").replace(
    "  Income", "  Liabilities:Advance   100.00 USD\n  Liabilities:Materials   40.00 USD\n  Income"
)
OLD_TAX = (
    ADVANCE.replace("Liabilities:Tax", "Liabilities:Old-Tax"),
    "  Liabilities:Old-Tax   20.00 USD\n  Income",
)
#: No `open` names a tax: which account is the deposit, the postings say.
HOLDERS = {
    "an advance that a reduction of its own recovers": (DAM + ADVANCE + RECOVERY, "Advance"),
    "a recovery that stands before the advance": (
        DAM + ADVANCE.replace("01-11", "01-13") + RECOVERY,
        "Advance",
    ),
    "an advance of which a part is recovered": (
        DAM + ADVANCE + RECOVERY.replace("120", "60").replace(" 20", " 10"),
        "Advance",
    ),
    "the recovery of an advance that another contract has billed": (DAM + RECOVERY, "Advance"),
    "an advance to a supplier": (BOUGHT, "Prepaid"),
    "a deposit that the work draws, after it was reduced": (
        DAM.replace("1,200.00", "1,140.00").replace(
            "  Income", "  Liabilities:Advance   60.00 USD\n  Income"
        )
        + ADVANCE
        + RECOVERY.replace("120", "48").replace(" 20", "  8"),
        "Advance",
    ),
    "tax that is not charged after all": (
        DAM
        + """
2026-01-12 * "Emp" "Another rate"
  contract: "dam"
  milestone-rate: "100%"
  Assets:Receivable  -50.00 USD
  Liabilities:Tax
""",
        "",
    ),
    "what is held back, and released": (
        DAM.replace('"dam"\n', '"dam"\n  retention: Assets:Retention\n')
        + """
2026-01-12 * "Emp" "Held, with its tax"
  contract: "dam"
  milestone-held: "100%"
  Assets:Receivable  -60.00 USD
  Liabilities:Tax     10.00 USD
  Assets:Retention
2026-01-13 * "Emp" "Released, with its tax"
  contract: "dam"
  milestone-released: "100%"
  Assets:Receivable   60.00 USD
  Liabilities:Tax    -10.00 USD
  Assets:Retention
""",
        "",
    ),
    "what is paid ahead stands where what is billed ahead does": (
        DAM.replace('"dam"\n', '"dam"\n  deferred: Liabilities:Advance\n') + ADVANCE + RECOVERY,
        "Advance",
    ),
    "two that are paid in and drawn": (TWICE + ADVANCE + MATERIALS, "Advance Materials"),
    "two that reductions recover": (
        DAM
        + ADVANCE
        + RECOVERY
        + MATERIALS
        + MATERIALS.replace("01-11", "01-13").replace("s: ", "-back: ").replace(" 40", "-40"),
        "Advance Materials",
    ),
    "two that we pay": (
        BOUGHT
        + (BOUGHT[BOUGHT.index("2026-01-11") :])
        .replace("Assets:Prepaid", "Assets:Materials")
        .replace("advance:", "more:")
        .replace("recovery:", "less:"),
        "Prepaid Materials",
    ),
    "two that no other contract of ours draws yet": (ADVANCE + MATERIALS, "Advance Materials"),
    "one beside that on the account of what is billed ahead": (
        (TWICE + ADVANCE + MATERIALS).replace(
            '"dam"\n', '"dam"\n  deferred: Liabilities:Advance\n'
        ),
        "Advance Materials",
    ),
    # Its tax is drawn with it: that comes with it, always.
    "one of which the tax is taken back": (
        DAM.replace("1,200.00", "1,080.00").replace(
            "  Income", "  Liabilities:Advance   100.00 USD\n" + OLD_TAX[1]
        )
        + OLD_TAX[0],
        "Advance",
    ),
    "two that are paid in at once": (
        TWICE
        + ADVANCE.replace("  120.00", "  160.00").replace(
            "  Liabilities:Advance", "  Liabilities:Materials   -40.00 USD\n  Liabilities:Advance"
        ),
        "Advance",
    ),
    "a tax that is charged alone, and given back with more work": (
        DAM
        + ADVANCE
        + RECOVERY
        + """
2026-01-14 * "Emp" "Tax after all"
  contract: "dam"
  milestone-tax: "100%"
  Assets:Receivable      30.00 USD
  Liabilities:Old-Tax
2026-01-15 * "Emp" "Less work"
  contract: "dam"
  milestone-less: "100%"
  Assets:Receivable    -115.00 USD
  Liabilities:Old-Tax    40.00 USD
  Liabilities:Old-Tax   -25.00 USD
  Income:Design
""",
        "Advance",
    ),
    "an advance on the account of what is billed ahead, without work": (
        ADVANCE.replace('"dam"\n', '"dam"\n  deferred: Liabilities:Advance\n'),
        "Advance",
    ),
    "all of it on the account of the position": (
        DAM.replace('"dam"\n', f'"dam"\n{POSITION}  deposit: Liabilities:Advance\n')
        + ADVANCE
        + RECOVERY,
        "Advance",
    ),
}


@pytest.mark.parametrize(("text", "holds"), HOLDERS.values(), ids=HOLDERS.keys())
def test_the_account_that_holds_a_deposit(load: Load, text: str, holds: str) -> None:
    opens = "".join(
        f"2020-01-01 open {account}\n"
        for account in (
            *("Assets:Receivable", "Assets:Retention", "Assets:Tax", "Assets:Prepaid"),
            *("Liabilities:Payable", "Liabilities:Advance", "Liabilities:Materials"),
            *("Liabilities:Tax", "Liabilities:Old-Tax", "Assets:Materials"),
            *("Income:Design", "Expenses:Subs"),
        )
    )
    loaded = load(f'plugin "beancount_milestones"\n{opens}{text}')

    assert loaded.messages == []
    found = {account.split(":")[-1] for account in contracts(loaded)["dam"].deposits}
    assert found == set(holds.split())


def test_what_is_paid_in_at_once_is_no_tax_where_an_open_names_one(load: Load) -> None:
    opens = "".join(
        f"2020-01-01 open {account}\n"
        for account in (
            *("Assets:Receivable", "Liabilities:Advance", "Liabilities:Materials"),
            *("Income:Design", 'Liabilities:Tax\n  tax: "S 20%"'),
        )
    )
    text, _ = HOLDERS["two that are paid in at once"]
    loaded = load(f'plugin "beancount_milestones"\n{opens}{text}')

    assert loaded.messages == []
    assert contracts(loaded)["dam"].deposits == {"Liabilities:Advance", "Liabilities:Materials"}


# What has a posting on the account of what is earned and not billed


def test_a_change_order_on_the_unbilled_account_is_left_as_written(load: Load) -> None:
    opens = "".join(
        f"2020-01-01 open {account}\n"
        for account in ("Assets:Receivable", "Assets:Unbilled", "Liabilities:Tax", "Income:Design")
    )
    more = """
2026-01-12 * "Emp" "Earned before"
  contract: "dam"
  milestone-before: "100%"
  Assets:Receivable   60.00 USD
  Assets:Unbilled
2026-02-01 custom "milestone" "dam" "before" "invoiced"
2026-02-01 custom "milestone" "dam" "work" "invoiced"
"""
    work = DAM.replace('"dam"\n', '"dam"\n  unbilled: Assets:Unbilled\n')
    loaded = load(f'plugin "beancount_milestones"\n{opens}{work}{more}')

    (message,) = loaded.messages
    assert message.startswith("unbilled: the contract itself has a posting on Assets:Unbilled,")
    assert contracts(loaded)["dam"].milestones.keys() == {"work"}


# What stands under a posting


def under_a_posting(load: Load, line: str, *, shared: bool = True) -> list[str]:
    """What a key under a posting of a contract says, with milestones by share or by posting."""
    text = BRAND if shared else MARKED
    return load(ACCOUNTS + text.replace("USD\n", f"USD\n    {line}\n", 1)).messages


MARKED = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design          -1,000.00 USD
    milestone: "mockups"
"""


@pytest.mark.parametrize(
    "line",
    [
        'terms: "net 30"',
        "terms: 30",
        "acceptance: 14",
        "unbilled: Assets:Unbilled",
        "deferred: Liabilities:Deferred",
        "retention: Assets:Retention",
        "receivable: Assets:Receivable",
        "payable: Liabilities:Payable",
        "deposit: Liabilities:Deposits",
        'invoiced: "on completion"',
        'requires: "waiver"',
        'schedule: "halves"',
        "starts: 2026-02-01",
    ],
)
@pytest.mark.parametrize("shared", [True, False])
def test_a_key_of_a_contract_says_nothing_under_a_posting(
    load: Load, line: str, *, shared: bool
) -> None:
    (message,) = under_a_posting(load, line, shared=shared)

    key = line.partition(":")[0]
    assert message.startswith(f"'{key}' is under a posting, where it says nothing about the")


@pytest.mark.parametrize(
    "line",
    [
        'terms: "as agreed"',
        "deferred: TRUE",
        "retention: 5",
        "invoiced: 2026-02-01",
        'schedule: "mine"',
        "schedule: 4 USD",
        'starts: "soon"',
        'client: "Acme"',
        'order: "7"',
        'interest: "8%"',
        'contract: "7"',
        "target: 2026-02-01",
        'title: "Invoice"',
    ],
)
def test_other_keys_under_a_posting_are_the_users_own(load: Load, line: str) -> None:
    assert under_a_posting(load, line) == []


def test_what_is_said_of_a_milestone_stands_beside_it(load: Load) -> None:
    for line in ("target: 2026-02-01", 'title: "Mockups"'):
        (message,) = under_a_posting(load, line, shared=False)
        assert message.startswith(f"'{line.partition(':')[0]}' is said of a milestone")
    for line in ('target: "soon"', "title: 7"):
        assert under_a_posting(load, line, shared=False) == []


#: Two ways to write that the claim on mockups moves: to money, or to somewhere else.
MOVES = """
plugin "beancount_milestones"
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Receivable:Bank
2020-01-01 open Assets:Kept
{kept}
2020-01-01 open Income:Design
2026-01-10 * "Acme" "Brand"
  contract: "acme"
  {key}
  milestone-mockups: "30%"
  milestone-final: "rest"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design
2026-01-20 * "Acme" "Some of it"
  contract: "acme"
  {account}   300.00 USD
    milestone: "mockups"
  Assets:Receivable:Acme
"""


@pytest.mark.parametrize(
    ("account", "key", "kept", "pays"),
    [
        ("Assets:Bank", "", "", True),
        # An account that says what it is, or that a key names.
        ("Assets:Kept", "", '  settles-as: "withholding"', False),
        ("Assets:Kept", "", '  client: "Bank"', False),
        ("Assets:Receivable:Bank", "receivable: Assets:Receivable", "", False),
        ("Assets:Receivable:Bank", "", "", False),
        # It says nothing of what is paid: a milestone of its own.
        ("Assets:Bank", "milestone-advance", "", False),
    ],
)
def test_a_payment_is_no_change_order(
    load: Load, account: str, key: str, kept: str, *, pays: bool
) -> None:
    text = MOVES.format(account=account, key=key or 'note: ""', kept=kept)
    if key.startswith("milestone"):
        text = text.replace('milestone: "mockups"', 'milestone: "advance"').replace(key, "note: 1")
    messages = load(text).messages

    assert ["looks like a payment" in message for message in messages] == [True] * pays


#: It holds back on an account of which others may say the same.
HALL = """
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Receivable:Beta
2020-01-01 open Assets:Retention
2020-01-01 open Income:Design
2026-01-14 * "Beta" "Hall"
  contract: "hall"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable:Beta   900.00 USD
  Assets:Retention         100.00 USD
  Income:Design
"""


def test_a_proposal_may_hold_back_on_the_account_of_another_contract(load: Load) -> None:
    """What is agreed of it is only the release: the proposal says on which account."""
    loaded = load(
        HALL
        + """
2026-01-14 ! "Acme" "Shop"
  contract: "shop"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable:Acme   900.00 USD
  Assets:Retention         100.00 USD
  Income:Design
2026-01-14 * "Acme" "Shop: release"
  contract: "shop"
  milestone-release: "100%"
  Assets:Receivable:Acme   100.00 USD
  Assets:Retention
"""
    )

    assert loaded.messages == []
    register = of_register(loaded.options)
    assert register
    assert register.contracts["shop"].owed_on == {"Assets:Receivable:Acme"}


def test_what_another_contract_has_held_may_be_released_by_one_of_its_own(load: Load) -> None:
    release = """
2026-01-14 * "Beta" "Hall: release"
  contract: "hall-release"
  milestone-release: "100%"
  Assets:Receivable:Beta   100.00 USD
  Assets:Retention
"""

    assert load(HALL + release).messages == []


def test_a_word_of_the_user_that_begins_like_a_milestone_is_none(load: Load) -> None:
    text = BRAND.replace("  milestone-", '  milestonereview: "by Ann"\n  milestone-', 1)
    done = '2026-02-28 custom "contract" "acme-brand" "progress"\n  milestonereview: "by Ann"\n'
    lines = "  milestone-mockups: 50\n"

    assert not load(ACCOUNTS + text + done + lines).errors


def kept_on(account: str, *keys: str) -> str:
    """Contracts on an account of which some say that they keep something there, and how."""
    text = """
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable
2020-01-01 open Assets:Kept
2020-01-01 open Income:Design
"""
    for number, key in enumerate(keys):
        kept = "" if key == "unbilled" else f"  {account}  1.00 USD\n"
        text += (
            f'2026-01-1{number} * "C{number}" "Job"\n  contract: "job-{number}"\n'
            + (f"  {key}: {account}\n" if key else "")
            + '  milestone-all: "100%"\n  Assets:Receivable  9.00 USD\n'
            + f"{kept}  Income:Design\n"
        )
    return text


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        (("retention", ""), ["Assets:Kept is the retention account of contract 'job-0'"]),
        (("unbilled", ""), ["Assets:Kept is the unbilled account of contract 'job-0'"]),
        # Most are owed there, so it is not for what is kept.
        (("", "retention", ""), ["retention: contract 'job-0' is owed on Assets:Kept"]),
        (("", "unbilled", ""), ["unbilled: contract 'job-0' is owed on Assets:Kept"]),
        (("retention", "retention"), []),
    ],
)
def test_nothing_is_owed_where_another_contract_keeps_something(
    load: Load, keys: tuple[str, ...], wrong: list[str]
) -> None:
    messages = load(kept_on("Assets:Kept", *keys)).messages

    assert [message.partition(";")[0].partition(",")[0] for message in messages] == wrong
