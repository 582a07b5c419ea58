"""The steps of review: which ones an article still needs, whose they are, and whether `check` would count their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import read_article
from jiyue.catalogue.scan import column_of
from jiyue.checks.article.review import (
    LIFTED,
    MISSING,
    PROOF,
    check_review,
    records_of,
    review_lines,
    withdrawal_findings,
)
from jiyue.checks.repository.article_version import Version, files_of
from jiyue.checks.repository.evidence import Facts, Origin, gather
from jiyue.checks.repository.history import COVERING
from jiyue.checks.repository.proof import Shown, rejected_records, rejected_records_of_push, still_withdrawn
from jiyue.checks.repository.rights import Account
from jiyue.editor import heads
from jiyue.editor.model import Person, Refused, State
from jiyue.editor.repository import Repository
from jiyue.editor.rules import Rules, refuse
from jiyue.editor.story import Story
from jiyue.registry.site import REVIEW_STEPS, Site


@dataclass(frozen=True)
class Text:
    """The article of a draft at a commit. row: None where it can't be published as it stands, findings say why."""

    site: Site
    path: str
    data: bytes
    row: Article | None
    findings: list[Diagnostic]

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """Its records of review by step."""
        return records_of(self.row) if self.row else {}


class Workflow:
    """The review of drafts."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._signed = lru_cache(maxsize=1000)(self._signed_steps)

    def read(self, commit: str, path: str, rules: Rules) -> Text:
        """The article at a commit."""
        return self.parse(self.repository.objects.blob(self.repository.blob(commit, path)), path, rules)

    def parse(self, data: bytes, path: str, rules: Rules) -> Text:
        """An article's bytes."""
        site = rules.site(path)
        folder, _, name = path.split("/", 2)[2].rpartition("/")
        row, findings = read_article(data, site.id, column_of(folder, site.columns), folder, name, path)
        return Text(site, path, data, row, findings)

    def done(self, story: Story, rules: Rules) -> dict[str, str]:
        """Step -> the account that took it, of the steps that count since the draft was submitted."""
        site = rules.site(story.path)
        if site.review_proof == "signed":
            steps = self._signed(story.head, story.path, rules)
            return {one.step: one.account for one in story.approvals if one.step in steps}
        return {one.step: one.account for one in story.approvals if one.sealed}

    def _signed_steps(self, head: str, path: str, rules: Rules) -> frozenset[str]:
        text = self.read(head, path, rules)
        return frozenset(text.records.keys() - self.unproven(text, head, rules).keys()) if text.row else frozenset()

    def state(self, story: Story, rules: Rules) -> tuple[State, str]:
        """(how far a draft has come, the step that is next or '')."""
        if story.state is not State.WAITING:
            return story.state, ""
        signed = rules.site(story.path).review_proof == "signed"
        if not signed and not all(one.sealed for one in story.approvals):
            return State.DRAFT, ""  # a record that came by git: nobody knows whose it is
        done = self.done(story, rules)
        step = next((step for step in self.order(story, rules) if step not in done), "")
        return (State.WAITING if step else State.WITHHELD), step

    def order(self, story: Story, rules: Rules) -> list[str]:
        """The steps that a draft needs, in the order in which they are asked for: in an emergency the final one first."""
        steps = sorted(rules.steps(story.path), key=list(REVIEW_STEPS).index)
        blob = self.repository.blob(story.head, story.path)
        if heads.values(self.repository.objects.blob(blob)).get("emergency") in (True, "true"):
            steps.sort(key=lambda step: step != "final")
        return steps

    # -- approval --

    def approved(
        self, text: Text, step: str, post: str, now: str, *, new: bool, lifts: bool = False
    ) -> tuple[bytes, list[str]]:
        """(the text with the record of a step, the other steps that have to be taken again).

        A record is no later than the publication that it allows: where the date has passed meanwhile, the step moves it to
        now, and other approvals of the text as it was before end. lifts: whether a withdrawal ends.
        """
        row = text.row
        assert row is not None
        records = {**(heads.values(text.data).get("review") or {}), step: {"by": post, "date": now[:10]}}
        changes: dict[str, Any] = {}
        again: list[str] = []
        if f"{now[:10]} 00:00" > max(row.date, row.updated) and not row.extra.get("emergency"):
            changes["date" if new else "updated"] = now
            again = [other for other in COVERING if other in records and other != step]
        if lifts:
            changes["withdraw"] = None
        kept = {one: records[one] for one in REVIEW_STEPS if one in records and one not in again}
        data = heads.with_fields(text.data, {**changes, "review": kept})
        if data is None:
            raise Refused(
                "审核记录写不进稿件的开头；请撰稿人把开头改成标准的写法（两行 --- 之间，每项一行）再送审", 409
            )
        return data, again

    def judge(self, text: Text, before: str, after: str, step: str, account: Account, now: str, rules: Rules) -> None:
        """Raise Refused, in the words of `check`, where a commit's record of a step would not count as this account's."""
        assert text.row is not None
        facts = self._facts(text, after, signed=False)
        old = self.read(before, text.path, rules)
        shown, now_shown = self._shown(old, before), self._shown(text, after)
        author, rights = text.row.author, rules.rights
        bad = rejected_records_of_push(text.records, author, shown, now_shown, account, facts, text.site, rights)
        bad = {one: why for one, why in bad.items() if one == step}
        self._refuse(text, now, bad, step)

    def judge_all(self, text: Text, commit: str, now: str, rules: Rules) -> None:
        """Raise Refused where the records of review, all together, would not let a text be published."""
        assert text.row is not None
        bad = self.unproven(text, commit, rules) if text.site.review_proof == "signed" else {}
        self._refuse(text, now, bad)

    def judge_withdrawal(self, text: Text, commit: str, main: str, rules: Rules) -> None:
        """Raise Refused where a commit would end a withdrawal that its author may not end."""
        assert text.row is not None
        if text.site.review_proof == "signed":
            return  # with the records
        recent = self.repository.git("rev-list", commit, f"^{main}").decode().split()

        def who(origin: Origin) -> Account | None:
            one = self.repository.commit(origin.commit)
            return rules.rights.of(one.author) if one.sealed else None

        why = still_withdrawn(self._facts(text, commit, signed=False), text.site, rules.rights, recent, who)
        refuse(withdrawal_findings(text.row, {LIFTED: why} if why else {}))

    def unproven(self, text: Text, commit: str, rules: Rules) -> Mapping[str, str]:
        """Step, or LIFTED -> why git does not prove its record at a commit (`review_proof: signed`)."""
        assert text.row is not None
        facts = self._facts(text, commit, signed=True)
        return rejected_records(text.records, text.row.author, facts, text.site, rules.rights)

    def _facts(self, text: Text, commit: str, *, signed: bool) -> Facts:
        folder = f"content/{text.site.id}"
        return gather(self.repository.root, folder, {text.path: ""}, signed=signed, rev=commit)[text.path]

    def _refuse(self, text: Text, now: str, bad: Mapping[str, str], step: str = "") -> None:
        assert text.row is not None
        lines = review_lines(text.data.decode("utf-8", "replace"))
        found = check_review(text.row, text.site, now, lines, bad).findings
        if step:  # the others come later
            found = [one for one in found if one.rule != MISSING.id and (one.rule != PROOF.id or step in bad)]
        if LIFTED in bad:
            found += withdrawal_findings(text.row, bad)
        refuse(found)

    def _shown(self, text: Text, commit: str) -> Shown:
        version = Version.of(text.data)
        base = f"content/{text.site.id}/"
        inner = text.path.removeprefix(base).rpartition("/")[0]
        files = ((address, self.repository.blob(commit, base + file)) for address, file in files_of(inner, version))
        return Shown(version, tuple(files), exists=True)


def published_state(row: Article, now: str) -> State:
    """What an article on the main branch is at a moment."""
    if row.withdrawn_at and row.withdrawn_at <= now:
        return State.WITHDRAWN
    if row.publish_at > now:
        return State.SCHEDULED
    return State.EXPIRED if row.expires and row.expires <= now else State.PUBLISHED


def demand_post(who: Person, site: Site, step: str, rules: Rules, day: str) -> str:
    """The post that a person holds for a step. Raises Refused where there is none."""
    posts = rules.posts(who, site, step, day)
    if not posts:
        role, where = REVIEW_STEPS[step], f"sites/{site.id}.yaml"
        raise Refused(
            f"账号 {who.account} 在 {day} 没有担任{site.name}的{role}岗位；岗位和账号在 {where} 的 officers 里登记"
        )
    return posts[0]
