"""Parses one source file into a catalogue row or diagnostics. Pure: the same bytes at the same place give the same row."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.base.diagnostics import Diagnostic, did_you_mean, error, warning
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.validation import findings
from jiyue.base.verified_read import digest
from jiyue.catalogue import kinds
from jiyue.catalogue.article import Article
from jiyue.catalogue.complexity import too_complex
from jiyue.catalogue.frontmatter import FrontMatter, NoFrontMatter, split
from jiyue.catalogue.references import REFERENCES, pictures_from_elsewhere, references

if TYPE_CHECKING:
    from jiyue.catalogue.models import News

ENCODING = error(
    "article-encoding",
    "文章不是 UTF-8 编码",
    "别的编码在不同电脑上会变成乱码。",
    "GB 18030 与 UTF-8 混用是旧站迁移最常见的错误；本平台",
)
HEAD = error(
    "article-head",
    "文章开头的标题和日期读不出来",
    "没有标题和日期的稿件不能发布，也无法排序。",
    "国办发〔2017〕47号（标题、发布时间）",
)
FIELD = error("article-field", "文章的字段不对", "写错的键会悄悄丢掉一项要求，如到期时间。")
CHARACTERS = error(
    "article-characters", "文章含有不允许的控制字符", "控制字符在网页上不可见，会使页面不合标准，也可用来隐藏内容。"
)
PICTURE = warning(
    "article-picture", "图片在别的网站", "网页不向别的网站请求内容：那里的图片会失效、会变，也会知道谁在看。"
)
COMPLEX = error(
    "article-complex",
    "文章的标记多得无法排版",
    "成千上万个没有配对的方括号、尖括号，或者几十层套在一起的引用、列表，会使排版用去几分钟以至不能完成；多半是误粘贴的数据。",
)
SIZE = error("article-size", "文章太大", "单篇稿件过大多半是误放了附件，读者也打不开。")

EMPTY = warning("article-empty", "文章没有正文", "读者点开标题，看到的是一张空白页。", "国办发〔2017〕47号（空白页面）")
COPY = warning(
    "article-copy", "文件像是另一个文件的副本", "电脑自动起名的副本会让同一篇稿件发布两次，改的也可能不是公开的那一份。"
)
STRAY = warning("article-stray", "文章不在栏目里", "直接放在站点目录下的是单页，任何列表和订阅里都没有它。")

TRANSCRIPT = warning(
    "article-transcript",
    "音视频没有文字稿或者字幕",
    "听不见、看不见的人靠文字稿和字幕知道内容，搜索也靠它们。",
    "WCAG 2.2 1.2.1、1.2.2；GB/T 37668-2019；吉政办发〔2015〕5号（五）",
)

MAX_BYTES = 5_000_000
"""Far above any real text: the longest of 261 official documents has under 200 kB."""

_FORBIDDEN = pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0002fffe\U0002ffff]"
)

_ROW = {
    "id",
    "kind",
    "title",
    "date",
    "updated",
    "source",
    "author",
    "summary",
    "publish_at",
    "expires",
    "push_down",
    "slug",
    "status",
}


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _LETTERS for b in _LETTERS]


def stable_id(site: str, folder: str, file_name: str) -> str:
    """An id that depends only on the file's place: 12 characters of a-z and 2-7 (60 bits, RFC 4648).

    Not base64.b32encode, which takes ten times as long; this runs once per article.
    """
    bits = int.from_bytes(hashlib.blake2b(f"{site}/{folder}/{file_name}".encode(), digest_size=8).digest(), "big") >> 4
    return "".join([_PAIRS[bits >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)])


def forbidden_character(text: str) -> re.Match[str] | None:
    """The first control character or noncharacter. All are unprintable, and isprintable() is a fast test."""
    return None if text.replace("\n", "").isprintable() else _FORBIDDEN.search(text)


class Place:
    """The place of a source file."""

    __slots__ = ("file_name", "folder", "site", "source_path")

    def __init__(self, site: str, folder: str, file_name: str, source_path: str) -> None:
        self.site, self.folder, self.file_name, self.source_path = site, folder, file_name, source_path


class Reading(NamedTuple):
    """The result for a file. A draft has neither row nor diagnostics. head: digest of its front matter, '' if it has none."""

    row: Article | None
    findings: list[Diagnostic]
    head: str = ""


def read_article(
    data: bytes, site: str, column: str, folder: str, file_name: str, source_path: str
) -> tuple[Article | None, list[Diagnostic]]:
    """Parse and validate one file."""
    return read(data, column, Place(site, folder, file_name, source_path), digest(data))[:2]


class Opened(NamedTuple):
    """A file whose front matter could be read. mark: digest of its front matter."""

    head: FrontMatter
    mark: str


def read(
    data: bytes, column: str, place: Place, content: str, known: Reading | None = None, *, drafts: bool = False
) -> Reading:
    """Parse and validate one file. content: its digest. known: the result for another text at the same place and column.

    drafts: drafts have a row, too (for a preview).
    """
    opened = open_article(data, place)
    return opened if isinstance(opened, Reading) else validated(opened, column, place, content, known, drafts=drafts)


def open_article(data: bytes, place: Place) -> Opened | Reading:
    """The first half of read(): the front matter and the text; a Reading of findings if that is not to be had."""
    site, source_path = place.site, place.source_path
    if len(data) > MAX_BYTES:
        message = f"文件有 {len(data) / 1e6:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB"
        return Reading(None, [SIZE.at(source_path, 0, message, "把附件和图片放在旁边单独的文件里", site=site)])
    try:
        text = decode(data)
        bad = forbidden_character(text)
        if bad:
            line = text.count("\n", 0, bad.start()) + 1
            message = f"含有控制字符 U+{ord(bad[0]):04X}"
            hint = "删除该字符（编辑器可用「显示不可见字符」找到它）"
            return Reading(None, [CHARACTERS.at(source_path, line, message, hint, site=site)])
        head = split(text)
    except NotUtf8 as problem:
        return Reading(None, [ENCODING.at(source_path, problem.line, problem.message, problem.hint, site=site)])
    except NoFrontMatter as problem:
        findings = [HEAD.at(source_path, problem.line, problem.message, problem.hint, site=site, col=problem.col)]
        return Reading(None, findings)
    if heavy := _too_complex(head, place):
        return Reading(None, [heavy])
    return Opened(head, digest(text[: len(text) - len(head.body)].encode("utf-8", "surrogatepass")))


def validated(
    opened: Opened, column: str, place: Place, content: str, known: Reading | None = None, *, drafts: bool = False
) -> Reading:
    """The second half of read(): the row, or what is wrong with the front matter.

    A front matter that did not change is not validated again: pydantic stays unloaded while only bodies are edited.
    """
    head, mark = opened
    if known and known.row and known.head == mark:
        extra = {key: value for key, value in known.row.extra.items() if key not in REFERENCES}
        extra |= references(head.body, extra)
        row = known.row._replace(digest=content, extra=extra)
        return Reading(row, _advice(row, head, place), mark)
    return Reading(*_row(head.values, head, column, place, content, drafts=drafts), mark)


@cache
def _models() -> dict[str, type[News]]:
    from jiyue.catalogue.models import KINDS  # noqa: PLC0415  (pydantic: 90 ms)

    return KINDS


def _row(
    values: dict[str, Any], head: Any, column: str, place: Place, content: str, *, drafts: bool
) -> tuple[Article | None, list[Diagnostic]]:
    models = _models()
    default = "news" if place.folder else "page"
    kind = values.get("kind") or default
    if not isinstance(kind, str) or kind not in models:
        return None, [_unknown_kind(kind, head, place)]
    model = models[kind]
    given = {key: value for key, value in values.items() if value != "" and not key.startswith("x_")}
    given["kind"] = kind
    fields, problems = findings(model, given, head.lines, place.source_path, FIELD, place.site)
    if fields is None:
        return None, problems
    if fields.status == "draft" and not drafts:
        return None, []
    more = fields.model_fields_set - _ROW
    extra = fields.model_dump(mode="json", include=more, exclude_defaults=True) if more else {}
    extra |= references(head.body, extra)
    name = fields.slug or (_page_name(place.file_name) if kind == "page" and not place.folder else "")
    article_id = fields.id or stable_id(place.site, place.folder, place.file_name)
    publish_at = fields.publish_at or ""
    row = Article(
        article_id, place.site, column, place.folder, name or article_id, kind, fields.title, max(fields.date, publish_at),
        max([fields.updated or "", *(one.at for one in fields.updates if one.at > fields.date)]),
        fields.source or "", fields.author or "", fields.summary or "", place.source_path,
        head.body_line, content, publish_at, fields.expires or "",
        fields.withdraw.at if fields.withdraw else "", list(fields.push_down), extra,
    )  # fmt: skip
    return row, _advice(row, head, place)


_COMMENT = pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_COPY = pattern(
    r"(?:副本|复件|copy of)[ _-].*|.*?(?:[ _-]*(?:副本|复件)|[ _-]copy)[ _-]?\d*(?:[ _-]*[(（]\d+[)）])?|.*?[ _-]*[(（]\d{1,2}[)）]",
    re.IGNORECASE,
)
"""How Windows, WPS, macOS and browsers name a copy: `a - 副本`, `a (1)`, `复件 a`, `a copy 2`."""


def _advice(row: Article, head: Any, place: Place) -> list[Diagnostic]:
    """Warnings about an article that can be published all the same."""
    pictures = _pictures(head, place)
    text = _COMMENT.sub("", head.body) if "<!--" in head.body else head.body
    if (not text or text.isspace()) and kinds.KINDS[row.kind].needs_text and not row.extra.get("layout"):
        hint = "写上正文；内容在附件里的，写一句说明并链接附件；不发布的，加一行 status: draft"
        pictures.append(EMPTY.at(place.source_path, head.body_line, "正文是空的", hint, site=place.site))
    if "video" in row.extra:
        pictures += _transcript(row, head, place)
    stem = place.file_name.rpartition(".")[0]
    if not (stem.isascii() and "(" not in stem and "copy" not in stem.lower()) and _COPY.fullmatch(stem):
        hint = "是多余的一份就删去；确实是另一篇，就改文件名，如 20261120-tongzhi.md"
        pictures.append(COPY.at(place.source_path, 0, f"文件名「{place.file_name}」像是副本", hint, site=place.site))
    alone = head.values.get("kind") == "page" or "translation_of" in head.values
    if not place.folder and not alone and "date" in head.values:
        message = "文章直接放在站点目录下，不属于任何栏目，列表里没有它"
        hint = f"移到栏目的目录里，如 content/{place.site}/tzgg/；是「关于本站」这样的单页，就加一行 kind: page"
        pictures.append(STRAY.at(place.source_path, 0, message, hint, site=place.site))
    return pictures


def _transcript(row: Article, head: Any, place: Place) -> list[Diagnostic]:
    line = head.lines.get(("video",), 1)
    wrong = []
    if not _COMMENT.sub("", head.body).strip() and "transcript" not in row.extra:
        wrong.append(("没有文字稿", "把说的话写在正文里；访谈也可以写 transcript"))
    if not row.extra["video"]["src"].endswith(".mp3") and not row.extra["video"].get("captions"):
        wrong.append(("没有字幕", "加上字幕文件，如 video: {src: a.mp4, captions: a.vtt}"))
    return [TRANSCRIPT.at(place.source_path, line, message, hint, site=place.site) for message, hint in wrong]


_FILMS = (".mp4", ".webm", ".mp3", ".ogg", ".m3u8")


def _pictures(head: Any, place: Place) -> list[Diagnostic]:
    return [
        PICTURE.at(
            place.source_path,
            head.body_line + head.body.count("\n", 0, position),
            f"{'音视频' if address.lower().endswith(_FILMS) else '图片'} {address[:80]} 在别的网站，页面上不会显示",
            "把图片下载到文章旁边，写成 ![说明](图片文件名)；音视频下载后放在旁边，或者用普通链接",
            site=place.site,
        )
        for position, address in pictures_from_elsewhere(head.body)
    ]


def _too_complex(head: Any, place: Place) -> Diagnostic | None:
    offset = too_complex(head.body)
    if offset is None:
        return None
    line = head.body_line + head.body.count("\n", 0, offset)
    message = "从这里起，没有配对的括号或者层层套用的标记太多，不能排版"
    hint = "删去误粘贴的内容；要展示的数据放到附件里"
    return COMPLEX.at(place.source_path, line, message, hint, site=place.site)


def _unknown_kind(kind: Any, head: Any, place: Place) -> Diagnostic:
    models = _models()
    message, hint = "「kind」应是一段文字", "可以写：" + "、".join(models)
    if isinstance(kind, str):
        chinese = {str(model.__doc__).partition("：")[0]: name for name, model in models.items()}
        near = f"是否想写 {chinese[kind]}？" if kind in chinese else did_you_mean(kind, models)
        message, hint = f"「kind」不能是「{kind[:40]}」", near or hint
    return FIELD.at(place.source_path, head.lines.get(("kind",), 1), message, hint, site=place.site)


def _page_name(file_name: str) -> str:
    """A page's name is its file's stem, if that is a plain word; else ''."""
    stem = file_name.rpartition(".")[0]
    return stem if re.fullmatch(r"[^\W_][\w-]{0,79}", stem) and not re.fullmatch(r"index(_\d+)?|404", stem) else ""
