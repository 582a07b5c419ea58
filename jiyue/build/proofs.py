"""What git proves of the records of review, kept between builds: only articles that a commit touched are asked for again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jiyue.catalogue.article import Article
from jiyue.checks.evidence import Facts, gather, touched_since, unproven, unproven_push
from jiyue.checks.history import Git, GitError
from jiyue.checks.review import records_of, required
from jiyue.checks.rights import POLICY, PolicyError, Rights, load_rights, rights_at
from jiyue.registry.site import Registry, Site
from jiyue.store import Store

KEPT = "evidence"


def is_asked(site: Site) -> bool:
    """Whether the build itself has to prove records: what a forge authenticates is proven at its gate."""
    return site.review_proof == "signed"


def states(root: Path, registry: Registry, store: Store | None) -> dict[str, str]:
    """Of each site that asks for signed records, what changes when its proofs may: its last commit, rights and all."""
    asked = [site.id for site in registry.sites.values() if is_asked(site)]
    if not asked:
        return {}
    try:
        head = Git(root).commit("HEAD")
    except GitError:
        head = ""
    kept: dict[str, Any] = (store.get(f"{KEPT}/heads.json") if store else None) or {"head": "", "sites": {}}
    heads: dict[str, str] = kept["sites"]
    if kept["head"] != head or heads.keys() < set(asked):
        touched = touched_since(root, kept["head"], ["content"]) if kept["head"] and head else None
        changed = None if touched is None else {path.split("/")[1] for path in touched}
        heads = {
            site: heads[site] if site in heads and changed is not None and site not in changed else head
            for site in asked
        }
        if store:
            store.put(f"{KEPT}/heads.json", {"head": head, "sites": heads})
    policy = root / POLICY
    rights = hashlib.sha256(policy.read_bytes() if policy.is_file() else b"").hexdigest()
    return {site: f"{heads[site]} {rights}" for site in asked}


class Proofs:
    """The steps of a site's articles that prove nothing, by article: what `verdict.judge` asks."""

    def __init__(
        self, root: Path, site: Site, rows: Iterable[Article], store: Store | None, sites: Iterable[str]
    ) -> None:
        self.site = site
        self.rights, self.trouble = _rights(root, sites)
        wanted = {row.source_path: row.digest for row in rows if required(site, row.column) and records_of(row)}
        self.facts = _facts(root, site, wanted, store)

    def __call__(self, row: Article) -> Mapping[str, str]:
        records = records_of(row) if required(self.site, row.column) else {}
        if not records:
            return {}
        if self.trouble:
            return dict.fromkeys(records, self.trouble)
        return unproven(records, row.author, self.facts.get(row.source_path), self.site, self.rights)


class Gate:
    """The same for the commits since base before they come in, by the rights at base. Raises GitError, PolicyError.

    actor: the account that the forge authenticated. paths: what the commits change.
    """

    def __init__(self, root: Path, base: str, actor: str, paths: Iterable[str]) -> None:
        self.root, self.git, self.paths = root, Git(root), list(paths)
        self.fork = self.git.merge_base(self.git.commit(base), self.git.commit("HEAD"))
        self.rights = rights_at(self.git, self.fork)
        self.pusher = self.rights.of(actor) if actor else None
        self.facts: dict[str, dict[str, Facts]] = {}

    def __call__(self, site: Site, row: Article, data: bytes) -> Mapping[str, str]:
        """Why the records of a changed article do not count."""
        records = records_of(row) if required(site, row.column) else {}
        if not records or site.review_proof == "none":
            return {}
        if site.review_proof == "signed":
            facts = self._facts(site).get(row.source_path)
            return unproven(records, row.author, facts, site, self.rights)
        with self.git as git:
            blob = git.blob_at(self.fork, row.source_path)
            before = git.blob(blob) if blob else data if git.blob_at("HEAD", row.source_path) in self._gone else b""
        return unproven_push(records, row.author, before, data, self.pusher, site, self.rights)

    def _facts(self, site: Site) -> dict[str, Facts]:
        if site.id not in self.facts:
            folder = f"content/{site.id}"
            mine = {path: "" for path in self.paths if path.startswith(folder + "/") and (self.root / path).is_file()}
            self.facts[site.id] = gather(self.root, folder, mine)
        return self.facts[site.id]

    @cached_property
    def _gone(self) -> set[str]:
        """Blobs that some commit took away: the same bytes elsewhere are a renamed file."""
        return {touch.old for touch in self.git.touches(f"{self.fork}..HEAD", "content") if not touch.new}


def _rights(root: Path, sites: Iterable[str]) -> tuple[Rights, str]:
    try:
        return load_rights(root, sites), ""
    except PolicyError as problem:
        return Rights(), str(problem)


def _facts(root: Path, site: Site, wanted: dict[str, str], store: Store | None) -> dict[str, Facts]:
    """From the store, but for what changed on disk or in git since."""
    if not wanted:
        return {}
    name, folder = f"{KEPT}/{site.id}.json", f"content/{site.id}"
    try:
        head = Git(root).commit("HEAD")
    except GitError:
        head = ""
    kept: dict[str, Any] = (store.get(name) if store and head else None) or {"head": "", "facts": {}}
    touched = (
        frozenset[str]()
        if kept["head"] == head
        else touched_since(root, kept["head"], [folder])
        if kept["head"]
        else None
    )
    known = {
        path: facts
        for path, facts in ((path, Facts.from_json(raw)) for path, raw in kept["facts"].items())
        if touched is not None and path not in touched and wanted.get(path) == facts.digest and not facts.trouble
    }
    missing = {path: digest for path, digest in wanted.items() if path not in known}
    facts = known | (gather(root, folder, missing) if missing else {})
    if store and head and (missing or kept["head"] != head):
        store.put(name, {"head": head, "facts": facts})
    return facts
