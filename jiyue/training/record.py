"""Writes a result of the training ground into a cluster's register of exercises (jiyue.resources.entries.EXERCISES)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from jiyue.base.diagnostics import did_you_mean
from jiyue.catalogue.registers import rows_of
from jiyue.linkage.exchange import replaced
from jiyue.registry.site import Registry
from jiyue.resources.collect import place
from jiyue.resources.entries import EXERCISES, Exercise

GROUND = "练习场"


class Refused(ValueError):
    """The result can't be written; str() is Chinese."""


def record(root: Path, registry: Registry, site: str, post: str, day: str, done: int, of: int) -> tuple[Path, bool]:
    """Add the result of a post of a site to the site's register. Returns the file, and whether it was not there already.

    Raises Refused: no such post, a register in YAML or with rows in error.
    """
    units = {one["post"]: one["unit"] for one in registry.sites[site].officers}
    if post not in units:
        raise Refused(
            f"站点 {site} 没有岗位「{post}」。{did_you_mean(post, units) or '岗位写在站点文件的 officers 里'}"
        )
    path = place(root, site, EXERCISES)
    shown = path.relative_to(root).as_posix()
    if path.with_suffix(".yaml").is_file():
        raise Refused(f"{path.with_suffix('.yaml').relative_to(root)} 是 YAML，成绩写在 CSV 里：先把它改成 CSV")
    before = path.read_bytes() if path.is_file() else b""
    rows, found = rows_of(before, shown, EXERCISES, site)
    if found:
        raise Refused(f"{shown} 第 {found[0].line} 行有错（{found[0].message}），先改正再记成绩")
    entry = Exercise(date=day, unit=units[post], post=post, exercise=GROUND, done=done, of=of)
    if entry in [row.entry for row in rows]:
        return path, False
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EXERCISES.columns.values())
    for one in (*(row.entry for row in rows), entry):
        writer.writerow(one.model_dump().values())
    path.parent.mkdir(parents=True, exist_ok=True)
    replaced(path, text.getvalue().encode())
    return path, True
