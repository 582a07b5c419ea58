"""Markings that a paper must not be published: 密级, 不予公开, 内部资料.

One law in four contains these words (「保守国家秘密」), so the rules look for the form of a marking: the star, a line or
brackets of its own, a label before it, an instruction after it. The words are data (data/marks.yaml).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from pathlib import Path, PurePosixPath

from jiyue.base import kept
from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.base.patterns import compiled, pattern
from jiyue.base.reason import Reason
from jiyue.checks.text.model import INVISIBLE, MOST_COUNTED, Text, few
from jiyue.checks.text.prefilter import parted

_SOURCE = "国办秘函〔2019〕19号 单项否决第1项（泄露国家秘密）；《中华人民共和国保守国家秘密法》"

MARK = error(
    "secrecy-mark",
    "出现密级标志",
    "密级标志（绝密、机密、秘密加★和期限）说明该件属于国家秘密。国家秘密一律不得上网，发现一处即单项否决，并依法追究责任。",
    _SOURCE,
    Reason.SECRET,
)
NOT_PUBLIC = error(
    "secrecy-not-public",
    "出现不予公开标注",
    "文件自身注明“不予公开”“此件不公开”，说明公开属性审核的结论是不公开，发布即违反审核结论。",
    "《中华人民共和国政府信息公开条例》",
    Reason.SECRET,
)
INTERNAL = error(
    "secrecy-internal",
    "出现内部资料标注",
    "“内部资料”“注意保存”“请勿外传”等标注说明该件只在单位内部使用，属于工作秘密或者内部事务信息，不得对外发布。",
    "《中华人民共和国保守国家秘密法》；《中华人民共和国政府信息公开条例》",
    Reason.SECRET,
)
ON_REQUEST = warning(
    "secrecy-on-request",
    "出现依申请公开标注",
    "文件注明“依申请公开”，说明它不属于主动公开的范围。放到网站上等于主动公开，应先确认公开属性是否已经变更。",
    "《中华人民共和国政府信息公开条例》",
)
RULES = (MARK, NOT_PUBLIC, INTERNAL, ON_REQUEST)

UNUSUAL_BLANK = pattern(rf"[\u00a0\u2000-\u200a\u3000{INVISIBLE}]")
"""Characters replaced by a space first, because the small sets below compile six times faster (31 ms instead of 190)."""
_GAP = r"[ \t]*"
INNER = r"[ \t*_~`\\\[\]]*"
"""What may be inside a word, including Markdown's marks, which a reader doesn't see."""
_STAR = "★☆✩✪✫✬✭✮✯✰⭐⋆🌟"
_OPEN, _CLOSE = r"[(（\[【〔〖「『<《]", r"[)）\]】〕〗」』>》]"

LISTED = Path(__file__).with_name("data") / "marks.yaml"
"""The words of markings, by kind, each with its source."""


@functools.lru_cache(maxsize=1)
def listed() -> dict[str, tuple[str, ...]]:
    """The words of each kind, longest first."""
    words: dict[str, set[str]] = {}
    for entry in kept.listed(LISTED):
        words.setdefault(entry["kind"], set()).update(entry["words"])
    return {kind: tuple(sorted(those, key=lambda word: (-len(word), word))) for kind, those in words.items()}


def _spaced(word: str) -> str:
    return INNER.join(word)


def _any(*words: str) -> str:
    return "(?:" + "|".join(_spaced(word) for word in words) + ")"


_ON_REQUEST = _spaced("依申请公开")
_LABELS = ("密级", "保密期限")


@functools.lru_cache(maxsize=1)
def literals() -> tuple[str, ...]:
    """Literals for the prefilter: no rule of this module matches a text without any of them."""
    words = {word for those in listed().values() for word in those} | {*_LABELS, "依申请公开"}
    return (*_STAR, *sorted(set(parted(sorted(words)))))


_TELL: tuple[tuple[Rule, str, str], ...] = (
    (MARK, "出现密级标志“{found}”", "立即停止发布并报保密机构核查；确属已解密或者误标的，由保密审查人员登记豁免"),
    (NOT_PUBLIC, "出现不公开标注“{found}”", "撤下该件；公开属性已经依法变更的，换用删去该标注的版本"),
    (INTERNAL, "出现内部资料标注“{found}”", "撤下该件；确可公开的，换用删去该标注的版本"),
    (ON_REQUEST, "出现依申请公开标注“{found}”", "确认该件可以主动公开，并改正标注"),
)


class _Forms:
    """The forms in which the listed words are markings."""

    def __init__(self) -> None:
        words = listed()
        level, closed = _any(*words["level"]), _any(*words["closed"])
        papers, forbid, keep = _any(*words["paper"]), _any(*words["forbid"]), _any(*words["keep"])
        labelled = _any(*words["level"], *words["label"])
        count = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
        term = rf"(?:{_any('长期', '启用前', '長期', '啟用前')}|{count}{_GAP}(?:年|个{_GAP}月|個{_GAP}月|月|天))"
        # What a marking's line may hold before and after it: a field's name, indents, quotes, list marks, emphasis, cell borders.
        mark = r"(?:[#>\-+:]|\d{1,3}[.)、]|\[\^?\w{1,20}\]?:)"
        field = r"[A-Za-z_]{1,20}:[ ]?[\"']?"
        head = rf"(?:^(?:{field})?|[|\t\n]){_GAP}(?:{mark}{_GAP}){{0,12}}[*_|]*{_GAP}{_OPEN}*{_GAP}"
        tail = rf"{_GAP}{_CLOSE}*{_GAP}[*_]*[\"']?{_GAP}(?=$|[|\t\n\r])"
        separator = rf"{_GAP}[:：|\t]{_GAP}[*_]*{_OPEN}*{_GAP}"
        this = _any("此件", "本件", "该件", "本文", "此文", "本文件", "此文件")
        openness = rf"公{_GAP}开{_GAP}{_any('属性', '类别', '类型', '形式', '方式', '选项', '范围', '情况')}"
        circle = _any("本单位", "单位", "机关", "系统", "工作人员")
        self.forms = {
            MARK: _one_of(
                rf"{labelled}{INNER}级?{INNER}(?:[{_STAR}]|[*＊](?!\*){_GAP}{term})(?:{_GAP}{term})?",
                rf"{head}(?:{level}{_GAP}级?(?:{_GAP}[:：]?{_GAP}{term})?){tail}",
                rf"{_spaced('密级')}{separator}{labelled}",
                rf"{_OPEN}{_GAP}{labelled}{_GAP}级?(?:{_GAP}{term})?{_GAP}{_CLOSE}",
                rf"{_spaced('保密期限')}{separator}{term}",
            ),
            NOT_PUBLIC: _one_of(
                rf"{this}{_GAP}(?:依{_GAP}法{_GAP})?{closed}",
                rf"{_OPEN}{_GAP}{closed}{_GAP}{_CLOSE}",
                rf"{head}{closed}{tail}",
                rf"{openness}{separator}{closed}",
            ),
            INTERNAL: _one_of(
                rf"{papers}[\s，,、。；;：:！!·*_()（）\-—]{{0,4}}(?:{keep}|{forbid})",
                rf"{_OPEN}{_GAP}(?:仅{_GAP})?(?:供{_GAP})?{papers}{_GAP}{_CLOSE}",
                rf"{head}{papers}{tail}",
                rf"[仅僅]{_GAP}[限供]{_GAP}(?:供{_GAP})?(?:{circle}{_GAP})?{_any(*words['use'])}",
                rf"(?:{head}|{_OPEN}{_GAP}){forbid}[!！。]?(?:{tail}|{_GAP}{_CLOSE})",
            ),
            ON_REQUEST: _one_of(rf"{this}{_GAP}{_ON_REQUEST}", rf"{openness}{separator}{_ON_REQUEST}"),
        }
        kinds = {
            "mark": (*_STAR, *words["level"], *words["label"], *_LABELS),
            "closed": words["closed"],
            "internal": (*words["paper"], *words["use"], *words["forbid"]),
            "request": ("依申请公开",),
        }
        firsts = "".join(sorted({word[0] for those in kinds.values() for word in those}))
        rests = "|".join(f"(?P<{kind}>{_behind_the_first(those)})" for kind, those in kinds.items())
        self.word = compiled(f"[{firsts}](?:{rests})")  # a set first makes the search fast
        self.of_kind = {"mark": MARK, "closed": NOT_PUBLIC, "internal": INTERNAL, "request": ON_REQUEST}


def _behind_the_first(words: tuple[str, ...]) -> str:
    """A pattern for the rest of any of these words, behind their first character."""
    rests: dict[str, set[str]] = {}
    for word in words:
        rests.setdefault(word[0], set()).add(word[1:])
    return "|".join(
        f"(?<={first})" + ("" if "" in those else INNER + _any(*sorted(those, key=lambda rest: (-len(rest), rest))))
        for first, those in sorted(rests.items())
    )


def _one_of(*forms: str) -> re.Pattern[str]:
    return compiled("|".join(forms), re.M)


_forms = functools.lru_cache(maxsize=1)(_Forms)


def warm_up() -> None:
    """Compile the forms before this process forks, so that its children inherit them."""
    _forms()


_STANDS_APART = pattern(
    rf"(?:\A|[\n\t|:：件文法供限仅僅位关统员級级{_OPEN[1:-1]}\"'])[ \u3000\u00a0#>*_~`\\\-\[\]+\d.)、^:]*\Z"
)
_GOES_ON = pattern(
    rf"{INNER}级?{INNER}(?:[{_STAR}*＊]|{_CLOSE})|[\s，,、。；;：:！!·*_()（）\-—]{{0,4}}[注妥不请請严嚴切禁阅会用勿]|{_GAP}[:：|\t]"
)
"""A marking has one of these before or after its word; ordinary use has neither and is skipped."""


_NAME_PARTS = pattern(r"[\s_\-—()（）\[\]【】〔〕《》<>+.，,、·&]+")
_LEVEL = _any("绝密", "絕密", "机密", "機密", "秘密", "祕密", "核心商密", "普通商密")
_TERM = r"长期|启用前|(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:年|个?月|天)"
_NAME_MARK = pattern(
    rf"^{_LEVEL}级?(?:件|文件|资料|材料)?(?:[{_STAR}].*)?(?:{_TERM})?$|{_LEVEL}{_GAP}[{_STAR}]|^涉密(?:件|文件|资料|材料)?$"
)
_NAME_CLOSED = pattern(r"^(?:不予公开|不公开|不宜公开)(?:版|件|文件|内容|部分)?$")
_NAME_INTERNAL = pattern(
    r"^(?:内部|内部资料|内部文件|内部材料|内部版|内部使用|仅供内部使用|内部传阅|请勿外传|不得外传|内参)$"
)


_ORDINAL = pattern(r"[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]")
_ROW = 200
"""Characters before and after a word that a row of counts has at most: a bound on the time for any text."""
_COUNT = pattern(r"[-—/]|[\d,，.]* ?[%％件个]?")

_BEFORE, _AFTER = 24, 56
"""Characters around a word that suffice to distinguish a marking from ordinary use."""


def find(text: Text) -> list[Diagnostic]:
    """Every marking of a text, in the order of the rules above."""
    hits: dict[tuple[str, int], tuple[Rule, Diagnostic]] = {}
    counted: Counter[Rule] = Counter()
    for shape in text.shapes:
        for one in filter(None, (shape, shape.joined)):
            _find(one, hits, counted)
    return [d for rule in RULES for d in few([d for r, d in hits.values() if r is rule], text, rule)]


def _find(text: Text, hits: dict[tuple[str, int], tuple[Rule, Diagnostic]], counted: Counter[Rule]) -> None:
    forms = _forms()
    view = text.view
    shown_text = UNUSUAL_BLANK.sub(" ", view.text)  # of equal length, so that offsets stay valid
    for word in forms.word.finditer(shown_text):
        rule = forms.of_kind[word.lastgroup or ""]
        if counted[rule] > MOST_COUNTED or not (
            _STANDS_APART.search(shown_text[max(0, word.start() - _BEFORE) : word.start()])
            or _GOES_ON.match(shown_text, word.end())
            or word[0] in _STAR
        ):
            continue
        if rule is NOT_PUBLIC and _is_count(shown_text, word.start()):
            continue
        window, base = _window(shown_text, word.start())
        for match in forms.forms[rule].finditer(window):
            core = match[0].lstrip("|#>*_- \t\r\n\u3000")
            at = base + match.end() - len(core)
            shown = " ".join(core.rstrip("|*_ \t\r\n\u3000").split())
            key = rule.id, view.origin(at)
            if key not in hits:
                counted[rule] += 1
                what, hint = next((what, hint) for r, what, hint in _TELL if r is rule)
                hits[key] = rule, text.seen(rule, at, what.format(found=shown[:40]), hint)


def _is_count(view: str, at: int) -> bool:
    """Whether a row of a table says how many were not made public: a label, then counts alone.

    The table of each 政府信息公开工作年度报告 has such a row (国办公开办函〔2021〕30号).
    """
    start, end = view.rfind("\n", max(0, at - _ROW), at) + 1, view.find("\n", at, at + _ROW)
    if (not start and at > _ROW) or (end < 0 and len(view) > at + _ROW):
        return False
    cells = [cell.strip() for cell in view[start : end if end >= 0 else len(view)].replace("\t", "|").split("|")]
    label = view.count("|", start, at) + view.count("\t", start, at)
    counts = cells[label + 1 :]
    return (
        all(not cell or _ORDINAL.match(cell) for cell in cells[:label])
        and any(cell[:1].isdigit() for cell in counts)
        and all(_COUNT.fullmatch(cell) for cell in counts)
    )


def _window(view: str, at: int) -> tuple[str, int]:
    """(the text around a word, its offset), cut so that a cut never looks like a line end."""
    start, end = max(0, at - _BEFORE), min(len(view), at + _AFTER)
    head = "" if start == 0 or view[start - 1] == "\n" else "\0"
    tail = "" if end == len(view) or view[end] in "\r\n" else "\0"
    return head + view[start:end] + tail, start - len(head)


def find_in_name(site: str, path: str) -> list[Diagnostic]:
    """Markings in the names of a file and its folders; 「保守国家秘密法.docx」 isn't one."""
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
    """The markings in a name and the rule that each breaks. Cached, because folders recur."""
    words = _NAME_PARTS.split(re.sub(f"[{INVISIBLE}]", "", name))
    rules = ((MARK, _NAME_MARK), (NOT_PUBLIC, _NAME_CLOSED), (INTERNAL, _NAME_INTERNAL))
    return tuple((rule, word) for word in words for rule, pattern in rules if pattern.search(word))
