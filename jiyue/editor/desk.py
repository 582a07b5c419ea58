"""What a person may do at the editor. Every method asks the rights itself, so that no page can forget to.

The rights, the sites and their posts are those of the main branch. What `check` would refuse is refused here, in its words.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.git import GitError
from jiyue.catalogue.read import MAX_BYTES
from jiyue.catalogue.scan import ATTACHMENT_TYPES
from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.article_version import Version as Content
from jiyue.checks.repository.article_version import files_of
from jiyue.checks.repository.path_names import normalize
from jiyue.editor import heads, history, sharing
from jiyue.editor.merging import merge
from jiyue.editor.model import Conflict, Draft, Event, Person, Refused, Saved, State, Version
from jiyue.editor.objects import FOLDER, Entry
from jiyue.editor.repository import DRAFTS, TRIES, Repository
from jiyue.editor.rules import Rules, RulesReader, demand_place, is_article, refuse
from jiyue.editor.story import Stories, Story, site_of_branch
from jiyue.editor.verdict import Among, Judge
from jiyue.editor.workflow import Text, Workflow, demand_post, published_state
from jiyue.registry.site import REVIEW_STEPS

MAX_FILE = 100_000_000
"""Bytes of a file beside an article."""
MAX_FILES = 50
"""Files that one save may bring."""
GONE = "没有这份草稿，或者不归你管"
BUSY = "这一会儿保存的人太多，没有存上；稍后再试，写的内容还在页面里"


class Desk:
    """The editor's work on the repository in a folder, for people who are signed in."""

    def __init__(
        self, root: Path, *, now: Callable[[], str] = clock.now, remote: str | None = None, trusting: bool = False
    ) -> None:
        """remote, trusting: see Repository. Raises Refused where there is no repository of a cluster."""
        self.repository = Repository(root, now=now, remote=remote, trusting=trusting)
        self.now = now
        self.rules_reader = RulesReader(self.repository, now)
        self.stories = Stories(self.repository)
        self.workflow = Workflow(self.repository)
        self.judge = Judge(self.repository)
        self.among = Among(root)
        self._places: dict[str, str] = {}
        self._seen: set[tuple[str, str, str]] = set()
        self._advances = threading.Lock()
        self._turns = [threading.RLock() for _ in range(64)]

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

    def waiting(self, who: Person) -> list[Draft]:
        """The drafts whose next step is one of a person's, the newest first."""
        return [one for one in self.drafts(who) if self.steps(who, one)]

    def draft(self, who: Person, id: str) -> Draft:
        """A draft by its id."""
        return self._open(who, id, self._rules())[0]

    def text(self, who: Person, path: str, draft: str = "") -> Version:
        """A file of the main branch, or of a draft: the article, or one that lies in its site's folder."""
        rules = self._rules()
        if draft:
            one, _ = self._open(who, draft, rules)
            here = path.startswith(f"content/{one.site}/")
            if not here or (is_article(path) and path != one.path and not self._sees(who, path, rules)):
                raise Refused("这个文件不属于这份草稿，或者不归你管", 404)
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
        return path in self.writable(who, [path])

    def writable(self, who: Person, paths: Iterable[str]) -> set[str]:
        """The paths of articles that a person may write."""
        rules, found = self._rules(), set()
        for path in paths:
            try:
                rules.site(path)
                rules.demand(who, path)
            except Refused:
                continue
            if is_article(path):
                found.add(path)
        return found

    def version(self, who: Person, draft: str, blob: str) -> bytes:
        """A wording that a draft's article has, or had: what a form was made from."""
        _, story = self._open(who, draft, self._rules())
        if blob not in story.versions:
            raise Refused("页面所依据的版本不属于这份草稿；重新打开草稿再改", 409)
        return self.repository.objects.blob(blob)

    def seen(self, who: Person, paths: Iterable[str]) -> set[str]:
        """The paths at which a person may see what is not public."""
        rules = self._rules()
        return {path for path in paths if self._sees(who, path, rules)}

    def steps(self, who: Person, draft: Draft) -> tuple[str, ...]:
        """The review steps that a person may take now: the next one, if it is theirs, and they neither wrote nor approved."""
        if not draft.step:
            return ()
        rules = self._rules()
        story = self.stories.of(draft.head, draft.site)
        account = rules.rights.of(who.account, rules.day)
        if story is None or account is None or not account.may_change(draft.path):
            return ()
        if not rules.posts(who, rules.site(draft.path), draft.step, self.now()[:10]):
            return ()
        others = [*story.writers, *self.workflow.done(story, rules).values()]
        return () if any(rules.rights.of(other) is account for other in others) else (draft.step,)

    def left(self, draft: Draft) -> list[str]:
        """The steps of review that a draft still needs, in order."""
        rules, story = self._rules(), self._story(draft)
        done = self.workflow.done(story, rules)
        return [step for step in self.workflow.order(story, rules) if step not in done]

    def findings(self, who: Person, draft: str) -> list[Diagnostic]:
        """What `check` would find, if a draft went to the main branch now, but for the review that it still needs."""
        rules = self._rules()
        one, _ = self._open(who, draft, rules)
        main = self._main()
        changes, clashes = self._combined(one.head, main)
        if clashes:
            return []  # told when it is submitted
        merged = self.repository.make(who, (main, one.head), changes, one.title)
        found = self._found(one, merged, main, list(changes), rules)
        return [finding for finding in found if not finding.rule.startswith("review-")]

    def history(self, who: Person, path: str, draft: str = "") -> list[Event]:
        """What happened to an article, newest first: in a draft, and on the main branch, under its earlier names too."""
        rules = self._rules()
        events = []
        if draft:
            one, _ = self._open(who, draft, rules)
            path = one.path
            events = history.of_draft(self.repository, one.head)
        elif not self._sees(who, path, rules):
            raise Refused("没有这篇稿件，或者不归你管", 404)
        return events + (history.of_path(self.repository, path) if self.repository.blob(self._main(), path) else [])

    def at(self, who: Person, path: str, commit: str) -> Version:
        """A file as it was at a commit."""
        rules = self._rules()
        rules.site(path)
        if (
            not self._sees(who, path, rules)
            or len(commit) != len(self.repository.zero)
            or commit.strip("0123456789abcdef")
        ):
            raise Refused("没有这个版本，或者不归你管", 404)
        try:
            return self._version(commit, path)
        except GitError as problem:
            raise Refused("没有这个版本，或者不归你管", 404) from problem

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
                demand_place(path)
                changes[path] = self.repository.write(self._clean(_bounded(data)))
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
        # who saves the same draft waits here, instead of trying in vain
        with self._turns[hash(draft) % len(self._turns)]:
            return self._save(who, draft, base, _bounded(data), files)

    def _save(
        self, who: Person, draft: str, base: str, data: bytes, files: Mapping[str, bytes | None]
    ) -> Saved | Conflict:  # fmt: skip
        for _ in range(TRIES):
            rules, main = self._rules(), self._main()
            one, story = self._open(who, draft, rules)
            rules.demand(who, one.path)
            named = self._named(who, one, files, rules)
            text, is_main, conflict = self._together(one, story, base, data, main)
            if conflict:
                return conflict
            current = self._version(one.head, one.path)
            texts = [current.data, self._version(main, one.path).data] if is_main else [current.data]
            text = self._clean(text, *texts)
            entry = self.repository.write(text)
            there = {path: self.repository.entry(one.head, path) for path in named}
            changes = {path: new for path, new in named.items() if there[path] != new}
            if base.partition("-")[0] != current.blob and (others := [path for path in changes if there[path]]):
                raise Refused(f"「{others[0].rpartition('/')[2]}」别人刚才也传过；先打开看一遍，或者换一个名字", 409)
            if entry.id != current.blob:
                changes[one.path] = entry
            version, is_merged = Version(one.path, entry.id, text), heads.unreviewed(text) != heads.unreviewed(data)
            if not changes and not is_main:
                return Saved(one, version, is_merged)
            subject = f"保存：{heads.title(text, one.path)}"
            if is_main:
                changes = {**self._rest(one, main), **changes, one.path: entry}
                commit = self.repository.make(who, (one.head, main), changes, subject, main, action="save")
            else:
                commit = self.repository.make(who, (one.head,), changes, subject, action="save")
            if self.repository.move({self._branch(one): (one.head, commit)}):
                return Saved(self._draft(self._branch(one), commit, rules), version, is_merged)
            self.repository.refresh(now=True)
        raise Refused(BUSY, 503)

    def discard(self, who: Person, draft: str, head: str) -> None:
        """Give up a draft. Its last commit stays in the gateway's repository, as `refs/jiyue/discarded/<site>/<id>`."""
        rules = self._rules()
        one, _ = self._open(who, draft, rules)
        rules.demand(who, one.path)
        self._is_at(one, head)
        self.repository.keep(f"refs/jiyue/discarded/{one.site}/{one.id}", head)
        self._move(one, "")

    def submit(self, who: Person, draft: str, head: str) -> Draft:
        """Hand a draft in for review, or publish it where its column asks for none. head: the commit that was read.

        Raises Refused with the findings where it could not be published.
        """
        rules = self._rules()
        one, _ = self._open(who, draft, rules)
        rules.demand(who, one.path)
        self._is_at(one, head)
        if one.state is State.WAITING:
            raise Refused("已经送审了", 409)
        text = self._version(head, one.path).data
        clean, needed = self._clean(text, text), rules.steps(one.path)
        if not needed and "withdraw" in heads.values(clean):  # where nobody approves, who submits decides
            clean = heads.with_fields(clean, {"withdraw": None}) or clean
        changes: dict[str, Entry | None] = {one.path: self.repository.write(clean)} if clean != text else {}
        commit = self.repository.make(who, (head,), changes, f"送审：{one.title}", action="submit")
        if not needed:
            return self._publish(who, one, commit, rules)
        self._judge(who, one, self._merged(who, one, commit, self._main(), who, rules), rules)
        return self._move(one, commit)

    def approve(self, who: Person, draft: str, head: str, step: str, comment: str = "") -> Draft:
        """Take a step of review: writes its record. The last step brings the article to the main branch."""
        rules, now = self._rules(), self.now()
        one, story = self._open(who, draft, rules)
        site = rules.site(one.path)
        self._is_at(one, head)
        if step not in REVIEW_STEPS or step != one.step:
            now_is = f"现在等的是{REVIEW_STEPS[one.step]}" if one.step else "这份草稿没有在等审核"
            raise Refused(f"{now_is}；重新打开看一遍", 409)
        post = demand_post(who, site, step, rules, now[:10])
        rules.demand(who, one.path)
        if site.review_proof == "signed":
            here = f"在自己的电脑上、站群的仓库里运行：jiyue approve {one.path}"
            raise Refused(f"{site.name}的审核要由本人签名，编辑器没有任何人的密钥。请{here}", 409)
        account, done = rules.account(who), self.workflow.done(story, rules)
        for other, name in done.items():
            if rules.rights.of(name) is account:
                raise Refused(
                    f"账号 {account.name} 已经做了{REVIEW_STEPS[other]}，同一个人不能再做{REVIEW_STEPS[step]}"
                )
        text = self.workflow.read(head, one.path, rules)
        if text.row is None:
            refuse(text.findings)
            raise Refused("稿件写着 status: draft，不会发布；请撰稿人去掉再送审", 409)
        missing = [other for other in self.left(one) if other != step]
        lifts = not missing and bool(text.row.withdrawn_at)
        data, again = self.workflow.approved(text, step, post, now, new=one.new, lifts=lifts)
        entry = self.repository.write(data)
        commit = self.repository.make(
            who, (head,), {one.path: entry}, f"{REVIEW_STEPS[step]}通过：{one.title}",
            action="approve", step=step, comment=heads.line(comment),
        )  # fmt: skip
        text = self.workflow.parse(data, one.path, rules)
        if text.row is None:
            refuse(text.findings)
        self.workflow.judge(text, head, commit, step, account, now, rules)
        if again or (missing and not (text.row and text.row.extra.get("emergency") and {*done, step} >= {"final"})):
            return self._move(one, commit)
        return self._publish(who, one, commit, rules, stays=bool(missing))

    def send_back(self, who: Person, draft: str, head: str, comment: str) -> Draft:
        """Return a draft to its writers, with the reason."""
        rules = self._rules()
        one, _ = self._open(who, draft, rules)
        self._is_at(one, head)
        if one.state not in (State.WAITING, State.WITHHELD):
            raise Refused("这份草稿没有在等审核", 409)
        if rules.account(who).role != "admin" and not rules.is_officer(who, rules.site(one.path), self.now()[:10]):
            raise Refused("退回由审核岗位来做；撰稿人要改，直接保存就会撤回送审")
        if not comment.strip():
            raise Refused("写明退回的原因", 400)
        return self._note(who, one, "return", f"退回：{one.title}", comment)

    def comment(self, who: Person, draft: str, comment: str) -> Draft:
        """Say something about a draft, to all who see it."""
        if not comment.strip():
            raise Refused("意见是空的", 400)
        for _ in range(TRIES):
            one, _ = self._open(who, draft, self._rules())
            with suppress(_Moved):
                return self._note(who, one, "comment", f"意见：{one.title}", comment)
        raise Refused(BUSY, 503)

    def withdraw(self, who: Person, path: str, reason: str) -> None:
        """Take a published article off the site, at once and without review. Only 终审 or 保密审查 makes it public again."""
        if not reason.strip():
            raise Refused("写明撤稿的原因", 400)
        for _ in range(TRIES):
            rules, main = self._rules(), self._main()
            rules.site(path)
            if not is_article(path) or not self._sees(who, path, rules) or not self.repository.blob(main, path):
                raise Refused("没有这篇稿件，或者不归你管", 404)
            rules.demand(who, path)
            data = self._version(main, path).data
            if heads.values(data).get("withdraw"):
                raise Refused("这篇稿件已经撤下", 409)
            fields = {"withdraw": {"at": self.now(), "reason": " ".join(reason.split())[:500]}}
            changed = heads.with_fields(data, fields)
            if changed is None:
                raise Refused("稿件开头的写法读不懂，撤稿写不进去；请管理员直接改文件", 409)
            subject = f"撤稿：{heads.title(data, path)}"
            entry = self.repository.write(changed)
            commit = self.repository.make(
                who, (main,), {path: entry}, subject, action="withdraw", comment=heads.line(reason)
            )
            if self.repository.move({self.repository.main: (main, commit)}):
                return
            self.repository.refresh(now=True)
        raise Refused(BUSY, 503)

    def advance(self) -> None:
        """Bring to the main branch what was approved by signed commits since the last time.

        Faults leave it where it is, until the draft or the main branch changes.
        """
        main = self._main()
        rules = self.rules_reader.at(main)
        signed = {site.id for site in rules.registry.sites.values() if site.review_proof == "signed"}
        if not signed or not self._advances.acquire(blocking=False):
            return
        try:
            seen, self._seen = self._seen, {(branch, head, main) for branch, head in self.repository.branches().items()}
            for branch, head, _ in sorted(self._seen - seen):
                with suppress(Refused, GitError, OSError):
                    one = self._draft(branch, head, rules)
                    story = self._story(one)
                    if one.site not in signed or not self._is_due(one, story, rules):
                        continue
                    if self.repository.merge_base(self._main(), head) != head:
                        account = self.repository.commit(story.submitted).author
                        self._publish(Person(account, account), one, head, rules, stays=bool(one.step))
        finally:
            self._advances.release()

    # -- parts --

    def _main(self) -> str:
        main = self.repository.head(self.repository.main)
        if not main:
            raise Refused("主分支上还没有提交", 500)
        return main

    def _rules(self) -> Rules:
        """The rules now, after taking in what others pushed."""
        if self.repository.refresh():
            self.advance()
        return self.rules_reader.at(self._main())

    def _sees(self, who: Person, path: str, rules: Rules) -> bool:
        account = rules.rights.of(who.account, rules.day)
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
        known = self._places.get(id, "")
        head = self.repository.head(known) if known else ""
        # the same id below another site's name is nobody's draft, or another one
        for branch, last in {known: head}.items() if head else self.repository.branches(f"{DRAFTS}*/{id}").items():
            with suppress(Refused):
                one = self._draft(branch, last, rules)
                if self._sees(who, one.path, rules):
                    self._places[id] = branch
                    return one, self._story(one)
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
        state, step = self.workflow.state(story, rules)
        return Draft(
            name, site, story.path, heads.title(text, story.path), story.owner, state, head, story.base, step,
            new=not self.repository.blob(self._main(), story.path), changed=clock.minute(story.saved),
        )  # fmt: skip

    def _story(self, one: Draft) -> Story:
        story = self.stories.of(one.head, one.site)
        assert story is not None
        return story

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

    def _move(self, one: Draft, commit: str) -> Draft:
        """Set a draft's branch ('': take it away). Raises Refused where it moved meanwhile."""
        if not self.repository.move({self._branch(one): (one.head, commit)}):
            raise _Moved(CHANGED, 409)
        return self._draft(self._branch(one), commit, self._rules()) if commit else one

    def _note(self, who: Person, one: Draft, action: str, subject: str, comment: str) -> Draft:
        return self._move(
            one, self.repository.make(who, (one.head,), {}, subject, action=action, comment=heads.line(comment))
        )

    def _clean(self, data: bytes, *before: bytes) -> bytes:
        """A text as a save may leave it: without records of review, which only approvals write; withdrawn or not as before."""
        withdrawn = [str(heads.values(text).get("withdraw")) for text in before] or ["None"]
        if str(heads.values(data).get("withdraw")) not in withdrawn:
            raise Refused("撤稿用「撤稿」，重新公开由终审或者保密审查岗位决定；保存的稿件里 withdraw 这一项不能动")
        clean = heads.unreviewed(data)
        if clean is None:
            raise Refused("稿件开头的 review 由审核登记，去掉这一项再保存", 400)
        return clean

    def _together(
        self, one: Draft, story: Story, base: str, data: bytes, main: str
    ) -> tuple[bytes, bool, Conflict | None]:
        """(the text with what others saved, whether the main branch's is in it now, or what clashes).

        base: a blob of the draft; behind `-` it names the main branch's blob that the person has seen as well.
        """
        base, _, seen = base.partition("-")
        current = self._version(one.head, one.path)
        if base not in story.versions:
            raise Refused("保存所依据的版本不属于这份草稿；重新打开草稿再改", 409)
        was = self.repository.objects.blob(base)
        if base != current.blob:
            merged = merge(was, current.data, data)
            if merged.hunks:
                return b"", False, Conflict(one, Version(one.path, base, was), current, data, merged.hunks)
            data = merged.data
        theirs, was_main = (self.repository.blob(commit, one.path) for commit in (main, story.base))
        if theirs in ("", was_main, seen):
            return data, bool(seen) and seen == theirs != was_main, None
        pair = [self.repository.objects.blob(blob) if blob else b"" for blob in (was_main, theirs)]
        pair = [heads.unreviewed(text) or text for text in pair]
        merged = merge(pair[0], pair[1], data)
        if not merged.hunks:
            return merged.data, True, None
        shown = Version(one.path, f"{current.blob}-{theirs}", pair[1])
        return b"", False, Conflict(one, Version(one.path, was_main, pair[0]), shown, data, merged.hunks)

    def _combined(self, head: str, main: str) -> tuple[dict[str, Entry | None], list[str]]:
        """(path -> what a draft wants there, where the main branch lacks it; paths that both changed otherwise)."""
        base = self.repository.merge_base(main, head)
        trees = [self.repository.commit(one).tree if one else "" for one in (base, head)]
        changes: dict[str, Entry | None] = {}
        clashes = []
        for path, before, after in self.repository.objects.differences(*trees):
            now = self.repository.entry(main, path)
            if now == before:
                changes[path] = after
            elif now != after:
                clashes.append(path)
        return changes, clashes

    def _rest(self, one: Draft, main: str) -> dict[str, Entry | None]:
        """What a draft wants beside its article on top of the main branch. Raises Refused where both changed the same file."""
        changes, clashes = self._combined(one.head, main)
        for path in clashes:
            if path != one.path:
                raise Refused(f"主分支上的「{path.rpartition('/')[2]}」也换过；把草稿里的换一个名字再传", 409)
        return changes

    def _merged(self, who: Person, one: Draft, commit: str, main: str, responsible: Person, rules: Rules) -> str:
        """The commit that brings a draft's commit to the main branch; it is on none yet. Raises Refused.

        responsible: who submitted it, and so answers for all that came to the branch by git.
        """
        changes, clashes = self._combined(commit, main)
        if clashes:
            raise self._take_in(who, one, main, clashes)
        if not changes:
            raise Refused("和主分支上的一样，没有改动", 409)
        for path, entry in changes.items():
            if not path.startswith(f"content/{one.site}/") or (
                path != one.path and (is_article(path) or model_of(path))
            ):
                raise Refused(f"草稿的分支里还改了「{path}」；一份草稿只有一篇稿件和它用的图片、附件")
            rules.demand(responsible, path, entry)
            if entry:
                demand_place(path)
            if entry and (twin := self._twin(main, path)):
                raise Refused(f"「{path}」与「{twin}」只差大小写或者字形；换一个名字", 409)
        merged = self.repository.make(who, (main, commit), changes, f"发布：{one.title}", action="publish")
        files = changes.keys() - {one.path}
        if files and (others := sharing.users(self.repository, merged, one.site, files, one.path)):
            names = "、".join(path.rpartition("/")[2] for path in sorted(files))
            raise Refused(
                f"别的稿件也在用这份草稿换掉、删去或者新增的文件（{names}）：{'、'.join(others[:5])}。它们没有随草稿一起审核；"
                "新的换一个名字再传，旧的不要删", 409,
            )  # fmt: skip
        return merged

    def _take_in(self, who: Person, one: Draft, main: str, clashes: list[str]) -> Refused:
        """Merge the main branch's newer text into a draft, if that can be done; what to tell the person."""
        if clashes != [one.path] or not self.repository.blob(main, one.path):
            names = "、".join(path.rpartition("/")[2] for path in clashes)
            return Refused(
                f"主分支上的{names}在起草以后也改过（或者删掉了）；附件换一个名字再传，稿件另起一份草稿", 409
            )
        story = self._story(one)
        mine = self._version(one.head, one.path)
        text, _, conflict = self._together(one, story, mine.blob, mine.data, main)
        if conflict:
            return Refused(
                "主分支上的这篇稿件在起草以后也改过，和草稿改了同一处；打开草稿保存一次，对照两边改好，再送审", 409
            )
        entry = self.repository.write(heads.unreviewed(text) or text)
        changes = {**self._rest(one, main), one.path: entry}
        subject = f"并入主分支：{one.title}"
        self._move(one, self.repository.make(who, (one.head, main), changes, subject, main, action="merge"))
        return Refused("主分支上的这篇稿件在起草以后也改过，已经并入草稿；看一遍，再送审", 409)

    def _is_due(self, one: Draft, story: Story, rules: Rules) -> bool:
        """Whether a draft that was submitted goes to the main branch now: after all steps, in an emergency after the final one."""
        if one.state is State.WAITING and "final" in self.workflow.done(story, rules):
            text = self.workflow.read(one.head, one.path, rules)
            return bool(text.row and text.row.extra.get("emergency"))
        return one.state is State.WITHHELD

    def _judge(self, who: Person, one: Draft, merged: str, rules: Rules, *, final: bool = False) -> Text:
        """The article as a commit would publish it. Raises Refused with the findings that forbid it."""
        main = self.repository.commit(merged).parents[0]
        text = self.workflow.read(merged, one.path, rules)
        refuse(text.findings)
        if text.row is None:
            raise Refused("稿件写着 status: draft，不会发布；去掉这一项再送审", 409)
        was = self.workflow.read(main, one.path, rules).row if self.repository.blob(main, one.path) else None
        is_placed = was is not None and (was.id, was.path) == (text.row.id, text.row.path)
        if not is_placed and (other := sharing.twin(self.repository, merged, text.row, text.site)):
            raise Refused(f"与 {other} 的网址或编号相同（{text.row.path}）；改稿件的 slug 或 id", 409)
        trees = (self.repository.commit(commit).tree for commit in (main, merged))
        paths = [path for path, *_ in self.repository.objects.differences(*trees)]
        findings = self._found(one, merged, main, paths, rules)
        refuse([found for found in findings if final or not found.rule.startswith("review-")])
        return text

    def _found(self, one: Draft, merged: str, main: str, paths: list[str], rules: Rules) -> list[Diagnostic]:
        """What `check` finds in the files that a commit would bring to main, and in its article among all others."""
        own = self.judge.findings(merged, main, one.site, paths, rules.registry, self.now())
        known = {(found.rule, found.path, found.line) for found in own}
        beside = [path for path in paths if path != one.path and self.repository.blob(merged, path)]
        files = {path: self._version(merged, path).data for path in beside}
        among = self.among.findings(one.path, self._version(merged, one.path).data, files, self.now())
        return [*own, *(found for found in among if (found.rule, found.path, found.line) not in known)]

    def _publish(self, who: Person, one: Draft, commit: str, rules: Rules, *, stays: bool = False) -> Draft:
        """Bring a draft's commit to the main branch, and take its branch away, unless it stays for steps that follow."""
        story = self.stories.of(commit, one.site)
        assert story is not None
        account = self.repository.commit(story.submitted).author
        for _ in range(TRIES):
            main = self._main()
            merged = self._merged(who, one, commit, main, Person(account, account), rules)
            text = self._judge(who, one, merged, rules, final=True)
            self.workflow.judge_all(text, merged, self.now(), rules)
            self.workflow.judge_withdrawal(text, merged, main, rules)
            moves = {self.repository.main: (main, merged), self._branch(one): (one.head, commit if stays else "")}
            if self.repository.move(moves):
                assert text.row is not None
                self.repository.tidy()
                state = published_state(text.row, self.now())
                head = commit if stays else merged
                return replace(one, state=state, head=head, base=merged, step="", new=False, title=text.row.title)
            self.repository.refresh(now=True)
            if self.repository.head(self._branch(one)) != one.head:
                raise _Moved(CHANGED, 409)
            rules = self._rules()
        raise Refused(BUSY, 503)

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
            entry = None if data is None else self.repository.write(data)
            rules.demand(who, path, entry)
            if entry:
                demand_place(path)
            named[path] = entry
        return named


CHANGED = "这份草稿刚才又有人改过；重新打开看一遍，再做这一步"


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise Refused(
            f"稿件有 {len(data) / 1e6:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB；附件和图片放在旁边单独的文件里", 413
        )
    return data


class _Moved(Refused):
    """Somebody else changed the draft meanwhile."""
