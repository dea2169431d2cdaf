"""Schedules (named lists of milestones): built-in, from the user's file, and what goes wrong."""

import datetime
import os
from fractions import Fraction
from pathlib import Path

import pytest

from beancount_milestones.model import of_register
from beancount_milestones.reading.schedules import BUILT_IN, Period
from tests.support import Load, Loaded

ACCOUNTS = """
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Web
"""

CONTRACT = """
2026-01-31 * "Acme" "Site"
  contract: "site"
  {keys}
  Assets:Receivable  10000 USD
  Income:Web
"""

WEBSITE = """\
website:
  title: Website redesign
  terms: net 30
  milestones:
    wireframes:  {share: 25%, after: 4 weeks, title: Wireframes approved}
    development: {share: 1/4, after: 1 month, title: Development complete}
    launch:      {share: rest, after: 10 days, title: Launch}
"""

PLUGIN = """plugin "beancount_milestones" "{'schedules': 'plans/schedules.yaml'}"\n"""


def loaded(load: Load, keys: str, schedules: str | None = WEBSITE, more: str = "") -> Loaded:
    plugin = PLUGIN if schedules is not None else 'plugin "beancount_milestones"\n'
    files = {"main.beancount": plugin + ACCOUNTS + CONTRACT.format(keys=keys) + more}
    return load(files | ({"plans/schedules.yaml": schedules} if schedules is not None else {}))


def plan(ledger: Loaded) -> dict[str, tuple[str, datetime.date | None, str | None]]:
    """What each milestone bills, its target and its title."""
    register = of_register(ledger.options)
    assert register is not None
    found = {}
    for name, milestone in register.contracts["site"].milestones.items():
        (part,) = milestone.parts
        found[name] = (str(part.amounts[0]), part.target, part.title)
    return found


def test_a_schedule_stands_in_place_of_shares(load: Load) -> None:
    ledger = loaded(load, 'schedule: "website"')
    assert ledger.errors == []
    assert plan(ledger) == {
        "wireframes": ("2500.00", datetime.date(2026, 2, 28), "Wireframes approved"),
        # A month after 31 January is the last of February.
        "development": ("2500.00", datetime.date(2026, 2, 28), "Development complete"),
        "launch": ("5000.00", datetime.date(2026, 2, 10), "Launch"),
    }


def test_after_counts_from_starts(load: Load) -> None:
    ledger = loaded(load, 'schedule: "website"\n  starts: 2026-03-02')
    assert [target for _, target, _ in plan(ledger).values()] == [
        datetime.date(2026, 3, 30),
        datetime.date(2026, 4, 2),
        datetime.date(2026, 3, 12),
    ]


def test_keys_beside_a_schedule_override_single_milestones(load: Load) -> None:
    keys = 'schedule: "website"\n  milestone-wireframes: "40% 2026-05-05"'
    assert plan(loaded(load, keys))["wireframes"] == (
        "4000.00",
        datetime.date(2026, 5, 5),
        "Wireframes approved",
    )
    keys = 'schedule: "website"\n  milestone-launch: "5000.000 USD Go!"'
    found = plan(loaded(load, keys))
    assert found["launch"] == ("5000.000", datetime.date(2026, 2, 10), "Go!")
    assert list(found) == ["wireframes", "development", "launch"]


def test_the_terms_of_a_schedule_give_way_to_those_of_the_contract(load: Load) -> None:
    def days(keys: str) -> int:
        register = of_register(loaded(load, keys).options)
        assert register is not None
        terms = register.contracts["site"].terms
        assert terms is not None
        return terms.days

    assert days('schedule: "website"') == 30
    assert days('schedule: "website"\n  terms: "net 7"') == 7


def test_a_schedule_may_be_called_none(load: Load) -> None:
    mine = '"None": {terms: net 99, milestones: {all: {share: 100%}}}'
    register = of_register(loaded(load, 'milestone-all: "100%"', mine).options)
    assert register is not None
    assert register.contracts["site"].terms is None


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_schedule_makes_the_whole(load: Load, name: str) -> None:
    ledger = loaded(load, f'schedule: "{name}"', schedules=None)
    assert ledger.errors == []
    assert sum(Fraction(amount) for amount, _, _ in plan(ledger).values()) == 10000
    assert all(title for _, _, title in plan(ledger).values())


def test_the_users_file_replaces_a_built_in_schedule(load: Load) -> None:
    mine = "halves: {milestones: {first: {share: 10%}, second: {share: rest}}}"
    assert list(plan(loaded(load, 'schedule: "halves"', mine))) == ["first", "second"]
    # The others are still there.
    assert list(plan(loaded(load, 'schedule: "thirds"', mine))) == ["start", "middle", "end"]


def test_the_file_is_one_that_the_load_depends_on(load: Load) -> None:
    ledger = loaded(load, 'schedule: "website"')
    assert any(name.endswith("plans/schedules.yaml") for name in ledger.options["include"])
    ledger = loaded(load, 'schedule: "website"', schedules=None)
    assert not any(name.endswith(".yaml") for name in ledger.options["include"])


def test_an_empty_file_has_no_schedules(load: Load) -> None:
    assert loaded(load, 'schedule: "halves"', "# nothing yet\n").errors == []


def test_a_broken_change_order_with_a_schedule_silences_its_milestones(load: Load) -> None:
    more = """
2026-03-01 * "Somebody else" "More"
  contract: "site"
  schedule: "halves"
  Assets:Receivable  100 USD
  Income:Web

2026-03-02 custom "milestone" "site" "start" "completed"
"""
    ledger = loaded(load, 'schedule: "website"', more=more)
    assert len(ledger.errors) == 1
    assert "one contract has one client" in ledger.messages[0]


@pytest.mark.parametrize(
    ("keys", "line", "message"),
    [
        (
            'schedule: "websit"',
            6,
            "no schedule 'websit'; did you mean 'website'?",
        ),
        (
            "schedule: 7",
            6,
            (
                'schedule must be text in quotes, as in "7" or "website"; without quotes Beancount'
                " calculates, and 2026-042 becomes 1984"
            ),
        ),
        (
            'schedule: "website"\n  starts: "soon"',
            6,
            "starts must be a date without quotes, as in 2026-02-01, not 'soon'",
        ),
        (
            'milestone-all: "100%"\n  starts: 2026-02-01',
            6,
            "'starts' is the day that a schedule counts from; there is no 'schedule' beside it",
        ),
        (
            'schedule: "website"\n  milestone-lanch: "50%"',
            6,
            "schedule 'website' has no milestone 'lanch'; did you mean 'launch'?",
        ),
        (
            'schedule: "website"\n  milestone-42: "50%"',
            6,
            "schedule 'website' has no milestone '42'; it has wireframes, development, launch",
        ),
    ],
)
def test_what_goes_wrong_on_a_contract(load: Load, keys: str, line: int, message: str) -> None:
    ledger = loaded(load, keys)
    assert [(e.source["lineno"], e.message) for e in ledger.errors] == [(line, message)]


def test_a_schedule_that_is_not_there_names_those_that_are(load: Load) -> None:
    (message,) = loaded(load, 'schedule: "zzz"').messages
    assert message.startswith("no schedule 'zzz'; there are halves, ")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 7", 1, "schedule 'a' must be keys and values, as in 'launch: {share: 40%}'"),
        ("a: {title: A}", 1, "schedule 'a' has no milestones"),
        (
            "a:\n  milestones: {b: {share: rest}}\na:\n  milestones: {b: {share: rest}}",
            3,
            "the schedules file: 'a' is written twice",
        ),
        (
            "a:\n  milestone: {b: {share: rest}}",
            2,
            "schedule 'a' has no 'milestone'; did you mean 'milestones'?",
        ),
        (
            "a:\n  zzz: 1\n  milestones: {b: {share: rest}}",
            2,
            "schedule 'a' has no 'zzz'; it has title, terms, milestones",
        ),
        (
            "a:\n  terms: soon\n  milestones: {b: {share: rest}}",
            2,
            "cannot read the terms 'soon'",
        ),
        ("a:\n  milestones:\n    b c: {share: rest}", 3, "'b c' is not a milestone id"),
        (
            "a:\n  milestones:\n    b: {after: 4 weeks}",
            3,
            "milestone 'b' needs a share, as in {share: 40%}",
        ),
        ("a:\n  milestones:\n    b: rest", 3, "milestone 'b' must be keys and values"),
        ("a:\n  milestones:\n    b: {share: half}", 3, "cannot read the share 'half'"),
        ("a:\n  milestones:\n    b: {share: [1]}", 3, "write text here, not a list"),
        (
            "a:\n  milestones:\n    b: {share: 30% Mockups}",
            3,
            "share is the share alone, not '30% Mockups'; use 'after' and 'title' beside it",
        ),
        (
            "a:\n  milestones:\n    b: {share: rest, after: soon}",
            3,
            "cannot read 'soon' as a time; write '10 days', '4 weeks' or '2 months'",
        ),
        ("a:\n  milestones:\n    b: {share: rest, after: [4]}", 3, "write text here, not a list"),
        ("a:\n  milestones:\n    b: {share: rest, title: [4]}", 3, "write text here, not a list"),
        ("a:\n  milestones:\n    b: {share: rest, after: 99999 days}", 3, "cannot read '99999"),
        (f"a:\n  milestones:\n    b: {{share: rest, after: {'9' * 5000} days}}", 3, "cannot read"),
        ("a: ~", 1, "schedule 'a' has no milestones"),
        ("a:\n  milestones: null", 2, "schedule 'a' has no milestones"),
        (
            "a:\n  milestones:\n    b: ~",
            3,
            "milestone 'b' needs a share, as in {share: 40%}",
        ),
        (
            "a:\n  milestones:\n    b: {share: null}",
            3,
            "milestone 'b' needs a share, as in {share: 40%}",
        ),
        (
            "b: &b\n  milestones: {c: {share: rest}}\na:\n  <<: *b",
            4,
            "schedule 'a': merge keys (<<) are not supported; write out what they stand for",
        ),
        (
            "a:\n  milestones:\n    b: {share: 1,000.00 USD, title: Mockups}",
            3,
            (
                "milestone 'b': a comma ends the share; put it in quotes, as in share:"
                ' "1,000.00 USD"'
            ),
        ),
        (
            "a:\n  milestones:\n    b: {share: 10,000,000,000 USD}",
            3,
            (
                "milestone 'b': a comma ends the share; put it in quotes, as in share:"
                ' "10,000,000,000 USD"'
            ),
        ),
        ("a:\n  milestones:\n    b: {share: 33,3%}", 3, "cannot read the share '33,3%'; begin"),
        (
            "a:\n  milestones:\n    b: {share: 30%, title: Mockups,\n        all of them}",
            3,
            (
                "milestone 'b': a comma ends the title; put it in quotes, as in title:"
                ' "Mockups, all of them"'
            ),
        ),
        (
            "a: {terms: 2/10, net 30, milestones: {b: {share: rest}}}",
            1,
            "schedule 'a': a comma ends the terms; put it in quotes, as in terms: \"2/10, net 30\"",
        ),
        (
            "a:\n  milestones:\n    b: {share: 30%, titel}",
            3,
            "milestone 'b' has no 'titel'; did you mean 'title'?",
        ),
        (
            "a:\n  milestones:\n    b: {share: '30%', 50}",
            3,
            "milestone 'b' has no '50'; it has share, after, title",
        ),
    ],
)
def test_what_goes_wrong_in_the_file(load: Load, text: str, line: int, message: str) -> None:
    ledger = loaded(load, 'schedule: "halves"', text)
    (error,) = ledger.errors
    assert error.source["filename"].endswith("schedules.yaml")
    assert error.source["lineno"] == line
    assert error.message.startswith(message)
    assert list(plan(ledger)) == ["start", "end"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [", 1, "this is not YAML: expected the node content, but found '<stream end>'"),
        ("a: \x07", 1, "this is not YAML: unreadable"),
        ("- a", 1, "the schedules file must be keys and values, as in 'launch: {share: 40%}'"),
        ("a", 1, "the schedules file must be keys and values, as in 'launch: {share: 40%}'"),
        ("# ours\n? [x]\n: {}", 2, "the schedules file: a list or a mapping cannot be a key"),
        (
            "a: &a\n  milestones: {b: {share: rest}}\n<<: {c: *a}",
            3,
            "the schedules file: merge keys (<<) are not supported; write out what they stand for",
        ),
        ("[" * 5000, 1, "the schedules file is nested too deeply"),
    ],
)
@pytest.mark.parametrize("name", ["halves", "halve"])
def test_where_the_whole_file_cannot_be_read_no_schedule_is_known(
    load: Load, text: str, line: int, message: str, name: str
) -> None:
    happened = '2026-02-10 custom "milestone" "site" "launch" "completed"\n'
    ledger = loaded(load, f'schedule: "{name}"', text, happened)
    (error,) = ledger.errors
    assert error.source["filename"].endswith("schedules.yaml")
    assert error.source["lineno"] == line
    assert error.message == message
    register = of_register(ledger.options)
    assert register is not None
    assert (register.contracts, register.schedules) == ({}, {})


def test_a_schedule_with_an_error_is_not_replaced_by_the_built_in_one(load: Load) -> None:
    """Its shares may be others, and wrong money would be booked."""
    wrong = WEBSITE.replace("after: 1 month", "afer: 1 month")
    happened = '2026-02-10 custom "milestone" "site" "launch" "completed"\n'
    ledger = loaded(load, 'schedule: "website"', wrong, happened)
    assert [(error.source["lineno"], error.message) for error in ledger.errors] == [
        (6, "milestone 'development' has no 'afer'; did you mean 'after'?"),
    ]
    (left,) = ledger.transactions
    assert [str(posting.units) for posting in left.postings] == ["10000 USD", "-10000 USD"]
    register = of_register(ledger.options)
    assert register is not None
    assert (register.contracts, "website" in register.schedules) == ({}, False)
    # All others are there, and this one is offered to who misspells it.
    assert loaded(load, 'schedule: "halves"', wrong).messages == ledger.messages[:1]
    assert "did you mean 'website'?" in loaded(load, 'schedule: "websit"', wrong).messages[1]


def test_of_a_schedule_that_is_written_twice_neither_is_used(load: Load) -> None:
    twice = "a: {milestones: {b: {share: rest}}}\na: {milestones: {c: {share: rest}}}"
    assert loaded(load, 'schedule: "a"', twice).messages == [
        "the schedules file: 'a' is written twice",
    ]
    assert loaded(load, 'schedule: "halves"', "{}").errors == []


def test_a_change_order_of_a_schedule_with_an_error_silences_its_milestones(load: Load) -> None:
    wrong = "more: {terms: net 7, milestones: {extra: {share: rest, afer: 1 day}}}"
    more = """
2026-03-01 * "Acme" "More"
  contract: "site"
  schedule: "more"
  Assets:Receivable  100 USD
  Income:Web

2026-03-02 custom "milestone" "site" "extra" "completed"
"""
    ledger = loaded(load, 'schedule: "halves"', wrong, more)
    assert [error.source["lineno"] for error in ledger.errors] == [1]
    register = of_register(ledger.options)
    assert register is not None
    assert register.contracts["site"].terms is None


def test_null_says_nothing(load: Load) -> None:
    nothing = "s:\n  title: ~\n  terms:\n  milestones:\n"
    nothing += (
        "    a: {share: 40%, after: null, title: null}\n    b: {share: rest, title: 'null'}\n"
    )
    ledger = loaded(load, 'schedule: "s"', nothing)
    assert ledger.errors == []
    assert plan(ledger) == {"a": ("4000.00", None, None), "b": ("6000.00", None, "null")}
    register = of_register(ledger.options)
    assert register is not None
    assert register.schedules["s"] == ""
    assert loaded(load, 'schedule: "halves"', "~\n").errors == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{'schedules': 7}", "schedules is the name of a YAML file, not 7"),
        ("{'schedules': ''}", "schedules is the name of a YAML file, not ''"),
        ("{'schedule': 'a.yaml'}", "unknown key 'schedule'; did you mean 'schedules'?"),
    ],
)
def test_what_goes_wrong_in_the_configuration(load: Load, config: str, message: str) -> None:
    text = f'; our books\nplugin "beancount_milestones" "{config}"\n' + ACCOUNTS
    ledger = load(text + CONTRACT.format(keys='schedule: "halves"'))
    (error,) = ledger.errors
    assert error.source["lineno"] == 2
    assert error.message.startswith(f"configuration: {message}")
    assert list(plan(ledger)) == ["start", "end"]


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere.yaml", "No such"), ("latin.yaml", "it is not text")]
)
def test_a_file_that_is_named_and_cannot_be_read(
    load: Load, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xff")
    text = f"""plugin "beancount_milestones" "{{'schedules': '{name}'}}"\n""" + ACCOUNTS
    (message,) = load(text + CONTRACT.format(keys='schedule: "halves"')).messages
    assert message.startswith(f"configuration: cannot read the schedules file {name}: {reason}")


def test_a_period_never_leaves_the_calendar() -> None:
    last = datetime.date(9999, 12, 31)
    assert Period(months=1).after(last) == datetime.date.max
    assert Period(days=1).after(last) == datetime.date.max
    assert Period(months=12).after(datetime.date(2024, 2, 29)) == datetime.date(2025, 2, 28)


def test_lists_that_hold_each_other_again_and_again_are_never_written_out(load: Load) -> None:
    """Eight lists, each of nine times the one before: 43 million words as text."""
    bomb = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n" + "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 8)
    )
    text = f"{bomb}? *x7\n: 1\nz:\n  terms: *x7\n  milestones:\n    b: {{share: *x7, title: *x7}}\n"
    ledger = loaded(load, 'schedule: "halves"', text)

    assert "the schedules file: a list or a mapping cannot be a key" in ledger.messages
    assert ledger.messages.count("write text here, not a list or a mapping") == 3


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "too long"])
def test_a_schedules_file_that_has_no_end_is_not_waited_for(
    load: Load, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "plans.yaml"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    else:
        path.write_text("#" * 1_000_001, encoding="utf-8")
    text = """plugin "beancount_milestones" "{'schedules': 'plans.yaml'}"\n"""
    (message,) = load(text).messages

    assert message.startswith("configuration: cannot read the schedules file plans.yaml: it is ")
