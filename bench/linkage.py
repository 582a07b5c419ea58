"""Measures what happens between sites, one JSON line per step: an article pushed to all of them, changed, withdrawn.

    python -m bench.linkage [SITES ARTICLES] [--search] [--work DIR]

Three levels: a province, prefectures, ten counties below each. The texts are those of `python -m bench`. Every step is the
command in a process of its own. Lines give wall and CPU seconds, the free cores before it, and which files of the output
changed, by what they are.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.build import clusters, corpus
from bench.build.measure import free_cores, run

BELOW = 10
"""Counties of a prefecture."""
TITLE = "关于独一无二事项的通知"


def make(work: Path, sites: int, articles: int, *, search: bool) -> clusters.Jiyue:
    """A cluster of three levels in an empty folder."""
    cluster = clusters.make(work, sites, articles, None)[0]
    ids = sorted(path.stem for path in (cluster.root / "sites").glob("s*.yaml"))
    prefectures = max(1, (len(ids) - 1) // (BELOW + 1))
    for at, name in enumerate(ids[1:]):
        path = cluster.root / "sites" / f"{name}.yaml"
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        county = at >= prefectures
        data |= {"kind": "county", "superior": ids[1 + at % prefectures]} if county else {"kind": "prefecture"}
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    for name in ids:
        path = cluster.root / "sites" / f"{name}.yaml"
        data = json.loads(path.read_text("utf-8"))
        data["columns"][0] |= {"type": "通知公告"}
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    if search:
        path = cluster.root / "sites" / "cluster.yaml"
        path.write_text(path.read_text("utf-8").replace("search: off\n", ""), "utf-8")
    return cluster


def state(output: Path) -> dict[str, tuple[int, int]]:
    """Path -> (inode, time of change) of every file that is published; the build never rewrites one in place."""
    found = {}
    for path in output.rglob("*"):
        name = path.relative_to(output).as_posix()
        if path.is_file() and not name.startswith("_cluster/"):
            info = path.stat()
            found[name] = info.st_ino, info.st_mtime_ns
    return found


def what(path: str) -> str:
    """What a published file is, without its site."""
    inside = path.partition("/")[2]
    for form, kind in (
        (r"index\.html", "home"), (r"[^/]+/index\.html", "first page of a list"), (r"[^/]+/index_\d+\.html", "later page of a list"),
        (r"sitemap\.html", "site map"), (r"[^/]+/feed\..*|feed\..*|feeds/.*", "feed"), (r"api/.*", "open data"), (r"search/.*", "search"),
        (r"sitemap.*\.xml", "sitemap"), (r".*\.html", "article"),
    ):  # fmt: skip
        if re.fullmatch(form, inside):
            return kind
    return "other"


def step(name: str, cluster: clusters.Jiyue) -> None:
    """Build, and print what it cost and what changed."""
    before, free = state(cluster.output), free_cores()
    used = run(cluster.commands(), 1)
    after = state(cluster.output)
    changed = [path for path in after if before.get(path) != after[path]]
    gone = before.keys() - after.keys()
    row = {
        "step": name, "wall": round(used.wall, 2), "cpu": round(used.cpu, 2), "mb": round(used.peak), "free": round(free, 2),
        "changed": dict(Counter(map(what, changed))) if before else len(changed), "gone": dict(Counter(map(what, gone))),
    }  # fmt: skip
    print(json.dumps(row, ensure_ascii=False), flush=True)


def main() -> None:
    """Run the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sites", type=int, nargs="?", default=100)
    parser.add_argument("articles", type=int, nargs="?", default=100)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    work = given.work or Path(tempfile.mkdtemp(prefix="jiyue-linkage-"))
    try:
        cluster = make(work / "cluster", given.sites, given.articles, search=given.search)
        source = cluster.root / "content" / "s001" / "tzgg" / "pushed.md"
        picture = source.with_suffix(".png")
        text = f"---\ntitle: {TITLE}\ndate: 2026-11-20 09:30\npush_down: all\n---\n\n各地要抓好落实。\n\n![图示](pushed.png)\n"
        step("cold", cluster)
        step("no change", cluster)
        source.with_name("local.md").write_text(
            re.sub(r"push_down.*\n|!.*", "", text).replace(TITLE, "本站的通知"), "utf-8"
        )
        step("an article of the province alone", cluster)
        picture.write_bytes(corpus.png(1))
        source.write_text(text, "utf-8")
        step("push to all", cluster)
        source.write_text(text.replace("抓好", "认真抓好"), "utf-8")
        step("change the pushed text", cluster)
        source.write_text(text.replace("push_down", "withdraw: {at: 2026-11-21, reason: 有误}\npush_down"), "utf-8")
        step("withdraw", cluster)
        title = TITLE.encode()
        left = [path for path in cluster.output.rglob("*") if path.is_file() and title in path.read_bytes()]
        print(json.dumps({"files that still name it": [str(p.relative_to(cluster.output)) for p in left]}))
    finally:
        if not given.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
