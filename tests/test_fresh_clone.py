"""A fresh clone, with a real installation, works as the README and docs/ci promise; also with local changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forges import PATH, git

ROOT = Path(__file__).parents[1]
NETWORK = ("PIP_", "SSL_", "REQUESTS_", "HTTP_", "HTTPS_", "NO_", "http_", "https_", "no_")
"""How this machine reaches a package index, if not by itself."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    git("clone", "-q", "--no-hardlinks", str(ROOT), str(tmp_path / "clone"), cwd=tmp_path)
    return tmp_path / "clone"


def run(clone: Path, command: str) -> str:
    """One command in an environment that holds nothing else."""
    home = clone.parent / "home"
    home.mkdir(exist_ok=True)
    reached = {name: value for name, value in os.environ.items() if name.startswith(NETWORK)}
    environment = {"HOME": str(home), "PATH": PATH, **reached}
    done = subprocess.run(
        ["sh", "-ec", command], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.long
def test_make_setup_in_an_empty_environment_is_all_that_is_needed(clone: Path) -> None:
    said = run(clone, "make setup")
    assert "个锁定的 Python 依赖（requirements/base.txt）" in said
    run(clone, "mkdir -p ci && cp docs/ci/jiyue-ci.sh ci/")
    assert "正在" not in run(clone, "sh ci/jiyue-ci.sh setup")
    assert "jiyue" in run(clone, ".venv/bin/jiyue version")
    assert "共 " in run(clone, "sh ci/jiyue-ci.sh build erdao")
    said = run(clone, "make build SITE=erdao")
    assert "共 " in said


@pytest.mark.long
def test_an_article_in_the_working_tree_turns_no_test_red(clone: Path) -> None:
    """As the README says how to write one, half done, and with files that nobody asked for."""
    folder = clone / "content/changchun/tzgg"
    (folder / "20990101-mine.md").write_text("---\ntitle: [没写完\ndate: 2099-01-01\n---\n手机 13912345678\n", "utf-8")
    (folder / "草稿.docx").write_bytes(b"x")
    (clone / "content/.DS_Store").write_bytes(b"x")
    one = next(path for path in sorted((clone / "content/jilin").rglob("*.md")))
    one.write_text("---\ntitle: 改到一半\n---\n", "utf-8")
    (clone / "sites/erdao.yaml").write_text("name: [\n", "utf-8")
    for name in ("node_modules", ".venv"):
        if (ROOT / name).exists():
            (clone / name).symlink_to(ROOT / name)
    tests = [
        "tests/test_demonstration.py",
        "tests/test_machine_demo.py",
        "tests/test_schemas.py",
        "tests/test_rule_pages.py",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not long", *tests], cwd=clone, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(clone)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
