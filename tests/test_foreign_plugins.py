"""Plugins from PyPI work unchanged in a site that enables them; other sites aren't affected."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.edits import Cluster, tree

OWN = """
from pelican import signals

seen = []

def retitle(generator):
    for article in generator.articles:
        if article.title == "第一条新闻":
            article.title = "插件改的标题"
        if article.title == "第二条新闻":
            article._content = article._content + "<p>插件加的一段</p>"

def pretaxonomy(generator):
    seen.extend(("pretaxonomy", a.title) for a in generator.articles)

def finalized(pelican):
    from pathlib import Path
    Path(pelican.output_path, "words.txt").write_text("\\n".join(sorted({f"{a} {b}" for a, b in seen})), "utf-8")

def written(path, context):
    if "article" in context:
        seen.append(("written", context["article"].url))

def register():
    signals.article_generator_pretaxonomy.connect(pretaxonomy)
    signals.article_generator_finalized.connect(retitle)
    signals.content_written.connect(written)
    signals.finalized.connect(finalized)
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    yield Cluster(tmp_path)


def connect(cluster: Cluster, site: str, *plugins: str) -> None:
    cluster.sites[site]["plugins"] = list(plugins)
    cluster.write_site(site)


def records(cluster: Cluster, site: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (cluster.output / site / "api/articles-2026.jsonl").read_text().splitlines()]


def test_a_sitemap_plugin_sees_every_article(cluster: Cluster) -> None:
    pytest.importorskip("pelican.plugins.sitemap")
    cluster.sites["cc"]["plugin_files"] = ["sitemap.xml"]
    connect(cluster, "cc", "sitemap")
    report = cluster.build()
    assert (report.failed, report.diagnostics) == ([], [])
    text = (cluster.output / "cc/sitemap.xml").read_text("utf-8")
    # it takes the place of our own: it names its change frequencies, and every page
    assert "<changefreq>" in text
    assert all(record["url"] in text for record in records(cluster, "cc"))
    assert "https://www.cc.example/yw/</loc>" in text
    assert "<changefreq>" not in (cluster.output / "nong/sitemap.xml").read_text("utf-8")


def test_what_a_plugin_writes_over_is_ours_again_and_told(cluster: Cluster) -> None:
    pytest.importorskip("pelican.plugins.sitemap")
    cluster.build()
    ours = tree(cluster.output)
    connect(cluster, "cc", "sitemap")
    report = cluster.build()
    assert report.failed == []
    (found,) = report.diagnostics
    assert (found.rule, found.severity, found.path) == ("plugin-overwrote", "warning", "sites/cc.yaml")
    assert found.message == "插件（sitemap）改写了 sitemap.xml，已换回平台的"
    assert found.hint == (
        "要用插件写的文件（网页除外），写 plugin_files: [sitemap.xml]；不要的，把那个插件从 plugins 里删去"
    )
    assert tree(cluster.output) == ours


RUDE = """
from pathlib import Path
from pelican import signals

def rewrite(path, context):
    Path(path).write_text("rewritten", "utf-8")

def done(pelican):
    for name in ("index.html", "robots.txt"):
        Path(pelican.output_path, name).unlink(missing_ok=True)

def register():
    signals.content_written.connect(rewrite)
    signals.finalized.connect(done)
"""


def test_pages_can_not_be_given_away(cluster: Cluster) -> None:
    cluster.build()
    ours = tree(cluster.output)
    cluster.write("plugins/rude.py", RUDE)
    cluster.sites["cc"]["plugin_files"] = ["index.html", "robots.txt"]
    connect(cluster, "cc", "rude")
    report = cluster.build()
    assert [d.rule for d in report.diagnostics] == ["plugin-overwrote"]
    left = tree(cluster.output)
    assert ours.pop("cc/robots.txt")
    assert left == ours


def test_a_plugin_does_not_write_into_what_was_released(cluster: Cluster) -> None:
    cluster.build()
    page = cluster.output / "cc/robots.txt"
    released = cluster.base / "released.txt"
    os.link(page, released)
    before = released.read_bytes()
    cluster.write("plugins/rude.py", RUDE.replace(".unlink(missing_ok=True)", ".write_text('rude')"))
    connect(cluster, "cc", "rude")
    cluster.build()
    assert released.read_bytes() == before == page.read_bytes()


def test_a_reading_time_plugin_gets_the_text(cluster: Cluster) -> None:
    pytest.importorskip("pelican.plugins.readtime")
    cluster.write(
        "plugins/probe.py",
        "from pelican import signals\n"
        "from pathlib import Path\n"
        "found = []\n"
        "def written(path, context):\n"
        "    found.extend([f'{a.title} {a.readtime}'] if (a := context.get('article')) else [])\n"
        "def done(pelican):\n"
        "    Path(pelican.output_path, 'times.txt').write_text('\\n'.join(found), 'utf-8')\n"
        "def register():\n"
        "    signals.content_written.connect(written)\n"
        "    signals.finalized.connect(done)\n",
    )
    cluster.article("cc", "yw", "long", "很长", body="字 " * 800)
    connect(cluster, "cc", "readtime", "probe")
    report = cluster.build()
    assert report.failed == [], report.diagnostics
    lines = (cluster.output / "cc/times.txt").read_text("utf-8").splitlines()
    times = dict(line.rsplit(" ", 1) for line in lines)
    assert set(times) == {r["title"] for r in records(cluster, "cc")}
    assert (int(times["第一条新闻"]), int(times["很长"]) > 1) == (0, True)  # it counts words between spaces


def test_what_a_plugin_changes_is_shown_and_what_it_writes_is_kept(cluster: Cluster) -> None:
    cluster.write("plugins/own.py", OWN)
    connect(cluster, "cc", "own")
    cluster.build()
    page = next(r for r in records(cluster, "cc") if r["title"] == "插件改的标题")
    html = (cluster.output / "cc" / page["url"].removeprefix("https://www.cc.example/")).read_text("utf-8")
    assert "<h1>插件改的标题</h1>" in html
    assert "插件改的标题" in (cluster.output / "cc/yw/index.html").read_text("utf-8")
    second = next(r for r in records(cluster, "cc") if r["title"] == "第二条新闻")
    html = (cluster.output / "cc" / second["url"].removeprefix("https://www.cc.example/")).read_text("utf-8")
    assert "<p>插件加的一段</p>" in html
    words = (cluster.output / "cc/words.txt").read_text("utf-8").splitlines()
    assert "pretaxonomy 第一条新闻" in words
    assert sum(word.startswith("written ") for word in words) == len(records(cluster, "cc"))
    assert "插件" not in (cluster.output / "nong/yw/index.html").read_text("utf-8")


def test_such_a_site_is_as_incremental_as_promised(cluster: Cluster) -> None:
    cluster.write("plugins/own.py", OWN)
    connect(cluster, "cc", "own")
    cluster.build()
    assert cluster.build().opened == 0
    cluster.replace("content/cc/yw/b.md", "正文。", "别的正文。")
    (cluster.output / "cc/strange.txt").write_text("left by somebody")
    report = cluster.build()
    assert set(report.reasons) == {"cc"}
    assert sum(r.rendered for r in report.results) == sum(r.pages for r in report.results)
    folder = cluster.base / "clean"
    cluster.build(output=folder, cache=False)
    assert tree(cluster.output) == tree(folder)
    connect(cluster, "cc")
    cluster.build()
    assert not (cluster.output / "cc/words.txt").exists()
    assert tree(cluster.output) == cluster.clean()[1]


def test_a_plugin_that_does_not_exist_fails_its_site_only(cluster: Cluster) -> None:
    connect(cluster, "cc", "no_such_plugin")
    report = cluster.build()
    assert report.failed == ["cc"]
    assert any("no_such_plugin" in d.message for d in report.diagnostics)
    assert (cluster.output / "nong/index.html").exists()
