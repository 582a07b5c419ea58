"""Near-copies are found at known shares, in the same groups whatever the order, without false alarms over real texts."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from jiyue.audit.measures.facts import Facts, Row
from jiyue.audit.measures.spans import END, FIRST
from jiyue.audit.near_copies import ALIKE, SHORTEST, near_copies, pairs, share, sketch
from jiyue.base.cache import Cache
from tests.support.search import real_texts

WORDS = [chr(0x4E00 + n) for n in range(2000)]


def a_text(rng: random.Random, length: int = 900) -> str:
    return "".join(rng.choices(WORDS, k=length))


def mixed(rng: random.Random, text: str, alike: float) -> str:
    """A text of the same length that has this share of the pairs of both in common."""
    kept = int(len(text) * 2 * alike / (1 + alike))
    return text[:kept] + a_text(rng, len(text) - kept)


class Site:
    """Files of several sites, and their facts."""

    def __init__(self, root: Path) -> None:
        self.root, self.facts = root, dict[str, Facts]()

    def add(
        self, site: str, name: str, text: str, date: str = "2026-11-20", kind: str = "news", **extra: object
    ) -> None:
        path = f"content/{site}/{name}.md"
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: {name}\n---\n{text}", "utf-8")
        row = Row(path, f"{name}.html", "a", kind, name, date, FIRST, END, [], dict(extra), 4, text)
        self.facts.setdefault(site, Facts([], [], [])).rows.append(row)

    def groups(self, cache: Cache | None = None) -> list[list[tuple[str, int]]]:
        found = near_copies(self.root, self.facts, cache or Cache(None))
        return [[(f"{one.site}/{one.title}", one.percent) for one in group] for group in found]


@pytest.mark.parametrize(("alike", "found"), [(0.98, True), (0.9, True), (0.85, True), (0.7, False), (0.5, False)])
def test_copies_are_found_from_a_share_on(tmp_path: Path, alike: float, found: bool) -> None:
    rng, site = random.Random(3), Site(tmp_path)
    for n in range(20):
        text = a_text(rng)
        site.add("jilin", f"o{n}", text)
        site.add("cc", f"c{n}", mixed(rng, text, alike), "2026-11-21")
    assert len(site.groups()) == (20 if found else 0)


def test_the_estimate_is_near_the_share() -> None:
    rng = random.Random(4)
    for alike in (0.9, 0.6, 0.2):
        text = a_text(rng, 3000)
        other = mixed(rng, text, alike)
        assert share(np.unique(pairs(text)), np.unique(pairs(other))) == pytest.approx(alike, abs=0.03)
        one, two = sketch(text), sketch(other)
        assert one is not None and two is not None
        assert float(np.mean(one == two)) == pytest.approx(alike, abs=0.15)
    assert sketch("短" * SHORTEST) is None
    assert share(pairs(""), pairs("")) == 1.0


def test_groups_name_the_oldest_first_and_leave_out_what_says_it_is_a_copy(tmp_path: Path) -> None:
    rng, site = random.Random(5), Site(tmp_path)
    text = a_text(rng)
    spaced = "，\n".join(text[n : n + 20] for n in range(0, len(text), 20))
    site.add("jilin", "原文", text, "2026-11-19")
    site.add("cc", "照搬", spaced, "2026-11-20")
    site.add("cc", "又一次", text, "2026-11-22")
    site.add("na", "改写", mixed(rng, text, 0.9), "2026-11-21")
    site.add("jtt", "转载", text, repost_of={"name": "省政府"})
    site.add("jtt", "指南", text, kind="guide")
    site.add("jtt", "年报", text, annual_report="2025")
    site.add("jilin", "自己的", mixed(rng, text, 0.95), "2026-11-23")  # of the oldest's own site
    site.add("jtt", "另一篇", a_text(rng))
    [group] = site.groups()
    assert [name for name, _ in group] == ["jilin/原文", "cc/照搬", "na/改写", "cc/又一次"]
    assert [percent for _, percent in group][:2] == [100, 100]
    assert 100 * ALIKE <= group[2][1] < 95

    cache = Cache(tmp_path / "store")
    assert site.groups(cache) == [group]
    (tmp_path / "content").rename(tmp_path / "gone")  # nothing is read again
    assert site.groups(cache) == [group]
    shuffled = Site(tmp_path)
    (tmp_path / "gone").rename(tmp_path / "content")
    shuffled.facts = {name: Facts(one.rows[::-1], [], []) for name, one in reversed(site.facts.items())}
    assert shuffled.groups() == [group]


def test_real_documents_are_not_taken_for_each_other(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for n, (title, text) in enumerate(real_texts()):
        site.add(("jilin", "cc", "na")[n % 3], f"{n}-{title[:20].replace('/', '')}", text)
    groups = site.groups()
    assert not groups, groups[:5]
    first = next(iter(site.facts["jilin"].rows))
    body = (tmp_path / first.path).read_text("utf-8").split("---\n", 2)[2]
    site.add("na", "抄来的", body.replace("应当", "应该"), "2026-11-22")
    assert [[name.partition("/")[0] for name, _ in group] for group in site.groups()] == [["jilin", "na"]]
