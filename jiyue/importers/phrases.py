"""Recognizes single lines of official texts: promulgations, document numbers, units, headings."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from jiyue.importers.dates import find_dates
from jiyue.importers.reading import clean_lines

LONGEST_LINE = 80
"""Maximum characters; longer lines are prose."""
LONGEST_TITLE = 200

DOC_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,15}[〔\[［(（【]((?:19|20)\d{2})[〕\]］)）】]第?(\d{1,5})号")
ORDER_NUMBER = re.compile(r"[\u4e00-\u9fff、]{3,40}令[(（]?第\d{1,5}号[)）]?")
_ORDER = re.compile(r"(?:^|日|[，,;；])([\u4e00-\u9fff、]{2,40}?令[(（]?第\d{1,5}号[)）]?)")
_ORGAN = re.compile(
    r"[\u4e00-\u9fff·（）()]{0,28}(?:政府|办公厅|办公室|委员会|国务院|全国人民代表大会|法院|检察院|银行|总局|总署|中心"
    r"|[\u4e00-\u9fff]{2}[部委办局厅院署会司处站馆])"
)
_ENACTED = re.compile(r"通过|公布|发布|批准|修订|修正|修改|第\d+号")
_NOT_ENACTED = re.compile(r"^\W*(?:起?施行|起?实施|起?执行|起生效)|同时废止")
_BY_ORDER = re.compile(r"([\u4e00-\u9fff、]{2,40}?)(?:令\s*第\s*\d+\s*号)?\s*(?:公布|发布)")
_BY_CONGRESS = re.compile(r"(全国人民代表大会(?:常务委员会)?)第[一二三四五六七八九十]+次会议")
_HISTORY = re.compile(r"[(（]?(?:根据)?\s*\d{4}\s*年|[(（]《[^》]{2,60}》.{0,60}?\d{4}年")
SENTENCE = re.compile(r"[。；;!！]|[，,].*[，,]|[:：]\**$")


def enacted(line: str) -> datetime | None:
    """The last day in a promulgation line on which the text was passed, published or amended."""
    if not _HISTORY.match(unicodedata.normalize("NFKC", line).strip()):
        return None
    dates = find_dates(line)
    if not dates:
        return None
    bare = unicodedata.normalize("NFKC", line)
    ends = [later.start for later in dates[1:]] + [len(bare)]
    deeds = ((date.date, bare[date.end : end]) for date, end in zip(dates, ends, strict=True))
    return max((date for date, deed in deeds if _ENACTED.search(deed) and not _NOT_ENACTED.search(deed)), default=None)


def promulgator(line: str) -> str:
    """The bodies that issued or passed the text according to a promulgation line, separated by 、; or ""."""
    match = _BY_ORDER.search(line) or _BY_CONGRESS.search(line)
    bodies = match[1].lstrip("日").replace("中华人民共和国", "").split("、") if match else []
    return "、".join(bodies) if bodies and all(map(is_organ, bodies)) else ""


def as_doc_number(line: str) -> str:
    """The number, if a line is only a 发文字号 with its year in 〔〕 (GB/T 9704-2012, 7.2.5) or an order's number; else ""."""
    bare = unicodedata.normalize("NFKC", "".join(line.split())) if len(line) <= LONGEST_LINE else ""
    if DOC_NUMBER.fullmatch(bare):
        return re.sub(r"[\[(【〔](\d{4})[\])】〕]第?", r"〔\1〕", bare)
    return bare if ORDER_NUMBER.fullmatch(bare) else ""


def order_number(line: str) -> str:
    """The number of the order that promulgated a text, 国务院令第106号, in a promulgation line; or ""."""
    match = _ORDER.search(unicodedata.normalize("NFKC", "".join(line.split()))) if enacted(line) else None
    return match[1] if match else ""


def is_organ(name: str) -> bool:
    """Whether a name looks like an office's; 北京 is only a place."""
    return len(name) <= 40 and bool(_ORGAN.fullmatch(name))


def squeeze(text: str) -> str:
    """Normalize a text for comparison: no white space, NFKC."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def tidy(title: str) -> str:
    """A title on one line with collapsed white space; "" if it can't be a title."""
    title = " ".join(" ".join(clean_lines(title)).split())
    return title if len(title) <= LONGEST_TITLE else ""


def is_h1(line: str) -> bool:
    """Whether a line is a level-1 Markdown heading."""
    return line.startswith(("# ", "#\t", "#\u3000"))


def heading_of(line: str) -> str:
    """The text of a `# heading` or a bare line, without Markdown marks."""
    words = line.strip()
    if is_h1(words):
        words = words[1:].rstrip("#")
    return tidy(re.sub(r"\\([\W_])", r"\1", words.replace("**", "")))
