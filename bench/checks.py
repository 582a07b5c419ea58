"""Measures the content rules on articles of 2.2 kB. Texts: JIYUE_REAL_TEXTS, else a built-in one.

JIYUE_REAL_TEXTS=… python bench/checks.py
"""

from __future__ import annotations

import datetime
import os
import random
import time
import timeit
from collections.abc import Callable
from pathlib import Path

from jiyue.checks.article import markup
from jiyue.checks.article.links import link_findings
from jiyue.checks.text import wording
from jiyue.checks.text.content import CheckSettings, content_findings
from jiyue.checks.text.model import Text

SIZE = 2200
SENTENCE = (
    "各县（市、区）人民政府要加强组织领导，明确责任分工，"
    "于2026年11月20日前将落实情况报省政府办公厅（电话：0431-88900000）。\n\n"
)


def articles(count: int = 400) -> list[str]:
    """Pieces of SIZE bytes of real documents; without these, one sentence repeated."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        return [(SENTENCE * 40).encode()[:SIZE].decode(errors="ignore")] * count
    pieces = []
    for path in sorted(Path(folder, "documents").rglob("*")):
        if path.suffix in (".md", ".txt"):
            data = path.read_bytes()
            pieces += [data[at : at + SIZE].decode(errors="ignore") for at in range(0, len(data) - SIZE, SIZE)]
    return random.Random(1).sample(pieces, count)


def microseconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Processor time per text, the best of fifteen rounds over all of them."""
    rounds = timeit.repeat(lambda: [work(text) for text in texts], timer=time.process_time, number=1, repeat=15)
    return min(rounds) / len(texts) * 1e6


def main() -> None:
    """Print one line per measurement."""
    settings = CheckSettings(terms=wording.load_terms([wording.SHIPPED], datetime.date(2026, 11, 23)))
    texts = articles()
    quiet = [text for text in texts if not content_findings(Text("s", "p", text), settings)]
    print(f"{len(texts)} texts of {SIZE} bytes, {len(quiet)} without a finding")
    works: dict[str, Callable[[str], object]] = {
        "prefilter": lambda text: settings.prefilter(text.encode()),
        "links": lambda text: link_findings(Text("s", "p", text)),
        "raw HTML": lambda text: markup.find(Text("s", "p", text)),
        "ALL RULES": lambda text: content_findings(Text("s", "p", text), settings),
    }
    for name, work in works.items():
        print(f"{name:16} {microseconds(work, quiet):7.1f} µs")
    print(f"{'all, any text':16} {microseconds(works['ALL RULES'], texts):7.1f} µs")


if __name__ == "__main__":
    main()
