"""Texts of any length in shapes that make readers of text slow: unclosed, nested, repeated, disguised."""

from __future__ import annotations

from collections.abc import Callable

Shape = Callable[[int], str]


def _repeated(unit: str, end: str = "", start: str = "") -> Shape:
    return lambda size: start + unit * max(1, size // len(unit)) + end


def _numbered(unit: str, join: str = "\n") -> Shape:
    return lambda size: join.join(unit.replace("N", str(n)) for n in range(max(1, size // (len(unit) + 4))))


def _stairs(unit: str, end: str) -> Shape:
    return lambda size: "\n".join(unit * n + end for n in range(1, int((2 * size / len(unit)) ** 0.5)))


def _spread(first: str, between: str, last: str) -> Shape:
    return lambda size: first + between * size + last


REPEATED = """
[|[]|]|[字 |![|[a](|[a](<|[字](a.html) |[a](b "|`|`字 |``字` |*|*字 |*字|**字|
*a **b |**a *b* |_|_a |__a_|<|<a |<b>|<div>|<p>字</p>|<a b="|<!--|
<!-- a --> |<![CDATA[|<?|<!a|</|</a|</div>|<http://a.b |<a@b |&#|&#x41;|&nbsp;|&amp|&|&ZeroWidthSpace;|{: |{|{#a}|-|- - - |=|~|\\|\\*|:|(|
<script>|<td style="|<td>1</td>|<img src="a.png">|<img |[^1]|字[^1]|[a][b] |1234567890|22010219850315421|
1,|138,|1 |1\t|12 |一二三四五六七八九|①②③|１２３|
٣٤|秘密★|秘 密 |内部资料|不予公开|★|此件|1\u200b|\u202e1\u202c|\u202e|a\u0301|字|a|月|2026年13月45日|[2019]|字,|，|居住地|1号楼 |http://a.b/|帐号|\u3000|
<ruby>字<rt>1</rt></ruby>|<svg>|<title>a|${|"|'|'''|x: |- |? |&a |*a |!a
"""
LINED = """
> 字|- 字|1. 字|[字](a.html)|# 字|字|```|~~~|---|13812345678|220102198503154219|卡号 6222021234567890123|
10:30,00012345|依法保守国家秘密|秘密|内部资料|
绝|| 1 | 2 ||- [ ] 字|a: b|a: [b, c]|<div>|<p>字</p>|: 字|    字|居住地：某某村3组|（此件不予公开）|x=|---a
"""


def _split(listed: str) -> list[str]:
    return [unit for unit in listed.strip("\n").replace("|\n", "|").split("|") if unit]


SHAPES: dict[str, Shape] = {
    **{f"{unit!r} repeated": _repeated(unit) for unit in _split(REPEATED)},
    **{f"lines of {unit!r}": _repeated(unit + "\n") for unit in _split(LINED)},
    **{
        f"paragraphs of {unit!r}": _repeated(unit + "\n\n")
        for unit in ("> 字", "- 字", "[字](a.html)", "字", "字\n=", "    字", "![a](a.png) 字")
    },
    "lists and paragraphs": _repeated("- 字\n\n- 字\n\n字\n\n"),
    "nested brackets": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "nested parentheses": lambda size: "[a]" + "(" * (size // 2) + ")" * (size // 2),
    "growing backticks": lambda size: " ".join("`" * n for n in range(1, int((2 * size) ** 0.5))),
    "growing quotations": _stairs(">", " 字"),
    "growing lists": _stairs("    ", "- 字"),
    "quotations in one line": _repeated("> ", "字"),
    "a table": _repeated("| 1 | 2 |\n", start="| a | b |\n| --- | --- |\n"),
    "a table of many columns": lambda size: "|a" * (size // 4) + "|\n" + "|-" * (size // 4) + "|\n",
    "a cell of blanks": _spread("| a | b |\n| --- | --- |\n|", " ", "\u00a0| 2 |\n"),
    "attributes": _repeated("b=c ", ">", "<a "),
    "explained notes": lambda size: (
        "".join(f"字[^{n}]" for n in range(size // 20)) + "\n\n" + "\n".join(f"[^{n}]: a" for n in range(size // 20))
    ),
    "notes": _numbered("[^N]: a"),
    "indented paragraphs": _numbered("    本段正文行首缩进N\n\n字\n"),
    "links and open links": _repeated("[a](b 'c' ", start="[字](a.html)\n\n"),
    "links and open addresses": _repeated("<http:", start="[字](a.html)\n\n"),
    "open braces": _repeated("{"),
    "jumps and ids": _numbered('[字](#aN)\n<b id="bN">字</b> <b id="bN">字</b>\n'),
    "open links": _repeated("[a](<"),
    "addresses": _numbered("[N]: http://a"),
    "abbreviations": _numbered("*[AN]: a"),
    "keys": _numbered("kN: a"),
    "anchors": _numbered("kN: &aN [*aN, *aN]"),
    "numbered headings": _numbered("# 字 {#aN}", "\n\n"),
    "a long digit": _spread("", "1", ""),
    "a document number of zeros": _spread("〔2019〕", "0", ""),
    "a parted word": _spread("秘", " ", "密"),
    "blanks": _spread("a", " ", "b"),
    "tabs": _spread("a", "\t", "b"),
    "lines of blanks": _repeated(" \n"),
    "empty lines": _spread("a", "\n", "b"),
    "hard spaces": _spread("", "\u00a0", "b"),
    "a comment left open": _spread("<!-- ", "字", ""),
    "an attribute left open": _spread('<a title="', "字", ""),
    "an element left open": _spread("<script>", "<b>", ""),
    "continued values": _repeated("    a\n", start="Title: a\n"),
    "a folded value": _repeated("  字\n", start="title: >\n"),
    "nested sequences": _repeated("["),
}
