"""Print the oldest versions that pyproject.toml claims, as constraints for pip.

python tools/oldest.py
"""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The extras that a user installs; those of the tests may be the newest.
EXTRAS = ("fava", "query", "documents", "pdf")


def oldest() -> list[str]:
    """Return a constraint for each package that a user installs with us."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = (project["optional-dependencies"][name] for name in EXTRAS)
    found = (
        re.match(r"([\w-]+)>=([\d.]+)", line) for line in chain(project["dependencies"], *extras)
    )
    return [f"{name}=={version}" for name, version in (match.groups() for match in found if match)]


if __name__ == "__main__":
    print("\n".join(oldest()))
