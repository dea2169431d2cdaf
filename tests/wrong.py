"""The ledgers of `tests/bad`, and one of them for each kind of mistake."""

import re
from pathlib import Path

BAD = Path(__file__).parent / "bad"
LEDGERS = sorted(BAD.glob("[!_]*.beancount"))
#: The line that an error is about: what it begins with after its date.
WRONG = re.compile(r"^[ \t]*; error: .*\n(?:\d{4}\S+ )?(\s*)(\S+)", re.MULTILINE)


def place(text: str) -> str:
    """What the wrong line of a ledger is: a kind of directive, metadata, or a posting."""
    found = WRONG.search(text)
    assert found, text
    indent, word = found.groups()
    if not indent:
        return word
    return "posting" if word[0].isupper() else "metadata"


def one_of_each_kind() -> list[Path]:
    """A ledger of each kind: what its name says first is wrong, and where.

    That is enough wherever only what a mistake leaves standing matters, not which one it was.
    """
    kinds: dict[tuple[str, str], Path] = {}
    for path in LEDGERS:
        kind = path.stem.partition("-")[0], place(path.read_text(encoding="utf-8"))
        kinds.setdefault(kind, path)
    return list(kinds.values())


KINDS = one_of_each_kind()
