"""Markings that say a paper must not leave the office: 密级, 不予公开, 内部资料.

The words themselves stand in every fourth law (「保守国家秘密」), so a rule looks for the form of a marking: the
star, a line or brackets of its own, a label before it, an instruction behind it.
"""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath

from jiyue.checks.look import parted
from jiyue.checks.text import INVISIBLE, Text, few
from jiyue.diagnostics import Diagnostic, Rule, error, warning
from jiyue.patterns import pattern

_SOURCE = "国办秘函〔2019〕19号 单项否决第1项（泄露国家秘密）；《中华人民共和国保守国家秘密法》"

MARK = error(
    "secrecy-mark",
    "出现密级标志",
    "密级标志（绝密、机密、秘密加★和期限）说明该件属于国家秘密。国家秘密一律不得上网，发现一处即单项否决，并依法追究责任。",
    _SOURCE,
)
NOT_PUBLIC = error(
    "secrecy-not-public",
    "出现不予公开标注",
    "文件自身注明“不予公开”“此件不公开”，说明公开属性审核的结论是不公开，发布即违反审核结论。",
    "《中华人民共和国政府信息公开条例》",
)
INTERNAL = error(
    "secrecy-internal",
    "出现内部资料标注",
    "“内部资料”“注意保存”“请勿外传”等标注说明该件只在单位内部使用，属于工作秘密或者内部事务信息，不得对外发布。",
    "《中华人民共和国保守国家秘密法》；《中华人民共和国政府信息公开条例》",
)
ON_REQUEST = warning(
    "secrecy-on-request",
    "出现依申请公开标注",
    "文件注明“依申请公开”，说明它不属于主动公开的范围。放到网站上等于主动公开，应先确认公开属性是否已经变更。",
    "《中华人民共和国政府信息公开条例》",
)
RULES = (MARK, NOT_PUBLIC, INTERNAL, ON_REQUEST)

_GAP = rf"[ \t\u00a0\u2000-\u200a\u3000{INVISIBLE}]*"
INNER = rf"[ \t\u00a0\u2000-\u200a\u3000*_~`\\{INVISIBLE}]*"
"""What may stand inside a word: also marks of Markdown, which a reader does not see."""
_STAR = "★☆✩✪✫✬✭✮✯✰⭐⋆🌟"


def _spaced(word: str) -> str:
    return INNER.join(word)


def _any(words: str) -> str:
    return "(?:" + "|".join(_spaced(word) for word in words.split()) + ")"


_LEVEL = _any("绝密 機密 絕密 机密 秘密 祕密")
_COUNT = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
_TERM = rf"(?:{_any('长期 启用前')}|{_COUNT}{_GAP}(?:年|个{_GAP}月|月|天))"
_OPEN, _CLOSE = r"[(（\[【〔〖「『<《]", r"[)）\]】〕〗」』>》]"
# What a marking's line may hold before and after it: indents, quotes, list marks, emphasis, cell borders.
_HEAD = rf"(?:^|[|\t\n]){_GAP}(?:[#>\-]+{_GAP})?[*_|]*{_GAP}{_OPEN}*{_GAP}"
_TAIL = rf"{_GAP}{_CLOSE}*{_GAP}[*_]*{_GAP}(?=$|[|\t\n\r])"
_SAYS = rf"{_GAP}[:：|\t]{_GAP}[*_]*{_OPEN}*{_GAP}"
_THIS = _any("此件 本件 该件 本文 此文 本文件 此文件")
_CLOSED = _any("不予公开 不公开 不宜公开 不得公开 不对外公开")
_OPENNESS = rf"公{_GAP}开{_GAP}{_any('属性 类别 类型 形式 方式 选项 范围 情况')}"
_PAPERS = _any("内部资料 内部文件 内部材料 内部刊物 内部参考 内部使用 内部传阅 内部掌握 内部情况")
_CIRCLE = _any("本单位 单位 机关 系统 工作人员")
_USES = _any("内部参考 内部使用 内部传阅 内部交流 内部学习 内部掌握")
_DO_NOT = _any("请勿外传 不得外传 严禁外传 切勿外传 禁止外传 不要外传 阅后收回 会后收回 用后收回 阅后即焚")
_KEEP = _any(
    "注意保存 注意保管 妥善保管 妥善保存 不得翻印 不得复制 不准翻印 请勿转发 不得公开 不予公开 严禁公开 注意保密"
)

WORDS = (
    *_STAR,
    *parted(("绝密", "絕密", "机密", "機密", "秘密", "祕密", "密级", "保密期", "内部", "內部", "外传")),
    *parted(("不公开", "不予公", "不宜公", "不得公", "不对外公", "依申请公")),
    *parted(first + "后" + last for first in "会阅用" for last in "收即"),
)
"""What a clean text does not contain: nothing below can match where this finds nothing."""

_ANCHOR = pattern(
    rf"[{_STAR}绝絕机機秘祕内內不密保会阅用依请勿严切禁要仅僅公]"
    rf"(?:(?<=[{_STAR}])|(?<=[绝絕机機秘祕]){INNER}密|(?<=[内內]){INNER}部"
    rf"|(?<=不){INNER}(?:予{INNER}|宜{INNER}|对{INNER}外{INNER}|得{INNER})?公{INNER}开"
    rf"|(?<=[不请勿严切禁要]){INNER}[得勿禁止]?{INNER}外{INNER}传|(?<=密){INNER}级{_GAP}[:：]|(?<=保){INNER}密{INNER}期"
    rf"|(?<=[会阅用]){INNER}后{INNER}[收即]|(?<=依){INNER}申{INNER}请{INNER}公)"
)
"""Where a marking may be: what stands around is looked at more closely."""

_MARK_FORMS = (
    rf"{_LEVEL}{INNER}级?{INNER}(?:[{_STAR}]|[*＊](?!\*){_GAP}{_TERM})(?:{_GAP}{_TERM})?",
    rf"{_HEAD}(?:{_LEVEL}{_GAP}级?(?:{_GAP}[:：]?{_GAP}{_TERM})?){_TAIL}",
    rf"{_spaced('密级')}{_SAYS}{_LEVEL}",
    rf"{_OPEN}{_GAP}{_LEVEL}{_GAP}级?(?:{_GAP}{_TERM})?{_GAP}{_CLOSE}",
    rf"{_spaced('保密期限')}{_SAYS}{_TERM}",
)
_NOT_PUBLIC_FORMS = (
    rf"{_THIS}{_GAP}(?:依{_GAP}法{_GAP})?{_CLOSED}",
    rf"{_OPEN}{_GAP}{_CLOSED}{_GAP}{_CLOSE}",
    rf"{_HEAD}{_CLOSED}{_TAIL}",
    rf"{_OPENNESS}{_SAYS}{_CLOSED}",
)
_INTERNAL_FORMS = (
    rf"{_PAPERS}[\s，,、。；;：:！!·*_()（）\-—]{{0,4}}(?:{_KEEP}|{_DO_NOT})",
    rf"{_OPEN}{_GAP}(?:仅{_GAP})?(?:供{_GAP})?{_PAPERS}{_GAP}{_CLOSE}",
    rf"{_HEAD}{_PAPERS}{_TAIL}",
    rf"[仅僅]{_GAP}[限供]{_GAP}(?:供{_GAP})?(?:{_CIRCLE}{_GAP})?{_USES}",
    rf"(?:{_HEAD}|{_OPEN}{_GAP}){_DO_NOT}[!！。]?(?:{_TAIL}|{_GAP}{_CLOSE})",
)
_ON_REQUEST_FORMS = (rf"{_THIS}{_GAP}{_spaced('依申请公开')}", rf"{_OPENNESS}{_SAYS}{_spaced('依申请公开')}")


def _any_of(forms: tuple[str, ...]) -> re.Pattern[str]:
    return pattern("|".join(forms), re.M)


_TELL: tuple[tuple[Rule, re.Pattern[str], str, str], ...] = (
    (
        MARK,
        _any_of(_MARK_FORMS),
        "出现密级标志“{found}”",
        "立即停止发布并报保密机构核查；确属已解密或者误标的，由保密审查人员登记豁免",
    ),
    (
        NOT_PUBLIC,
        _any_of(_NOT_PUBLIC_FORMS),
        "出现不公开标注“{found}”",
        "撤下该件；公开属性已经依法变更的，换用删去该标注的版本",
    ),
    (INTERNAL, _any_of(_INTERNAL_FORMS), "出现内部资料标注“{found}”", "撤下该件；确可公开的，换用删去该标注的版本"),
    (ON_REQUEST, _any_of(_ON_REQUEST_FORMS), "出现依申请公开标注“{found}”", "确认该件可以主动公开，并改正标注"),
)


_NAME_PARTS = pattern(r"[\s_\-—()（）\[\]【】〔〕《》<>+.，,、·&]+")
_NAME_MARK = pattern(
    rf"^{_LEVEL}级?(?:件|文件|资料|材料)?(?:[{_STAR}].*)?(?:{_TERM})?$|{_LEVEL}{_GAP}[{_STAR}]|^涉密(?:件|文件|资料|材料)?$"
)
_NAME_CLOSED = pattern(r"^(?:不予公开|不公开|不宜公开)(?:版|件|文件|内容|部分)?$")
_NAME_INTERNAL = pattern(
    r"^(?:内部|内部资料|内部文件|内部材料|内部版|内部使用|仅供内部使用|内部传阅|请勿外传|不得外传|内参)$"
)


_BEFORE, _AFTER = 24, 56
"""Characters around a word that are enough to tell a marking from ordinary use."""


def find(text: Text) -> list[Diagnostic]:
    """Every marking of a text, in the order in which the rules stand above."""
    found: dict[tuple[str, int], tuple[Rule, Diagnostic]] = {}
    for shape in filter(None, (text, text.as_written)):
        _find(shape, found)
    return [d for rule in RULES for d in few([d for r, d in found.values() if r is rule], text, rule)]


def _find(text: Text, found: dict[tuple[str, int], tuple[Rule, Diagnostic]]) -> None:
    view = text.view.text
    for word in _ANCHOR.finditer(view):
        window, base = _window(view, word.start())
        for rule, form, what, hint in _TELL:
            for match in form.finditer(window):
                core = match[0].lstrip("|#>*_- \t\r\n\u3000")
                at = base + match.end() - len(core)
                shown = " ".join(core.rstrip("|*_ \t\r\n\u3000").split())
                key = rule.id, text.view.origin(at)
                if key not in found:
                    found[key] = rule, text.seen(rule, at, what.format(found=shown[:40]), hint)


def _window(view: str, at: int) -> tuple[str, int]:
    """What stands around a word, cut so that a cut end never looks like the end of a line; and where it begins."""
    start, end = max(0, at - _BEFORE), min(len(view), at + _AFTER)
    head = "" if start == 0 or view[start - 1] == "\n" else "\0"
    tail = "" if end == len(view) or view[end] in "\r\n" else "\0"
    return head + view[start:end] + tail, start - len(head)


def find_in_name(site: str, path: str) -> list[Diagnostic]:
    """Markings in a file's name and in the folders above it; 「保守国家秘密法.docx」 is none."""
    if path.isascii():
        return []
    hint = "核实该件能否公开；能公开的，改掉文件名或者文件夹名后再发布"
    return [
        rule.at(path, 0, f"文件名“{name}”带有标注“{word}”", hint, site=site)
        for name in PurePosixPath(path).parts
        for rule, word in _name_marks(name)
    ]


@functools.lru_cache(maxsize=4096)
def _name_marks(name: str) -> tuple[tuple[Rule, str], ...]:
    """The markings in a name and the rule each breaks; kept, because folders come again and again."""
    words = _NAME_PARTS.split(re.sub(f"[{INVISIBLE}]", "", name))
    rules = ((MARK, _NAME_MARK), (NOT_PUBLIC, _NAME_CLOSED), (INTERNAL, _NAME_INTERNAL))
    return tuple((rule, word) for word in words for rule, pattern in rules if pattern.search(word))
