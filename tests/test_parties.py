"""Who is who: seller, clients, taxes, what payments are, and reminders."""

from decimal import Decimal

import pytest

from beancount_milestones.model import Register, of_register
from beancount_milestones.parties import TaxRate
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.parties import tax_rate
from tests.receivables import ACME, BOLT, HEAD, TWO_BILLS, day
from tests.support import Load, Loaded

SELLER = """
2026-01-01 custom "seller" "Studio North"
  address: "Musterstr. 1, 10115 Berlin"
  country: "de"
  iban: "DE89 3704 0044 0532 0130 00"
  language: "DE"
2026-02-01 custom "seller" "Studio North"
  address: "Neue Str. 2, 10115 Berlin"
"""
CLIENT = """
2026-01-01 custom "client" "Acme"
  name: "Acme Corporation SA"
  terms: "net 14"
"""


def told(load: Load, *texts: str) -> tuple[Loaded, Register]:
    loaded = load("\n".join([HEAD, *texts]))
    register = of_register(loaded.options)
    assert register
    return loaded, register


def test_later_directives_replace_key_by_key_from_their_date(load: Load) -> None:
    loaded, register = told(load, SELLER)

    assert loaded.messages == []
    before, after = register.seller_at(day("2026-01-31")), register.seller_at(day("2026-02-01"))
    assert before.address == ("Musterstr. 1", "10115 Berlin")
    assert after.address == ("Neue Str. 2", "10115 Berlin")
    assert (after.name, after.country, after.language) == ("Studio North", "DE", "de")
    assert after.iban == "DE89370400440532013000"
    assert register.seller_at(day("2025-12-31")).name == ""


def test_the_name_for_documents_stays_until_the_firm_has_a_new_one(load: Load) -> None:
    _, register = told(
        load,
        SELLER.replace("  country", '  name: "Studio North GmbH"\n  country'),
        '2026-03-01 custom "seller" "Studio South"\n',
    )

    names = [register.seller_at(day(f"2026-0{month}-01")).name for month in (1, 2, 3)]
    assert names == ["Studio North GmbH", "Studio North GmbH", "Studio South"]
    assert register.seller_at(day("2026-03-01")).country == "DE"


def test_a_client_has_a_name_for_documents_and_defaults_for_its_contracts(load: Load) -> None:
    loaded, register = told(load, CLIENT, ACME)

    assert loaded.messages == []
    assert register.client_at("Acme", day("2026-01-01")).name == "Acme Corporation SA"
    assert register.client_at("Bolt", day("2026-01-01")).name == "Bolt"
    # The client's own terms win over those of the configuration.
    terms = register.contracts["acme"].terms
    assert terms
    assert terms.days == 14


def test_the_keys_work_on_the_open_of_a_receivable_account(load: Load) -> None:
    own = """
    2020-01-01 open Assets:Receivable:Own
      client: "Acme"
      address: "1 rue de la Paix, 75002 Paris"
    """
    contract = ACME.replace("Assets:Receivable  ", "Assets:Receivable:Own  ")
    _, register = told(load, own.replace("\n    ", "\n"), contract)

    assert register.client_at("Acme", day("2026-01-01")).address[1] == "75002 Paris"


def test_the_open_of_an_account_and_a_directive_describe_one_client_key_by_key(load: Load) -> None:
    own = """
2026-01-01 open Assets:Own
  client: "Acme"
  address: "Rue 1, Paris"
  email: "old@acme.example"
"""
    later = '2026-02-01 custom "client" "ACME"\n  email: "new@acme.example"\n'
    contract = ACME.replace("Assets:Receivable  ", "Assets:Own  ")
    # An account of ours may be named after a client: what it says is not said of them.
    income = '2026-02-02 open Income:Acme\n  client: "Acme"\n  name: "Sales to Acme"\n'
    _, register = told(load, own, later, contract, income)

    before, after = (register.client_at("Acme", day(f"2026-0{n}-01")) for n in (1, 2))
    assert (before.address, before.email) == (("Rue 1", "Paris"), "old@acme.example")
    assert after == before._replace(email="new@acme.example", source='custom "client" "ACME"')


#: One name as people read it: in other letters, with other spaces, composed and decomposed.
SPELLINGS = [
    ("Acme", "ACME"),
    ("Acme  Ltd", "Acme Ltd"),
    ("Caf\N{LATIN SMALL LETTER E WITH ACUTE}", "Cafe\N{COMBINING ACUTE ACCENT}"),
]
spelled = pytest.mark.parametrize(("name", "again"), SPELLINGS, ids=["case", "spaces", "unicode"])


@spelled
def test_a_client_is_described_however_its_name_is_written(
    load: Load, name: str, again: str
) -> None:
    more = CLIENT.replace("2026-01-01", "2026-02-01").replace('"net 14"', '"net 14"\n  note: "x"')
    loaded, register = told(
        load,
        CLIENT.replace('"Acme"', f'"{name}"').replace("Corporation", "of old"),
        more.replace('"Acme"', f'"{again}"'),
        ACME.replace('"Acme"', f'"{again}"'),
    )

    assert loaded.messages == []
    contract = register.contracts["acme"]
    # The name stays as the contract has it.
    assert contract.client == again
    assert contract.terms
    assert contract.terms.days == 14
    for known in (name, again):
        assert register.client_at(known, day("2026-01-31")).name == "Acme of old SA"
        assert register.client_at(known, day("2026-02-01")).name == "Acme Corporation SA"
        assert register.client_at(known, day("2026-02-01")).note == "x"


@spelled
def test_the_name_that_is_written_first_is_that_of_documents(
    load: Load, name: str, again: str
) -> None:
    described = f'2026-01-01 custom "client" "{name}"\n2026-02-01 custom "client" "{again}"\n'
    _, register = told(load, described)

    assert register.client_at(again, day("2026-02-01")).name == name


@spelled
def test_a_change_order_and_a_number_of_the_same_client(load: Load, name: str, again: str) -> None:
    contract = ACME.replace('"Acme"', f'"{name}"')
    change = """
2026-01-02 * "" "More"
  contract: "acme"
  milestone-four: "100%"
  Assets:Receivable  100.00 USD
  Income:Design
""".replace('""', f'"{again}"')
    done = """
2026-02-01 custom "milestone" "acme" "one" "completed"
  invoice: "INV-1"
2026-02-01 custom "milestone" "bolt" "one" "completed"
  invoice: "INV-1"
"""
    bolt = BOLT.replace('"Bolt"', f'"{again}"')
    loaded, register = told(load, contract, change, bolt, done)

    assert loaded.messages == []
    assert "four" in register.contracts["acme"].milestones


@spelled
def test_two_accounts_of_one_client(load: Load, name: str, again: str) -> None:
    """Both `open` name the same one, so it is the contract's."""
    opens = f"""
2020-01-01 open Assets:Receivable:One
  client: "{name}"
2020-01-01 open Assets:Receivable:Two
  client: "{again}"
2026-01-01 * "Brand"
  contract: "both"
  milestone-all: "100%"
  Assets:Receivable:One  100.00 USD
  Assets:Receivable:Two  100.00 USD
  Income:Design
"""
    _, register = told(load, opens)

    assert register.contracts["both"].client == " ".join(name.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '2026-01-01 custom "seller" 1\n',
            'needs one name in quotes, as in custom "seller" "Acme"',
        ),
        ('2026-01-01 custom "client" "A"\n  adress: "x"\n', "did you mean 'address'?"),
        ('2026-01-01 custom "client" "A"\n  country: "XX"\n', "country must be a code"),
        ('2026-01-01 custom "client" "A"\n  iban: "DE1"\n', "check digits do not match"),
        ('2026-01-01 custom "client" "A"\n  language: "english"\n', "language must be a code"),
        ('2026-01-01 custom "client" "A"\n  email: 7\n', "email must be text in quotes, not 7"),
        ('2026-01-01 custom "reminder" "INV-9" 1\n', "no invoice 'INV-9'; did you mean 'INV-"),
        ('2026-01-01 custom "reminder" 9\n', "needs the number of an invoice and the level"),
        ('2026-03-10 custom "reminder" "INV-1" 1 1\n', "needs the number of an invoice and the"),
        ('2026-03-10 custom "reminder" "INV-1" TRUE\n', "needs the number of an invoice and the"),
        ('2026-03-10 custom "reminder" "INV-1" 1.5\n', "a whole number from 1 to 100, not 1.5"),
        ('2026-03-10 custom "reminder" "INV-1" -1\n', "a whole number from 1 to 100, not -1"),
        ('2026-03-10 custom "reminder" "INV-1" 101\n', "a whole number from 1 to 100, not 101"),
        ('2026-01-31 custom "reminder" "INV-1" 1\n', "before its invoice 'INV-1' of 2026-02-01"),
        ('2026-03-10 custom "Reminder" "INV-1" 1\n', "did you mean 'reminder'?"),
        ('2026-03-10 custom "reminders" "INV-1"\n', "did you mean 'reminder'?"),
        ('2026-01-01 open Assets:X\n  settles-as: "pay"\n', "settles-as cannot be 'pay'"),
        ('2026-01-01 open Assets:X\n  settle-as: "fee"\n', "did you mean 'settles-as'?"),
        ('2026-01-01 open Liabilities:X\n  tax: "high"\n', "cannot read the tax 'high'"),
        ("2026-01-01 open Liabilities:X\n  tax: TRUE\n", "cannot read the tax TRUE"),
    ],
)
def test_a_slip_is_one_error(load: Load, text: str, message: str) -> None:
    loaded, _ = told(load, ACME, TWO_BILLS, text)

    (found,) = loaded.messages
    assert message in found


def test_a_type_that_is_nearly_ours_may_be_that_of_somebody_else(load: Load) -> None:
    text = """
2026-03-10 custom "reminders" "INV-9" 1
2026-02-10 * "Acme" "Courier" ^T-1
  Assets:Receivable  20.00 USD
  Income:Fees
"""
    assert told(load, ACME, TWO_BILLS, text)[0].messages == []
    by_hand = text.replace("INV-9", "T-1")
    (found,) = told(load, ACME, TWO_BILLS, by_hand)[0].messages
    assert "did you mean 'reminder'?" in found
    # What Beancount itself cannot stand.
    (found,) = told(load, ACME, '2026-03-10 custom "reminders"\n')[0].messages
    assert "beancount.ops.pad" in found


def test_reminders_of_one_day_may_stand_in_any_order(load: Load) -> None:
    text = """
2026-02-01 custom "reminder" "INV-1" 1
2026-03-10 custom "reminder" "INV-1" 100
2026-03-10 custom "reminder" "INV-1" 2
"""
    loaded, register = told(load, ACME, TWO_BILLS, text)

    assert loaded.messages == []
    assert [reminder.level for reminder in register.reminders] == [1, 100, 2]


def test_a_reminder_counts_its_level_and_may_be_of_an_invoice_by_hand(load: Load) -> None:
    by_hand = """
2026-02-10 * "Acme" "Courier"
  invoice: "T-1"
  Assets:Receivable  20.00 USD
  Income:Fees
2026-03-10 custom "reminder" "INV-1"
2026-03-20 custom "reminder" "INV-1"
2026-03-20 custom "reminder" "T-1" 2
"""
    loaded, register = told(load, ACME, TWO_BILLS, by_hand)

    assert loaded.messages == []
    assert [(r.number, r.level) for r in register.reminders] == [
        ("INV-1", 1),
        ("INV-1", 2),
        ("T-1", 2),
    ]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("S 19%", TaxRate("S", Decimal(19))),
        ("19%", TaxRate("S", Decimal(19))),
        ("0%", TaxRate("Z", Decimal(0))),
        ("0.65%", TaxRate("S", Decimal("0.65"))),
        ("AE 0% Reverse charge", TaxRate("AE", Decimal(0), "Reverse charge")),
        ("E Small business", TaxRate("E", Decimal(0), "Small business")),
        (Decimal(7), TaxRate("S", Decimal(7))),
    ],
)
def test_the_tax_of_an_account(text: object, rate: TaxRate) -> None:
    assert tax_rate(text) == rate


@pytest.mark.parametrize("value", [Decimal("0.20"), "0.20", "S 0.20", "0.20 Reduced"])
def test_a_bare_tax_below_one_may_be_a_part_of_one(value: object) -> None:
    with pytest.raises(UnreadableError, match=r'^tax: 0.20 is .* write "0.2%" .* mean 20\?$'):
        tax_rate(value)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("'reminders': '7, x'", "reminders are days after the due date"),
        ("'reminders': 7", "reminders are days after the due date"),
        ("'templates': 1", "templates is the name of a folder"),
    ],
)
def test_the_configuration_of_documents(load: Load, key: str, message: str) -> None:
    (found,) = load(f'plugin "beancount_milestones" "{{{key}}}"\n').messages
    assert message in found


def test_days_of_reminders_and_a_folder_of_templates(load: Load) -> None:
    config = "{'reminders': '5, 10', 'templates': 'papers'}"
    register = of_register(load(f'plugin "beancount_milestones" "{config}"\n').options)

    assert register
    assert (register.reminder_days, register.templates) == ((5, 10), "papers")
