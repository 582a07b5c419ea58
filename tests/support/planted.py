"""Makes texts with a planted secret. Shares no code with the detector.

Everything is invented from a seed; the numbers are well-formed and belong to nobody we know of.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SENTENCES = (
    "为贯彻落实省政府工作部署，现将有关事项通知如下。",
    "各县（市、区）人民政府要加强组织领导，明确责任分工。",
    "2026年11月20日，全市城乡居民基本养老保险工作会议召开，会议总结了前三季度工作。",
    "全年粮食总产量达到4150万吨，比上年增长2.3%，完成固定资产投资1,234.56亿元。",
    "联系电话：0431-88901234，传真：0431-88905678，邮编：130051。",
    "依法应当保守国家秘密、商业秘密和个人隐私的，按照有关规定执行。",
    "根据《国务院关于印发规划的通知》（国发〔2021〕29号）精神，结合我省实际，制定本方案。",
    "行政机关公开政府信息，不得危及国家安全；依法不予公开的除外。",
    "加强机关内部管理，健全内部控制制度，完善内部审计。",
)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡", "伟芳娜敏静磊洋艳勇军杰娟涛明超秀兰霞平刚桂英"
REGIONS = (
    "110101",
    "130102",
    "210102",
    "220102",
    "220182",
    "220202",
    "222401",
    "230103",
    "310101",
    "440305",
    "510104",
    "659001",
)


@dataclass(frozen=True)
class Secret:
    """A planted secret: the rule that has to fire, its disguise, and its line."""

    rule: str
    disguise: str
    line: str


def a_name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.randint(1, 2)))


def a_birthday(rng: random.Random) -> tuple[int, int, int]:
    year, month = rng.randint(1935, 2020), rng.randint(1, 12)
    return year, month, rng.randint(1, calendar.monthrange(year, month)[1])


def citizen_number(rng: random.Random) -> str:
    """Eighteen characters; the last makes the sum weighted by powers of two 1 modulo 11 (ISO 7064 MOD 11-2)."""
    year, month, day = a_birthday(rng)
    body = f"{rng.choice(REGIONS)}{year:04}{month:02}{day:02}{rng.randint(0, 999):03}"
    total = sum(int(digit) << (17 - at) for at, digit in enumerate(body))
    last = (1 - total) % 11
    return body + ("X" if last == 10 else str(last))


def old_citizen_number(rng: random.Random) -> str:
    year, month, day = a_birthday(rng)
    year = min(year, 1999)
    day = min(day, 28)
    return f"{rng.choice(REGIONS)}{year % 100:02}{month:02}{day:02}{rng.randint(0, 999):03}"


def card_number(rng: random.Random) -> str:
    """Sixteen or nineteen digits of a card scheme; the last digit is found by trying (Luhn)."""
    length = rng.choice((16, 19))
    start = rng.choice(("622202", "621700", "622848", "623036", "436742", "955880", "621799"))
    body = start + "".join(str(rng.randint(0, 9)) for _ in range(length - len(start) - 1))
    for last in "0123456789":
        number = body + last
        total = 0
        for place, char in enumerate(number[::-1]):
            value = int(char) * (1 + place % 2)
            total += value // 10 + value % 10
        if total % 10 == 0:
            return number
    raise AssertionError


def mobile_number(rng: random.Random) -> str:
    return (
        "1"
        + rng.choice(("38", "39", "50", "56", "77", "86", "99", "33", "47", "66"))
        + "".join(str(rng.randint(0, 9)) for _ in range(8))
    )


def _joined(number: str, sizes: tuple[int, ...], gap: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    if at < len(number):
        parts.append(number[at:])
    return gap.join(parts)


def _sprinkled(rng: random.Random, number: str, gap: str) -> str:
    places = set(rng.sample(range(1, len(number)), rng.randint(1, 4)))
    return "".join((gap if at in places else "") + char for at, char in enumerate(number))


def _written(number: str, digits: str) -> str:
    """A number in the digits of another script; an X stays."""
    return "".join(digits[int(char)] if char.isdigit() else char for char in number)


Disguise = Callable[[random.Random, str], str]
ANYWHERE: dict[str, Disguise] = {
    "plain": lambda rng, n: n,
    "full width": lambda rng, n: "".join(chr(ord(c) + 0xFEE0) for c in n),
    "zero width space": lambda rng, n: _sprinkled(rng, n, "\u200b"),
    "zero width joiner": lambda rng, n: _sprinkled(rng, n, "\u200d"),
    "word joiner": lambda rng, n: _sprinkled(rng, n, "\u2060"),
    "soft hyphen": lambda rng, n: _sprinkled(rng, n, "\u00ad"),
    "byte order mark": lambda rng, n: _sprinkled(rng, n, "\ufeff"),
    "every character apart": lambda rng, n: " ".join(n),
    "every character by ideographic space": lambda rng, n: "\u3000".join(n),
    "underlined by combining marks": lambda rng, n: "\u0332".join(n),
    "Arabic-Indic digits": lambda rng, n: _written(n, "٠١٢٣٤٥٦٧٨٩"),
    "Devanagari digits": lambda rng, n: _written(n, "०१२३४५६७८९"),
    "mathematical digits": lambda rng, n: _written(n, "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "circled digits": lambda rng, n: _written(n, "⓪①②③④⑤⑥⑦⑧⑨"),
    "superscript digits": lambda rng, n: _written(n, "⁰¹²³⁴⁵⁶⁷⁸⁹"),
    "Chinese digits": lambda rng, n: _written(n, "〇一二三四五六七八九"),
    "Chinese capital digits": lambda rng, n: _written(n, "零壹贰叁肆伍陆柒捌玖"),
    "Chinese digits in a half": lambda rng, n: _written(n[: len(n) // 2], "〇一二三四五六七八九") + n[len(n) // 2 :],
    "every second digit full width": lambda rng, n: "".join(
        chr(ord(c) + 0xFEE0) if at % 2 else c for at, c in enumerate(n)
    ),
}
IN_MARKUP: dict[str, Disguise] = {
    "entities": lambda rng, n: "".join(f"&#{ord(c)};" for c in n),
    "hexadecimal entities": lambda rng, n: "".join(f"&#x{ord(c):x};" if rng.random() < 0.5 else c for c in n),
    "split by a tag": lambda rng, n: _sprinkled(rng, n, "<wbr>"),
    "split by a comment": lambda rng, n: _sprinkled(rng, n, "<!-- -->"),
    "in a comment": lambda rng, n: f"<!-- {n} -->",
    "in an attribute": lambda rng, n: f'<span title="{n}">详情</span>',
    "named entities": lambda rng, n: _sprinkled(rng, n, "&ZeroWidthSpace;"),
    "named joiners": lambda rng, n: _sprinkled(
        rng, n, rng.choice(("&NoBreak;", "&zwnj;", "&shy;", "&InvisibleTimes;"))
    ),
    "split by a long tag": lambda rng, n: _halves(n, f'<span title="{"长" * 600}">', "</span>"),
    "split by a long comment": lambda rng, n: _halves(n, f"<!-- {'长' * 3000} -->", ""),
    "split by a tag with its sign in a value": lambda rng, n: _halves(n, '<b title="1 > 0">', "</b>"),
    "split by a script": lambda rng, n: _halves(n, "<script>let a = 1</script>", ""),
    "split by a declaration": lambda rng, n: _halves(n, "<?x y?>", ""),
    "half in a link": lambda rng, n: f"[{n[:5]}](a.html){n[5:]}",
    "half in a reference": lambda rng, n: f"{n[:5]}[{n[5:]}][a]",
    "half marked": lambda rng, n: f"**{n[:5]}**{{: .a}}{n[5:]}",
    "half in italics": lambda rng, n: f"{n[:5]}<i>{n[5:]}</i>",
    "under ruby": lambda rng, n: f"<ruby>{n[:5]}<rt>拼音</rt></ruby>{n[5:]}",
    "turned by a control": lambda rng, n: f"\u202e{n[::-1]}\u202c",
    "turned by an element": lambda rng, n: f'<bdo dir="rtl">{n[::-1]}</bdo>',
    "a cell a digit": lambda rng, n: "<table><tr>" + "".join(f"<td>{char}</td>" for char in n) + "</tr></table>",
    "in code": lambda rng, n: f"`{n}`",
    "a picture's description": lambda rng, n: f"![{n}](a.png)",
}


def _halves(number: str, before: str, after: str) -> str:
    return f"{number[:5]}{before}{number[5:]}{after}"


FOR_ID: dict[str, Disguise] = {
    "6-8-4": lambda rng, n: _joined(n, (6, 8, 4), rng.choice((" ", "-", "\u00a0", "\u3000", "·", "_"))),
    "6-4-2-2-4": lambda rng, n: _joined(n, (6, 4, 2, 2, 4), rng.choice((" ", "-", "."))),
    "groups of three": lambda rng, n: _joined(n, (3, 3, 3, 3, 3, 3), rng.choice((" ", "-"))),
    "wrapped line": lambda rng, n: _joined(n, (rng.randint(4, 14),), "\n"),
    "small x": lambda rng, n: n.lower(),
    "cells": lambda rng, n: _joined(n, (6, 8, 4), ","),
    "far apart": lambda rng, n: _joined(n, (6, 8, 4), " " * rng.randint(4, 40)),
    "two wrapped lines": lambda rng, n: _joined(n, (6, 8, 4), "\n"),
    "a line a field": lambda rng, n: _joined(n, (6, 8, 4), "\n    "),
}  # fmt: skip
FOR_CARD: dict[str, Disguise] = {
    "groups of four": lambda rng, n: _joined(n, (4, 4, 4, 4), rng.choice((" ", "-", "\u00a0"))),
}
FOR_MOBILE: dict[str, Disguise] = {
    "3-4-4": lambda rng, n: _joined(n, (3, 4, 4), rng.choice((" ", "-", "\u00a0", "\u3000", ".", "·", "—"))),
    "3-8": lambda rng, n: _joined(n, (3, 8), rng.choice(("-", " "))),
    "country code": lambda rng, n: rng.choice(("+86 ", "+86", "86-", "0086", "(+86)")) + n,
    "bold middle": lambda rng, n: f"{n[:3]}**{n[3:7]}**{n[7:]}",
}


def _id(rng: random.Random, markup: bool) -> Secret:
    kinds = ANYWHERE | FOR_ID | (IN_MARKUP if markup else {})
    disguise = rng.choice(sorted(kinds))
    label = rng.choice(("身份证号：", "公民身份号码", "", f"{a_name(rng)}，", f"{a_name(rng)}\t", "证件号码:"))
    return Secret("privacy-id-number", disguise, f"{a_name(rng)} {label}{kinds[disguise](rng, citizen_number(rng))}")


def _old_id(rng: random.Random, markup: bool) -> Secret:
    kinds = {key: ANYWHERE[key] for key in ("plain", "full width", "zero width space", "word joiner")}
    disguise = rng.choice(sorted(kinds))
    label = rng.choice(("身份证号：", "身份证号码 ", "公民身份号码：", "身 份 证："))
    return Secret("privacy-id-number", "old, " + disguise, f"{label}{kinds[disguise](rng, old_citizen_number(rng))}")


def _card(rng: random.Random, markup: bool) -> Secret:
    kinds = ANYWHERE | FOR_CARD | ({k: IN_MARKUP[k] for k in ("entities", "split by a tag")} if markup else {})
    disguise = rng.choice(sorted(kinds))
    label = rng.choice(("银行卡号：", "卡号", "工商银行账号：", "开户行：农村信用社，账号", "一卡通 ", "收款账户："))
    return Secret("privacy-bank-card", disguise, f"{a_name(rng)}，{label}{kinds[disguise](rng, card_number(rng))}")


def _mobile(rng: random.Random, markup: bool) -> Secret:
    kinds = ANYWHERE | FOR_MOBILE | (IN_MARKUP if markup else {})
    disguise = rng.choice(sorted(kinds))
    label = rng.choice(("手机：", "联系电话：", "", "，", "联系方式 ", "Tel:", "（手机）"))
    return Secret(
        "privacy-mobile", disguise, f"联系人：{a_name(rng)} {label}{kinds[disguise](rng, mobile_number(rng))}"
    )


def _gaps(rng: random.Random, words: str, gap: str | None = None) -> str:
    return (rng.choice(("", "", " ", "\u3000", "\u200b", "\u00a0")) if gap is None else gap).join(words)


GAPS_IN_WORDS = {
    "": "",
    "spaced": " ",
    "widely spaced": "\u3000",
    "zero width": "\u200b",
    "hard space": "\u00a0",
    "over lines": "\n",
    "over indented lines": "\n  ",
    "joiner": "\u2060",
}
GAPS_IN_MARKUP = {"entity": "&ZeroWidthSpace;", "tag": "<wbr>", "comment": "<!-- x -->", "bold": "**"}


def _mark_shapes(level: str, years: str) -> dict[str, str]:
    return {
        "star": f"{level}★{years}",
        "spaced star": f"{level} ★ {years}",
        "star alone": f"{level}★",
        "white star": f"{level}☆{years}",
        "own line": f"{level}",
        "own line with term": f"{level} {years}",
        "label": f"密级：{level}",
        "brackets": f"【{level}】关于有关情况的报告",
        "round brackets": f"关于有关情况的报告（{level}）",
        "term": f"保密期限：{years}",
    }


def _not_public_shapes(word: str) -> dict[str, str]:
    forms = (
        f"（此件{word}）",
        f"此件{word}",
        f"（{word}）",
        f"公开属性：{word}",
        f"公开方式:{word}",
        word,
        f"[{word}]",
    )
    return {form.replace(word, "…"): form for form in forms}


def _internal_shapes(paper: str) -> dict[str, str]:
    forms = (
        f"{paper} 注意保存",
        f"{paper}，请勿外传",
        f"{paper}·不得外传",
        f"（{paper}）",
        f"【{paper}】",
        paper,
        f"{paper}！严禁外传",
    )
    return {form.replace(paper, "…"): form for form in forms}


ORDERS = ("仅供内部参考", "仅限内部使用", "（会后收回）", "（阅后销毁）", "不得扩散", "仅供领导参阅")


def _mark(rng: random.Random, markup: bool) -> Secret:
    level = _gaps(rng, rng.choice(("绝密", "机密", "秘密")))
    years = rng.choice(("10年", "20年", "长期", "1年", "6个月", "30年", "三年"))
    shape, line = rng.choice(sorted(_mark_shapes(level, years).items()))
    return Secret("secrecy-mark", shape, line)


def _not_public(rng: random.Random, markup: bool) -> Secret:
    word = _gaps(rng, rng.choice(("不予公开", "不公开")))
    return Secret("secrecy-not-public", *rng.choice(sorted(_not_public_shapes(word).items())))


def _internal(rng: random.Random, markup: bool) -> Secret:
    shapes = _internal_shapes(_gaps(rng, rng.choice(("内部资料", "内部文件", "内部材料"))))
    shapes |= {order: order for order in ORDERS[:3]}
    return Secret("secrecy-internal", *rng.choice(sorted(shapes.items())))


def ways(seed: int, *, markup: bool = True) -> list[Secret]:
    """Every combination once: each kind of number in each disguise, each form of a marking with each gap in its word.

    markup: False for carriers that show tags literally.
    """
    rng = random.Random(seed)
    inside = IN_MARKUP if markup else {}
    kinds: list[tuple[str, str, Callable[[random.Random], str], dict[str, Disguise]]] = [
        ("privacy-id-number", "身份证号：", citizen_number, ANYWHERE | FOR_ID | inside),
        ("privacy-bank-card", "银行卡号：", card_number, ANYWHERE | FOR_CARD | inside),
        ("privacy-mobile", "手机：", mobile_number, ANYWHERE | FOR_MOBILE | inside),
    ]
    found = [
        Secret(rule, name, f"{a_name(rng)}，{label}{disguise(rng, number(rng))}")
        for rule, label, number, disguises in kinds
        for name, disguise in disguises.items()
    ]
    gaps = GAPS_IN_WORDS | (GAPS_IN_MARKUP if markup else {})
    for name, gap in gaps.items():
        level = rng.choice(("绝密", "机密", "秘密"))
        forms = [
            ("secrecy-mark", _mark_shapes(_gaps(rng, level, gap), "10年")),
            ("secrecy-not-public", _not_public_shapes(_gaps(rng, "不予公开", gap))),
            ("secrecy-internal", _internal_shapes(_gaps(rng, "内部资料", gap))),
        ]
        found += [Secret(rule, f"{shape}, {name}", line) for rule, those in forms for shape, line in those.items()]
    return found + [Secret("secrecy-internal", order, order) for order in ORDERS]


MAKERS = (_id, _id, _id, _old_id, _card, _mobile, _mobile, _mobile, _mark, _not_public, _internal)


def secrets(count: int, seed: int, *, markup: bool = True) -> Iterator[Secret]:
    """Random secrets of every kind. markup: False for carriers that show tags literally."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice(MAKERS)(rng, markup)


def buried(secret: Secret, rng: random.Random) -> str:
    """An ordinary text with the secret on a line of its own in the middle."""
    before = [rng.choice(SENTENCES) for _ in range(rng.randint(1, 6))]
    after = [rng.choice(SENTENCES) for _ in range(rng.randint(1, 6))]
    return "\n\n".join([*before, secret.line, *after]) + "\n"


def _cell_line(line: str) -> str:
    return line.replace("|", "｜").replace("\n", "")


PLACES: dict[str, Callable[[str], str]] = {
    "paragraph": lambda line: line,
    "heading": lambda line: f"## {line}",
    "list": lambda line: f"- 其一\n- {line}\n- 其三",
    "numbered list": lambda line: f"1. {line}\n2. 其二",
    "quotation": lambda line: "> " + line.replace("\n", "\n> "),
    "cell": lambda line: f"| 序号 | 内容 |\n| --- | --- |\n| 1 | {_cell_line(line)} |",
    "bold": lambda line: f"**{line}**",
    "block of HTML": lambda line: f"<div>\n{line}\n</div>",
    "cell of HTML": lambda line: f"<table><tr><td>1</td><td>{line}</td></tr></table>",
    "folded part": lambda line: f"<details><summary>详情</summary>\n<p>{line}</p>\n</details>",
    "hidden part": lambda line: f'<p hidden aria-hidden="true">{line}</p>',
    "code": lambda line: f"```\n{line}\n```",
    "indented code": lambda line: "    " + line.replace("\n", "\n    "),
    "note": lambda line: f"见注[^1]。\n\n[^1]: {line}",
    "comment": lambda line: f"<!--\n{line}\n-->",
    "definition": lambda line: f"内容\n:   {line}",
    "wrapped paragraph": lambda line: f"{SENTENCES[0]}\n{line}\n{SENTENCES[1]}",
}
"""Name of a place in an article -> the article's text with a line there."""
