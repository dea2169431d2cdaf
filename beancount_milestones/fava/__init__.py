"""The page "Milestones" in Fava.

    2020-01-01 custom "fava-extension" "beancount_milestones.fava"

Everything of ours that imports Fava is in this file. A failure of ours ends as a message on the
page: nothing is done while the ledger loads, and every request is under `Milestones.content`.
"""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any, cast

from babel import Locale
from fava.ext import FavaExtensionBase
from fava.helpers import FavaAPIError
from flask import request
from markupsafe import Markup

from beancount_milestones import reports
from beancount_milestones.contract import of_register
from beancount_milestones.fava import view
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reports import Books

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive
    from fava.core import FavaLedger

    from beancount_milestones.contract import Register
    from beancount_milestones.reports import Row

logger = logging.getLogger(__name__)

_FAILED = "The milestones page has failed, which is a fault of beancount-milestones. All else in \
Fava works. Fava's log tells more"


class Milestones(FavaExtensionBase):
    """The page. One object serves all requests to a ledger at once: it keeps nothing."""

    report_title = "Milestones"

    def __init__(
        self,
        ledger: FavaLedger,
        config: str | None = None,  # noqa: ARG002
    ) -> None:
        """Ignore the configuration: Fava falls over one that it cannot read."""
        super().__init__(ledger, None)

    def today(self) -> datetime.date:
        """Return the day to look at where no time filter says another."""
        return reports.today()

    def content(self) -> Markup:
        """Return the page, or what has gone wrong."""
        try:
            template = self.jinja_env.get_template("_page.html")
            return Markup(template.render(self._context()))  # noqa: S704
        except FavaAPIError as error:
            # A filter that Fava cannot read.
            return self._message(str(error))
        except Exception as error:
            logger.exception("the milestones page has failed")
            return self._message(f"{_FAILED}: {type(error).__name__}: {error}")

    def _message(self, text: str) -> Markup:
        incognito = self.jinja_env.filters.get("incognito", str)
        return Markup('<p class="milestones-failed">{}</p>').format(incognito(text))

    def _context(self) -> dict[str, Any]:
        """Return what the template shows."""
        entries = cast("Sequence[Directive]", self.ledger.all_entries)
        options = cast("dict[str, Any]", self.ledger.options)
        register = of_register(options)
        errors = view.count_errors(self.ledger.load_errors)
        context = {
            "errors": errors,
            "ignored": view.ignored_config(entries, __name__),
            "account": request.args.get("account", ""),
            "filter": request.args.get("filter", ""),
        }
        if register is None and needs_plugin(entries):
            return context | {"missing": PLUGIN_LINE_MISSING}
        if register is None or not (register.contracts or errors):
            lines = view.example(entries, options, self.today(), with_plugin=register is None)
            return context | {"example": lines}
        return context | self._tables(register, entries, options)

    def _tables(
        self, register: Register, entries: Sequence[Directive], options: dict[str, Any]
    ) -> dict[str, Any]:
        end = self._end_of_time_filter()
        as_of = end or self.today()
        books = Books(register, entries, options, as_of)
        scope = view.Scope(as_of, self._filters(register, as_of), entries, options["include"])
        waiting, owed = reports.lists(books)
        unbilled = view.table(waiting, view.UNBILLED, scope)
        outstanding = view.table(owed, view.OUTSTANDING, scope)
        return {
            "as_of": as_of,
            "is_today": end is None,
            "unbilled": unbilled,
            "outstanding": outstanding,
            "money": self._money(view.places([*unbilled.amounts(), *outstanding.amounts()])),
        }

    def _end_of_time_filter(self) -> datetime.date | None:
        time = request.args.get("time", "")
        return self.ledger.get_filtered(time=time).end_date if time else None

    def _filters(self, register: Register, as_of: datetime.date) -> Callable[[Row], bool]:
        """Return whether a row passes Fava's filters."""
        account = request.args.get("account", "")
        text = request.args.get("filter", "").strip()
        tests = []
        if account:
            tests.append(view.on_account(account))
        if text:
            entries = cast("Sequence[Directive]", self.ledger.get_filtered(filter=text).entries)
            tests.append(view.among(entries, register, as_of))
        return lambda row: all(test(row) for test in tests)

    def _money(self, places: Mapping[str, int]) -> Callable[[Decimal, str], str]:
        """Return how to write an amount: as Fava does, with more decimals where it would round."""
        form = self.ledger.format_decimal
        locale = self.ledger.fava_options.locale

        def money(amount: Decimal, currency: str) -> str:
            needed = places[currency]
            if needed <= form.precisions.get(currency, 2):
                return form(amount, currency)
            if locale is None:
                return f"{amount:.{needed}f}"
            pattern = copy.copy(Locale.parse(locale).decimal_formats[None])
            pattern.frac_prec = (needed, needed)
            return str(pattern.apply(amount, locale))

        return money
