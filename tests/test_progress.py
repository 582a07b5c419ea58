"""The progress of `make test`: occasional lines in Chinese, with one process and with several."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.parametrize("n", range(40))
def test_well(n): pass

def test_skipped(): pytest.skip("no need")

def test_wrong(): assert False
"""


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_progress_is_told_in_lines(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.progress",
        "-q",
        "-c",
        str(tmp_path / "pytest.ini"),
        *more,
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "共 42 项测试，开始运行。" in lines
    told = [re.fullmatch(r"已完成 (\d+)/42（(\d+)%），失败 [01]，用时 (?:\d+ 分 )?\d+ 秒", line) for line in lines]
    counts = [int(found[1]) for found in told if found]
    assert counts == sorted(counts)
    assert counts[-1] == 42
    assert 10 <= len(counts) <= 42  # about twenty, and one a minute where the machine is busy
    (failure,) = [line for line in lines if line.startswith("失败：")]
    assert failure.endswith("test_some.py::test_wrong")
    assert any(re.fullmatch(r"共 42 项：通过 40，失败 1，跳过 1，用时 (?:\d+ 分 )?\d+ 秒。", line) for line in lines)
    assert not re.search(r"^[.sF]+ *(\[ *\d+%\])?$", done.stdout, re.MULTILINE)


def test_a_log_has_each_line_at_once(tmp_path: Path) -> None:
    (tmp_path / "test_waits.py").write_text(
        "import time\nfrom pathlib import Path\n"
        "def test_waits():\n"
        "    for _ in range(600):\n"
        "        if Path(__file__).with_name('go').exists():\n"
        "            return\n"
        "        time.sleep(0.1)\n"
        "    raise AssertionError\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.progress", "-q", "-c", str(tmp_path / "pytest.ini")]
    root = Path(__file__).parents[1]
    with subprocess.Popen([*command, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        for line in run.stdout:
            if line.startswith("共 1 项测试"):
                (tmp_path / "go").touch()
                break
        rest = run.stdout.read()
    assert run.returncode == 0, rest
    assert "已完成 1/1（100%）" in rest
