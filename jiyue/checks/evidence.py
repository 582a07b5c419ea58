"""Who brought a record of review into the repository, asked of git: what a front matter says, anyone can write.

For each record of an article the commits are sought that introduced it, back from HEAD along every parent that has it
already; whose key signed them is a fact, whether that key belongs to the holder of the post is judged against
`sites/<id>.yaml` (posts and their accounts) and `sites/rights.yaml` (accounts and their keys). A record that came in by
somebody's squash, rebase or rewriting merge is that somebody's; a record taken out and put back is of who put it back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.checks.history import Git, GitError, Touch
from jiyue.checks.review import STEPS
from jiyue.checks.rights import Account, Rights
from jiyue.encoding import NotUtf8, decode
from jiyue.registry.site import Site

COVERING = ("final", "secrecy")
"""Steps that approve the text as it goes out: changed afterwards, it has to be approved again."""
UNBOUND = frozenset({"review", "withdraw"})
"""Fields of the front matter that an approval does not cover: records themselves, and taking an article back."""
WRITTEN = ""
"""Stands beside the steps for the article itself: who brought the file in."""
NOT_COMMITTED, SHALLOW = "uncommitted", "shallow"


class Origin(NamedTuple):
    """A commit that introduced a record. at: its time in seconds, no earlier than its ancestors'.

    state and fingerprint as in history.Signature; covers: whether the text that stood there is the one of now.
    """

    commit: str
    state: str
    fingerprint: str
    at: int
    covers: bool


class Facts(NamedTuple):
    """Of one article: the origins of each step's record and of the file itself, or why there are none (trouble)."""

    digest: str
    origins: dict[str, list[Origin]]
    trouble: str = ""

    @classmethod
    def from_json(cls, data: list[Any]) -> Facts:
        """From the store."""
        return cls(data[0], {step: [Origin(*o) for o in found] for step, found in data[1].items()}, data[2])


@dataclass(frozen=True)
class _Version:
    """What of a version of a file matters: each record as written, and a digest of all that an approval covers."""

    records: dict[str, str]
    text: str

    @classmethod
    def of(cls, data: bytes) -> _Version:
        try:
            head = split(decode(data))
        except (NotUtf8, NoFrontMatter):
            return cls({}, hashlib.sha256(data).hexdigest())
        review = head.values.get("review")
        records = review if isinstance(review, dict) else {}
        covered = {key: value for key, value in head.values.items() if key not in UNBOUND}
        text = json.dumps([covered, head.body], ensure_ascii=False, sort_keys=True)
        return cls(
            {step: json.dumps(records[step], sort_keys=True) for step in STEPS if records.get(step)},
            hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        )


class _Past:
    """The history of one folder as a graph of the commits that touch each of its files."""

    def __init__(self, git: Git, folder: str) -> None:
        self.git = git
        self.head = git.commit("HEAD")
        self.parents, self.times = git.graph(self.head)
        self.touches: dict[str, dict[str, Touch]] = {}
        self.removed: dict[tuple[str, str], str] = {}
        for touch in git.touches(self.head, folder):
            self.touches.setdefault(touch.path, {})[touch.commit] = touch
            if not touch.new:
                self.removed[touch.commit, touch.old] = touch.path
        self._versions: dict[str, _Version] = {}

    def version(self, blob: str) -> _Version:
        if blob not in self._versions:
            self._versions[blob] = _Version.of(self.git.blob(blob))
        return self._versions[blob]

    def current(self, path: str) -> str:
        """The blob of a path at HEAD, '' where there is none."""
        commit = self._touched(self.head, path)
        return self.touches[path][commit].new if commit else ""

    def origins(self, path: str, step: str) -> set[tuple[str, str]]:
        """(commit, blob) where the record that HEAD's version has came in; of the file itself for WRITTEN."""
        wanted = self._record(self.current(path), step)
        found: set[tuple[str, str]] = set()
        seen: set[tuple[str, str]] = set()
        todo = [(self.head, path)]
        while todo:
            start, name = todo.pop()
            commit = self._touched(start, name)
            if not commit or (commit, name) in seen:
                continue
            seen.add((commit, name))
            before = self._before(commit, name)
            earlier = [(parent, at) for parent, at, blob in before if self._record(blob, step) == wanted]
            todo += earlier
            if not earlier:
                found.add((commit, self.touches[name][commit].new))
        return found

    def _record(self, blob: str, step: str) -> str:
        if not blob:
            return ""
        return "written" if step == WRITTEN else self.version(blob).records.get(step, "")

    def _touched(self, commit: str, path: str) -> str:
        """The nearest commit from here back that touches a path: where none does, all parents are alike."""
        touched = self.touches.get(path, {})
        while commit and commit not in touched:
            commit = next(iter(self.parents.get(commit, ())), "")
        return commit

    def _before(self, commit: str, path: str) -> Iterator[tuple[str, str, str]]:
        """(parent, path there, blob there) of a commit's parents, where the file was, a pure renaming followed."""
        touch, parents = self.touches[path][commit], self.parents.get(commit, [])
        if len(parents) > 1:
            for parent in parents:
                blob = self.git.blob_at(parent, path)
                if blob:
                    yield parent, path, blob
        elif parents and touch.old:
            yield parents[0], path, touch.old
        elif parents and (commit, touch.new) in self.removed:
            yield parents[0], self.removed[commit, touch.new], touch.new


def gather(repo: Path, folder: str, files: Mapping[str, str]) -> dict[str, Facts]:
    """The facts of articles below a folder of the repository: path -> digest by which the caller knows its bytes.

    Never raises for git: an article that git can't tell of has trouble, and no origins.
    """
    git = Git(repo)
    try:
        with git:
            return _gather(git, repo, folder, files)
    except GitError as problem:
        return {path: Facts(digest, {}, str(problem)) for path, digest in files.items()}


def _gather(git: Git, repo: Path, folder: str, files: Mapping[str, str]) -> dict[str, Facts]:
    if git.is_shallow():
        return {path: Facts(digest, {}, SHALLOW) for path, digest in files.items()}
    past = _Past(git, folder)
    found: dict[str, dict[str, set[tuple[str, str]]]] = {}
    now: dict[str, _Version] = {}
    for path in files:
        blob = past.current(path)
        if not blob or git.blob(blob) != (repo / path).read_bytes():
            continue
        now[path] = past.version(blob)
        found[path] = {step: past.origins(path, step) for step in (WRITTEN, *now[path].records)}
    asked = {commit for steps in found.values() for origins in steps.values() for commit, _ in origins}
    signatures = git.signatures(sorted(asked))
    facts = {}
    for path, digest in files.items():
        if path not in found:
            facts[path] = Facts(digest, {}, NOT_COMMITTED)
            continue
        facts[path] = Facts(
            digest,
            {
                step: [
                    Origin(commit, *signatures[commit], past.times[commit], past.version(blob).text == now[path].text)
                    for commit, blob in sorted(origins)
                ]
                for step, origins in found[path].items()
            },
        )
    return facts


# -- judged -----------------------------------------------------------------------------------------------------------


def unproven(
    records: Mapping[str, Mapping[str, Any]], author: str, facts: Facts | None, site: Site, rights: Rights
) -> dict[str, str]:
    """Why each step's record proves nothing, in Chinese, for an officer; steps that are proven are left out."""
    if facts is None or facts.trouble:
        return dict.fromkeys(
            records, _TROUBLE.get(facts.trouble if facts else "", facts.trouble if facts else "没有查到提交记录")
        )
    wrote = {account.name for o in facts.origins.get(WRITTEN, ()) if (account := _signer(o, rights))}
    wrote |= _accounts(site, author, "", "")
    problems: dict[str, str] = {}
    used: dict[str, str] = {}
    for step, record in records.items():
        holders = _accounts(site, record["by"], STEPS[step], record["date"][:10])
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
            problems[step] = f"账号 {account.name} 已经做了{STEPS[used[account.name]]}，同一个人不能再做{STEPS[step]}"
    return problems


def unproven_push(
    records: Mapping[str, Mapping[str, Any]],
    author: str,
    before: bytes,
    after: bytes,
    pusher: Account | None,
    site: Site,
    rights: Rights,
) -> dict[str, str]:
    """The same of one article in a push that a forge authenticated: what is new in it must be of the pusher's posts.

    before: the file where the push began, b'' where it was not; what stood there came through this gate already.
    """
    old, new = _Version.of(before), _Version.of(after)
    problems: dict[str, str] = {}
    for step, record in records.items():
        kept = old.records.get(step) == new.records.get(step)
        if kept and (step not in COVERING or old.text == new.text):
            continue
        holders = _accounts(site, record["by"], STEPS[step], record["date"][:10])
        wrote = _accounts(site, author, "", "")
        if pusher is None:
            problems[step] = "没有给出代码平台认证的推送人"
        elif not any(rights.of(holder) is pusher for holder in holders):
            said = f"{STEPS[step]}之后又改了稿件，推送人" if kept else "记录的推送人"
            problems[step] = f"{said} {pusher.name} 不是岗位「{record['by']}」登记的账号"
        elif not before or any(rights.of(account) is pusher for account in wrote):
            problems[step] = f"账号 {pusher.name} 也是撰稿的账号，不能审核自己的稿件"
    new_steps = [step for step in records if step not in problems and old.records.get(step) != new.records.get(step)]
    for step in new_steps[1:]:
        problems[step] = f"同一个账号不能既做{STEPS[new_steps[0]]}又做{STEPS[step]}"
    return problems


_TROUBLE = {
    NOT_COMMITTED: "稿件还没有提交，或者提交以后又改过",
    SHALLOW: "提交历史不完整（浅克隆），查不到是谁写入的",
}


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


def _signer(origin: Origin, rights: Rights) -> Account | None:
    return rights.by_fingerprint(origin.fingerprint) if origin.state in ("G", "U") and origin.fingerprint else None


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
        return f"{STEPS[step]}之后又改了稿件{commit}"
    return ""


def touched_since(repo: Path, base: str, folders: Iterable[str]) -> frozenset[str] | None:
    """Paths below folders that any commit of base..HEAD touches; None where HEAD does not go on from base."""
    git = Git(repo)
    try:
        with git:
            head = git.commit("HEAD")
            if git.merge_base(base, head) != git.commit(base):
                return None
            return frozenset(touch.path for f in folders for touch in git.touches(f"{base}..{head}", f))
    except GitError:
        return None
