"""Reports of another day: what has not moved in between is not made again."""

import datetime

import pytest

from tests.receivables import ACME, HEAD, books
from tests.support import Load

#: Paid too much, and some of that goes back.
PAID = """
2026-01-10 custom "milestone" "acme" "one" "completed"
  invoice: "INV-1"
2026-01-20 * "Acme" "Payment" ^INV-1
  Assets:Bank  1,500.00 USD
  Assets:Receivable
2026-01-25 * "Acme" "Back"
  Assets:Receivable  500.00 USD
  Assets:Bank
"""


def test_what_has_not_moved_is_the_same_on_another_day(load: Load) -> None:
    loaded = load(HEAD + ACME + PAID)
    first = books(loaded, "2026-01-30")
    then = first.open_items()
    assert then.refunds

    later = first.on(datetime.date(2026, 2, 5))

    assert later.open_items() == books(loaded, "2026-02-05").open_items() == then
    assert [id(item) for item in later.open_items().items] == [id(item) for item in then.items]


def test_what_has_moved_is_settled_again(load: Load) -> None:
    loaded = load(HEAD + ACME + PAID)
    first = books(loaded, "2026-01-30")
    assert first.open_items().refunds

    earlier = first.on(datetime.date(2026, 1, 22))

    assert earlier.open_items() == books(loaded, "2026-01-22").open_items()
    assert not earlier.open_items().refunds


#: Two clients on the account of Acme, and what they have there by the end of January.
TWO_THERE = """
2026-01-01 * "Carl" "Work"
  contract: "carl"
  milestone-one: "100%"
  Assets:Receivable  100.00 USD
  Income:Design
2026-01-10 custom "milestone" "acme" "one" "completed"
2026-01-10 custom "milestone" "carl" "one" "completed"
"""

#: On another account, and only then.
LATER = """
2026-02-01 * "{client}" "More"
  contract: "later"
  milestone-one: "100%"
  Assets:Receivable:Grant  100.00 USD
  Income:Design
"""


@pytest.mark.parametrize(
    ("here", "then"),
    [
        # What named nothing names a milestone now, and so settles nothing of Acme's.
        ('2026-01-20 * "Acme" "Paid" ^later/one', LATER.format(client="Bolt")),
        # Who was a stranger is a client now, and is called as its contract calls it.
        ('2026-01-20 * "BOLT" "Paid"', LATER.format(client="Bolt")),
        # What was completed and booked before has a number now.
        (
            '2026-01-20 * "Acme" "Paid"',
            '2026-02-01 custom "milestone" "acme" "one" "invoiced"\n  invoice: "INV-1"\n',
        ),
    ],
)
def test_what_happens_elsewhere_settles_an_account_again(load: Load, here: str, then: str) -> None:
    paid = f"{here}\n  Assets:Bank  250.00 USD\n  Assets:Receivable\n"
    loaded = load(HEAD + ACME + TWO_THERE + paid + then)
    first = books(loaded, "2026-01-31")
    before = first.open_items()

    after = first.on(datetime.date(2026, 2, 1)).open_items()

    assert after == books(loaded, "2026-02-01").open_items() != before
    assert first.on(datetime.date(2026, 1, 30)).open_items() == before
