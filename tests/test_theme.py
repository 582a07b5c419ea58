"""The theme without a browser: contracts, colours, size, forbidden content, and every page through vnu."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import get_args

import brotli
import jinja2.meta
import pytest
import segno
from markupsafe import escape
from PIL import Image

from jiyue.checks.page.accessibility import check_page
from jiyue.registry.models import Accent
from jiyue.render.pages import icons
from jiyue.render.templates import environment
from jiyue.render.theme.assets import ACCENTS, asset_names, theme_files
from tests.support.cluster import Built, new_cluster
from tests.support.page_kinds import HOSTILE, KINDS, PAGES, files, picture
from tests.support.vnu import vnu

ROOT = Path(__file__).parents[1]
THEME = ROOT / "themes" / "gov"
COMPONENTS = THEME / "templates" / "components"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small cluster of every page kind."""
    result = new_cluster(tmp_path_factory.mktemp("kinds"), files()).build()
    assert result.exit_code == 0, result.stdout
    return result


def pages(built: Built) -> Iterator[tuple[str, str]]:
    """Every page of the cluster: name, HTML."""
    for path in sorted(built.output.rglob("*.html")):
        yield path.relative_to(built.output).as_posix(), path.read_text("utf-8")


# -- components ---------------------------------------------------------------------------------------------------------


def gallery_tool() -> object:
    """tools/make_gallery.py as a module."""
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "tools" / "make_gallery.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _whole(template: Path) -> str:
    """A template with what it includes in its place."""
    return re.sub(
        r'{% include "([^"]+)" %}', lambda match: _whole(THEME / "templates" / match[1]), template.read_text("utf-8")
    )


def test_a_component_uses_exactly_what_its_contract_declares() -> None:
    env = environment(THEME, None)
    contracts = gallery_tool().contracts(THEME)  # type: ignore[attr-defined]
    assert len(contracts) > 20
    for name, contract in contracts.items():
        template = COMPONENTS / name / "template.html"
        used = jinja2.meta.find_undeclared_variables(env.parse(_whole(template))) if template.exists() else set()
        assert used == set(contract["parameters"]), name
        assert contract["about"]
        assert set(contract["example"]) == used if template.exists() else contract["markup"], name


def test_the_gallery_shows_every_component_and_is_valid(tmp_path: Path) -> None:
    page = tmp_path / "gallery.html"
    page.write_text(gallery_tool().gallery(THEME, "site.css"), "utf-8")  # type: ignore[attr-defined]
    html = page.read_text("utf-8")
    assert all(f'id="c-{folder.name}"' in html for folder in COMPONENTS.iterdir())
    assert not [m for m in vnu([page]) if "Duplicate ID" not in m["message"]]


def test_the_style_sheet_names_files_as_they_are_published() -> None:
    names = asset_names(THEME)
    css = dict(theme_files(THEME))[names["site.css"].removeprefix("theme/")][1].decode()
    assert f'url("{names["cursor.svg"].removeprefix("theme/")}")' in css
    assert "/*" not in css
    assert css.count("{") == css.count("}")


# -- colours ------------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """WCAG relative luminance of #rgb or #rrggbb."""
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ACCENTS)
def test_an_accent_contrasts_with_white_text_and_white_paper(name: str) -> None:
    assert contrast(ACCENTS[name], "#ffffff") >= 4.5


def test_every_mode_s_colours_contrast() -> None:
    css = (THEME / "static" / "base.css").read_text("utf-8")
    modes = [
        dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", block)) for block in re.findall(r"\{([^{}]*--ink:[^{}]*)\}", css)
    ]
    assert len(modes) >= 6
    for tokens in modes[:-1]:  # the last is print's, which has no accent and black on white
        for text in ("ink", "soft", "link", "good", "bad"):
            for ground in ("paper", "wash", "warn-wash"):
                assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground, tokens)
        assert contrast(tokens["edge"], tokens["paper"]) >= 3, tokens


def test_a_site_may_choose_exactly_the_checked_accents() -> None:
    assert get_args(Accent) == tuple(ACCENTS)


def test_an_unknown_accent_is_a_diagnostic(new_folder: object) -> None:
    folder = new_folder({"sites/jilin.yaml": "name: 甲\nkind: province\nurl: https://a.example\naccent: pink\n"})  # type: ignore[operator]
    result = folder.build()
    assert result.exit_code == 1
    assert any("accent" in d["message"] or "accent" in d["hint"] for d in result.diagnostics), result.stdout


# -- weight -------------------------------------------------------------------------------------------------------------


ELSEWHERE = frozenset({"reading.mjs", "aloud.mjs", "library.mjs", "tabs.mjs", "leave.mjs"})
"""Modules fetched when a reader presses a button or leaves, or with a library or a home page (`qr.mjs` is, on a desk, for its printer)."""


def test_an_article_page_is_light(built: Built) -> None:
    """The budget on first load, in Brotli's bytes: CSS 12 kB, JS 8 kB, 60 kB in all before pictures (the page itself uncompressed)."""
    static = {name: len(brotli.compress(data)) for name, (_, data) in theme_files(THEME).items()}
    css = sum(size for name, size in static.items() if name.endswith(".css"))
    scripts = sum(
        size
        for name, size in static.items()
        if name.endswith((".js", ".mjs")) and "search" not in name and name not in ELSEWHERE
    )
    assert css <= 12_000
    assert scripts <= 8_000, static
    for kind in KINDS:
        html = len((built.output / "cb" / PAGES[kind]).read_bytes())
        assert html + css + scripts <= 60_000, kind


# -- pages --------------------------------------------------------------------------------------------------------------


def test_every_page_is_valid_html(built: Built) -> None:
    found = vnu([built.output])
    assert not found, found[:5]


def test_no_page_breaks_an_accessibility_rule(built: Built) -> None:
    found = [str(d) for name, html in pages(built) for d in check_page(html, name)]
    assert not found, "\n".join(found[:10])


def test_no_page_holds_inline_scripts_or_styles_or_loads_from_elsewhere(built: Built) -> None:
    for name, html in pages(built):
        assert not re.search(r"<style\b|\sstyle=|\son\w+=\"|<script(?![^>]*\ssrc=)[^>]*>(?!\s*[\[{])", html), name
        loaded = re.findall(
            r"<(?:img|script|source|video|audio|track|iframe)\b[^>]*?\s(?:src|poster|srcset)=\"([^\"]+)\"", html
        )
        loaded += re.findall(
            r"<link rel=\"(?:stylesheet|icon|manifest|apple-touch-icon|preload)\"[^>]*?href=\"([^\"]+)\"", html
        )
        assert not [address for address in loaded if "//" in address], name


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k not in ("news", "page", "channel article", "department article", "child")]
)
def test_a_kind_has_its_own_look(built: Built, kind: str) -> None:
    assert f'class="article kind-{kind}"' in built.html("cb", PAGES[kind])


def test_a_document_shows_its_facts_its_banner_its_signature_and_its_reading(built: Built) -> None:
    html = built.html("cb", PAGES["document"])
    assert "<dt>发文字号</dt><dd>演示〔2026〕1号</dd>" in html
    assert '<p class="doc-state"><span class="state ended">废止</span></p>' in html
    assert '<p class="validity" role="note">本文件已经废止，请以有效文件为准。</p>' in html
    assert '<p class="signed">某某办公室</p>\n<p class="signed">2026年11月20日</p>' in html
    assert "《某某办法》解读" in html
    assert 'href="../zcwj/document.html"' in built.html("cb", PAGES["interpretation"])


def test_a_document_without_a_signature_in_its_text_gets_one_from_its_fields(build_site: object) -> None:
    article = "---\ntitle: 办法\ndate: 2026-11-20\nkind: document\nissuer: 某办公室\ncreated: 2026-11-09\nslug: a\n---\n第一条。\n"
    html = build_site({"content/jilin/zc/a.md": article}).html("jilin", "zc/a.html")  # type: ignore[operator]
    assert '<p class="signature">某办公室<br>2026年11月9日</p>' in html


def test_attachments_are_listed_with_type_and_size(built: Built) -> None:
    html = built.html("cb", PAGES["news"])
    assert '<li><a href="../yw/biao.csv">统计表</a> <span class="file-facts">CSV，18 字节</span></li>' in html
    assert re.search(r"PDF，[\d.]+ (?:字节|KB|千字节)", html)


def test_a_picture_has_its_sides_its_variants_and_its_caption(built: Built) -> None:
    html = built.html("cb", PAGES["news"])
    assert '<source type="image/avif" srcset="tu.jpeg.480.avif 480w, ' in html
    assert ' width="1400" height="700" loading="lazy" decoding="async">' in html
    assert "<figcaption>图的说明</figcaption></figure>" in html
    assert (built.output / "cb" / "yw" / "tu.jpeg.480.avif").read_bytes()[4:12] == b"ftypavif"


@pytest.mark.parametrize("slug", HOSTILE)
def test_a_hostile_title_stays_text(built: Built, slug: str) -> None:
    html = built.html("cb", f"tzgg/{slug}.html")
    assert f"<h1>{escape(HOSTILE[slug])}</h1>" in html
    assert "<script>alert" not in html


def test_the_manifest_and_icons_come_from_the_site(built: Built) -> None:
    manifest = json.loads((built.output / "cb" / "theme" / "manifest.webmanifest").read_text("utf-8"))
    assert manifest["name"] == "长白朝鲜族自治县人民政府"
    assert manifest["theme_color"] == ACCENTS["blue"]
    for icon in manifest["icons"]:
        assert (built.output / "cb" / "theme" / icon["src"]).is_file()
    assert ">长</text>" in (built.output / "cb" / "theme" / "icon.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("吉林省", "吉林"), ("省教育厅", "教育"), ("延边州", "延边"), ("省", "省"), ("Jilin", "J"), ("éa", "É"), ("", "")],
)
def test_an_icon_shows_what_tells_sites_apart(name: str, shown: str) -> None:
    assert icons.letters(name, 2) == shown
    assert icons.letters(name, 1) == shown[:1]


def test_a_pixel_icon_is_drawn_from_the_name_in_a_font_of_our_own() -> None:
    drawn = {name: icons.png(name, "#9b1c1f", 192) for name in ("吉林省", "吉安市", "Jilin")}
    assert len(set(drawn.values())) == 3
    assert drawn["吉林省"] == icons.png("吉林省", "#9b1c1f", 192)
    image = Image.open(BytesIO(drawn["吉林省"])).convert("RGB")
    box = image.convert("L").point(lambda v: 255 * (v > 150)).getbbox()  # type: ignore[operator]
    assert box is not None
    left, top, right, bottom = box
    assert min(left, top) >= 0.1 * 192
    assert max(right, bottom) <= 0.9 * 192
    assert abs((left + right) - 192) <= 3
    assert abs((top + bottom) - 192) <= 3


def test_a_site_s_accent_logo_and_banner(build_site: object) -> None:
    site = (
        "name: 甲市\nkind: province\nurl: https://a.example\naccent: teal\nlogo: images/l.png\nbanner: images/b.png\n"
        f"conac_id: {7:032}\nconac_mark: images/l.png\nerror_mark: images/l.png\nelder_mark: images/l.png\n"
    )
    article = "---\ntitle: 一\ndate: 2026-11-20\n---\n文。\n"
    result = build_site(  # type: ignore[operator]
        {
            "sites/jilin.yaml": site,
            "content/jilin/yw/a.md": article,
            "content/jilin/images/l.png": picture("png", (64, 32)),
            "content/jilin/images/b.png": picture("png", (1200, 300)),
        }
    )
    assert '<html lang="zh-CN" data-accent="teal">' in result.html("jilin")
    assert '<img class="art" src="images/l.png" width="64" height="32" alt="">甲市' in result.html("jilin")
    assert '<img class="art" src="images/b.png" width="1200" height="300" alt="">' in result.html("jilin")
    assert '<img src="../images/l.png"' in result.html("jilin", "yw/")
    marks = re.findall(
        r'<li>(?:<a href="([^"]*)"[^>]*>)?<img src="../images/l.png"[^>]* alt="([^"]*)">', result.html("jilin", "yw/")
    )
    assert [(address.partition("?")[0], name) for address, name in marks] == [
        ("https://zfwzgl.www.gov.cn/exposure/jiucuo.html", "我为政府网站找错"),
        ("https://bszs.conac.cn/sitename", "党政机关网站标识"),
        ("", "适老化和无障碍标识"),
    ]


def test_a_column_whose_articles_all_lie_below_it_is_in_the_menu_and_lists_them(build_site: object) -> None:
    site = (
        "name: 甲市\nkind: province\nurl: https://a.example\ncolumns: [{path: zw, name: 政务公开},"
        " {path: zw/gk, name: 公开目录}, {path: zw/nb, name: 公开年报}, {path: kong, name: 空栏目}]\n"
    )
    article = "---\ntitle: {}\ndate: 2026-11-{}\nslug: a\n---\n文。\n"
    built = build_site(  # type: ignore[operator]
        {
            "sites/jilin.yaml": site,
            "content/jilin/zw/gk/a.md": article.format("目录一", 20),
            "content/jilin/zw/nb/a.md": article.format("年报一", 21),
        }
    )
    assert built.exit_code == 0, built.stdout
    home = built.html("jilin")
    assert '<li><a href="zw/">政务公开</a></li>' in home
    assert "空栏目" not in home
    page = built.html("jilin", "zw/")
    assert page.index("年报一") < page.index("目录一")
    assert '<li><a href="../zw/gk/">公开目录</a></li>' in page
    assert '<li><a href="../../zw/">政务公开</a></li>' in built.html("jilin", "zw/gk/a.html")
    assert (built.output / "jilin" / "zw" / "feed.atom").is_file()


# -- the QR encoder -----------------------------------------------------------------------------------------------------

FULL = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412)
"""Bytes that exactly fill versions 1 to 15 at correction level M."""


def test_the_browser_s_encoder_draws_the_codes_that_segno_draws() -> None:
    texts = ["https://www.jl.example/".ljust(size, "a")[:size] for size in FULL]
    script = f"import {{matrix}} from {json.dumps((THEME / 'static' / 'qr.mjs').as_uri())};"
    script += f"console.log(JSON.stringify({json.dumps(texts)}.map(t => matrix(t).map(r => r.join('')))))"
    run = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    for text, drawn in zip(texts, json.loads(run.stdout), strict=True):
        code = segno.make(text, error="m", micro=False, mask=3, boost_error=False, mode="byte")
        assert drawn == ["".join(map(str, row)) for row in code.matrix], len(text)
