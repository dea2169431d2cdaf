"""The page "Milestones" in Fava.

    2020-01-01 custom "fava-extension" "beancount_milestones.fava"

Everything of ours that imports Fava is in this file. A failure of ours ends as a message on the
page: nothing is done while the ledger loads, and every request is under `content` or `act`.

view    the views by name: frame (what they look at), overview, lists, invoices, contracts,
        clients, period; setup for books that are broken or empty
chart   what is drawn where: cash, aging, timeline
filters Fava's filters, on rows of reports
papers  documents, as a browser gets them
money   how amounts are shown: converted, hidden, with all decimals
index   where things stand in the ledger: what a click opens, documents
acting  what can be done, and the directive that says so; form, payment: what it is made of
trust   whether a request comes from this page, and the ledger is as it was shown
trying  what a directive would do to the ledger, before it is written
"""

from __future__ import annotations

import copy
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

import fava.core  # noqa: F401 - first, for its modules import each other in a circle
from babel import Locale
from beancount.utils import encryption
from fava.beans.funcs import hash_entry
from fava.beans.str import to_string
from fava.core.conversion import conversion_from_str
from fava.core.file import find_insert_position
from fava.core.filters import TimeFilter
from fava.core.inventory import CounterInventory
from fava.ext import FavaExtensionBase, extension_endpoint
from fava.helpers import FavaAPIError
from flask import Response, current_app, redirect, request, url_for
from markupsafe import Markup

from beancount_milestones import reports
from beancount_milestones.fava import acting, filters, form, setup, trust, view
from beancount_milestones.fava.frame import View
from beancount_milestones.fava.index import Index
from beancount_milestones.fava.money import Money, Rate, places, without_amounts
from beancount_milestones.fava.papers import (
    Paper,
    PaperError,
    calendar_paper,
    invoice_paper,
    statement_paper,
)
from beancount_milestones.fava.trying import after, effects, leaves_unapplied, tried
from beancount_milestones.garbage import no_garbage
from beancount_milestones.model import Register, of_register
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reading.values import plain
from beancount_milestones.reports import AMOUNTS, Books

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence

    from beancount.core.data import Custom, Directive, Transaction
    from fava.core import FavaLedger
    from werkzeug import Response as BaseResponse
    from werkzeug.datastructures import MultiDict

    from beancount_milestones.fava.form import Asked, Plan
    from beancount_milestones.fava.index import Document
    from beancount_milestones.fava.trying import Effect, Trial
    from beancount_milestones.reports import Placed

logger = logging.getLogger(__name__)

Endpoint = TypeVar("Endpoint", bound="Callable[[Any], Any]")

_FAILED = "The milestones page has failed, which is a fault of beancount-milestones. All else in \
Fava works. Fava's log tells more"
_FORGED = "Nothing was done: this request does not come from a page of this Fava. Behind a proxy, \
the proxy must hand on the header Host."
_INCOGNITO = "Fava hides the numbers, so there are no documents."
#: A page of a document has its pictures and styles inside, and runs nothing.
_PAPER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
#: Fields of the address that belong to Fava, and go along with every form.
_FILTERS = ("account", "filter", "time", "interval", "conversion")


def _posted(name: str) -> Callable[[Endpoint], Endpoint]:
    """Make a method answer what is posted to an address of the page."""
    return cast("Callable[[Endpoint], Endpoint]", extension_endpoint(name, ["POST"]))


def _served(name: str) -> Callable[[Endpoint], Endpoint]:
    """Make a method answer what is asked for at an address of the page."""
    return cast("Callable[[Endpoint], Endpoint]", extension_endpoint(name, ["GET"]))


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was made of a ledger for a day: kept until the ledger is loaded anew."""

    entries: Sequence[Directive]
    books: Books
    index: Index


class Milestones(FavaExtensionBase):
    """The page. One object serves all requests to a ledger at once."""

    report_title = "Milestones"

    def __init__(
        self,
        ledger: FavaLedger,
        config: str | None = None,  # noqa: ARG002
    ) -> None:
        """Ignore the configuration: Fava falls over one that it cannot read."""
        super().__init__(ledger, None)
        self._looked: _Looked | None = None
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
        try:
            template = self.jinja_env.get_template("_page.html")
            with no_garbage():
                return Markup(template.render(self._context()))  # noqa: S704
        except FavaAPIError as error:
            # A filter that Fava cannot read.
            return self._message(str(error))
        except Exception as error:
            logger.exception("the milestones page has failed")
            return self._message(f"{_FAILED}: {type(error).__name__}: {error}")

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
        entries = cast("Sequence[Directive]", self.ledger.all_entries)
        options = cast("dict[str, Any]", self.ledger.options)
        register = of_register(options)
        errors = setup.broken(self.ledger.load_errors)
        context: dict[str, Any] = {
            "errors": errors,
            "ignored": setup.ignored_config(entries, __name__),
            "filters": {n: request.args[n] for n in _FILTERS if request.args.get(n)},
            "files": options["include"],
        }
        if register is None and needs_plugin(entries):
            return context | {"missing": PLUGIN_LINE_MISSING}
        if register is None or not (register.contracts or errors):
            lines = setup.example(entries, options, self.today(), with_plugin=register is None)
            return context | {"example": lines}
        looking = self._view(register)
        return context | self._frame(looking) | self._shown(looking)

    def _frame(self, looking: View) -> dict[str, Any]:
        """Return what is around every view."""
        time = self._time()
        return {
            "as_of": looking.books.as_of,
            "is_today": time is None,
            "start": looking.start,
            "read_only": _is_read_only(),
            "money": looking.money,
            "hide": self._hidden,
            "hide_amounts": self._without_amounts,
            "percent": lambda fraction: f"{plain(fraction * 100)} %",
            "source_of": looking.index.source,
            "document_is_there": self._is_there,
            "extension": self,
            "incognito": self._is_incognito(),
            "buys": any(c.side == "buy" for c in looking.books.register.contracts.values()),
            "document_url": lambda ending, of: self._paper_url("document", ending, of),
            "statement_url": lambda ending, of: self._paper_url("statement", ending, of),
            "calendar_url": lambda: self._paper_url("calendar", "", {}),
            "ACTIONS": acting.ACTIONS,
            "written": self._written(),
        }

    def _shown(self, looking: View) -> dict[str, Any]:
        """Return what the view that is asked for shows."""
        name = request.args.get("view", "")
        if name in view.ONE:
            return {"view": name} | view.ONE[name](looking, request.args.get(name, ""))
        if name == "do":
            return {"view": name} | self._form(looking.books)
        make = view.VIEWS.get(name)
        if make is None:
            return {"view": "unknown", "unknown": name, "what": "view"}
        return {"view": name} | make(looking)

    def _view(self, register: Register) -> View:
        time = self._time()
        looked = self._look(register, time[1] if time else self.today())
        account = request.args.get("account", "")
        text = request.args.get("filter", "").strip()
        return View(
            books=looked.books,
            keep=self._filters(register, looked.books.as_of, account, text),
            money=self._money(looked.books),
            index=looked.index,
            # A single day is a day to look at, and no period.
            start=time[0] if time and time[0] < time[1] else None,
            narrowed=bool(account or text),
        )

    def _look(self, register: Register, as_of: datetime.date) -> _Looked:
        """Return the books of a day: those of the last request, if they are the same."""
        entries = cast("Sequence[Directive]", self.ledger.all_entries)
        options = cast("dict[str, Any]", self.ledger.options)
        looked = self._looked
        if looked and looked.entries is entries and looked.books.as_of == as_of:
            return looked
        index = Index.of(entries, frozenset(options["include"]))
        looked = _Looked(entries, Books(register, entries, options, as_of), index)
        self._looked = looked
        return looked

    def _time(self) -> tuple[datetime.date, datetime.date] | None:
        """Return the first and the last day of the time filter."""
        time = request.args.get("time", "")
        if not time:
            return None
        # Not `get_filtered`, which would look at every entry.
        try:
            found = TimeFilter(self.ledger.options, self.ledger.fava_options, time).date_range
        except ValueError as error:
            # It ends before it begins.
            message = f"The time filter '{time}' is no period: {error}"
            raise FavaAPIError(message) from error
        return found.begin, found.end_inclusive

    def _filters(
        self, register: Register, as_of: datetime.date, account: str, text: str
    ) -> Callable[[Placed], bool]:
        """Return whether a row passes Fava's filters."""
        tests = []
        if account:
            tests.append(filters.on_account(account))
        if text:
            entries = cast("Sequence[Directive]", self.ledger.get_filtered(filter=text).entries)
            tests.append(filters.among(entries, register, as_of))
        return lambda row: all(test(row) for test in tests)

    # ------------------------------------------------------------ documents

    @_served("document")
    def document(self) -> BaseResponse:
        """Serve an invoice: as a page, as PDF, or as e-invoice."""
        number, client, ending = (
            request.args.get(name, "") for name in ("number", "client", "ending")
        )
        return self._serve(lambda looking: invoice_paper(looking.books, number, client, ending))

    @_served("statement")
    def statement(self) -> BaseResponse:
        """Serve the statement of a client, as a page or as PDF."""
        client, ending = request.args.get("client", ""), request.args.get("ending", "")
        only_open = "open" in request.args
        return self._serve(
            lambda looking: statement_paper(
                looking.books, client, looking.start, ending, only_open=only_open
            )
        )

    @_served("calendar")
    def calendar(self) -> BaseResponse:
        """Serve the dates of the ledger as a calendar."""
        return self._serve(lambda looking: calendar_paper(looking.books))

    def _serve(self, make: Callable[[View], Paper]) -> BaseResponse:
        """Answer with a document, or with the sentence that says why there is none."""
        if self._is_incognito():
            return Response(_INCOGNITO, 403, mimetype="text/plain")
        register = of_register(cast("dict[str, Any]", self.ledger.options)) or Register({})
        try:
            paper = make(self._view(register))
        except (PaperError, FavaAPIError) as problem:
            return Response(f"{problem}.", 404, mimetype="text/plain")
        except Exception as error:
            logger.exception("making a document has failed")
            return Response(f"{_FAILED}: {type(error).__name__}", 500, mimetype="text/plain")
        response = Response(paper.content, content_type=paper.type)
        response.headers["Content-Security-Policy"] = _PAPER_POLICY
        response.headers.set("Content-Disposition", "inline", filename=paper.name)
        return response

    def _is_incognito(self) -> bool:
        return self._hidden("1") != "1"

    # ------------------------------------------------------------ amounts

    def _money(self, books: Books) -> Money:
        """Return how to show amounts: converted and hidden as Fava does, with all decimals."""
        form = self.ledger.format_decimal
        locale = self.ledger.fava_options.locale

        def write(amount: Decimal, currency: str, needed: int) -> str:
            if needed <= form.precisions.get(currency, 2):
                return self._hidden(form(amount, currency))
            if locale is None:
                return self._hidden(f"{amount:.{needed}f}")
            pattern = copy.copy(Locale.parse(locale).decimal_formats[None])
            pattern.frac_prec = (needed, needed)
            return self._hidden(str(pattern.apply(amount, locale)))

        return Money(lru_cache(self._rate(books.as_of)), write, books.once(_places))

    def _rate(self, as_of: datetime.date) -> Callable[[str], Rate]:
        """Return what a currency is converted to, with the prices of the day."""
        conversion = conversion_from_str(request.args.get("conversion", "") or "at_cost")

        def rate(currency: str) -> Rate:
            one = CounterInventory({(currency, None): Decimal(1)})
            worth = conversion.apply(one, self.ledger.prices, as_of)
            # What is worth nothing is shown as it is.
            return next((Rate(n, c) for c, n in worth.items()), Rate(Decimal(1), currency))

        return rate

    # ------------------------------------------------------------ doing

    @_posted("act")
    def act(self) -> BaseResponse:
        """Write the directive that was shown, and go back to where it was asked for."""
        if not trust.from_this_page(dict(request.headers), request.host):
            return Response(self._message(_FORGED), 403)
        try:
            with self._writing:
                return redirect(self._write(), 303)
        except FavaAPIError as error:
            return Response(self._message(str(error)), 200)
        except Exception as error:
            logger.exception("writing a directive has failed")
            return Response(self._message(f"{_FAILED}: {type(error).__name__}"), 200)

    def _write(self) -> str:
        """Write a directive if it is the one that was shown; return where to go then."""
        self.ledger.changed()
        asked = self._asked(request.form)
        register = of_register(cast("dict[str, Any]", self.ledger.options))
        if register is None:
            return self._address()
        draft = self._draft(self._view(register).books, asked)
        back = {"back": asked.value("back")}
        fingerprints = (asked.value("shown"), asked.value("seen"))
        if draft.entry is None or draft.problems or fingerprints != (draft.shown, draft.seen):
            what = {"view": "do", "do": asked.action, "milestone": asked.milestone}
            seen = {"contract": asked.contract, "seen": asked.value("seen"), "again": "yes"}
            return self._address(draft.plan.fields, **what, **seen, **back)
        self.ledger.file.insert_entries(
            [cast("Any", entry) for entry in (draft.entry, draft.plan.also) if entry]
        )
        self.ledger.changed()
        name = asked.value("back")
        of = {"contract": asked.contract} if name == "contract" else {}
        return self._address(view=name, **of, written=self._hashes_of(draft))

    def _form(self, books: Books) -> dict[str, Any]:
        """Return the form of what is to be done, and the directive that it makes."""
        asked = self._asked(request.args)
        draft = self._draft(books, asked)
        return {
            "draft": draft,
            "plan": draft.plan,
            "booked": [
                self._to_text(entry) for entry in (draft.tried.booked if draft.tried else ())
            ],
            "changed": asked.value("seen") not in {"", draft.seen},
            "again": asked.value("again"),
            "back": asked.value("back"),
        }

    def _asked(self, values: MultiDict[str, str]) -> Asked:
        action, contract, milestone = (
            values.get(name, "") for name in ("do", "contract", "milestone")
        )
        return form.Asked(action, contract, milestone, dict(values.items()))

    def _draft(self, books: Books, asked: Asked) -> _Draft:
        """Return what would be written, and what would come of it."""
        # A time filter may end in the future, where nothing has happened so far. And where it ends
        # in the past, what is paid since then is not owed any more.
        today = self.today()
        latest = books if books.as_of >= today else replace(books, as_of=today)
        plan = acting.plan(latest, asked, min(books.as_of, today))
        seen = trust.digest_of_files(self.ledger.options["include"])
        problems = list(plan.problems)
        if plan.entry and plan.entry.date > today:
            plan.doubts.append(
                f"{plan.entry.date} is in the future: until then no report knows of it"
            )
        if _is_read_only():
            problems.append("Fava was started with --read-only: nothing can be written")
        entry = plan.entry
        if entry is None:
            return _Draft(plan, seen, problems)
        options = self.ledger.fava_options
        top = self.ledger.beancount_file_path
        file, at = find_insert_position(
            cast("Any", entry), options.insert_entry, options.default_file or top
        )
        if not os.access(file, os.W_OK) or encryption.is_encrypted_file(file):
            problems.append(f"The file {file} cannot be written to")
        elif Path(file).resolve() not in {
            Path(f).resolve() for f in self.ledger.options["include"]
        }:
            problems.append(f"The ledger does not include the file {file}")
        text = self._to_text(entry)
        if plan.also:
            text += "\n" + self._to_text(plan.also)
        if problems:
            return _Draft(plan, seen, problems, entry, text, file)

        # At the end Fava leaves a line empty.
        lines = at if at is not None else len(Path(file).read_bytes().splitlines()) + 1
        trial = tried(top, text, lines + 1, self.ledger.load_errors)
        # The day on which it shows.
        day = latest if entry.date <= latest.as_of else replace(latest, as_of=entry.date)
        changing = []
        if not trial.errors:
            then = after(day, trial)
            changing = effects(day, then, trial)
            if leaves_unapplied(day, then):
                plan.doubts.append("That is more than is owed: what is over stays unapplied")
        return _Draft(plan, seen, list(trial.errors), entry, text, file, trial, changing)

    def _to_text(self, entry: Directive) -> str:
        """Return an entry as Fava writes it."""
        options = self.ledger.fava_options
        return to_string(cast("Any", entry), options.currency_column, options.indent)

    def _hashes_of(self, draft: _Draft) -> str:
        """Return Fava's names for the directives that were written, or nothing."""
        entries = cast("Sequence[Directive]", self.ledger.all_entries)
        wanted: list[Directive] = [e for e in (draft.entry, draft.plan.also) if e]
        names = []
        for ours in wanted:
            text = self._to_text(ours)
            same_day = (e for e in entries if (type(e), e.date) == (type(ours), ours.date))
            found = [entry for entry in same_day if self._to_text(entry) == text]
            names += [hash_entry(cast("Any", entry)) for entry in found[-1:]]
        return ",".join(names)

    def _paper_url(self, endpoint: str, ending: str, of: Mapping[str, str]) -> str:
        """Return the address of a document, as of the day that the page looks at."""
        given = {"ending": ending or None, **of}
        page = url_for("extension_report", extension_name=self.name, **cast("Any", given))
        path, mark, query = page.partition("?")
        return f"{path}{endpoint}{mark}{query}"

    def _is_there(self, document: Document) -> bool:
        """Whether Fava can show a document."""
        try:
            self.ledger.statement_path(hash_entry(cast("Any", document.entry)), document.key)
        except FavaAPIError:
            return False
        return True

    def _written(self) -> list[dict[str, str]]:
        """Return what was just written: names, and texts without amounts to hide."""
        found = []
        for name in filter(None, request.args.get("written", "").split(",")):
            with suppress(FavaAPIError):
                entry = cast("Directive", self.ledger.get_entry(name))
                text = self._to_text(entry)
                if getattr(entry, "type", "") != "milestone":
                    text = self._without_amounts(text)
                found.append({"hash": name, "text": text})
        return found

    def _address(self, fields: Mapping[str, str] | None = None, /, **values: str) -> str:
        """Return the address of a view, with Fava's filters. A field that is empty stays so."""
        given = {name: value for name, value in values.items() if value}
        given |= fields or {}
        return url_for("extension_report", extension_name=self.name, **cast("Any", given))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A directive as it would be written, and what would come of it."""

    plan: Plan
    #: The fingerprint of the ledger.
    seen: str
    #: Why it cannot be written.
    problems: list[str]
    entry: Custom | Transaction | None = None
    text: str = ""
    file: str = ""
    #: What would come of it, where that was tried.
    tried: Trial | None = None
    effects: Sequence[Effect] = ()

    @property
    def shown(self) -> str:
        """The fingerprint of the text."""
        return trust.digest([self.text])


def _is_read_only() -> bool:
    """Whether Fava was started with --read-only, which it tells only by what it refuses."""
    hooks = current_app.before_request_funcs.get(None, ())
    return any(hook.__name__ == "_read_only" for hook in hooks)


def _places(books: Books) -> dict[str, int]:
    return places(
        (row.currency, getattr(row, column)) for row in reports.status(books) for column in AMOUNTS
    )
