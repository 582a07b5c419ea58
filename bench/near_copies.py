"""Measures the search for near-copies over real documents: `python -m bench near_copies --texts DIR`.

Each text is written as an article of one of ten sites; the first run reads and sketches all of them, the second reads what was kept,
with one article changed. The goal is at most 1 ms of CPU an article, reading included.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from jiyue.audit.measures.facts import Facts, Row
from jiyue.audit.measures.spans import END, FIRST
from jiyue.audit.near_copies import near_copies
from jiyue.base.cache import Cache

SITES = 10


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--texts", type=Path, required=True, help="a folder of texts (.md, .txt), read with all below it"
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--length", type=int, default=1_500, help="characters of an article")
    parser.add_argument("--work", type=Path, default=Path("/tmp/jiyue-bench-near"))
    given = parser.parse_args()
    shutil.rmtree(given.work, ignore_errors=True)
    whole = "".join(path.read_text("utf-8", "replace") for path in sorted(given.texts.rglob("*.md")))
    pieces = [
        whole[at : at + given.length]
        for at in range(0, len(whole) - given.length, max(1, len(whole) // given.articles))
    ]
    facts = {f"s{n}": Facts([], [], []) for n in range(SITES)}
    for n, text in enumerate(pieces[: given.articles]):
        path = given.work / "content" / f"s{n % SITES}" / f"{n}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        name = path.relative_to(given.work).as_posix()
        row = Row(name, f"{n}.html", "a", "news", f"{n}", "2026-11-20", FIRST, END, [], {}, 1, f"{n}")
        facts[f"s{n % SITES}"].rows.append(row)
    count = sum(len(one.rows) for one in facts.values())
    cache = Cache(given.work / "store")
    print(f"{count} articles of {given.length} characters on {SITES} sites      CPU s   ms an article   groups")
    for name in ("first", "nothing changed", "one changed"):
        began = time.process_time()
        groups = near_copies(given.work, facts, cache)
        spent = time.process_time() - began
        print(f"{name:<40}{spent:8.2f} {1000 * spent / count:12.2f} {len(groups):10}")
        if name == "nothing changed":
            rows = facts["s0"].rows
            rows[0] = rows[0]._replace(digest="changed")


if __name__ == "__main__":
    main()
