"""Writes what a build withheld, for the publisher: `_cluster/withheld.json` (jiyue.catalogue.withholding), `aliases.json`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jiyue.base.cache import Cache
from jiyue.base.reason import Reason, hardest
from jiyue.build.rules import Stale, cluster_rules
from jiyue.catalogue.summary import Summary
from jiyue.catalogue.withholding import ALIASES, FILE, STALE, Withheld, rows_of
from jiyue.registry.site import Registry, Site


def withheld_rows(
    root: Path,
    registry: Registry,
    summaries: Mapping[str, Summary],
    failed: Iterable[str],
    now: str,
    messages: list[str],
) -> list[Withheld]:
    """One row for each article, or whole site (path ""), missing from the output now; sorted, without duplicates.

    Errors are those of the scan: findings of linkage don't withhold the article's own page. failed: sites whose build
    failed. The content of a site with a broken file is scanned all the same: what was withdrawn there has to be removed
    from its last release. messages: receives what else has to be reported.
    """
    broken = sorted({*registry.broken} - {"cluster"})
    rows = [Withheld(site, "", Reason.ERROR) for site in sorted({*broken, *failed} - {"cluster"})]
    for one in registry.sites.values():
        mine = _rows_of(one.id, summaries[one.id], now)
        # what can't be read says no end of its own
        rows += (replace(r, reason=hardest(r.reason, Reason.EXPIRED)) for r in mine) if one.is_closed(now) else mine
    for site in broken:
        try:
            rows += _rows_of(site, summary_of_broken(root, registry, site, now), now)
        except Exception as problem:  # must not stop other sites
            messages.append(
                f"站点 {site} 的站点文件有错误，它的稿件也没有读完，撤回、到期的内容可能仍在线上：{problem!r}"
            )
    worst: dict[tuple[str, str], Withheld] = {}
    for row in rows:
        known = worst.setdefault((row.site, row.path), row)
        reason, url = hardest(known.reason, row.reason), known.url or row.url
        worst[row.site, row.path] = Withheld(row.site, row.path, reason, url)
    return [_as_it_says(root, worst[key], now) for key in sorted(worst)]


def _rows_of(site: str, summary: Summary, now: str) -> Iterator[Withheld]:
    for hidden in summary.hidden:
        if why := hidden.why(now):
            yield Withheld(site, hidden.source_path, why, f"/{hidden.path}" if hidden.path else "")
    for path in summary.drafts:
        yield Withheld(site, path, Reason.DRAFT)


def summary_of_broken(root: Path, registry: Registry, site: str, now: str) -> Summary:
    """The summary of a site with a broken file, as far as it depends on no setting of the site."""
    from jiyue.build.verdicts import scan_and_judge  # noqa: PLC0415  (heavy, and rare)

    plain = Site(site, site, site, "county", f"https://{site}.invalid", (), defaultdict(str), ())
    return scan_and_judge(
        root, Stale(plain, "", "", None), Cache(None), "", cluster_rules(root, registry, now, Cache(None))
    )


def _as_it_says(root: Path, row: Withheld, now: str) -> Withheld:
    """The row of an article without an address, with the harder of its reason and the one that its front matter gives."""
    if row.url or not row.reason.stays or not row.path.endswith((".md", ".markdown")):
        return row
    try:
        text = (root / row.path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return row
    from jiyue.catalogue.unread import meant_hidden  # noqa: PLC0415  (few articles can't be read)

    return replace(row, reason=hardest(row.reason, meant_hidden(text, now)))


def write_withheld(
    output: Path,
    rows: list[Withheld],
    registry: Registry,
    summaries: Mapping[str, Summary],
    chosen: Collection[str],
) -> None:
    """Write the files if they differ. chosen: the sites that were built (() for all).

    Old rows of other sites stay, because their output still lacks these articles. New rows of other sites count, too:
    their output may still show such an article, and where it is pushed to a chosen site it is withheld.
    """
    path = output / FILE
    left: list[str] = []
    if chosen:
        old = rows_of(_old(path, list))
        places = {_place(r) for r in rows}
        rows = sorted([*(r for r in old if r.site not in chosen and _place(r) not in places), *rows], key=_place)
        missed = registry.urls.keys() - set(chosen)
        # the root's search of all sites uses the documents of each site's last build
        left = sorted({*missed, registry.cluster.root}) if missed else []
    _write(path, [asdict(row) for row in rows])
    _write(output / STALE, left)
    aliases: dict[str, dict[str, str]] = {} if not chosen else _old(output / ALIASES, dict)
    for site, summary in summaries.items():
        if not chosen or site in chosen:
            aliases[site] = summary.aliases
    _write(output / ALIASES, {site: urls for site, urls in sorted(aliases.items()) if urls})


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
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, "utf-8")
    new.replace(path)
