"""Reports writing mistakes that Markdown publishes as text: intended headings, tables or pictures that aren't any.

Every rule is behind a search for the few characters that it needs, since it runs on each article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.dialect import python_markdown
from jiyue.catalogue.references import addresses, body_of, read
from jiyue.checks.text.model import Text
from jiyue.checks.text.prefilter import FULL_WIDTH

WCAG = "WCAG 2.2 {}；GB/T 37668-2019"

ALT = warning("a11y-alt", "图片没有替代文字，或只写了文件名", "看不见图片的读者靠它了解内容。", WCAG.format("1.1.1"))
LINK = warning("a11y-link", "链接文字看不出通向哪里", "只听链接的读者听不到前后文。", WCAG.format("2.4.4"))
INDENT = warning(
    "draft-indent",
    "行首的空格使正文成了代码块",
    "Markdown 里空行之后以四个空格或者 Tab 开头的是程序代码：不换行、没有链接、等宽字体。从 Word 粘贴来的缩进常常这样。",
)
SIGN = warning(
    "draft-sign",
    "Markdown 记号用了全角字符",
    "「＃」「＊」「！」「［］（）」「｜」的全角形式不是 Markdown 记号，读者会看到记号本身，看不到标题、图片或者链接。",
)
EMPHASIS = warning(
    "draft-emphasis",
    "加粗的星号里面有空格",
    "「** 粗 **」不会加粗，读者会看到星号。",
)
TABLE = warning(
    "draft-table",
    "表格缺少分隔行",
    "Markdown 表格的第二行必须是「| --- | --- |」，缺了它读者看到的是带竖线的文字。",
)
LOCAL = warning(
    "draft-path",
    "图片或者链接指向自己电脑里的文件",
    "「C:\\Users\\…」「file://」是写稿的电脑里的位置，读者打不开，还会暴露用户名。",
)
FENCE = warning(
    "draft-fence",
    "代码块没有结束",
    "「```」要成对出现，缺了后一个，后面的文字会乱。",
)
RULES = (INDENT, SIGN, EMPHASIS, TABLE, LOCAL, FENCE)


def draft_findings(text: Text) -> list[Diagnostic]:
    """Findings for an article's Markdown, in no particular order."""
    body = body_of(text.text)
    return list(_findings(text, body, len(text.text) - len(body)))


def _blanked(code: re.Match[str]) -> str:
    """Replace code of the same length: blocks by blanks; spans by letters, because a line may begin with one."""
    return re.sub(r"\S", " " if "\n" in code[0] else "x", code[0])


def _findings(text: Text, body: str, start: int) -> Iterator[Diagnostic]:
    shown = _CODE.sub(_blanked, body) if "`" in body or "~~~" in body else body
    if "```" in body or "~~~" in body:
        yield from _open_fence(text, body, start)
    if ("\n    " in body or "\t" in body or body.startswith("    ")) and _INDENTED.search(shown):
        yield from _indents(text, shown, start)
    if text.signs & FULL_WIDTH:
        for match in _SIGNS.finditer(shown):
            meant = match[0].translate(_HALF)
            message = f"「{match[0][:40]}」用了全角记号，不会成为{_meant(match)}"
            yield text.at(SIGN, start + match.start(), message, f"改为半角：{meant[:60]}")
    if "**" in body and ("** " in body or " **" in body or "**\u3000" in body or "\u3000**" in body):
        yield from _emphasis(text, shown, start)
    if "\n|" in body or body.startswith("|"):
        for match in _TABLE.finditer(shown):
            if not _SEPARATING.issuperset(match[2]):
                hint = "在第一行下面加一行分隔行，如：" + "| --- " * (match[1].strip().strip("|").count("|") + 1) + "|"
                yield text.at(TABLE, start + match.start(), "表格没有分隔行，会显示为带竖线的文字", hint)
    if "](" in body or "<" in body or "]:" in body:
        yield from _addresses(text, body, shown, start)


VAGUE = frozenset(["点击这里", "点击", "点这里", "这里", "此处", "更多", "详情", "查看", "查看详情", "下载", "点击下载", "点击查看", "链接",
                   "阅读全文", "全文", "here", "click here", "more", "read more", "link"])  # fmt: skip
"""Link texts that make no sense out of context."""
_CODE = pattern(r"(?ms)^(?P<fence>`{3,}+|~{3,}+).*?(?:^(?P=fence)[ ]*$|\Z)|`[^`\n]+`")
"""Code blocks and spans. An unclosed block extends to the end of the text, so that each position is scanned only once."""
_FENCE = pattern(r"(?m)^(`{3,}|~{3,})(.*)$")


def _open_fence(text: Text, body: str, start: int) -> Iterator[Diagnostic]:
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(body):
        if opened is None:
            opened = line if line[1][0] not in line[2] else None
        elif line[1] == opened[1] and not line[2].strip():
            opened = None
    if opened:
        hint = f"在代码后面另起一行写 {opened[1]}；不是代码就删去它"
        yield text.at(FENCE, start + opened.start(), f"「{opened[1]}」开始的代码块没有结束", hint)


_INDENTED = pattern(r"(?m)^(?: {4}| {0,3}\t)[^\n]*[\u4e00-\u9fff]")
_BLOCK = pattern(r"<pre><code>(.*?)\n?</code></pre>", re.DOTALL)
_BLANK_FIRST = pattern(r"(?m)^[ \t\u3000]+([^\n]+)")
_PROSE = pattern(r"[\u4e00-\u9fff][^\n]*[，。；：、！？]|[\u4e00-\u9fff]{6}")


def _indents(text: Text, shown: str, start: int) -> Iterator[Diagnostic]:
    places: dict[str, int] = {}
    for line in _BLANK_FIRST.finditer(shown):
        places.setdefault(line[1].strip(), line.start())
    for block in _BLOCK.findall(python_markdown(shown)):
        first = unescape(block).partition("\n")[0].strip()
        if _PROSE.search(first) and first in places:
            message = f"「{first[:20]}」行首有空格，成了代码块"
            yield text.at(INDENT, start + places[first], message, "删去行首的空格和 Tab；首行缩进由网页的样式来做")


_FILE = (
    r"[^（）()\s]+\.(?:png|jpe?g|gif|webp|avif|pdf|docx?|xlsx?|pptx?|wps|zip|md|txt|csv|html?)|https?[:：][^（）()\s]+"
)
_SIGNS = pattern(
    rf"[!！]?[\[［【][^\[\]［］【】\n]{{0,200}}[\]］】]（\s*(?:{_FILE})\s*）"
    rf"|[!！]?[［【][^\[\]［］【】\n]{{0,200}}[］】]\(\s*(?:{_FILE})\s*\)"
    r"|！\[[^\[\]\n]{0,200}\]\([^()\s]+\.(?:png|jpe?g|gif|webp|avif)\)"
    r"|(?m:^)[＃#]*＃+[ \u3000]*[^\s＃][^\n]*"
    r"|＊＊[^＊\n]+＊＊"
    r"|(?m:^)(?<!｜\n)｜[^\n｜]*｜[^\n]*",
    re.IGNORECASE,
)
_HALF = str.maketrans("！［］【】（）＃＊｜：\u3000", "![][]()#*|: ")


def _meant(match: re.Match[str]) -> str:
    mark = match[0].lstrip("#")[0]
    return {"＃": "标题", "＊": "粗体", "｜": "表格", "!": "图片", "！": "图片"}.get(mark, "链接")


def _emphasis(text: Text, shown: str, start: int) -> Iterator[Diagnostic]:
    position = 0
    for line in shown.splitlines(keepends=True):
        parts = line.split("**") if "**" in line else []
        at = 0
        for n, part in enumerate(parts):
            # the odd parts stand between a pair of `**`
            if n % 2 and len(parts) % 2 and part.strip() and part != part.strip():
                hint = f"星号要紧挨文字：**{part.strip()[:30]}**"
                message = f"「**{part[:20]}**」星号里面有空格，不会加粗"
                yield text.at(EMPHASIS, start + position + at - 2, message, hint)
            at += len(part) + 2
        position += len(line)


_TABLE = pattern(r"(?m)(?:\A|(?<=\n\n))(\|[^\n]*\|[^\n]*)\n(\|[^\n]*\|[^\n]*)(?=\n|\Z)")
_SEPARATING = frozenset("|:- \t")
_LOCAL = pattern(r"[A-Za-z]:[\\/](?!/)|file:|\\\\", re.IGNORECASE)
_NO_ALT = pattern(r"!\[\s*\]\(")


def _addresses(text: Text, body: str, shown: str, start: int) -> Iterator[Diagnostic]:
    for empty in _NO_ALT.finditer(shown) if "![" in shown else ():
        hint = "在 ![替代文字](图片) 的方括号里写这张图告诉读者什么"
        yield text.at(ALT, start + empty.start(), "图片没有替代文字", hint)
    links = read(body).links
    if not any(_LOCAL.match(link.address) or _vague(link.text) for link in links):
        return
    for link, (position, address) in zip(links, addresses(text.text), strict=True):
        if _LOCAL.match(address):
            message = f"「{address[:60]}」是自己电脑里的文件，读者打不开"
            yield text.at(LOCAL, position, message, "把文件放到稿件旁边，只写文件名，如 ![说明](图1.png)")
        elif _vague(link.text):
            message = f"链接文字「{link.text}」看不出通向哪里"
            yield text.at(LINK, position, message, "把文件或者文章的名称写进链接文字")


def _vague(text: str) -> bool:
    return bool(text) and text.lower().strip("　 >》»…。.") in VAGUE
