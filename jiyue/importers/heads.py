"""What a text says about itself: the lines before its first sentence, the page fields around it, its signature."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from jiyue.importers import clutter
from jiyue.importers.dates import find_dates, only_date, read_date
from jiyue.importers.reading import clean_lines

HEAD_LINES = 15
LONGEST_HEAD_LINE = 80
LONGEST_TITLE = 200
TITLE_LINES = 4  # official titles are broken over two or three lines, seldom four (GB/T 9704-2012, 7.3.1)

DOC_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,15}[〔\[［(（【]((?:19|20)\d{2})[〕\]］)）】]第?(\d{1,5})号")
ORDER_NUMBER = re.compile(r"[\u4e00-\u9fff、]{3,40}令[(（]?第\d{1,5}号[)）]?")
_BODY_BEGINS = re.compile(
    r"##|\**第[一二三四五六七八九十百\d]+[编章节条]|[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]"
)
_SENTENCE = re.compile(r"[。；;!！]|[，,].*[，,]|[:：]\**$")
_GENRE = re.compile(
    # the kinds of 《党政机关公文处理工作条例》 art. 8, of regulations, and what offices often publish beside them
    r"(?:决议|决定|命令|令|公报|公告|通告|意见|通知|通报|报告|请示|批复|议案|函|纪要"
    r"|条例|规定|办法|细则|规则|章程|制度|标准|规范|法|方案|计划|规划|纲要|要点|预案|名单|目录|清单|预算|决算|说明|情况表|解读)"
    r"(?:[(（《〈].{1,20}[)）》〉])?$"
)
_ORGAN = re.compile(
    r"[\u4e00-\u9fff·（）()]{0,28}(?:政府|办公厅|办公室|委员会|国务院|全国人民代表大会|法院|检察院|银行|总局|总署|中心"
    r"|[\u4e00-\u9fff]{2}[部委办局厅院署会司处站馆])"
)
_ENACTED = re.compile(r"通过|公布|发布|批准|修订|修正|修改|第\d+号")
_NOT_ENACTED = re.compile(r"^\W*(?:起?施行|起?实施|起?执行|起生效)|同时废止")
_BY_ORDER = re.compile(r"([\u4e00-\u9fff、]{2,40}?)(?:令\s*第\s*\d+\s*号)?\s*(?:公布|发布)")
_BY_CONGRESS = re.compile(r"(全国人民代表大会(?:常务委员会)?)第[一二三四五六七八九十]+次会议")
_HISTORY = re.compile(r"[(（]?(?:根据)?\s*\d{4}\s*年")


@dataclass(slots=True)
class Head:
    """What was found around a text. Line numbers are indexes into its lines; dates most trusted first."""

    lines: list[int] = field(default_factory=list)
    """The lines of the head that are neither fields nor clutter: title, number, promulgation."""
    fields: dict[str, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    """Lines made of fields or clutter, which are no part of the text."""
    h1: int | None = None
    history: datetime | None = None
    """The last day on which the text was passed, promulgated or amended, by its promulgation lines."""
    promulgated_by: str = ""
    signed: datetime | None = None
    signers: list[str] = field(default_factory=list)
    doc_number: str = ""

    def field_dates(self) -> list[datetime]:
        """Dates of the page's fields: publication before issue."""
        values = (self.fields.get(meaning, "") for meaning in (clutter.DATE, clutter.ISSUED))
        return [date for value in values if (date := read_date(value)) is not None]


def read_head(lines: list[str]) -> Head:
    """Look at the head, the end and the signature of a text (front matter taken off)."""
    head = Head()
    _walk_head(lines, head)
    _walk_end(lines, head)
    dates = [date for at in head.lines if (date := enacted(lines[at])) is not None]
    head.history = max(dates, default=None)
    bodies = [body for at in head.lines if enacted(lines[at]) and (body := promulgator(lines[at]))]
    head.promulgated_by = bodies[-1] if bodies else ""
    _find_signature(lines, head)
    numbers = (number for at in head.lines if (number := as_doc_number(lines[at])))
    head.doc_number = as_doc_number(head.fields.get(clutter.DOC_NUMBER, "")) or next(numbers, "")
    return head


def enacted(line: str) -> datetime | None:
    """The last day in a promulgation line on which something was passed, published or amended."""
    if not _HISTORY.match(unicodedata.normalize("NFKC", line).strip()):
        return None
    found = find_dates(line)
    if not found:
        return None
    bare = unicodedata.normalize("NFKC", line)
    ends = [later.start for later in found[1:]] + [len(bare)]
    deeds = ((date.date, bare[date.end : end]) for date, end in zip(found, ends, strict=True))
    return max((date for date, deed in deeds if _ENACTED.search(deed) and not _NOT_ENACTED.search(deed)), default=None)


def promulgator(line: str) -> str:
    """Who issued the order, or passed the law, of a promulgation line; several bodies with 、 between them; else ""."""
    match = _BY_ORDER.search(line) or _BY_CONGRESS.search(line)
    bodies = match[1].lstrip("日").replace("中华人民共和国", "").split("、") if match else []
    return "、".join(bodies) if bodies and all(map(is_organ, bodies)) else ""


def as_doc_number(line: str) -> str:
    """A line that is only 发文字号, its year in 〔〕 (GB/T 9704-2012, 7.2.5), or an order's number; else ""."""
    bare = unicodedata.normalize("NFKC", "".join(line.split())) if len(line) <= LONGEST_HEAD_LINE else ""
    if DOC_NUMBER.fullmatch(bare):
        return re.sub(r"[\[(【〔](\d{4})[\])】〕]第?", r"〔\1〕", bare)
    return bare if ORDER_NUMBER.fullmatch(bare) else ""


def is_organ(name: str) -> bool:
    """Whether a name looks like that of an office; 北京 is only a place."""
    return len(name) <= 40 and bool(_ORGAN.fullmatch(name))


def squeeze(text: str) -> str:
    """The text for comparison: no white space, one form of each character."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def tidy(title: str) -> str:
    """A title on one line, white space collapsed; "" for what is no possible title."""
    title = " ".join(" ".join(clean_lines(title)).split())
    return title if len(title) <= LONGEST_TITLE else ""


def is_h1(line: str) -> bool:
    """Whether a line is Markdown's heading of level 1."""
    return line.startswith(("# ", "#\t", "#\u3000"))


def heading_of(line: str) -> str:
    """The words of a `# heading`, or of a bare line, without Markdown's marks."""
    words = line.strip()
    if is_h1(words):
        words = words[1:].rstrip("#")
    return tidy(re.sub(r"\\([\W_])", r"\1", words.replace("**", "")))


def lines_saying(title: str, lines: list[str], head: Head) -> list[int]:
    """The lines of the head that say just this title, once or again; it may be broken over several of them."""
    wanted = squeeze(title)
    found: list[int] = []
    for first, _ in enumerate(head.lines):
        for count in range(1, TITLE_LINES + 1):
            block = head.lines[first : first + count]
            if len(block) == count and squeeze("".join(heading_of(lines[at]) for at in block)) == wanted:
                found += block
    return found


def guess_title(lines: list[str], head: Head, begins: str = "") -> str:
    """The title of a text without headings: the first lines of its head up to one that ends like a title does.

    `begins` asks for the title that begins with these words. Dates, numbers and promulgation lines are no titles.
    """
    for first, at in enumerate(head.lines[:HEAD_LINES]):
        if _no_title(lines[at]):
            continue
        joined = ""
        for more in head.lines[first : first + TITLE_LINES]:
            if _no_title(lines[more]):
                break
            joined += heading_of(lines[more])
            ends = _GENRE.search(joined) and 5 <= len(joined) <= LONGEST_TITLE
            if ends and squeeze(joined).startswith(squeeze(begins)):
                return joined
        if not begins:
            return _lone_line(lines, at)
    return ""


def _lone_line(lines: list[str], at: int) -> str:
    """A first line that stands alone, as the heading of a news text does."""
    words = heading_of(lines[at])
    alone = at + 1 < len(lines) and not lines[at + 1].strip()
    whole = not _SENTENCE.search(words) and not words.endswith(("，", "、", ",", "."))
    return words if alone and whole and 5 <= len(words) <= 60 else ""


def _no_title(line: str) -> bool:
    words = line.strip()
    return bool(as_doc_number(words) or enacted(words) or only_date(words) or clutter.fields_of(words))


def _walk_head(lines: list[str], head: Head) -> None:
    seen = 0
    for at, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if head.h1 is None and is_h1(text):
            head.h1 = at
            head.lines.append(at)
        elif fields := clutter.fields_of(text):
            head.dropped.add(at)
            for meaning, value in fields:
                head.fields.setdefault(meaning, value)
        elif clutter.is_clutter(text):
            head.dropped.add(at)
        elif enacted(text):
            head.lines.append(at)
        elif seen >= HEAD_LINES or len(text) > LONGEST_HEAD_LINE or _BODY_BEGINS.match(text) or _SENTENCE.search(text):
            return
        else:
            head.lines.append(at)
        seen += 1


def _walk_end(lines: list[str], head: Head) -> None:
    for at in range(len(lines) - 1, -1, -1):
        text = lines[at].strip()
        if at in head.dropped or at in head.lines:
            return
        if fields := clutter.fields_of(text):
            for meaning, value in fields:
                head.fields.setdefault(meaning, value)
        elif text and not clutter.is_clutter(text):
            if clutter.ATTACHMENT.fullmatch(text):
                continue
            return
        if text:
            head.dropped.add(at)


def _find_signature(lines: list[str], head: Head) -> None:
    """The first line that is only a date, with the offices on the lines just above it."""
    for at, line in enumerate(lines):
        if at in head.dropped or (date := only_date(line)) is None:
            continue
        head.signed = date
        for above in range(at - 1, max(-1, at - 10), -1):
            name = "".join(lines[above].split())
            if name and not is_organ(name):
                break
            if name:
                head.signers.insert(0, name)
        return
