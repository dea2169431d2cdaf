"""What the page answers with documents."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from flask import Response, request, url_for

from beancount_milestones.fava.host import FavaAPIError, served
from beancount_milestones.fava.papers import (
    Paper,
    PaperError,
    calendar_paper,
    invoice_paper,
    statement_paper,
)
from beancount_milestones.model import Register, of_register

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug import Response as BaseResponse

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.host import Host

logger = logging.getLogger(__name__)

FAILED = "The milestones page has failed, which is a fault of beancount-milestones. All else in \
Fava works. Fava's log tells more"
_INCOGNITO = "Fava hides the numbers, so there are no documents."
#: A page of a document has its pictures and styles inside, and runs nothing.
_PAPER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


class Serving:
    """The part of the page that serves documents; the page itself has what it needs."""

    name: str
    _host: Host
    _view: Callable[[Register], View]
    _hidden: Callable[[str], str]

    @served("document")
    def document(self) -> BaseResponse:
        """Serve an invoice: as a page, as PDF, or as e-invoice."""
        number, client, ending = (
            request.args.get(name, "") for name in ("number", "client", "ending")
        )
        return self._serve(lambda looking: invoice_paper(looking.books, number, client, ending))

    @served("statement")
    def statement(self) -> BaseResponse:
        """Serve the statement of a client, as a page or as PDF."""
        client, ending = request.args.get("client", ""), request.args.get("ending", "")
        only_open = "open" in request.args
        return self._serve(
            lambda looking: statement_paper(
                looking.books, client, looking.start, ending, only_open=only_open
            )
        )

    @served("calendar")
    def calendar(self) -> BaseResponse:
        """Serve the dates of the ledger as a calendar."""
        return self._serve(lambda looking: calendar_paper(looking.books))

    def _serve(self, make: Callable[[View], Paper]) -> BaseResponse:
        """Answer with a document, or with the sentence that says why there is none."""
        if self._is_incognito():
            return Response(_INCOGNITO, 403, mimetype="text/plain")
        register = of_register(self._host.options) or Register({})
        try:
            paper = make(self._view(register))
        except (PaperError, FavaAPIError) as problem:
            return Response(f"{problem}.", 404, mimetype="text/plain")
        except Exception as error:
            logger.exception("making a document has failed")
            return Response(f"{FAILED}: {type(error).__name__}", 500, mimetype="text/plain")
        response = Response(paper.content, content_type=paper.type)
        response.headers["Content-Security-Policy"] = _PAPER_POLICY
        response.headers.set("Content-Disposition", "inline", filename=paper.name)
        return response

    def _is_incognito(self) -> bool:
        return self._hidden("1") != "1"

    def _paper_url(self, endpoint: str, ending: str, of: Mapping[str, str]) -> str:
        """Return the address of a document, as of the day that the page looks at."""
        given = {"ending": ending or None, **of}
        page = url_for("extension_report", extension_name=self.name, **cast("Any", given))
        path, mark, query = page.partition("?")
        return f"{path}{endpoint}{mark}{query}"
