"""Walk through the demo ledger: check it, print its reports, show it in Fava."""

import argparse
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote_plus

from beancount import loader
from fava.util import slugify

ROOT = Path(__file__).resolve().parent.parent
LEDGER = Path("ledger", "main.beancount")
REPORTS = ("status", "unbilled", "outstanding")


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", required=True, help="the day that the reports look at")
    parser.add_argument("--port", default="5000", help="Fava's port")
    parser.add_argument("--no-serve", action="store_true", help="stop before starting Fava")
    args = parser.parse_args()

    steps = [["bean-check", str(LEDGER)]]
    steps += [["bean-milestones", name, str(LEDGER), "--as-of", args.as_of] for name in REPORTS]
    for step in steps:
        print("\n$", *step, flush=True)
        code = run(step)
        if code:
            print(f"{step[0]} ended with exit code {code}", file=sys.stderr)
            return code

    if args.no_serve:
        return 0
    print("\nThe milestones page (stop with Ctrl-C):", flush=True)
    print(f"  {page(args.port, args.as_of)}\n", flush=True)
    try:
        return run(["fava", "--port", args.port, str(LEDGER)])
    except KeyboardInterrupt:
        return 0


def run(command: list[str]) -> int:
    """Run a command of this virtual environment."""
    program = str(Path(sys.executable).parent / command[0])
    return subprocess.run([program, *command[1:]], cwd=ROOT, check=False).returncode


def page(port: str, as_of: str) -> str:
    """Return the address of the page, with a time filter that ends on the as-of date."""
    entries, _, options = loader.load_file(str(ROOT / LEDGER))
    slug = slugify(options["title"]) or slugify(str(ROOT / LEDGER))
    first = min((str(entry.date) for entry in entries), default=as_of)
    time = quote_plus(f"{first} - {as_of}")
    return f"http://localhost:{port}/{slug}/extension/Milestones/?time={time}"


if __name__ == "__main__":
    sys.exit(main())
