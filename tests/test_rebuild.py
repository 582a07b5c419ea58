"""Each kind of change rebuilds exactly what it must, and the build reports why."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiyue.build.options import Report
from jiyue.catalogue.read import stable_id
from tests.support.commands import SETTLED
from tests.support.edits import EXTRA, Cluster, direct


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Built once, and settled."""
    made = Cluster(tmp_path, search="off")
    time.sleep(SETTLED)
    with direct(tmp_path / "compiled"):
        made.build()
        yield made


def stamps(cluster: Cluster) -> dict[str, int]:
    return {str(p.relative_to(cluster.output)): p.stat().st_mtime_ns for p in cluster.output.rglob("*")}


def rendered(report: Report) -> dict[str, list[str]]:
    """Site -> pages that were rendered again; spliced ones left out."""
    found = {r.site: sorted(p for p, why in r.reasons.items() if why != "只有外框变了") for r in report.results}
    assert {r.site: r.rendered for r in report.results} == {site: len(pages) for site, pages in found.items()}
    return {site: pages for site, pages in found.items() if pages}


def test_nothing_changed_opens_no_site_and_touches_no_file(cluster: Cluster) -> None:
    before = stamps(cluster)
    report = cluster.build()
    assert (report.opened, report.results, report.reasons) == (0, [], {})
    assert stamps(cluster) == before


def test_touched_sources_change_nothing(cluster: Cluster) -> None:
    before = stamps(cluster)
    for path in cluster.files():
        path.touch()
    assert cluster.build().opened == 0
    assert stamps(cluster) == before


def page_of(cluster: Cluster, site: str, source: str) -> str:
    folder, _, name = source.rpartition("/")
    return f"{folder}/{stable_id(site, folder, name)}.html"


def test_a_body_is_one_page(cluster: Cluster) -> None:
    cluster.replace("content/cc/yw/b.md", "正文。", "别的正文。")
    before = stamps(cluster)
    report = cluster.build()
    assert report.reasons == {"cc": "本站内容变了"}
    page = page_of(cluster, "cc", "yw/b.md")
    assert rendered(report) == {"cc": [page]}
    changed = {path for path, stamp in stamps(cluster).items() if before.get(path) != stamp}
    # the open data names each source's digest
    assert changed - {"cc/api", "cc/yw", "_cluster"} == {f"cc/{page}", "cc/api/articles-2026.jsonl", "cc/api/site.json"}


def test_a_title_is_its_page_and_where_it_is_listed(cluster: Cluster) -> None:
    cluster.replace("content/nong/yw/b.md", "第二条新闻", "改过的标题")
    report = cluster.build()
    page = page_of(cluster, "nong", "yw/b.md")
    assert rendered(report) == {"nong": sorted([page, "index.html", "sitemap.html", "yw/index.html"])}


def test_a_style_splices_every_page_and_renders_none(cluster: Cluster) -> None:
    path = cluster.root / "themes/gov/static/base.css"
    path.write_text(path.read_text("utf-8") + "\np { order: 1 }\n", "utf-8")
    report = cluster.build()
    assert set(report.reasons.values()) == {"主题变了"}
    assert rendered(report) == {}
    assert all(r.spliced == r.pages for r in report.results)
    assert len(report.results) == 4


def test_a_template_renders_its_kind_of_page_only(cluster: Cluster) -> None:
    cluster.replace("themes/gov/templates/column.html", "{% block main %}", "{% block main %}<p>新</p>")
    report = cluster.build()
    pages = rendered(report)
    assert {p.rpartition("/")[2] for found in pages.values() for p in found} == {"index.html"}
    assert {p for found in pages.values() for p in found} == {"yw/index.html", "tzgg/index.html"}
    assert all(r.spliced == 0 for r in report.results)


def test_a_component_that_several_templates_include(cluster: Cluster) -> None:
    part = "themes/gov/templates/components/footer/template.html"
    cluster.replace(part, "</footer>", "<p>新</p></footer>")
    report = cluster.build()
    assert rendered(report) == {}
    assert sum(r.spliced for r in report.results) == sum(r.pages for r in report.results)


def test_a_superior_s_name_changes_its_subordinates_shells(cluster: Cluster) -> None:
    cluster.sites["cc"]["name"] = "长春市政府"
    cluster.write_site("cc")
    report = cluster.build()
    assert report.reasons["nong"] == "上级、同级或下级站点、推送来的文章变了"
    nong = next(r for r in report.results if r.site == "nong")
    assert nong.spliced > 0
    # its own pages only get the new shell, the home page names the superior itself
    assert [p for p in rendered(report)["nong"] if p.startswith("yw/")] == []


def test_a_headline_of_the_portal_changes_home_pages_only(cluster: Cluster) -> None:
    cluster.replace("content/jilin/yw/a.md", "第一条新闻", "省里的新标题")
    report = cluster.build()
    pages = rendered(report)
    assert {site: report.reasons[site] for site in ("cc", "nong", "czt")} == dict.fromkeys(
        ("cc", "nong", "czt"), "门户推荐栏目变了"
    )
    assert all(pages[site] == ["index.html"] for site in ("cc", "nong", "czt"))


def test_a_pushed_article_is_rendered_where_it_arrived(cluster: Cluster) -> None:
    cluster.replace("content/cc/tzgg/c.md", "正文。", "新的通知正文。")
    report = cluster.build()
    assert set(report.reasons) == {"cc", "nong"}
    assert report.reasons["nong"] == "推送来的文章变了"
    assert len(rendered(report)["nong"]) == 1


def test_an_embargo_that_passes_opens_its_site_and_the_root_that_shows_the_newest(cluster: Cluster) -> None:
    cluster.article("czt", "tzgg", "later", "到时才发", publish_at="2026-11-25 12:00")
    time.sleep(SETTLED)
    cluster.build()
    page = page_of(cluster, "czt", "tzgg/later.md")
    assert not (cluster.output / "czt" / page).exists()
    cluster.now = "2026-11-25 11:59"
    assert cluster.build().opened == 0
    cluster.now = "2026-11-25 12:00"
    report = cluster.build()
    assert report.reasons == {"czt": "时间（到期、定时或撤稿）变了", "jilin": "全站群的站点和最新文章变了"}
    assert (cluster.output / "czt" / page).exists()


def test_an_expired_pushed_article_leaves_every_site(cluster: Cluster) -> None:
    cluster.replace("content/jilin/tzgg/c.md", "push_down", "expires: 2026-11-22 00:00\npush_down")
    cluster.build()
    cluster.now = "2026-11-22 00:00"
    report = cluster.build()
    assert set(report.reasons) == {"jilin", "cc", "nong", "czt"}
    assert all(r.removed >= 1 for r in report.results)


def test_a_new_site_is_built_and_its_neighbours_name_it(cluster: Cluster) -> None:
    cluster.sites["dehui"] = dict(EXTRA, profile="full")
    cluster.write_site("dehui")
    cluster.article("dehui", "yw", "a", "新站第一篇")
    report = cluster.build()
    assert report.reasons["dehui"] == "第一次构建，或上次没有完成"
    # the superior links it, the sibling too, the portal lists every site of the cluster; the department knows nothing of it
    assert set(report.reasons) == {"dehui", "cc", "nong", "jilin"}
    assert rendered(report)["jilin"] == ["sites.html"]


def test_a_page_deleted_by_hand_comes_back(cluster: Cluster) -> None:
    path = cluster.output / "nong/yw/index.html"
    wanted = path.read_bytes()
    time.sleep(0.02)
    path.unlink()
    report = cluster.build()
    assert report.reasons == {"nong": "输出目录被改动过，或是从别处拷来的"}
    assert rendered(report) == {"nong": ["yw/index.html"]}
    assert path.read_bytes() == wanted


def test_an_edit_that_keeps_size_and_modification_time_is_seen(cluster: Cluster) -> None:
    path = cluster.root / "content/nong/yw/b.md"
    stat = path.stat()
    path.write_text(path.read_text("utf-8").replace("正文", "文正"), "utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert rendered(cluster.build()) == {"nong": [page_of(cluster, "nong", "yw/b.md")]}


def test_a_damaged_site_file_takes_its_output_away_and_mending_brings_it_back(cluster: Cluster) -> None:
    cluster.write("sites/nong.yaml", "name: [\n")
    report = cluster.build()
    assert report.failed == ["nong"]
    assert not (cluster.output / "nong").exists()
    cluster.write_site("nong")
    report = cluster.build()
    assert report.failed == []
    assert (cluster.output / "nong/index.html").exists()
