"""Files that appear and vanish during a scan are silently treated as absent, without a traceback."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiyue.base.cache import Cache
from jiyue.build.cluster import build
from jiyue.build.options import Options, Report
from jiyue.catalogue import scan
from jiyue.catalogue.stamps import stat_signature
from jiyue.preview.watcher import Live
from jiyue.registry.load import load_registry
from tests.support.cluster import ClusterFolder, new_cluster

SITE = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
ARTICLE = "---\ntitle: {title}\ndate: 2026-11-20 09:30\n---\n正文。\n"
FILES = [
    "tzgg/a.md", "tzgg/b.md", "tzgg/图.png", "tzgg/表.csv", "tzgg/deep/c.md", "tzgg/deep/d.txt", "zwgk/e.md", "files/f.pdf",
]  # fmt: skip


def cluster(root: Path) -> ClusterFolder:
    files = {f"content/cc/{path}": ARTICLE.format(title=f"关于{path}的通知") for path in FILES}
    return new_cluster(root, {"sites/cc.yaml": SITE, **files})


def scanned(root: Path) -> tuple[Any, ...]:
    result = scan.scan_site(root, load_registry(root).sites["cc"], Cache(None), None)
    return result.places, [row.source_path for row in result.rows], [str(d) for d in result.diagnostics], result.digest


@given(st.dictionaries(st.sampled_from(FILES), st.sampled_from(["listed", "asked", "stamped"])))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_file_that_vanishes_was_never_there(tmp_path_factory: pytest.TempPathFactory, gone: dict[str, str]) -> None:
    """Between the listing of its folder and the question for its size, or between that and its reading."""
    root = tmp_path_factory.mktemp("vanishing")
    cluster(root)
    base = root / "content/cc"
    without = root / "without"
    shutil.copytree(root / "content", without / "content")
    shutil.copytree(root / "sites", without / "sites")
    for path in gone:
        (without / "content/cc" / path).unlink()
    listing, walk = os.scandir, scan._walk

    def scandir(folder: Any) -> Any:
        entries = list(listing(folder))
        for path, when in gone.items():
            if when == "listed" and (base / path).parent == Path(folder):
                (base / path).unlink(missing_ok=True)
        return Entries(entries)

    def walked(*arguments: Any) -> Iterator[Any]:
        for found in walk(*arguments):
            for path, when in gone.items():
                if when == "asked" and str(base / path) == found[1]:
                    (base / path).unlink()
            yield found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan.os, "scandir", scandir)
        patch.setattr(scan, "_walk", walked)
        for path, when in gone.items():
            if when == "stamped":
                (base / path).unlink()
        found = scanned(root)
        stat_signature(root, "cc")
    assert found == scanned(without)


class Entries:
    """What os.scandir gives, made beforehand."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = iter(rows)

    def __iter__(self) -> Entries:
        return self

    def __next__(self) -> Any:
        return next(self.rows)

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.filterwarnings("ignore")  # the watcher's own
def test_the_watcher_outlives_what_comes_and_goes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back afterwards
    folder = cluster(tmp_path / "cluster")
    options = Options(folder.root, folder.root / "output", now="2026-11-23 10:00", jobs=1)
    reports: list[Report] = []
    live = Live(options, build(options), lambda report, _: reports.append(report))
    live.start()
    stop = time.monotonic() + seconds

    def churn(seed: int) -> None:
        draw, base = random.Random(seed), folder.root / "content/cc"
        while time.monotonic() < stop:
            below = base / f"d{seed}/e{draw.randrange(3)}/f{draw.randrange(3)}"
            try:
                below.mkdir(parents=True, exist_ok=True)
                file = below / f"x{draw.randrange(5)}.md"
                file.write_text(ARTICLE.format(title="临时的一件"))
                (below / "~part").write_text("x")
                (below / "~part").replace(below / "图.png")
                if draw.random() < 0.3:
                    file.rename(base / f"moved{seed}-{draw.randrange(9)}.md")
                if draw.random() < 0.4:
                    shutil.rmtree(base / f"d{seed}", ignore_errors=True)
                if draw.random() < 0.3:
                    for moved in base.glob(f"moved{seed}-*"):
                        moved.unlink(missing_ok=True)
            except OSError:
                continue
            time.sleep(draw.random() * 0.01)

    threads = [threading.Thread(target=churn, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folder.write({"content/cc/tzgg/a.md": ARTICLE.format(title="看得见的最后一次改动")})
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        pages = "".join(p.read_text("utf-8") for p in (folder.root / "output/cc/tzgg").glob("*.html"))
        if "看得见的最后一次改动" in pages:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the last edit was not built")
    assert live.observer
    live.observer.stop()
    assert [str(d) for report in reports for d in report.diagnostics if d.rule == "preview-build"] == []
    assert capfd.readouterr() == ("", "")
