"""Checks wording: wrong terms (an extensible list), and the forms of document numbers, dates and punctuation.

A list of terms is YAML: `- {wrong, right, severity: error|warning, category, context, exceptions, until, source}`.
Only wrong and right are required. context is a regular expression that must match within 30 characters of the term;
exceptions are longer, correct words that contain the term; until is the last day on which the entry is valid. The
product ships a neutral list; a province's own list may be outside the repository.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ahocorasick_rs as ac

from jiyue.base import kept
from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.base.patterns import compiled, pattern
from jiyue.catalogue.blocks import blocks
from jiyue.checks.text.cache_keys import SHIPPED
from jiyue.checks.text.model import MOST_COUNTED, Text, few

REACH = 30
"""Characters on each side of a term within which its context must match."""
DFA_UP_TO = 3000
"""The most terms for which the faster but larger automaton is built."""

WRONG = error(
    "wording-wrong",
    "出现严重表述错误",
    "词表里标为“错误”的写法（国名、机构名写错等）属于严重表述错误，发现即单项否决。",
    "国办秘函〔2019〕19号 单项否决第1项（严重表述错误）",
)
ADVICE = warning(
    "wording-advice",
    "用词可能有误",
    "错别字和不规范的用词损害政府网站的公信力。词表只收确有定论的写法；认为不当的可以不改。",
    "国办秘函〔2019〕19号；《第一批异形词整理表》",
)
DOCUMENT_NUMBER = warning(
    "wording-document-number",
    "发文字号格式不规范",
    "发文字号由发文机关代字、年份、发文顺序号组成。年份标全称，用六角括号“〔〕”括入；顺序号不加“第”字，不编虚位（1不编为01）。",
    "GB/T 9704—2012",
)
DATE = warning(
    "wording-date",
    "日期有误或不规范",
    "日期写错会让政策的生效、截止时间产生歧义。公文日期用阿拉伯数字将年、月、日标全，月、日不编虚位。",
    "GB/T 9704—2012；GB/T 15835—2011",
)
PUNCTUATION = warning(
    "wording-punctuation",
    "标点有误",
    "中文里用中文标点。半角逗号、句读重复多是录入或转换留下的错误。",
    "GB/T 15834—2011",
)
LIST = error(
    "wording-list",
    "词表无法使用",
    "词表有一条写错，检查时就可能漏掉它，所以不带病运行。",
)
RULES = (WRONG, ADVICE, DOCUMENT_NUMBER, DATE, PUNCTUATION, LIST)


class TermListError(ValueError):
    """An invalid list of terms; str() is Chinese and names the entry."""


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a list."""

    wrong: str
    right: str
    severity: str = "warning"
    category: str = "错别字"
    context: str = ""
    exceptions: tuple[str, ...] = ()
    until: datetime.date | None = None
    source: str = ""


@dataclass(frozen=True)
class Terms:
    """A list ready for use: an automaton over all terms, and their contexts."""

    terms: tuple[Term, ...] = ()

    @functools.cached_property
    def version(self) -> str:
        """A digest of all entries."""
        return hashlib.sha256(repr(self.terms).encode()).hexdigest()[:16]

    @functools.cached_property
    def automaton(self) -> Any:
        """An Aho–Corasick automaton over the wrong words that prefers the longest match; None without words."""
        if not self.terms:
            return None

        fast = len(self.terms) <= DFA_UP_TO
        kind = ac.Implementation.DFA if fast else ac.Implementation.ContiguousNFA
        return ac.AhoCorasick(
            [term.wrong for term in self.terms], matchkind=ac.MatchKind.LeftmostLongest, implementation=kind
        )

    @functools.cached_property
    def contexts(self) -> tuple[re.Pattern[str] | None, ...]:
        """The compiled context of each term."""
        return tuple(compiled(term.context) if term.context else None for term in self.terms)


def load_terms(paths: Iterable[Path], today: datetime.date) -> Terms:
    """Read lists in order, without expired entries; a later entry for the same word replaces an earlier one.

    Raises TermListError for an unreadable file or a wrong entry: a list is used as a whole or not at all.
    """
    known: dict[str, Term] = {}
    for path in paths:
        for term in _read(path):
            known[term.wrong] = term
    live = (term for term in known.values() if term.until is None or term.until >= today)
    return Terms(tuple(sorted(live, key=lambda term: term.wrong)))


def usable_terms(paths: Iterable[Path], today: datetime.date) -> tuple[Terms, list[Diagnostic]]:
    """The shipped list and all others; if one is invalid, the shipped one alone, and an error."""
    try:
        return load_terms([SHIPPED, *paths], today), []
    except TermListError as problem:
        hint = "照词表开头的说明改正；在此之前，本单位的词表不起作用，不能发布"
        return load_terms([SHIPPED], today), [LIST.at("sites/cluster.yaml", 0, str(problem), hint)]


def _read(path: Path) -> list[Term]:
    if path == SHIPPED:
        return _terms(path, kept.listed(path))
    import yaml  # noqa: PLC0415  (10 ms, most builds read none)

    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise TermListError(f"词表 {path.name} 读不出来：{problem}") from problem
    return _terms(path, entries)


def _terms(path: Path, entries: Any) -> list[Term]:
    if not isinstance(entries, list):
        raise TermListError(f"词表 {path.name} 应当是一个列表，每项写 wrong 和 right")
    return [_term(path.name, number, entry) for number, entry in enumerate(entries, 1)]


def _term(name: str, number: int, entry: object) -> Term:
    where = f"词表 {name} 第 {number} 条"
    if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) and entry[k] for k in ("wrong", "right")):
        raise TermListError(f"{where}：wrong 和 right 都要写，而且是文字")
    unknown = sorted(set(map(str, entry)) - set(Term.__dataclass_fields__))
    if unknown:
        raise TermListError(f"{where}：不认识的字段 {'、'.join(unknown)}")
    exceptions = entry.get("exceptions", [])
    if not isinstance(exceptions, list) or not all(isinstance(e, str) and entry["wrong"] in e for e in exceptions):
        raise TermListError(f"{where}：exceptions 是列表，每项都要包含“{entry['wrong']}”")
    if entry.get("severity", "warning") not in ("error", "warning"):
        raise TermListError(f"{where}：severity 只能是 error 或者 warning")
    until = entry.get("until")
    if until is not None and type(until) is not datetime.date:
        raise TermListError(f"{where}：until 写成 2027-12-31 的形式")
    try:
        compiled(entry.get("context", ""))
    except (re.error, TypeError) as problem:
        raise TermListError(f"{where}：context 不是正确的正则表达式：{problem}") from problem
    return Term(**{**entry, "exceptions": tuple(exceptions)})


def find_terms(text: Text, terms: Terms) -> list[Diagnostic]:
    """Every wrong term of a text, subject to exceptions and context, also across line breaks and markup."""
    automaton = terms.automaton
    if automaton is None:
        return []
    hits: dict[int, tuple[Rule, Diagnostic]] = {}
    for view in (text.running, text.view.joined):
        if view is not text.running and view.text == text.running.text:
            continue
        for index, start, end in automaton.find_matches_as_indexes(view.text):
            term = terms.terms[index]
            context = terms.contexts[index]
            if _is_exception(view.text, start, term) or (
                context is not None and not context.search(view.text[max(0, start - REACH) : end + REACH])
            ):
                continue
            rule = WRONG if term.severity == "error" else ADVICE
            hint = f"改为“{term.right}”" + (f"（依据：{term.source}）" if term.source else "")
            at = view.origin(start)
            if at not in hits and len(hits) <= MOST_COUNTED:
                hits[at] = rule, text.at(rule, at, f"{term.category}：“{term.wrong}”", hint)
    return [d for rule in (WRONG, ADVICE) for d in few([d for r, d in hits.values() if r is rule], text, rule)]


def _is_exception(text: str, start: int, term: Term) -> bool:
    for whole in term.exceptions:
        at = whole.find(term.wrong)
        while at >= 0:
            if start >= at and text.startswith(whole, start - at):
                return True
            at = whole.find(term.wrong, at + 1)
    return False


_HAN = "\u4e00-\u9fff"
_YEAR = r"(?:19|20)\d\d"
_NUMBER = pattern(
    rf"(?P<open>[\[［【(（〔])\s*(?P<year>{_YEAR})\s*(?P<close>[\]］】)）〕])\s*(?P<di>第)?\s*(?P<zero>0*)(?P<no>\d{{1,5}})\s*号"
)
_PLAIN_DAY = r"(?:(?<=[^\d][1-9]月)|(?<=[^\d]0[1-9]月)|(?<=[^\d]1[0-2]月))(?:0?[1-9]|1\d|2[0-8])日"
_DAY = pattern(rf"月(?!{_PLAIN_DAY})\s*(?P<day>\d{{1,2}})\s*(?P<unit>[日号])(?![楼院码线])")
_MONTH = pattern(r"(?:(?P<year>\d{4})\s*年\s*)?(?P<month>\d{1,2})\s*$")
_AGENCY = pattern(r"[发办函字令]\s*$")
_HALF = pattern(rf"[,;?!](?<=[{_HAN}].)(?=[{_HAN}])")
_TWICE = pattern(r"[，、；：。](?:(?<=[，、；：])[，、；：。]|(?<=。)[，、；：]|(?<=[^。]。)。(?!。))")
_FULL = str.maketrans(",;?!", "，；？！")
NUMBER_WORDS = tuple(mark + gap + year for mark in "[［【(（〔" for gap in ("", " ", "\u3000") for year in ("19", "20"))
"""The possible beginnings of a document number's year."""
MARK_WORDS: tuple[str | bytes, ...] = (
    *(first + second for first in "，、；：" for second in "，、；：。"),
    *("。" + second for second in "，、；：。"),
    *(bytes((ord(mark), han)) for mark in ",;?!" for han in range(0xE4, 0xEA)),
)
"""Doubled punctuation marks, and half-width ones before the first byte of a Chinese character."""


def find_document_numbers(text: Text) -> list[Diagnostic]:
    """Malformed document numbers."""
    return few(list(_numbers(text)), text, DOCUMENT_NUMBER)


def find_dates(text: Text) -> list[Diagnostic]:
    """Dates that don't exist, and dates not in the form for documents."""
    return few(list(_dates(text)), text, DATE)


def find_marks(text: Text) -> list[Diagnostic]:
    """Wrong punctuation."""
    return few(list(_marks(text)), text, PUNCTUATION)


def _numbers(text: Text) -> Iterable[Diagnostic]:
    for m in _NUMBER.finditer(text.text):
        if (m["open"], m["close"]) == ("〔", "〕") and not m["di"] and not m["zero"]:
            continue
        if m["open"] in "(（" and not _AGENCY.search(text.text, max(0, m.start() - 6), m.start()):
            continue  # 「（2019）吉01民终12号」 and the like: a court's case number keeps round brackets
        good = f"〔{m['year']}〕{m['no']}号"
        yield text.at(DOCUMENT_NUMBER, m.start(), f"发文字号“{m[0]}”格式不规范", f"改为“{good}”")


def _dates(text: Text) -> Iterable[Diagnostic]:
    for m in _DAY.finditer(text.text):
        start = max(0, m.start() - 14)
        before = _MONTH.search(text.text[start : m.start()])
        if before is None:
            continue
        shown = (before[0] + m[0]).strip()
        try:
            datetime.date(int(before["year"] or 2000), int(before["month"]), int(m["day"]))
        except ValueError:
            yield text.at(DATE, start + before.start(), f"没有“{shown}”这一天", "核对原文，改正日期")
            continue
        if m["unit"] == "号" and before["year"]:
            yield text.at(DATE, start + before.start(), f"日期“{shown}”不规范", f"改为“{shown[:-1]}日”")


def _marks(text: Text) -> Iterable[Diagnostic]:
    data = [range(at, at + len(inside)) for _, inside, at in blocks(text.text)]  # commas of data part its cells
    for m in _HALF.finditer(text.text):
        if not any(m.start() in each for each in data):
            yield text.at(PUNCTUATION, m.start(), f"中文中间用了半角标点“{m[0]}”", f"改为“{m[0].translate(_FULL)}”")
    for m in _TWICE.finditer(text.text):
        yield text.at(PUNCTUATION, m.start(), f"标点重复“{m[0]}”", f"只留一个，例如“{m[0][-1]}”")
