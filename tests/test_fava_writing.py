"""What the page writes is whole or not there: killed, full, forbidden, linked."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from beancount_milestones.fava.writing import WritingError, inserted, replace_file
from tests.fava_site import RICH, Show


@pytest.mark.parametrize(
    ("content", "after_line", "expected"),
    [
        (b"a\nb\n", None, b"a\nb\n\nX\nY\n"),
        (b"a\nb", None, b"a\nb\nX\nY\n"),
        (b"", None, b"\nX\nY\n"),
        (b"a\nb\n", 1, b"a\nX\nY\n\nb\n"),
        (b"a\nb\n", 0, b"X\nY\n\na\nb\n"),
        (b"a\r\nb\r\n", 1, b"a\r\nX\r\nY\r\n\r\nb\r\n"),
        (b"a\r\nb\r\n", None, b"a\r\nb\r\n\r\nX\r\nY\r\n"),
        # What is no line end to Beancount stays.
        ("a\u2028\x0cb\n".encode(), None, "a\u2028\x0cb\n\nX\nY\n".encode()),
    ],
)
def test_a_text_goes_where_it_belongs(
    content: bytes, after_line: int | None, expected: bytes
) -> None:
    assert inserted(content, "X\nY\n", after_line) == expected


def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "real.beancount"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link.beancount"
    link.symlink_to(real)
    replace_file(link, b"new")

    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.beancount", "real.beancount"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "books.beancount"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WritingError) as failure:
        replace_file(path, b"new")

    assert str(failure.value) == (
        f"{path} could not be written (No space left on device); it is as it was"
    )
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(WritingError, match="No such file or directory"):
        replace_file(tmp_path / "none" / "books.beancount", b"new")


@pytest.mark.parametrize("moment", ["write", "fsync", "copymode", "replace"])
def test_whoever_is_killed_leaves_a_whole_file(tmp_path: Path, moment: str) -> None:
    """A process that ends in the middle, at each step: the file is the old one, to the byte."""
    path = tmp_path / "books.beancount"
    path.write_bytes(b"old")
    module = "shutil" if moment == "copymode" else "os"
    kill = f"{module}.{moment} = lambda *_: os._exit(9)"
    if moment == "write":
        kill = "os.fdopen = lambda *_: os._exit(9)"
    script = (
        "import os, shutil, pathlib\n"
        "from beancount_milestones.fava.writing import replace_file\n"
        f"{kill}\n"
        f"replace_file(pathlib.Path({str(path)!r}), b'new' * 100000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert done.returncode == 9
    assert path.read_bytes() == b"old"


def test_the_page_says_which_file_and_that_it_is_whole(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = show(RICH)
    form = site.form("completed", "acme-signs", "two")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    response = site.post(form.fields)

    assert "could not be written (No space left on device); it is as it was" in (
        response.get_data(as_text=True)
    )
    assert (tmp_path / "main.beancount").read_text(encoding="utf-8") == RICH


def test_where_fava_is_told_to_insert(show: Show, tmp_path: Path) -> None:
    """Fava's own option says where entries of an account go."""
    marker = '2020-01-01 custom "fava-option" "insert-entry" "Assets:Receivable:Core"\n'
    files = {"core.beancount": f"; Core\n{marker}; the end\n"}
    site = show(RICH + 'include "core.beancount"\n', files)
    form = site.form("payment", "core-tower", "base", amount="1")
    page = site.write(form)

    assert "Written." in page
    text = (tmp_path / "core.beancount").read_text(encoding="utf-8")
    assert text == f"; Core\n{form.texts[0]}\n{marker}; the end\n"
