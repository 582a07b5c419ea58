"""`deploy:` as documented, with the command run from every possible working directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jiyue import PRODUCT_ROOT
from jiyue.publish.release.store import Store
from tests.support.cases import case_cluster
from tests.support.cluster import ClusterFolder
from tests.support.commands import PATIENCE, Ended, jiyue
from tests.support.publication import ARTICLE

DATE = ("--today", "2026-11-23T10:00")
SITE = "name: 长春市人民政府\nkind: prefecture\nurl: https://www.cc.example\n"


def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout


def run(
    *words: str, cwd: Path, code: int | None = 0, env: dict[str, str] | None = None, program: tuple[str, ...] = ()
) -> str:
    done: Ended | subprocess.CompletedProcess[str]
    if program:
        environment = {**os.environ, "PYTHONPATH": str(PRODUCT_ROOT), **(env or {})}
        done = subprocess.run(
            [*program, *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment
        )
    else:
        done = jiyue(*words, cwd=cwd, env=env and {"PYTHONPATH": str(PRODUCT_ROOT), **env})
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    assert code is None or done.returncode == code, said
    return said


def cluster(root: Path, deploy: str) -> Path:
    """A clone as a machine for publishing has it: the sources in git, nothing built."""
    folder = ClusterFolder(root)
    folder.write(
        {
            "sites/cluster.yaml": "name: 站群\nroot: cc\nsearch: off\n",
            "sites/cc.yaml": SITE + f"deploy: {deploy}\n",
            "content/cc/tzgg/n1.md": ARTICLE.format(n=1, more=""),
        }
    )
    return root


def by_make(root: Path) -> str:
    """`make publish` in the cluster's folder, of an environment that is set up."""
    (root / ".venv").symlink_to(sys.prefix)
    return run(cwd=root, program=("make", "-f", str(PRODUCT_ROOT / "Makefile"), "-o", "setup", "publish"))


def from_elsewhere(root: Path) -> str:
    run("build", "--root", root.name, *DATE, cwd=root.parent)
    return run("publish", "--root", root.name, *DATE, cwd=root.parent)


def from_within(root: Path) -> str:
    run("build", *DATE, cwd=root)
    return run("publish", *DATE, cwd=root)


def absolutely(root: Path) -> str:
    run("build", "--root", str(root), *DATE, cwd=Path("/"))
    return run("publish", "--root", str(root), *DATE, cwd=Path("/"))


WAYS = (by_make, from_elsewhere, from_within, absolutely)


def everywhere(*places: str) -> pytest.MarkDecorator:
    """Each place by each way; by default each place by one way, and each way with one place."""
    rows = [
        pytest.param(place, way, marks=() if n == m else pytest.mark.long)
        for n, place in enumerate(places)
        for m, way in enumerate(WAYS)
    ]
    return pytest.mark.parametrize(("place", "way"), rows)


@everywhere("./www", "../www")
def test_a_folder_counts_from_the_cluster(tmp_path: Path, place: str, way: Callable[[Path], str]) -> None:
    root = cluster(tmp_path / "clone", f"{{kind: folder, path: {place}}}")
    way(root)
    assert (Store(root / place).live_link("cc") / "index.html").is_file()
    text = run("serving", "nginx", "--no-tls", cwd=root)
    assert f'root "{(root / place).resolve()}/live/cc"' in text


@everywhere("./pages.git", "../pages.git", "file://{tmp}/pages.git", "{tmp}/pages.git")
def test_a_branch_is_written_from_everywhere(tmp_path: Path, place: str, way: Callable[[Path], str]) -> None:
    root = cluster(tmp_path / "clone", f"{{kind: git, remote: '{place.format(tmp=tmp_path)}', cname: true}}")
    bare = root / "pages.git" if place == "./pages.git" else tmp_path / "pages.git"
    git("init", "-q", "--bare", str(bare), cwd=tmp_path)
    assert "送出" in way(root)
    assert git("show", "gh-pages:CNAME", cwd=bare).strip() == "www.cc.example"
    assert "index.html" in git("ls-tree", "--name-only", "gh-pages", cwd=bare)


@pytest.mark.parametrize("way", [pytest.param(by_make, marks=pytest.mark.long), from_elsewhere])
def test_rsync_is_sent_from_everywhere(
    tmp_path: Path, way: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    root = cluster(tmp_path / "clone", f"{{kind: rsync, host: www@web, path: {tmp_path}/www, port: 2222}}")
    (tmp_path / "bin").mkdir()
    ssh = tmp_path / "bin/ssh"
    # runs the remote command locally: ssh -o BatchMode=yes -p 2222 [-l www] host command…
    ssh.write_text(
        "#!/bin/bash\n"
        'while [[ "$1" == -* ]]; do case "$1" in -o|-p|-l) shift 2;; *) shift;; esac; done\n'
        'shift\nexec bash -c "$*"\n'
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    way(root)
    assert (Store(tmp_path / "www").live_link("cc") / "index.html").is_file()


def test_true_is_the_sites_own_host(tmp_path: Path) -> None:
    """Case 38."""
    root = case_cluster("38", tmp_path).root
    git("init", "-q", "--bare", str(root / "pages.git"), cwd=root)
    shutil.rmtree(root / "output", ignore_errors=True)
    key = {"JIYUE_SIGNING_KEY": ""}
    (root / "sites/release-keys.yaml").unlink()
    run("build", *DATE, cwd=root, code=None)
    run("publish", *DATE, cwd=root, code=None, env=key)
    assert git("show", "gh-pages:CNAME", cwd=root / "pages.git").strip() == "www.cc.example"


def test_what_a_branch_holds_follows_its_settings(tmp_path: Path) -> None:
    """Case 46 and its kind: a setting counts also where the release is the one that is there already."""
    root, bare = cluster(tmp_path / "clone", "{kind: git, remote: ../pages.git}"), tmp_path / "pages.git"
    git("init", "-q", "--bare", str(bare), cwd=tmp_path)

    def count() -> int:
        return int(git("rev-list", "--count", "gh-pages", cwd=bare))

    from_within(root)
    files = git("ls-tree", "-r", "--name-only", "gh-pages", cwd=bare).split()
    page = next(p for p in files if p.startswith("tzgg/") and p.endswith(".html") and "index" not in p)
    article = root / "content/cc/tzgg/n1.md"
    article.write_text(ARTICLE.format(n=1, more="withdraw: {at: 2026-11-23, reason: 涉密}\n"))
    from_within(root)
    assert count() == 2
    run("publish", "--every", *DATE, cwd=root)
    assert count() == 2  # nothing new is no commit
    (root / "sites/cc.yaml").write_text(SITE + "deploy: {kind: git, remote: ../pages.git, history: false}\n")
    run("expunge", "cc", f"/{page}", cwd=root, code=1)  # what the host has to do is left
    assert count() == 1
    (root / "sites/cc.yaml").write_text(SITE + "deploy: {kind: git, remote: ../pages.git, history: off, cname: on}\n")
    run("publish", *DATE, cwd=root)
    assert count() == 1
    assert git("show", "gh-pages:CNAME", cwd=bare).strip() == "www.cc.example"
    article.write_text(ARTICLE.format(n=2, more=""))
    from_within(root)
    assert count() == 1


def test_a_wrong_number_is_told_by_check_and_the_other_site_goes_live(tmp_path: Path) -> None:
    """Case 79."""
    root = case_cluster("79", tmp_path).root
    (root / "sites/release-keys.yaml").unlink()
    assert "sites/cc.yaml:5: 错误 [site-field] 「deploy.keep」的值「三」不是允许的整数" in run(
        "check", cwd=root, code=1
    )
    run("build", *DATE, cwd=root, code=1)
    run("publish", *DATE, cwd=root, code=None)
    live = Store(root / "www")
    assert live.live_id("zz")
    assert live.live_id("jilin")
    assert not live.live_id("cc")
