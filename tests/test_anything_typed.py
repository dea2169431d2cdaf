"""Nothing that a person can type gives a traceback, and nothing that is written disappears."""

import datetime
from collections import Counter
from typing import Any

from beancount import loader
from beancount.core import data
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.errors import MilestoneError
from beancount_milestones.model import of_register
from beancount_milestones.reports import Books, outstanding, status, unbilled

#: Values that metadata and directives can have, as a person might type them.
VALUES = st.sampled_from(
    [
        *('"acme"', '"acme/one"', '"one"', '"two"', '"INV-1"', '""', '" "', '"é"', '"rest"'),
        *('"30%"', '"1/3"', '"1/0"', '"50% 2026-02-30"', '"-5%"', '"9999.99 USD"', '"100% x"'),
        *('"net 30"', '"net 99999999999"', '"on completion"', '"thirds"', '"progress"'),
        *("Assets:Receivable", "Assets:Nowhere", "Liabilities:VAT", "Income:Work"),
        *("TRUE", "FALSE", "NULL", "", "#tag", "USD", "0", "1", "-1", "0.5", "14", "100", "101"),
        *("2026-042", "1/3", "1000000000000000000000000000000000000", "1.0000000000000000000001"),
        *("1.00 USD", "100 EUR", "2026-02-01", "9999-12-31", "0001-01-01", '"2026-02-01"'),
    ]
)
KEYS = st.sampled_from(
    [
        *("contract", "terms", "client", "unbilled", "deferred", "retention", "receivable"),
        *("acceptance", "invoiced", "schedule", "starts", "document", "milestone", "invoice"),
        *("milestone-one", "milestone-two", "milestone-", "target", "title", "due", "settles"),
        # Not lineno: two of them on one day are too much for Beancount itself.
        *("filename", "milestone_one", "precision"),
    ]
)
EVENT_WORDS = (
    *("delivered", "rejected", "progress", "completed"),
    *("reopened", "invoiced", "credited", "cancelled"),
)
EVENTS = st.sampled_from([f'"{word}"' for word in EVENT_WORDS])
DATES = st.sampled_from(["2026-01-10", "2026-02-01", "2026-02-01", "9999-12-31", "0001-01-01"])
AMOUNTS = st.sampled_from(
    ["", "100.00 USD", "-100.00 USD", "0 USD", "10000/3 USD", "50.00 EUR @ 2 USD", "1 EUR @@ 3 USD"]
)
ACCOUNTS = st.sampled_from(
    ["Assets:Receivable", "Assets:Bank", "Liabilities:VAT", "Income:Work", "Assets:Nowhere"]
)
OPENS = """
2020-01-01 open Assets:Receivable
2020-01-01 open Assets:Bank
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Work
"""
#: A contract in order, so that directives find something.
GOOD = """
2026-01-10 * "Acme" "Work"
  contract: "acme"
  milestone-one: "1/3"
  milestone-two: "rest"
  Assets:Receivable  100.00 USD
  Income:Work
"""


def metadata(indent: str) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(KEYS, VALUES), max_size=4, unique_by=lambda pair: pair[0])
    return pairs.map(lambda ps: "".join(f"{indent}{key}: {value}\n" for key, value in ps))


POSTINGS = st.builds(
    lambda account, amount, meta: f"  {account}  {amount}\n{meta}",
    ACCOUNTS,
    AMOUNTS,
    metadata("    "),
)
TRANSACTIONS = st.builds(
    lambda date, flag, meta, postings: f'{date} {flag} "Acme" "x"\n{meta}{"".join(postings)}',
    DATES,
    st.sampled_from(["*", "!"]),
    metadata("  "),
    st.lists(POSTINGS, max_size=3),
)
DIRECTIVES = st.builds(
    lambda date, kind, values, meta: f'{date} custom "{kind}" {" ".join(values)}\n{meta}',
    DATES,
    st.sampled_from(["milestone", "milestone", "contract", "milestones"]),
    st.one_of(
        st.lists(VALUES, min_size=1, max_size=4),
        st.builds(lambda name, event: ['"acme"', name, event], VALUES, EVENTS),
        st.builds(
            lambda event, more: ['"acme"', '"one"', event, *more],
            EVENTS,
            st.lists(VALUES, max_size=1),
        ),
    ),
    metadata("  "),
)
CONFIGS = st.sampled_from(
    ["", ' ""', ' "{}"', " \"{'terms': 30}\"", ' "os.system(1)"', ' "{[]: 1}"', ' "[1"', ' "7"']
)


def accounts_of(entries: list[Any]) -> Counter[tuple[datetime.date, tuple[str, ...]]]:
    """What is written, whatever its amounts."""
    return Counter(
        (entry.date, tuple(posting.account for posting in entry.postings))
        for entry in entries
        if isinstance(entry, data.Transaction)
    )


@settings(max_examples=400)
@given(CONFIGS, st.lists(st.one_of(TRANSACTIONS, DIRECTIVES), min_size=1, max_size=8))
def test_anything_typed(config: str, written: list[str]) -> None:
    text = OPENS + GOOD + "\n".join(written)
    before, alone, _ = loader.load_string(text)
    entries, errors, options = loader.load_string(f'plugin "beancount_milestones"{config}\n{text}')
    for error in errors:
        # Beancount itself cannot stand everything either.
        assert "Traceback" not in error.message or error.message in {e.message for e in alone}
        if isinstance(error, MilestoneError):
            assert isinstance(error.source["filename"], str)
            assert isinstance(error.source["lineno"], int)
    # The contract's bridge accounts are added; nothing is taken away.
    kept = [e for e in entries if "event" not in e.meta or str(e.meta["event"]) not in EVENT_WORDS]
    for (date, accounts), count in accounts_of(before).items():
        found = sum(
            number
            for (other, names), number in accounts_of(kept).items()
            if other == date and names[: len(accounts)] == accounts
        )
        assert found >= count
    register = of_register(options)
    assert register is not None
    assert len(repr(register)) < 100
    for as_of in (datetime.date(2026, 2, 1), datetime.date.max):
        books = Books(register, entries, options, as_of)
        status(books)
        unbilled(books)
        outstanding(books)
