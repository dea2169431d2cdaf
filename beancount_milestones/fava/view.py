"""The views of the page, by name. Each is a file of its own, made from the reports.

None of them knows anything of Fava.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.fava.clients import client, clients, timeline
from beancount_milestones.fava.contracts import contract, contracts
from beancount_milestones.fava.invoices import invoice, invoices
from beancount_milestones.fava.lists import pay, table
from beancount_milestones.fava.overview import overview
from beancount_milestones.fava.period import period
from beancount_milestones.fava.what_if import what_if_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beancount_milestones.fava.frame import View

#: The views, by the name that is in the address, and the field that says of what.
VIEWS: Final[Mapping[str, Callable[[View], dict[str, Any]]]] = {
    "": overview,
    "unbilled": lambda view: {"table": table(view, "unbilled")},
    "outstanding": lambda view: {"table": table(view, "outstanding")},
    "invoices": invoices,
    "pay": pay,
    "contracts": contracts,
    "timeline": timeline,
    "clients": clients,
    "period": period,
    "what-if": what_if_view,
}
ONE: Final[Mapping[str, Callable[[View, str], dict[str, Any]]]] = {
    "contract": contract,
    "client": client,
    "invoice": invoice,
}
