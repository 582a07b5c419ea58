"""`jiyue import wxr`: a WordPress export (WXR) with, if there is one, the folder of its uploads.

Posts and pages become articles. What is no text of its own (menu items, revisions, attachments without a text) is recorded
and not imported, comments neither: they are personal data of readers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import lxml.etree

from jiyue.base.diagnostics import Rule, Severity
from jiyue.importers.article import NO_SILENCE, Note
from jiyue.importers.export import BadExport
from jiyue.importers.html import FILE, PICTURE, parse, references, to_markdown, visible_text
from jiyue.importers.moves import Move
from jiyue.importers.reading import clean_lines
from jiyue.importers.report import ImportReport
from jiyue.importers.texts import MARKUP, Old, Place, Reading, import_texts

OTHER = Rule("import-other", Severity.INFO, "不是稿件的内容没有导入", NO_SILENCE)

_KINDS = {
    "attachment": "附件", "nav_menu_item": "菜单项", "revision": "旧版本", "custom_css": "样式", "customize_changeset": "样式",
    "wp_global_styles": "样式", "wp_navigation": "菜单", "wp_block": "可重用区块", "wp_template": "模板", "oembed_cache": "缓存",
}  # fmt: skip
_TEXTS = ("post", "page")
_SHORTCODE = re.compile(r"(\[?)\[(/?)([A-Za-z][\w-]*)((?:\s+[^\[\]]*)?)\s*(/?)\](\]?)")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))|(\S+)")
_KEPT_TOGETHER = re.compile(r"<(pre|script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_NAMES = "p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|blockquote|pre|hr|figure|figcaption|section|form|address"
_BLOCK = rf"</?(?:{_NAMES})\b[^>]*>"
_BESIDE_BLOCK = re.compile(rf"\s*({_BLOCK})\s*", re.IGNORECASE)
_SIZED = re.compile(r"-\d+x\d+(?=\.\w+$)")


class Item(NamedTuple):
    """An item of an export. values: its elements by name, the namespace's prefix left out; line: of its start."""

    line: int
    values: Mapping[str, str]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    comments: int

    @property
    def id(self) -> str:
        """WordPress's number of it."""
        return self.values.get("post_id", "")

    @property
    def kind(self) -> str:
        """post, page, attachment …"""
        return self.values.get("post_type", "post")


def import_wxr(source: Path, place: Place, uploads: Path | None = None) -> ImportReport:
    """Turn the posts and pages of an export into articles. uploads: the folder `wp-content/uploads`, or one that has it.

    Raises BadExport if the file is no export, ValueError if site or column are not plain folder names.
    """
    report = ImportReport()
    items = list(read_items(source))
    files = _Files(items, uploads.resolve() if uploads else None)
    readings: list[Reading] = [
        (source.name, item.line, partial(_old, item, files, place.columns)) for item in items if item.kind in _TEXTS
    ]
    others = [item for item in items if item.kind not in _TEXTS]
    moves = [
        Move(
            f"{item.kind}/{item.id}",
            addresses=_addresses(item),
            status="skipped",
            reason=_kind_of(item),
            title=item.values.get("title", "")[:200],
        )
        for item in others
    ]
    import_texts(readings, place, report, others=moves)
    counts = Counter(map(_kind_of, others))
    comments = sum(item.comments for item in items)
    said = [f"{kind} {count} 个" for kind, count in sorted(counts.items())] + (
        [f"评论 {comments} 条"] if comments else []
    )
    if said:
        hint = "需要公开的另写成文章；菜单在 sites/<站点>.yaml 里设"
        report.diagnostics.append(OTHER.at(source.name, 0, f"没有导入：{'、'.join(said)}", hint, site=place.site))
    return report


def _kind_of(item: Item) -> str:
    return _KINDS.get(item.kind, f"“{item.kind}”类内容")


def read_items(source: Path) -> Iterator[Item]:
    """The items of an export, in their order. Raises BadExport."""
    found = False
    try:
        steps = lxml.etree.iterparse(
            str(source), events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=False
        )
        for _, element in steps:
            name = lxml.etree.QName(element).localname if isinstance(element.tag, str) else ""
            found = found or name in ("wxr_version", "item")
            if name == "item":
                yield _item(element)
                element.clear()
    except (OSError, lxml.etree.LxmlError) as problem:
        raise BadExport(f"{source} 读不出来：{problem}") from None
    if not found:
        raise BadExport(f"{source} 不是 WordPress 导出的文件（WXR）：在后台“工具 → 导出”里导出“所有内容”")


def _item(element: Any) -> Item:
    values: dict[str, str] = {}
    categories: list[str] = []
    tags: list[str] = []
    comments = 0
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = lxml.etree.QName(child)
        text = "".join(child.itertext()) if not len(child) else ""
        if name.localname == "category":
            (
                categories if child.get("domain") == "category" else tags if child.get("domain") == "post_tag" else []
            ).append(text.strip())
        elif name.localname == "comment":
            comments += 1
        elif name.localname == "postmeta":
            pair = [one.text or "" for one in child]
            if len(pair) == 2 and pair[0] in ("_thumbnail_id", "_wp_attached_file"):
                values[pair[0]] = pair[1].strip()
        elif name.localname == "encoded":
            values["excerpt" if "excerpt" in (name.namespace or "") else "content"] = text
        else:
            values.setdefault(name.localname, text.strip())
    return Item(element.sourceline or 0, values, tuple(categories), tuple(tags), comments)


class _Files:
    """The attachments of an export, and where their files are."""

    def __init__(self, items: list[Item], uploads: Path | None) -> None:
        self.uploads = uploads
        self.urls: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.below: dict[str, list[str]] = defaultdict(list)
        for item in items:
            if item.kind == "attachment" and (url := item.values.get("attachment_url") or item.values.get("guid", "")):
                self.urls[item.id] = url
                self.titles[item.id] = item.values.get("excerpt") or item.values.get("title", "")
                self.below[item.values.get("post_parent", "")].append(item.id)

    def find(self, target: str) -> Path | None:
        """The file of an address."""
        path = unquote(urlsplit(target).path).lstrip("/")
        if self.uploads is None or not (PICTURE.search(path) or FILE.search(path)):
            return None
        inner = path.partition("uploads/")[2]
        for name in (path, inner, _SIZED.sub("", path), _SIZED.sub("", inner)):
            found = (self.uploads / name).resolve() if name else self.uploads
            if found.is_relative_to(self.uploads) and found.is_file():
                return found
        return None


def _old(item: Item, files: _Files, columns: Mapping[str, str]) -> Old:
    """An item as an old text."""
    values = item.values
    content = values.get("content", "")
    made, left = _without_shortcodes(content, item, files)
    element = parse(f"<div>{made if '<!-- wp:' in made else _paragraphs(made)}</div>") if made.strip() else None
    base = values.get("link", "")
    lines: list[str] = []
    visible = ""
    if element is not None:
        body = element.find("body") if element.find("body") is not None else element
        known = {one.url: one.url for one in references(body, base) if files.find(one.url)}
        lines = clean_lines(to_markdown(body, base, known))
        visible = visible_text(body)
    if (picture := files.urls.get(values.get("_thumbnail_id", ""))) and picture.rpartition("/")[2] not in content:
        lines = [f"![{files.titles.get(values['_thumbnail_id'], '')}](<{picture}>)", "", *lines]
    summary = " ".join(re.sub(r"<[^>]*>", "", values.get("excerpt", "")).split())
    fields = {
        "title": values.get("title", ""), "date": _date(values), "status": values.get("status", ""),
        "post_password": values.get("post_password", ""),
    }  # fmt: skip
    more: dict[str, Any] = {"summary": summary} if summary else {}
    more |= {"pinned": True} if values.get("is_sticky") == "1" else {}
    more |= {"keywords": list(item.tags)} if item.tags else {}
    return Old(
        f"{item.kind}/{item.id or base}", lines, {}, "", plain=False, addresses=_addresses(item),
        column=next((columns[name] for name in item.categories if name in columns), ""), whole=True, page=item.kind == "page",
        visible=escape(visible, quote=False), find=files.find, fields={k: v for k, v in fields.items() if v}, more=more,
        notes=tuple(Note(MARKUP, f"短代码 [{name}] 照原样留作文字", "改写成文字、图片或链接，或者删去") for name in left),
    )  # fmt: skip


def _date(values: Mapping[str, str]) -> str:
    given = values.get("post_date", "")
    return "" if given.startswith("0000") else given


def _addresses(item: Item) -> tuple[str, ...]:
    """The address of an item, and those by its number, which WordPress redirects to it."""
    link = item.values.get("link", "")
    parts = urlsplit(link)
    home = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else "/"
    numbered = {"post": "p", "page": "page_id", "attachment": "attachment_id"}.get(item.kind, "")
    found = [
        link if parts.path.strip("/") or parts.query else "",
        f"{home}?{numbered}={item.id}" if numbered and item.id else "",
    ]
    found += [item.values.get("attachment_url", "")]
    return tuple(dict.fromkeys(one for one in found if one))


def _attributes(text: str) -> dict[str, str]:
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(text) if m[1]}


def _without_shortcodes(text: str, item: Item, files: _Files) -> tuple[str, list[str]]:
    """(the text with plain HTML for the shortcodes that have a plain meaning, names of the others)."""
    left: dict[str, None] = {}
    found = [m for m in _SHORTCODE.finditer(text) if not (m[1] and m[6])]
    closed = {m[3].lower() for m in found if m[2]}
    parts: list[str] = []
    start = 0
    pending: dict[str, str] = {}
    for match in found:
        name, given = match[3].lower(), _attributes(match[4])
        new = _end(name, pending) if match[2] else _start(name, given, item, files, pending)
        if new is None:
            if name in closed or given:
                left.setdefault(match[3])
            continue
        parts += [text[start : match.start()] + match[1], new, match[6]]
        start = match.end()
    made = "".join([*parts, text[start:]])
    return re.sub(r"\[(\[[^\[\]]*\])\]", r"\1", made), list(left)


def _start(name: str, given: Mapping[str, str], item: Item, files: _Files, pending: dict[str, str]) -> str | None:
    if name in ("caption", "wp_caption"):
        pending[name] = escape(given.get("caption", ""))
        return "<figure>"
    if name == "embed":
        pending[name] = ""
        return f'<iframe src="{escape(given["src"])}"></iframe>' if "src" in given else "<p>"
    if name in ("audio", "video"):
        source = given.get("src") or next(
            (given[key] for key in ("mp4", "mp3", "webm", "ogg", "m4a", "m4v") if key in given), ""
        )
        pending[name] = ""
        return f'<{name} src="{escape(source)}"></{name}>' if source else None
    if name in ("gallery", "playlist"):
        ids = [one.strip() for one in given.get("ids", given.get("include", "")).split(",") if one.strip()]
        urls = [
            (files.urls[one], files.titles[one]) for one in ids or files.below.get(item.id, []) if one in files.urls
        ]
        return "".join(
            f'<p><img src="{escape(url)}" alt="{escape(title)}"></p>' if PICTURE.search(urlsplit(url).path)
            else f'<p><a href="{escape(url)}">{escape(title or url)}</a></p>'
            for url, title in urls
        )  # fmt: skip
    if name == "more":
        return ""
    return None


def _end(name: str, pending: dict[str, str]) -> str | None:
    if name not in pending:
        return None
    words = pending.pop(name)
    if name in ("caption", "wp_caption"):
        return f"<p>{words}</p></figure>" if words else "</figure>"
    return "</p>" if name == "embed" else ""


def _paragraphs(text: str) -> str:
    """As WordPress shows the text of its classic editor: a line break is one, an empty line a new paragraph."""
    spans = [(0, 0), *(m.span() for m in _KEPT_TOGETHER.finditer(text)), (len(text), len(text))]
    parts = []
    for (start, end), (following, _) in pairwise(spans):
        plain = _BESIDE_BLOCK.sub(r"\1", text[end:following])
        parts += [text[start:end], re.sub(r"\r?\n", "<br>\n", plain)]
    return "".join(parts)
