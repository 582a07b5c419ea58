"""Personal data: ID numbers, bank cards, mobile numbers, home addresses.

Sought in what a reader sees (`Text.view`), because a number split by spaces, hyphens, tags or invisible characters is
still a number to a reader. A number counts only with the whole of its form (check digit, date, region; Luhn and a word
like 卡号 near it), so tables of statistics stay quiet. Masked forms (`138****1234`) lack digits and never count.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from jiyue.checks.text import INVISIBLE, Text, few
from jiyue.diagnostics import Diagnostic, Rule, error, warning

_LAW = "《中华人民共和国个人信息保护法》第二十八条；国办秘函〔2019〕19号 单项否决第1项"

ID_NUMBER = error(
    "privacy-id-number",
    "出现公民身份号码",
    "公民身份号码一经公开便无法收回，可被用于冒名贷款、注册、诈骗。名单、公示、附件里最常见；公示确需区分同名的，只留首尾几位。",
    _LAW + "；号码规则 GB 11643—1999",
)
BANK_CARD = error(
    "privacy-bank-card",
    "出现个人银行卡号",
    "发放补贴、救助的名单常带银行卡号。银行卡号属于敏感个人信息，公示只需姓名、所在村（社区）和金额。",
    _LAW + "；校验规则 ISO/IEC 7812-1（Luhn）",
)
MOBILE = error(
    "privacy-mobile",
    "出现手机号码",
    "手机号码是个人信息。对外的联系方式应当用办公电话；确需公布的工作手机，先登记到站点的公开联系方式里。",
    "《中华人民共和国个人信息保护法》第四条、第二十五条；国办秘函〔2019〕19号 单项否决第1项",
)
HOME_ADDRESS = warning(
    "privacy-home-address",
    "出现详细家庭住址",
    "住址公开到乡镇、街道为止。村组、小区、楼栋、门牌会让人找到当事人的家。",
    "《中华人民共和国个人信息保护法》第四条",
)
RULES = (ID_NUMBER, BANK_CARD, MOBILE, HOME_ADDRESS)

_SPACE = r"\s\u00a0\u2000-\u200a\u3000"
_BREAK = rf"(?:[{_SPACE}{INVISIBLE}\-‐‑‒–—―−－_.·•・．,，、/\\|:*~`'\"()（）\[\]]|<[^<>]{{0,80}}>)"
"""What may stand between two digits of one number. Whether it may there is decided by the form of the whole."""
_CHINESE = "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_CHINESE_VALUE = str.maketrans(_CHINESE, "000" + "123456789" + "1" + "123456789")

# One leading set of characters lets the regex engine skip over all others, several times faster than alternatives.
ANCHOR = re.compile(
    rf"[\d{_CHINESE}&](?:(?<=\d)(?:{_BREAK}{{0,4}}\d){{10}}|(?<=&)#|(?<!\d)(?<!&)[{_CHINESE}{INVISIBLE}]{{10}})"
)
ADDRESS_ANCHOR = re.compile(
    r"[住居家户现单号栋幢](?:(?<=住)[址所]|(?<=居)住|(?<=家)[庭住]|(?<=户)籍|(?<=现)[居住]|(?<=单)元|(?<=号)楼|(?<=[栋幢]))"
)

_RUN = re.compile(rf"\d(?:{_BREAK}{{0,4}}\d){{10,}}(?:{_BREAK}?[Xx×Ｘｘ](?![A-Za-z0-9]))?")
_GROUP = re.compile(r"\d+[Xx×Ｘｘ]?")
_CHINESE_RUN = re.compile(rf"[{_CHINESE}]{{11,}}")

_ID_WORDS = re.compile(r"身\s*份\s*证|身\s*份\s*号|证\s*件\s*号|证\s*照\s*号|公民身份|户口|\bID\b|id.?card|sfz", re.I)
_CARD_WORDS = re.compile(
    r"卡\s*号|[账帐賬]\s*[号號户]|开\s*户|银\s*行|储蓄|存折|[信农]用社|一卡通|汇款|打款|收款|bank|card|account", re.I
)
_PUBLIC_ACCOUNT = re.compile(
    r"对公|单位账|单位帐|基本存款|财政专户|国库|专用账|专户|募捐|捐赠|捐款|缴费|缴款|保证金|非税"
)
_PHONE_WORDS = re.compile(r"手\s*机|电\s*话|移\s*动|联\s*系|热\s*线|[Tt]el|TEL|[Mm]obile|[Pp]hone|☎|📱|微\s*信", re.I)
_AMOUNT_AFTER = re.compile(
    r"\s*(?:[万亿千百]?(?:元|吨|平方|立方|公里|千米|米|人|户|次|件|株|亩|公顷|度|瓦|千瓦)|[%％]|\.\d)"
)
_OTHER_BEFORE = re.compile(
    r"(?:(?:编|证|单|批|案|序列|流水|订单)号|代码|条码|第)[\s:：]*$|[¥￥$]\s*$|(?<!\d)\d{1,6}\.$"
)
_URL_BEFORE = re.compile(r"(?:https?://|www\.)[^\s<>\"')）]*$", re.I)
_URL_KEY = re.compile(r"(?:phone|mobile|tel|sj|dh|id|card|sfz|no)\w*=?:?$", re.I)

_REGIONS_NAMES = """
11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83
"""
_REGIONS = frozenset(_REGIONS_NAMES.split())
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OLDEST, _NEWEST = 1895, 2100


@dataclass(frozen=True, slots=True)
class _Number:
    """Consecutive groups of digits that may be one number: plain digits, where they stand, how they were divided."""

    digits: str
    start: int
    end: int
    groups: tuple[int, ...]
    breaks: tuple[str, ...]
    alone: bool
    """Whether no other digits stand before or after it in its run."""


def is_id_number(digits: str) -> bool:
    """Whether 18 characters are a possible citizen number: region, date of birth, check digit (GB 11643—1999)."""
    if len(digits) != 18 or digits[:2] not in _REGIONS or not _is_date(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17]


def is_old_id_number(digits: str) -> bool:
    """Whether 15 digits have the form of a citizen number before 1999 (no check digit, so a word must stand near)."""
    return len(digits) == 15 and digits.isdecimal() and digits[:2] in _REGIONS and _is_date("19" + digits[6:12])


def is_card_number(digits: str) -> bool:
    """Whether 16 to 19 digits can be a payment card: a card scheme's first digits, and Luhn's check."""
    if not (16 <= len(digits) <= 19 and digits.isdecimal()) or digits[0] not in "34569":
        return False
    double = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(double[int(d)] if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def find(text: Text, allowed_mobiles: frozenset[str]) -> list[Diagnostic]:
    """Numbers of persons in a text; allowed_mobiles are the 11 digits of published office contacts."""
    found = _numbers(text, allowed_mobiles)
    bare = text.as_written
    if bare is not None:
        found += _numbers(bare, allowed_mobiles)
    unique = {(d.rule, d.line, d.message): d for d in reversed(found)}
    ordered = sorted(unique.values(), key=lambda d: (d.line, d.col, d.rule))
    return [d for rule in RULES for d in few([o for o in ordered if o.rule == rule.id], text, rule)]


def _numbers(text: Text, allowed: frozenset[str]) -> list[Diagnostic]:
    view = text.view.text
    near = _Near(view)
    out = []
    for run in _RUN.finditer(view):
        taken = run.start()
        for number in _windows(run):
            if number.start < taken:
                continue
            rule = _judge(number, near, allowed)
            if rule:
                taken = number.end
                out.append(_tell(text, rule, number.start, number.digits))
    for run in _CHINESE_RUN.finditer(view):
        digits = run[0].translate(_CHINESE_VALUE)
        number = _Number(digits, run.start(), run.end(), (len(digits),), (), True)
        rule = _judge(number, near, allowed)
        if rule:
            out.append(_tell(text, rule, run.start(), digits))
    return out


def _judge(number: _Number, near: _Near, allowed: frozenset[str]) -> Rule | None:
    if is_id_number(number.digits):
        return ID_NUMBER
    if is_card_number(number.digits) and _groups_of_four(number) and near.has(_CARD_WORDS, number):
        return None if near.has(_PUBLIC_ACCOUNT, number) else BANK_CARD
    if is_old_id_number(number.digits) and near.has(_ID_WORDS, number):
        return ID_NUMBER
    if _is_mobile(number, near) and number.digits[-11:] not in allowed:
        return MOBILE
    return None


def _windows(run: re.Match[str]) -> Iterator[_Number]:
    """Every number that groups of a run can make, longer ones first at each place; glued groups are slid through."""
    text, base = run.string, run.start()
    groups = [(m.start() + base, m[0]) for m in _GROUP.finditer(run[0])]
    if not run[0][-1].isdecimal() and groups[-1][1].isdecimal():
        groups[-1] = (groups[-1][0], groups[-1][1] + "X")  # 「…123 X」
    for i, (start, _) in enumerate(groups):
        digits, sizes, breaks = "", [], []
        choices = []
        for j in range(i, len(groups)):
            at, group = groups[j]
            if j > i:
                before, size = groups[j - 1]
                breaks.append(text[before + len(size.rstrip("X")) : at])
            digits += re.sub("[x×Ｘｘ]$", "X", group)
            sizes.append(len(group))
            if len(digits) > 19:
                break
            if len(digits) >= 11:
                alone = i == 0 and j == len(groups) - 1
                choices.append(_Number(digits, start, at + len(group), tuple(sizes), tuple(breaks), alone))
        yield from reversed(choices)
        group = groups[i][1]
        if len(group) >= 19:  # columns of a table glued together
            for k in range(len(group) - 17):
                part = re.sub("[x×Ｘｘ]$", "X", group[k : k + 18])
                if is_id_number(part):
                    yield _Number(part, start + k, start + k + 18, (18,), (), False)


def _groups_of_four(number: _Number) -> bool:
    if len(number.groups) == 1:
        return True
    return len(set(number.breaks)) == 1 and (
        all(size == 4 for size in number.groups[:-1])
        or all(size == 1 for size in number.groups)
        or number.groups in ((6, 13), (6, 10), (8, 11), (8, 8))
    )


_PHONE_SHAPES = frozenset(
    {
        (11,),
        (3, 4, 4),
        (3, 8),
        (7, 4),
        (3, 3, 5),
        (4, 4, 3),
        (1,) * 11,
        (5, 6),
        (4, 7),
        (6, 5),
        (3, 2, 2, 2, 2),
        (3, 4, 2, 2),
    }
)
_PLAIN_PHONE_BREAK = re.compile(rf"[{_SPACE}\-‐‑‒–—―−－_.·•・．*~`]{{1,4}}|<[^<>]*>")


def _is_mobile(number: _Number, near: _Near) -> bool:
    digits, groups = number.digits, number.groups
    for prefix in ("0086", "86", "0"):
        if len(digits) == 11 + len(prefix) and digits.startswith(prefix + "1"):
            digits = digits[len(prefix) :]
            groups = groups[1:] if groups[0] == len(prefix) else (groups[0] - len(prefix), *groups[1:])
            break
    if len(digits) != 11 or digits[0] != "1" or digits[1] not in "3456789" or not digits.isdecimal():
        return False
    called = near.has(_PHONE_WORDS, number, reach=16)
    if not called and (near.is_something_else(number) or near.is_address_part(number)):
        return False
    if len(number.groups) == 1:
        return True
    if len(groups) == 2 and number.alone and not number.breaks[-1].isspace():
        return True
    if groups not in _PHONE_SHAPES:
        return called and (number.alone or len(groups) == 2)
    if not all(_PLAIN_PHONE_BREAK.fullmatch(gap) for gap in number.breaks):
        return called and number.alone
    if any("\n" in gap for gap in number.breaks):
        return called
    years = [part for part in _split(digits, groups) if re.fullmatch(r"(?:19|20)\d\d", part)]
    if len(set(number.breaks[-len(groups) + 1 :] if len(groups) > 1 else ())) > 1 or len(years) == 2:
        return called
    return number.alone or called or groups == (3, 4, 4)


def _split(digits: str, groups: tuple[int, ...]) -> list[str]:
    parts, at = [], 0
    for size in groups:
        parts.append(digits[at : at + size])
        at += size
    return parts


class _Near:
    """What stands around a number: the words before it, right after it, and in the head of its table."""

    def __init__(self, view: str) -> None:
        self.view = view
        self.heads: dict[int, str] = {}

    def has(self, words: re.Pattern[str], number: _Number, reach: int = 40) -> bool:
        before = self.view[max(0, number.start - reach) : number.start]
        after = self.view[number.end : number.end + 12]
        return bool(words.search(before) or words.search(after) or words.search(self._table_head(number)))

    def is_something_else(self, number: _Number) -> bool:
        """Whether eleven digits are an amount, a decimal, part of a hash, or the number of a certificate."""
        before = self.view[max(0, number.start - 14) : number.start]
        if _AMOUNT_AFTER.match(self.view, number.end) or _OTHER_BEFORE.search(before):
            return True
        after = self.view[number.end : number.end + 1]
        return bool(re.search(r"[A-Fa-f0-9]$", before)) and bool(re.match(r"[A-Fa-f0-9]", after))

    def is_address_part(self, number: _Number) -> bool:
        """Whether the number stands in a web address, where eleven digits are usually the name of a page."""
        before = self.view[max(0, number.start - 200) : number.start]
        url = _URL_BEFORE.search(before)
        return bool(url) and not _URL_KEY.search(before)

    def _table_head(self, number: _Number) -> str:
        line_start = self.view.rfind("\n", 0, number.start) + 1
        line_end = self.view.find("\n", number.end)
        line = self.view[line_start : line_end if line_end >= 0 else len(self.view)]
        if not re.search(r"[|\t,，;；]", line):
            return ""
        block = self.view.rfind("\n\n", 0, number.start)
        if block not in self.heads:
            self.heads[block] = "\n".join(self.view[max(block, 0) :][:600].strip().split("\n")[:3])
        return self.heads[block]


def _is_date(digits: str) -> bool:
    year = int(digits[:4])
    if not _OLDEST <= year <= _NEWEST:
        return False
    try:
        datetime.date(year, int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _tell(text: Text, rule: Rule, start: int, digits: str) -> Diagnostic:
    """The finding, which never repeats the number itself: reports are read by more people than the article."""
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


_ADDRESS = re.compile(
    r"(?:家庭住址|家庭地址|户籍地址|户籍所在地|户籍地|居住地址|居住地|现住址|现居住地|现住|家住|住址|住所地)[\s:：|\t为在是于*_]{0,6}"
    r"(?P<labelled>[^\s，,。；;|]{0,40}?(?:[\d〇零一二三四五六七八九十]+\s*(?:号楼|单元|室|号|组|社|栋|幢|户|弄)|[^\s，,。；;|\d第]{1,8}(?:村|屯|小区|家园|花园|公寓|新村)(?!委会|民)))"
    r"|(?P<door>[\d一二三四五六七八九十]+\s*(?:号楼|[栋幢]楼?|#楼?|座)\s*[\d一二三四五六七八九十]+\s*单元\s*[\d一二三四五六七八九十]+\s*(?:[室号户]|(?=\D|$)))"
    r"|(?P<home>[^\s，,。；;|\d]{2,8}(?:小区|家园|花园|公寓|新村)\s*[A-Za-z]?[\d一二三四五六七八九十]+\s*(?:号楼|[栋幢]|座)\s*[\d一二三四五六七八九十]+\s*(?:室|号|户))"
)


def find_addresses(text: Text) -> list[Diagnostic]:
    """Home addresses more exact than the township; advice, since an office has an address too."""
    found = []
    for match in _ADDRESS.finditer(text.view.text):
        message = f"疑似详细家庭住址“{match[0][:6].strip()}…”"
        found.append(text.seen(HOME_ADDRESS, match.start(), message, "住址只写到乡镇、街道；是办公地址的可以不改"))
    return few(found, text, HOME_ADDRESS)
