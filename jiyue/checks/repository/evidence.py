"""Collects from git which commits introduced the review records and who signed them: anyone can write front matter.

proof.py decides whether these facts prove a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.git import Git, GitError, Signature
from jiyue.catalogue.sources import file_of
from jiyue.checks.article.review import LIFTED
from jiyue.checks.repository.article_version import Version, files_of, sha256
from jiyue.checks.repository.history import COVERING, History, Introduction, Lifted

WRITTEN = ""
"""Key for the article's own text, in mappings that are otherwise keyed by review step."""
NOT_COMMITTED, SHALLOW = "uncommitted", "shallow"
_LFS = b"version https://git-lfs"


class Origin(NamedTuple):
    """A commit that introduced a record. at: its time in seconds, no earlier than its ancestors'.

    state and fingerprint as in git.Signature; covers: whether the text and all files it refers to are unchanged since;
    people: the addresses of author and committer, which anyone can forge.
    """

    commit: str
    state: str
    fingerprint: str
    at: int
    covers: bool
    people: tuple[str, ...] = ()


class Facts(NamedTuple):
    """The git facts of an article: the origins of each step's record and of its text, or why there are none (trouble).

    withdrawn: the date of a withdrawal that was lifted later (LIFTED), '' if there was none; setters: the origins of
    that withdrawal; renewed: commits that approved the article afterwards.
    """

    digest: str
    origins: dict[str, list[Origin]]
    trouble: str = ""
    withdrawn: str = ""
    setters: list[Origin] = []  # noqa: RUF012  (never changed)
    renewed: list[str] = []  # noqa: RUF012  (never changed)

    @classmethod
    def from_json(cls, data: list[Any]) -> Facts:
        """From the cache."""
        digest, origins, trouble, withdrawn, setters, renewed = data
        by_step = {step: [Origin(*o) for o in some] for step, some in origins.items()}
        return cls(digest, by_step, trouble, withdrawn, [Origin(*o) for o in setters], renewed)


def gather(
    repo: Path,
    folder: str,
    files: Mapping[str, str],
    *,
    signed: bool = True,
    read: Callable[[bytes], Version] = Version.of,
    rev: str = "",
) -> dict[str, Facts]:
    """The facts of articles in a site's folder. files: path -> digest, returned in Facts.digest.

    signed: whether to read signatures. read: how a file's bytes are read, if they are no article. rev: the commit to look
    at, instead of HEAD and the files on disk. Never raises GitError: if git fails, the articles have trouble and no origins.
    """
    try:
        with Git(repo) as git:
            return _gather(git, repo, folder, files, signed, read, rev)
    except GitError as problem:
        return {path: Facts(digest, {}, str(problem)) for path, digest in files.items()}


def _gather(
    git: Git,
    repo: Path,
    folder: str,
    files: Mapping[str, str],
    signed: bool,
    read: Callable[[bytes], Version],
    rev: str,
) -> dict[str, Facts]:
    if git.is_shallow():
        return {path: Facts(digest, {}, SHALLOW) for path, digest in files.items()}
    history = History(git, folder, read, rev or "HEAD")
    introduced: dict[str, dict[str, set[Introduction]]] = {}
    lifted: dict[str, Lifted | None] = {}
    for path in files:
        blob = history.blob_at(history.head, path)
        if not blob or not (rev or _is_committed(history, repo, path, blob)):
            continue
        introduced[path] = {step: history.origins(path, step) for step in history.version(blob).records}
        if introduced[path] or not signed:
            introduced[path][WRITTEN] = history.writers(path)
        lifted[path] = history.lifted(path)
    every = {origin for steps in introduced.values() for origins in steps.values() for origin in origins}
    every |= {origin for one in lifted.values() if one for origin in (*one.origins, *one.setters)}
    commits = sorted({origin.commit for origin in every})
    signatures = git.signatures(commits) if signed else {}
    people = {commit: git.people(commit) for commit in commits}

    def origin(one: Introduction, shown: str) -> Origin:
        commit, path, blob = one
        signature = signatures.get(commit, Signature("N", ""))
        covers = bool(shown) and history.shown_at(commit, path, blob) == shown
        return Origin(commit, *signature, history.times[commit], covers, people[commit])

    facts = {}
    for path, digest in files.items():
        if path not in introduced:
            facts[path] = Facts(digest, {}, NOT_COMMITTED)
            continue
        shown = history.shown_at(history.head, path, history.blob_at(history.head, path))
        origins = {
            step: [origin(one, shown if step in COVERING else "") for one in sorted(some)]
            for step, some in introduced[path].items()
        }
        facts[path] = Facts(digest, origins)
        if one := lifted[path]:
            origins[LIFTED] = [origin(other, "") for other in sorted(one.origins)]
            setters = [origin(other, "") for other in sorted(one.setters)]
            facts[path] = facts[path]._replace(withdrawn=one.at, setters=setters, renewed=one.renewed)
    return facts


def _is_committed(history: History, repo: Path, path: str, blob: str) -> bool:
    """Whether an article and the files it refers to are the same on disk and at HEAD."""
    try:
        on_disk = (repo / file_of(path)).read_bytes()
        if ":" in path:
            if history.rows.of_bytes(file_of(path), on_disk).get(path) != blob:
                return False
        elif history.git.blob(blob) != on_disk:
            return False
        inner = path.removeprefix(f"{history.folder}/").rpartition("/")[0]
        for _, file in files_of(inner, history.version(blob)):
            blob, name = history.blob_at(history.head, f"{history.folder}/{file}"), repo / history.folder / file
            data = name.read_bytes() if name.is_file() else None
            if data is None or not blob:
                if data is None and not blob:
                    continue
                return False
            committed = history.git.blob(blob)
            if committed != data and not (committed.startswith(_LFS) and sha256(data).encode() in committed):
                return False
    except OSError:
        return False
    return True


def touched_since(repo: Path, base: str, folders: Iterable[str]) -> frozenset[str] | None:
    """Paths in these folders that any commit of base..HEAD touches; None if base is no ancestor of HEAD."""
    git = Git(repo)
    try:
        head = git.commit("HEAD")
        if git.merge_base(base, head) != git.commit(base):
            return None
        return frozenset(touch.path for f in folders for touch in git.touches(f"{base}..{head}", f))
    except GitError:
        return None
