"""What a person may do at the editor. Every method asks the rights itself, so that no page can forget to.

The rights, the sites and their posts are those of the main branch. What `check` would refuse is refused here, in its words.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from jiyue.base import clock
from jiyue.catalogue.read import MAX_BYTES
from jiyue.catalogue.scan import ATTACHMENT_TYPES
from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.article_version import Version as Content
from jiyue.checks.repository.article_version import files_of
from jiyue.checks.repository.path_names import normalize
from jiyue.editor import heads
from jiyue.editor.merging import merge
from jiyue.editor.model import Conflict, Draft, Person, Refused, Saved, Version
from jiyue.editor.objects import FOLDER, Entry
from jiyue.editor.repository import DRAFTS, TRIES, Repository
from jiyue.editor.rules import Rules, RulesReader, is_article
from jiyue.editor.story import Stories, Story, site_of_branch

MAX_FILE = 100_000_000
"""Bytes of a file beside an article."""
MAX_FILES = 50
"""Files that one save may bring."""
GONE = "没有这份草稿，或者不归你管"
BUSY = "这一会儿保存的人太多，没有存上；稍后再试，写的内容还在页面里"


class Desk:
    """The editor's work on the repository in a folder, for people who are signed in."""

    def __init__(self, root: Path, *, now: Callable[[], str] = clock.now, remote: str | None = None) -> None:
        self.repository = Repository(root, now=now)
        self.now = now
        self.rules_reader = RulesReader(self.repository, now)
        self.stories = Stories(self.repository)

    def close(self) -> None:
        """End the processes that stay."""
        self.repository.close()

    # -- reading --

    def drafts(self, who: Person, site: str = "") -> list[Draft]:
        """The drafts that a person may see, the newest first."""
        rules, found = self._rules(), []
        for branch, head in self.repository.branches(f"{DRAFTS}{site}/" if site else DRAFTS).items():
            try:
                one = self._draft(branch, head, rules)
            except Refused:
                continue
            if self._sees(who, one.path, rules):
                found.append(one)
        return sorted(found, key=lambda one: (one.changed, one.id), reverse=True)

    def draft(self, who: Person, id: str) -> Draft:
        """A draft by its id."""
        return self._open(who, id, self._rules())[0]

    def text(self, who: Person, path: str, draft: str = "") -> Version:
        """A file of the main branch, or of a draft: the article, or one that lies in its site's folder."""
        rules = self._rules()
        if draft:
            one, _ = self._open(who, draft, rules)
            if not path.startswith(f"content/{one.site}/"):
                raise Refused("这个文件不属于这份草稿所在的站点", 404)
            return self._version(one.head, path)
        if not self._sees(who, path, rules):
            raise Refused("没有这个文件，或者不归你管", 404)
        return self._version(self._main(), path)

    def files(self, who: Person, draft: str) -> list[Version]:
        """The files of the site that a draft's article refers to, and those that the draft brings."""
        one, story = self._open(who, draft, self._rules())
        folder = f"content/{one.site}/"
        names = {path for path, _, now in self._changes(story) if now and path != one.path}
        article = Content.of(self._version(one.head, one.path).data)
        inner = one.path.removeprefix(folder).rpartition("/")[0]
        names |= {folder + path for _, path in files_of(inner, article)}
        return [self._version(one.head, name) for name in sorted(names) if self.repository.blob(one.head, name)]

    def may(self, who: Person, path: str) -> bool:
        """Whether a person may write the article at a path."""
        try:
            rules = self._rules()
            rules.site(path)
            rules.demand(who, path)
        except Refused:
            return False
        return is_article(path)

    # -- changing --

    def begin(self, who: Person, path: str, data: bytes | None = None) -> Draft:
        """Begin a draft: of a new article with this text, or (None) of the one that the main branch has.

        An article has one draft: where there is one already, it is that one that is returned, or, with a text, Refused.
        """
        with self.repository.lock("begin"):
            rules, main = self._rules(), self._main()
            site = rules.site(path).id
            if not is_article(path):
                raise Refused("稿件是栏目目录里的 .md 文件", 400)
            rules.demand(who, path)
            for branch, head in self.repository.branches(f"{DRAFTS}{site}/").items():
                story = self.stories.of(head, site)
                if story and normalize(story.path) == normalize(path):
                    if data is None and story.path == path:
                        return self._draft(branch, head, rules)
                    raise Refused("这个文件名已经有一份草稿在写；打开那一份，或者换一个文件名", 409)
            there = self.repository.blob(main, path)
            if data is None and not there:
                raise Refused("主分支上没有这篇稿件", 404)
            if data is not None and (there or self._twin(main, path)):
                raise Refused("主分支上已经有同名（或者只差大小写、全角半角）的文件；换一个文件名", 409)
            changes: dict[str, Entry | None] = {}
            if data is not None:
                changes[path] = self._write(_clean(data, None))
            text = data if data is not None else self.repository.objects.blob(there)
            commit = self.repository.make(
                who, (main,), changes, f"起草：{heads.title(text, path)}", action="begin", path=path
            )
            branch = f"{DRAFTS}{site}/{secrets.token_hex(6)}"
            if not self.repository.move({branch: ("", commit)}):
                raise Refused(BUSY, 503)
            return self._draft(branch, commit, rules)

    def save(
        self, who: Person, draft: str, base: str, data: bytes, files: Mapping[str, bytes | None] = {}
    ) -> Saved | Conflict:  # fmt: skip
        """Save a text. base: the blob that it was made from; files: name beside the article, or path below `content/<site>/`,
        -> content, or None to remove it.

        What others saved since then is merged, or nothing is changed and a Conflict tells where both changed the same.
        """
        for _ in range(TRIES):
            rules = self._rules()
            one, story = self._open(who, draft, rules)
            rules.demand(who, one.path)
            named = self._named(who, one, files, rules)
            current = self.repository.blob(one.head, one.path)
            if base and base not in story.versions:
                raise Refused("保存所依据的版本不属于这份草稿；重新打开草稿再改", 409)
            was = self.repository.objects.blob(base) if base else b""
            theirs = self.repository.objects.blob(current) if current else b""
            data = _bounded(data)
            merged = merge(was, theirs, data) if current != base else None
            if merged and merged.hunks:
                return Conflict(
                    one, Version(one.path, base, was), Version(one.path, current, theirs), data, merged.hunks
                )
            text = _clean(merged.data if merged else data, theirs)
            entry = self._write(text)
            changes = {
                path: entry_ for path, entry_ in named.items() if self.repository.entry(one.head, path) != entry_
            }
            if entry.id != current:
                changes[one.path] = entry
            version = Version(one.path, entry.id, text)
            is_merged = merged is not None and text != data
            if not changes:
                return Saved(one, version, is_merged)
            subject = f"保存：{heads.title(text, one.path)}"
            commit = self.repository.make(who, (one.head,), changes, subject, action="save")
            if self.repository.move({self._branch(one): (one.head, commit)}):
                return Saved(self._draft(self._branch(one), commit, rules), version, is_merged)
        raise Refused(BUSY, 503)

    def submit(self, who: Person, draft: str, head: str) -> Draft:
        """Hand a draft in for review, or publish it where its column asks for none. head: the commit that was read."""
        rules = self._rules()
        one, _ = self._open(who, draft, rules)
        rules.demand(who, one.path)
        self._is_at(one, head)
        changes: dict[str, Entry | None] = {}
        text = self._version(one.head, one.path).data
        if "review" in heads.values(text):
            changes[one.path] = self._write(_clean(text, None))
        commit = self.repository.make(who, (head,), changes, f"送审：{one.title}", action="submit")
        if not self.repository.move({self._branch(one): (head, commit)}):
            raise Refused(CHANGED, 409)
        return self._draft(self._branch(one), commit, rules)

    # -- parts --

    def _main(self) -> str:
        main = self.repository.head(self.repository.main)
        if not main:
            raise Refused("主分支上还没有提交", 500)
        return main

    def _rules(self) -> Rules:
        return self.rules_reader.at(self._main())

    def _sees(self, who: Person, path: str, rules: Rules) -> bool:
        account = rules.rights.of(who.account)
        if account is None:
            return False
        if account.may_change(path):
            return True
        try:
            return rules.is_officer(who, rules.site(path), self.now()[:10])
        except Refused:
            return False

    def _open(self, who: Person, id: str, rules: Rules) -> tuple[Draft, Story]:
        if len(id) != 12 or id.strip("0123456789abcdef"):
            raise Refused(GONE, 404)
        for site in rules.registry.sites:
            head = self.repository.head(f"{DRAFTS}{site}/{id}")
            if head:
                one = self._draft(f"{DRAFTS}{site}/{id}", head, rules)
                if self._sees(who, one.path, rules):
                    story = self.stories.of(head, site)
                    assert story is not None
                    return one, story
        raise Refused(GONE, 404)

    def _branch(self, one: Draft) -> str:
        return f"{DRAFTS}{one.site}/{one.id}"

    def _draft(self, branch: str, head: str, rules: Rules) -> Draft:
        """The draft on a branch. Raises Refused where that is no draft of a site's article."""
        site, name = site_of_branch(branch)
        story = self.stories.of(head, site)
        if story is None or not is_article(story.path) or rules.site(story.path).id != site:
            raise Refused(GONE, 404)
        text = self._version(head, story.path).data
        return Draft(
            name, site, story.path, heads.title(text, story.path), story.owner, story.state, head, story.base,
            new=not self.repository.blob(self._main(), story.path), changed=clock.minute(story.saved),
        )  # fmt: skip

    def _version(self, commit: str, path: str) -> Version:
        blob = self.repository.blob(commit, path)
        if not blob:
            raise Refused("没有这个文件", 404)
        return Version(path, blob, self.repository.objects.blob(blob))

    def _changes(self, story: Story) -> list[tuple[str, Entry | None, Entry | None]]:
        """What a draft changes: (path, before, after)."""
        trees = (self.repository.commit(one).tree for one in (story.base, story.head))
        return list(self.repository.objects.differences(*trees))

    def _is_at(self, one: Draft, head: str) -> None:
        if one.head != head:
            raise Refused(CHANGED, 409)

    def _write(self, data: bytes) -> Entry:
        return self.repository.write(data)

    def _twin(self, commit: str, path: str) -> str:
        """A path at a commit that differs from this one, or a folder of it, only in case or form; '' if there is none."""
        tree, wanted = self.repository.commit(commit).tree, path.split("/")
        for number, part in enumerate(wanted):
            entries = self.repository.objects.tree(tree)
            for name in entries:
                if name != part and normalize(name) == normalize(part):
                    return "/".join([*wanted[:number], name])
            if part not in entries or entries[part].mode != FOLDER:
                return ""
            tree = entries[part].id
        return ""

    def _named(
        self, who: Person, one: Draft, files: Mapping[str, bytes | None], rules: Rules
    ) -> dict[str, Entry | None]:
        """Path -> what shall be there, of the files that a save brings. Raises Refused."""
        if len(files) > MAX_FILES:
            raise Refused(f"一次最多带 {MAX_FILES} 个文件", 413)
        named: dict[str, Entry | None] = {}
        for name, data in files.items():
            path = name if "/" in name else f"{one.path.rpartition('/')[0]}/{name}"
            if not path.startswith(f"content/{one.site}/"):
                raise Refused(f"「{name}」不在本站点的目录里")
            suffix = path.rpartition(".")[2].lower()
            if is_article(path) or model_of(path) or suffix not in ATTACHMENT_TYPES:
                raise Refused(f"「{name}」不是图片或者附件；一份草稿只有一篇稿件", 415)
            if data is not None and len(data) > MAX_FILE:
                raise Refused(f"「{name}」超过 {MAX_FILE // 1_000_000} MB", 413)
            if data is not None and self._twin(one.head, path):
                raise Refused(f"「{name}」与已有的文件只差大小写或者字形；换一个名字", 409)
            entry = None if data is None else self._write(data)
            rules.demand(who, path, entry)
            named[path] = entry
        return named


CHANGED = "这份草稿刚才又有人改过；重新打开看一遍，再做这一步"


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise Refused(
            f"稿件有 {len(data) / 1e6:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB；附件和图片放在旁边单独的文件里", 413
        )
    return data


def _clean(data: bytes, theirs: bytes | None) -> bytes:
    """A text as a draft has it: without records of review, which only approval writes; withdrawn as it was."""
    _bounded(data)
    if "review" not in heads.values(data):
        return data
    clean = heads.with_fields(data, {"review": None})
    if clean is None:
        raise Refused("稿件开头的 review 由审核登记，去掉这一项再保存", 400)
    return clean
