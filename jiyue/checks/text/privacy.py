"""Personal data: ID numbers, bank cards, mobile numbers, home addresses.

The rules read what a reader sees (`Text.view`), because a number split by spaces, hyphens, tags or invisible characters
is still a number to a reader. Numbers need their complete form (check digit, date, region; Luhn and a word like 卡号 near
it), so tables of statistics give no findings. Masked numbers (`138****1234`) lack digits and never match.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from itertools import chain

from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.checks.text.model import CHINESE_NUMERALS, MOST_COUNTED, OTHER_NUMERALS, Text, few
from jiyue.checks.text.numbers import (
    BREAK,
    BY_CHANCE,
    Number,
    card_in,
    id_in,
    in_long_runs,
    is_old_id_number,
    mobile_in,
    numbers_in,
)

_LAW = "《中华人民共和国个人信息保护法》"

ID_NUMBER = error(
    "privacy-id-number",
    "出现公民身份号码",
    "公民身份号码一经公开便无法收回，可被用于冒名贷款、注册、诈骗。名单、公示、附件里最常见；公示确需区分同名的，只留首尾几位。",
    _LAW + "；号码规则 GB 11643—1999",
    Reason.PRIVACY,
)
BANK_CARD = error(
    "privacy-bank-card",
    "出现个人银行卡号",
    "发放补贴、救助的名单常带银行卡号。银行卡号属于敏感个人信息，公示只需姓名、所在村（社区）和金额。",
    _LAW + "；校验规则 ISO/IEC 7812-1（Luhn）",
    Reason.PRIVACY,
)
MOBILE = error(
    "privacy-mobile",
    "出现手机号码",
    "手机号码是个人信息。对外的联系方式应当用办公电话；确需公布的工作手机，先登记到站点的公开联系方式里。",
    _LAW,
    Reason.PRIVACY,
)
HOME_ADDRESS = warning(
    "privacy-home-address",
    "出现详细家庭住址",
    "住址公开到乡镇、街道为止。村组、小区、楼栋、门牌会让人找到当事人的家。",
    _LAW,
)
RULES = (ID_NUMBER, BANK_CARD, MOBILE, HOME_ADDRESS)

ADDRESS_WORDS = ["住址", "住所", "居住", "家庭", "家住", "户籍", "现居", "现住", "单元", "号楼", "栋", "幢"]
"""Every home address that the rule can match has one of these."""
_NUMERAL = f"[0-9{CHINESE_NUMERALS}]"
_NUMERALS = pattern(
    rf"[{CHINESE_NUMERALS}](?:{BREAK}{{0,4}}+{_NUMERAL}){{10}}"
    rf"|[0-9](?:{BREAK}{{0,4}}+[0-9]){{0,4}}+{BREAK}{{0,4}}+[{CHINESE_NUMERALS}](?:{BREAK}{{0,4}}+{_NUMERAL}){{5}}"
    rf"|[0-9](?:{BREAK}{{0,4}}+[0-9]){{5,17}}+{BREAK}{{0,4}}+[{CHINESE_NUMERALS}]"
)
_CHINESE_NUMERAL = pattern(f"[{CHINESE_NUMERALS}]")


def has_chinese_numerals(text: str) -> bool:
    """Whether a run of numerals, including Chinese ones, is as long as a personal number."""
    return _CHINESE_NUMERAL.search(text) is not None and _NUMERALS.search(text) is not None


NUMERAL_WORDS = [
    *(
        first + second
        for first in CHINESE_NUMERALS
        for second in CHINESE_NUMERALS + "0123456789 \t\n\u00a0\u3000-.·*_~`"
    ),
    *(first + second for first in "0123456789" for second in CHINESE_NUMERALS),
]
"""Pairs of adjacent numerals in one number."""
ODD_NUMERALS = pattern(f"[{OTHER_NUMERALS}]")

_ID_WORDS = pattern(r"身\s*份\s*证|身\s*份\s*号|证\s*件\s*号|证\s*照\s*号|公民身份|户口|\bID\b|id.?card|sfz", re.I)
_CARD_WORDS = pattern(
    r"卡\s*号|[账帐賬]\s*[号號户]|开\s*户|银\s*行|储蓄|存折|[信农]用社|一卡通|汇款|打款|收款|bank|card|account", re.I
)
_PUBLIC_ACCOUNT = pattern(r"对公|单位账|单位帐|基本存款|财政专户|国库|专用账|专户|募捐|捐赠|捐款|保证金|非税")
_PHONE_WORDS = pattern(r"手\s*机|电\s*话|移\s*动|联\s*系|热\s*线|[Tt]el|TEL|[Mm]obile|[Pp]hone|☎|📱|微\s*信", re.I)
_AMOUNT_AFTER = pattern(r"(?:[万亿千百]?(?:元|吨|平方|立方|公里|千米|米|人|户|次|件|株|亩|公顷|度|瓦|千瓦)|[%％]|\.\d)")
_OTHER_BEFORE = pattern(r"(?:(?:编|证|单|批|案|序列|流水|订单)号|代码|条码|第)[\s:：]*$|[¥￥$]\s*$|(?<!\d)\d{1,6}\.$")
_URL_BEFORE = pattern(r"(?:https?://|www\.)[^\s<>\"')）]*$", re.I)
_URL_KEY = pattern(r"(?:phone|mobile|tel|sj|dh|id|card|sfz|no)\w*=?:?$", re.I)


def find(text: Text, allowed_mobiles: frozenset[str]) -> list[Diagnostic]:
    """Personal numbers in a text. allowed_mobiles: the 11 digits of published office contacts."""
    findings = [one for shape in text.shapes for one in _numbers(shape, allowed_mobiles)]
    unique = {(d.rule, d.line, d.message): d for d in reversed(findings)}
    ordered = sorted(unique.values(), key=lambda d: (d.line, d.col, d.rule))
    return [d for rule in RULES for d in few([o for o in ordered if o.rule == rule.id], text, rule)]


_KINDS = {ID_NUMBER: ("id", "old id"), BANK_CARD: ("card",), MOBILE: ("mobile",)}


def _numbers(text: Text, allowed: frozenset[str]) -> list[Diagnostic]:
    view = text.view
    near = _Near(view.text)
    counted: Counter[Rule] = Counter()
    out: list[Diagnostic] = []
    by_chance: list[Diagnostic] = []
    readings = [view.text]
    if ODD_NUMERALS.search(view.text) or has_chinese_numerals(view.text):
        readings.append(view.numerals)
    done: set[str] = set()
    for candidates in chain.from_iterable(numbers_in(reading, done) for reading in readings):
        taken = 0
        for number in candidates:
            rule = _rule_for(number, near, allowed) if number.start >= taken else None
            if rule:
                taken = number.end
                counted[rule] += 1
                if counted[rule] > MOST_COUNTED:
                    done.update(_KINDS[rule])
                finding = _tell(text, rule, number.start, number.digits)
                (out if number.alone else by_chance).append(finding)
    if by_chance and in_long_runs(view.text) <= BY_CHANCE * len(by_chance):
        out += by_chance
    return out


def _rule_for(number: Number, near: _Near, allowed: frozenset[str]) -> Rule | None:
    if id_in(number):
        return ID_NUMBER
    if card_in(number) and near.has(_CARD_WORDS, number):
        return None if near.has(_PUBLIC_ACCOUNT, number) else BANK_CARD
    if is_old_id_number(number.digits) and near.has(_ID_WORDS, number):
        return ID_NUMBER
    if not mobile_in(number, called=True):
        return None
    called = near.has(_PHONE_WORDS, number, reach=16)
    mobile = mobile_in(number, called=called)
    if not mobile or mobile in allowed or (not called and near.is_something_else(number)):
        return None
    return MOBILE


_CELLS = pattern(r"[|\t,，;；]")
_ROW = 200
"""Characters on each side of a number within which the borders of its cell are searched."""


class _Near:
    """The context of a number: the words before it, right after it, and in its table's head."""

    def __init__(self, view: str) -> None:
        self.view = view
        self.blocks: list[int] | None = None
        self.heads: dict[int, str] = {}

    def has(self, words: re.Pattern[str], number: Number, reach: int = 40) -> bool:
        before = self.view[max(0, number.start - reach) : number.start]
        after = self.view[number.end : number.end + 12]
        return bool(words.search(before) or words.search(after) or words.search(self._table_head(number)))

    def is_something_else(self, number: Number) -> bool:
        """Whether eleven digits are an amount, a decimal, part of a hash or web address, or a certificate's number."""
        before = self.view[max(0, number.start - 14) : number.start]
        if _AMOUNT_AFTER.match(self.view, number.end) or _OTHER_BEFORE.search(before):
            return True
        after = self.view[number.end : number.end + 1]
        address = _URL_BEFORE.search(self.view[max(0, number.start - 200) : number.start])
        if address and not _URL_KEY.search(address[0]):
            return True
        return bool(re.search(r"[A-Fa-f0-9]$", before)) and bool(re.match(r"[A-Fa-f0-9]", after))

    def _table_head(self, number: Number) -> str:
        before = self.view[max(0, number.start - _ROW) : number.start].rpartition("\n")[2]
        after = self.view[number.end : number.end + _ROW].partition("\n")[0]
        if not _CELLS.search(before) and not _CELLS.search(after):
            return ""
        if self.blocks is None:
            self.blocks = [0, *(gap.start() for gap in re.finditer("\n\n", self.view))]
        block = self.blocks[bisect.bisect_right(self.blocks, number.start) - 1]
        if block not in self.heads:
            self.heads[block] = "\n".join(self.view[block : block + 600].strip().split("\n")[:3])
        return self.heads[block]


def _tell(text: Text, rule: Rule, start: int, digits: str) -> Diagnostic:
    """The finding. It never repeats the whole number: more people read reports than the article."""
    if rule is ID_NUMBER:
        message = f"出现公民身份号码 {digits[:2]}{'*' * (len(digits) - 5)}{digits[-3:]}"
        hint = "删去；确需区分同名人员的，只留首尾，例如 22*************123"
    elif rule is BANK_CARD:
        message, hint = f"出现银行卡号 {digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}", "删去卡号；公示名单不需要它"
    else:
        mobile = digits[-11:]
        message = f"出现手机号码 {mobile[:3]}****{mobile[-4:]}"
        hint = "换成办公电话，或者写成 138****1234 的形式；工作手机先登记到站点的公开联系方式"
    return text.seen(rule, start, message, hint)


_NO = r"(?<![\d一二三四五六七八九十])[\d一二三四五六七八九十]{1,6}\s{0,4}"
_SEPARATES = r"[\s:：|\t为在是于*_]"
_LABELLED = pattern(
    rf"(?:(?:家庭住址|家庭地址|现住址|现住|家住){_SEPARATES}{{0,6}}"
    rf"|(?:户籍地址|户籍所在地|户籍地|居住地址|居住地|现居住地|住址|住所地){_SEPARATES}{{1,6}})"
    r"[^\s，,。；;|]{0,40}?(?:[\d〇零一二三四五六七八九十]{1,6}\s{0,4}(?:号楼|单元|室|号|组|社|栋|幢|户|弄)"
    r"|[^\s，,。；;|\d第]{1,8}(?:(?<![农乡本全各外城])村|屯|小区|家园|花园|公寓|新村)(?!委会|民))"
)
_DOOR = pattern(rf"{_NO}(?:号楼|[栋幢]楼?|#楼?|座)\s{{0,4}}{_NO}单元\s{{0,4}}{_NO}(?:[室号户]|(?=\D|$))")
_HOME = pattern(
    rf"[^\s，,。；;|\d]{{2,8}}(?:小区|家园|花园|公寓|新村)\s{{0,4}}[A-Za-z]?{_NO}(?:号楼|[栋幢]|座)\s{{0,4}}{_NO}(?:室|号|户)"
)
_HOMES = ("小区", "家园", "花园", "公寓", "新村")


def find_addresses(text: Text) -> list[Diagnostic]:
    """Home addresses more precise than the township. Only advice, because an office has an address, too."""
    view = text.view.text
    forms = [_LABELLED]
    if "单元" in view:
        forms.append(_DOOR)
    if any(word in view for word in _HOMES):
        forms.append(_HOME)
    findings: dict[int, Diagnostic] = {}
    for match in chain.from_iterable(form.finditer(view) for form in forms):
        message = f"疑似详细家庭住址“{match[0][:6].strip()}…”"
        hint = "住址只写到乡镇、街道；是办公地址的可以不改"
        findings.setdefault(match.start(), text.seen(HOME_ADDRESS, match.start(), message, hint))
    return few([findings[at] for at in sorted(findings)], text, HOME_ADDRESS)
