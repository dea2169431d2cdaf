"""Fixtures for all tests."""

import gc
import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partialmethod
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from beancount import loader
from click.testing import CliRunner
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.support import Command, Load, Loaded

if TYPE_CHECKING:
    from tests.fava_site import Read, Show

ROOT = Path(__file__).parent.parent
# The names that tools/install_chromium.sh looks for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# `make test` says the same of a commit every time; `make laws` looks for new examples.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected files of tests/golden instead of comparing with them",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has all tests with a browser: a second Chromium would only slow down the first."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True, scope="session")
def _no_load_cache() -> None:
    """Load every ledger anew, however long it takes. Commands inherit the variable."""
    os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"
    loader.initialize(use_cache=False)


@pytest.fixture(autouse=True, scope="session")
def _streams_apart() -> Iterator[None]:
    """Let click 8.1 keep output and errors apart in tests, as all later versions do."""
    with pytest.MonkeyPatch.context() as patch:
        if "mix_stderr" in inspect.signature(CliRunner).parameters:
            apart = partialmethod(CliRunner.__init__, mix_stderr=False)
            patch.setattr(CliRunner, "__init__", apart)
        yield


@pytest.fixture(autouse=True)
def _thaw() -> Iterator[None]:
    """Let go of what a command has frozen: it counts on its process to end."""
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a ledger to a temporary folder and load it."""

    def run(files: str | Mapping[str, str], /, top: str = "main.beancount") -> Loaded:
        for name, text in ({top: files} if isinstance(files, str) else files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return Loaded(*loader.load_file(str(tmp_path / top)))

    return run


@pytest.fixture
def show(tmp_path: Path) -> "Show":
    """Write a ledger and start Fava on it."""
    from tests.fava_site import starter  # noqa: PLC0415 - most tests need no Fava

    return starter(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> "Read":
    """What is in the ledger file that Fava shows."""
    return lambda: (tmp_path / "main.beancount").read_bytes().decode()


@pytest.fixture
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page looks at the day of its tests."""
    from beancount_milestones.fava import Milestones  # noqa: PLC0415
    from tests.fava_site import AS_OF  # noqa: PLC0415

    monkeypatch.setattr(Milestones, "today", lambda _: AS_OF)


def command(name: str) -> Command:
    def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).parent / name, *args],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def bean_check() -> Command:
    """The real bean-check, as users run it."""
    return command("bean-check")


@pytest.fixture(scope="session")
def bean_milestones() -> Command:
    """Our command, as users run it."""
    return command("bean-milestones")


def starts(path: str) -> bool:
    """Whether this is a browser: Ubuntu has a "chromium-browser" that only asks for a snap."""
    result = subprocess.run([path, "--version"], capture_output=True, check=False)
    return result.returncode == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, or else the one that Playwright installed."""
    found = next((path for name in BROWSERS if (path := shutil.which(name)) and starts(path)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found)
        yield chromium
        chromium.close()
