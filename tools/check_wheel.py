"""Build the wheel and use it as a user would: in clean virtual environments.

Without extras: no Fava comes along, bean-check and bean-milestones work, also with a schedules
file. With the extra `query`: bean-query has the milestones table. With the extra `fava`: the
Milestones page answers.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "ledger" / "main.beancount"
INVOICE = "INV-2026-011"
PACKAGE = "beancount_milestones"
EXTRAS_ONLY = {"beanquery", "fava", "flask"}
SDIST_FOLDERS = ("docs", "examples", "ledger", "tests")

SMALL_LEDGER = """\
plugin "beancount_milestones" "{'schedules': 'schedules.yaml'}"
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Work
2020-01-02 * "Acme" "Work"
  contract: "work"
  schedule: "two-steps"
  Assets:Receivable  100.00 USD
  Income:Work
2020-01-03 custom "milestone" "work" "half" "completed"
2020-01-04 balance Assets:Receivable  50.00 USD
"""
SCHEDULES = """\
two-steps:
  title: Two steps
  milestones:
    half: {share: 50%, after: 1 day, title: Half}
    whole: {share: rest, after: 2 days, title: Whole}
"""

PAGE = """\
import sys
from pathlib import Path

import beancount_milestones
from fava.application import create_app

assert Path(beancount_milestones.__file__).is_relative_to(sys.prefix), beancount_milestones
app = create_app([sys.argv[1]], load=True)
app.testing = True
slug = app.config["LEDGERS"].first_slug()
response = app.test_client().get(f"/{slug}/extension/Milestones/?time={sys.argv[2]}")
assert response.status_code == 200, response.status
text = response.get_data(as_text=True)
missing = [name for name in sys.argv[3:] if name not in text]
assert not missing, f"not on the page: {missing}"
"""


def main() -> int:
    """Run all checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", required=True, help="the day that the demo looks at")
    parser.add_argument("--fava", default="", help="a Fava version to install; empty is the newest")
    args = parser.parse_args()
    # Clean also means: nothing of the environment that runs this script.
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        os.environ.pop(name, None)

    with tempfile.TemporaryDirectory(prefix="check-wheel-") as name:
        folder = Path(name)
        sdist, wheel = build(folder / "dist")
        check_contents(sdist, wheel)
        check_plain(folder, wheel)
        check_query(folder, wheel)
        check_pdf(folder, wheel, args.as_of)
        check_fava(folder, wheel, args.as_of, args.fava)
    print("The wheel is good.")
    return 0


def build(folder: Path) -> tuple[Path, Path]:
    """Build the source distribution, and from it the wheel."""
    run(Path(sys.executable), "-m", "build", "--outdir", folder, ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def check_contents(sdist: Path, wheel: Path) -> None:
    """Every file of the package is in the wheel, and nothing else; the sdist has the rest."""
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    demand(names == package, f"the wheel differs from the package: {sorted(names ^ package)}")
    with tarfile.open(sdist) as tar:
        folders = {name.split("/")[1] for name in tar.getnames() if name.count("/") > 1}
    missing = [name for name in SDIST_FOLDERS if (ROOT / name).exists() and name not in folders]
    demand(not missing, f"the source distribution lacks {missing}")


def check_plain(folder: Path, wheel: Path) -> None:
    """Without extras: the plugin and the command work, and Fava stays away."""
    bin_dir = install(folder / "plain", str(wheel))
    unwanted = sorted(EXTRAS_ONLY & installed(bin_dir))
    demand(not unwanted, f"the plain wheel installs {unwanted}")

    ledger = folder / "small.beancount"
    ledger.write_text(SMALL_LEDGER, encoding="utf-8")
    (folder / "schedules.yaml").write_text(SCHEDULES, encoding="utf-8")
    run(bin_dir / "bean-check", ledger)
    status = run(bin_dir / "bean-milestones", "status", ledger, "--as-of", "2020-01-05")
    demand("half" in status, f"status does not name the milestone:\n{status}")


def check_query(folder: Path, wheel: Path) -> None:
    """With the extra `query`: bean-query has the milestones table."""
    bin_dir = install(folder / "query", f"{wheel}[query]")
    ledger = folder / "small.beancount"
    table = run(bin_dir / "bean-query", ledger, "SELECT contract, milestone FROM #milestones")
    demand("half" in table, f"bean-query does not name the milestone:\n{table}")


def check_pdf(folder: Path, wheel: Path, as_of: str) -> None:
    """With the extra `pdf`: an invoice of the demo ledger on paper."""
    bin_dir = install(folder / "pdf", f"{wheel}[pdf]")
    paper = folder / "invoice.pdf"
    run(bin_dir / "bean-milestones", "invoice", LEDGER, INVOICE, "--as-of", as_of, "-o", paper)
    demand(paper.read_bytes().startswith(b"%PDF"), "the invoice is not a PDF")


def check_fava(folder: Path, wheel: Path, as_of: str, version: str) -> None:
    """With the extra `fava`: the demo ledger, its reports and its page."""
    pin = [f"fava=={version}"] if version else []
    bin_dir = install(folder / "fava", f"{wheel}[fava]", *pin)
    run(bin_dir / "bean-check", LEDGER)
    rows = run(
        bin_dir / "bean-milestones", "outstanding", LEDGER, "--as-of", as_of, "--format", "csv"
    ).splitlines()
    demand(len(rows) > 1, "nothing is outstanding in the demo ledger")
    contracts = sorted({row.partition(",")[0] for row in rows[1:]})
    program = folder / "page.py"
    program.write_text(PAGE, encoding="utf-8")
    run(bin_dir / "python", program, LEDGER, as_of, *contracts)


def install(venv: Path, *packages: str) -> Path:
    """Make a virtual environment with these packages. Return its folder of programs."""
    run(Path(sys.executable), "-m", "venv", venv)
    bin_dir = venv / "bin"
    run(bin_dir / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q", *packages)
    return bin_dir


def installed(bin_dir: Path) -> set[str]:
    """Return the names of the installed packages."""
    listing = run(bin_dir / "python", "-m", "pip", "list", "--format", "freeze")
    return {line.partition("==")[0].lower() for line in listing.splitlines()}


def run(program: Path, *args: str | Path) -> str:
    """Run a program away from the checkout. Return what it prints."""
    print("$", program.name, *args, flush=True)
    result = subprocess.run(
        [program, *args],
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    demand(result.returncode == 0, f"exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def demand(condition: bool, message: str) -> None:  # noqa: FBT001
    """End with a message unless the condition holds."""
    if not condition:
        sys.exit(f"check_wheel: {message}")


if __name__ == "__main__":
    sys.exit(main())
