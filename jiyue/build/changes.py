"""`check --changed BASE`: whether a range of commits kept to the rights, and the changed files alone. Never renders."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from jiyue import clock
from jiyue.build.proofs import Gate
from jiyue.build.rules import WAIVERS, cluster_rules, day
from jiyue.catalogue.read import MAX_BYTES, read_article
from jiyue.catalogue.references import local_path
from jiyue.catalogue.scan import ATTACHMENT_TYPES, FILE_FOLDERS, column_of
from jiyue.changed import added_paths, changed_paths
from jiyue.checks.backdating import Dated, backdating_findings, first_commits, history_finding
from jiyue.checks.history import GitError
from jiyue.checks.inspect import Inspector
from jiyue.checks.links import MISSING
from jiyue.checks.review import judge_review, review_lines
from jiyue.checks.rights import UNJUDGED, PolicyError, judge
from jiyue.checks.text import Text
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.diagnostics import Diagnostic, in_order
from jiyue.registry.site import Registry, Site


def changed_findings(
    root: Path, registry: Registry, base: str, now: str, actor: str = "", *, signed: bool = False
) -> list[Diagnostic]:
    """What base..HEAD may not do, and what is wrong with the files it changed. Fails closed: never raises for git.

    actor, signed: see jiyue.checks.rights.judge.
    """
    found = judge(root, base, "HEAD", actor, signed=signed)
    try:
        paths = changed_paths(root, base)
    except ValueError as problem:
        hint = "CI 里取完整历史（fetch-depth: 0）"
        return in_order([*found, UNJUDGED.at("content", 0, f"列不出改动的文件：{problem}", hint)])
    found += backdated(root, registry, base, paths)
    try:
        gate = Gate(root, base, actor, paths)
    except (GitError, PolicyError):
        gate = None  # told by judge, and nothing is let through
    return in_order([*found, *registry.diagnostics, *file_findings(root, registry, paths, now, gate)])


def backdated(root: Path, registry: Registry, base: str, paths: Iterable[str]) -> list[Diagnostic]:
    """Articles that base..HEAD adds (not those it renames) with a date long before they came in."""
    try:
        added = added_paths(root, base)
        first = first_commits(root, f"{base}..HEAD")
    except (ValueError, subprocess.CalledProcessError):
        return history_finding(root)
    dated = []
    for path in paths:
        parts = path.split("/")
        if path not in added or len(parts) < 3 or parts[1] not in registry.sites or not _is_article(path):
            continue
        site, (folder, _, name) = registry.sites[parts[1]], path.split("/", 2)[2].rpartition("/")
        file = root / path
        if not file.is_file() or file.is_symlink():
            continue
        row, _ = read_article(file.read_bytes(), site.id, column_of(folder, site.columns), folder, name, path)
        if row and not row.date.startswith("1970"):
            moment = datetime.strptime(row.date, "%Y-%m-%d %H:%M").replace(tzinfo=clock.BEIJING)
            dated.append(Dated(site.id, row.column, path, 1, moment, bool(row.extra.get("migrated"))))
    return backdating_findings(dated, first)


def file_findings(
    root: Path,
    registry: Registry,
    paths: Iterable[str],
    now: str,
    gate: Gate | None = None,
    files: Path | None = None,
) -> list[Diagnostic]:
    """What is wrong with single files of the cluster, waivers applied. Paths that are no content are passed over.

    files: the folder below which the files lie as they are to be judged, where that is not the cluster's own.
    """
    files = files or root
    by_site: dict[str, list[str]] = {}
    for path in paths:
        parts = path.split("/")
        if len(parts) > 2 and parts[0] == "content" and parts[1] in registry.sites:
            by_site.setdefault(parts[1], []).append(path)
    found: list[Diagnostic] = []
    rules = cluster_rules(root, registry, now)
    for site_id, own in by_site.items():
        site = registry.sites[site_id]
        with Inspector(root, site, rules.cluster, now, files) as inspector:
            for path in own:
                file = files / path
                if file.is_file() and not file.is_symlink():
                    found += (
                        _article(root, site, path, file, now, inspector, gate)
                        if _is_article(path)
                        else inspector.attachment(path)
                    )
    waivers, problems = load_waivers(root, WAIVERS, day(now))
    if waivers:
        found = apply_waivers(root, WAIVERS, waivers, found, day(now), complete=False)
    return [*found, *problems]


def _is_article(path: str) -> bool:
    return path.endswith((".md", ".markdown")) and path.split("/")[2] not in FILE_FOLDERS


def _article(
    root: Path, site: Site, path: str, file: Path, now: str, inspector: Inspector, gate: Gate | None
) -> list[Diagnostic]:
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    _, _, folder_and_name = path.split("/", 2)
    folder, _, name = folder_and_name.rpartition("/")
    row, found = read_article(data, site.id, column_of(folder, site.columns), folder, name, path)
    if row is None:
        return [*found, *inspector.article(path, data)] if found else []
    text = data.decode("utf-8", "replace")
    bare = gate(site, row, data) if gate else {}  # before a commit nothing can be proven yet
    found = [*found, *inspector.article(path, data), *judge_review(row, site, now, review_lines(text), bare).found]
    here = root / "content" / site.id
    referred = [*row.extra.get("articles", ()), *row.extra.get("pictures", ())]
    referred += [a for a, _ in row.extra.get("files", ()) if a.rpartition(".")[2].lower() in ATTACHMENT_TYPES]
    for address in dict.fromkeys(referred):
        inside = local_path(folder, address)
        if not inside or not (here / inside).is_file():
            said = f"「{address}」不存在"
            found.append(
                Text(site.id, path, text).at(MISSING, max(0, text.find(address)), said, "核对文件名，或者补传文件")
            )
    return found
