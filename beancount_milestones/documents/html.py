"""Documents as HTML: a page that is whole by itself, to look at, to print, and to make a PDF of.

Templates are Jinja2, sandboxed and autoescaped. The user's own replace ours file by file; they find
ours as ``built-in/NAME``.
"""

from __future__ import annotations

import re
import traceback
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.documents import words
from beancount_milestones.documents.extras import needed
from beancount_milestones.documents.layout import paper
from beancount_milestones.documents.qr import payment_code
from beancount_milestones.documents.sentences import sentences

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from jinja2 import Environment

    from beancount_milestones.documents.layout import Layout
    from beancount_milestones.documents.model import InvoiceDocument
    from beancount_milestones.parties import Party

#: The prefix under which templates of the user find the one of ours that they replace.
BUILT_IN: Final = "built-in"


class TemplateError(Exception):
    """A template that cannot be used; the message names it, its line, and what is wrong."""


def invoice_html(document: InvoiceDocument, layout: Layout) -> str:
    """Return an invoice or a credit note. Raises `TemplateError` and `extras.MissingExtraError`."""
    language = words.known(document.language)
    return render(
        "invoice.html",
        layout,
        language=language,
        currency=document.currency,
        places=document.places,
        seller=document.seller,
        client=document.client,
        made=document.date,
        running=f"{words.say(language, f'label {document.kind}')} {document.number}",
        values={
            "document": document,
            "sentences": list(sentences(document)),
            "qr": payment_code(document),
        },
    )


def render(  # noqa: PLR0913 - what every sheet has
    name: str,
    layout: Layout,
    *,
    language: str,
    seller: Party,
    client: Party,
    made: datetime.date,
    running: str,
    values: Mapping[str, object],
    currency: str = "",
    places: int = 0,
) -> str:
    """Return a document, made with the template of that name.

    ``running`` is what stands at the foot of each page, ``made`` the day of the document, and
    ``values`` what else the template knows. A document in one currency says that and its decimals,
    for `money` and `number`. Raises `TemplateError` and `extras.MissingExtraError`.
    """
    environment = _environment(layout.templates)

    def number(amount: Decimal, least: int = places) -> str:
        return words.figure(language, amount, least).replace("-", "\N{MINUS SIGN}")

    def money(amount: Decimal, of: str = currency, least: int = places) -> str:
        return f"{number(amount, least)}\N{NO-BREAK SPACE}{of}"

    found = {
        "language": language,
        "say": lambda key, **said: words.say(language, key, **said),
        "number": number,
        "money": money,
        "percent": lambda share: words.percent(language, share),
        "day": lambda date: words.day(language, date),
        "long_day": lambda date: words.long_day(language, date),
        "seller": seller,
        "client": client,
        "logo": layout.logo(seller),
        "paper": paper(seller, client),
        "made": f"{made}T12:00:00Z",
        "running": running,
        **values,
    }
    try:
        return environment.get_template(name).render(found) + "\n"
    except Exception as problem:
        # Whatever a template of the user's does, ours must not be blamed with a traceback.
        raise TemplateError(_told(problem, layout)) from problem


@lru_cache(maxsize=8)
def _environment(templates: Path | None) -> Environment:
    """Return what makes pages: compiled templates are kept for the next one."""
    with needed("documents", "jinja2"):
        from jinja2 import (  # noqa: PLC0415 - an extra
            ChoiceLoader,
            FileSystemLoader,
            FunctionLoader,
            PrefixLoader,
            StrictUndefined,
        )
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - an extra
    ours = FunctionLoader(_ours)
    own = [FileSystemLoader(templates)] if templates else []
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, ours, PrefixLoader({BUILT_IN: ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["css_string"] = _css_string
    environment.filters["minus"] = amounts.negative
    environment.filters["grouped"] = _grouped
    return environment


def _ours(name: str) -> str | None:
    file = files(__package__) / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _css_string(text: str) -> str:
    """A string of CSS, in which nothing can end the string or the style sheet."""
    escaped = re.sub(r"[^\w .,/-]", lambda found: f"\\{ord(found[0]):x} ", text)
    # Only such characters are left as are the same in HTML.
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja2

    return Markup(f'"{escaped}"')  # noqa: S704 - escaped above


def _grouped(text: str) -> str:
    """An account number in groups of four, as people read it."""
    return " ".join(re.findall(".{1,4}", text))


def _told(problem: Exception, layout: Layout) -> str:
    """Say which template of the user's is wrong, in which line."""
    from jinja2 import TemplateNotFound  # noqa: PLC0415 - an extra

    name, line = getattr(problem, "filename", None), getattr(problem, "lineno", None)
    if not name:
        # The frames of a template have the name of its file and the lines of its text.
        for frame in traceback.extract_tb(problem.__traceback__):
            if layout.templates and frame.filename.startswith(str(layout.templates)):
                name, line = frame.filename, frame.lineno
    where = f"{name}:{line}: " if name else ""
    what = str(problem)
    if isinstance(problem, TemplateNotFound):
        what = f"there is no template '{what}'"
    return f"{where}the template cannot be used: {what}"
