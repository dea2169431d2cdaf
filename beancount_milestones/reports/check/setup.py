"""Other plugins in the wrong order, and papers that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones.reports.check.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding

_OURS: Final = "beancount_milestones"
_PRICES: Final = "beancount.plugins.implicit_prices"


def waivers(books: Books) -> Iterator[Finding]:
    """Yield what was billed to us without a paper that the contract requires."""
    for contract in books.contracts():
        if contract.side != "buy" or not contract.requires:
            continue
        for milestone in contract.milestones.values():
            for step in milestone.steps_at(books.as_of):
                bills = any(invoice.date == step.date for invoice in step.state.invoices)
                documents = [key for key in step.entry.meta if key.startswith("document")]
                if bills and not documents:
                    name = step.number or "this invoice"
                    yield finding(
                        "waiver",
                        step.date,
                        f'{name} came without its {contract.requires}: add it as document: "..."',
                        step.entry,
                        contract=contract.id,
                        milestone=milestone.id,
                        client=books.clients.called(contract.client),
                    )


def plugin_order(books: Books) -> Iterator[Finding]:
    """Yield a plugin after ours that takes the prices of contracts for prices of later days."""
    names = [name for name, _ in books.options["plugin"]]
    if _OURS not in names or _PRICES not in names[names.index(_OURS) :]:
        return
    for contract, milestone in books.register.milestones():
        if milestone.steps and any(
            leg.posting.price for part in milestone.parts for leg in part.legs
        ):
            yield finding(
                "plugins",
                contract.entry.date,
                f'plugin "{_PRICES}" takes the price of this contract for the price of later days:'
                f' move its line before plugin "{_OURS}"',
                contract.entry,
                contract=contract.id,
                client=books.clients.called(contract.client),
            )
            return
