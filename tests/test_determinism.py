"""Promise 4: equal sources give equal bytes, whatever the path, time zone, locale, number of processes or host."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.build import cluster as builds
from tests.support.edits import Cluster, direct, tree

LOCALES = ("C", "C.UTF-8", "zh_CN.UTF-8", "en_US.UTF-8", "tr_TR.UTF-8", "POSIX")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cluster, dict[str, bytes]]:
    """A cluster with articles of several kinds, and the result of a direct build in one process."""
    made = Cluster(tmp_path_factory.mktemp("plain"))
    for n in range(30):
        made.article("cc", "tzgg", f"n{n}", f"第{n}个通知", date="2026-11-05 10:00", keywords=["甲", "乙"][: n % 3])
    made.article("nong", "tzgg", "doc", "公文", kind="document", doc_number="农政发〔2026〕1号", created="2026-11-01")
    made.article("nong", "tzgg", "read", "解读", kind="interpretation", interprets="nong/tzgg/doc.md")
    made.article("nong", "zhuanti", "later", "以后的", publish_at="2026-11-20 09:01")
    report, files = made.clean()
    assert report.failed == []
    return made, files


def by_command(cluster: Cluster, output: Path, *args: str, **env: str) -> dict[str, bytes]:
    command = [
        sys.executable,
        "-m",
        "jiyue",
        "build",
        "--root",
        str(cluster.root),
        "--output",
        str(output),
        "--no-cache",
    ]
    run = subprocess.run(
        [*command, "--today", "2026-11-20T09:00", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return tree(output)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_time_zone_locale_and_jobs(plain: tuple[Cluster, dict[str, bytes]], tmp_path: Path, jobs: str) -> None:
    cluster, wanted = plain
    here, there = ("Asia/Shanghai", "C") if jobs == "1" else ("America/Los_Angeles", _another_locale())
    found = by_command(cluster, tmp_path / "out", "--jobs", jobs, TZ=here, LC_ALL=there, PYTHONHASHSEED=jobs)
    assert found == wanted


def test_another_path(plain: tuple[Cluster, dict[str, bytes]], tmp_path: Path) -> None:
    cluster, wanted = plain
    there = tmp_path / "另一个 目录" / "cluster"
    shutil.copytree(cluster.root, there)
    with direct(tmp_path / "compiled"):
        builds.build(cluster.options(root=there, output=tmp_path / "out", cache=False))
    assert tree(tmp_path / "out") == wanted


def test_a_site_parted_among_processes(
    plain: tuple[Cluster, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, wanted = plain
    monkeypatch.setattr("jiyue.render.engine.SHARD", 3)
    cluster.build(output=tmp_path / "out", cache=False, jobs=2)
    assert tree(tmp_path / "out") == wanted


def test_chosen_sites_are_as_in_the_whole(plain: tuple[Cluster, dict[str, bytes]], tmp_path: Path) -> None:
    cluster, wanted = plain
    with direct(tmp_path / "compiled"):
        cluster.build(output=tmp_path / "out", cache=False, sites=("nong",))
    assert tree(tmp_path / "out/nong") == {
        k.removeprefix("nong/"): v for k, v in wanted.items() if k.startswith("nong/")
    }


def _another_locale() -> str:
    """One that is installed here and sorts or spells unlike C, if there is one."""
    usual = locale.setlocale(locale.LC_ALL)
    try:
        for name in reversed(LOCALES):
            try:
                locale.setlocale(locale.LC_ALL, name)
                return name
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_ALL, usual)
    return "C.UTF-8"
