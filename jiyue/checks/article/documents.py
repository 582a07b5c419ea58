"""Checks what official documents state about their validity and about each other, by dates and other documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from jiyue.base.diagnostics import Diagnostic, Rule, warning
from jiyue.base.workdays import add_working_days
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.validity import (
    AMENDED,
    ENDED,
    EXPIRED,
    FUTURE,
    IN_FORCE,
    REPEALED,
    Document,
    Documents,
    document,
    has_validity,
    is_mention,
)

VALIDITY = warning(
    "document-validity",
    "公文的有效性自相矛盾",
    "有效性由施行日期、有效期和代替关系算出，网页照算出的显示；写的和算的不一致，总有一处写错了。",
    "政府信息公开目录（有效性）；本平台",
)
RELATION = warning(
    "document-relation",
    "公文之间的关系对不上",
    "代替、修改、解读的文件对得上，网页才有文件沿革和互相的链接，被代替的文件才会标成废止。",
    "吉政办发〔2015〕5号（二）；本平台",
)

INDEX = warning(
    "document-index",
    "索引号重复",
    "索引号在整个站群里只能有一个，读者和上级平台凭它找文件；`jiyue new article --kind document` 会给出下一个。",
    "政府信息公开目录（索引号）；本平台",
)
LATE = warning(
    "document-late",
    "公文公开晚了",
    "主动公开的政府信息，自形成或者变更之日起 20 个工作日内公开；法律、法规另有规定的，从其规定，可以豁免。",
    "《中华人民共和国政府信息公开条例》（2019）第二十六条",
)
READING = warning(
    "document-interpretation",
    "公文要解读，解读还没有发布",
    "解读方案与文件一起报批，解读与文件同步公开；不需要解读的写明理由。",
    "吉政办发〔2015〕5号（二）",
)
RULES = (VALIDITY, RELATION, INDEX, LATE, READING)

DAYS_TO_PUBLISH = 20
"""Working days from the day a document is made (政府信息公开条例 第二十六条)."""

Problem = tuple[str, str, str]
"""Field, what is wrong, what to do."""

_LABELS = {"replaces": "代替", "amends": "修改", "interprets": "解读"}


def validity_findings(row: Article, now: str, read: Callable[[str], str], *, moved: bool = False) -> list[Diagnostic]:
    """What a document states that its own dates contradict on the day of now; read is called only for a finding.

    moved: whether it came with an approved batch of an old site.
    """
    if not has_validity(row):
        return []
    one = document(row)
    problems = list(_against_dates(one, now[:10]))
    findings = _at(VALIDITY, row.site, row.source_path, problems, read) if problems else []
    needed = row.extra.get("interpretation")
    if needed and needed["state"] == "exempt" and not needed.get("reason"):
        problem = ("interpretation", "不作解读，没有写理由", "写成 {state: exempt, reason: 理由}")
        findings += _at(READING, row.site, row.source_path, [problem], read)
    if late := _late(row, one, moved=moved):
        findings += _at(LATE, row.site, row.source_path, [late], read)
    return findings


def _late(row: Article, one: Document, *, moved: bool) -> Problem | None:
    """Of what the site published first; what came from an old site, by an approved batch, was published there."""
    if row.kind != "document" or one.copy or moved or not "" < one.created < one.date:
        return None
    made, published = date.fromisoformat(one.created), date.fromisoformat(one.date)
    if (published - made).days <= DAYS_TO_PUBLISH:  # as quick as can be, whatever days are worked
        return None
    deadline = add_working_days(made, DAYS_TO_PUBLISH)
    if not deadline.is_past(published):
        return None
    maybe = "（按尚未公布的放假安排推算）" if deadline.provisional else ""
    message = f"成文 {one.created}，应在 {deadline.day} 前公开{maybe}，{one.date} 才发布"
    return (
        "date",
        message,
        "核对成文日期；确实晚了的查明原因，从旧站迁来的列进经过审核的迁移清单，依法另有时限的登记豁免",
    )


def _against_dates(one: Document, today: str) -> Iterator[Problem]:
    leave = "删去 validity，网页会按日期算出"
    if one.valid_until and one.valid_until < (one.effective or one.created):
        begins = f"施行日期 {one.effective}" if one.effective else f"成文日期 {one.created}"
        yield "valid_until", f"有效期至 {one.valid_until}，早于{begins}", "核对这两个日期"
    if one.effective > today and one.stated not in ("", FUTURE) and not one.ended > one.effective:
        yield "validity", f"写着「{one.stated}」，施行日期 {one.effective} 还没有到", f"核对施行日期；{leave}"
    elif one.ended and one.stated not in ENDED:
        yield "ended", f"写了 {one.ended} 废止或失效，validity 却不是", f"加一行 validity: {REPEALED} 或 {EXPIRED}"
    elif one.stated == FUTURE and one.effective and one.effective <= today:
        yield "validity", f"写着「{FUTURE}」，施行日期 {one.effective} 已经到了", f"核对施行日期；{leave}"
    elif one.stated in (IN_FORCE, AMENDED, FUTURE) and one.valid_until and one.valid_until < today:
        hint = f"已经延长的，改 valid_until；确已{EXPIRED}的，{leave}"
        yield "validity", f"写着「{one.stated}」，有效期 {one.valid_until} 已经过了", hint


def relation_findings(documents: Documents, read: Callable[[str], str]) -> list[Diagnostic]:
    """Impossible and dangling relations between documents."""
    findings: list[Diagnostic] = []
    for one in documents.by_path.values():
        problems = [*_missing(one, documents), *_impossible(one, documents)]
        findings += _at(RELATION, one.site, one.source_path, problems, read) if problems else []
        if "" < one.reading_due < documents.today and not documents.related("interpreted_by", one.source_path):
            message = f"要解读，最迟 {one.reading_due}，还没有公开的解读"
            hint = "发布解读，写 interprets 指向本文件（在别的站点也可以）；不作解读的写 {state: exempt, reason: 理由}"
            findings += _at(READING, one.site, one.source_path, [("interpretation", message, hint)], read)
        state = documents.validity(one.source_path)
        if state == REPEALED and one.stated not in ("", *ENDED):
            by = documents.successor(one.source_path)
            message = f"写着「{one.stated}」，但已由《{by.title if by else ''}》代替（{by.source_path if by else ''}）"
            hint = "删去 validity；没有被代替的，改那一篇的 replaces 或本篇的 replaced_by"
            findings += _at(VALIDITY, one.site, one.source_path, [("validity", message, hint)], read)
    return findings


def index_findings(rows: Iterable[Article], read: Callable[[str], str]) -> list[Diagnostic]:
    """Of articles of any sites, those whose index number one before them has."""
    first: dict[str, Article] = {}
    findings: list[Diagnostic] = []
    for row in rows:
        number = row.extra["index_no"].strip()
        other = first.setdefault(number, row)
        if other is not row:
            problem = ("index_no", f"「{number}」与 {other.source_path} 的相同", "核对是哪一篇写错了，改成自己的索引号")
            findings += _at(INDEX, row.site, row.source_path, [problem], read)
    return findings


def _missing(one: Document, documents: Documents) -> Iterator[Problem]:
    for relation, names in one.names.items():
        for name in names:
            if documents.find(name, one.site) is not None:
                continue
            if len(documents.named(name, one.site)) > 1:
                yield (
                    relation,
                    f"「{name}」不止一篇文件",
                    "写那一篇在 content 下的路径，如 jilin/zcwj/20261012-banfa.md",
                )
            elif relation == "interprets" or not is_mention(name):
                hint = "写文件的文号、编号，或它在 content 下的路径，如 jilin/zcwj/20261012-banfa.md；不在本站群的写《标题》（文号）"
                if relation == "interprets":
                    hint = hint.partition("；")[0]
                yield relation, f"没有「{name}」这篇文件，或者它没有公开", hint


def _impossible(one: Document, documents: Documents) -> Iterator[Problem]:
    for relation, subject, other in documents.relations_of(one):
        if subject is other:
            yield relation, "写的是本篇自己", "写另一篇文件，或者删去"
        elif relation != "interprets" and subject.issued < other.issued:
            what = _LABELS[relation]
            message = f"《{subject.title}》（{subject.issued}）比它{what}的《{other.title}》（{other.issued}）还早"
            yield ("replaced_by" if subject is not one else relation), message, "核对两篇的成文日期，或者把关系反过来写"
        elif relation == "replaces" and other in documents.related("replaced_by", subject.source_path):
            yield (
                ("replaced_by" if subject is not one else relation),
                f"与《{(other if subject is one else subject).title}》互相代替",
                "只留一边",
            )


def _at(rule: Rule, site: str, source: str, problems: list[Problem], read: Callable[[str], str]) -> list[Diagnostic]:
    try:
        lines = split(read(source)).lines
    except (NoFrontMatter, OSError):
        lines = {}
    return [
        rule.at(source, lines.get((field,), 1), f"{field}: {message}", hint, site=site)
        for field, message, hint in dict.fromkeys(problems)
    ]
