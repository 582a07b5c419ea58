"""Turns one page of an old site into an article: its text with links to where they lead now, pictures and attachments beside it."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from jiyue.catalogue.complexity import too_complex
from jiyue.catalogue.migrated import digest_of
from jiyue.importers import front, pages
from jiyue.importers.html import FILE, PICTURE, text_nodes, to_markdown, visible_text
from jiyue.importers.moves import Leads, Link, Move
from jiyue.importers.phrases import squeeze
from jiyue.importers.site import encoding
from jiyue.importers.site.files import MOST_BYTES, Item, Placed, Store, digest_at
from jiyue.importers.site.links import Led, Named, named, resolve
from jiyue.importers.site.page import Reader
from jiyue.importers.site.state import Opened, Skip, opened
from jiyue.importers.suffixes import SHOWN, stored_suffix

if TYPE_CHECKING:
    from jiyue.importers.site.folder import Folder
    from jiyue.importers.site.page import Facts
    from jiyue.importers.site.plan import Plan
    from jiyue.registry.old_site import Template

_MADE_UP = "http://link.invalid/"
"""Stands before the number of a link while its page is converted."""


class Copied(NamedTuple):
    """A file of the old site that lies beside an article now. at: its number in the folder."""

    at: int
    copy: str
    article: str
    sha256: str
    picture: bool


class Done(NamedTuple):
    """What became of a page. placed: of its article, None if there is none."""

    at: int
    move: Move
    placed: Placed | None = None
    copied: tuple[Copied, ...] = ()


@dataclass(frozen=True)
class Converter:
    """Converts pages that the plan makes articles.

    columns: those to which a link may lead; before: what the last import made, by path; day: of this import; furniture: of
    each template, what it shows on every page.
    """

    folder: Folder
    reader: Reader
    facts: Mapping[int, Facts]
    plan: Plan
    store: Store
    site: str
    columns: frozenset[str]
    before: Mapping[str, Move]
    day: str
    furniture: Mapping[int, frozenset[str]]

    def convert(self, at: int) -> Done:
        """Convert a page and write its article."""
        try:
            return self._convert(at)
        except (Skip, pages.RuleError) as problem:
            reason = str(problem)
        except RecursionError:
            reason = "网页嵌套得太深，读不了"
        except OSError as problem:
            reason = f"读写出错：{problem.strerror}"
        return Done(at, self.move(at, status="error", reason=reason))

    def move(self, number: int, **more: Any) -> Move:
        """What is known of a page, and more."""
        entry, fact = self.folder.entries[number], self.facts[number]
        return Move(entry.path, addresses=addresses_of(entry.addresses, fact.claimed, self.folder),
                    encoding=fact.encoding, sha256=fact.sha256, **more)  # fmt: skip

    def _convert(self, at: int) -> Done:
        entry, fact, rules = self.folder.entries[at], self.facts[at], self.reader.rules
        template = rules.templates[fact.template] if fact.template >= 0 else None
        text = _Text(self, at, self.plan.articles[at])
        markdown, visible, own = [], "", Counter[str]()
        for part in (at, *self.plan.parts.get(at, ())):
            page = self._open(part)
            shows = self._own_text(page, fact.template)
            body = self.reader.body(page, entry.path, template, self.facts[part])
            own += shows - _linked_elsewhere(page.root, body)
            visible += visible_text(body)
            text.turn_all(body, part)
            markdown.append(to_markdown(body, _MADE_UP, text.files))
        official = template is not None and template.kind == "document"
        carried = pages.carried(fact.title, "\n\n".join(markdown), self.reader.now, official=official)
        if not carried.body.strip():
            raise Skip("除标题以外没有正文", "error")
        if too_complex(carried.body) is not None:
            raise Skip("正文的结构太复杂，排不成网页", "error")
        kept = pages.shown(carried.body) + Counter("".join("".join([fact.title, *carried.said]).split()))
        wanted = Counter(visible if squeeze(fact.title) in squeeze(visible) else visible + "".join(fact.title.split()))
        share = _share(kept, wanted)
        assert fact.date is not None
        page_share = _share(kept + Counter(f"{fact.source}{fact.date:%Y-%m-%d}".replace(" ", "")), own)
        old = self.before.get(entry.path)
        day = (old.at if old else "") or self.day
        content = self._content(fact, template, carried, self._address(at), day)
        move = self.move(
            at, article=text.article, title=fact.title, date=_moment(fact.date), at=day,
            share=page_share if template is None or rules.suggested else share, page_share=page_share,
            characters=wanted.total(), article_sha256=digest_of(content), missing=tuple(dict.fromkeys(text.missing)),
            pictures=sum(copy.picture for copy in text.copied), attachments=sum(not copy.picture for copy in text.copied),
            links=tuple(text.links.values()),
        )  # fmt: skip
        beside = [
            Item(one.copy, one.sha256, self.folder.root / self.folder.entries[one.at].file) for one in text.copied
        ]
        placed = self.store.place(Item(text.article, move.article_sha256, content), beside)
        if placed == "deleted":
            move = replace(move, status="skipped", reason="稿件已被删除，没有再写", article="", deleted=text.article)
            return Done(at, move, placed)
        if placed == "edited" and (old is None or old.article_sha256 != move.article_sha256):
            digest = old.article_sha256 if old else ""
            move = replace(move, reason="稿件改过，没有覆盖", article_sha256=digest)
        return Done(
            at,
            move,
            placed,
            tuple(copy for copy in text.copied if placed != "edited" or copy.copy in self.store.finished),
        )

    def _open(self, at: int) -> Opened:
        data = (self.folder.root / self.folder.entries[at].file).read_bytes()
        if digest_of(data) != self.facts[at].sha256:
            raise Skip("导入时网页变了，再导入一次", "error")
        return opened(encoding.decode(data).text)

    def _address(self, at: int) -> str:
        """What `migrated.from` says: the main old address, the path where the host is not known."""
        entry = self.folder.entries[at]
        address = addresses_of(entry.addresses, self.facts[at].claimed, self.folder)[0]
        return address if address.startswith("http") else entry.path

    def _own_text(self, page: Opened, template: int) -> Counter[str]:
        """The characters that a page shows and its template does not."""
        everywhere = self.furniture.get(template)
        if not everywhere and template < 0:
            return Counter(pages.running_text(page.root))
        return Counter(
            "".join(text for text in text_nodes(pages.whole_of(page.root)) if text not in (everywhere or ()))
        )

    def _content(self, fact: Facts, template: Template | None, carried: pages.Carried, address: str, day: str) -> bytes:
        fields: dict[str, object] = dict(carried.fields)
        number = str(fields.pop("doc_number", ""))
        more = {**({"kind": template.kind} if template and template.kind != "news" else {}), **fields}
        assert fact.date is not None
        head = front.dump(
            fact.title,
            fact.date,
            fact.source,
            number,
            more=more,
            migrated={"from": address, "at": date.fromisoformat(day)},
        )
        return f"{head}\n{carried.body}\n".encode()


def _linked_elsewhere(root: Any, body: Any) -> Counter[str]:
    """The characters of a page's links outside of its text that lead to other pages: they are those pages' titles."""
    inside = set(body.iter("a"))
    links = (
        one
        for one in root.iter("a")
        if one not in inside and not FILE.search((one.get("href") or "").partition("?")[0])
    )
    return Counter("".join(text for one in links for text in text_nodes(one)))


def addresses_of(known: tuple[str, ...], claimed: str, folder: Folder) -> tuple[str, ...]:
    """The addresses of a file, the one first that a mirroring tool wrote into it, if it is one of the old site."""
    if not claimed:
        return known
    address = claimed if "://" in claimed else f"{folder.scheme}://{claimed}"
    if not address.startswith("http") or (folder.hosts and not folder.is_own(address)):
        return known
    return tuple(dict.fromkeys([address.partition("#")[0], *known]))


class _Text:
    """The links of a text, turned to where they lead now. files: see to_markdown."""

    def __init__(self, converter: Converter, at: int, article: str) -> None:
        self.of, self.at, self.article = converter, at, article
        self.here = posixpath.dirname(article)
        self.stem = posixpath.basename(article).removesuffix(".md")
        self.files: dict[str, str] = {}
        self.links: dict[str, Link] = {}
        self.missing: list[str] = []
        self.copied: list[Copied] = []
        self.names: dict[int, str] = {}

    def turn_all(self, body: Any, page: int) -> None:
        """Point all links of a body to where they lead. page: the number of the page that it stands on."""
        for one in named(body):
            self.turn(one, resolve(one.href, page, self.of.folder, self.of.facts[page].base))

    def turn(self, one: Named, led: Led) -> None:
        """Point an element to where its link leads."""
        if not led.address:
            return
        link, target = self.leads(one, led)
        self.links.setdefault(led.address, link)
        if target:
            key = f"{_MADE_UP}{len(self.files)}"
            self.files[key] = target
            one.element.set(one.attribute, key)
        elif led.address.startswith("http"):
            one.element.set(one.attribute, led.address)
        else:
            del one.element.attrib[one.attribute]

    def leads(self, one: Named, led: Led) -> tuple[Link, str]:
        """(what to say of a link, its new target; '' if it stays as it was)."""
        folder, plan, address = self.of.folder, self.of.plan, led.address
        path = address.partition("?")[0]
        is_file = one.picture or bool(FILE.search(path) or PICTURE.search(path))
        if led.at is None:
            if not folder.is_own(address):
                return Link(address, "outside"), ""
            if is_file:
                self.missing.append(address)
            return Link(address, "nowhere"), ""
        entry, fact = folder.entries[led.at], self.of.facts.get(led.at)
        leads: Leads = "dropped"
        target = ""
        if self.of.plan.same.get(led.at, led.at) == self.at:
            leads = "own"
        elif entry.kind == "file" or (fact and fact.suffix) or one.picture:
            target = self.copy(led.at, picture=one.picture)
            leads = "file" if target else "dropped"
            self.missing += [] if target else [address]
        elif article := plan.articles.get(plan.same.get(led.at, led.at)):
            leads, target = "article", posixpath.relpath(article, self.here)
        elif (column := plan.columns.get(led.at)) is not None and (not column or column in self.of.columns):
            leads = "index"
            target = posixpath.relpath(f"content/{self.of.site}/{column}".rstrip("/"), self.here) + "/"
        return Link(address, leads, entry.path), target

    def copy(self, at: int, *, picture: bool) -> str:
        """The name beside the article of a file of the folder; '' if it can't be there."""
        if at in self.names:
            return self.names[at]
        entry, fact = self.of.folder.entries[at], self.of.facts.get(at)
        self.names[at] = ""
        if not entry.kind or not 0 < entry.size <= MOST_BYTES:
            return ""
        source = self.of.folder.root / entry.file
        try:
            with source.open("rb") as handle:
                head = handle.read(512)
            suffix = stored_suffix(head, (fact.suffix if fact else "") or entry.suffix, picture=picture)
            digest = digest_at(source) if suffix else None
        except OSError:
            return ""
        if digest:
            self.names[at] = name = f"{self.stem}-{len(self.copied) + 1}.{suffix}"
            shown = picture or suffix in SHOWN
            self.copied.append(Copied(at, f"{self.here}/{name}", self.article, digest, shown))
        return self.names[at]


def _share(kept: Counter[str], wanted: Counter[str]) -> float:
    return round((kept & wanted).total() / wanted.total(), 4) if wanted else 1.0


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d}" if (time.hour, time.minute) == (0, 0) else f"{time:%Y-%m-%d %H:%M}"
