"""Sitemaps: valid by the schema, only public pages canonical on the site, dated by front matter, listed in robots.txt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.base.cache import Cache
from jiyue.catalogue import shards as sharding
from jiyue.catalogue.article import Article
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.shards import shard_name, shards
from jiyue.registry.load import load_registry
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.editions import declared
from tests.support.samples import png
from tests.support.sitemaps import entries, faults

CITY = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"


def article(title: str, date: str = "2026-11-20 09:30", more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n正文。\n"


FILES: dict[str, str | bytes] = {
    "sites/changchun.yaml": CITY
    + "columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\nindexnow_key: 0123456789abcdef\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    "columns: [{path: tzgg, name: 通知公告, type: 通知公告}]\n",
    "content/jilin/tzgg/20261118-down.md": article("下推", "2026-11-18", more="push_down: all\nslug: down\n"),
    "content/changchun/tzgg/20261101-a.md": article("一", "2026-11-01", "updated: 2026-11-09\nslug: a\n"),
    "content/changchun/tzgg/20261102-b.md": article("二", "2026-11-02", "slug: 中文\n")
    + "\n![图](p%201.png)\n![图](<p 1.png>)\n",
    "content/changchun/tzgg/p 1.png": png(),
    "content/changchun/tzgg/20261103-c.md": article("三", "2026-11-03", "publish_at: 2026-12-01\nslug: later\n"),
    "content/changchun/tzgg/20261104-d.md": article("四", "2026-11-04", "expires: 2026-11-10\nslug: gone\n"),
    "content/changchun/tzgg/20261105-e.md": article(
        "五", "2026-11-05", "withdraw: {at: 2026-11-06, reason: 误发}\nslug: back\n"
    ),
    "content/changchun/tzgg/20261106-f.md": article(
        "六", "2026-11-06", 'repost_of: {name: 中国政府网, url: "https://www.gov.cn/x"}\nslug: repost\n'
    ),
    "content/changchun/guanyu.md": "---\ntitle: 关于本站\n---\n说明。\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("sitemaps") / "cluster", FILES).build()


def test_only_what_is_public_and_canonical_here(built: Built) -> None:
    data = (built.output / "changchun" / "sitemap.xml").read_bytes()
    assert faults(data) == []
    base = "https://www.cc.example/"
    assert entries(data) == {
        base: "2026-11-18", f"{base}tzgg/": "2026-11-18", f"{base}sitemap.html": "",
        f"{base}tzgg/a.html": "2026-11-09", f"{base}tzgg/%E4%B8%AD%E6%96%87.html": "2026-11-02",
        f"{base}guanyu.html": "",
    }  # fmt: skip
    assert b"<image:loc>https://www.cc.example/tzgg/p%201.png</image:loc>" in data


def test_every_address_is_a_page_that_calls_it_canonical(built: Built) -> None:
    for url in entries((built.output / "changchun" / "sitemap.xml").read_bytes()):
        path = url.removeprefix("https://www.cc.example/").replace("%E4%B8%AD%E6%96%87", "中文")
        html = built.html("changchun", path)
        assert f'<link rel="canonical" href="{url}">' in html
        assert "noindex" not in html


def test_robots_and_the_key_file(built: Built) -> None:
    robots = (built.output / "changchun" / "robots.txt").read_text()
    assert robots == "User-agent: *\nAllow: /\nSitemap: https://www.cc.example/sitemap.xml\n"
    assert (built.output / "changchun" / "0123456789abcdef.txt").read_text() == "0123456789abcdef"
    assert (
        "Sitemap: https://www.jl.example/sitemap-cluster.xml\n" in (built.output / "jilin" / "robots.txt").read_text()
    )


def test_the_root_forgets_a_site_that_goes_and_no_date_is_the_builds(
    new_folder: Callable[..., ClusterFolder], built: Built
) -> None:
    index = (built.output / "jilin" / "sitemap-cluster.xml").read_bytes()
    assert faults(index) == []
    assert list(entries(index)) == ["https://www.jl.example/sitemap.xml", "https://www.cc.example/sitemap.xml"]
    folder = new_folder(FILES)
    first = folder.build(today="2026-11-25")
    name = Path("changchun") / "sitemap.xml"
    assert (first.output / name).read_bytes() == (built.output / name).read_bytes()
    folder.remove("sites/changchun.yaml", "content/changchun")
    left = (folder.build().output / "jilin" / "sitemap-cluster.xml").read_bytes()
    assert list(entries(left)) == ["https://www.jl.example/sitemap.xml"]


def test_a_key_that_indexnow_would_refuse_is_refused(tmp_path: Path) -> None:
    folder = new_cluster(tmp_path, {**FILES, "sites/changchun.yaml": CITY + "indexnow_key: short\n"})
    [found] = [d for d in load_registry(folder.root).diagnostics if d.severity == "error"]
    assert (found.site, found.line) == ("changchun", 5)


def row(n: int, folder: str = "yw", name: str = "", **extra: object) -> Article:
    name = name or f"a{n}"
    return Article(
        str(n),
        "jilin",
        folder,
        folder,
        name,
        "news",
        "题",
        "2026-11-20 09:30",
        "",
        "",
        "",
        "",
        "",
        1,
        "",
        "",
        "",
        "",
        [],
        extra,
    )


def test_shards_stay_below_the_limits() -> None:
    rows = [row(n) for n in range(100_001)]
    files = shards(rows)
    assert [len(file) for file in files] == [45_000, 45_000, 10_001]
    assert [r.id for file in files for r in file] == [r.id for r in rows]


def test_long_addresses_fill_a_file_sooner() -> None:
    files = shards([row(n, folder="栏目" * 40, name="长" * 80) for n in range(10_000)])
    assert len(files) > 1
    # 9 bytes a character once encoded, 70 of markup, an address of 100 characters before it
    assert max(len(file) for file in files) * (9 * 160 + 170) < 10_000_000


@pytest.mark.parametrize("count", [1, 5])
def test_a_file_is_never_larger_than_was_counted(build_site: Callable[..., Built], count: int) -> None:
    """With pictures, long names and editions: what the catalogue counts is what the file has, or more."""
    languages = ["en", "ko", "ru", "mn-Mong"][: count - 1]
    head = f"{CITY}columns: [{{path: 栏目}}]\nlanguages: [zh-CN, {', '.join(languages)}]\n" if languages else CITY
    files = {"sites/changchun.yaml": head + declared(*languages, column="栏目") if languages else head}
    for n in range(40):
        files[f"content/changchun/栏目/{n}.md"] = article("题", more=f"slug: {'长' * 60}{n}\n") + "![图](p.png)\n" * (
            n % 3
        )
        for lang in languages:
            more = f"slug: {'译' * 60}{n}\nlang: {lang}\ntranslation_of: changchun/栏目/{n}.md\n"
            files[f"content/changchun/{lang}/{n}.md"] = article("题", more=more)
    built = build_site({**files, "content/changchun/栏目/p.png": png()})
    assert built.diagnostics == []
    site = load_registry(built.root).sites["changchun"]
    [rows] = shards(scan_site(built.root, site, Cache(None)).rows)
    data = (built.output / "changchun" / "sitemap.xml").read_bytes()
    fixed = sum(len(line) + 1 for line in data.splitlines() if b".html</loc>" not in line)
    assert len(rows) == 40 * len(["zh-CN", *languages])
    assert len(data) - fixed <= counted(rows)


def counted(rows: list[Article]) -> int:
    """The bytes that are counted for these rows: the least limit that leaves them in one file."""
    low, high = 0, sharding.MAX_BYTES
    with pytest.MonkeyPatch.context() as patch:
        while low < high:
            middle = (low + high) // 2
            patch.setattr(sharding, "MAX_BYTES", middle)
            low, high = (low, middle) if len(shards(rows)) == 1 else (middle + 1, high)
    return high


@given(st.lists(st.tuples(st.text(min_size=1, max_size=80), st.booleans()), max_size=60), st.integers(1, 7))
def test_every_own_row_stands_in_one_shard_in_order(names: list[tuple[str, bool]], most: int) -> None:
    rows = [row(n, name=name, **({"repost_of": {}} if repost else {})) for n, (name, repost) in enumerate(names)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharding, "MAX_ADDRESSES", most)
        files = shards(rows)
    assert [r.id for file in files for r in file] == [r.id for r in rows if "repost_of" not in r.extra]
    assert all(0 < len(file) <= most for file in files) or files == [[]]


@pytest.mark.parametrize(("limit", "value"), [("MAX_ADDRESSES", 1), ("MAX_BYTES", 250)])
def test_several_shards_have_an_index_and_all_stand_in_robots_and_in_the_cluster(
    new_folder: Callable[..., ClusterFolder], monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """With a limit of one article a file, which the build's children inherit from this process."""
    from jiyue.build import cluster  # noqa: PLC0415
    from jiyue.build.options import Options  # noqa: PLC0415

    folder = new_folder(FILES)
    monkeypatch.setattr(sharding, limit, value)
    output = folder.root / "output"
    report = cluster.build(Options(folder.root, output, jobs=1, now="2026-11-23 00:00", cache=False))
    assert ([str(d) for d in report.diagnostics], report.failed, report.messages) == ([], [], [])
    site = output / "changchun"
    names = sorted(path.name for path in site.glob("sitemap*.xml"))
    shown = [shard_name(n) for n in range(1, 7)]
    assert names == sorted([*shown, "sitemap-index.xml"])
    for name in names:
        assert faults((site / name).read_bytes()) == [], name
    urls = [f"https://www.cc.example/{name}" for name in shown]
    assert list(entries((site / "sitemap-index.xml").read_bytes())) == urls
    robots = (site / "robots.txt").read_text().splitlines()
    assert robots[2:] == [f"Sitemap: {url}" for url in [*urls, "https://www.cc.example/sitemap-index.xml"]]
    together = entries((output / "jilin" / "sitemap-cluster.xml").read_bytes())
    assert set(urls) < set(together)
    pages = [url for name in shown for url in entries((site / name).read_bytes())]
    assert pages.count("https://www.cc.example/tzgg/a.html") == 1
    assert not [url for url in pages if url.endswith(("later.html", "gone.html", "back.html", "repost.html"))]
