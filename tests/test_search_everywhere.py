"""The index of all sites follows a change from the rows that changed, and equals one made of all rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiyue.render import search
from tests.support.edits import Cluster

ORIGIN = {"name": "农安", "url": "https://www.jl.example/nong/yw/b.html", "published": "2026-11-02"}


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of documents of the cluster's indexes that were made of all rows."""
    made: list[int] = []
    make = search.make

    def counted(rows: Any, root: Path, output: Any, folder: str, *more: Any) -> Any:
        if folder == search.CLUSTER:
            made.append(len(rows))
        return make(rows, root, output, folder, *more)

    monkeypatch.setattr(search, "make", counted)
    return made


def edit(cluster: Cluster) -> None:
    cluster.article("cc", "yw", "b", "第二条新闻", "改过的正文。", "2026-11-02 10:00")


def new(cluster: Cluster) -> None:
    cluster.article("nong", "yw", "n", "又一条新闻", date="2026-11-04 10:00")


def withdrawn(cluster: Cluster) -> None:
    (cluster.root / "content/cc/yw/b.md").unlink()


def several(cluster: Cluster) -> None:
    for change in (edit, new):
        change(cluster)
    cluster.article("jilin", "tzgg", "c", "改过的通知", date="2026-11-03 10:00", push_down="all")


def repost(cluster: Cluster) -> None:
    cluster.article("nong", "yw", "b", "第二条新闻", date="2026-11-02 10:00", slug="b")
    cluster.article("cc", "yw", "r", "转载的新闻", date="2026-11-05 10:00", repost_of=ORIGIN)


def synonyms(cluster: Cluster) -> None:
    name = "sites/cluster.yaml"
    declared = json.loads((cluster.root / name).read_text("utf-8"))
    cluster.write(name, json.dumps({**declared, "synonyms": [["新闻", "要闻"]]}, ensure_ascii=False))


def touched(cluster: Cluster) -> None:
    edit(cluster)
    (cluster.output / "jilin" / search.CLUSTER / "stray").write_text("")


def lost(cluster: Cluster) -> None:
    edit(cluster)
    for path in (cluster.root / ".jiyue/store/search").glob("_all.tokens"):
        path.unlink()


@pytest.mark.parametrize(
    ("change", "of_all"),
    [(edit, 2), (new, 2), (withdrawn, 2), (several, 2), (repost, 3), (synonyms, 3), (touched, 3), (lost, 3)],
)
def test_a_change_needs_the_changed_rows_alone_or_all_where_they_do_not_tell(
    tmp_path: Path, whole: list[int], change: Callable[[Cluster], None], of_all: int
) -> None:
    """of_all: indexes made of all rows: by the first build, by the clean one, and by that after the change."""
    cluster = Cluster(tmp_path)
    cluster.build()
    change(cluster)
    cluster.compare()
    assert len(whole) == of_all


def test_the_origin_of_a_repost_comes_and_goes(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    repost(cluster)
    cluster.build()
    origin = cluster.root / "content/nong/yw/b.md"
    text = origin.read_bytes()
    origin.unlink()
    cluster.compare()
    origin.write_bytes(text)
    cluster.compare()
