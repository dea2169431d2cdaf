"""The ledgers that we ship, changed at random, keep all laws; so does what the fuzzer has found."""

import datetime
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from tests import laws
from tests.changed import changed

FOUND = sorted((Path(__file__).parent / "found").glob("*.beancount"))


@given(changed())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_changed_ledgers_keep_the_laws(found: tuple[Path, str, datetime.date]) -> None:
    path, text, date = found
    with TemporaryDirectory() as folder:
        for beside in path.parent.glob("*.yaml"):
            shutil.copy(beside, folder)
        ledger = Path(folder) / "main.beancount"
        ledger.write_text(text, encoding="utf-8")
        laws.hold(ledger, date)


def test_what_the_fuzzer_has_found(tmp_path: Path) -> None:
    for found in FOUND:
        date = re.search(r"^; as of (\S+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
        assert date
        # The papers are written beside it.
        path = Path(shutil.copy(found, tmp_path))
        books = laws.hold(path, datetime.date.fromisoformat(date[1]))
        assert books
        for command in laws.COMMANDS:
            laws.answers(path, command, "table", books)
