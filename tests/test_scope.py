"""What a report shows of one client or one contract, worked out by hand."""

from dataclasses import replace

from beancount_milestones.reports import Books, Scope, check, contracts, reconcile, status
from beancount_milestones.reports.rollforward import rollforward
from tests.receivables import ACME, BOLT, billed, books, ledger, paid, values

#: One piece of work, two clients: each owes on an account of its own.
TWO = """
2026-01-01 open Assets:Receivable:X
  client: "Xa"
2026-01-01 open Assets:Receivable:Y
  client: "Yb"
2026-01-05 * "Xa" "Light"
  contract: "acme"
  milestone-a: "50%"
  milestone-b: "50%"
  Assets:Receivable:X   700 USD
  Assets:Receivable:Y   300 USD
  Income:Design
"""
FIRST = billed("2026-01-30 a completed F-1")


def of(client: str, *parts: str) -> Books:
    return replace(books(ledger(*parts), "2026-12-31"), scope=Scope(client=client))


def test_a_contract_of_two_clients_is_whole_for_each() -> None:
    """Its columns agree with each other; what each of them owes is in `status`."""
    for client in ("Xa", "Yb"):
        at = of(client, TWO, FIRST)
        (row,) = contracts(at)
        assert values(row.total, row.earned, row.billed, row.remaining) == (1000, 500, 500, 500)
    assert [row.remaining for row in status(of("Yb", TWO, FIRST))] == [0, 150]


def test_each_client_has_the_accounts_that_it_owes_on() -> None:
    at = of("Yb", TWO, FIRST)

    assert [(row.client, row.account) for row in rollforward(at)] == [("Yb", "Assets:Receivable:Y")]
    assert [row.account for row in reconcile(at)] == ["Assets:Receivable:Y"]


def test_what_others_have_on_a_shared_account_is_theirs() -> None:
    """What Bolt paid too much, and a charge by hand, are in no row of Acme's."""
    shelf = '2026-02-02 * "Bolt" "Shelf" ^other\n  Assets:Receivable  7 USD\n  Income:Design\n'
    more = paid("2026-02-20", "1055.00", "^B-1", payee="Bolt")
    bolt = billed("2026-02-01 one completed B-1").replace('"acme"', '"bolt"')
    parts = (ACME, BOLT, billed("2026-02-01 one completed INV-1"), bolt, shelf, more)

    assert [(row.contract, int(row.closing)) for row in rollforward(of("Acme", *parts))] == [
        ("acme", 1000)
    ]
    assert [(row.contract, int(row.closing)) for row in rollforward(of("Bolt", *parts))] == [
        ("", -48),
        ("bolt", 0),
    ]
    whole = replace(of("", *parts), scope=Scope())
    assert sum(row.closing for row in rollforward(whole)) == 952


def test_an_offer_is_of_whom_it_names() -> None:
    """Whoever else owes on the account."""
    offer = BOLT.replace("2026-01-01 *", "2026-01-01 !").replace(
        "rest Three", "rest 2026-01-15 Three"
    )
    whole = replace(of("", ACME, offer), scope=Scope())

    assert {row.client for row in status(whole) if row.contract == "bolt"} == {"Bolt"}
    assert [row.contract for row in contracts(of("Bolt", ACME, offer))] == ["bolt"]
    assert [row.contract for row in status(of("Bolt", ACME, offer))] == ["bolt"] * 3
    assert {row.client for row in check(of("Bolt", ACME, offer))} == {"Bolt"}
