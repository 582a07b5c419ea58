"""Whatever is broken in one site, it is reported without a traceback, and the other sites go live."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cluster import ClusterFolder
from tests.support.publication import Live, two_sites

pytestmark = pytest.mark.filterwarnings("ignore:'click.utils:DeprecationWarning")  # typer imports it

JUNK = b'\xff\xfe{"\x00'
"""No UTF-8, no JSON, no link."""


def _replace(path: Path, data: bytes | None) -> None:
    """Other bytes, or a folder, where a file or link was."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if data is None:
        (path / "in the way").mkdir(parents=True)
    else:
        path.write_bytes(data)


PLACES = [
    "sites/ledger/cc.txt", ".jiyue/releases/state/cc.json", ".jiyue/releases/journal/cc.jsonl",
    ".jiyue/releases/verified/cc.json", ".jiyue/releases/live/cc", ".jiyue/releases/releases/cc",
    "www/live/cc", "www/releases/cc", "www/journal/cc.jsonl", "output/cc/index.html", "output/cc",
]  # fmt: skip
WORDS = ['{"last": 7, "well": true, "back": "x"}', "", "null", "[]", "7", "{}"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published cluster whose two sites were built again since; the paths of its targets are relative to its folder."""
    root = tmp_path_factory.mktemp("prepared") / "cluster"
    live = two_sites(root)
    for name in ("cc", "jilin"):
        path = root / f"sites/{name}.yaml"
        path.write_text(path.read_text().replace(str(root / "www"), "www"))
    live.write("n2", 2, "summary: 长春改过的摘要\n")
    live.write("n1", 11, "summary: 省里照常\n", site="jilin")
    live.run("build")
    return root


def run(root: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command in this process and return its output. Any exception but SystemExit would have been a traceback."""
    from typer.main import get_command  # noqa: PLC0415

    from jiyue.cli.app import application  # noqa: PLC0415

    with pytest.raises(SystemExit) as ended:
        get_command(application()).main([*words, "--root", str(root)], prog_name="jiyue")
    assert ended.value.code in (0, 1, 2, None), words
    said = capsys.readouterr()
    return said.out + said.err


def stops_no_other(
    prepared: Path, to: Path, breaks: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    root = to / "cluster"
    shutil.copytree(prepared, root, symlinks=True)
    breaks(root)
    today = ("--today", "2026-11-23T10:00")
    for words in (("publish", "--dry-run"), ("publish",), ("publish", "--every")):
        run(root, *words, *today, capsys=capsys)
    live = Live(ClusterFolder(root))
    assert "省里照常" in live.texts("jilin")
    for words in (
        ("serving", "nginx"),
        ("verify",),
        ("schedule", *today),
        ("rollback", "cc", *today),
        ("rollback", "jilin", *today),
    ):
        run(root, *words, capsys=capsys)


@pytest.mark.parametrize(
    ("place", "data"),
    [
        pytest.param(place, data, marks=() if (n, data) in ((0, JUNK), (5, None)) else pytest.mark.long)
        for n, place in enumerate(PLACES)
        for data in (JUNK, None)
    ],
)
def test_a_broken_file_of_one_site(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, data: bytes | None
) -> None:
    stops_no_other(prepared, tmp_path, lambda root: _replace(root / place, data), capsys)


@pytest.mark.parametrize("words", [*(pytest.param(w, marks=pytest.mark.long) for w in WORDS[1:]), WORDS[0]])
def test_a_memory_that_says_something_else(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    def breaks(root: Path) -> None:
        for place in ("state/cc.json", "journal/cc.jsonl", "verified/cc.json"):
            _replace(root / ".jiyue/releases" / place, words.encode())

    stops_no_other(prepared, tmp_path, breaks, capsys)
