"""The page "Milestones" in Fava.

    2020-01-01 custom "fava-extension" "beancount_milestones.fava"

Everything of ours that imports Fava is in `host`. A failure of ours ends as a message on the
page: nothing is done while the ledger loads, and every request is under `content` or `act`.

host    Fava, as the page uses it
view    the views by name: frame (what they look at), overview, lists, invoices, contracts,
        clients, period; setup for books that are broken or empty
chart   what is drawn where: cash, aging; gantt: the timeline
filters Fava's filters, on rows of reports
papers  documents, as a browser gets them; serving answers with them
money   how amounts are shown: converted, hidden, with all decimals
index   where things stand in the ledger: what a click opens, documents
acting  what can be done, and who makes the plan of it; form: its fields
marking  what happened to a milestone: events, reminders; crediting: credit notes
agreeing  contracts and change orders; usual: what is usual in the ledger; charging: its taxes;
        whose: the account that a client owes on; accepting: proposals; applying: pay applications
payment  money that comes in; money_back: what goes back, and write-offs; owing: what they can be
        over; settled: what can go back; accounts: where they can go; entries: the transactions
trust   whether a request comes from this page, and the ledger is as it was shown
drafting  a directive as it would be written, and what would come of it
writing  files of the ledger, whole or not at all
trying  what a directive would do to the ledger, before it is written
"""

from __future__ import annotations

import logging
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from flask import Response, after_this_request, redirect, request, url_for
from markupsafe import Markup

from beancount_milestones import reports
from beancount_milestones.errors import position
from beancount_milestones.fava import acting, filters, form, setup, trust, view
from beancount_milestones.fava.drafting import Draft, draft
from beancount_milestones.fava.frame import View
from beancount_milestones.fava.host import (
    FavaAPIError,
    FavaExtensionBase,
    Host,
    posted,
)
from beancount_milestones.fava.index import Index, Looked
from beancount_milestones.fava.money import places, visible, without_amounts
from beancount_milestones.fava.overview import next_task
from beancount_milestones.fava.owing import UNNUMBERED
from beancount_milestones.fava.serving import FAILED, Serving
from beancount_milestones.garbage import no_garbage
from beancount_milestones.model import Register, of_register
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reading.values import plain
from beancount_milestones.reports import AMOUNTS, Books
from beancount_milestones.reports.discounts import by_number
from beancount_milestones.reports.overview import everything

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping

    from fava.core import FavaLedger
    from werkzeug import Response as BaseResponse
    from werkzeug.datastructures import MultiDict

    from beancount_milestones.fava.form import Asked
    from beancount_milestones.reports import Placed

logger = logging.getLogger(__name__)

_FORGED = 'Nothing was done: this request does not come from a page of this Fava. Behind a proxy, \
the proxy must hand on the header Host, and the ledger must name it: \
custom "fava-extension" "beancount_milestones.fava" "books.example.com".'
_FRAMED = "Nothing can be done in a frame: open Fava itself."
#: Fields of the address that belong to Fava, and go along with every form.
_FILTERS = ("account", "filter", "time", "interval", "conversion")


class Milestones(Serving, FavaExtensionBase):
    """The page. One object serves all requests to a ledger at once."""

    report_title = "Milestones"

    def __init__(
        self,
        ledger: FavaLedger,
        config: str | None = None,
    ) -> None:
        """Read the configuration: the names of hosts. Fava falls over one that it cannot read."""
        super().__init__(ledger, None)
        self._names = trust.names_in(str(config or ""))
        self._host = Host(ledger)
        self._looked: Looked | None = None
        self._writing = Lock()

    def today(self) -> datetime.date:
        """Return the day to look at where no time filter says another."""
        return reports.today()

    def forget(self) -> None:
        """Forget what was made for the last day that was looked at."""
        self._looked = None

    # ------------------------------------------------------------ showing

    def content(self) -> Markup:
        """Return the page, or what has gone wrong."""
        after_this_request(_unframed)
        try:
            template = self.jinja_env.get_template("_page.html")
            with no_garbage(stays=True):
                return Markup(template.render(self._context()))  # noqa: S704
        except FavaAPIError as error:
            # A filter that Fava cannot read.
            return self._message(str(error))
        except Exception as error:
            logger.exception("the milestones page has failed")
            return self._message(f"{FAILED}: {type(error).__name__}: {error}")

    def _message(self, text: str) -> Markup:
        return Markup('<p class="milestones-failed">{}</p>').format(self._hidden(text))

    def _hidden(self, text: str) -> str:
        """Hide the numbers of a text, where Fava hides them."""
        incognito = self.jinja_env.filters.get("incognito", str)
        return str(incognito(text))

    def _without_amounts(self, text: str) -> str:
        """Hide the amounts of a directive, where Fava hides them."""
        return without_amounts(text, self._hidden)

    def _context(self) -> dict[str, Any]:
        """Return what the template shows."""
        entries, options = self._host.entries, self._host.options
        register = of_register(options)
        errors = setup.broken(self._host.errors)
        context: dict[str, Any] = {
            "errors": errors,
            "ignored": setup.ignored_config(self._host.customs, __name__),
            "filters": {n: request.args[n] for n in _FILTERS if request.args.get(n)},
            "files": options["include"],
        }
        if register is None and needs_plugin(entries):
            return context | {"missing": PLUGIN_LINE_MISSING}
        # The first contract is made with the form as well.
        making = request.args.get("view") == "do"
        if register is None or not (register.contracts or errors or making):
            lines = setup.example(entries, options, self.today(), with_plugin=register is None)
            can_make = register is not None and not self._host.is_read_only
            return context | {"example": lines, "extension": self, "can_make": can_make}
        looking = self._view(register)
        return context | self._frame(looking) | self._shown(looking)

    def _frame(self, looking: View) -> dict[str, Any]:
        """Return what is around every view."""
        time = self._time()
        written = self._written()
        return {
            "as_of": looking.books.as_of,
            "is_today": time is None,
            "start": looking.start,
            "read_only": self._host.is_read_only,
            "money": looking.money,
            "hide": self._hidden,
            "visible": visible,
            "hide_amounts": self._without_amounts,
            "percent": lambda fraction: f"{plain(fraction * 100)}%",
            "source_of": looking.index.source,
            "document_is_there": self._host.has,
            "extension": self,
            "incognito": self._is_incognito(),
            "discounts": partial(looking.books.once, by_number),
            "buys": any(c.side == "buy" for c in looking.books.register.contracts.values()),
            "document_url": lambda ending, of: self._paper_url("document", ending, of),
            "statement_url": lambda ending, of: self._paper_url("statement", ending, of),
            "calendar_url": lambda: self._paper_url("calendar", "", {}),
            "ACTIONS": acting.ACTIONS,
            "MONEY": acting.MONEY,
            "UNNUMBERED": UNNUMBERED,
            "written": written,
            "next": next_task(looking) if written and not self._host.is_read_only else None,
        }

    def _shown(self, looking: View) -> dict[str, Any]:
        """Return what the view that is asked for shows."""
        name = request.args.get("view", "")
        if name in view.ONE:
            return {"view": name} | view.ONE[name](looking, request.args.get(name, ""))
        if name == "do" and trust.in_frame(dict(request.headers)):
            # Who looks at a frame may not know what they click on.
            raise FavaAPIError(_FRAMED)
        if name == "do":
            return {"view": name} | self._form(looking.books)
        make = view.VIEWS.get(name)
        if make is None:
            return {"view": "unknown", "unknown": name, "what": "view"}
        return {"view": name} | make(looking)

    def _view(self, register: Register) -> View:
        time = self._time()
        books, index = self._look(register, time[1] if time else self.today())
        account = request.args.get("account", "")
        text = request.args.get("filter", "").strip()
        return View(
            books=books,
            keep=self._filters(register, books.as_of, account, text),
            money=self._host.money(
                books.as_of,
                request.args.get("conversion", ""),
                books.once(_places),
                self._hidden,
            ),
            index=index,
            # A single day is a day to look at, and no period.
            start=time[0] if time and time[0] < time[1] else None,
            narrowed=bool(account or text),
            all="all" in request.args,
            asked=request.args,
        )

    def _look(self, register: Register, as_of: datetime.date) -> tuple[Books, Index]:
        """Return the books of a day: those of an earlier request, if they are the same."""
        entries, options = self._host.entries, self._host.options
        looked = self._looked
        if not looked or looked.entries is not entries:
            index = Index.of(entries, frozenset(options["include"]))
            first = Books(register, entries, options, as_of)
            looked = self._looked = Looked(entries, index, {as_of: first})
        return looked.on(as_of), looked.index

    def _time(self) -> tuple[datetime.date, datetime.date] | None:
        """Return the first and the last day of the time filter."""
        return self._host.days_of(request.args.get("time", ""))

    def _filters(
        self, register: Register, as_of: datetime.date, account: str, text: str
    ) -> Callable[[Placed], bool]:
        """Return whether a row passes Fava's filters."""
        tests = []
        if account:
            tests.append(filters.on_account(account))
        if text:
            tests.append(filters.among(self._host.filtered(text), register, as_of))
        # Mostly there is none, and it is asked of every row.
        return (lambda row: all(test(row) for test in tests)) if tests else everything

    # ------------------------------------------------------------ doing

    @posted("act")
    def act(self) -> BaseResponse:
        """Write the directive that was shown, and go back to where it was asked for."""
        names = {*self._names, request.environ["SERVER_NAME"]}
        if not trust.from_this_page(dict(request.headers), request.host, request.scheme, names):
            return Response(self._message(_FORGED), 403)
        try:
            with self._writing:
                return redirect(self._write(), 303)
        except FavaAPIError as error:
            return Response(self._message(str(error)), 200)
        except Exception as error:
            logger.exception("writing a directive has failed")
            return Response(self._message(f"{FAILED}: {type(error).__name__}"), 200)

    def _write(self) -> str:
        """Write a directive if it is the one that was shown; return where to go then."""
        self._host.changed()
        asked = self._asked(request.form)
        register = of_register(self._host.options)
        if register is None:
            return self._address()
        found = self._draft(self._view(register).books, asked)
        back = {"back": asked.value("back")}
        fingerprints = (asked.value("shown"), asked.value("seen"))
        if not found.ready or fingerprints != (found.shown, found.seen):
            what = {"view": "do", "do": asked.action, "milestone": asked.milestone}
            seen = {"contract": asked.contract, "seen": asked.value("seen"), "again": "yes"}
            return self._address(found.plan.fields, **what, **seen, **back)
        edit = found.plan.edit
        if edit:
            self._host.edit(edit.filename, edit.edited)
            names = self._host.name_at(position(edit.entry.meta))
        else:
            self._host.write(found.entries, found.plan.near)
            names = self._host.names_of(found.entries)
        return self._address(**found.plan.address, written=",".join(names))

    def _form(self, books: Books) -> dict[str, Any]:
        """Return the form of what is to be done, and the directive that it makes."""
        asked = self._asked(request.args)
        found = self._draft(books, asked)
        booked = found.tried.booked if found.tried else ()
        return {
            "draft": found,
            "plan": found.plan,
            "booked": [self._host.text_of(entry) for entry in booked],
            "changed": asked.value("seen") not in {"", found.seen},
            "again": asked.value("again"),
            "back": asked.value("back"),
        }

    def _asked(self, values: MultiDict[str, str]) -> Asked:
        action, contract, milestone = (
            values.get(name, "") for name in ("do", "contract", "milestone")
        )
        fields = dict(values.items())
        if "pay" in values:
            # Each line that is ticked.
            fields["pay"] = " ".join(values.getlist("pay"))
        return form.Asked(action, contract, milestone, fields)

    def _draft(self, books: Books, asked: Asked) -> Draft:
        return draft(self._host, books, asked, self.today())

    def _written(self) -> list[dict[str, str]]:
        """Return what was just written: names, and texts without amounts to hide."""
        names = filter(None, request.args.get("written", "").split(","))
        found = []
        for name, entry in self._host.named(names):
            text = self._host.source_of(entry)
            if getattr(entry, "type", "") != "milestone":
                text = self._without_amounts(text)
            found.append({"hash": name, "text": text})
        return found

    def _address(self, fields: Mapping[str, str] | None = None, /, **values: str) -> str:
        """Return the address of a view, with Fava's filters. A field that is empty stays so."""
        given = {name: value for name, value in values.items() if value}
        given |= fields or {}
        return url_for("extension_report", extension_name=self.name, **cast("Any", given))


def _unframed(response: Response) -> Response:
    response.headers.update(trust.UNFRAMED)
    return response


def _places(books: Books) -> dict[str, int]:
    return places(
        (row.currency, getattr(row, column)) for row in reports.status(books) for column in AMOUNTS
    )
