"""Caches the git evidence for review records between builds: only articles touched by a commit are verified again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.git import FILES, File, Git, GitError
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import read_article
from jiyue.catalogue.references import local_path, own_files
from jiyue.catalogue.scan import FILE_FOLDERS, column_of
from jiyue.catalogue.sources import file_of
from jiyue.checks.article.review import LIFTED, WRITER, records_of
from jiyue.checks.repository.article_version import Version, files_of
from jiyue.checks.repository.evidence import NOT_COMMITTED, Facts, Origin, gather, touched_since
from jiyue.checks.repository.proof import (
    Shown,
    hidden_writer,
    rejected_records,
    rejected_records_of_push,
    still_withdrawn,
)
from jiyue.checks.repository.rights import POLICY, Account, PolicyError, Rights, contract_files, load_rights, rights_at
from jiyue.checks.repository.rows import LedgerRows
from jiyue.registry.site import Registry, Site

KEPT = "evidence"


def is_asked(site: Site) -> bool:
    """Whether the build must prove a site's records. Those authenticated by a forge are checked when they are pushed."""
    return site.review_proof == "signed"


def states(root: Path, registry: Registry, cache: Cache) -> dict[str, str]:
    """Site -> a key that changes whenever its proofs may change (last commit, rights), for sites with signed records."""
    asked = [site.id for site in registry.sites.values() if is_asked(site)]
    if not asked:
        return {}
    try:
        head = Git(root).commit("HEAD")
    except GitError:
        head = ""
    cached: dict[str, Any] = cache.get(f"{KEPT}/heads.json") or {"head": "", "sites": {}}
    heads: dict[str, str] = cached["sites"]
    if cached["head"] != head or heads.keys() < set(asked):
        touched = touched_since(root, cached["head"], ["content"]) if cached["head"] and head else None
        changed = None if touched is None else {path.split("/")[1] for path in touched}
        heads = {
            site: heads[site] if site in heads and changed is not None and site not in changed else head
            for site in asked
        }
        cache.put(f"{KEPT}/heads.json", {"head": head, "sites": heads})
    policy = [path for path in (root / POLICY, *contract_files(root)) if path.is_file()]
    rights = hashlib.sha256(b"\0".join(path.read_bytes() for path in policy)).hexdigest()
    return {site: f"{heads[site]} {rights}" for site in asked}


class Proofs:
    """Callable: article -> its steps whose records don't count, with reasons; for `verdict.judge`.

    files: path on the site -> digest, for all files that articles may refer to.
    """

    def __init__(
        self, root: Path, site: Site, rows: Iterable[Article], cache: Cache, sites: Iterable[str],
        files: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.site = site
        self.rights, self.trouble = _rights(root, sites)
        shown = {row.source_path: _shown(row, files) for row in rows}
        self.facts = _facts(root, site.id, f"content/{site.id}", shown, cache)

    def __call__(self, row: Article) -> Mapping[str, str]:
        records = records_of(row) if self.site.review_steps(row.column) else {}
        if self.trouble:
            return dict.fromkeys(records, self.trouble)
        return rejected_records(records, row.author, self.facts.get(row.source_path), self.site, self.rights)


def _shown(row: Article, files: Mapping[str, str]) -> tuple[str, list[str]]:
    """(digest of an article and the files it refers to, the files' paths in the repository)."""
    mine = sorted(own_files(row.folder, row.extra)) + sorted(_video(row))
    marks = [(path, files.get(path, "")) for path in mine if path]
    digest = hashlib.sha256(repr((row.digest, marks)).encode("utf-8", "surrogatepass")).hexdigest() if marks else ""
    return digest or row.digest, [f"content/{row.site}/{path}" for path, _ in marks]


def _video(row: Article) -> list[str]:
    video = row.extra.get("video") or {}
    return [local_path(row.folder, video[key]) for key in ("src", "captions") if video.get(key)]


class Reviewed(Protocol):
    """A YAML file with records of review: an alert, or the approval of a batch of migrated files."""

    @property
    def path(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def review(self) -> Mapping[str, Mapping[str, Any]]: ...


def rejected_in_files(
    root: Path, folder: str, files: Collection[Reviewed], registry: Registry, cache: Cache
) -> dict[str, Mapping[str, str]]:
    """Path -> step -> why its record does not count, as Proofs says of articles. folder: of all the files."""
    rights, trouble = _rights(root, registry.sites)
    wanted: dict[str, tuple[str, list[str]]] = {one.path: (one.digest, []) for one in files}
    facts = _facts(root, folder.replace("/", "."), folder, wanted, cache, Version.of_alert)
    rejected: dict[str, Mapping[str, str]] = {}
    for one in files:
        bad = rejected_records(one.review, "", facts.get(one.path), registry.sites[one.site], rights)
        rejected[one.path] = dict.fromkeys(one.review, trouble) if trouble else bad
    return rejected


class Gate:
    """Like Proofs, for incoming commits since base, by the rights at base. Raises GitError, PolicyError.

    actor: the account that the forge authenticated. signed: the signer of a commit counts as the one who pushed it. paths:
    what the commits change. day: of the push, '' for any.
    """

    def __init__(
        self, root: Path, base: str, actor: str, paths: Iterable[str], day: str = "", *, signed: bool = False
    ) -> None:
        self.root, self.git, self.signed, self.actor = root, Git(root), signed, actor
        with self.git as git:
            head = git.commit("HEAD")
            self.fork = git.merge_base(git.commit(base), head)
            self.rights = rights_at(git, self.fork)
            self.recent = frozenset(git.graph(f"{self.fork}..{head}")[0])
            self.rows = LedgerRows(git)
            self.before, self.after = self._files(self.fork), self._files(head)
        self.pusher = self.rights.of(actor, day) if actor else None
        both = self.before.keys() | self.after.keys()
        self.changed = {
            *paths,
            *(path for path in both if ":" in path and self.before.get(path) != self.after.get(path)),
        }
        self._known: dict[str, dict[str, Facts]] = {}

    def __call__(self, site: Site, row: Article, data: bytes) -> Mapping[str, str]:
        """Step, LIFTED or WRITER -> why an article's record does not count."""
        records = records_of(row) if site.review_steps(row.column) else {}
        facts = self._facts(site, row.source_path)
        if site.review_proof == "signed":
            return rejected_records(records, row.author, facts, site, self.rights)
        rejected = {}
        if site.review_proof == "forge" and site.review_steps(row.column):
            with self.git:
                now = self._version(row.source_path, self.after) if ":" in row.source_path else Version.of(data)
                before = self._before(site, row, now)
                after = self._shown(row.source_path, now, self.after)
            rejected = rejected_records_of_push(
                records, row.author, before, after, self.pusher, facts, site, self.rights
            )
            if hidden := hidden_writer(facts, self.recent, self.pusher, site, self.rights):
                rejected[WRITER.id] = hidden
        if why := still_withdrawn(facts, site, self.rights, self.recent, self._who):
            rejected[LIFTED] = why
        return rejected

    def file(self, site: Site, one: Reviewed) -> Mapping[str, str]:
        """Step -> why the record in a YAML file does not count."""
        if site.review_proof not in ("signed", "forge"):
            return {}
        path, signed = one.path, site.review_proof == "signed"
        folder = path.rpartition("/")[0]
        facts = gather(self.root, folder, {path: ""}, signed=signed or self.signed, read=Version.of_alert)[path]
        if signed:
            return rejected_records(one.review, "", facts, site, self.rights)
        with self.git:
            before, after = (self._file_at(rev, path) for rev in (self.fork, "HEAD"))
        return rejected_records_of_push(one.review, "", before, after, self.pusher, facts, site, self.rights)

    def _file_at(self, rev: str, path: str) -> Shown:
        file = self.git.files(rev, path.rpartition("/")[0]).get(path)
        return Shown(Version.of_alert(self.git.blob(file.blob)), (), exists=True) if file else Shown()

    def referring(self, site: Site, listed: Collection[str] = ()) -> list[str]:
        """Unchanged articles of a site that refer to a changed or deleted file, where that may end an approval.

        listed: the files in batches of migrated files, whose approval covers them whatever proof a record needs.
        """
        folder = f"content/{site.id}/"
        files = {path for path in self.changed if path.startswith(folder) and not _is_article(path)}
        if not files or (site.review_proof == "none" and files.isdisjoint(listed)):
            return []
        paths = []
        with self.git:
            articles = sorted(
                p for p in self.after if p.startswith(folder) and _is_article(p) and p not in self.changed
            )
            blobs = dict(self.git.contents(sorted({self.after[path].blob for path in articles if ":" not in path})))
        for path, blob in ((path, self.after[path].blob) for path in articles):
            version = self.rows.version(blob) if ":" in path else Version.of(blobs[blob])
            inner = path.removeprefix(folder).rpartition("/")[0]
            if any(folder + file in files for _, file in files_of(inner, version)):
                paths.append(path)
        return paths

    def _files(self, rev: str) -> dict[str, File]:
        files = self.git.files(rev, "content").items()
        return self.rows.with_rows({path: file for path, file in files if file.mode in FILES})

    def _version(self, path: str, files: Mapping[str, File]) -> Version:
        return self.rows.version(files[path].blob) if path in files else Version()

    def _who(self, origin: Origin) -> Account | None:
        if self.actor:
            return self.pusher
        if self.signed:
            account = self.rights.by_fingerprint(origin.fingerprint) if origin.state in ("G", "U") else None
            return account if account and account.key_is_valid(origin.fingerprint, origin.at) else None
        return self.rights.of(origin.people[1], clock.minute(origin.at)[:10])

    def _before(self, site: Site, row: Article, now: Version) -> Shown:
        """The article at the start of the push: at the same path or, if moved unchanged, at its old path."""
        path = row.source_path
        if path in self.before:
            was = self._version(path, self.before)
            return self._shown(path, was, self.before) if self._counted(site, path) else Shown()
        blob = self.after[path].blob if path in self.after else ""
        folder = f"content/{site.id}/"
        for old, file in self.before.items():
            if file.blob == blob and old.startswith(folder) and old not in self.after and self._counted(site, old):
                return self._shown(old, now, self.before)
        return Shown()

    def _counted(self, site: Site, path: str) -> bool:
        """Whether a path was an article subject to review at the start of the push."""
        if not _is_article(path):
            return False
        folder, _, name = path.split("/", 2)[2].rpartition("/")
        column = column_of(folder, site.columns)
        row, _ = read_article(self.rows.data(self.before[path].blob), site.id, column, folder, name, path)
        return row is not None and bool(site.review_steps(row.column))

    def _shown(self, path: str, version: Version, files: Mapping[str, File]) -> Shown:
        top, site, inner = path.split("/", 2)
        base = f"{top}/{site}/"
        named = files_of(inner.rpartition("/")[0], version)
        blobs = ((address, files[base + file].blob if base + file in files else "") for address, file in named)
        return Shown(version, tuple(blobs), exists=True)

    def _facts(self, site: Site, path: str) -> Facts:
        if site.id not in self._known:
            folder = f"content/{site.id}"
            mine = [p for p in (*self.changed, *self.referring(site)) if p.startswith(folder + "/") and _is_article(p)]
            there = {p: "" for p in mine if p in self.after}
            signed = self.signed or site.review_proof == "signed"
            self._known[site.id] = gather(self.root, folder, there, signed=signed)
        return self._known[site.id].get(path, Facts("", {}, NOT_COMMITTED))


def _is_article(path: str) -> bool:
    """Whether a path is that of an article's file or of a row of a ledger."""
    return (path.endswith((".md", ".markdown")) or ":" in path) and path.split("/")[2] not in FILE_FOLDERS


def _rights(root: Path, sites: Iterable[str]) -> tuple[Rights, str]:
    try:
        return load_rights(root, sites), ""
    except PolicyError as problem:
        return Rights(), str(problem)


def _facts(
    root: Path,
    key: str,
    folder: str,
    wanted: Mapping[str, tuple[str, list[str]]],
    cache: Cache,
    read: Callable[[bytes], Version] = Version.of,
) -> dict[str, Facts]:
    """Facts from the cache, collected again for what changed on disk or in git.

    key: of the folder in the cache; wanted: path -> (digest, files); read: see evidence.gather.
    """
    if not wanted:
        return {}
    name = f"{KEPT}/{key}.json"
    try:
        head = Git(root).commit("HEAD")
    except GitError:
        head = ""
    cached: dict[str, Any] = (cache.get(name) if head else None) or {"head": "", "facts": {}}
    touched = (
        frozenset[str]()
        if cached["head"] == head
        else touched_since(root, cached["head"], [folder])
        if cached["head"]
        else None
    )
    known = {}
    for path, raw in cached["facts"].items() if touched is not None else ():
        one, (digest, files) = Facts.from_json(raw), wanted.get(path, ("", []))
        if one.digest == digest and not one.trouble and not {file_of(path), *files} & (touched or frozenset()):
            known[path] = one
    missing = {path: digest for path, (digest, _) in wanted.items() if path not in known}
    facts = known | (gather(root, folder, missing, read=read) if missing else {})
    if head and (missing or cached["head"] != head):
        cache.put(name, {"head": head, "facts": facts})
    return facts
