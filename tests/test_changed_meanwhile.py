"""A file that changes between its check and its rendering: unchecked content is never published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jiyue.base.verified_read import Changed, digest, read_verified
from jiyue.build import cluster as whole
from jiyue.build import cluster_search
from jiyue.build.options import Report
from tests.support.edits import Cluster, direct, png, tree
from tests.support.samples import pdf

UNSEEN = "没有人看过的话"


ARTICLE = f"---\ntitle: 第一条新闻\ndate: 2026-11-01 10:00\n---\n\n{UNSEEN}\n".encode()
CHANGES = {
    "body": ("content/nong/yw/a.md", ARTICLE),
    "attachment": ("content/nong/yw/p.pdf", pdf() + UNSEEN.encode()),
    "picture": ("content/nong/yw/p.png", png(7)),
    "gone": ("content/nong/yw/b.md", None),
}


class Restless(Cluster):
    """A cluster one of whose files changes during the next build, after it was judged. None: it is deleted."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(base)
        self.change: tuple[str, bytes | None] | None = None
        plan = whole.make_tasks

        def planned(*args: Any) -> Any:
            if self.change:
                (name, data), self.change = self.change, None
                (self.root / name).unlink() if data is None else self.write(name, data)
            return plan(*args)

        monkeypatch.setattr(whole, "make_tasks", planned)

    def built(self, forked: bool) -> Report:
        if forked:
            return self.build()
        with direct(self.base / "compiled"):
            return self.build()

    def shown(self) -> str:
        return "".join(p.read_text("utf-8") for p in self.output.rglob("*.html"))


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Restless:
    return Restless(tmp_path, monkeypatch)


def changed(report: Report) -> list[tuple[str, str]]:
    return [(d.path, d.site) for d in report.diagnostics if d.rule == "build-changed"]


@pytest.mark.parametrize("forked", [False, True])
@pytest.mark.parametrize("kind", CHANGES)
def test_what_changed_since_it_was_judged_does_not_go_out(cluster: Restless, kind: str, forked: bool) -> None:
    name, data = cluster.change = CHANGES[kind]
    report = cluster.built(forked)
    assert changed(report) == [(name, "nong")]
    assert report.failed == ["nong"], "others were stopped"
    assert data not in tree(cluster.output).values()
    assert UNSEEN not in cluster.shown()
    assert cluster.built(forked).failed == []
    assert tree(cluster.output) == cluster.clean()[1]


def test_a_pushed_article_that_changed_stops_the_sites_that_show_it(cluster: Restless) -> None:
    name = "content/jilin/tzgg/c.md"
    cluster.change = name, (cluster.root / name).read_bytes().replace("正文。".encode(), UNSEEN.encode())
    report = cluster.built(forked=False)
    assert sorted(changed(report)) == [(name, site) for site in sorted(report.failed)]
    assert set(report.failed) >= {"jilin", "cc", "nong"}
    assert UNSEEN not in cluster.shown()


def test_a_change_before_the_search_of_all_sites_is_told_too(
    cluster: Restless, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "content/cc/yw/a.md"

    def meanwhile(*_: Any) -> None:
        raise Changed(cluster.root / name)

    monkeypatch.setattr(cluster_search, "build_cluster_search", meanwhile)
    report = cluster.built(forked=False)
    assert report.failed == ["jilin"]
    assert changed(report) == [(name, "jilin")]


def test_judged_gives_what_was_judged_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"one")
    assert read_verified(path, digest(b"one")) == b"one"
    for change in (lambda: path.write_bytes(b"two"), path.unlink, path.mkdir):
        change()
        with pytest.raises(Changed) as found:
            read_verified(path, digest(b"one"))
        assert found.value.path == str(path)
