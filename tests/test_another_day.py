"""Reports of another day: what has not moved in between is not made again."""

import datetime

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
