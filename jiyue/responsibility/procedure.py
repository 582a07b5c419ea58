"""工作规则 (吉政办发〔2015〕5号（十五）): the rules of procedure of a site or a unit, made of profile, matrix, plan and limits.

Every sentence names its source; what nothing of the cluster states is no sentence. The same cluster and day give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from jiyue.checks.article.officers import POSTS
from jiyue.registry.inspection import InspectionRule, Threshold
from jiyue.registry.site import REVIEW_STEPS, Registry, Site
from jiyue.responsibility.collect import Duties
from jiyue.responsibility.matrix import ROLES, Matrix, matrix, sponsor
from jiyue.responsibility.tasks import RULE as TASK_RULE
from jiyue.responsibility.tasks import limits

_DOCUMENT = "吉政办发〔2015〕5号"
_DAYS = {"工作日": "个工作日", "天": "天"}
_NUMERALS = "〇一二三四五六七八九"


class Clause(NamedTuple):
    """A sentence and where it comes from."""

    text: str
    source: str


class Chapter(NamedTuple):
    """A chapter. table: a head and rows below its clauses, () for none."""

    title: str
    clauses: tuple[Clause, ...]
    table: tuple[tuple[str, ...], ...] = ()


class Procedure(NamedTuple):
    """The rules of a site, or of one of its units. signers: who has to sign."""

    title: str
    site: Site
    day: str
    chapters: tuple[Chapter, ...]
    signers: tuple[str, ...]


def procedure(duties: Duties, site: Site, unit: str = "") -> Procedure:
    """The rules of procedure of a site on the day of the duties; with a unit, what of them concerns it."""
    registry, day = duties.registry, duties.day
    mine = matrix(registry, day, [site.id])
    if unit:
        mine = mine.of_unit(unit)
    rules = registry.rules(site)
    chapters = [
        _duties_of(site, mine, unit),
        _columns(mine, rules),
        _plan(duties, site, unit),
        _review(site, registry),
        _linkage(site, registry, rules),
        _answers(rules),
        _watch(rules),
        _tasks(rules),
        _posts(mine),
    ]
    whose = f"{unit}（{site.name}网站）" if unit else f"{site.name}网站"
    signers = (unit or sponsor(site), *(() if unit else (one for one in mine.units() if one != sponsor(site))))
    return Procedure(f"{whose}工作规则", site, day, tuple(one for one in chapters if one.clauses or one.table), signers)


def _of(threshold: Threshold) -> str:
    return threshold.source if threshold.verified else f"{threshold.source}，未核对原文"


def _clauses(rules: dict[str, InspectionRule], *wanted: tuple[str, str, str]) -> Iterator[Clause]:
    """A sentence for each (rule, threshold, words with {value}) that the profile has."""
    for key, name, words in wanted:
        if key in rules and name in rules[key].thresholds:
            one = rules[key].thresholds[name]
            value = "、".join(one.value) if isinstance(one.value, tuple) else f"{one.value:g}"
            yield Clause(words.format(value=value, unit=one.unit).replace("，最多晚 0 天", ""), _of(one))


def _duties_of(site: Site, mine: Matrix, unit: str) -> Chapter:
    file = f"sites/{site.id}.yaml"
    facts = site.facts
    whole = "，".join(
        f"{name}是{facts[key]}" for key, name in (("sponsor", "主办单位"), ("operator", "承办单位")) if facts.get(key)
    )
    clauses = [Clause(f"{site.name}网站的{whole}。", f"{file}；{_DOCUMENT}（九）")] if whole else []
    if unit:
        names = "、".join(one.column.name for one in mine.lines)
        if names:
            clauses.append(Clause(f"{unit}负责{names}{len(mine.lines)} 个栏目。", f"{file}；{_DOCUMENT}（九）"))
    else:
        clauses.append(
            Clause("各栏目的责任单位见下一章的表；谁负责的栏目谁更新，谁提供的信息谁负责。", f"{_DOCUMENT}（九）")
        )
    clauses.append(
        Clause(
            "信息联络员收集、撰写、报送信息，核对栏目的更新；任岗、替岗和任期见最后一章的表。", f"{_DOCUMENT}（十二）"
        )
    )
    return Chapter("职责", tuple(clauses))


def _columns(mine: Matrix, rules: dict[str, InspectionRule]) -> Chapter:
    clauses = _clauses(
        rules,
        ("V3", "days", "首页的信息最多 {value} {unit}不更新。"),
        ("V4a", "news_days", "动态要闻类栏目最多 {value} {unit}不更新。"),
        ("V4a", "notice_days", "通知公告、政策文件类栏目最多 {value} {unit}不更新。"),
        ("D20", "working_days", "公文自形成之日起 {value} 个工作日内公开。"),
    )
    rows = [
        (one.column.name, one.column.path, one.unit, f"{one.days} 天" if one.days else "不限")
        for one in mine.lines
        if not one.column.channel
    ]
    return Chapter(
        "栏目和更新", tuple(clauses), (("栏目", "目录", "责任单位", "最长多久不更新"), *rows) if rows else ()
    )


def _plan(duties: Duties, site: Site, unit: str) -> Chapter:
    items = [one.item for one in duties.deliverables if one.site.id == site.id and (not unit or one.item.unit == unit)]
    names = {column.path: column.name for column in site.columns}
    rows = [
        (one.unit, one.item, names.get(one.column, one.column) or "不限", one.way, one.limit, one.source or "本计划")
        for one in items
    ]
    text = "各单位按下表提供信息；没有按时提供的，列入检查。"
    clauses = (Clause(text, f"{_DOCUMENT}（九）；信息保障计划登记簿"),) if rows else ()
    return Chapter("信息保障计划", clauses, (("单位", "事项", "栏目", "方式", "时限", "依据"), *rows) if rows else ())


def _review(site: Site, registry: Registry) -> Chapter:
    clauses = []
    if site.review:
        steps = "、".join(REVIEW_STEPS[step] for step in site.review)
        clauses.append(
            Clause(f"稿件经{steps}以后发布；没有审完的不发布。", f"指标方案 {site.profile}；{_DOCUMENT}（十一）")
        )
    rule = registry.rules(site).get(POSTS)
    if rule and "apart" in rule.thresholds:
        one = rule.thresholds["apart"]
        clauses.append(Clause(f"{'、'.join(rule.words('apart'))}由不同的人担任，不出借账号。", _of(one)))
    if site.review_proof != "none":
        how = "审核人自己签名的提交" if site.review_proof == "signed" else "代码平台认证过的任岗人的推送"
        clauses.append(Clause(f"审核记录以{how}为凭据。", f"指标方案 {site.profile}（review_proof）"))
    clauses.append(Clause("发布以前做保密审查；涉及国家秘密、个人信息的不写进仓库。", f"{_DOCUMENT}（十一）"))
    clauses.append(
        Clause("发现差错的先撤下再改，撤下写明时间和原因；撤下的不因回退再出现。", "本平台（docs/operations.md）")
    )
    return Chapter("审核和发布", tuple(clauses))


def _linkage(site: Site, registry: Registry, rules: dict[str, InspectionRule]) -> Chapter:
    clauses = []
    if site.superior:
        root = registry.sites[registry.cluster.root]
        clauses.append(Clause(f"首页展示{root.name}网站的推荐栏目，保持同步。", f"{_DOCUMENT}（六）"))
        above = registry.sites[site.superior].name
        clauses.append(
            Clause(f"重要信息报送{above}；推送来的文章在同类栏目登载，谢绝的写明理由。", f"{_DOCUMENT}（六）")
        )
    if registry.subordinates(site):
        clauses.append(
            Clause("需要下级登载的文章用推送，不另发文稿；下级报送的及时决定采用与否。", f"{_DOCUMENT}（六）")
        )
    clauses += _clauses(
        rules,
        ("D16", "aim_hours", "国务院、省政府的重要政策力争 {value} {unit}以内转载。"),
        ("D16", "working_days", "转载最迟不超过 {value} 个工作日。"),
    )
    return Chapter("联动", tuple(clauses))


def _answers(rules: dict[str, InspectionRule]) -> Chapter:
    return Chapter(
        "解读、回应和来信",
        tuple(
            _clauses(
                rules,
                ("D3", "days", "解读与文件同步公开，最多晚 {value} {unit}。"),
                ("D6", "simple_days", "来信在 {value} 个工作日以内答复。"),
                ("D6", "complex_days", "情况复杂的来信在 {value} 个工作日以内答复，并说明情况。"),
                ("V5b", "months", "任何来信不超过 {value} 个月不答复。"),
                ("D7", "working_days", "征集调查结束以后 {value} 个工作日以内公布结果。"),
                ("D23", "months", "网民找错留言最迟 {value} 个月以内办结。"),
            )
        ),
    )


def _watch(rules: dict[str, InspectionRule]) -> Chapter:
    return Chapter(
        "值班和读网",
        tuple(
            _clauses(
                rules,
                ("W6", "ahead_days", "每天有人值班，值班表至少排到 {value} {unit}以后。"),
                ("W7", "days", "值班的岗位读网，最多隔 {value} {unit}读一次，记下看了什么、发现了什么。"),
                ("W7", "mend_days", "读网发现的问题在 {value} {unit}以内改正。"),
            )
        ),
    )


def _tasks(rules: dict[str, InspectionRule]) -> Chapter:
    clauses = [
        Clause(
            f"{one.kind}：{one.text.replace('在这个期限内', f' {one.days} {_DAYS[one.unit]}以内')}。",
            one.source if one.verified else f"{one.source}，未核对原文",
        )
        for one in limits(rules.get(TASK_RULE))
    ]
    return Chapter("文件登记以后的任务", tuple(clauses))


def _posts(mine: Matrix) -> Chapter:
    order = sorted(mine.posts, key=lambda one: ROLES.index(one.role) if one.role in ROLES else len(ROLES))
    rows = [(one.role, one.post, one.unit, one.deputy or "没有登记", one.until or "不限") for one in order]
    return Chapter("岗位", (), (("岗位类别", "岗位", "单位", "替岗", "任期止"), *rows) if rows else ())


def as_markdown(one: Procedure) -> str:
    """A draft of an article: it is reviewed and published as any other, or only signed."""
    summary = f"{one.title}，由登记的栏目、岗位、期限生成。"
    lines = ["---", f"title: {one.title}", f"date: {one.day}", "status: draft", f"summary: {summary}", "---", ""]
    for number, chapter in enumerate(one.chapters, 1):
        lines += [f"## {_chinese(number)}、{chapter.title}", ""]
        for at, clause in enumerate(chapter.clauses, 1):
            lines += [f"（{_chinese(at)}）{_plain(clause.text)}（依据：{_plain(clause.source)}）", ""]
        if chapter.table:
            head, *rows = chapter.table
            lines += ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
            lines += ["| " + " | ".join(map(_plain, row)) + " |" for row in rows]
            lines.append("")
    lines += [f"{name}（盖章）：　　　　负责人（签字）：　　　　　　年　　月　　日\n" for name in one.signers]
    return "\n".join(lines)


def as_html(one: Procedure) -> str:
    """The same as one printable page that needs nothing else."""
    parts = []
    for number, chapter in enumerate(one.chapters, 1):
        parts.append(f"<h2>{_chinese(number)}、{escape(chapter.title)}</h2>")
        parts += [
            f"<p>（{_chinese(at)}）{escape(clause.text)}<small>（依据：{escape(clause.source)}）</small></p>"
            for at, clause in enumerate(chapter.clauses, 1)
        ]
        if chapter.table:
            head, *rows = chapter.table
            cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
            body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            parts.append(f"<table><thead><tr>{cells}</tr></thead><tbody>\n{body}\n</tbody></table>")
    signed = "\n".join(
        f"<tr><td>{escape(name)}（盖章）</td><td>负责人（签字）</td><td>　　　年　　月　　日</td></tr>"
        for name in one.signers
    )
    meta = f"<title>{escape(one.title)}</title>\n<style>{_STYLE}</style>"
    whole = "\n".join([f"<h1>{escape(one.title)}</h1>", f'<p class="day">{one.day}</p>', *parts])
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex, nofollow">\n'
        f'{meta}\n</head>\n<body>\n<main>\n{whole}\n<table class="signed"><tbody>\n{signed}\n</tbody></table>\n'
        "</main>\n</body>\n</html>\n"
    )  # fmt: skip


_STYLE = (
    "body{margin:0;color:#1a1a1a;background:#fff;font:1.0625rem/1.9 serif}main{max-width:46rem;margin:auto;padding:1.5rem}"
    "h1{text-align:center;font-size:1.6rem}h2{font-size:1.15rem;margin:1.5em 0 .4em}p{margin:.4em 0;text-indent:2em}"
    ".day{text-align:center;text-indent:0}small{color:#555}table{width:100%;border-collapse:collapse;margin:.8em 0;font-size:.95rem}"
    "th,td{border:1px solid #777;padding:.35em .6em;text-align:left;vertical-align:top;min-width:2.6em;overflow-wrap:break-word}"
    ".signed{margin-top:3em}.signed td{height:3.5em}@media print{main{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}"
)


def _plain(text: str) -> str:
    """A text as Markdown shows it: nothing in it is a mark."""
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _NUMERALS[ones]
    return f"{_NUMERALS[tens] if tens > 1 else ''}十{_NUMERALS[ones] if ones else ''}"
