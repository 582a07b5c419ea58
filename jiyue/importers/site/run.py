"""Runs an import of an old site: survey of all pages, one plan for all, then article after article, in several processes.

Nothing is remembered in a process: the folder, the rules and what an earlier import wrote decide every byte, so that an import
that was killed is finished by the next one.
"""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.catalogue.migrated import note_migrated
from jiyue.importers import dates
from jiyue.importers.html import text_nodes
from jiyue.importers.moves import Move, path_of, read_moves, write_moves
from jiyue.importers.pages import whole_of, words_of
from jiyue.importers.phrases import tidy
from jiyue.importers.site import encoding
from jiyue.importers.site.convert import Converter, Copied, Done
from jiyue.importers.site.files import Store, begin_journal, end_journal, journal_of, read_journal
from jiyue.importers.site.folder import DRESS, Folder
from jiyue.importers.site.links import resolve
from jiyue.importers.site.page import Facts, Reader
from jiyue.importers.site.plan import Plan, make_plan
from jiyue.importers.site.state import MOST_BYTES, Skip, opened

if TYPE_CHECKING:
    from jiyue.registry.old_site import OldSiteFile

CHUNK = 100
"""Pages that a process reads before it ends and gives its memory back."""
_SAMPLE = 30
"""Pages of a template by which is known what it shows on every page."""
_LEAST_SAMPLE = 3


@dataclass(slots=True)
class SiteReport:
    """moves: of all pages and files, sorted by path. unknown: (old column, folder) -> articles, of those no rule names.

    guessed: pages whose encoding is not the declared one, or that lost characters: path -> what. listed: paths of the files
    that were written about the import.
    """

    moves: list[Move] = field(default_factory=list)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    guessed: dict[str, str] = field(default_factory=dict)
    placed: Counter[str] = field(default_factory=Counter)
    undated: Counter[str] = field(default_factory=Counter)
    listed: list[str] = field(default_factory=list)
    hosts: tuple[str, ...] = ()

    def pages(self) -> list[Move]:
        """The moves of pages."""
        return [move for move in self.moves if move.kind == "page"]


def import_site(
    folder: Folder, rules: OldSiteFile, root: Path, site: str, column: str = "", *,
    batch: str, columns: Mapping[str, str], today: datetime, jobs: int,
) -> SiteReport:  # fmt: skip
    """Turn the pages of a mirrored folder into articles of a site.

    column: for articles without an old one; batch: the name of the import's files in sites/migrated/; columns: of the site,
    folder -> name; jobs: processes. Raises jiyue.importers.moves.BadMoves if the batch's file can't be read.
    """
    now = today.astimezone(dates.SHANGHAI).replace(tzinfo=None) if today.tzinfo else today
    root = root.resolve()
    before = {move.path: move for move in read_moves(path_of(root, batch))}
    journal = journal_of(root, batch)
    day, noted = read_journal(journal)
    day = day or f"{now:%Y-%m-%d}"
    begin_journal(journal, day)
    reader = Reader(rules, now)
    numbers = [at for at, one in enumerate(folder.entries) if one.kind == "page"]
    facts = dict(_in_chunks(numbers, jobs, _Survey(folder, reader)))
    _name_by_links(folder, facts, rules, jobs)
    plan = make_plan(folder, facts, rules, site, column, columns, before)
    converter = Converter(
        folder, reader, facts, plan, _store(root, journal, before, noted), site,
        frozenset(columns) | {path.removeprefix(f"content/{site}/").rpartition("/")[0] for path in plan.articles.values()},
        before, day, _furniture(folder, facts, plan),
    )  # fmt: skip
    report = SiteReport(unknown=plan.unknown, hosts=folder.hosts)
    done = {one.at: one for _, one in _in_chunks(sorted(plan.articles), jobs, _Convert(converter))}
    copied: dict[int, list[Copied]] = {}
    for at in sorted(done):
        report.placed[str(done[at].placed)] += 1
        for copy in done[at].copied:
            copied.setdefault(copy.at, []).append(copy)
    report.moves = sorted(
        [*_moves(folder, facts, plan, converter, done, copied), *_vanished(folder, before)], key=lambda move: move.path
    )
    for at, fact in facts.items():
        if fact.note:
            report.guessed[folder.entries[at].path] = fact.note
        if not fact.dated and at in plan.articles:
            report.undated[rules.templates[fact.template].name if fact.template >= 0 else "（没有模板）"] += 1
    write_moves(path_of(root, batch), report.moves)
    report.listed.append(path_of(root, batch).relative_to(root).as_posix())
    if ours := [done[at].move.article for at in sorted(done) if done[at].placed in ("written", "same")]:
        ours += [copy.copy for copies in copied.values() for copy in copies if (root / copy.copy).is_file()]
        report.listed.append(note_migrated(root, batch, ours).relative_to(root).as_posix())
    end_journal(journal, root)
    return report


def batch_of(site: str, folder: Folder) -> str:
    """The name of an import's files in sites/migrated/: of the site, and of the old one."""
    old = re.sub(r"[^\w.-]+", "-", next(iter(folder.hosts), "") or folder.root.name).strip("-.").lower()
    return f"{site}.{old or 'import'}"


@dataclass(frozen=True)
class _Survey:
    folder: Folder
    reader: Reader

    def __call__(self, at: int) -> Facts:
        return survey(self.folder, self.reader, at)

    def failed(self, at: int, reason: str) -> Facts:
        return Facts(status="error", reason=reason)


@dataclass(frozen=True)
class _LinkWords:
    """Of a page: the wanted pages to which it links, with the words of the links."""

    folder: Folder
    bases: Mapping[int, str]
    wanted: frozenset[int]

    def __call__(self, at: int) -> list[tuple[int, str]]:
        try:
            root = opened(_text(self.folder, at)).root
        except (Skip, OSError, RecursionError):
            return []
        links = (
            (resolve(one.get("href"), at, self.folder, self.bases[at]).at, tidy(words_of(one)))
            for one in root.iterfind(".//a[@href]")
        )
        return [(to, words) for to, words in links if to in self.wanted and to != at and re.search(r"[^\W\d_]", words)]

    def failed(self, at: int, reason: str) -> list[tuple[int, str]]:
        return []


@dataclass(frozen=True)
class _Convert:
    converter: Converter

    def __call__(self, at: int) -> Done:
        return self.converter.convert(at)

    def failed(self, at: int, reason: str) -> Done:
        return Done(at, self.converter.move(at, status="error", reason=reason))


def _name_by_links(folder: Folder, facts: Mapping[int, Facts], rules: OldSiteFile, jobs: int) -> None:
    """Complete the titles of templates whose pages all have the same one by the words that most links to a page have."""
    named = [at for at, one in enumerate(rules.templates) if one.link_title]
    wanted = frozenset(at for at, fact in facts.items() if fact.template in named and not fact.status)
    if not wanted:
        return
    words: dict[int, Counter[str]] = {at: Counter() for at in wanted}
    numbers = [at for at, fact in facts.items() if fact.encoding]
    found = _LinkWords(folder, {at: fact.base for at, fact in facts.items()}, wanted)
    for _, links in _in_chunks(sorted(numbers), jobs, found):
        for to, said in links:
            words[to][said] += 1
    for at, counts in words.items():
        best = max(counts, key=lambda said: (counts[said], len(said), said), default="")
        if best and best not in facts[at].title:
            facts[at].title = tidy(f"{facts[at].title}：{best}") or facts[at].title


def survey(folder: Folder, reader: Reader, at: int) -> Facts:
    """What a page says of itself."""
    entry = folder.entries[at]
    if entry.size > MOST_BYTES:
        return Facts(status="error", reason=f"网页有 {entry.size / 1024 / 1024:.0f} MB，上限是 {MOST_BYTES >> 20} MB")
    try:
        return reader.survey((folder.root / entry.file).read_bytes(), entry.path)
    except OSError as problem:
        return Facts(status="error", reason=f"系统不允许读取：{problem.strerror}")


def _in_chunks(numbers: list[int], jobs: int, work: Any) -> Iterable[tuple[int, Any]]:
    """(number, result) of each, in any order. A chunk whose process died is halved until the page is alone that kills it."""
    executor: Executor = LocalExecutor(jobs) if len(numbers) > CHUNK else InProcess()
    chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
    while chunks:
        for chunk in chunks:
            executor.submit(_each(work), chunk)
        chunks = []
        for chunk, results in executor.results():
            if not isinstance(results, Failed):
                yield from zip(chunk, results, strict=True)
            elif len(chunk) > 1:
                chunks += [chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]]
            else:
                why = (str(results).strip().splitlines() or [""])[-1][:120]
                yield chunk[0], work.failed(chunk[0], f"读不了：{why}")


def _each(work: Callable[[int], Any]) -> Callable[[list[int]], list[Any]]:
    return lambda chunk: [work(at) for at in chunk]


def _store(root: Path, journal: Path, before: Mapping[str, Move], noted: Mapping[str, set[str]]) -> Store:
    known: dict[str, set[str]] = {path: set(digests) for path, digests in noted.items()}
    finished = set()
    for move in before.values():
        for path in (move.copy or move.article or move.deleted, *move.copies):
            if path and move.article_sha256:
                known.setdefault(path, set()).add(move.article_sha256)
                finished.add(path)
    return Store(root, journal, {path: frozenset(digests) for path, digests in known.items()}, frozenset(finished))


def _furniture(folder: Folder, facts: Mapping[int, Facts], plan: Plan) -> dict[int, frozenset[str]]:
    """Of each template, the pieces of text that half of its pages show; of those with few pages, what any template shows."""
    of: dict[int, list[int]] = {}
    for at in sorted(plan.articles):
        of.setdefault(facts[at].template, []).append(at)
    everywhere = {}
    for template, numbers in of.items():
        if template >= 0 and len(numbers) >= _LEAST_SAMPLE:
            sample = numbers[:: max(1, len(numbers) // _SAMPLE)][:_SAMPLE]
            counts = Counter(text for at in sample for text in _pieces(folder, at))
            everywhere[template] = frozenset(text for text, count in counts.items() if count * 2 >= len(sample))
    gc.collect()
    all_of_them = frozenset[str]().union(*everywhere.values())
    return {template: everywhere.get(template, all_of_them) for template in of}


def _pieces(folder: Folder, at: int) -> set[str]:
    try:
        return set(text_nodes(whole_of(opened(_text(folder, at)).root)))
    except (Skip, RecursionError, OSError):
        return set()


def _text(folder: Folder, at: int) -> str:
    return encoding.decode((folder.root / folder.entries[at].file).read_bytes()).text


def _moves(
    folder: Folder, facts: Mapping[int, Facts], plan: Plan, converter: Converter, done: Mapping[int, Done],
    copied: Mapping[int, list[Copied]],
) -> Iterable[Move]:  # fmt: skip
    for at, entry in enumerate(folder.entries):
        fact = facts.get(at)
        if at in done:
            yield done[at].move
        elif fact is not None and not fact.suffix:
            yield _page(at, fact, plan, converter, done)
        elif at in copied:
            one, *others = copied[at]
            old = converter.before.get(entry.path)
            yield Move(entry.path, "file", entry.addresses, article=one.article, copy=one.copy,
                       copies=tuple(other.copy for other in others), sha256=one.sha256, article_sha256=one.sha256,
                       at=(old.at if old else "") or converter.day)  # fmt: skip
        else:
            reason = entry.reason or ("网页的样式或程序" if entry.suffix in DRESS else "没有稿件用到")
            yield Move(entry.path, "file", entry.addresses, "error" if entry.reason else "skipped", reason)


def _page(at: int, fact: Facts, plan: Plan, converter: Converter, done: Mapping[int, Done]) -> Move:
    """The move of a page that has no article of its own."""
    entry = converter.folder.entries[at]
    if at in plan.same:
        other = plan.same[at]
        how = fact.reason or ("是它的另一页" if at in plan.parts.get(other, ()) else "内容相同")
        return converter.move(at, status="skipped", reason=f"{how}：{converter.folder.entries[other].path}",
                              article=done[other].move.article, title=fact.title)  # fmt: skip
    old = converter.before.get(entry.path)
    made = old.article if old and old.kind == "page" and old.article else ""
    reason = f"{fact.reason}；以前导入的稿件 {made} 还在，请核对是否撤下" if made else fact.reason
    status = "error" if fact.status == "error" else "skipped"
    return converter.move(at, status=status, reason=reason, column=plan.columns.get(at), article=made)


def _vanished(folder: Folder, before: Mapping[str, Move]) -> Iterable[Move]:
    """What an earlier import brought of files that the folder has no more: it stays, and so do its addresses."""
    for path, move in before.items():
        if path not in folder.by_path:
            reason = "来源里已经没有"
            yield move if move.reason == reason else Move(**{**_fields(move), "reason": reason})


def _fields(move: Move) -> dict[str, Any]:
    return {name: getattr(move, name) for name in Move.__slots__}
