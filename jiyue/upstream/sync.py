"""`jiyue sync`: reads every source, writes what is new as drafts, and tells what changed or vanished at its origin.

A source that fails its test, or does not answer, writes nothing and raises an alarm; articles that are there stay.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.importers.dates import in_beijing
from jiyue.importers.html import references
from jiyue.importers.pages import RuleError, best_time
from jiyue.upstream import drafts, feeds, lists, pages
from jiyue.upstream.drafts import Draft, Present
from jiyue.upstream.fetch import UNKNOWN, Answer, Fetcher, FetchError, Validators, as_text, own_address
from jiyue.upstream.files import fetch_files, files_of, present_files
from jiyue.upstream.items import FEED, RULE, Item, canonical, tested
from jiyue.upstream.sources import Source, read_sources
from jiyue.upstream.state import SourceState, SyncState

if TYPE_CHECKING:
    from jiyue.importers.pages import Carried
    from jiyue.registry.site import Registry, Site
    from jiyue.upstream.pages import Page

FETCH = error(
    "sync-fetch",
    "上级网站的内容取不来",
    "取不来就不能按时转载；已有的稿件不受影响，网站照常构建，恢复以后下一次同步会补上。",
    "吉政办发〔2015〕5号（六）",
)
CHANGED = warning(
    "sync-changed",
    "转载的原文有改动",
    "原文改正了错误，转载的还是旧文，读者看到的就不一致；没有人改过的草稿会自动更新，其余的由人核对。",
    "国办发〔2017〕47号",
)
REMOVED = warning(
    "sync-removed", "转载的原文已经撤下", "原文撤下多半有原因，转载的应当核实后一并撤下。", "国办发〔2017〕47号"
)
FILES = warning(
    "sync-file",
    "图片或附件没有下载",
    "没有下载的图片不显示，附件仍链接到原网站，那里移走以后就打不开。",
)
TIME = warning(
    "sync-time",
    "原文的发布时间在将来",
    "转载是否及时按原文的时间计算；将来的时间不可能是真的，按取来的时间记，原来写的记在 synced.claimed。",
)

SKEW = timedelta(minutes=5)
"""How far clocks may differ without anybody being told."""
COURTESY = 0.3
"""Seconds between two pages of a site."""


@dataclass
class SourceReport:
    """What happened with one source. Paths are relative to the cluster's root.

    items: how many the list has, None if it could not be read; unchanged: the server said that it did not change.
    waiting: new ones beyond the limit.
    """

    source: str
    items: int | None = None
    unchanged: bool = False
    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    waiting: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass
class SyncReport:
    """The sources in order, and all findings."""

    sources: list[SourceReport] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)


def sync(
    root: Path,
    registry: Registry,
    names: Sequence[str],
    *,
    now: datetime,
    dry_run: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncReport:
    """Read the chosen sources, all if none are named. now: aware. dry_run: nothing is written."""
    sources, problems = read_sources(root, registry, names)
    report = SyncReport(findings=problems)
    state = SyncState(root)
    for source in sources:
        site = registry.sites[source.file.site]
        reading = _Reading(root, source, site, SourceState(state, source.id, source.digest), now, dry_run, sleep)
        report.sources.append(reading.run())
        report.findings += reading.findings
        if not dry_run:
            state.save()
    return report


class _Reading:
    """One reading of one source."""

    def __init__(
        self, root: Path, source: Source, site: Site, state: SourceState, now: datetime, dry_run: bool,
        sleep: Callable[[float], None],
    ) -> None:  # fmt: skip
        self.root, self.source, self.site, self.state = root, source, site, state
        self.file = source.file
        self.now, self.dry_run, self.sleep = in_beijing(now), dry_run, sleep
        self.report = SourceReport(source.id)
        self.findings: list[Diagnostic] = []
        self.clock: datetime | None = None
        self.hosts = {urlsplit(self.file.url).hostname}
        limits = self.file.limits
        own = own_address(self.file.url) if self.file.internal else ""
        self.fetcher = Fetcher(own=own, timeout=limits.seconds, sleep=sleep)
        self.page_bytes, self.file_bytes = int(limits.page_mb * (1 << 20)), int(limits.file_mb * (1 << 20))

    def run(self) -> SourceReport:
        try:
            answer = self.fetcher.get(self.file.url, self.page_bytes, self.validators(self.file.url))
            items = self.items(answer)
        except FetchError as problem:
            self.tell(FETCH, f"{self.file.url}：{problem.message}", problem.hint, "url")
            return self.report
        except RuleError as problem:
            self.tell(RULE, f"{self.file.url}：{problem.message}", problem.hint, "url")
            return self.report
        complete = self.write_new(items) if items is not None else True
        self.watch({item.url: item for item in items or ()})
        if items is not None:
            urls = {self.file.url, *(one.url for one in self.own), *(item.url for item in items)}
            self.state.keep_only(urls)
            if complete and not self.dry_run:  # else a server's "not modified" would hide what is still to be fetched
                self.state.note(self.file.url, answer.validators, self.stamp)
        return self.report

    # -- the list --

    def items(self, answer: Answer) -> list[Item] | None:
        """The items of the list, newest first; None if it did not change. Raises RuleError."""
        self.clock = answer.clock
        self.hosts.add(urlsplit(answer.url).hostname)
        if answer.status == 304:
            self.report.unchanged = True
            self.test_age()
            return None
        text = self.text(answer)
        file = self.file
        if file.type == "feed":
            found, undated, problem = feeds.read_feed(text, answer.url)
            if problem:
                self.tell(FEED, f"订阅源有错，可能没有读完：{problem}", "请上级网站改正；同步已尽量读出", "url")
        else:
            assert file.items is not None
            found, undated = lists.read_list(text, answer.url, file.items, self.now)
        found = tested(found, file.min_items, undated, "订阅源" if file.type == "feed" else "列表页")
        self.report.items = len(found)
        dates = [item.published for item in found if item.published]
        self.state.newest = f"{max(dates):%Y-%m-%d %H:%M}" if dates else ""
        self.test_age()
        return sorted(found, key=lambda item: item.published or self.now, reverse=True)

    def test_age(self) -> None:
        """Raise RuleError if the list seems abandoned."""
        days, newest = self.file.max_age_days, _time(self.state.newest)
        if days and newest and newest < self.now - timedelta(days=days):
            hint = "在上级网站上核对：列表或订阅源搬了家的，改来源文件里的网址"
            raise RuleError(f"最新一条是 {newest:%Y-%m-%d} 的，超过 {days} 天没有更新", hint)

    def validators(self, url: str) -> Validators:
        """What an earlier answer gave; none in a dry run, which is to test everything."""
        return UNKNOWN if self.dry_run else self.state.validators(url)

    def text(self, answer: Answer) -> str:
        text = as_text(answer.body, answer.content_type)
        if text is None:
            raise RuleError("文字编码认不出来", "请上级网站写明编码；也可能取到的不是网页")
        return text

    # -- new items --

    @cached_property
    def present(self) -> list[Present]:
        return list(drafts.present(self.root, self.site.id))

    @property
    def own(self) -> list[Present]:
        return [one for one in self.present if one.by == self.source.id]

    def write_new(self, items: list[Item]) -> bool:
        """Write the new items. Whether nothing is left to be fetched."""
        known = {key for one in self.present for key in one.keys}
        skipped = {canonical(url) for url in self.file.skip}
        since = datetime.fromisoformat(self.file.since) if self.file.since else datetime.min
        new = [
            item
            for item in items
            if not known & {item.url, item.key} and item.url not in skipped and (item.published or self.now) >= since
        ]
        if new:
            deleted = drafts.deleted_names(self.root, f"content/{self.site.id}")
            names = {name.rpartition("-")[2] for name in deleted}
            new = [item for item in new if drafts.name_of(item.key) not in names]
        most = self.file.limits.items
        self.report.waiting = max(0, len(new) - most)
        complete = not self.report.waiting
        for item in new[:most]:
            complete = self.write_one(item, since) and complete
        return complete

    def write_one(self, item: Item, since: datetime) -> bool:
        """Write one item. False if it could not be fetched, or is not what it should be."""
        try:
            page, answer, sha256 = self.page(item)
            draft = self.draft(page, item, sha256)
        except FetchError as problem:
            self.tell(FETCH, f"{item.title}（{item.url}）：{problem.message}", self.or_skip(problem.hint), "url")
            return False
        except RuleError as problem:
            self.tell(RULE, f"{item.title}（{item.url}）：{problem.message}", self.or_skip(problem.hint), "page")
            return False
        if draft.published < since:
            return True
        path = self.root / "content" / self.site.id / self.file.column / f"{draft.stem}.md"
        if path.exists():  # but not recognized, as where its front matter is broken
            return True
        name = path.relative_to(self.root).as_posix()
        self.report.new.append(name)
        self.store(path, page, draft, status="published" if self.file.auto else "draft", date=self.stamp)
        if draft.claimed:
            self.tell_time(name, draft)
        if answer and not self.dry_run:
            self.state.note(item.url, answer.validators, self.stamp)
        return True

    def page(self, item: Item) -> tuple[Page, Answer | None, str]:
        """(the article's page, the answer it came with, None if the feed has the text; SHA-256). FetchError, RuleError."""
        if self.file.full:
            return pages.read_content(item), None, hashlib.sha256(item.content.encode()).hexdigest()
        self.sleep(COURTESY)
        answer = self.fetcher.get(item.url, self.page_bytes)
        return self.read(answer, item), answer, hashlib.sha256(answer.body).hexdigest()

    def read(self, answer: Answer, item: Item) -> Page:
        own = urlsplit(answer.url).hostname in self.hosts
        return pages.read_page(self.text(answer), answer.url, self.file.page, item, own=own)

    def draft(self, page: Page, item: Item, sha256: str, files: dict[str, str] | None = None) -> Draft:
        """The article of a page. Raises RuleError if it fails its test."""
        if page.published is None:
            raise RuleError("没有发布时间", "写明 page.date 或 items.date 的选择器")
        share = pages.share(page)
        if share < self.file.share:
            hint = "正文没有取全：写明或者改正 page.body 的选择器；确实只应取这些的，放宽 min_share"
            raise RuleError(f"只取到可见文字的 {share:.0%}，至少应有 {self.file.share:.0%}", hint)
        origin = self.origin(page, item.url)
        early = min(page.published, self.now)
        claimed = page.published if page.published > self.now + SKEW else None
        body, fields, _ = self.carried(page, files or {})
        return Draft(
            page.title, origin, page.source or origin, item.url, item.key, early, claimed, self.now, sha256, share, body, fields
        )  # fmt: skip

    def carried(self, page: Page, files: dict[str, str]) -> Carried:
        return pages.carried(page, files, self.now, official=self.file.kind == "document")

    def origin(self, page: Page, url: str) -> str:
        """Who published it first, as far as is known: the source; for what lies on another host, whom the page names."""
        if self.file.full or urlsplit(url).hostname in self.hosts:
            return self.file.name
        if not page.source:
            raise RuleError("文章在别的网站，又没有写明来源", "核对来源后人工转载")
        return page.source

    def store(self, path: Path, page: Page, draft: Draft, *, status: str, date: str, updated: str = "") -> None:
        """Fetch the pictures and files of a page and write the article."""
        limits = self.file.limits
        wanted = references(page.body, page.base)
        if self.dry_run:
            return
        fetched = fetch_files(wanted, path.stem, self.fetcher, self.file_bytes, limits.files)
        name = path.relative_to(self.root).as_posix()
        for url, why in fetched.left:
            hint = "需要的，人工下载到文章旁边，再改正文里的链接"
            self.findings.append(
                FILES.at(name, 0, f"{url} 没有下载：{why}；正文里保留原来的链接", hint, site=self.site.id)
            )
        whole = replace(draft, body=self.carried(page, fetched.names).body if fetched.names else draft.body)
        stale = [file for file in files_of(path) if file.name not in fetched.files]
        drafts.write(
            path, drafts.render(whole, self.source, self.site, status=status, date=date, updated=updated), fetched.files
        )
        for file in stale:
            file.unlink()

    # -- items that are here --

    def watch(self, listed: dict[str, Item]) -> None:
        """Look whether the originals of recent articles changed or are gone."""
        oldest = self.now - timedelta(days=self.file.watch_days)
        due = f"{self.now - timedelta(hours=self.file.recheck_hours):%Y-%m-%d %H:%M}"
        for one in self.own:
            at = drafts.written_at(one)
            if at is None or not oldest <= at or "withdraw" in one.values:
                continue
            checked = max(self.state.checked(one.url), f"{at:%Y-%m-%d %H:%M}")
            if checked <= due:
                self.look_at(one, at, listed.get(canonical(one.url)))

    def look_at(self, one: Present, at: datetime, item: Item | None) -> None:
        name = one.path.relative_to(self.root).as_posix()
        try:
            self.sleep(COURTESY)
            answer = self.fetcher.get(one.url, self.page_bytes, self.validators(one.url))
        except FetchError as problem:
            if problem.gone:
                hint = "向上级网站核实；应当撤下的，公开的写 withdraw，草稿删去"
                self.findings.append(
                    REMOVED.at(name, 1, f"原文 {one.url} 已经打不开（{problem.message}）", hint, site=self.site.id)
                )
            return
        try:
            if answer.status != 304 and (item or not self.file.full):
                self.compare(one, at, answer, item)
        except RuleError as problem:
            self.findings.append(
                RULE.at(name, 1, f"原文 {one.url} 再取时不合格：{problem.message}", problem.hint, site=self.site.id)
            )
            return
        if not self.dry_run:
            self.state.note(one.url, answer.validators, self.stamp)

    def compare(self, one: Present, at: datetime, answer: Answer, item: Item | None) -> None:
        """Update an article if its original changed and nobody edited it; else tell. Raises RuleError."""
        key = str(one.synced.get("item") or canonical(one.url))
        hint_of = item or Item(str(one.values.get("title", "")), canonical(one.url), key, None)
        page = pages.read_content(hint_of) if self.file.full else self.read(answer, hint_of)
        before = _time(one.values["repost_of"].get("published"))
        published = best_time([page.published, before])
        if published is None or (published > at and before):  # it was dated in the future, and is so still
            published = before
        sha256 = hashlib.sha256(hint_of.content.encode() if self.file.full else answer.body).hexdigest()
        files = present_files(references(page.body, page.base), one.path)
        draft = self.draft(page._replace(published=published), hint_of, sha256, files)
        draft = replace(draft, url=one.url, key=key, claimed=_time(one.synced.get("claimed")))
        date = str(one.values.get("date", ""))
        status = "draft" if one.is_draft else "published"
        if drafts.fingerprint(drafts.render(draft, self.source, self.site, status=status, date=date)) == one.synced.get(
            "text"
        ):
            return
        name = one.path.relative_to(self.root).as_posix()
        if one.is_edited or not (one.is_draft or self.file.auto):
            why = "稿件已经有人改过" if one.is_edited else "稿件已经公开"
            hint = f"对照原文 {one.url} 核对；改好后仍会提示的，说明原文与稿件不同是有意的，可不处理"
            self.findings.append(CHANGED.at(name, 1, f"原文有改动；{why}，没有更新", hint, site=self.site.id))
            return
        self.report.updated.append(name)
        self.store(
            one.path, page, draft, status=status, date=self.stamp if one.is_draft else date,
            updated="" if one.is_draft else self.stamp,
        )  # fmt: skip
        self.findings.append(
            CHANGED.at(
                name,
                1,
                f"原文有改动，稿件{'将' if self.dry_run else '已'}按原文更新",
                "核对更新后的稿件",
                site=self.site.id,
            )
        )

    # -- telling --

    @property
    def stamp(self) -> str:
        """This moment in front matter and state."""
        return f"{self.now:%Y-%m-%d %H:%M}"

    def or_skip(self, hint: str) -> str:
        return f"{hint}；这一条不需要的，把网址写进来源文件的 skip"

    def tell(self, rule: Rule, message: str, hint: str, key: str) -> None:
        self.findings.append(rule.at(self.source.path, self.source.line(key), message, hint, site=self.site.id))

    def tell_time(self, name: str, draft: Draft) -> None:
        ahead = (self.clock - datetime.now(UTC)) if self.clock and self.clock.tzinfo else timedelta()
        fast = f"；上级网站的时钟快了 {ahead.total_seconds() / 60:.0f} 分钟" if ahead > SKEW else ""
        message = f"原文的发布时间 {draft.claimed:%Y-%m-%d %H:%M} 晚于现在，按取来的时间 {self.stamp} 记{fast}"
        self.findings.append(
            TIME.at(name, 1, message, "向上级网站核对，改正 repost_of 的 published", site=self.site.id)
        )


def _time(value: Any) -> datetime | None:
    moment = clock.parse_date(str(value or ""))
    return datetime.fromisoformat(moment) if moment else None
