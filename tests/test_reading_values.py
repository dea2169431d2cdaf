"""Single values: what people write, and what it means."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

import pytest
from beancount.core.amount import Amount

from beancount_milestones.errors import did_you_mean, nearest, slip
from beancount_milestones.model import Terms
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.shares import Share, read_share

START = dt.date(2026, 2, 1)


def usd(number: str) -> Amount:
    return Amount(Decimal(number), "USD")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("30%", Share(Fraction(3, 10))),
        (" 30 % ", Share(Fraction(3, 10))),
        ("33.3333%", Share(Fraction(333333, 1000000))),
        ("30.%", Share(Fraction(3, 10))),
        ("+30%", Share(Fraction(3, 10))),
        ("0%", Share(Fraction(0))),
        ("-0%", Share(Fraction(0))),
        ("150%", Share(Fraction(3, 2))),
        ("1/3", Share(Fraction(1, 3))),
        ("1 / 3", Share(Fraction(1, 3))),
        ("0/3", Share(Fraction(0))),
        ("rest", Share()),
        ("3,000.00 USD", Share(amount=usd("3000.00"))),
        ("3000USD", Share(amount=usd("3000"))),
        ("1,00,000.50 USD", Share(amount=usd("100000.50"))),
        ("-500 USD", Share(amount=usd("-500"))),
        ("30% Mockups", Share(Fraction(3, 10), title="Mockups")),
        ("30% 2026-02-01", Share(Fraction(3, 10), target=START)),
        ("30% 2026/2/1", Share(Fraction(3, 10), target=START)),
        ("rest 2026-02-01 The end", Share(target=START, title="The end")),
        ("rest\t2026-02-01\n The  end ", Share(target=START, title="The  end")),
        ("30% 9999-12-31", Share(Fraction(3, 10), target=dt.date.max)),
    ],
)
def test_a_share_is_a_fraction_or_an_amount_then_a_date_then_a_title(
    text: str, share: Share
) -> None:
    assert read_share(text) == share


@pytest.mark.parametrize(
    "title",
    [
        *("24/7 support", "2026 campaign", "2026-2027 support", "3.0 release", "1.0.12", "Q3"),
        *("10000 flyers", "40012-17 Rotor", "12345-678-90 Valve", "20266-02-01b"),
    ],
)
def test_what_only_begins_with_digits_is_a_title(title: str) -> None:
    assert read_share(f"rest {title}") == Share(title=title)


@pytest.mark.parametrize("title", ["Release 3", "Lots 1-2", "Season 2026/27", "Form W-9", "-1"])
def test_what_only_ends_in_digits_is_a_title(title: str) -> None:
    assert read_share(f"rest {title}") == Share(title=title)


@pytest.mark.parametrize(
    "word",
    [
        "2026-13-01",
        "20266-02-01",
        "20266/02/01",
        "2026.02.01",
        "2026-02-01,",
        "2026-2",
        "01.02.26",
        "01-02-2026",
        "1/2/26",
    ],
)
def test_something_like_a_date_that_is_none_is_no_title(word: str) -> None:
    with pytest.raises(UnreadableError, match=r"(no|not a) date"):
        read_share(f"rest {word} Final")


def test_a_typed_amount_is_a_share() -> None:
    assert read_share(usd("3000.00")) == Share(amount=usd("3000.00"))


@pytest.mark.parametrize("value", ["8%", "8 %", "8", Decimal(8)])
def test_a_percentage_is_the_number_before_the_sign(value: object) -> None:
    assert values.percentage(value, "interest") == 8


@pytest.mark.parametrize("value", ["0.08", Decimal("0.08")])
def test_a_bare_percentage_below_one_may_be_a_part_of_one(value: object) -> None:
    with pytest.raises(UnreadableError, match=r'write "0.08%" if that .* did you mean 8\?$'):
        values.percentage(value, "interest")
    assert values.percentage("0.08%", "interest") == Decimal("0.08")
    assert values.percentage("0", "interest") == 0


@pytest.mark.parametrize("text", [".", "..", "-", "_", "./-"])
def test_signs_alone_name_nothing(text: str) -> None:
    for pattern in (values.CONTRACT_ID, values.MILESTONE_ID, values.LINK):
        assert not pattern.fullmatch(text)
    assert values.contract_id(f"{text.replace('/', '')}7") == f"{text.replace('/', '')}7"
    with pytest.raises(UnreadableError, match=r"one letter or digit$"):
        values.invoice_number(text, "the number of an invoice")


@pytest.mark.parametrize("value", ["eight", "-8%", Decimal(-8), True, None])
def test_what_is_not_a_percentage(value: object) -> None:
    with pytest.raises(UnreadableError, match=r"^interest must be a percentage in quotes"):
        values.percentage(value, "interest")


@pytest.mark.parametrize(
    ("value", "terms"),
    [
        ("net 30", Terms(30)),
        ("Net 30 days", Terms(30)),
        ("30", Terms(30)),
        ("2/10 net 30", Terms(30, discount=(Decimal(2), 10))),
        ("2%/10, net 30", Terms(30, discount=(Decimal(2), 10))),
        ("net 30 EOM", Terms(30, end_of_month=True)),
        ("Due on receipt", Terms(0)),
        (Decimal(14), Terms(14)),
        (14, Terms(14)),
        (Decimal(0), Terms(0)),
    ],
)
def test_terms_are_days(value: object, terms: Terms) -> None:
    assert values.terms(value) == terms


def test_the_rate_of_a_discount_is_said_without_zeros_at_its_end() -> None:
    assert str(values.terms("2.50/10 net 30").discount) == "(Decimal('2.5'), 10)"


@pytest.mark.parametrize("value", [Decimal(2), "2", Decimal("2.0")])
def test_precision_may_stand_in_quotes_as_in_fava(value: object) -> None:
    assert values.decimal_places(value) == 2


def test_spaces_around_a_text_do_not_count() -> None:
    assert values.contract_id(" acme-brand ") == "acme-brand"
    assert values.milestone_id(" mockups ") == "mockups"
    assert values.invoice_number(" 2026/042 ", "the number") == "2026/042"
    assert values.on_completion(" On completion ")


def message_of(read: Callable[[object], object], value: object) -> str:
    """What a reader says of a value; nothing where it can be read."""
    try:
        read(value)
    except UnreadableError as unreadable:
        return str(unreadable)
    return ""


@pytest.mark.parametrize("huge", ["9" * 5000, "9" * 27 + "." + "9" * 27, "1" * 200_000])
def test_a_huge_number_is_an_error_or_a_number(huge: str) -> None:
    for text in (f"{huge}%", f"{huge}/3", f"1/{huge}", f"{huge} USD", huge, f"net {huge}"):
        for read in (read_share, values.terms, values.decimal_places):
            assert len(message_of(read, text)) < 300
    assert message_of(values.decimal_places, Decimal(huge))
    assert message_of(values.terms, Decimal(huge))
    assert values.money(Decimal(huge), "USD")
    assert values.plain(Decimal(huge) / 3)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(90), "90"),
        (Fraction(9999, 100), "99.99"),
        (Fraction(100, 3), "33.3333"),
        (Fraction(10) ** 30, "1" + "0" * 30),
        # Four decimals would say 100.
        (Fraction(299999999, 3000000), "99.99999967"),
        (Fraction(1, 3 * 10**9), "0.000000000333"),
        (Decimal("33.3300"), "33.33"),
    ],
)
def test_a_number_is_shown_in_plain_digits(number: Fraction | Decimal, text: str) -> None:
    assert values.plain(number) == text


def test_a_value_in_a_message_is_short_and_on_one_line() -> None:
    assert values.shown("a\n  b\t\t c") == "'a b c'"
    assert values.shown(" a  b ") == "' a  b '"
    assert values.shown("x" * 100) == f"'{'x' * 60}…'"
    assert values.shown(usd("7")) == "7 USD"
    assert values.shown([None]) == "[None]"


@pytest.mark.parametrize("known", [list[str], set[str], tuple[str, ...]])
def test_the_nearest_of_thousands_of_names(
    known: Callable[[list[str]], Iterable[str]],
) -> None:
    names = known([f"contract-{number:04}" for number in range(5000)])
    found = {nearest(f"contrakt-{number:04}", names) for number in (7, 1234, 4999)}

    assert found == {"contract-0007", "contract-1234", "contract-4999"}
    assert nearest("zzz", names) is None


def test_the_beginning_of_a_name_means_the_one_that_begins_so() -> None:
    clients = ["Castell Brewing", "Harbour Hotels Group", "Harbour Lights Theatre"]

    assert did_you_mean("castel", clients) == "; did you mean 'Castell Brewing'?"
    assert did_you_mean("harbour", clients) == ""
    assert did_you_mean("ca", clients) == ""


def test_one_letter_too_many_is_not_taken_for_another_number() -> None:
    names = [f"contract-{number}" for number in range(1000)]

    assert [nearest(f"contract-{number}x", names) for number in (1, 10, 100)] == [
        "contract-1",
        "contract-10",
        "contract-100",
    ]


def test_terms_may_have_any_number_of_spaces() -> None:
    assert values.terms("net" + " " * 100_000 + "30") == Terms(30)
    assert message_of(values.terms, "net 30 " * 10_000)


def test_an_underscore_is_a_slip_of_a_hyphen() -> None:
    assert slip("vat_id", ("vat-id", "tax-id")) == "vat-id"
    assert slip("vat-id", ("vat-id", "tax-id")) is None
