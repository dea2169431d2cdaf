"""What does our page cost Fava's server? Prints CPU times and, which alone can be compared, ratios.

    python bench/page.py [--transactions 100000] [--rounds 3]

One ledger in one Fava, in this process: 100,000 transactions, of which 1,000 contracts with 5,000
milestones and 20,000 payments. Every round asks for each of Fava's pages and each of ours, one
after the other, and every second round goes backwards. Each is asked for twice in a row: cold, when
what Fava and our extension keep for a ledger has been dropped, and warm. Ours are then asked for as
of another day, which is compared with the cold ones. What is kept for the whole process stays, so
before the rounds each is asked for once: templates are compiled by then.

Fava's pages are drawn in the browser, from data: the data is what is timed. The journal is its
first page of 1,000 entries, which is what a reader waits for; the browser then fetches the others,
and what all of them take is printed last. An answer of ours has Fava's frame around it; a row of
its own has the frame alone. Every answer must be a success, but nothing is asserted about times:
a time is not right or wrong.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import reports
import run
from fava.application import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fava.core import FavaLedger
    from fava.ext import FavaExtensionBase
    from flask.testing import FlaskClient

HEAD = """\
option "title" "Bench"
option "operating_currency" "USD"
2000-01-01 custom "fava-extension" "beancount_milestones.fava"
"""
#: As Fava calls the ledger, after its title.
SLUG = "bench"
#: The class of the message that our page shows, with success, when it has failed.
FAILED = b"milestones-failed"

JOURNAL = "api/journal_page?order=desc&page="
TIME = f"time={reports.AS_OF}"
#: Of Fava; others are compared with the first two.
THEIRS = {
    "balance sheet": "api/balance_sheet",
    "journal": f"{JOURNAL}1",
    "balance sheet, that day": f"api/balance_sheet?{TIME}",
    "frame": "balance_sheet/",
}
VIEWS = ("unbilled", "outstanding", "contracts", "timeline", "clients")
MAIN = "milestones"
OURS = {MAIN: f"extension/Milestones/?{TIME}"} | {
    f"  {view}": f"extension/Milestones/?{TIME}&view={view}" for view in VIEWS
}
PAGES = THEIRS | OURS


@dataclass(frozen=True)
class Server:
    """Fava with the ledger."""

    client: FlaskClient
    ledger: FavaLedger

    @property
    def extension(self) -> FavaExtensionBase:
        """Our extension."""
        found = self.ledger.extensions.get_extension("Milestones")
        assert found, "the extension is not there"  # noqa: S101 - the ledger is ours
        return found

    def get(self, url: str) -> bytes:
        """Return an answer, which is a success."""
        response = self.client.get(f"/{SLUG}/{url}")
        assert response.status_code == 200, (url, response.status)  # noqa: S101, PLR2004
        answer: bytes = response.data
        assert FAILED not in answer, url  # noqa: S101
        return answer

    def drop(self) -> None:
        """Drop what is kept for the ledger: by Fava as when it reloads, and by our extension."""
        self.ledger.get_filtered.cache_clear()
        self.ledger.get_entry.cache_clear()
        forget = getattr(self.extension, "forget", None)
        if forget:
            forget()


def ledger(transactions: int) -> Iterator[str]:
    """Make up the ledger of the reports, for Fava."""
    yield HEAD
    yield from reports.ledger(transactions)


def served(path: Path) -> Server:
    """Load the ledger into Fava."""
    app = create_app([path], load=True, poll_watcher=True)
    loaded: FavaLedger = app.config["LEDGERS"][SLUG]
    assert not loaded.errors, loaded.errors[:3]  # noqa: S101 - the ledger is ours
    return Server(app.test_client(), loaded)


#: CPU seconds by page, round by round.
Times = dict[str, list[float]]


def measured(server: Server, rounds: int) -> tuple[Times, Times, Times]:
    """Return how long every page takes: cold, warm, and for ours another day."""
    cold: Times = {name: [] for name in PAGES}
    warm: Times = {name: [] for name in PAGES}
    other: Times = {name: [] for name in OURS}
    for number in range(rounds):
        for name in reversed(PAGES) if number % 2 else PAGES:
            get = partial(server.get, PAGES[name])
            server.drop()
            cold[name].append(run.cpu(get))
            warm[name].append(run.cpu(get))
            if name in OURS:
                before = reports.AS_OF - dt.timedelta(days=number + 1)
                get = partial(server.get, PAGES[name].replace(TIME, f"time={before}"))
                other[name].append(run.cpu(get))
    return cold, warm, other


def show(title: str, times: Times, sizes: dict[str, int]) -> None:
    """Print a table: times, and each in its round as a multiple of two of Fava's."""
    others = tuple(THEIRS)[:2]
    heads = "".join(f"{f'/ {other}':>17}" for other in others)
    print(f"{title + ', CPU seconds':53}{heads}       kB")
    for name, seconds in times.items():
        spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
        ratios = "".join(
            f"{median(a / b for a, b in zip(seconds, times[other], strict=True)):17.2f}"
            for other in others
        )
        print(f"  {name:24} {median(seconds):7.3f}  {spread:17}{ratios} {sizes[name] / 1000:8,.0f}")


def show_other(other: Times, cold: Times) -> None:
    """Print what another day takes, and how much of the cold page that is."""
    print("another day after the first, CPU seconds                         / cold")
    for name, seconds in other.items():
        ratio = median(a / b for a, b in zip(seconds, cold[name], strict=True))
        spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
        print(f"  {name:24} {median(seconds):7.3f}  {spread:17}{ratio:17.2f}")


def whole_journal(server: Server) -> str:
    """Time all pages of the journal, once and cold."""
    pages = json.loads(server.get(THEIRS["journal"]))["data"]["total_pages"]
    server.drop()
    seconds = run.cpu(lambda: [server.get(f"{JOURNAL}{page + 1}") for page in range(pages)])
    return f"all {pages} pages of the journal, once: {seconds:.3f} CPU seconds"


def main() -> None:
    """Make the ledger, take the times, print them."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--transactions", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    said = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        path.write_text("\n".join(ledger(said.transactions)) + "\n", encoding="utf-8")
        server = served(path)
        milestones = said.transactions // 100 * run.STAGES
        print(
            f"{len(server.ledger.all_entries):,} entries, {milestones:,} milestones,"
            f" {milestones * reports.PAYMENTS:,} payments; as of {reports.AS_OF}"
        )
        answers = {name: server.get(url) for name, url in PAGES.items()}
        same = [name.strip() for name in OURS if name != MAIN and answers[name] == answers[MAIN]]
        sizes = {name: len(answer) for name, answer in answers.items()}
        cold, warm, other = measured(server, said.rounds)
        show("cold", cold, sizes)
        show("warm", warm, sizes)
        show_other(other, cold)
        print(whole_journal(server))
        if not hasattr(server.extension, "forget"):
            print("our extension has no forget(): nothing of it was dropped")
        if same:
            print("the same answer as the main page:", ", ".join(same))


if __name__ == "__main__":
    main()
