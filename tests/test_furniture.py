"""The furniture: every page carries it, and a theme that drops any of it fails the build, also the second one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from jiyue.build.cluster import build
from jiyue.build.options import Options
from jiyue.build.options import Report as BuildReport
from jiyue.linkage.recommended import EMBEDDED
from jiyue.render.pages.cards import SHARE_TARGETS
from tests.support.cluster import TODAY, Built, new_cluster

PRODUCT = Path(__file__).parents[1]


def site(name: str, kind: str, superior: str, host: str, number: int) -> str:
    return (
        f"name: {name}\nkind: {kind}\n{f'superior: {superior}' if superior else ''}\nurl: https://{host}.example\n"
        f'site_id_code: "990000000{number}"\nsponsor: {name}办公室\noperator: {name}信息科\ncontact: 演示电话{number}\n'
        f"icp: 演示备案{number}号\npolice_no: 演示公安备案{number}号\nconac_id: {number:032}\n"
    )


CLUSTER = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\nnotice: 演示站点提示\nrecommended: yw\n"
    "defaults:\n  columns: [{path: yw, name: 要闻, type: 工作动态}, {path: tzgg, name: 公告, type: 通知公告}]\n",
    "sites/jilin.yaml": site("吉林省人民政府", "province", "", "www.jl", 0),
    "sites/cc.yaml": site("长春市人民政府", "prefecture", "jilin", "www.cc", 1),
    "sites/sp.yaml": site("四平市人民政府", "prefecture", "jilin", "www.sp", 2),
    "sites/ng.yaml": site("南关区人民政府", "county", "cc", "www.ng", 3),
    "sites/kc.yaml": site("宽城区人民政府", "county", "cc", "www.kc", 4),
    **{f"content/jilin/yw/{n}.md": f"---\ntitle: 全省要闻第{n}条\ndate: 2026-11-{n:02}\n---\n正文\n" for n in range(1, 11)},
    "content/cc/tzgg/a.md": "---\ntitle: 长春公告\ndate: 2026-11-20\nslug: a\n---\n正文\n",
    "content/cc/about.md": "---\ntitle: 关于\n---\n正文\n",
    "content/ng/tzgg/a.md": "---\ntitle: 南关公告\ndate: 2026-11-20\nslug: a\n---\n正文\n",
}  # fmt: skip
HEADLINES = [f"全省要闻第{n}条" for n in range(10, 2, -1)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return new_cluster(tmp_path_factory.mktemp("furniture"), CLUSTER).build()


def pages(built: Built, site: str) -> dict[str, str]:
    folder = built.output / site
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*.html")}


@pytest.mark.parametrize(
    ("site", "number", "name"),
    [("jilin", 0, "吉林省人民政府"), ("cc", 1, "长春市人民政府"), ("ng", 3, "南关区人民政府")],
)
def test_every_page_carries_all_of_it(built: Built, site: str, number: int, name: str) -> None:
    assert built.diagnostics == []
    found = pages(built, site)
    assert {"index.html", "404.html", "sitemap.html"} <= found.keys()
    superiors = {"jilin": [], "cc": ["www.jl"], "ng": ["www.cc", "www.jl"]}[site]
    others = {"jilin": ["www.cc", "www.sp"], "cc": ["www.sp", "www.ng", "www.kc"], "ng": ["www.kc"]}[site]
    found.pop(EMBEDDED, None)  # stands in pages of other sites, not by itself
    for path, html in found.items():
        shown = "" if path == "index.html" else path.removesuffix("index.html")
        address = f"https://{ {'jilin': 'www.jl', 'cc': 'www.cc', 'ng': 'www.ng'}[site] }.example/{quote(shown)}"
        wanted = [
            'href="https://www.gov.cn/"', *(f'href="https://{host}.example/"' for host in superiors + others),
            f'<meta name="SiteName" content="{name}">', f'<meta name="SiteIDCode" content="990000000{number}">',
            '<meta name="SiteDomain" content="', f"{name}办公室", f"{name}信息科", f"演示电话{number}", f"演示备案{number}号",
            f"演示公安备案{number}号", f"{number:032}", "演示站点提示", "sitemap.html",
            escape(f"https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=990000000{number}&url={quote(address, safe='')}"),
        ]  # fmt: skip
        for text in wanted:
            assert text in html, f"{site}/{path}"


def test_articles_and_columns_carry_their_marks_and_can_be_shared(built: Built) -> None:
    for path, address in (("", ""), ("tzgg/", "tzgg/"), ("tzgg/a.html", "tzgg/a.html")):
        html = built.html("cc", path)
        for target in SHARE_TARGETS:
            encoded = quote(f"https://www.cc.example/{address}", safe="")
            assert escape(f"{target}?url={encoded}&title=%") in html, path
        assert f"https://www.cc.example/{address}" in re.sub(r"<[^>]*>", "", html), "the plain address is there to copy"
        assert "微视" not in html
        assert (path == "tzgg/a.html") == ("<svg" not in html), "a QR code on home and column pages"
    article = built.html("cc", "tzgg/a.html")
    for name in ("ColumnName", "ColumnType", "ArticleTitle", "PubDate", "ContentSource"):
        assert f'<meta name="{name}" content="' in article


def test_the_recommended_column_is_on_every_home_page_and_the_same(built: Built) -> None:
    assert 'class="portal"' not in built.html("jilin"), "the portal does not recommend itself"
    for site in ("cc", "sp", "ng", "kc"):
        html = built.html(site)
        block = html[html.index('class="portal') :]
        places = [block.index(title) for title in HEADLINES]
        assert places == sorted(places)
        assert block.count("https://www.jl.example/yw/") >= len(HEADLINES)
        assert html.count('href="https://www.gov.cn/"') == html.count('href="https://www.jl.example/"') - 1 == 1
        assert "全省要闻第1条" not in block.partition("</section>")[0]


# -- a theme that loses something -------------------------------------------------------------------------------------

HOME_ONLY = {"components/portal/template.html"}
LOSSES = [
    ("components/header/template.html", r"{% for link in superiors %}.*?{% endfor %}"),
    ("components/header/template.html", r"{{ notice }}"),
    ("components/header/template.html", None),
    ("components/neighbours/template.html", None),
    ("components/footer/template.html", None),
    ("components/footer/template.html", r'<li><a href="{{ site_map }}".*?</li>'),
    ("components/footer/template.html", r'<li><a href="{{ report_error }}.*?</li>'),
    ("components/footer/template.html", r'<li><a href="{{ conac_url }}".*?</li>'),
    ("components/footer/template.html", r'\(_\("主办单位"\), site.sponsor\), '),
    ("components/footer/template.html", r'\(_\("承办单位"\), site.operator\), '),
    ("components/footer/template.html", r'\(_\("联系方式"\), site.contact\), '),
    ("components/footer/template.html", r'\(?, ?\(_\("网站标识码"\), site.site_id_code\)'),
    ("components/footer/template.html", r"{{ site.icp }}"),
    ("components/footer/template.html", r"{{ site.police_no }}"),
    ("heads/shell.html", r'<meta name="SiteDomain"[^\n]*'),
    ("heads/shell.html", r'<meta name="SiteName"[^\n]*'),
    ("heads/shell.html", r'<meta name="SiteIDCode"[^\n]*'),
    ("components/portal/template.html", None),
    ("components/portal/template.html", r'{% with items = portal\["items"\] %}.*?{% endwith %}'),
    ("home.html", r'{% if portal_place == "last" %}.*?{% endif %}'),
    ("components/share/template.html", None),
    ("components/share/template.html", r"{% for name, url in share|share_links %}.*?{% endfor %}"),
    ("components/share/template.html", r"{{ share.url }}</span>"),
    ("components/qr/template.html", None),
    ("heads/article.html", r'<meta name="ArticleTitle"[^\n]*'),
    ("heads/article.html", r'<meta name="PubDate"[^\n]*'),
    ("heads/article.html", r'<meta name="ContentSource"[^\n]*'),
    ("screens/marks.html", None),
    ("screens/codes.html", None),
]
"""A template and what is taken out of it; None: all of it."""


@pytest.fixture(scope="module")
def mutable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("theme")
    shutil.copytree(PRODUCT / "themes" / "gov", folder / "theme")
    screens = CLUSTER["sites/cc.yaml"] + "screens: {columns: [tzgg]}\n"
    return new_cluster(folder / "cluster", {**CLUSTER, "sites/cc.yaml": screens}).root, folder / "theme"


def run(root: Path, theme: Path) -> BuildReport:
    return build(Options(root, root / "output", sites=("cc",), jobs=1, now=f"{TODAY} 00:00", theme=theme))


@pytest.mark.parametrize(("name", "pattern"), LOSSES, ids=[f"{n}-{(p or 'all')[:40]}" for n, p in LOSSES])
def test_a_theme_that_loses_furniture_fails_the_build(
    mutable: tuple[Path, Path], name: str, pattern: str | None
) -> None:
    root, theme = mutable
    path = theme / "templates" / name
    original = path.read_text("utf-8")
    changed = re.sub(pattern, "", original, count=1, flags=re.DOTALL) if pattern else "\n"
    assert changed != original, "the mutation found nothing to take out"
    path.write_text(changed, "utf-8")
    try:
        for _ in range(2):
            report = run(root, theme)
            assert report.exit_code == 1
            assert {d.rule for d in report.diagnostics} & {"page-furniture", "template"}
    finally:
        path.write_text(original, "utf-8")
    assert run(root, theme).exit_code == 0


def test_the_crumbs_lead_to_the_page_itself(build_site: Callable[..., Built]) -> None:
    files = {
        f"content/jilin/tzgg{below}/{n}.md": f"---\ntitle: 通知{n}\ndate: 2026-11-20 09:30\nslug: n{n}\n---\n正文。\n"
        for below in ("", "/sub") for n in range(21)
    }  # fmt: skip
    site_file = (
        "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\ncolumns: [{path: tzgg/sub, name: 下级}]\n"
    )
    built = build_site({"sites/jilin.yaml": site_file, **files})
    for path, wanted in {
        "tzgg/n1.html": [("首页", "../"), ("tzgg", "../tzgg/"), ("正文", "")],
        "tzgg/sub/n1.html": [("首页", "../../"), ("tzgg", "../../tzgg/"), ("下级", "../../tzgg/sub/"), ("正文", "")],
        "tzgg/": [("首页", "../"), ("tzgg", "")],
        "tzgg/sub/index_2.html": [("首页", "../../"), ("tzgg", "../../tzgg/"), ("下级", "")],
    }.items():
        crumbs = built.html("jilin", path).partition('class="crumbs')[2].partition("</nav>")[0]
        links = re.findall(r'<li>(?:<a href="([^"]*)">|<span aria-current="page">)([^<]*)</', crumbs)
        assert [(name, href) for href, name in links] == wanted, path
    assert 'class="crumbs' not in built.html("jilin")
