"""The chain of review: 初审, 复审, 终审 and 保密审查 as records in an article's front matter.

    review:
      first: {by: 初审岗, date: 2026-11-18}
      second: {by: 复审岗, date: 2026-11-19}
      secrecy: {by: 保密审查岗, date: 2026-11-19}
      final: {by: 终审岗, date: 2026-11-20}

`by` names a post of the site's register (`officers`), never a person. Anyone who may change the file can write a record;
jiyue.checks.repository.proof verifies from git that the holder of the post wrote it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from jiyue.base.diagnostics import Diagnostic, Severity, did_you_mean, error, warning
from jiyue.base.reason import Reason
from jiyue.catalogue.article import Article
from jiyue.registry.site import REVIEW_STEPS, Site

_SOURCE = "吉政办发〔2015〕5号（十一）保密审查、采编审发；（十二）信息联络员"

MISSING = error(
    "review-missing",
    "审核没有完成",
    "先审后发：方案要求的审核缺一项，稿件就不发布。审核岗位审完后在 review 里登记。",
    _SOURCE,
    Reason.UNAPPROVED,
)
POST = error(
    "review-post",
    "审核岗位不对",
    "审核记录只认站点登记过、角色相符、审核当天在任的岗位，否则等于没有人审核。",
    _SOURCE,
    Reason.UNAPPROVED,
)
DISTINCT = error(
    "review-distinct",
    "审核岗位重复或者自己审自己",
    "三审要由不同岗位完成，撰稿岗位不审自己的稿件，一个人走完全程等于没有审核。",
    _SOURCE,
    Reason.UNAPPROVED,
)
PROOF = error(
    "review-proof",
    "审核记录没有凭据",
    "谁都能在稿件里写上别人的岗位。方案要求凭据时，记录只有由任岗人自己签名提交、或者经代码平台认证推送才算数。",
    _SOURCE,
    Reason.UNAPPROVED,
)
DATE = error(
    "review-date",
    "审核日期不对",
    "审核在发布之前完成，初审、复审、终审依次进行；日期在发布之后或者在将来，说明记录是补写或者预先写好的。",
    _SOURCE,
    Reason.UNAPPROVED,
)
EMERGENCY = warning(
    "review-emergency",
    "应急发布，审核尚未补齐",
    "应急信息可以经终审后先发，其余审核在二十四小时内补齐。",
    _SOURCE,
)
WITHDRAWN = error(
    "review-withdrawn",
    "撤稿没有经过批准就取消",
    "撤下的稿件多半出过问题。去掉或推迟 withdraw、删掉重加、改名、复制，都是重新公开，由终审或保密审查岗位决定；没有决定之前仍按撤稿处理。",
    _SOURCE,
    Reason.WITHDRAWN,
)
WRITER = error(
    "review-writer",
    "改稿的提交不是推送人署名",
    "凭推送认定审核人的站点，靠提交的署名记住谁改过稿件。有审核岗位的账号推送别人署名的改动，以后就能审核自己的稿件。",
    _SOURCE,
    Reason.UNAPPROVED,
)
LATE = warning(
    "review-late",
    "应急发布，其余审核逾期或者不对",
    "经终审发布的应急信息不因补登记的审核迟了、错了而从各网站消失：它保留到到期或者撤回，审核由值班单位立即补齐、改正。",
    _SOURCE,
)
RULES = (MISSING, POST, DISTINCT, PROOF, DATE, EMERGENCY, WITHDRAWN, WRITER, LATE)

LIFTED = "withdraw"
"""Key for a lifted withdrawal, in mappings that are otherwise keyed by review step."""
PROVE = "由任岗人用自己登记的密钥签名，单独提交这条记录；不要由别人代提交、压缩（squash）或者变基（rebase）"
GRACE = timedelta(hours=24)
"""Deadline after publication for the other reviews of an emergency article."""
_MINUTE = "%Y-%m-%d %H:%M"


class Waiting(NamedTuple):
    """An article that waits for review: the missing steps, the posts that may do them; due: an emergency's deadline or ''."""

    site: str
    path: str
    title: str
    date: str
    steps: list[str]
    posts: list[str]
    due: str = ""


class ReviewResult(NamedTuple):
    """The result of checking one article's review. moments: when time alone may change it."""

    findings: list[Diagnostic]
    waiting: Waiting | None
    moments: list[str]


def records_of(row: Article) -> dict[str, dict[str, Any]]:
    """An article's review records by step, as written."""
    return {step: record for step, record in (row.extra.get("review") or {}).items() if record and step in REVIEW_STEPS}


def check_review(
    row: Article,
    site: Site,
    now: str,
    lines: Mapping[str, int] | None = None,
    rejected: Mapping[str, str] = MappingProxyType({}),
    steps: Sequence[str] | None = None,
) -> ReviewResult:
    """Check the review of one article at a moment ('YYYY-MM-DD HH:MM'). lines: step -> its line, if known.

    rejected: step -> why its record does not count (jiyue.checks.repository.proof). steps: that are needed, if not those of the
    article's column.
    """
    steps = site.review_steps(row.column) if steps is None else steps
    if not steps:
        return ReviewResult([], None, [])
    records = {step: record for step, record in records_of(row).items() if step not in rejected}
    published = row.date
    emergency = bool(published and row.extra.get("emergency"))
    due = _later(published, GRACE) if emergency else ""
    chain = _Chain(row, site, now, lines or {})
    missing = [step for step in steps if step not in records]
    waits = emergency and "final" not in missing and now < due
    if any(step not in rejected for step in missing) or (missing and waits):
        chain.report_missing([step for step in missing if waits or step not in rejected], waits, due)
    for step in () if waits else (step for step in missing if step in rejected):
        chain.report(PROOF, step, f"{REVIEW_STEPS[step]}的记录不算数：{rejected[step]}", PROVE)
    for step, record in records.items():
        # a published article that changes is approved again, before the change is public
        chain.record(step, record, due or max(published, row.updated))
    chain.all(records)
    waiting = Waiting(row.site, row.source_path, row.title, row.date, missing, chain.posts(missing), due)
    dates = [record["date"] for record in records.values() if record["date"] > now]
    if emergency and _final_alone(row, site, now, records):
        chain.findings = [
            replace(finding, rule=LATE.id, severity=LATE.severity) if finding.severity is Severity.ERROR else finding
            for finding in chain.findings
        ]
    return ReviewResult(chain.findings, waiting if missing else None, [*dates, *([due] if missing and due else [])])


def withdrawal_findings(row: Article, rejected: Mapping[str, str]) -> list[Diagnostic]:
    """The finding for an article whose withdrawal was lifted by someone without the right to."""
    if LIFTED not in rejected:
        return []
    hint = "恢复 withdraw；确实可以重新公开的，由终审或者保密审查岗位提交，或者在撤稿之后重新审核、登记"
    return [WITHDRAWN.at(row.source_path, 1, rejected[LIFTED], hint, site=row.site)]


def _final_alone(row: Article, site: Site, now: str, records: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the final approval is valid by itself, ignoring all other records."""
    final = {step: record for step, record in records.items() if step == "final"}
    chain = _Chain(row, site, now, {})
    for step, record in final.items():
        chain.record(step, record, now)
    chain.all(final)
    return bool(final) and not chain.findings


class _Chain:
    """Collects the findings on one article's records."""

    def __init__(self, row: Article, site: Site, now: str, lines: Mapping[str, int]) -> None:
        self.row, self.site, self.now, self.lines = row, site, now, lines
        self.findings: list[Diagnostic] = []

    def report(self, rule: Any, step: str, message: str, hint: str) -> None:
        line = self.lines.get(step) or self.lines.get("") or 1
        self.findings.append(rule.at(self.row.source_path, line, message, hint, site=self.site.id))

    def report_missing(self, missing: list[str], waits: bool, due: str) -> None:
        named = "、".join(REVIEW_STEPS[step] for step in missing)
        if waits:
            self.report(EMERGENCY, "", f"应急发布，还缺{named}，须在 {due} 前补齐", "请相应岗位审核后登记在 review 里")
            return
        posts = self.posts(missing)
        by = f"（{'、'.join(posts)}）" if posts else ""
        late = "，应急发布后 24 小时内没有补齐" if due and due <= self.now else ""
        self.report(MISSING, "", f"缺少{named}的审核记录{late}", f"请审核岗位{by}审核，并登记在 review 里")

    def record(self, step: str, record: Mapping[str, Any], latest: str) -> None:
        role, by, date = REVIEW_STEPS[step], record["by"], record["date"]
        holders = [o for o in self.site.officers if by in (o["post"], o.get("deputy"))]
        fitting = [o for o in holders if o["role"] == role]
        if not holders:
            known = [o["post"] for o in self.site.officers if o["role"] == role]
            hint = did_you_mean(by, known) or f"写 sites/{self.site.id}.yaml 里登记的{role}岗位，或者先登记"
            self.report(POST, step, f"{role}：岗位「{by}」没有登记", hint)
        elif not fitting or record.get("role") not in (None, role):
            is_now = record.get("role") if fitting else holders[0]["role"]
            self.report(POST, step, f"{role}：岗位「{by}」的角色是{is_now}，不是{role}", f"请{role}岗位审核")
        elif not any(o.get("since", "") <= date[:10] <= o.get("until", "9999") for o in fitting):
            self.report(
                POST, step, f"{role}：岗位「{by}」在 {date[:10]} 不在任期内", "核对审核日期，或者更新任期后重新审核"
            )
        if date > self.now:
            self.report(DATE, step, f"{role}的日期 {_day(date)} 在将来", "写实际审核的日期")
        elif date > latest:
            limit = "期限" if self.row.extra.get("emergency") else "发布时间"
            self.report(
                DATE, step, f"{role}的日期 {_day(date)} 晚于{limit} {_day(latest)}", "先审后发；核对审核日期和发布时间"
            )

    def all(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        seen: dict[str, str] = {}
        for step, record in records.items():
            first = seen.setdefault(record["by"], step)
            if first != step:
                self.report(
                    DISTINCT,
                    step,
                    f"{REVIEW_STEPS[first]}和{REVIEW_STEPS[step]}是同一个岗位「{record['by']}」",
                    "由不同的岗位审核",
                )
            if record["by"] == self.row.author:
                self.report(
                    DISTINCT,
                    step,
                    f"{REVIEW_STEPS[step]}岗位「{record['by']}」就是撰稿岗位",
                    "由撰稿岗位以外的岗位审核",
                )
        if not self.row.extra.get("emergency"):
            order = [(step, records[step]["date"]) for step in ("first", "second", "final") if step in records]
            for (before, earlier), (step, date) in itertools.pairwise(order):
                if date < earlier:
                    message = f"{REVIEW_STEPS[step]}（{_day(date)}）早于{REVIEW_STEPS[before]}（{_day(earlier)}）"
                    self.report(DATE, step, message, "核对两次审核的日期")

    def posts(self, steps: Iterable[str]) -> list[str]:
        roles = {REVIEW_STEPS[step] for step in steps}
        return [o["post"] for o in self.site.officers if o["role"] in roles]


def review_lines(text: str) -> dict[str, int]:
    """Step -> its line in an article's front matter; '' -> the line of `review:`. Only for the positions of findings."""
    return dict(_review_lines(text))


def _review_lines(text: str) -> Iterator[tuple[str, int]]:
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if number > 1 and line.rstrip() in ("---", "..."):
            return
        if not line.startswith((" ", "\t")):
            inside = line.startswith("review:")
        key = line.strip().partition(":")[0]
        if inside and (key in REVIEW_STEPS or key == "review"):
            yield ("" if key == "review" else key), number


def _later(moment: str, by: timedelta) -> str:
    # Naive datetimes on purpose: all times are Beijing time.
    return (datetime.strptime(moment, _MINUTE) + by).strftime(_MINUTE)


def _day(moment: str) -> str:
    return moment[:10] if moment.endswith("00:00") else moment
