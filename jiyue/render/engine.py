"""The engine: plan a site's pages, render only those whose digest changed, write only those whose bytes changed.

A page is a shell (of site and column) around parts (title, head, main). Each has its own digest. When only the shell
changed, the parts are cut out of the existing page and put into the new shell; nothing is rendered.

The steps, one module each: `written` (the record of the last build), `plan`, `parts` (render), `shells` (splice),
`output` (write), `site_search` (the site's search index).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jiyue.base.diagnostics import error
from jiyue.base.executor import Failed, LocalExecutor
from jiyue.base.verified_read import Changed
from jiyue.render import offline, search, written
from jiyue.render.furniture import FURNITURE, FurnitureLost
from jiyue.render.leaving import government_hosts
from jiyue.render.output import Output, digest
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.signals import texts_of
from jiyue.render.parts import PartsRenderer, template_failed
from jiyue.render.plan import Plan, declared_anew, plan_page, reason
from jiyue.render.result import SiteResult
from jiyue.render.shells import Shells
from jiyue.render.site_search import bring_index
from jiyue.render.templates import Closures, environment
from jiyue.render.written import Memory, Written

if TYPE_CHECKING:
    import jinja2

    from jiyue.render.pages.view import SiteView
    from jiyue.render.parts import Step

TWICE = error("output-twice", "两个来源写同一个文件", "后写的会盖掉先写的。")

SHARD = 400
"""The number of pages from which another process pays for its start."""
BATCH = 64
"""Pages that go through each step together: its code and data stay in the processor's caches, which saves 6 to 10 % of a build."""

Given = TypeVar("Given")
Made = TypeVar("Made")


def render_site(
    view: SiteView, made: Iterable[Page | File], env: jinja2.Environment, closures: Closures, memory: Memory
) -> SiteResult:
    """Bring the site's output up to date. made: the plugins' pages and files; closures: digests of the theme's templates.

    Raises Changed where a file differs from what the scan read; what was written before that is valid.
    """
    result = SiteResult(view.site.id)
    began = time.perf_counter()
    run = _Run(view, env, closures, memory, result)
    if view.edited:
        texts = run.only_texts()
        if texts is None:
            view.edited = frozenset()
        else:
            made = texts
    pages, files = _sorted_out(made, result)
    result.pages = len(pages)
    result.add_seconds("数据", began)
    run.bring_all(pages, files)
    return result


def _sorted_out(made: Iterable[Page | File], result: SiteResult) -> tuple[list[Page], list[File]]:
    """Pages and files without duplicates: of two with one address (ignoring case) the first stays, the other is reported."""
    taken: set[str] = set()
    pages: list[Page] = []
    files: list[File] = []
    for thing in made:
        folded = thing.path.casefold()
        if folded in taken:
            hint = "改其中一个的 slug、文件名或栏目目录名"
            path = thing.entry.article.source_path if isinstance(thing, Page) and thing.entry else thing.path
            result.diagnostics.append(TWICE.at(path, 0, f"「{thing.path}」已由别的来源写入", hint, site=result.site))
            continue
        taken.add(folded)
        if isinstance(thing, Page):
            pages.append(thing)
        else:
            files.append(thing)
    return pages, files


class _Run:
    """Brings one site's output up to date. written: path -> file, of this build."""

    def __init__(
        self, view: SiteView, env: jinja2.Environment, closures: Closures, memory: Memory, result: SiteResult
    ) -> None:
        self.view, self.closures, self.memory, self.result = view, closures, memory, result
        # output that a foreign plugin may have changed is never reused, not even after the plugin is gone
        self.engine = memory.engine if memory.trusted else digest(f"foreign {memory.engine}".encode())
        self.output = Output(memory.folder or view.job.output / view.site.id, search.CLUSTER)
        hosts = government_hosts(view)
        self.parts_engine = digest(f"{hosts} {self.engine}".encode()) if hosts else self.engine
        environments = {view.site.lang: env}

        @cache
        def template(name: str, language: str) -> jinja2.Template:
            if language not in environments:  # an edition's
                environments[language] = environment(view.job.theme, None, language)
            return environments[language].get_template(name)

        self.shells = Shells(view, self.engine, closures, template)
        self.texts: search.Texts = {}
        self.parts = PartsRenderer(view, template, self.texts)
        self.written: dict[str, Written] = {}
        self.before = written.recall(memory, self.output)

    def only_texts(self) -> list[Page | File] | None:
        """The pages and files that show texts, if nothing else has to be brought up to date, all of which then stays as it is."""
        if not self.before.unchanged:
            return None
        self.view.last = self.output.read
        texts = texts_of(self.view)
        if texts is None or any(one.path not in self.before.written for one in texts):
            return None
        self.written = dict(self.before.written)
        return texts

    def bring_all(self, pages: list[Page], files: list[File]) -> None:
        """Bring pages and then files up to date, remove stale ones, update the search index and record the build."""
        result = self.result
        began = time.perf_counter()
        declared = [declared_anew(page, self.before.written.get(page.path)) for page in pages]
        plans = [self.plan(page, data) for page, data in zip(pages, declared, strict=True)]
        written.begin(self.memory)
        changed = [plan for plan in plans if not self.unchanged(plan)]
        result.add_seconds("计划", began)
        self.bring_pages(changed)
        began = time.perf_counter()
        for file in files:
            self.bring_file(file)
        for path in sorted(self.before.stale - self.written.keys()):
            if not path.startswith(f"{search.INDEX}/") and not (path == offline.STATE and self.view.site.offline):
                self.output.remove(path)
        self.check_suspects()
        result.add_seconds("其他文件", began)
        searched = bring_index(self.view, self.memory, self.output, self.before, self.texts, result)
        self.bring_offline(searched)
        result.written += len(self.output.written)
        result.removed = len(self.output.removed)
        result.folders = {} if self.memory.folder else self.output.folders()
        sound = not any(finding.rule == FURNITURE.id for finding in result.diagnostics)
        written.keep(self.memory, self.before, self.written, result.folders, searched, result.refused, sound=sound)
        result.messages = self.memory.cache.messages

    def bring_offline(self, searched: str) -> None:
        """What a service worker asks for, last: it depends on all other files. searched: digest of the index's inputs."""
        declared, known = self.view.site.offline, self.before.written.get(offline.STATE)
        if not declared:
            if known:
                offline.bundle_index(self.output, search.INDEX, 0)
            return
        mark = digest(f"{self.engine} {searched} {declared}".encode())
        kept = self.output.read(offline.STATE) if known and known.part == mark and self.before.unchanged else None
        index = (
            b'"index":true' in kept
            if kept is not None
            else bool(searched) and offline.bundle_index(self.output, search.INDEX, declared[1] * 1000)
        )
        files = [(path, row.digest) for path, row in self.written.items()]
        data = offline.state_file([*files, (search.INDEX, searched)], index=index)
        self.output.write(offline.STATE, data)
        self.written[offline.STATE] = Written(mark, "", digest(data), [], "")

    # -- pages --------------------------------------------------------------------------------------------------------

    def plan(self, page: Page, declared: dict[str, Any] | None) -> Plan:
        known, lang = self.before.written.get(page.path), self.view.furniture_language(page.lang)
        return plan_page(page, declared, known, self.shells, self.parts_engine, self.closures, lang)

    def unchanged(self, plan: Plan) -> bool:
        """Whether the page is up to date; if so it counts as written."""
        known = self.before.written.get(plan.page.path)
        if known and known.part == plan.part and known.shell == plan.shell:
            same = known.made_of == plan.page.made_of
            self.written[plan.page.path] = known if same else known._replace(made_of=plan.page.made_of)
            return True
        return False

    def bring_pages(self, plans: list[Plan]) -> None:
        """Bring the changed pages up to date, on a large site in several processes."""
        shards = min(self.memory.shards, len(plans) // SHARD)
        if shards < 2:
            self.bring_in_batches(plans)
            return
        executor = LocalExecutor(shards)
        for n in range(shards):
            executor.submit(self.bring_shard, plans[n::shards])
        for _, answer in executor.results():
            if isinstance(answer, Failed):
                raise answer
            if isinstance(answer, Changed):
                raise answer
            rows, texts, result = answer
            self.written.update(rows)
            self.texts.update(texts)
            self.result.add(result)

    def bring_shard(self, plans: list[Plan]) -> tuple[dict[str, Written], search.Texts, SiteResult] | Changed:
        """In a child process: the rows written, the texts for the search index and the result."""
        self.written, self.result = {}, SiteResult(self.view.site.id)
        try:
            self.bring_in_batches(plans)
        except Changed as changed:
            return changed
        self.result.written = len(self.output.written)
        return self.written, self.texts, self.result

    def bring_in_batches(self, plans: list[Plan]) -> None:
        """Bring pages up to date, BATCH at a time: one step of rendering for all of them, then the next."""
        for start in range(0, len(plans), BATCH):
            began = time.perf_counter()
            opened = self.each(self.opened, ((plan, None) for plan in plans[start : start + BATCH]))
            parts = [(plan, given) for plan, given in opened if isinstance(given, list)]
            fresh: list[tuple[Plan, Any]] = [(plan, (given, None)) for plan, given in opened if isinstance(given, dict)]
            for stage, step in self.parts.steps:
                fresh = self.each(partial(self.taken, step), fresh)
                began = self.result.add_seconds(stage, began)
            parts += [(plan, made) for plan, (_, made) in fresh]
            for plan, (data, places) in self.each(self.spliced, parts):
                self.write(plan, data, places)
            self.result.add_seconds("写入", began)

    def each(self, step: Callable[[Plan, Given], Made], pages: Iterable[tuple[Plan, Given]]) -> list[tuple[Plan, Made]]:
        """What a step makes of each page; one of which it fails is reported and left out."""
        done: list[tuple[Plan, Made]] = []
        for plan, given in pages:
            try:
                done.append((plan, step(plan, given)))
            except Changed:
                raise
            except Exception as problem:
                self.result.diagnostics.append(template_failed(plan.page, problem, self.view.site.id))
        return done

    def opened(self, plan: Plan, _: None) -> dict[str, Any] | list[bytes]:
        """The parts of the page, cut out of the existing one, or else its declared data."""
        path, result = plan.page.path, self.result
        known = self.before.written.get(path)
        parts = self.cut(path, known) if known and known.part == plan.part else None
        result.reasons[path] = reason(plan, known, spliced=parts is not None)
        if parts is not None:
            result.spliced += 1
            return parts
        result.rendered += 1
        return plan.page.declared() if plan.declared is None else plan.declared

    def taken(self, step: Step, plan: Plan, given: tuple[dict[str, Any], Any]) -> tuple[dict[str, Any], Any]:
        """A page's data, and what this step of rendering makes of what the last one made."""
        return given[0], step(plan.page, *given, self.result)

    def spliced(self, plan: Plan, parts: list[bytes]) -> tuple[bytes, list[tuple[int, int]]]:
        """The page's bytes, and where its parts are in them."""
        return self.shells.splice(plan.shell_key, plan.page.path, parts, self.result.diagnostics)

    def write(self, plan: Plan, data: bytes, places: list[tuple[int, int]]) -> None:
        """Write a page and remember it."""
        path = plan.page.path
        known = self.before.written.get(path)
        mark = digest(data)
        self.output.write(path, data, other=bool(known and self.before.unchanged and known.digest != mark))
        self.written[path] = Written(plan.part, plan.shell, mark, places, plan.page.made_of)

    def cut(self, path: str, known: Written) -> list[bytes] | None:
        """The parts of the page in the output, if it is still the one we wrote."""
        data = self.output.read(path)
        if data is None or digest(data) != known.digest:
            return None
        return [data[start : start + length] for start, length in known.places]

    def check_suspects(self) -> None:
        """Check the new pages that may have faults invisible in their source; earlier findings hold for the others."""
        result = self.result
        result.refused = {
            page: findings
            for page, findings in self.before.refused.items()
            if page in self.written and page not in result.reasons
        }
        if not result.suspects:
            return
        from jiyue.checks.page.output import page_errors  # noqa: PLC0415  (few builds have a page to check)

        site = self.view.site
        for page, source in sorted(result.suspects.items()):
            findings = page_errors(Path(self.output.folder), page, site.id, site.base_path)
            if findings:
                result.refused[page] = [replace(d, path=source, line=0).as_json() for d in findings]

    # -- other files --------------------------------------------------------------------------------------------------

    def bring_file(self, file: File) -> None:
        """Make the file again if its inputs changed."""
        known = self.before.written.get(file.path)
        mark = digest(f"{self.engine} {file.digest}".encode())
        if known and known.part == mark:
            self.written[file.path] = known
            return
        try:
            data = file.make()
        except FurnitureLost as lost:
            self.result.diagnostics += lost.findings
            return
        self.output.write(file.path, data)
        self.written[file.path] = Written(mark, "", digest(data), [], "")
