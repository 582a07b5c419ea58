"""Tags of other generators in Markdown: what has a plain meaning is written plainly, the rest stays as text and is told.

Hexo's tag plugins and Jekyll's Liquid (`{% note %} … {% endnote %}`), Hugo's shortcodes (`{{< figure >}}`) and VuePress's
containers (`::: tip`). Fenced code is left alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jiyue.importers.bodies import fenced_lines

_LIQUID = re.compile(r"\{%-?\s*(end)?([A-Za-z_][\w-]*)((?:\s|:)(?:[^%]|%(?!\}))*?)?\s*-?%\}")
_HUGO = re.compile(r"\{\{(?:<|%)\s*(/)?\s*([\w/.-]+)((?:\s[^{}]*?)?)\s*(/)?\s*(?:>|%)\}\}")
_HUGO_SHOWN = re.compile(r"\{\{(<|%)/\*\s*(.*?)\s*\*/(>|%)\}\}")
_CONTAINER = re.compile(r"^ {0,3}(:{3,})\s*([\w-]*)\s*(.*?)\s*$")
_TOC = re.compile(r"^\s*(?:\[\[?toc\]\]?|\{:\s*toc\s*\}|[*-] TOC)\s*$", re.IGNORECASE)
_BADGE = re.compile(r"<Badge\b[^<>]*?\btext=\"([^\"]*)\"[^<>]*/?>(?:</Badge>)?")
_LEFT = re.compile(
    r"\{%-?\s*(\w+)|\{\{(?:<|%)\s*/?\s*([\w/.-]+)|\{\{-?\s*([\w.$]+)|^<<<\s*(\S)|^@(include)\b", re.MULTILINE
)
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)

_BOXES = {
    "note": "", "notice": "", "tip": "提示", "info": "", "warning": "注意", "danger": "警告", "caution": "注意", "alert": "",
    "important": "重要", "hint": "提示", "callout": "", "admonition": "", "details": "", "success": "", "error": "", "primary": "",
    "question": "", "card": "", "box": "", "message": "",
}  # fmt: skip
"""Names of boxes -> the words they begin with where they have no title."""
_KINDS = frozenset(
    [
        "default",
        "primary",
        "info",
        "success",
        "warning",
        "danger",
        "tip",
        "note",
        "light",
        "dark",
        "simple",
        "modern",
        "flat",
        "disabled",
        "no-icon",
    ]
)
"""Words that say how a box looks."""
_QUOTES = frozenset("blockquote quote pullquote centerquote cq pq q".split())  # noqa: SIM905
_CODES = frozenset("codeblock code highlight".split())  # noqa: SIM905
_THROUGH = frozenset("raw center left right centered section div expand collapse markdown".split())  # noqa: SIM905
"""Tags of which only the content is read."""
_PLACES = {
    "youtube": ("视频", "https://www.youtube.com/watch?v={}"), "vimeo": ("视频", "https://vimeo.com/{}"),
    "bilibili": ("视频", "https://www.bilibili.com/video/{}"), "gist": ("代码", "https://gist.github.com/{}"),
    "jsfiddle": ("代码", "https://jsfiddle.net/{}"), "tweet": ("推文", "https://x.com/i/status/{}"),
    "iframe": ("嵌入的网页", "{}"), "video": ("视频", "{}"), "audio": ("音频", "{}"), "pdf": ("文件", "{}"), "dplayer": ("视频", "{}"),
}  # fmt: skip


class Converted(NamedTuple):
    """lines: the text; left: names of the tags that stayed."""

    lines: list[str]
    left: list[str]


def plain(lines: list[str], generator: str) -> Converted:
    """The text without the tags that have a plain meaning. generator: hexo, hugo, jekyll or vuepress."""
    fenced = fenced_lines(lines)
    out: list[str] = []
    for inside, part in _parts(lines, fenced):
        out += part if inside else _converted(part, generator)
    now = fenced_lines(out)
    rest = "\n".join("" if at in now else line for at, line in enumerate(out))
    names = (next(filter(None, match.groups())) for match in _LEFT.finditer(_CODE.sub("", rest)))
    return Converted(out, list(dict.fromkeys(name for name in names if not re.match("end[a-z]", name))))


def without(lines: list[str]) -> str:
    """The text without any tags, to compare it by its words."""
    text = "\n".join(line for line in lines if not _CONTAINER.match(line) and not _TOC.match(line))
    return _HUGO.sub("", _HUGO_SHOWN.sub("", _LIQUID.sub("", text)))


def _parts(lines: list[str], fenced: set[int]) -> Iterator[tuple[bool, list[str]]]:
    part: list[str] = []
    inside = False
    for at, line in enumerate(lines):
        if (at in fenced) != inside and part:
            yield inside, part
            part = []
        inside = at in fenced
        part.append(line)
    if part:
        yield inside, part


def _converted(lines: list[str], generator: str) -> list[str]:
    text = "\n".join(line for line in lines if not _TOC.match(line))
    if generator in ("hexo", "jekyll"):
        text = _Tags(text, _LIQUID).text()
    if generator == "hugo":
        text = _HUGO_SHOWN.sub(r"{{\1 \2 \3}}", _Tags(text, _HUGO).text())
    if generator == "vuepress":
        text = _BADGE.sub(r"（\1）", "\n".join(_containers(text.split("\n"))))
    return text.split("\n")


class _Tag(NamedTuple):
    name: str
    words: str
    closes: bool
    start: int
    end: int


class _Tags:
    """A text with tags that may enclose others."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self.source = text
        code = [match.span() for match in _CODE.finditer(text)]
        self.tags = [
            _Tag(m[2], (m[3] or "").strip(" :\n\t"), bool(m[1]), *m.span())
            for m in pattern.finditer(text)
            if not any(start <= m.start() < end for start, end in code)
        ]
        self.hugo = pattern is _HUGO

    def text(self) -> str:
        return self._between(0, len(self.tags), 0, len(self.source))

    def _between(self, first: int, last: int, start: int, end: int) -> str:
        """The text from start to end, in which the tags first..last lie."""
        parts: list[str] = []
        at = first
        while at < last:
            tag = self.tags[at]
            parts.append(self.source[start : tag.start])
            closing = self._closing(at, last) if not tag.closes else None
            start = tag.end
            if closing is not None:
                close = self.tags[closing]
                raw = self.source[tag.end : close.start]
                inner = raw if tag.name in ("raw", *_CODES) else self._between(at + 1, closing, tag.end, close.start)
                new = _enclosed(tag, inner)
                parts.append(
                    new if new is not None else f"{_shown(self.source, tag)}{inner}{_shown(self.source, close)}"
                )
                start, at = close.end, closing + 1
                continue
            new = None if tag.closes else _alone(tag, hugo=self.hugo)
            parts.append(new if new is not None else _shown(self.source, tag))
            at += 1
        return "".join([*parts, self.source[start:end]])

    def _closing(self, at: int, last: int) -> int | None:
        depth, name = 0, self.tags[at].name
        for number in range(at + 1, last):
            if self.tags[number].name == name:
                if self.tags[number].closes and not depth:
                    return number
                depth += -1 if self.tags[number].closes else 1
        return None


def _shown(source: str, tag: _Tag) -> str:
    return source[tag.start : tag.end]


def _enclosed(tag: _Tag, inner: str) -> str | None:
    """What a tag with an end is, or None if it has no plain meaning."""
    name, words = tag.name.lower(), _words(tag.words)
    if name in _CODES:
        named, given = _named(words)
        language = next(
            (word for word in [named.get("lang", ""), *given] if re.fullmatch(r"lang:\w+|\w[\w+#-]*", word)), ""
        )
        language = language.removeprefix("lang:")
        title = " ".join(given) if name == "codeblock" and not language else ""
        body = inner.strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
        return f"\n\n{title}\n\n{fence}{language}\n{body}\n{fence}\n\n".replace("\n\n\n\n", "\n\n")
    if name in _QUOTES:
        by = " ".join(word for word in words if word not in ("left", "right"))
        return _quoted(inner, "", f"—— {by}" if by else "")
    if name in _BOXES:
        named, given = _named(words)
        title = named.get("title") or " ".join(word for word in given if word not in _KINDS and word not in _BOXES)
        return _quoted(inner, title or _BOXES[name], "")
    if name in _THROUGH:
        return inner
    return None


def _alone(tag: _Tag, *, hugo: bool) -> str | None:  # noqa: PLR0911  (one return for each kind of tag)
    """What a tag without an end is, or None if it has no plain meaning."""
    name = tag.name.lower()
    named, given = _named(_words(tag.words))
    if name in ("figure", "img", "image", "asset_img"):
        source = named.get("src") or next(
            (word for word in given if re.search(r"\.\w{2,5}(?:\?|$)|^(?:https?:)?/", word)), ""
        )
        rest = [word for word in given[given.index(source) + 1 :] if not word.isdecimal()] if source in given else []
        caption = named.get("caption") or named.get("title") or ""
        alt = named.get("alt") or caption or " ".join(rest).strip("'\"")
        return (
            f"![{_label(alt)}](<{source}>)" + (f"\n\n{caption}\n\n" if caption and caption != alt else "")
            if source
            else None
        )
    if name in ("post_link", "asset_link", "post_path", "asset_path", "link", "post_url") and given:
        target, title = given[0], " ".join(word for word in given[1:] if word not in ("true", "false"))
        if name == "link" and not hugo and len(given) > 1 and not _is_target(target):
            at = next((number for number, word in enumerate(given) if _is_target(word)), 0)
            return f"[{_label(' '.join(given[:at]))}](<{given[at]}>)" if at else None
        target = target if name.startswith("asset") else f"name:{target}"
        return f"[{_label(title or given[0])}](<{target}>)" if name not in ("post_url", "post_path", "link") else target
    if name in ("ref", "relref") and hugo and (named.get("path") or given):
        return "name:" + (named.get("path") or given[0])
    if name in _PLACES and (named or given):
        label, place = _PLACES[name]
        target = (
            named.get("src") or named.get("url") or named.get("id") or "/".join(given if name == "gist" else given[:1])
        )
        if not target:
            return None
        return f"[{label}](<{place.format(target)}>)"
    if name in ("more", "toc", "summary"):
        return ""
    return None


def _is_target(word: str) -> bool:
    return bool(re.match(r"(?:https?:)?/|\.", word))


def _label(words: str) -> str:
    return words.replace("[", "（").replace("]", "）")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text.replace("\\", "\\\\"))
    except ValueError:
        return text.split()


def _named(words: list[str]) -> tuple[Mapping[str, str], list[str]]:
    """(name=value of words, the others)."""
    pairs = {
        key.lower(): value
        for key, mark, value in (word.partition("=") for word in words)
        if mark and key.isidentifier()
    }
    return pairs, [word for word in words if not (word.partition("=")[1] and word.partition("=")[0].isidentifier())]


def _quoted(inner: str, title: str, end: str) -> str:
    rows = [*([f"**{title}**", ""] if title else []), *inner.strip("\n").split("\n"), *(["", end] if end else [])]
    return "\n\n" + "\n".join(f"> {row}".rstrip() for row in rows) + "\n\n"


def _containers(lines: list[str]) -> list[str]:
    """VuePress's containers as quotes with a title; those that only group others lose their marks."""
    out: list[str] = []
    open_: list[tuple[str, str, list[str]]] = []
    for line in lines:
        match = _CONTAINER.match(line)
        if match and match[2]:
            open_.append((match[2].lower(), match[3], out))
            out = []
        elif match and open_ and not match[3]:
            name, title, above = open_.pop()
            inner = "\n".join(out)
            out = [*above, *(_quoted(inner, title or _BOXES[name], "") if name in _BOXES else inner).split("\n")]
        else:
            out.append(line)
    for name, title, above in reversed(open_):  # never closed
        out = [*above, f"::: {name} {title}".rstrip(), *out]
    return out
