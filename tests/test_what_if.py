"""What would come in if somebody slips: worked out by hand, and as if it were written."""

import datetime
import re
from html import unescape

import pytest

from beancount_milestones.reports import Books, forecast
from beancount_milestones.reports.what_if import (
    NewLines,
    WhatIf,
    after_weeks,
    new_lines,
    what_if,
)
from tests.fava_site import HEAD, Show, Site
from tests.receivables import books
from tests.support import Load

pytestmark = pytest.mark.usefixtures("fixed_day")

#: Targets in shares, on a posting, from a schedule that starts and from one that does not.
CONTRACTS = (
    HEAD.replace(
        'plugin "beancount_milestones"\n',
        "plugin \"beancount_milestones\" \"{'schedules': 'steps.yaml'}\"\n",
    )
    + """
2026-01-01 * "Acme" "Signs"
  contract: "signs"
  terms: "net 30"
  milestone-done: "20% 2026-01-20 Done"
  milestone-one: "1,000.00 USD 2026/03/10 One"
  milestone-two: "rest Two"
  Assets:Receivable:Acme    6,000.00 USD
  Income:Design
2026-01-01 * "Bolt" "Web"
  contract: "web"
  schedule: "steps"
  starts: 2026-02-01
  milestone-launch: "rest 2026-08-01 Launch"
  Assets:Receivable:Bolt    3,000.00 USD
  Income:Design
2026-01-05 * "Bolt" "Shop"
  contract: "shop"
  schedule: "steps"
  Assets:Receivable:Bolt    3,000.00 USD
  Income:Design
2026-01-06 * "Core" "Tower"
  contract: "tower"
  Assets:Receivable:Acme      700.00 USD
    milestone: "walls"
    target: 2026-04-01
  Income:Design              -700.00 USD
    milestone: "walls"
2026-02-10 custom "milestone" "signs" "done" "completed"
  invoice: "S-1"
2026-03-20 * "Acme" "Late" ^S-1
  Assets:Bank               1,000.00 USD
  Assets:Receivable:Acme
"""
)
STEPS = """\
steps:
  milestones:
    start: {share: 40%, after: 4 weeks, title: Start}
    launch: {share: rest, after: 2 months, title: Launch}
"""
ALL = {"signs": 4, "web": -1, "shop": 2, "tower": 1}


def looked_at(load: Load, text: str = CONTRACTS, date: str = "2026-02-15") -> Books:
    loaded = load({"main.beancount": text, "steps.yaml": STEPS})
    assert loaded.messages == []
    return books(loaded, date)


def dates(found: Books, different: WhatIf, contract: str) -> dict[str, str]:
    return {
        row.milestone: str(row.date or "")
        for row in what_if(found, different)
        if row.contract == contract and row.kind == "planned"
    }


def test_nothing_different_is_the_forecast(load: Load) -> None:
    found = looked_at(load)

    assert what_if(found, WhatIf()) == forecast(found)
    assert new_lines(found, {"signs": 0, "nothing": 3}) == []


def test_what_is_to_do_moves_and_what_is_done_stays(load: Load) -> None:
    found = looked_at(load)
    different = WhatIf(weeks={"signs": 4})

    # Due 30 days after the target; what has no target has no date then either.
    assert dates(found, WhatIf(), "signs") == {"one": "2026-04-09", "two": ""}
    assert dates(found, different, "signs") == {"one": "2026-05-07", "two": ""}
    # Of others nothing moves.
    assert dates(found, different, "tower") == dates(found, WhatIf(), "tower")
    (line,) = new_lines(found, {"signs": 4})
    assert line == NewLines(
        "signs", line.filename, 12, ('milestone-one: "1,000.00 USD 2026-04-07 One"',)
    )


def test_what_is_late_moves_from_the_day_that_one_looks(load: Load) -> None:
    """It is expected now, not when it was promised; a start cannot say that."""
    found = looked_at(load, date="2026-03-25")

    assert dates(found, WhatIf(), "signs")["one"] == "2026-05-02"
    assert dates(found, WhatIf(weeks={"signs": 1}), "signs")["one"] == "2026-05-09"
    assert dates(found, WhatIf(weeks={"signs": -1}), "signs")["one"] == "2026-05-02"
    (line,) = new_lines(found, {"signs": 1})
    assert line.lines == ('milestone-one: "1,000.00 USD 2026-04-01 One"',)
    (line,) = new_lines(found, {"shop": 1})
    assert line.lines == (
        "; something is past its target: give each milestone a line with its own date",
    )


def test_habit_counts_for_all_that_a_client_owes(load: Load) -> None:
    found = looked_at(load, date="2026-03-25")
    days = {
        habit: [
            str(row.date)
            for row in what_if(found, WhatIf(habits={"Acme": habit}))
            if row.contract == "signs" and row.date
        ]
        for habit in (0, 60)
    }

    # The invoice of 2026-02-10 is due on 2026-03-12; one, past its target, as if invoiced today.
    assert days == {0: ["2026-03-25", "2026-04-24"], 60: ["2026-05-11", "2026-06-23"]}


def test_lines_say_what_was_asked(load: Load) -> None:
    """If they are written, the forecast is what it would be."""
    found = looked_at(load, date="2026-02-01")
    lines = CONTRACTS.splitlines()
    for change in sorted(new_lines(found, ALL), key=lambda one: one.lineno, reverse=True):
        for line in change.lines:
            key = line.partition(":")[0]
            after = range(change.lineno, change.lineno + 9)
            known = [n for n in after if n < len(lines) and lines[n].strip().startswith(f"{key}:")]
            if known:
                indent = re.match(" *", lines[known[0]])
                lines[known[0]] = f"{indent[0] if indent else ''}{line}"
            else:
                lines.insert(change.lineno, f"  {line}")
    written = looked_at(load, "\n".join(lines) + "\n", "2026-02-01")

    assert forecast(written) == what_if(found, WhatIf(weeks=ALL))
    assert forecast(written) != forecast(found)


def test_weeks_end_where_the_calendar_does() -> None:
    day = datetime.date(2026, 3, 31)

    assert after_weeks(day, 9999999) == datetime.date.max
    assert after_weeks(day, -9999999) == datetime.date.min


# ------------------------------------------------------------------ the page


@pytest.fixture
def site(show: Show) -> Site:
    """The contracts, in Fava."""
    return show(CONTRACTS, files={"steps.yaml": STEPS})


def test_page_shows_cash_then_and_the_lines(site: Site) -> None:
    asked = {"view": "what-if", "weeks-tower": "8", "habit-Bolt": "10"}
    page = site.page(**asked)
    changes = site.tables(**asked)

    assert changes.texts("changes", "Difference")
    assert sum(map(float, changes.texts("changes", "Difference"))) == 0
    assert "    target: 2026-05-27" not in page
    assert "  target: 2026-05-27" in unescape(page)
    assert 'value="8"' in page
    assert 'name="habit-Bolt" value="10"' in page
    assert "As it stands" in page


def test_page_before_anything_is_moved(site: Site) -> None:
    text = site.text(view="what-if")

    assert "Cash by month" in text
    assert "As it stands" not in text
    assert "What if" in site.text()
    kept = site.text(view="what-if", account="Bolt")
    assert "web" in kept
    assert "signs" not in kept


def test_page_says_what_is_no_number(site: Site) -> None:
    fields = {"weeks-tower": "some", "habit-Bolt": "1.5", "weeks-web": " "}
    text = site.text(view="what-if", **fields)

    assert "'some' is not a number of weeks: write it like 4" in text
    assert "'1.5' is not a number of days: write it like 4" in text


def test_what_changes_no_month(site: Site) -> None:
    text = site.text(view="what-if", **{"weeks-tower": "0"})

    assert "No month changes." in text


def test_page_where_nothing_is_expected(show: Show) -> None:
    bought = """
2020-01-01 open Expenses:Subs
2020-01-01 open Liabilities:Owed
2026-01-01 * "Acme" "Bought"
  contract: "bought"
  milestone-all: "100%"
  Expenses:Subs     500.00 USD
  Liabilities:Owed
"""
    assert "Nothing is expected." in show(HEAD + bought).text(view="what-if")


def test_amounts_of_what_if_are_hidden(show: Show) -> None:
    site = show(
        CONTRACTS.replace("6,000.00", "7,654.00"), files={"steps.yaml": STEPS}, incognito=True
    )
    # Fava's hashes are made of digits too.
    page = re.sub(r"context-[0-9a-f]+", "", site.page(view="what-if", **{"weeks-signs": "4"}))

    assert "7654" not in page.replace(",", "")
    assert "1000.00" not in page.replace(",", "")
