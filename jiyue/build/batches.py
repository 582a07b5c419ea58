"""The batches of migrated files (jiyue.catalogue.migrated) at a moment: which of them are approved.

A cluster without `sites/migrated/` pays for one look at that folder. Sites without review ask for no approval: there the
list, which only an admin can commit, is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from jiyue.base.diagnostics import Diagnostic, has_errors
from jiyue.catalogue.article import Article
from jiyue.registry.site import MIGRATED, Registry, Site

if TYPE_CHECKING:
    from jiyue.base.cache import Cache
    from jiyue.catalogue.migrated import Batch, Migrated
    from jiyue.checks.article.review import Waiting

Rejected = Callable[[Site, "Batch"], Mapping[str, str]]
"""(site, batch) -> step of its review -> why its record does not count."""


class Moved(NamedTuple):
    """Of one site, path -> its digests in lists. approved: those that count; waiting: of batches not approved (yet).

    key: changes whenever the others do.
    """

    approved: Mapping[str, frozenset[str]] = {}
    waiting: Mapping[str, frozenset[str]] = {}
    key: str = ""

    @property
    def paths(self) -> set[str]:
        """All files in the lists."""
        return {*self.approved, *self.waiting}

    def state(self, row: Article, data: Callable[[str], bytes]) -> str:
        """`approved`, `waiting` or '' for an article as it is, with the files of the site that it refers to.

        data: the bytes of a path relative to the cluster, which may raise OSError.
        """
        if row.source_path not in self.approved and row.source_path not in self.waiting:
            return ""
        from jiyue.catalogue.migrated import digest_of  # noqa: PLC0415  (only where there are batches)
        from jiyue.catalogue.references import own_files  # noqa: PLC0415  (only where there are batches)

        mine = [f"content/{row.site}/{path}" for path in sorted(set(own_files(row.folder, row.extra))) if path]
        state = "approved"
        for path in (row.source_path, *mine):
            if (found := _bytes(data, path)) is None:
                continue  # a file that is not there shows nothing
            digest = digest_of(found)
            if digest not in self.approved.get(path, ()):
                state = "waiting"
                if digest not in self.waiting.get(path, ()):
                    return ""
        return state


def moved_files(
    root: Path, registry: Registry, cache: Cache, now: str
) -> tuple[dict[str, Moved], list[Diagnostic], list[Waiting]]:
    """(site -> its migrated files, findings in the batches, batches that wait for review)."""
    if not (root / MIGRATED).is_dir():
        return {}, [], []
    from jiyue.catalogue.migrated import read_batches  # noqa: PLC0415  (6 ms with all that it imports)

    batches, findings = read_batches(root)
    unproven = _unproven(root, batches, registry, cache)
    moved, more, waits = judge_batches(batches, registry, now, lambda _, batch: unproven.get(batch.path, {}))
    return moved, [*findings, *more], waits


def judge_batches(
    batches: Iterable[Batch], registry: Registry, now: str, rejected: Rejected
) -> tuple[dict[str, Moved], list[Diagnostic], list[Waiting]]:
    """As moved_files(), of these batches."""
    from jiyue.catalogue.migrated import digest_of  # noqa: PLC0415  (only where there are batches)

    moved: dict[str, Moved] = {}
    findings: list[Diagnostic] = []
    waits: list[Waiting] = []
    for batch in batches:
        site = registry.sites.get(batch.site)
        if site is None:
            continue
        found, waiting = batch_findings(site, batch, now, rejected)
        findings += found
        waits += [waiting] if waiting else []
        sides = moved.get(site.id, Moved({}, {}))
        key = digest_of(f"{sides.key}{batch.list_digest}{has_errors(found)}".encode())
        moved[site.id] = sides._replace(key=key)
        side = cast("dict[str, frozenset[str]]", sides.waiting if has_errors(found) else sides.approved)
        for path, digest in batch.rows:
            if path.startswith(f"content/{site.id}/"):
                side[path] = side.get(path, frozenset()) | {digest}
    return moved, findings, waits


def approved_files(root: Path, registry: Registry, cache: Cache, now: str) -> Migrated:
    """The rows of all approved batches."""
    moved = moved_files(root, registry, cache, now)[0].values()
    return frozenset((path, digest) for one in moved for path, some in one.approved.items() for digest in some)


def batch_findings(site: Site, batch: Batch, now: str, rejected: Rejected) -> tuple[list[Diagnostic], Waiting | None]:
    """Findings in the approval of a batch, one of which is an error unless it is approved; and the batch, if it waits."""
    if not _reviews(site):
        return [], None
    from jiyue.catalogue.migrated import STEPS  # noqa: PLC0415  (only where there are batches)
    from jiyue.checks.article.review import MISSING, check_review  # noqa: PLC0415  (only where there are batches)

    named = f"旧站迁移 {len(batch.rows)} 个文件（{batch.list_path}）"
    if batch.listed != batch.list_digest:
        hint = "用 jiyue import 重新生成，或者核对清单后改 list，再由终审、保密审查岗位登记"
        what = "清单在审核之后改过，审核记录不算数" if batch.listed else "没有整批审核的文件"
        where = batch.path if batch.listed else batch.list_path
        return [MISSING.at(where, 1, f"{named}：{what}", hint, site=site.id)], None
    row = Article(
        batch.path, site.id, "", "", batch.path, "news", named, now, "", "", "", "",
        batch.path, 1, batch.digest, "", "", "", [], {"review": batch.review},
    )  # fmt: skip
    result = check_review(row, site, now, {}, rejected(site, batch), STEPS)
    return result.findings, result.waiting


def _unproven(
    root: Path, batches: Iterable[Batch], registry: Registry, cache: Cache
) -> Mapping[str, Mapping[str, str]]:
    signed = [one for one in batches if one.review and _asks_proof(registry.sites.get(one.site))]
    if not signed:
        return {}
    from jiyue.build.review_evidence import rejected_in_files  # noqa: PLC0415  (asks git)

    return rejected_in_files(root, MIGRATED, signed, registry, cache)


def _asks_proof(site: Site | None) -> bool:
    return site is not None and _reviews(site) and site.review_proof == "signed"


def _reviews(site: Site) -> bool:
    """Whether a site reviews the articles of any of its columns."""
    return bool(site.review) or any(site.review_steps(column.path) for column in site.columns)


def _bytes(data: Callable[[str], bytes], path: str) -> bytes | None:
    try:
        return data(path)
    except OSError:
        return None
