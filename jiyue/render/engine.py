"""The engine: plan a site's pages, render only those whose digest changed, write only those whose bytes changed.

A page is a shell (of site and column) around parts (title, head, main). Each has its own digest. When only the shell
changed, the parts are cut out of the page that lies in the output and set into the new shell; nothing is rendered.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.executor import Failed, LocalExecutor
from jiyue.base.patterns import pattern
from jiyue.base.verified_read import Changed
from jiyue.render import search
from jiyue.render.body import body_html, spoken
from jiyue.render.output import Output, digest
from jiyue.render.pages.page import File, Page
from jiyue.render.pages.shell import furniture, page_furniture, root_prefix, shell_data
from jiyue.render.templates import SLOT, Closures
from jiyue.search.token_cache import Tokens, tokens_path

if TYPE_CHECKING:
    import jinja2

    from jiyue.base.cache import Cache
    from jiyue.render.pages.view import Entry, SiteView

FURNITURE = error(
    "page-furniture", "页面缺少必备要素", "上级门户链接、网站标识码、主办单位、找错入口等每页都要有，模板不能丢掉。",
    "国办发〔2017〕47号；吉政办发〔2015〕5号（六）",
)  # fmt: skip
TWICE = error("output-twice", "两个来源写同一个文件", "后写的会盖掉先写的。")
TEMPLATE = error("template", "模板出错", "模板出错的页面无法生成。")

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

_TAG = pattern(r"<[^>]*>")
SLOTS = ("title", "head", "main", "address")
"""What a page puts into its shell; `address` is its own absolute address, percent-encoded for a link's query."""


class Shell(NamedTuple):
    """A rendered shell, cut at its slots: literal, slot, literal, slot, … literal."""

    digest: str
    literals: list[bytes]
    slots: list[str]


class Written(NamedTuple):
    """A file as it was written last: digests of its own part (of any other file: of what it is made of), its shell and its bytes.

    places: start and length of each part within the page. made_of: see Page.
    """

    part: str
    shell: str
    digest: str
    places: list[Any]
    made_of: str


class _Plan(NamedTuple):
    page: Page
    shell_key: tuple[str, str, str]
    shell: str
    part: str
    declared: dict[str, Any] | None
    """The page's data, None where it is known to be that of last time."""


SHARD = 400
"""So many pages are worth a child of their own."""
_MAY_FAIL = pattern(r"""\sid=|\b(?:href|src|poster)="(?![a-zA-Z][a-zA-Z0-9+.-]*:|//|#)""")
"""What of a body with HTML of its own can be wrong in a way that its source does not tell: places, links inside the site."""


@dataclass
class SiteResult:
    """What a site's build did.

    reasons: page -> why it was rendered (for --explain). seconds: stage -> wall time in all of the site's processes.
    quick, slow: articles whose Markdown went the one way or the other. folders: of the output, as Output.folders gives
    them. messages: what is wrong with the cache.
    found: what a search may find on this site, None where search is off.
    suspects: pages to be looked at when all are there -> their source. refused: pages that may not go out -> why.
    """

    site: str
    pages: int = 0
    rendered: int = 0
    spliced: int = 0
    written: int = 0
    removed: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    quick: int = 0
    slow: int = 0
    failed: str = ""
    folders: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    found: list[search.Found] | None = None
    suspects: dict[str, str] = field(default_factory=dict)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add_seconds(self, stage: str, began: float) -> None:
        """Add the time since `began` (time.perf_counter) to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    def add(self, other: SiteResult) -> None:
        """Take in what a child did."""
        for name in ("rendered", "spliced", "written", "quick", "slow"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.diagnostics += other.diagnostics
        self.reasons.update(other.reasons)
        self.suspects.update(other.suspects)
        for stage, seconds in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


@dataclass(frozen=True)
class Memory:
    """Where what was written is remembered, and by which digest of the engine it counts.

    store None: nothing is known, everything is rendered and compared. shards: processes for one large site. folder:
    where the pages go if not below job.output; what else lies there is left alone. trusted False: what is known only
    says which files are ours; everything is rendered, because a foreign plugin may have a hand in it, and what is not
    ours is left alone.
    """

    store: Cache | None
    name: str
    engine: str
    shards: int = 1
    folder: Path | None = None
    trusted: bool = True


def render_site(
    view: SiteView, made: Iterable[Page | File], env: jinja2.Environment, closures: Closures, memory: Memory
) -> SiteResult:
    """Bring the site's output up to date. made: what the plugins gave; closures: digests of the theme's templates.

    Raises sources.Changed where a file isn't what the scan saw; what was written until then is right.
    """
    run = _Run(view, env, closures, memory)
    run.build(made)
    return run.result


def _hash(data: Any) -> str:
    """Of plain data."""
    return hashlib.blake2b(_encode(data).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _why(plan: _Plan, known: Written | None, kept: bool) -> str:
    """For --explain."""
    if not known:
        return "新页面"
    if kept:
        return "只有外框变了"
    names = ("程序", "模板", "正文", "数据")
    changed = [n for n, old, new in zip(names, known.part.split("."), plan.part.split("."), strict=False) if old != new]
    return "、".join(changed) + "变了" if changed else "输出文件被改动过"


class _Run:
    def __init__(self, view: SiteView, env: jinja2.Environment, closures: Closures, memory: Memory) -> None:
        self.view, self.env, self.closures = view, env, closures
        self.memory, self.store, self.name = memory, memory.store, memory.name
        # what a foreign plugin had a hand in is never taken for our own work, not even after it is gone
        self.engine = memory.engine if memory.trusted else digest(f"foreign {memory.engine}".encode())
        self.output = Output(memory.folder or view.job.output / view.site.id, search.CLUSTER)
        self.trusted = False
        self.searched = ""
        self.result = SiteResult(view.site.id)
        self.shells: dict[tuple[str, str, str], Shell] = {}
        self.shell_inputs: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
        self.templates: dict[str, jinja2.Template] = {}
        self.texts: search.Texts = {}
        self.known: dict[str, Written] = {}
        self.folders: dict[str, int] = {}
        self.now: dict[str, Written] = {}
        self.refused: dict[str, list[dict[str, Any]]] = {}

    # -- the whole ----------------------------------------------------------------------------------------------------

    def build(self, made: Iterable[Page | File]) -> None:
        began = time.perf_counter()
        pages, files = self.sort_out(made)
        self.result.add_seconds("数据", began)
        began = time.perf_counter()
        stale = self.recall()
        plans = [self.plan(page) for page in pages]
        self.result.pages = len(plans)
        if self.store:
            self.store.put(f"{self.name}.dirty", True)
        changed = [plan for plan in plans if not self.unchanged(plan)]
        self.result.add_seconds("计划", began)
        self.bring_all(changed)
        began = time.perf_counter()
        for file in files:
            self.bring_file(file)
        for path in sorted(stale - self.now.keys()):
            if not path.startswith(f"{search.INDEX}/"):
                self.output.remove(path)
        self.look()
        self.result.add_seconds("其他文件", began)
        searched = self.index()
        self.result.written += len(self.output.written)
        self.result.removed = len(self.output.removed)
        if self.store:
            self.result.folders = self.output.folders()
            if any(found.rule == FURNITURE.id for found in self.result.diagnostics):
                self.store.drop(f"{self.name}.json")  # what lies there is not good: look at all of it again next time
            elif (self.now, self.result.folders, searched, self.result.refused) != (
                self.known, self.folders, self.searched, self.refused
            ):  # fmt: skip
                row = {
                    "pages": self.now, "folders": self.result.folders, "search": searched, "refused": self.result.refused
                }  # fmt: skip
                self.store.put(f"{self.name}.json", row)
            self.store.drop(f"{self.name}.dirty")
            self.result.messages = self.store.messages

    def look(self) -> None:
        """Look at those new pages that may be wrong in a way that their source does not tell; what was seen before holds."""
        old = {page: found for page, found in self.refused.items() if page in self.now}
        self.result.refused = {page: found for page, found in old.items() if page not in self.result.reasons}
        if not self.result.suspects:
            return
        from jiyue.checks.page.output import page_errors  # noqa: PLC0415  (few pages ask for it)

        site = self.view.site
        for page, source in sorted(self.result.suspects.items()):
            found = page_errors(Path(self.output.folder), page, site.id, site.base_path)
            if found:
                self.result.refused[page] = [replace(d, path=source, line=0).as_json() for d in found]

    def index(self) -> str:
        """Bring the search index up to date; gives the digest of what may be found, '' where search is off."""
        job = self.view.job
        ours = self.memory.folder is None
        whole = job.cluster.search and job.cluster.root == self.view.site.id
        if ours and not whole:
            search.remove(self.output, search.CLUSTER)
        if not job.cluster.search:
            if ours:
                search.remove(self.output, search.INDEX)
            return ""
        began = time.perf_counter()
        rows = search.found(self.view)
        self.result.found = [row for row in rows if not row.pushed]
        options = search.index_options(job.site, job.cluster, search.INDEX)
        searched = search.digest(rows, options)
        if not (self.trusted and searched == self.searched):
            cache = Tokens(tokens_path(self.store.folder if self.store else None, self.view.site.id))
            search.remember(self.texts, cache)
            search.make(rows, job.root, self.output, search.INDEX, self.trusted, cache, options, ours)
            cache.close(len(rows))
        if ours and whole:
            # made now, so that the folder above keeps the time that is remembered of it
            Path(self.output.folder, search.CLUSTER).mkdir(parents=True, exist_ok=True)
        self.result.add_seconds("搜索索引", began)
        return searched

    def sort_out(self, made: Iterable[Page | File]) -> tuple[list[Page], list[File]]:
        """Pages and files, each address once."""
        taken: set[str] = set()
        pages: list[Page] = []
        files: list[File] = []
        for thing in made:
            folded = thing.path.casefold()
            if folded in taken:
                hint = "改其中一个的 slug、文件名或栏目目录名"
                path = thing.entry.article.source_path if isinstance(thing, Page) and thing.entry else thing.path
                found = TWICE.at(path, 0, f"「{thing.path}」已由别的来源写入", hint, site=self.view.site.id)
                self.result.diagnostics.append(found)
                continue
            taken.add(folded)
            if isinstance(thing, Page):
                pages.append(thing)
            else:
                files.append(thing)
        return pages, files

    def recall(self) -> set[str]:
        """Load what was written last time, as far as it can be trusted; the files that may have to go."""
        old = self.store.get(f"{self.name}.json") if self.store else None
        if old:
            self.known = {path: Written(*row) for path, row in old["pages"].items()}
            self.folders = old["folders"]
            self.searched, self.refused = old["search"], old["refused"]
        if not self.memory.trusted:
            ours, self.known = set(self.known), {}
            return ours
        if not self.store:
            return set() if self.memory.folder else self.output.files()
        interrupted = self.store.get(f"{self.name}.dirty") is not None
        if not interrupted and old and self.output.folders_unchanged(old["folders"]):
            self.trusted = True
            return set(self.known)
        # someone else was here, or the last build did not end: believe only bytes
        lying = self.output.files()
        self.known = {
            path: row
            for path, row in self.known.items()
            if path in lying and digest(self.output.read(path) or b"") == row.digest
        }
        return lying

    # -- pages --------------------------------------------------------------------------------------------------------

    def plan(self, page: Page) -> _Plan:
        prefix = self.view.site.base_path + "/" if page.path == "404.html" else root_prefix(page.path)
        shell_key = (page.section, prefix, page.lang)
        if shell_key not in self.shell_inputs:
            data = shell_data(self.view, *shell_key)
            self.shell_inputs[shell_key] = (
                _hash([self.engine, self.closures.digest("shell.html", self.view.site.lang), data]),
                data,
            )
        # program, template, source and data apart, so that --explain can tell which one changed
        source = page.entry.article.digest[:16] if page.entry else ""
        known = self.known.get(page.path)
        told = known is not None and page.made_of and known.made_of == page.made_of
        declared = None if told else page.declared()
        mark = known.part.rpartition(".")[2] if known and declared is None else _hash(declared)
        template = self.closures.digest(page.template, self.view.site.lang)
        part = f"{self.engine[:16]}.{template[:16]}.{source}.{mark}"
        return _Plan(page, shell_key, self.shell_inputs[shell_key][0], part, declared)

    def unchanged(self, plan: _Plan) -> bool:
        known = self.known.get(plan.page.path)
        if known and known.part == plan.part and known.shell == plan.shell:
            same = known.made_of == plan.page.made_of
            self.now[plan.page.path] = known if same else known._replace(made_of=plan.page.made_of)
            return True
        return False

    def bring_all(self, plans: list[_Plan]) -> None:
        """All that changed; a large site in several processes, so that no core is idle."""
        shards = min(self.memory.shards, len(plans) // SHARD)
        if shards < 2:
            for plan in plans:
                self.bring(plan)
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
            self.now.update(rows)
            self.texts.update(texts)
            self.result.add(result)

    def bring_shard(self, plans: list[_Plan]) -> tuple[dict[str, Written], search.Texts, SiteResult] | Changed:
        """In a child: what it wrote, what the search wants of it, and what it did."""
        self.now, self.result = {}, SiteResult(self.view.site.id)
        try:
            for plan in plans:
                self.bring(plan)
        except Changed as changed:
            return changed
        self.result.written = len(self.output.written)
        return self.now, self.texts, self.result

    def bring(self, plan: _Plan) -> None:
        path = plan.page.path
        known = self.known.get(path)
        try:
            parts = self.cut(path, known) if known and known.part == plan.part else None
            self.result.reasons[path] = _why(plan, known, parts is not None)
            if parts is None:
                self.result.rendered += 1
                parts = self.render(plan.page, plan.page.declared() if plan.declared is None else plan.declared)
            else:
                self.result.spliced += 1
            data, places = self.splice(plan, parts)
        except Changed:
            raise
        except Exception as problem:
            self.result.diagnostics.append(self.template_failed(plan.page, problem))
            return
        began = time.perf_counter()
        mark = digest(data)
        self.output.write(path, data, other=bool(known and self.trusted and known.digest != mark))
        self.result.add_seconds("写入", began)
        self.now[path] = Written(plan.part, plan.shell, mark, places, plan.page.made_of)

    def cut(self, path: str, known: Written) -> list[bytes] | None:
        """The parts of the page that lies in the output, if it is the one we wrote."""
        data = self.output.read(path)
        if data is None or digest(data) != known.digest:
            return None
        return [data[start : start + length] for start, length in known.places]

    def render(self, page: Page, declared: dict[str, Any]) -> list[bytes]:
        data = declared
        if page.entry:
            from markupsafe import Markup  # noqa: PLC0415

            began = time.perf_counter()
            given = self.view.bodies.get(page.path)
            if given is None:
                html, quickly = body_html(
                    self.view.job.root, page.entry, data["links"], data["pictures"], self.converted(page.entry)
                )
            else:
                html, quickly = given, False
            known = self.view.words
            data = {**data, "body": Markup(spoken(html, known) if known.digest else html)}
            if not quickly and _MAY_FAIL.search(html):
                self.result.suspects[page.path] = page.entry.article.source_path
            self.result.quick += quickly
            self.result.slow += not quickly
            self.result.add_seconds("正文", began)
        began = time.perf_counter()
        parts = self.template(page.template).render(data).split(SLOT)
        if len(parts) != 3:
            raise ValueError(f'{page.template} 应依次给出 title、head、main 三部分（extends "page.html"）')
        head, main = page_furniture(declared, page.entry is not None)
        self.require(head, parts[1], page.template, page.path)
        self.require([*main, *page.must_have], parts[2], page.template, page.path)
        self.result.add_seconds("模板", began)
        return [part.encode() for part in parts]

    def converted(self, entry: Entry) -> Callable[[str], None]:
        """Keeps an article's text for the search, so that nothing is converted twice."""
        if not self.view.job.cluster.search:
            return lambda html: None
        return partial(search.keep_text, self.texts, entry.article.digest)

    def splice(self, plan: _Plan, parts: list[bytes]) -> tuple[bytes, list[tuple[int, int]]]:
        """The page's bytes, and where its parts stand in it: (start, length) of title, head and main."""
        shell = self.shell(plan.shell_key)
        address = quote(self.view.url(plan.page.path), safe="").encode()
        values = {"title": parts[0], "head": parts[1], "main": parts[2], "address": address}
        out: list[bytes] = []
        places: dict[str, tuple[int, int]] = {}
        position = 0
        for literal, slot in zip(shell.literals, [*shell.slots, ""], strict=True):
            out.append(literal)
            position += len(literal)
            if slot:
                value = values[slot]
                places.setdefault(slot, (position, len(value)))
                out.append(value)
                position += len(value)
        return b"".join(out), [places[slot] for slot in SLOTS[:3]]

    def shell(self, key: tuple[str, str, str]) -> Shell:
        if key not in self.shells:
            shell_digest, data = self.shell_inputs[key]
            marks = {slot: f"{SLOT}{slot}{SLOT}" for slot in SLOTS}
            text = self.template("shell.html").render(**data, slot=marks)
            bits = text.split(SLOT)
            literals, slots = bits[0::2], bits[1::2]
            if set(slots) != set(SLOTS):
                raise ValueError("shell.html 必须放下 slot.title、slot.head、slot.main 和 slot.address")
            head, body, texts = furniture(data)
            start = text.find("<body")
            self.require(head, text[:start], "shell.html", "外框")
            self.require(body, text[start:], "shell.html", "外框")
            self.require(texts, _TAG.sub(" ", text[start:].replace("<wbr>", "")), "shell.html", "外框")
            self.shells[key] = Shell(shell_digest, [bit.encode() for bit in literals], slots)
        return self.shells[key]

    def require(self, wanted: Iterable[str], text: str, template: str, path: str) -> None:
        for item in wanted:
            if item not in text:
                self.result.diagnostics.append(self.furniture_lost(f"模板 {template} 生成的{path}里没有 {item}"))

    def furniture_lost(self, message: str) -> Diagnostic:
        return FURNITURE.at("themes", 0, message, "把这一项放回模板；必备要素不能删除", site=self.view.site.id)

    def template(self, name: str) -> jinja2.Template:
        if name not in self.templates:
            self.templates[name] = self.env.get_template(name)
        return self.templates[name]

    def template_failed(self, page: Page, problem: Exception) -> Diagnostic:
        line = getattr(problem, "lineno", 0) or 0
        name = getattr(problem, "name", None) or page.template
        source = page.entry.article.source_path if page.entry else page.path
        message = f"生成 {source} 时出错：{type(problem).__name__}: {problem}"
        return TEMPLATE.at(
            f"themes/{name}", line, message, "改正模板；若没有改过模板，请报告这个问题", site=self.view.site.id
        )

    # -- other files --------------------------------------------------------------------------------------------------

    def bring_file(self, file: File) -> None:
        known = self.known.get(file.path)
        mark = digest(f"{self.engine} {file.digest}".encode())
        if known and known.part == mark:
            self.now[file.path] = known
            return
        data = file.make()
        self.output.write(file.path, data)
        self.now[file.path] = Written(mark, "", digest(data), [], "")
