"""An edit of texts alone asks only for what shows texts, and gives what a clean build gives; any other edit goes the whole way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jiyue.base.cache import Cache
from jiyue.build.registry_cache import recall_registry
from jiyue.build.scanning import scan_all
from jiyue.render import engine
from jiyue.render.pages.signals import texts_of
from jiyue.render.pages.view import SiteView
from tests.support.commands import SETTLED
from tests.support.edits import Cluster, direct

SHORT: list[str] = []
"""The sites that were asked for their texts alone, since the last look."""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Built once; sites with what else shows texts, names places in them, or counts approvals."""

    def spied(view: SiteView) -> object:
        texts = texts_of(view)
        if texts is not None:
            SHORT.append(view.site.id)
        return texts

    monkeypatch.setattr(engine, "texts_of", spied)
    made = Cluster(tmp_path)
    made.sites["cc"]["feeds"] = "full"
    made.write_site("cc")
    made.article("cc", "yw", "d", "有小标题", "## 一\n\n甲。\n\n## 二\n\n乙。", "2024-05-01 10:00")
    made.article("cc", "yw", "e", "有海报", date="2025-05-01 10:00", poster=True)
    made.article("cc", "tzgg", "f", "公文", kind="document", doc_number="长府发〔2026〕1号")
    made.article("nong", "yw", "g", "指到小标题", "[二](h.md#二)", "2026-10-01 10:00")
    made.article("nong", "yw", "h", "被指到", "## 一\n\n甲。\n\n## 二\n\n乙。", "2026-10-02 10:00")
    made.article("nong", "yw", "i", "没有摘要也没有日子的文章", "正文里有：；两个标点。", "2026-10-03 10:00")
    time.sleep(SETTLED)
    with direct(tmp_path / "compiled"):
        made.build()
        SHORT.clear()
        yield made


def short() -> list[str]:
    found, SHORT[:] = sorted(SHORT), []
    return found


def test_the_text_of_news_is_asked_for_alone(cluster: Cluster) -> None:
    cluster.replace("content/cc/yw/d.md", "甲。", "甲、丙。")
    cluster.replace("content/nong/yw/b.md", "正文。", "别的正文。\n\n- 一\n- 二")
    cluster.build()
    assert short() == ["cc", "nong"]
    report = cluster.compare()
    assert report.opened == 0
    cluster.replace("content/cc/yw/d.md", "title: ", "updated: 2026-11-19\ntitle: ")
    cluster.compare()
    assert short() == []


WHOLE: dict[str, Callable[[Cluster], None]] = {
    "a title": lambda c: c.replace("content/nong/yw/b.md", "第二条新闻", "另一条新闻"),
    "a link more": lambda c: c.replace("content/nong/yw/b.md", "正文。", "[首页](/)"),
    "pictures in another order": lambda c: c.replace("content/nong/yw/a.md", "![图](p.png)\n\n", ""),
    "a document": lambda c: c.replace("content/cc/tzgg/f.md", "正文。", "别的正文。"),
    "a poster": lambda c: c.replace("content/cc/yw/e.md", "正文。", "别的正文。"),
    "an article that is pushed": lambda c: c.replace("content/nong/tzgg/c.md", "正文。", "别的正文。"),
    "a place that is linked to": lambda c: c.replace("content/nong/yw/h.md", "## 二", "## 三"),
    "a site with screens": lambda c: c.replace("content/czt/yw/b.md", "正文。", "别的正文。"),
    "a finding": lambda c: c.replace("content/nong/yw/i.md", "：；", "；"),
    "another article, too": lambda c: (
        c.replace("content/nong/yw/b.md", "正文。", "别的正文。"), c.article("nong", "yw", "j", "新的"))[0],
    "an attachment, too": lambda c: (
        c.replace("content/nong/yw/b.md", "正文。", "别的正文。"), c.write("content/nong/yw/q.png", b"x"))[0],
    "an article less": lambda c: (
        c.replace("content/nong/yw/b.md", "正文。", "别的正文。"), (c.root / "content/nong/yw/g.md").unlink())[0],
    "the clock": lambda c: (
        c.replace("content/nong/yw/b.md", "date: \"2026-11-02 10:00\"", "date: \"2026-11-02 10:00\"\nexpires: 2026-12-01"))
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_anything_else_goes_the_whole_way(cluster: Cluster, name: str) -> None:
    WHOLE[name](cluster)
    cluster.compare()
    assert short() == []


def test_an_edit_that_was_scanned_and_not_built_is_not_forgotten(cluster: Cluster) -> None:
    for n, path in enumerate(("content/nong/yw/b.md", "content/nong/yw/h.md")):
        cluster.replace(path, "。", f"，第{n}次。")
        if n == 0:
            options = cluster.options()
            cache = Cache(cluster.root / ".jiyue" / "store")
            scan_all(options, recall_registry(cluster.root, cache), cache, lambda *_: None)
    cluster.compare()
    assert short() == []


def test_an_output_that_someone_changed_is_made_whole(cluster: Cluster) -> None:
    cluster.replace("content/nong/yw/b.md", "正文。", "别的正文。")
    (cluster.output / "nong/index.html").unlink()
    cluster.compare()
    assert short() == []


def test_each_output_has_its_own_last_build(cluster: Cluster) -> None:
    other = cluster.base / "other"
    cluster.replace("content/nong/yw/b.md", "正文。", "别的正文。")
    cluster.build(output=other)
    cluster.replace("content/nong/yw/h.md", "甲。", "丙。")
    cluster.compare()
    assert short() == []


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_edits_gives_a_clean_build(cluster: Cluster, seed: int) -> None:
    rng = random.Random(seed)
    for step in range(8):
        for _ in range(rng.choice((1, 1, 1, 2))):
            path = rng.choice(cluster.files("*.md"))
            text = path.read_text("utf-8")
            match rng.randrange(10):
                case 0:
                    text = text if "summary:" in text else text.replace("title: ", f"summary: 摘要{step}\ntitle: ", 1)
                case 1:
                    text += f"\n## 小标题{step}\n\n{{#a{step}}}\n"
                case 2:
                    text += rng.choice(
                        ("\n![图](p.png)\n", "\n[附件](p.pdf)\n", "\n<b id=x>粗</b>\n", "\n[二](h.md#二)\n")
                    )
                case 3:
                    cluster.write(f"content/{rng.choice(sorted(cluster.sites))}/yw/n{step}.md", text)
                case _:
                    text = text.rstrip("\n") + f"\n\n第 {step} 次改的话{rng.choice('甲乙丙')}。\n"
            path.write_text(text, "utf-8")
        if rng.random() < 0.4:
            cluster.build(**({"output": cluster.base / "other"} if rng.random() < 0.3 else {}))
    cluster.article("cc", "yw", "z", "最后一篇")
    cluster.compare()
    short()
    cluster.replace("content/cc/yw/z.md", "正文。", "别的正文。")
    cluster.compare()
    assert short() == ["cc"]
