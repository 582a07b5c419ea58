"""The output folder itself: ownership, removal of stale sites, and the internal list of sites."""

from __future__ import annotations

import json
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.build.options import Options
from jiyue.build.planning import output_key
from jiyue.catalogue.summary import Summary
from jiyue.linkage.push_down import Linked
from jiyue.linkage.report_up import Report, lines
from jiyue.registry.site import Registry

FOREIGN = error(
    "output-foreign", "输出目录里有别的文件", "构建会删除输出目录里不属于站点的文件，因此拒绝使用放着别的东西的目录。"
)


_REPORTS = {"dashboard", "moves"}
"""Folders of `_cluster` that are written without a build."""


def foreign(options: Options, registry: Registry, cache: Cache) -> Diagnostic | None:
    """A finding for an output folder with foreign files, because a build deletes what doesn't belong to a site; else None."""
    output = options.output
    if not output.is_dir() or (output / "_cluster" / "sites.json").is_file():
        return None
    internal = output / "_cluster"  # nothing of the reports is deleted
    ours = {*registry.sites, *(["_cluster"] if set(_names(internal)) <= _REPORTS else [])}
    others = sorted(p.name for p in output.iterdir() if p.name not in ours and not p.name.startswith("."))
    if cache.has(f"output/{output_key(options)}"):
        return None
    for site in registry.sites:
        folder = output / site
        if folder.is_dir() and any(folder.iterdir()):
            others.append(site)
    if not others:
        return None
    hint = "换一个空目录，或先清空它"
    return FOREIGN.at(str(output), 0, "输出目录里有不是本平台生成的文件：" + "、".join(others[:5]), hint)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def remove_others(options: Options, registry: Registry, cache: Cache) -> None:
    """Remove the outputs of sites that are gone or withheld."""
    for folder in options.output.iterdir() if options.output.is_dir() else ():
        ours = folder.name in registry.sites or folder.name == "_cluster" or folder.name.startswith(".")
        if folder.is_dir() and not ours:
            import shutil  # noqa: PLC0415  (3 ms with all that it imports)

            shutil.rmtree(folder)
            cache.drop(f"output/{output_key(options)}/{folder.name}.json")


def write_internal(options: Options, registry: Registry, summaries: dict[str, Summary]) -> None:
    """Write `_cluster/sites.json`: the list that `serve` shows, which also marks the folder as ours."""
    sites = [
        {
            "id": s.id,
            "name": s.name,
            "kind": s.kind,
            "url": s.url,
            "superior": s.superior,
            "articles": summaries[s.id].articles,
        }
        for s in registry.sites.values()
    ]
    text = json.dumps({"name": registry.cluster.name, "sites": sites}, ensure_ascii=False, indent=1) + "\n"
    _write(options.output / "_cluster" / "sites.json", text)


def write_receipts(options: Options, registry: Registry, linked: Linked) -> None:
    """Write the receipts of push-down; no file where nothing is pushed down."""
    path = options.output / "_cluster" / "receipts.jsonl"
    if not linked.arrived and not linked.refusals:
        path.unlink(missing_ok=True)
        return
    from jiyue.linkage.receipts import receipts  # noqa: PLC0415  (only where articles are pushed down)

    _write(path, "".join(f"{line}\n" for line in receipts(registry, linked)))


def write_reports(options: Options, reports: list[Report]) -> None:
    """Write the receipts of report-up; no file where nothing is reported."""
    path = options.output / "_cluster" / "reports.jsonl"
    if reports:
        _write(path, lines(reports))
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
