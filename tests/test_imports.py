"""A bean-check pays for no more than it needs."""

import json
import os
import subprocess
import sys

import pytest

OURS = "beancount_milestones"
# What only the command, the Fava page or a schedules file may load.
HEAVY = {"beanquery", "calendar", "click", "dataclasses", "fava", "flask", "jinja2", "rich", "yaml"}

IMPORTING = """
import importlib, json, pkgutil, sys
{before}
known = set(sys.modules)
import beancount_milestones
print(json.dumps(sorted(set(sys.modules) - known)))
"""

ALL_OF_CORE = """
import beancount.core
for module in pkgutil.iter_modules(beancount.core.__path__):
    if not module.name.endswith("_test"):
        importlib.import_module("beancount.core." + module.name)
"""

LEDGER = """
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Work
2020-01-02 * "Acme" "Work"
  contract: "work"
  milestone-half: "50%"
  milestone-rest: "rest"
  Assets:Receivable  100.00 USD
  Income:Work
2020-01-03 custom "milestone" "work" "half" "completed"
"""

LOADING = """
import json, sys
from beancount import loader
known = set(sys.modules)
entries, errors, _ = loader.load_string(sys.argv[1])
assert not errors, errors
assert len(entries) == 5, entries
print(json.dumps(sorted(set(sys.modules) - known)))
"""


def modules(program: str, *args: str) -> list[str]:
    """What a program prints, in an interpreter that nothing was loaded into before."""
    fresh = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *args],
        capture_output=True,
        text=True,
        check=False,
        env=fresh,
    )
    assert result.returncode == 0, result.stderr
    names: list[str] = json.loads(result.stdout)
    return names


def foreign(names: list[str]) -> list[str]:
    """The modules that neither Python nor we bring."""
    known = sys.stdlib_module_names | {OURS}
    return [name for name in names if name.partition(".")[0] not in known]


@pytest.mark.parametrize("before", ["import beancount.loader", ALL_OF_CORE], ids=["loader", "core"])
def test_import(before: str) -> None:
    names = modules(IMPORTING.format(before=before))

    assert OURS in names
    assert foreign(names) == []


def test_load() -> None:
    names = modules(LOADING, LEDGER)

    assert OURS in names
    assert HEAVY.intersection(names) == set()
