"""Write docs/errors.md: every message of the plugin, from the ledgers in tests/bad.

python tools/errors_page.py
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
BAD = ROOT / "tests" / "bad"
PAGE = ROOT / "docs" / "errors.md"

#: Headings, and the first words of the ledgers that belong under each; the last takes the rest.
HEADINGS = {
    "The plugin line and the configuration": "configuration plugin",
    "Shares and milestones of a contract": "share shares marked target title two both no",
    "Contracts": "contract id key terms acceptance unbilled deferred retention receivable client"
    " deposit interest requires lots posting precision reference metadata",
    "Change orders and proposals": "change proposal proposed",
    "What Beancount says itself": "beancount",
    "Directives": "",
}
INTRODUCTION = """\
# Errors

Every message, with a ledger that gives it. One mistake gives one error, at its own line. A mistake
in a contract leaves that contract as you wrote it, its amounts in the books, and its directives do
nothing. A mistake in a change order leaves that change order as you wrote it. A mistake in a
directive drops that directive.

Late, overdue and unbilled are facts, not errors: see the reports.

This page is made from `tests/bad` by `tools/errors_page.py`.
"""


def heading_of(ledger: Path) -> str:
    """Return the heading that a ledger's message belongs under."""
    first = ledger.stem.partition("-")[0]
    return next((h for h, words in HEADINGS.items() if first in words.split()), "Directives")


def page() -> str:
    """Return the page."""
    lines: dict[str, dict[str, str]] = {heading: {} for heading in HEADINGS}
    for ledger in sorted(BAD.glob("*.beancount")):
        for message in re.findall(r"^\s*; error[^:]*: (.*)$", ledger.read_text(), re.MULTILINE):
            link = f"[ledger](../tests/bad/{ledger.name})"
            lines[heading_of(ledger)].setdefault(message, f"- `{message}` {link}")
    sections = (f"## {heading}\n\n" + "\n".join(found.values()) for heading, found in lines.items())
    return "\n".join((INTRODUCTION, "\n\n".join(sections))) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
