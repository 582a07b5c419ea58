"""The theme's translations: complete, up-to-date catalogues, and sites in other languages."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType

import jinja2.nodes
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from jiyue.render.templates import environment
from tests.support.cluster import Built, ClusterFolder

ROOT = Path(__file__).parents[1]
THEME = ROOT / "themes" / "gov"
CATALOGUES = sorted((THEME / "translations").glob("*.po"))
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def tool() -> ModuleType:
    """tools/make_translations.py as a module."""
    spec = importlib.util.spec_from_file_location("make_translations", ROOT / "tools" / "make_translations.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def extracted() -> Catalog:
    """Every word of the theme."""
    found: Catalog = tool().extracted()
    return found


def read(path: Path) -> Catalog:
    """A catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


# -- the catalogues -----------------------------------------------------------------------------------------------------


def test_there_are_catalogues_in_chinese_and_english(extracted: Catalog) -> None:
    assert [path.stem for path in CATALOGUES] == ["en", "zh_CN"]
    assert len(extracted) > 150


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_has_every_word_and_is_as_the_tool_writes_it(path: Path, extracted: Catalog) -> None:
    known = read(path)
    assert {m.id for m in extracted if m.id} == {m.id for m in known if m.id}, "run `make docs`"
    assert [m.id for m in known if m.id and (m.fuzzy or not m.string)] == []
    assert tool().updated(path, extracted) == path.read_bytes(), "run `make docs`"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_word(path: Path) -> None:
    for message in read(path):
        source, translation = (re.findall(r"%(?:\(\w+\))?s", text) for text in (message.id, message.string))
        assert set(translation) <= {*source, "%(iso)s"}, message.id
        assert "%(iso)s" in translation or set(source) == set(translation), message.id


def test_the_source_language_stands_for_itself_and_english_has_no_chinese() -> None:
    assert all(m.string == m.id for m in read(THEME / "translations" / "zh_CN.po") if m.id)
    english = [m.string for m in read(THEME / "translations" / "en.po") if m.id and HAN.search(m.string)]
    assert english == ["Try other words or fewer of them, or search by document number, such as “吉政办发〔2015〕5号”."]


# -- nothing beside them ------------------------------------------------------------------------------------------------


def test_a_template_shows_no_word_that_no_catalogue_has() -> None:
    env = environment(THEME, None, "en")
    for name in env.list_templates(extensions=["html"]):
        source, _, _ = env.loader.get_source(env, name)  # type: ignore[union-attr]
        tree = env.parse(source)
        shown = [node.data for node in tree.find_all(jinja2.nodes.TemplateData)]
        shown += [str(node.value) for node in tree.find_all(jinja2.nodes.Const)]
        assert [text for text in shown if re.search(r"[\u4e00-\u9fff]", text)] == [], name


def test_a_script_shows_no_word_that_no_catalogue_has() -> None:
    for path in sorted((THEME / "static").rglob("*js")):
        if path.name in ("query.mjs", "lunr.min.js"):
            continue  # patterns of document numbers; lunr
        code = re.sub(r"(?m)/\*\*[\s\S]*?\*/|//.*$", "", path.read_text("utf-8"))
        bare = re.sub(r'(?<![\w.$])_\("(?:[^"\\]|\\.)*"\)', "", code)
        assert re.findall(r"[\"'`][^\"'`\n/]*[\u4e00-\u9fff][^\"'`\n]*[\"'`]", bare) == [], path.name


def test_a_word_that_is_not_literal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text("{{ _(name) }}", "utf-8")
    with pytest.raises(jinja2.TemplateSyntaxError, match="one literal text"):
        environment(tmp_path, None).get_template("a.html")


def test_a_word_is_a_constant_of_the_compiled_template() -> None:
    env = environment(THEME, None, "en")
    source, _, _ = env.loader.get_source(env, "404.html")  # type: ignore[union-attr]
    assert "Page not found" in env.compile(source, raw=True)
    assert "'_'" not in env.compile(source, raw=True)


# -- a site in English --------------------------------------------------------------------------------------------------

_ARTICLE = "---\ntitle: {title}\ndate: 2026-11-20\nslug: {slug}\n{more}---\n{body}\n"
_TEXT = "Text.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nAttached: [Table](t.csv)"


def english(title: str, slug: str, body: str = _TEXT, **more: str) -> str:
    """An article in English."""
    return _ARTICLE.format(title=title, slug=slug, body=body, more="".join(f"{k}: {v}\n" for k, v in more.items()))


FILES: dict[str, str | bytes] = {
    "sites/cluster.yaml": "name: Websites\nroot: jilin\nportal: {name: Portal, url: 'https://www.gov.example'}\n",
    "sites/jilin.yaml": "name: Province\nkind: province\nurl: https://en.jl.example\nlanguages: [en, zh-CN]\n"
    "sponsor: The office\noperator: The unit\ncontact: 'Tel. 0'\nsite_id_code: '2200000001'\nicp: ICP 1\npolice_no: P 1\n"
    "conac_id: 0123456789ABCDEF0123456789ABCDEF\ncolumns: [{path: news, name: News}, {path: laws, name: Laws}]\n"
    "channels: [{path: town, name: Town}]\n",
    "sites/cc.yaml": "name: City\nkind: prefecture\nsuperior: jilin\nurl: https://en.cc.example\nlanguages: [en]\n",
    "content/jilin/news/a.md": english("An article", "a", updated="2026-11-21", ai_generated="translated"),
    "content/jilin/laws/d.md": english("A law", "d", kind="document", doc_number="No. 1", issuer="The office",
                                       created="2026-11-09", validity="废止"),
    "content/jilin/laws/i.md": english("The law explained", "i", kind="interpretation", interprets="d", form="图解"),
    "content/jilin/news/g.md": english("A guide", "g", kind="guide", steps="[Apply]", basis="[Law]", conditions="[One]",
                                       materials="[Form]", fee="Free", phone="0"),
    "content/jilin/news/l.md": english("A letter", "l", kind="letter", received="2026-11-10", unit="The unit",
                                       category="Question"),
    "content/jilin/news/s.md": english("A survey", "s", kind="survey", opens="2026-10-01", closes="2026-10-31",
                                       opinions_received="3", adopted="1", result="Done"),
    "content/jilin/news/r.md": english("A rumour", "r", kind="rebuttal", claim="C", verdict="False", facts="F",
                                       responding_unit="The unit"),
    "content/jilin/news/q.md": english("A response", "q", kind="response", topic_asked="Why?", responding_unit="U"),
    "content/jilin/news/v.md": english("An interview", "v", kind="interview", guests="[G]", held="2026-11-10 14:00"),
    "content/jilin/news/p.md": english("Posts", "p", layout="leaders", posts="[{post: A, duties: B}]"),
    "content/jilin/town/t.md": english("A town", "t"),
    "content/jilin/news/t.csv": "a,b\n1,2\n",
    "content/jilin/laws/t.csv": "a,b\n1,2\n",
    "content/jilin/town/t.csv": "a,b\n1,2\n",
    "content/cc/news/a.md": english("A city", "a", body="Text."),
}  # fmt: skip
for _n in range(22):
    FILES[f"content/jilin/news/n{_n}.md"] = english(f"Item {_n}", f"n{_n}", body="Text.")

VOCABULARY = re.compile(r'<meta name="ColumnType" content="[^"]*">|<link rel="alternate" [^>]*>')
"""What is Chinese by rule (ColumnType is a word of 国办发〔2017〕47号), or belongs to the feeds."""


def test_a_site_in_english_shows_its_readers_no_chinese_word(build_site: Callable[..., Built]) -> None:
    built = build_site(FILES)
    pages = sorted(built.output.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        html = unescape(VOCABULARY.sub("", page.read_text("utf-8")))
        assert not HAN.search(html), (page.name, re.findall(r".{40}[\u3000-\u9fff\uff00-\uffef].{20}", html)[:5])
        assert '<html lang="en"' in html
    assert "Skip to content" in built.html("jilin")
    assert '<span class="state ended">Repealed</span>' in built.html("jilin", "laws/d.html")
    assert 'aria-label="Table"' in built.html("jilin", "news/a.html")
    theme = built.output / "jilin" / "theme"
    assert json.loads((theme / "manifest.webmanifest").read_text("utf-8"))["lang"] == "en"
    for name, said in {"site.*.js": "Copy link", "reading.mjs": "Text size", "search.*/page.mjs": "Searching…"}.items():
        (script,) = theme.glob(name)
        assert f'"{said}"' in script.read_text("utf-8"), name
        assert '_("' not in script.read_text("utf-8"), name


def test_a_changed_catalogue_changes_the_sites_in_its_language_alone(
    new_folder: Callable[..., ClusterFolder],
) -> None:
    folder = new_folder({
        "sites/cc.yaml": "name: City\nkind: prefecture\nsuperior: jilin\nurl: https://en.cc.example\nlanguages: [en]\n",
        "content/jilin/yw/b.md": english("一篇文章", "b", body="正文。"),
        "content/cc/yw/a.md": english("An article", "a", body="Text."),
    })  # fmt: skip
    shutil.copytree(THEME, folder.root / "themes" / "gov")
    before = folder.build().files()
    path = folder.root / "themes" / "gov" / "translations" / "en.po"
    path.write_text(path.read_text("utf-8").replace('"Published: "', '"Issued: "'), "utf-8")
    after = folder.build().files()
    assert {name for name in before if before[name] != after[name]} == {"cc/yw/a.html"}
    assert b"<span>Issued: " in after["cc/yw/a.html"]
    assert after == folder.build("--no-cache").files()


def test_a_site_in_a_language_without_a_catalogue_shows_the_theme_s_own_words(build_site: Callable[..., Built]) -> None:
    site = "name: Сайт\nkind: province\nurl: https://a.example\nlanguages: [ru, zh-CN]\n"
    html = build_site({"sites/jilin.yaml": site, "content/jilin/yw/a.md": english("Статья", "a", body="Текст.")}).html(
        "jilin", "yw/a.html"
    )
    assert '<html lang="ru"' in html
    assert "<span>发布时间：" in html


def test_what_is_no_language_is_a_diagnostic(build_site: Callable[..., Built]) -> None:
    site = "name: 甲\nkind: province\nurl: https://a.example\nlanguages: [英文]\n"
    assert "sites/jilin.yaml" in [d["path"] for d in build_site({"sites/jilin.yaml": site}).diagnostics]
