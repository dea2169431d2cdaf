"""A payment that the form makes settles exactly what it says, whatever is owed."""

import datetime
from decimal import Decimal

from beancount.core import convert
from beancount.core.data import Open, Transaction
from beancount.parser.printer import format_entry
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones import amounts
from beancount_milestones.fava.acting import PAYMENT, plan
from beancount_milestones.fava.form import Asked
from beancount_milestones.fava.owing import accounts_of, group_of, lines_of
from beancount_milestones.reports import Books
from tests.receivables import books
from tests.strategies import FIRST, LAST, Block, anything, load

END = FIRST + datetime.timedelta(days=LAST + 1)
#: In hundredths of what is ticked: money, and what is taken off.
parts = st.tuples(st.integers(1, 140), st.integers(0, 30), st.integers(0, 30))


def asked(client: str, **fields: str) -> Asked:
    return Asked(PAYMENT, "", "", {"client": client, "date": END.isoformat(), **fields})


def clients(found: Books) -> list[str]:
    return sorted({item.client for item in found.open_items().items if item.open})


@given(anything, st.data(), parts)
@settings(max_examples=100)
def test_a_payment_settles_what_it_says(
    blocks: list[Block], data: st.DataObject, shares: tuple[int, int, int]
) -> None:
    before = books(load(blocks), END.isoformat())
    owing = clients(before)
    if not owing:
        return
    client = data.draw(st.sampled_from(owing))
    account = data.draw(st.sampled_from(accounts_of(before, client)))
    fields = {"receivable": account.name, "currency": account.currency}
    group = group_of(before, asked(client, **fields))
    assert group
    lines = lines_of(before, group, END)
    # A number that two clients owe on one account names both: the first due is paid first.
    shared = {
        item.number
        for item in before.open_items().items
        if item.account == account and item.client != group.client
    }
    ticked = [line for line in lines if line.name not in shared and data.draw(st.booleans())]
    owed = amounts.add(line.open for line in ticked) or Decimal(100)
    money, fee, discount = (
        amounts.rounded(amounts.times(owed, Decimal(share) / 100), 2) for share in shares
    )
    typed = {"amount": f"{money}", "discount": f"{discount}"}
    if group.side == "sell":
        typed["fee"] = f"{fee}"
    made = plan(before, asked(client, **fields, **typed, pay=" ".join(t.name for t in ticked)), END)

    if made.entry is None:
        assert made.problems
        return
    assert isinstance(made.entry, Transaction)
    weights: dict[str, list[Decimal]] = {}
    for posting in made.entry.postings:
        weight = convert.get_weight(posting)
        weights.setdefault(weight.currency, []).append(weight.number)
    assert [sum(found) for found in weights.values()] == [0] * len(weights)
    more = [format_entry(entry) for entry in (*made.more, made.entry)]
    after = books(load([*blocks, *(Block(END, text) for text in more)]), END.isoformat())
    # What was open less what is open, and what came to nothing, is what was paid.
    settled = group.signed(
        amounts.add(
            amounts.negative(p.units.number)
            for p in made.entry.postings
            if p.units and p.units.number and p.account == account.name
        )
    )
    assert amounts.take(balance(before, account), balance(after, account)) == settled
    left = {line.name: line.open for line in lines_of(after, group, END)}
    rest = settled
    for line in ticked:
        paid = min(line.open, rest)
        rest = amounts.take(rest, paid)
        assert amounts.take(line.open, left.get(line.name, Decimal(0))) >= paid
    assert all(isinstance(entry, Open) for entry in made.more)


def balance(found: Books, account: object) -> Decimal:
    items = found.open_items()
    return amounts.take(
        amounts.add(item.open for item in items.items if item.account == account),
        amounts.add(rest.amount for rest in items.unapplied if rest.credit.account == account),
    )
