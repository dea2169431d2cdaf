"""The ledgers that we ship load without an error."""

from pathlib import Path

import pytest

from tests.shipped import BOOKS, ROOT
from tests.support import Command


def test_there_are_examples() -> None:
    assert len(BOOKS) > 1


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_bean_check(book: Path, bean_check: Command) -> None:
    result = bean_check(book)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
