"""The plugin's door: what Beancount calls, the line that turns it on, its errors."""

import gc
import pickle
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from beancount import loader
from beancount.core import data
from beancount.parser import booking, parser

import beancount_milestones
from beancount_milestones import cache, milestones
from beancount_milestones.model import Register, of_register
from tests.support import Command, Load, Loaded

OPENS = """\
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Design
"""

CONTRACT = """\
2026-01-10 * "Acme" "Brand"
  contract: "brand"
  milestone-all: "100%"
  Assets:Receivable  1,000.00 USD
  Income:Design
"""

DONE = '2026-02-01 custom "milestone" "brand" "all" "completed"\n'

LEDGER = f'plugin "beancount_milestones"\n{OPENS}{CONTRACT}{DONE}'


def places(loaded: Loaded) -> list[tuple[int, str]]:
    return [(error.source["lineno"], error.message) for error in loaded.errors]


def generated(entries: data.Directives) -> list[data.Transaction]:
    return [e for e in entries if isinstance(e, data.Transaction) and "event" in e.meta]


def parsed(text: str) -> tuple[data.Directives, dict[str, Any]]:
    entries, errors, options = parser.parse_string(dedent(text))
    assert errors == []
    entries, errors = booking.book(entries, options)
    assert errors == []
    return entries, options


def test_what_beancount_looks_for() -> None:
    assert beancount_milestones.__plugins__ == ("milestones",)


def test_nothing_to_do() -> None:
    entries, options = parsed(OPENS)

    after, errors = milestones(entries, options)

    assert (after, errors) == (entries, [])
    assert after is not entries
    assert of_register(options) is not None


def test_nothing_given_is_changed() -> None:
    entries, options = parsed(
        OPENS + CONTRACT + DONE + '  document: "a.pdf"\n2026-02-02 custom "milestone"\n'
    )
    before = deepcopy(entries)

    after, errors = milestones(entries, options)

    assert entries == before
    assert len(after) == len(entries) + 1
    assert len(errors) == 1


@pytest.mark.parametrize("config", [None, "", "  ", "{}", " {'terms': 'net 30'} "])
def test_configurations(config: str | None) -> None:
    entries, options = parsed(OPENS + CONTRACT + DONE)

    after, errors = milestones(entries, options, config)

    assert errors == []
    assert len(generated(after)) == 1


@pytest.mark.parametrize(
    "config", ["net 30", "['terms']", "{'terms': 30, ", "{'terms': __import__('os')}", "1" * 5000]
)
def test_no_dict_literal(load: Load, config: str) -> None:
    loaded = load(LEDGER.replace('milestones"\n', f'milestones" "{config}"\n', 1))

    ((line, message),) = places(loaded)
    assert line == 1
    assert "dict" in message
    assert len(generated(loaded.entries)) == 1


def test_configuration_errors_stand_at_the_plugin_line(load: Load) -> None:
    config = "{'term': 30, 'acceptance': 'soon', 1: 2}"
    top = f'; Comment\noption "title" "x"\nplugin  "beancount_milestones" "{config}"\n'
    loaded = load(top + OPENS + CONTRACT + DONE)

    assert [line for line, _ in places(loaded)] == [3, 3, 3]
    assert any("did you mean 'terms'" in message for message in loaded.messages)
    assert {Path(error.source["filename"]).name for error in loaded.errors} == {"main.beancount"}
    assert len(generated(loaded.entries)) == 1


def test_turned_on_twice(load: Load) -> None:
    loaded = load('plugin "beancount_milestones"\n' + LEDGER)

    assert places(loaded) == [(2, "the plugin is turned on twice; remove one of the plugin lines")]
    assert len(generated(loaded.entries)) == 1


def test_turned_on_twice_with_configurations(load: Load) -> None:
    loaded = load('plugin "beancount_milestones" "{}"\n' + LEDGER)

    assert len(loaded.errors) == 1
    assert len(generated(loaded.entries)) == 1


@pytest.mark.parametrize("filename", [None, "<string>", "no/such/file", "nul\0", "binary"])
def test_where_the_plugin_line_cannot_be_found(tmp_path: Path, filename: str | None) -> None:
    if filename == "binary":
        filename = str(tmp_path / "binary")
        Path(filename).write_bytes(b"\xff\xfe\x00")
    entries, options = parsed(OPENS)
    options["filename"] = filename

    _, (error,) = milestones(entries, options, "no dict")

    assert error.source == {"filename": filename or "<unknown>", "lineno": 0}


def test_a_directive_without_values_does_not_stop_pad(load: Load) -> None:
    loaded = load(LEDGER + '2026-02-02 custom "milestone"\n2026-02-03 custom "contract"\n')

    assert [line for line, _ in places(loaded)] == [10, 11]
    assert len(generated(loaded.entries)) == 1


def test_documents_move(load: Load) -> None:
    loaded = load(LEDGER + '  document: "a.pdf"\n  document-2: "b.pdf"\n  note: "c"\n')

    (directive,) = (entry for entry in loaded.entries if isinstance(entry, data.Custom))
    (transaction,) = generated(loaded.entries)
    assert "document" not in directive.meta
    assert "document-2" not in directive.meta
    assert directive.meta["note"] == transaction.meta["note"] == "c"
    assert transaction.meta["document"] == "a.pdf"
    assert transaction.meta["document-2"] == "b.pdf"


def test_unopened_accounts_give_one_error(load: Load) -> None:
    """Beancount's own error, on the contract's line; its directives are silent."""
    loaded = load(LEDGER.replace("2020-01-01 open Income:Design\n", ""))

    ((line, message),) = places(loaded)
    assert line == 3
    assert "Income:Design" in message
    assert generated(loaded.entries) == []


def test_accounts_that_a_later_plugin_opens(load: Load) -> None:
    loaded = load(
        'plugin "beancount_milestones"\nplugin "beancount.plugins.auto_accounts"\n'
        + CONTRACT.replace("milestone-all", "unbilled: Assets:Unbilled\n  milestone-all")
        + DONE
    )

    assert loaded.messages == []
    assert len(generated(loaded.entries)) == 1


def test_accounts_that_bean_check_opens(tmp_path: Path, bean_check: Command) -> None:
    path = tmp_path / "main.beancount"
    path.write_text(f'plugin "beancount_milestones"\n{CONTRACT}{DONE}', encoding="utf-8")

    result = bean_check("--auto", path)

    assert (result.returncode, result.stderr) == (0, "")


def test_errors_can_be_pickled(load: Load) -> None:
    loaded = load(LEDGER + DONE + DONE.replace("all", "al"))

    assert len(loaded.errors) == 2
    assert pickle.loads(pickle.dumps(loaded.errors)) == loaded.errors  # noqa: S301 - our own


def test_parse_errors_cause_no_others(load: Load) -> None:
    """A contract that did not load: its directives say so once."""
    loaded = load(LEDGER.replace("1,000.00 USD", "1,000.00 USD USD") + DONE + DONE)

    assert len(loaded.errors) == 2
    assert "may not have loaded" in loaded.messages[-1]


def test_other_parse_errors_stop_nothing(load: Load) -> None:
    loaded = load(LEDGER + "2026-02-02 * unquoted\n")

    assert len(loaded.errors) == 1
    assert len(generated(loaded.entries)) == 1


def test_the_schedules_file_is_watched_once(tmp_path: Path) -> None:
    """Beancount's cache and Fava look at the files in `include`."""
    (tmp_path / "plans.yaml").write_text("{}", encoding="utf-8")
    entries, options = parsed(OPENS)
    options["filename"] = str(tmp_path / "main.beancount")

    for _ in range(2):
        _, errors = milestones(entries, dict(options), "{'schedules': 'plans.yaml'}")
        assert errors == []

    assert options["include"].count(str(tmp_path / "plans.yaml")) == 1


def test_raw_processing(load: Load) -> None:
    loaded = load('option "plugin_processing_mode" "raw"\n' + LEDGER)

    assert loaded.messages == []
    assert len(generated(loaded.entries)) == 1


def test_bean_check_shows_file_and_line(tmp_path: Path, bean_check: Command) -> None:
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER + DONE, encoding="utf-8")

    result = bean_check(path)

    assert result.returncode == 1
    assert f"{path}:10:" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def _cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Beancount cache every load, however short it is."""
    monkeypatch.setattr(loader, "PICKLE_CACHE_THRESHOLD", 0.0)
    loader.initialize(use_cache=True)
    yield
    loader.initialize(use_cache=False)


@pytest.mark.usefixtures("_cache")
def test_the_cache_keeps_the_register(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(LEDGER)
    filename = first.options["filename"]
    # The second load may not run the plugin.
    monkeypatch.setattr(beancount_milestones, "milestones", None)

    second = Loaded(*loader.load_file(filename))

    assert (first.messages, second.messages) == ([], [])
    assert list(second.entries) == list(first.entries)
    register = of_register(second.options)
    assert register == of_register(first.options)
    assert isinstance(register, Register)
    assert register.contracts["brand"].milestones["all"].steps[0].state.earned == 1


@pytest.mark.usefixtures("_cache")
def test_a_register_that_other_files_have_made_is_made_again(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After a new version, the cache would bring back old figures."""
    before = cache.made_by()
    (tmp_path / "cache.py").touch()
    first = load(LEDGER)
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    assert cache.made_by() != before
    with pytest.raises(cache.OutdatedError, match="has changed since it was written"):
        cache.check(before)

    runs: list[object] = []

    def counted(
        entries: list[data.Directive], options: dict[str, Any], config: str | None = None
    ) -> object:
        runs.append(options)
        return milestones(entries, options, config)

    monkeypatch.setattr(beancount_milestones, "milestones", counted)
    for _ in range(2):
        loader.load_file(first.options["filename"])

    # The first made it again, the second has the cache of the first.
    assert len(runs) == 1


@pytest.mark.parametrize("collecting", [True, False])
def test_the_garbage_collector_is_left_as_it_was(load: Load, *, collecting: bool) -> None:
    try:
        (gc.enable if collecting else gc.disable)()
        load(LEDGER)
        assert gc.isenabled() is collecting
    finally:
        gc.enable()
