"""Who brought a record of review into the repository, asked of git: what a front matter says, anyone can write.

For each record of an article the commits are sought that introduced it, back from HEAD along every parent that has it
already; whose key signed them is a fact, whether that key belongs to the holder of the post is judged against
`sites/<id>.yaml` (posts and their accounts) and `sites/rights.yaml` (accounts and their keys). A record that came in by
somebody's squash, rebase or rewriting merge is that somebody's; a record taken out and put back is of who put it back,
by a merge as by a commit. Who merges what others signed does not take their place.

What 终审 and 保密审查 approve is the text and every file of the site that it refers to. The writers of a text are all who
brought in a line of it that still stands. A withdrawal is a record of its own kind: whoever makes an article visible
again, under its name or another, has to hold 终审 or 保密审查.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.clock import BEIJING, parse_date
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.git import Git, GitError, Signature, Touch
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.references import local_path, references
from jiyue.catalogue.scan import FILE_FOLDERS
from jiyue.checks.article.review import LIFTED
from jiyue.checks.repository.rights import Account, Rights
from jiyue.registry.site import REVIEW_STEPS, Site

COVERING = ("final", "secrecy")
"""Steps that approve the text as it goes out: changed afterwards, it has to be approved again."""
UNBOUND = frozenset({"review", "withdraw"})
"""Fields of the front matter that an approval does not cover: records themselves, and taking an article back."""
OF_THE_DESK = frozenset(
    [
        "aliases",
        "author",
        "date",
        "emergency",
        "expires",
        "id",
        "keywords",
        "pinned",
        "publish_at",
        "push_down",
        "report_up",
        "slug",
        "source",
        "status",
        "updated",
    ]
)
"""Fields that an approver may set without becoming a writer of the text."""
WRITTEN = ""
"""Stands beside the steps for the article itself: who brought its text in."""
NOT_COMMITTED, SHALLOW = "uncommitted", "shallow"
_LFS = b"version https://git-lfs"


class Origin(NamedTuple):
    """A commit that introduced a record. at: its time in seconds, no earlier than its ancestors'.

    state and fingerprint as in git.Signature; covers: whether what stood there is what stands now, with all files it
    refers to; people: the addresses of author and committer, which anyone can write.
    """

    commit: str
    state: str
    fingerprint: str
    at: int
    covers: bool
    people: tuple[str, ...] = ()


class Facts(NamedTuple):
    """Of one article: the origins of each step's record and of its text, or why there are none (trouble).

    withdrawn: since when it was withdrawn before it was made visible again (LIFTED), '' where it never was; setters: the
    origins of that withdrawal; renewed: commits that approved it afterwards.
    """

    digest: str
    origins: dict[str, list[Origin]]
    trouble: str = ""
    withdrawn: str = ""
    setters: list[Origin] = []  # noqa: RUF012  (never changed)
    renewed: list[str] = []  # noqa: RUF012  (never changed)

    @classmethod
    def from_json(cls, data: list[Any]) -> Facts:
        """From the store."""
        digest, origins, trouble, withdrawn, setters, renewed = data
        found = {step: [Origin(*o) for o in some] for step, some in origins.items()}
        return cls(digest, found, trouble, withdrawn, [Origin(*o) for o in setters], renewed)


@dataclass(frozen=True)
class Version:
    """What of a version of a file matters: each record as written, and a digest of all that an approval covers.

    lines: of the text that a reader gets; referred: addresses of files of the site; withdrawn: since when, '' if not;
    title: with its date, '' where one is missing; body: a digest of its letters alone.
    """

    records: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    lines: frozenset[str] = frozenset()
    referred: tuple[str, ...] = ()
    withdrawn: str = ""
    title: str = ""
    body: str = ""

    @classmethod
    def of(cls, data: bytes) -> Version:
        """Of a file's bytes; one that is no article has neither records nor lines."""
        try:
            head = split(decode(data))
        except (NotUtf8, NoFrontMatter):
            return cls(text=_hash(data))
        values = head.values
        review = values.get("review")
        records = review if isinstance(review, dict) else {}
        covered = {str(key): value for key, value in values.items() if key not in UNBOUND}
        lines = {line for line in map(str.strip, head.body.split("\n")) if line}
        lines |= {_json([key, value]) for key, value in covered.items() if key not in OF_THE_DESK and value}
        given = values.get("video")
        video: dict[str, Any] = given if isinstance(given, dict) else {}
        named = references(head.body, video)
        referred = [*named.get("pictures", ()), *(a for a, _ in named.get("files", ())), *named.get("others", ())]
        referred += [str(video[key]) for key in ("src", "captions") if video.get(key)]
        letters = "".join(c for c in head.body if c.isalnum())
        return cls(
            {step: _json(records[step]) for step in REVIEW_STEPS if records.get(step)},
            _hash(_json([covered, head.body])),
            frozenset(lines),
            tuple(dict.fromkeys(referred)),
            _withdrawn(values.get("withdraw")),
            _json([values["title"], values["date"]]) if values.get("title") and values.get("date") else "",
            _hash(letters) if letters else "",
        )

    def is_like(self, other: Version) -> bool:
        """Whether two texts are one article under two names: the same letters, one title and date, or nearly all lines."""
        if (self.body and self.body == other.body) or (self.title and self.title == other.title):
            return True
        few, many = sorted((len(self.lines), len(other.lines)))
        return 10 * few >= 9 * many > 0 and 10 * len(self.lines & other.lines) >= 9 * len(self.lines | other.lines)


def _withdrawn(value: object) -> str:
    at = value.get("at") if isinstance(value, dict) else None
    return (parse_date(str(at)) or "0000-00-00") if value else ""


def files_of(folder: str, version: Version) -> Iterator[tuple[str, str]]:
    """(address, path below the site's) of each file that a version in a folder of the site refers to."""
    for address in version.referred:
        path = local_path(folder, address)
        if path:
            yield address, path


class _Past:
    """The history of one site's folder as a graph of the commits that touch each of its files."""

    def __init__(self, git: Git, folder: str) -> None:
        self.git, self.folder = git, folder
        self.head = git.commit("HEAD")
        self.parents, self.times = git.graph(self.head)
        self.touches: dict[str, dict[str, dict[str, Touch]]] = {}
        """path -> commit -> parent -> what it changes there."""
        self.removed: dict[tuple[str, str, str], str] = {}
        for touch in git.touches(self.head, folder):
            self.touches.setdefault(touch.path, {}).setdefault(touch.commit, {})[touch.parent] = touch
            if touch.old and not touch.new:
                self.removed[touch.commit, touch.parent, touch.old] = touch.path
        self._versions: dict[str, Version] = {}
        self._trunk: dict[str, int] = {}
        commit = self.head
        while commit:
            self._trunk[commit] = len(self._trunk)
            commit = next(iter(self.parents.get(commit, ())), "")
        self._on_trunk: dict[str, list[tuple[int, str]]] = {}
        self._ancestors: dict[str, set[str]] = {}
        self._bases: dict[tuple[str, str], list[str]] = {}

    def version(self, blob: str) -> Version:
        if blob not in self._versions:
            self._versions[blob] = Version.of(self.git.blob(blob))
        return self._versions[blob]

    def blob_at(self, commit: str, path: str) -> str:
        """The blob of a path at a commit, '' where there is none."""
        touched = self._touched(commit, path)
        return next(iter(self.touches[path][touched].values())).new if touched else ""

    def shown_at(self, commit: str, path: str, blob: str) -> str:
        """A digest of all that a version shows: its text, and each file that it refers to as it stands at a commit."""
        version = self.version(blob)
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        files = [(a, self.blob_at(commit, f"{self.folder}/{p}")) for a, p in files_of(inner, version)]
        return version.text + (_hash(_json(files)) if files else "")

    def origins(self, path: str, step: str, commit: str = "") -> set[tuple[str, str, str]]:
        """(commit, path, blob) where the record that a version (HEAD's, if no commit is given) has came in."""
        wanted = self._record(self.blob_at(commit or self.head, path), step)
        found: set[tuple[str, str, str]] = set()
        for touched, name, blob, before in self._back(
            commit or self.head, path, lambda name, was: self._record(was, step) == wanted, step
        ):
            if not before:
                found.add((touched, name, blob))
        return found

    def writers(self, path: str) -> set[tuple[str, str, str]]:
        """(commit, path, blob) where the article, or a line of its text that still stands, came in; files beside it too."""
        present = self.version(self.blob_at(self.head, path))
        found: set[tuple[str, str, str]] = set()
        for touched, name, blob, before in self._back(self.head, path, lambda *_: True):
            lines = (self.version(was).lines for _, _, was in before)
            if not before or (self.version(blob).lines & present.lines).difference(*lines):
                found.add((touched, name, blob))
        inner = path.removeprefix(f"{self.folder}/").rpartition("/")[0]
        for _, file in files_of(inner, present):
            if "/" in file and file.partition("/")[0] not in FILE_FOLDERS:
                found |= self.origins(f"{self.folder}/{file}", _BYTES)
        return found

    def lifted(self, path: str) -> _Lifted | None:
        """How an article came to be visible, where it, or one like it, was withdrawn before; None where none was."""
        version = self.version(self.blob_at(self.head, path))
        like = [
            (commit, other, was)
            for commit, other, was in self._withdrawals
            if not (version.withdrawn and version.withdrawn <= was.withdrawn)
            and (other == path or version.is_like(was))
        ]
        origins = self.origins(path, LIFTED) if like else set()
        # what was there when the other was withdrawn, and stayed, is another article
        broken = [w for w in like if not all(commit in self._before_it(w[0]) for commit, _, _ in origins)]
        if not broken:
            return None
        last, other, was = max(broken, key=lambda w: (self.times[w[0]], w[0]))
        later = {step for step in COVERING if step in version.records}
        renewed = {
            commit
            for step in later
            for commit, _, _ in self.origins(path, step)
            if all(w in self._before_it(commit) for w, _, _ in broken)
        }
        return _Lifted(was.withdrawn, origins, self.origins(other, LIFTED, last), sorted(renewed))

    @cached_property
    def _withdrawals(self) -> list[tuple[str, str, Version]]:
        """Every version of an article of the site that is withdrawn: (commit, path, version)."""
        articles = {
            (commit, path): next(iter(sides.values())).new
            for path, commits in self.touches.items()
            if path.endswith((".md", ".markdown"))
            for commit, sides in commits.items()
        }
        found: dict[str, Version] = {}
        for blob, data in self.git.contents(sorted(set(articles.values()) - {""})):
            if b"withdraw" in data and (version := Version.of(data)).withdrawn:
                found[blob] = version
        return [(commit, path, found[blob]) for (commit, path), blob in articles.items() if blob in found]

    def _back(
        self, start: str, path: str, follows: Callable[[str, str], bool], step: str | None = None
    ) -> Iterator[tuple[str, str, str, list[tuple[str, str, str]]]]:
        """(commit, path, blob, those before it that follow) of the commits that touch a file, from one back.

        step: of what a merge that brings back what one of its sides took away is the beginning.
        """
        seen: set[tuple[str, str]] = set()
        todo = [(start, path)]
        while todo:
            at, name = todo.pop()
            commit = self._touched(at, name)
            if not commit or (commit, name) in seen:
                continue
            seen.add((commit, name))
            before = [one for one in self._before(commit, name) if follows(name, one[2])]
            if step is not None and self._is_brought_back(commit, name, step, {parent for parent, _, _ in before}):
                before = []
            todo += [(parent, earlier) for parent, earlier, _ in before]
            yield commit, name, next(iter(self.touches[name][commit].values())).new, before

    def _is_brought_back(self, commit: str, path: str, step: str, sides: set[str]) -> bool:
        """Whether a merge takes a record from one side that stood where they parted and that the other took away."""
        others = set(self.parents.get(commit, ())) - sides
        if not others or not sides:
            return False
        wanted = self._record(self.blob_at(commit, path), step)
        return any(
            self._record(self.blob_at(base, path), step) == wanted
            for other in others
            for side in sides
            for base in self._parted(other, side)
        )

    def _parted(self, one: str, other: str) -> list[str]:
        pair = (min(one, other), max(one, other))
        if pair not in self._bases:
            self._bases[pair] = self.git.merge_bases(*pair)
        return self._bases[pair]

    def _before_it(self, commit: str) -> set[str]:
        """All ancestors of a commit, without itself."""
        if commit not in self._ancestors:
            found: set[str] = set()
            todo = list(self.parents.get(commit, ()))
            while todo:
                one = todo.pop()
                if one not in found:
                    found.add(one)
                    todo += self.parents.get(one, ())
            self._ancestors[commit] = found
        return self._ancestors[commit]

    def _record(self, blob: str, step: str) -> str:
        """What of a version is sought, '' where it lacks it."""
        if not blob or step == _BYTES:
            return blob
        if step == LIFTED:
            return f"since {self.version(blob).withdrawn}"
        return self.version(blob).records.get(step, "")

    def _touched(self, commit: str, path: str) -> str:
        """The nearest commit from here back that touches a path: where none does, all parents are alike."""
        touched = self.touches.get(path, {})
        while commit and commit not in touched:
            if commit in self._trunk:
                if path not in self._on_trunk:
                    self._on_trunk[path] = sorted((self._trunk[c], c) for c in touched if c in self._trunk)
                known = self._on_trunk[path]
                at = bisect_left(known, (self._trunk[commit], ""))
                return known[at][1] if at < len(known) else ""
            commit = next(iter(self.parents.get(commit, ())), "")
        return commit

    def _before(self, commit: str, path: str) -> Iterator[tuple[str, str, str]]:
        """(parent, path there, blob there) of a commit's parents, where the file was, a pure renaming followed."""
        sides = self.touches[path][commit]
        new = next(iter(sides.values())).new
        for parent in self.parents.get(commit, ()):
            old = sides[parent].old if parent in sides else new
            if old:
                yield parent, path, old
            elif (commit, parent, new) in self.removed:
                yield parent, self.removed[commit, parent, new], new


class _Lifted(NamedTuple):
    """Since when it had been withdrawn; where it became visible, where it had been withdrawn (see _Past.origins), and the
    commits of later approvals.
    """

    at: str
    origins: set[tuple[str, str, str]]
    setters: set[tuple[str, str, str]]
    renewed: list[str]


_BYTES = "bytes"


def gather(repo: Path, folder: str, files: Mapping[str, str], *, signed: bool = True) -> dict[str, Facts]:
    """The facts of articles below a site's folder of the repository: path -> digest by which the caller knows its bytes.

    signed: whether signatures are asked for. Never raises for git: an article that git can't tell of has trouble, and no
    origins.
    """
    try:
        with Git(repo) as git:
            return _gather(git, repo, folder, files, signed)
    except GitError as problem:
        return {path: Facts(digest, {}, str(problem)) for path, digest in files.items()}


def _gather(git: Git, repo: Path, folder: str, files: Mapping[str, str], signed: bool) -> dict[str, Facts]:
    if git.is_shallow():
        return {path: Facts(digest, {}, SHALLOW) for path, digest in files.items()}
    past = _Past(git, folder)
    found: dict[str, dict[str, set[tuple[str, str, str]]]] = {}
    lifted: dict[str, _Lifted | None] = {}
    for path in files:
        blob = past.blob_at(past.head, path)
        if not blob or not _is_committed(past, repo, path, blob):
            continue
        found[path] = {step: past.origins(path, step) for step in past.version(blob).records}
        if found[path] or not signed:
            found[path][WRITTEN] = past.writers(path)
        lifted[path] = past.lifted(path)
    every = {origin for steps in found.values() for origins in steps.values() for origin in origins}
    every |= {origin for one in lifted.values() if one for origin in (*one.origins, *one.setters)}
    asked = sorted({commit for commit, _, _ in every})
    signatures = git.signatures(asked) if signed else {}
    people = {commit: git.people(commit) for commit in asked}

    def origin(one: tuple[str, str, str], shown: str) -> Origin:
        commit, path, blob = one
        signature = signatures.get(commit, Signature("N", ""))
        covers = bool(shown) and past.shown_at(commit, path, blob) == shown
        return Origin(commit, *signature, past.times[commit], covers, people[commit])

    facts = {}
    for path, digest in files.items():
        if path not in found:
            facts[path] = Facts(digest, {}, NOT_COMMITTED)
            continue
        shown = past.shown_at(past.head, path, past.blob_at(past.head, path))
        origins = {
            step: [origin(one, shown if step in COVERING else "") for one in sorted(some)]
            for step, some in found[path].items()
        }
        facts[path] = Facts(digest, origins)
        if one := lifted[path]:
            origins[LIFTED] = [origin(other, "") for other in sorted(one.origins)]
            setters = [origin(other, "") for other in sorted(one.setters)]
            facts[path] = facts[path]._replace(withdrawn=one.at, setters=setters, renewed=one.renewed)
    return facts


def _is_committed(past: _Past, repo: Path, path: str, blob: str) -> bool:
    """Whether an article and the files it refers to lie on disk as they are at HEAD."""
    try:
        if past.git.blob(blob) != (repo / path).read_bytes():
            return False
        inner = path.removeprefix(f"{past.folder}/").rpartition("/")[0]
        for _, file in files_of(inner, past.version(blob)):
            there, name = past.blob_at(past.head, f"{past.folder}/{file}"), repo / past.folder / file
            data = name.read_bytes() if name.is_file() else None
            if data is None or not there:
                if data is None and not there:
                    continue
                return False
            kept = past.git.blob(there)
            if kept != data and not (kept.startswith(_LFS) and _hash(data).encode() in kept):
                return False
    except OSError:
        return False
    return True


# -- judged -----------------------------------------------------------------------------------------------------------


def unproven(
    records: Mapping[str, Mapping[str, Any]], author: str, facts: Facts | None, site: Site, rights: Rights
) -> dict[str, str]:
    """Why each step's record proves nothing, in Chinese, for an officer; steps that are proven are left out.

    LIFTED beside the steps: why an article is still withdrawn.
    """
    if facts is None or facts.trouble:
        return dict.fromkeys(records, _trouble(facts))
    wrote = _writers(site, author, facts, rights)
    problems: dict[str, str] = {}
    used: dict[str, str] = {}
    for step, record in records.items():
        holders = _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
        said = [_problem(origin, step, record["by"], holders, rights) for origin in facts.origins.get(step, ())]
        if not said or "" not in said:
            problems[step] = said[0] if said else "没有查到是哪次提交写入的"
            continue
        origin = facts.origins[step][said.index("")]
        account = _signer(origin, rights)
        assert account is not None
        if account.name in wrote:
            problems[step] = f"账号 {account.name} 也是撰稿的账号，不能审核自己的稿件"
        elif used.setdefault(account.name, step) != step:
            problems[step] = (
                f"账号 {account.name} 已经做了{REVIEW_STEPS[used[account.name]]}，同一个人不能再做{REVIEW_STEPS[step]}"
            )
    if facts.withdrawn:
        steps = _may_lift(site, facts, rights)
        renewed = any(
            o.commit in facts.renewed for s in steps if s in records and s not in problems for o in facts.origins[s]
        )
        if not renewed and not any(
            _lifts(site, _signer(o, rights), o, steps, rights) for o in facts.origins[LIFTED] if _in_time(o, rights)
        ):
            problems[LIFTED] = _still(facts, steps)
    return problems


def still_withdrawn(
    facts: Facts, site: Site, rights: Rights, recent: Collection[str], who: Callable[[Origin], Account | None]
) -> str:
    """Why commits that are about to come in may not make an article visible again; '' where they may.

    recent: those commits; what came in before was judged then. who: the account that does it.
    """
    if facts.trouble not in ("", *_TROUBLE):
        return facts.trouble  # git is not understood: nothing may be concluded
    origins = facts.origins.get(LIFTED, [])
    steps = _may_lift(site, facts, rights)
    if not facts.withdrawn or not steps or any(o.commit not in recent for o in origins):
        return ""
    return "" if any(_lifts(site, who(o), o, steps, rights) for o in origins) else _still(facts, steps)


def _still(facts: Facts, steps: Iterable[str]) -> str:
    roles = "或者".join(REVIEW_STEPS[step] for step in steps)
    commit = facts.origins[LIFTED][0].commit[:10]
    return f"稿件自 {facts.withdrawn[:10]} 起撤下，提交 {commit} 让它重新公开，没有{roles}岗位批准"


def _may_lift(site: Site, facts: Facts, rights: Rights) -> tuple[str, ...]:
    """The steps whose holders may end a withdrawal: of those who set it, else both; () where the site has no such post."""
    held = tuple(step for step in COVERING if any(o["role"] == REVIEW_STEPS[step] for o in site.officers))
    setters = [account for origin in facts.setters if (account := _signer(origin, rights))]
    theirs = tuple(s for s in held if any(_holds(site, account, s, rights) for account in setters))
    return theirs or held


def _lifts(site: Site, account: Account | None, origin: Origin, steps: Iterable[str], rights: Rights) -> bool:
    """Whether an account held one of the posts then; an admin may where no account is registered for any of them."""
    roles = {REVIEW_STEPS[step] for step in steps}
    if not any(o.get(key) for o in site.officers if o["role"] in roles for key in ("account", "deputy_account")):
        return account is not None and account.role == "admin"
    day = datetime.datetime.fromtimestamp(origin.at, BEIJING).date().isoformat()
    return account is not None and any(_holds(site, account, step, rights, day) for step in steps)


def _holds(site: Site, account: Account, step: str, rights: Rights, day: str = "") -> bool:
    """Whether an account holds a post of a step's role, or stands in for it."""
    posts = {post for o in site.officers for post in (o["post"], o.get("deputy", ""))} - {""}
    return any(rights.of(name) is account for post in posts for name in _accounts(site, post, REVIEW_STEPS[step], day))


def unproven_push(
    records: Mapping[str, Mapping[str, Any]], author: str, before: Shown, after: Shown, pusher: Account | None,
    facts: Facts | None, site: Site, rights: Rights,
) -> dict[str, str]:  # fmt: skip
    """The same of one article in a push that a forge authenticated: what is new in it must be of the pusher's posts.

    before: the article where the push began, Shown() where it did not count there as it does now; what counted came
    through this gate already.
    """
    old, new = before.version, after.version
    wrote = _writers(site, author, facts, rights)
    changed = before.approved != after.approved
    if pusher and (not before.there or new.lines - old.lines or before.files != after.files):
        wrote.add(pusher.name)
    problems: dict[str, str] = {}
    fresh = []
    for step, record in records.items():
        kept = old.records.get(step) == new.records.get(step)
        if kept and (step not in COVERING or not changed):
            continue
        holders = _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
        fresh += [] if kept else [step]
        if pusher is None:
            problems[step] = "没有给出代码平台认证的推送人"
        elif not any(rights.of(holder) is pusher for holder in holders):
            said = f"{REVIEW_STEPS[step]}之后又改了稿件或者附件，推送人" if kept else "记录的推送人"
            problems[step] = f"{said} {pusher.name} 不是岗位「{record['by']}」登记的账号"
        elif facts is None or facts.trouble:
            problems[step] = _trouble(facts)
        elif pusher.name in wrote:
            problems[step] = f"账号 {pusher.name} 也是撰稿的账号，不能审核自己的稿件"
    mine = [s for s in records if s not in fresh and pusher and _holds_post(site, records[s], s, pusher, rights)]
    for number, step in enumerate(step for step in fresh if step not in problems):
        if number or mine:
            first = mine[0] if mine else next(s for s in fresh if s not in problems)
            problems[step] = f"同一个账号不能既做{REVIEW_STEPS[first]}又做{REVIEW_STEPS[step]}"
    return problems


class Shown(NamedTuple):
    """A version of an article with the blobs of the files it refers to; there: whether it counted as an article."""

    version: Version = Version()
    files: tuple[tuple[str, str], ...] = ()
    there: bool = False

    @property
    def approved(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What an approval covers."""
        return self.version.text, self.files


def hidden_writer(facts: Facts, recent: Collection[str], pusher: Account | None, site: Site, rights: Rights) -> str:
    """Which commit that is about to come in hides that its pusher, who approves texts of this site, brought in this one.

    A push proves who pushes, and git remembers only what a commit says; so whoever may approve has to put their own
    address on what they push. '' where all is well.
    """
    if pusher is None or not any(_holds(site, pusher, step, rights) for step in REVIEW_STEPS):
        return ""
    for origin in facts.origins.get(WRITTEN, ()):
        if origin.commit in recent and not any(rights.of(person) is pusher for person in origin.people):
            return f"提交 {origin.commit[:10]} 改了稿件，署名不是推送人 {pusher.name}"
    return ""


_TROUBLE = {
    NOT_COMMITTED: "稿件还没有提交，或者提交以后又改过",
    SHALLOW: "提交历史不完整（浅克隆），查不到是谁写入的",
}


def _trouble(facts: Facts | None) -> str:
    return _TROUBLE.get(facts.trouble, facts.trouble) if facts else "没有查到提交记录"


def _writers(site: Site, author: str, facts: Facts | None, rights: Rights) -> set[str]:
    """The accounts that wrote a text: by their keys, else by the addresses on their commits; and of the author's post."""
    found = {account.name for name in _accounts(site, author, "", "") if (account := rights.of(name))}
    for origin in facts.origins.get(WRITTEN, ()) if facts else ():
        signer = _signer(origin, rights)
        named = [signer] if signer else [rights.of(person) for person in origin.people]
        found |= {account.name for account in named if account}
    return found


def _accounts(site: Site, post: str, role: str, day: str) -> set[str]:
    """The accounts of who holds a post or stands in for it; role and day '' for any."""
    found = set()
    for officer in site.officers:
        if (role and officer["role"] != role) or (
            day and not officer.get("since", "") <= day <= officer.get("until", "9999")
        ):
            continue
        if officer["post"] == post:
            found.add(officer.get("account", ""))
        if officer.get("deputy") == post:
            found.add(officer.get("deputy_account", ""))
    return found - {""}


def _holds_post(site: Site, record: Mapping[str, Any], step: str, account: Account, rights: Rights) -> bool:
    return any(
        rights.of(name) is account for name in _accounts(site, record["by"], REVIEW_STEPS[step], record["date"][:10])
    )


def _signer(origin: Origin, rights: Rights) -> Account | None:
    signature = Signature(origin.state, origin.fingerprint)
    return rights.by_fingerprint(origin.fingerprint) if signature.holds else None


def _in_time(origin: Origin, rights: Rights) -> bool:
    account = _signer(origin, rights)
    return account is not None and account.key_is_valid(origin.fingerprint, origin.at)


def _problem(  # noqa: PLR0911  (one return a problem)
    origin: Origin, step: str, post: str, holders: set[str], rights: Rights
) -> str:
    """Why a record's origin does not prove it; '' where it does."""
    commit = f"（提交 {origin.commit[:10]}）"
    if not holders:
        return f"岗位「{post}」没有登记账号，无从核对"
    if origin.state == "N":
        return f"写入记录的提交没有签名{commit}"
    account = _signer(origin, rights)
    if account is None:
        bad = origin.state not in ("G", "U")
        return f"写入记录的提交签名无效{commit}" if bad else f"写入记录的提交由没有登记的密钥签名{commit}"
    if not any(rights.of(holder) is account for holder in holders):
        return f"记录是账号 {account.name} 写入的，不是岗位「{post}」的账号{commit}"
    if not account.key_is_valid(origin.fingerprint, origin.at):
        return f"签名的密钥当时已经停用或者还没有启用{commit}"
    if step in COVERING and not origin.covers:
        return f"{REVIEW_STEPS[step]}之后又改了稿件或者附件{commit}"
    return ""


def touched_since(repo: Path, base: str, folders: Iterable[str]) -> frozenset[str] | None:
    """Paths below folders that any commit of base..HEAD touches; None where HEAD does not go on from base."""
    git = Git(repo)
    try:
        head = git.commit("HEAD")
        if git.merge_base(base, head) != git.commit(base):
            return None
        return frozenset(touch.path for f in folders for touch in git.touches(f"{base}..{head}", f))
    except GitError:
        return None


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except TypeError:  # keys of more than one kind
        return repr(value)


def _hash(data: str | bytes) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")).hexdigest()
