"""Who leaves keeps the books: `bean-milestones print`."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount
from click.testing import CliRunner, Result

from beancount_milestones import cli, export
from beancount_milestones.model import of_register
from tests.receivables import ACME, HEAD, billed, ledger
from tests.support import Command, Load, Loaded
from tests.wrong import KINDS

ROOT = Path(__file__).parent.parent
BOOKS = [*sorted((ROOT / "examples").glob("*.beancount")), ROOT / "ledger" / "main.beancount"]
#: A place in the steps that the printed text begins with.
PLACE = re.compile(r"^;;      (.+?):(\d+) +(?:proposed )?(?:contract|change order) ", re.MULTILINE)


def printed(loaded: Loaded) -> str:
    register = of_register(loaded.options)
    assert register
    return export.text(register, loaded.options)


def without_transaction(lines: list[str], lineno: int) -> None:
    """Comment out a transaction: its first line, and what is indented under it."""
    assert re.match(r"\d{4}", lines[lineno - 1]), lines[lineno - 1]
    end = lineno
    while end < len(lines) and re.match(r"[ \t]+\S", lines[end]):
        end += 1
    for index in range(lineno - 1, end):
        lines[index] = "; " + lines[index]


def leave(book: Path, text: str, folder: Path) -> Loaded:
    """Do what the text says, on a copy, and load what is left."""
    for path in book.parent.glob("*.beancount"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for name, lineno in PLACE.findall(text):
        lines = (folder / name).read_text(encoding="utf-8").split("\n")
        without_transaction(lines, int(lineno))
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    top = folder / book.name
    kept = [
        line
        for line in top.read_text(encoding="utf-8").split("\n")
        if not re.match(r'plugin\s+"beancount_milestones|.*"beancount_milestones\.fava"', line)
    ]
    (folder / "printed.beancount").write_text(text, encoding="utf-8")
    top.write_text("\n".join([*kept, 'include "printed.beancount"', ""]), encoding="utf-8")
    return Loaded(*loader.load_file(str(top)))


Balances = dict[tuple[str, str], Decimal]


def balances(entries: Iterable[data.Directive]) -> dict[datetime.date, Balances]:
    """What every account holds at the end of every day that has a transaction."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    days: dict[datetime.date, Balances] = {}
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                sums[posting.account, posting.units.currency] += posting.units.number
            days[entry.date] = {key: number for key, number in sums.items() if number}
    return days


def assert_the_same(before: Loaded, after: Loaded) -> None:
    """The same balances on every date on which either has a transaction."""
    one, two = balances(before.entries), balances(after.entries)
    held: list[Balances] = [{}, {}]
    for day in sorted(one | two):
        held = [one.get(day, held[0]), two.get(day, held[1])]
        assert held[0] == held[1], day


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_all_balances_stay_as_they_are(book: Path, tmp_path: Path) -> None:
    before = Loaded(*loader.load_file(str(book)))
    text = printed(before)

    after = leave(book, text, tmp_path)

    assert after.messages == []
    assert "milestones" not in after.options
    # The shortest of them books on three days.
    assert len(balances(before.entries)) >= 3
    assert_the_same(before, after)


@pytest.mark.parametrize("book", KINDS, ids=lambda path: path.stem)
def test_so_they_do_where_the_ledger_has_errors(book: Path, tmp_path: Path) -> None:
    before = Loaded(*loader.load_file(str(book)))

    assert_the_same(before, leave(book, printed(before), tmp_path))


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_every_contract_transaction_is_named_and_noted(book: Path) -> None:
    loaded = Loaded(*loader.load_file(str(book)))
    text = printed(loaded)

    orders = [
        entry
        for entry in loaded.transactions
        if "contract" in entry.meta
        and all(not p.units or not p.units.number for p in entry.postings)
        and "event" not in entry.meta
    ]
    places = {(Path(entry.meta["filename"]).name, str(entry.meta["lineno"])) for entry in orders}
    assert set(PLACE.findall(text)) == places
    assert len(re.findall(r"^\d{4}-\d\d-\d\d note ", text, re.MULTILINE)) == len(orders)


# ---------------------------------------------------------------- the text

CONTRACT = """
2026-01-01 * "Acme \\"the\\" \\\\ Co" "Brand" #design ^brand-2026
  contract: "acme.1"
  terms: "net 30"
  document: "contract.pdf"
  milestone-one: "1/3 2026-02-01 First, at last"
  milestone-two: "rest"
  ! Assets:Receivable  1000.0000001 EUR @@ 1234.56 USD
    project: "P \\"1\\""
  Liabilities:VAT
  Income:Design  -1000.000 USD
"""


def transactions(text: str) -> list[data.Transaction]:
    """What the text is, without the directives of the user."""
    entries, errors, _ = loader.load_string(HEAD.replace("plugin", ";") + text)
    assert errors == []
    return [entry for entry in entries if isinstance(entry, data.Transaction)]


def bare(entry: data.Transaction) -> data.Transaction:
    """A transaction without its places."""

    def of_user(meta: data.Meta | None) -> data.Meta:
        return {
            key: value
            for key, value in (meta or {}).items()
            if key not in {"filename", "lineno"} and not key.startswith("__")
        }

    found = [posting._replace(meta=of_user(posting.meta)) for posting in entry.postings]
    return entry._replace(meta=of_user(entry.meta), postings=found)


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ('"Acme" "Brand"', "Contract acme with Acme: Brand. Milestones: "),
        ('"Brand"', "Contract acme: Brand. Milestones: "),
        ('"Acme" ""', "Contract acme with Acme. Milestones: "),
        ('""', "Contract acme. Milestones: "),
    ],
)
def test_a_note_says_what_there_is_of_client_and_narration(first: str, title: str) -> None:
    text = printed(ledger(ACME.replace('"Acme" "Brand"', first)))

    assert f'note Assets:Receivable "{title}' in text
    assert f"  {title[0].lower()}{title[1:].partition('. ')[0]}\n" in text


def test_nothing_is_lost_of_what_is_booked() -> None:
    loaded = ledger(
        CONTRACT,
        """
        2026-02-03 custom "milestone" "acme.1" "one" "completed"
          invoice: "2026/042"
          due: 2026-02-28
          document: "bill.pdf"
          weight: 0.0000001
          sum: 1,000.10 USD
          yes: TRUE
          no: FALSE
          seen: 2026-02-04
          told: "A \\"word\\" and a \\\\"
          empty:
          holder: Assets:Bank
          kind: #tagged
          coin: USD
        """,
    )
    expected = [bare(entry) for entry in loaded.transactions if "event" in entry.meta]
    assert len(expected[0].meta) == 5 + 10 + 1

    assert [bare(entry) for entry in transactions(printed(loaded))] == expected


def test_all_digits_are_written() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Brand"
          contract: "acme"
          milestone-one: "1/3"
          milestone-two: "rest"
          Assets:Receivable  123456789012345678.123456789 USD
          Income:Design
        2026-02-03 custom "milestone" "acme" "one" "completed"
        2026-02-04 * "Coffee"
          Assets:Bank  1 USD
          Income:Fees
        """
    )

    assert " 41152263004115226.041152263 USD\n" in printed(loaded)


def test_a_note_tells_what_the_contract_said() -> None:
    text = printed(
        ledger(
            CONTRACT,
            """
            2026-01-05 * "Acme" "More,
              and more"
              contract: "acme.1"
              client: "Acme \\"the\\" \\\\ Co"
              milestone-less: "100%"
              Assets:Receivable  -100.00 USD
              Income:Design
            2026-01-06 ! "Acme" "Perhaps"
              contract: "acme.1"
              client: "Acme \\"the\\" \\\\ Co"
              milestone-perhaps: "100% 2026-03-01"
              Income:Design      -5000.00 USD
              Assets:Receivable
            2026-01-07 ! "Bolt" ""
              contract: "bolt"
              milestone-all: "100%"
              Assets:Receivable  1.00 USD
              Income:Design
            """,
        )
    )

    notes = re.findall(r"^\d{4}-\d\d-\d\d note .*$", text, re.MULTILINE)
    assert notes == [
        (
            r'2026-01-01 note Assets:Receivable "Contract acme.1 with Acme \"the\" \\ Co: Brand.'
            " Milestones: one 411.520 USD, target 2026-02-01, First, at last;"
            ' two 823.040 USD." #design ^acme.1 ^brand-2026'
        ),
        (
            r'2026-01-05 note Assets:Receivable "Change order of contract acme.1 with'
            r' Acme \"the\" \\ Co: More, and more. Milestones: less -100.00 USD." ^acme.1'
        ),
        (
            r'2026-01-06 note Assets:Receivable "Proposed change order of contract acme.1 with'
            r" Acme \"the\" \\ Co: Perhaps. Milestones: perhaps 5,000.00 USD,"
            ' target 2026-03-01." ^acme.1'
        ),
        (
            '2026-01-07 note Assets:Receivable "Proposed contract bolt with Bolt.'
            ' Milestones: all 1.00 USD." ^bolt'
        ),
    ]
    assert '  document: "contract.pdf"\n' in text
    assert '  terms: "net 30"\n' in text


def test_a_contract_without_a_receivable_is_noted_on_its_first_account() -> None:
    text = printed(
        ledger(
            """
            2026-01-01 * "Joiner" "Cases"
              contract: "cases"
              milestone-all: "100%"
              Expenses:CardFees  100.00 USD
              Liabilities:VAT
            """
        )
    )

    assert "2026-01-01 note Expenses:CardFees " in text


def test_what_another_plugin_has_put_there_is_left_out() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed INV-1"))
    register = of_register(loaded.options)
    assert register
    (entry,) = (entry for entry in register.entries if "event" in entry.meta)
    assert isinstance(entry, data.Transaction)
    entry.meta["strange"] = {"a": "dict"}
    entry.postings[0] = entry.postings[0]._replace(meta=None)

    (found,) = transactions(printed(loaded))

    assert "strange" not in found.meta
    assert found.postings[0].units == Amount(Decimal("1000.00"), "USD")


def test_a_ledger_elsewhere_is_named_in_full(load: Load) -> None:
    loaded = load({"main.beancount": HEAD + ACME})
    name = loaded.options["filename"]
    loaded.options["filename"] = "/elsewhere/main.beancount"

    assert f";;      {name}:" in printed(loaded)


# ---------------------------------------------------------------- the command


def run(book: Path) -> Result:
    return CliRunner().invoke(cli.main, ["print", str(book)])


def test_the_command_prints_it(tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    book.write_text(HEAD + ACME + billed("2026-02-01 one completed INV-1"), encoding="utf-8")

    result = run(book)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == printed(Loaded(*loader.load_file(str(book))))


def test_without_contracts_there_is_nothing_to_print(tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    book.write_text(HEAD, encoding="utf-8")

    result = run(book)

    assert result.exit_code == 0
    assert result.stdout.startswith(";; There is no contract in this ledger")


def test_errors_are_told_and_the_text_is_printed(tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    wrong = billed("2026-02-01 one finished")
    book.write_text(HEAD + ACME + wrong, encoding="utf-8")

    result = run(book)

    assert result.exit_code == 1
    assert "finished" in result.stderr
    assert "note Assets:Receivable" in result.stdout


def test_bean_check_accepts_it(
    tmp_path: Path, bean_milestones: Command, bean_check: Command
) -> None:
    result = bean_milestones("print", ROOT / "examples" / "accrual-ifrs15.beancount")
    assert result.returncode == 0
    accounts = 'plugin "beancount.plugins.auto_accounts"\n'
    (tmp_path / "left.beancount").write_text(accounts + result.stdout, encoding="utf-8")

    checked = bean_check(tmp_path / "left.beancount")

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_renamed_roots_load_again_by_themselves(load: Load) -> None:
    text = """\
    option "name_assets" "Vermoegen"
    option "name_income" "Ertraege"
    plugin "beancount_milestones"
    2026-01-01 open Vermoegen:Forderungen
    2026-01-01 open Ertraege:Design
    2026-01-05 * "Acme" "Logo"
      contract: "logo"
      milestone-all: "100%"
      Vermoegen:Forderungen  100.00 EUR
      Ertraege:Design
    2026-02-05 custom "milestone" "logo" "all" "completed"
    """
    first = load(text)
    register = of_register(first.options)
    assert register
    shown = export.text(register, first.options)
    opens = "2026-01-01 open Vermoegen:Forderungen\n2026-01-01 open Ertraege:Design\n"
    again = load(shown + opens)

    assert shown.count("option ") == 2
    assert again.messages == []
    assert [entry.date.isoformat() for entry in again.transactions] == ["2026-02-05"]
