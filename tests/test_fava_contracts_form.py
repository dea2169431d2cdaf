"""Where the forms of contracts write, what they propose, and where they lead."""

import re
from html import unescape
from pathlib import Path

import pytest

from beancount_milestones import reports
from tests.fava_site import HEAD, Form, Show, Site

pytestmark = pytest.mark.usefixtures("fixed_day")

CONTRACTS = """
2026-01-01 * "Acme" "Brand"
  contract: "acme-brand"
  milestone-a: "40% A"
  milestone-b: "rest B"
  Assets:Receivable:Acme   1,200.00 USD
  Income:Design
"""

BOOKS = HEAD + 'include "contracts.beancount"\n'


def asked(site: Site, action: str, **fields: str) -> Form:
    return Form(site.page(view="do", do=action, **fields))


CONTRACT = {"client": "Acme", "title": "Signs", "amount": "900"}


# ------------------------------------------------------------------ where it is written


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("contract", CONTRACT),
        ("contract", CONTRACT | {"client": "Somebody new"}),
        ("change", {"contract": "acme-brand", "title": "More", "amount": "120"}),
    ],
)
def test_it_is_written_where_contracts_are(
    show: Show, tmp_path: Path, action: str, fields: dict[str, str]
) -> None:
    site = show(BOOKS, {"contracts.beancount": CONTRACTS})
    text = site.text(view="do", do=action, **fields)
    form = asked(site, action, **fields)

    assert "This will be written to contracts.beancount" in text
    site.write(form)
    assert (tmp_path / "main.beancount").read_text(encoding="utf-8") == BOOKS
    written = (tmp_path / "contracts.beancount").read_text(encoding="utf-8")
    assert written == f"{CONTRACTS}\n{form.texts[0]}"
    assert site.ledger.load_errors == []


def test_what_fava_is_told_wins(show: Show) -> None:
    told = BOOKS + '2020-01-01 custom "fava-option" "default-file" "main.beancount"\n'
    site = show(told, {"contracts.beancount": CONTRACTS})

    assert "written to main.beancount" in site.text(view="do", do="contract", **CONTRACT)


def test_other_directives_go_where_they_went(show: Show) -> None:
    site = show(BOOKS, {"contracts.beancount": CONTRACTS})
    fields = {"contract": "acme-brand", "milestone": "a"}

    assert "written to main.beancount" in site.text(view="do", do="completed", **fields)


def test_a_contract_that_a_plugin_makes_is_in_no_file(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no_file.py").write_text(
        "__plugins__ = ['move']\n"
        "def move(entries, options_map):\n"
        "    return [e._replace(meta={**e.meta, 'filename': '<made>'}) for e in entries], []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    site = show('plugin "no_file"\n' + HEAD + CONTRACTS)

    assert "written to main.beancount" in site.text(view="do", do="contract", **CONTRACT)


# ------------------------------------------------------------------ where it leads


def test_a_new_contract_is_shown_when_it_is_written(show: Show) -> None:
    site = show(HEAD + CONTRACTS)
    page = site.write(asked(site, "contract", **CONTRACT, back="contracts"))

    assert "<h3>Signs</h3>" in page
    assert "Written." in page


def test_the_first_contract_of_a_ledger(show: Show, tmp_path: Path) -> None:
    site = show(HEAD)
    page = site.page()
    assert "Or make a new contract with a form." in site.text()
    (link,) = re.findall(r'href="([^"]*do=contract[^"]*)"', page)
    form = Form(site.app.test_client().get(unescape(link)).get_data(as_text=True))
    assert form.alert == ""

    form = asked(site, "contract", **CONTRACT, schedule="halves")
    page = site.write(form)
    assert "<h3>Signs</h3>" in page
    written = (tmp_path / "main.beancount").read_text(encoding="utf-8")
    assert written == f"{HEAD}\n{form.texts[0]}"
    assert site.ledger.load_errors == []


def test_without_the_plugin_there_is_no_form(show: Show) -> None:
    site = show(HEAD.replace('plugin "beancount_milestones"\n', ""))

    assert "do=contract" not in site.page()
    assert "Here is one to begin with" in site.text(view="do", do="contract")


# ------------------------------------------------------------------ schedules

SCHEDULES = """\
ours:
  title: As we do it
  milestones:
    first: {share: 30%, after: 2 weeks}
    last: {share: rest, after: 2 months}
"""
SCHEDULED = HEAD.replace(
    'plugin "beancount_milestones"',
    "plugin \"beancount_milestones\" \"{'schedules': 'schedules.yaml'}\"",
)


def test_own_schedules_are_offered(show: Show) -> None:
    site = show(SCHEDULED + CONTRACTS, {"schedules.yaml": SCHEDULES})
    page = site.page(view="do", do="contract", **CONTRACT, schedule="ours", every="4")

    assert '<option value="ours" selected>ours: As we do it</option>' in page
    assert '<option value="halves">halves: Half at the start, half at the end</option>' in page
    # It has its own dates.
    assert Form(page).fields["every"] == ""
    assert 'schedule: "ours"' in Form(page).written
    text = site.text(view="do", do="contract", **CONTRACT, schedule="ours")
    assert "first: amount 0.00 USD → 270.00 USD, target 2026-04-14" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"schedule": "thirds", "every": "4"},
            [
                'milestone-start: "1/3 2026-04-28"',
                'milestone-middle: "1/3 2026-05-26"',
                'milestone-end: "rest 2026-06-23"',
            ],
        ),
        (
            {"schedule": "halves", "every": "2", "starts": "2026-05-01"},
            [
                "starts: 2026-05-01",
                'milestone-start: "50% 2026-05-15"',
                'milestone-end: "rest 2026-05-29"',
            ],
        ),
    ],
)
def test_targets_of_a_built_in_schedule(
    show: Show, fields: dict[str, str], said: list[str]
) -> None:
    site = show(HEAD + CONTRACTS)
    form = asked(site, "contract", **CONTRACT, **fields)

    assert form.written[3:-2] == said
    assert form.can_write, form.alert
    site.write(form)
    titles = [row.title for row in reports.status(site.books()) if row.contract == "acme-signs"]
    assert titles[0] == "Start"


@pytest.mark.parametrize("every", ["0", "often", "1.5", "-2", "1000"])
def test_weeks_that_are_none(show: Show, every: str) -> None:
    form = asked(show(HEAD + CONTRACTS), "contract", **CONTRACT, every=every)

    assert f"'{every}' is not a number of weeks: write it like 4" in form.alert


def test_dates_that_are_none_leave_the_weeks(show: Show) -> None:
    form = asked(show(HEAD + CONTRACTS), "contract", **CONTRACT, every="4", date="soon")

    assert "The date 'soon' is not a date" in form.alert
    assert form.fields["every"] == "4"


# ------------------------------------------------------------------ pay applications

HOUSE = (
    HEAD
    + """
2020-01-01 open Assets:Unbilled
2026-01-01 * "Acme" "House"
  contract: "house"
  unbilled: Assets:Unbilled
  milestone-earth: "10,000.00 USD Earth"
  milestone-walls: "20,000.00 USD Walls"
  milestone-roof: "rest Roof"
  Assets:Receivable:Acme   40,000.00 USD
  Income:Design
2026-01-31 custom "contract" "house" "progress"
  invoice: "PA-1"
  milestone-earth: 40
  milestone-walls: 30
2026-02-28 custom "milestone" "house" "earth" "progress" 60
2026-02-28 custom "milestone" "house" "roof" "progress" "1/3"
"""
)


def test_what_is_earned_and_not_billed_is_proposed(show: Show) -> None:
    site = show(HOUSE)
    form = asked(site, "application", contract="house")

    # A third has no end in percent.
    assert {name: form.fields[f"this-{name}"] for name in ("earth", "walls", "roof")} == {
        "earth": "20%",
        "walls": "",
        "roof": "",
    }
    assert form.written[1:] == ['invoice: "PA-2"', "milestone-earth: 60"]
    text = site.text(view="do", do="application", contract="house")
    assert "Earth 10000.00 40% 4000.00 60% 6000.00" in text
    assert "Walls 20000.00 30% 6000.00 " in text
    assert "Roof 10000.00 0% 0.00 " in text
    assert "billed 4000.00 USD → 6000.00 USD" in text
    site.write(form)
    assert site.ledger.load_errors == []


def test_without_a_number_it_goes_on_from_what_is_earned(show: Show) -> None:
    fields = {"contract": "house", "invoice": "", "this-earth": "10%"}
    form = asked(show(HOUSE), "application", **fields)

    assert form.written[1:] == ["milestone-earth: 70"]


def test_an_amount_that_may_be_a_percentage(show: Show) -> None:
    site = show(HOUSE)
    fields = {"contract": "house", "this-earth": "", "this-walls": "15"}
    text = site.text(view="do", do="application", **fields)

    assert "15 is taken as 15 USD: percent is 15%." in text
    assert "milestone-walls: 6015.00 USD" in text
    assert "30.08% 6015.00" in text
    certain = site.text(view="do", do="application", **(fields | {"this-walls": "15.00"}))
    assert "is taken as" not in certain


def test_an_amount_of_a_line_of_nothing(show: Show) -> None:
    held = """
2026-03-01 * "Acme" "Swap"
  contract: "house"
  milestone-swap: "100% Swap"
  Assets:Receivable:Acme   0.00 USD
  Income:Design            0.00 USD
"""
    form = asked(show(HOUSE + held), "application", contract="house", **{"this-swap": "5.00"})

    assert "its total is 0 USD" in form.alert
