"""What a build kept back, for the release room: `_cluster/withheld.json` (jiyue.release.withheld) and `aliases.json`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jiyue.catalogue.summary import REASON_OF_RULE, Summary, Timed
from jiyue.diagnostics import Diagnostic, Severity
from jiyue.registry.site import Registry
from jiyue.release.withheld import ALIASES, ERROR, FILE, Withheld

UNREAD = ("article-", "file-")
"""Rules of files that never became an article, so that nobody judged them."""

_HARDEST = ("secret", "withdrawn", "expired", "embargo", "unapproved", ERROR)
"""Of several reasons for one file the first counts: what may never come back wins over what may stay."""


def withheld_rows(
    registry: Registry, summaries: Mapping[str, Summary], failed: Iterable[str], now: str
) -> list[Withheld]:
    """One row for each article, or whole site (path ""), that is not in the output at this moment; sorted, each once.

    Errors are those of the scan: what linkage finds does not keep the article's own page back.
    failed: sites that were not built whole.
    """
    rows = [Withheld(site, "", ERROR) for site in {*registry.broken, *failed} - {"cluster"}]
    for site in registry.sites:
        summary = summaries[site]
        judged = {hidden.source_path for hidden in summary.hidden}
        rows += [
            Withheld(site, hidden.source_path, hidden.why(now), f"/{hidden.path}" if hidden.path else "")
            for hidden in summary.hidden
            if hidden.why(now)
        ]
        rows += [
            Withheld(site, found.path, reason_of(found))
            for found in summary.diagnostics
            if found.severity is Severity.ERROR and found.rule.startswith(UNREAD) and found.path not in judged
        ]
        rows += [Withheld(site, row.source_path, reason, f"/{row.path}") for row, reason in _not_now(summary, now)]
        rows += [Withheld(site, path, "embargo") for path in summary.drafts]
    hardest: dict[tuple[str, str], Withheld] = {}
    for row in sorted(rows, key=lambda row: (_HARDEST.index(row.reason), not row.url)):
        hardest.setdefault((row.site, row.path), row)
    return [hardest[key] for key in sorted(hardest)]


def reason_of(found: Diagnostic) -> str:
    """Why an article with this finding is kept back, one of jiyue.release.withheld.REASONS."""
    return next((why for start, why in REASON_OF_RULE.items() if found.rule.startswith(start)), ERROR)


def write_withheld(
    output: Path, rows: list[Withheld], summaries: Mapping[str, Summary], chosen: Collection[str]
) -> None:
    """Write both files if they differ. chosen: the sites that were built (() for all); of others the old rows stay."""
    path = output / FILE
    if chosen:
        old = [Withheld(**row) for row in _old(path, list)]
        rows = sorted([*(r for r in old if r.site not in chosen), *(r for r in rows if r.site in chosen)], key=_place)
    _write(path, [asdict(row) for row in rows])
    aliases: dict[str, dict[str, str]] = {} if not chosen else _old(output / ALIASES, dict)
    for site, summary in summaries.items():
        if not chosen or site in chosen:
            aliases[site] = summary.aliases
    _write(output / ALIASES, {site: urls for site, urls in sorted(aliases.items()) if urls})


def _not_now(summary: Summary, now: str) -> Iterable[tuple[Timed, str]]:
    for row in summary.timed:
        if row.withdrawn_at and row.withdrawn_at <= now:
            yield row, "withdrawn"
        elif row.expires and row.expires <= now:
            yield row, "expired"
        elif row.publish_at and row.publish_at > now:
            yield row, "embargo"


def _place(row: Withheld) -> tuple[str, str]:
    return row.site, row.path


def _old(path: Path, kind: type[Any]) -> Any:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return kind()
    return data if isinstance(data, kind) else kind()


def _write(path: Path, data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if path.is_file() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(path)
