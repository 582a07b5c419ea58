"""`check --changed BASE`: checks a range of commits against the rights, and only the changed files. Never renders."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, in_order
from jiyue.base.git import GitError
from jiyue.build.affected import added_paths, changed_paths, earlier_contents
from jiyue.build.alerts import alert_findings
from jiyue.build.batches import Moved, judge_batches
from jiyue.build.registers import findings_in
from jiyue.build.review_evidence import Gate
from jiyue.build.rules import WAIVERS, cluster_rules, day
from jiyue.build.verdicts import source_lists
from jiyue.catalogue import frontmatter
from jiyue.catalogue.alerts import FOLDER as ALERTS
from jiyue.catalogue.article import Article
from jiyue.catalogue.ledgers import Model
from jiyue.catalogue.migrated import FOLDER as MIGRATED
from jiyue.catalogue.migrated import Migrated, digest_of, read_batches, read_migrated
from jiyue.catalogue.read import MAX_BYTES, read_article
from jiyue.catalogue.references import local_path
from jiyue.catalogue.scan import ATTACHMENT_TYPES, FILE_FOLDERS, column_of
from jiyue.catalogue.sources import beside, file_of, model_of, named_in, source_bytes, sources
from jiyue.checks.article.future import future_findings
from jiyue.checks.article.links import MISSING
from jiyue.checks.article.reposts import ANYWHERE, Sources, repost_findings
from jiyue.checks.article.review import MISSING as MISSING_REVIEW
from jiyue.checks.article.review import PROOF, WRITER, check_review, review_lines, withdrawal_findings
from jiyue.checks.repository.backdating import HISTORY, Dated, backdating_findings, first_commits, history_finding
from jiyue.checks.repository.backdating import changed_findings as changed_dates
from jiyue.checks.repository.commits import UNJUDGED, commit_findings
from jiyue.checks.repository.late_reposts import late_finding
from jiyue.checks.repository.path_names import name_problem
from jiyue.checks.repository.rights import PolicyError
from jiyue.checks.runner import Inspector
from jiyue.checks.text.model import Text
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.linkage import decisions
from jiyue.linkage.decisions import FILES as DECISIONS
from jiyue.linkage.declined import FILE as DECLINED
from jiyue.linkage.declined import declined_in
from jiyue.linkage.latency import Timeliness, judge, limits_of
from jiyue.registry.site import PICTURES, REGISTERS, Registry, Site
from jiyue.upstream.sources import FOLDER as UPSTREAM
from jiyue.upstream.sources import read_source


def changed_findings(
    root: Path, registry: Registry, base: str, now: str, actor: str = "", *, signed: bool = False
) -> list[Diagnostic]:
    """Violations of the rights in base..HEAD, and findings for the files it changed. Errors of git become findings.

    actor, signed: see jiyue.checks.repository.commits.commit_findings.
    """
    reserved = reserved_paths(registry, now)
    findings = commit_findings(root, base, "HEAD", actor, signed=signed, reserved=reserved, day=now[:10])
    try:
        # files whose names judge refuses are never read
        paths = [path for path in changed_paths(root, base) if not name_problem(path)]
    except ValueError as problem:
        hint = "CI 里取完整历史（fetch-depth: 0）"
        return in_order([*findings, UNJUDGED.at("content", 0, f"列不出改动的文件：{problem}", hint)])
    findings += [*added_findings(root, registry, base, paths, now), *redated(root, registry, base, paths)]
    try:
        gate = Gate(root, base, actor, paths, now[:10], signed=signed)
    except (GitError, PolicyError):
        gate = None  # judge reports it, and no record counts
    try:
        findings += file_findings(root, registry, paths, now, gate)
    except GitError as problem:
        findings.append(UNJUDGED.at("content", 0, str(problem), "CI 里取完整历史（fetch-depth: 0）"))
    return in_order([*findings, *registry.diagnostics])


def reserved_paths(registry: Registry, now: str) -> dict[str, Collection[str]]:
    """Path of content that not everybody with a right to its site may change -> the accounts that may, beside admins."""
    reserved: dict[str, Collection[str]] = {
        f"content/{site.id}/{site.facts[name].lstrip('/')}": ()
        for site in registry.sites.values()
        if site.review
        for name in PICTURES
        if site.facts.get(name)
    }
    for site in registry.sites.values():
        if site.review_proof != "none" and (approvers := decisions.approvers(site, now)):
            reserved |= dict.fromkeys((f"content/{site.id}/{name}" for name in DECISIONS), approvers)
    return reserved


def article_findings(root: Path, registry: Registry, base: str, paths: Collection[str], now: str) -> list[Diagnostic]:
    """The findings for files that base..HEAD changes, without those on the rights and on who wrote the records of review.

    root: a working tree of HEAD. Errors of git become findings.
    """
    try:
        findings = [*added_findings(root, registry, base, paths, now), *redated(root, registry, base, paths)]
        return in_order([*findings, *file_findings(root, registry, paths, now)])
    except GitError as problem:
        return [UNJUDGED.at("content", 0, str(problem), "核对仓库的历史是否完整")]


def added_findings(root: Path, registry: Registry, base: str, paths: Iterable[str], now: str) -> list[Diagnostic]:
    """Findings for articles that base..HEAD adds (not renames): dated long before their first commit, or reposted late."""
    try:
        added = added_paths(root, base)
        first = first_commits(root, f"{base}..HEAD")
    except (ValueError, GitError) as problem:
        return _unknown_history(root, problem)
    migrated, bad = read_migrated(root)
    dated, late = [], []
    for path in paths:
        data = _content(root, path) if path in added else b""
        row = _row(registry, path, data)
        if row is None:
            continue
        one = _dated(row, data, migrated)
        dated += [one] if one else []
        if path in first and one and not one.migrated:
            late += _late(registry.sites[row.site], registry, row, data, clock.minute(first[path].at.timestamp()), now)
    return [*bad, *backdating_findings(dated, first), *late]


def _late(site: Site, registry: Registry, row: Article, data: bytes, entered: str, now: str) -> list[Diagnostic]:
    """The finding for a repost that entered the repository too late: it can't have been public earlier."""
    published = (row.extra.get("repost_of") or {}).get("published")
    if not published:
        return []
    public = max(entered, row.publish_at)
    judged = judge(published, public, limits_of(registry.rules(site)), now)
    if judged.kind is not Timeliness.LATE:
        return []
    line = frontmatter.split(data.decode("utf-8", "replace")).lines.get(("repost_of",), 1)
    return [late_finding(site.id, row.source_path, line, published, public, judged)]


def redated(root: Path, registry: Registry, base: str, paths: Iterable[str]) -> list[Diagnostic]:
    """Findings for articles, also renamed ones, whose date base..HEAD moves to an earlier day."""
    changed = []
    migrated, _ = read_migrated(root)
    try:
        before = earlier_contents(root, base, [path for path in paths if path.startswith("content/")])
        for path, data in before.items():
            here = _content(root, path)
            new, old = (_dated(_row(registry, path, one), one, migrated) for one in (here, data))
            if new and old and new.published < old.published:
                changed.append((new, old.published))
        return changed_dates(changed, first_commits(root) if changed else {})
    except (ValueError, GitError) as problem:
        return _unknown_history(root, problem)


def _unknown_history(root: Path, problem: Exception) -> list[Diagnostic]:
    hint = "CI 里取完整历史（fetch-depth: 0）"
    return history_finding(root) or [HISTORY.at("content", 0, f"核对不了发稿日期：{problem}", hint)]


def _content(root: Path, path: str) -> bytes:
    file = root / path
    return file.read_bytes() if file.is_file() and not file.is_symlink() else b""


def _row(registry: Registry, path: str, data: bytes) -> Article | None:
    """An article; None if the path is no article of a site. data: its content."""
    parts = path.split("/")
    if not data or len(parts) < 3 or parts[1] not in registry.sites or not _is_article(path):
        return None
    site, (folder, _, name) = registry.sites[parts[1]], path.split("/", 2)[2].rpartition("/")
    return read_article(data, site.id, column_of(folder, site.columns), folder, name, path)[0]


def _dated(row: Article | None, data: bytes, migrated: Migrated) -> Dated | None:
    """An article with its date; None if it has none."""
    if not row or not row.date:
        return None
    path = row.source_path
    return Dated(row.site, row.column, path, 1, clock.aware(row.date), (path, digest_of(data)) in migrated)


def file_findings(
    root: Path,
    registry: Registry,
    paths: Iterable[str],
    now: str,
    gate: Gate | None = None,
    files: Path | None = None,
) -> list[Diagnostic]:
    """Findings for single files of the cluster, less those waived. Skips all but content, alerts, sources and registers.

    files: the folder with the versions to check, if not the cluster's own.
    """
    files = files or root
    by_site: dict[str, list[str]] = {}
    findings: list[Diagnostic] = []
    for path in paths:
        parts = path.split("/")
        if len(parts) > 2 and parts[0] == "content" and parts[1] in registry.sites:
            by_site.setdefault(parts[1], []).append(path)
        elif path.startswith(f"{ALERTS}/") and path.endswith(".yaml") and (files / path).is_file():
            data = _content(files, path)
            findings += alert_findings(root, registry, path, data, now, gate.file if gate else lambda *_: {})
        elif path.startswith(f"{UPSTREAM}/") and path.endswith(".yaml") and (files / path).is_file():
            findings += read_source(files / path, path, registry)[1]
        elif path.startswith(f"{REGISTERS}/") and (files / path).is_file():
            findings += findings_in(root, registry, [path], now, files)
    moved, found = _moved(root, files, registry, now, {*paths}, gate)
    findings += found
    rules = cluster_rules(root, registry, now, Cache(None))
    for site_id, own in by_site.items():
        site = registry.sites[site_id]
        listed = source_lists(rules, site)
        with Inspector(root, site, rules.cluster, now, files) as inspector:
            for path in own:
                file = files / path
                if file.is_file() and not file.is_symlink():
                    findings += _of_file(root, site, path, file, now, inspector, gate, listed, moved.get(site_id))
        if gate:
            mine = moved.get(site_id, Moved())
            for path in gate.referring(site, mine.paths):
                findings += _approvals(root, site, path, now, gate, mine)
    waivers, problems = load_waivers(root, WAIVERS, day(now))
    if waivers:
        findings = apply_waivers(root, WAIVERS, waivers, findings, day(now), complete=False)
    return [*findings, *problems]


def _is_article(path: str) -> bool:
    return path.endswith((".md", ".markdown")) and path.split("/")[2] not in FILE_FOLDERS


def _moved(
    root: Path, files: Path, registry: Registry, now: str, paths: Collection[str], gate: Gate | None
) -> tuple[dict[str, Moved], list[Diagnostic]]:
    """The migrated files in the batches that these paths touch, and findings in those batches."""
    if not ((root / MIGRATED).is_dir() or (files / MIGRATED).is_dir()):
        return {}, []
    batches, findings = read_batches(root, files)
    touched = [
        batch
        for batch in batches
        if batch.path in paths or batch.list_path in paths or any(path in paths for path, _ in batch.rows)
    ]
    moved, more, _ = judge_batches(touched, registry, now, gate.file if gate else lambda *_: {})
    return moved, [*(found for found in findings if found.path in paths), *more]


def _needs_review(row: Article, moved: Moved | None, root: Path) -> bool:
    """Whether an article is judged by its own records: those of a batch of migrated files are judged with it."""
    return not moved or not moved.state(row, lambda path: (root / path).read_bytes())


def _approvals(root: Path, site: Site, path: str, now: str, gate: Gate, moved: Moved) -> list[Diagnostic]:
    """Findings for an unchanged article that refers to a changed file: its approval may no longer hold."""
    file = root / file_of(path)
    if not file.is_file() or file.is_symlink():
        return []
    try:
        data = source_bytes(root, path)
    except OSError:
        return []  # a row that is not shown
    folder, _, name = path.split("/", 2)[2].rpartition("/")
    row, _ = read_article(data, site.id, column_of(folder, site.columns), folder, name, path)
    if row is None or not _needs_review(row, moved, root):
        return []
    findings = check_review(
        row, site, now, review_lines(data.decode("utf-8", "replace")), gate(site, row, data)
    ).findings
    rules = (PROOF.id, MISSING_REVIEW.id) if path in moved.paths else (PROOF.id,)
    return [one for one in findings if one.rule in rules]


def _of_file(
    root: Path,
    site: Site,
    path: str,
    file: Path,
    now: str,
    inspector: Inspector,
    gate: Gate | None,
    listed: Sources,
    moved: Moved | None,
) -> list[Diagnostic]:
    if model := model_of(path):
        return _rows(root, site, path, file, model, now, inspector, gate)
    if not _is_article(path):
        found = inspector.attachment(path)
        if path.split("/", 2)[2] == DECLINED:
            found += declined_in(file.read_bytes(), site.id)[1]
        if path.split("/", 2)[2] in DECISIONS:
            found += decisions.read(file.read_bytes(), path, site)[1]
        return found
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if file.name in named_in(root / path.rpartition("/")[0]):
        return inspector.article(path, data)
    return _article(root, site, path, data, now, inspector, gate, listed, moved)


def _rows(
    root: Path, site: Site, path: str, file: Path, model: Model, now: str, inspector: Inspector, gate: Gate | None
) -> list[Diagnostic]:
    """The findings in the rows of a ledger; with a gate, in those that changed."""
    found: list[Diagnostic] = []
    for source in sources(file.read_bytes(), file.name, model, beside(file.parent, root / path.rpartition("/")[0])):
        mine = f"{path}:{source.key}" if source.key else path
        if source.key and gate and mine not in gate.changed:
            continue
        if source.fault:
            line = source.fault.line or source.line
            found.append(model.rule.at(path, line, source.fault.message, source.fault.hint, site=site.id))
        elif source.data:
            one = _article(root, site, mine, source.data, now, inspector, gate)
            found += [replace(finding, path=path, line=source.line, col=0) for finding in one]
    return found


def _article(
    root: Path,
    site: Site,
    path: str,
    data: bytes,
    now: str,
    inspector: Inspector,
    gate: Gate | None,
    listed: Sources = ANYWHERE,
    moved: Moved | None = None,
) -> list[Diagnostic]:
    _, _, folder_and_name = path.split("/", 2)
    folder, _, name = folder_and_name.rpartition("/")
    row, findings = read_article(data, site.id, column_of(folder, site.columns), folder, name, path)
    if row is None:
        return [*findings, *inspector.article(path, data)] if findings else []
    text = data.decode("utf-8", "replace")
    bare = gate(site, row, data) if gate else {}  # before a commit nothing can be proven yet
    findings = [*findings, *inspector.article(path, data)]
    if _needs_review(row, moved, root):
        findings += check_review(row, site, now, review_lines(text), bare).findings
    findings += [*future_findings(row, now, lambda _: text)[0], *withdrawal_findings(row, bare)]
    findings += repost_findings(row, site, listed, lambda _: text)
    if WRITER.id in bare:
        hint = "由改稿的人自己推送，或者用推送人的署名重新提交"
        findings.append(WRITER.at(path, 1, bare[WRITER.id], hint, site=site.id))
    return [*findings, *missing_files(root, row, text)]


def missing_files(root: Path, row: Article, text: str) -> list[Diagnostic]:
    """Findings for what an article refers to inside its site and is not there. text: its source."""
    here = root / "content" / row.site
    referred = [*row.extra.get("articles", ()), *row.extra.get("pictures", ())]
    referred += [a for a, _ in row.extra.get("files", ()) if a.rpartition(".")[2].lower() in ATTACHMENT_TYPES]
    findings = []
    for address in dict.fromkeys(referred):
        inside = local_path(row.folder, address)
        if not inside or not (here / inside).is_file():
            at, message = max(0, text.find(address)), f"「{address}」不存在"
            findings.append(Text(row.site, row.source_path, text).at(MISSING, at, message, "核对文件名，或者补传文件"))
    return findings
