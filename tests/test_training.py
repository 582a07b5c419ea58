"""The training ground: each exercise has the slip that it says, and none once it is mended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.catalogue.scaffold import Refused
from jiyue.training.exercises import RESULTS, SITE, exercises, mend, results, start, write_results
from tests.support.cluster import TODAY, ClusterFolder
from tools.make_training import PAGE, page

NOW = f"{TODAY} 09:00"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training") / "ground"
    start(folder)
    return folder


def options(root: Path) -> Options:
    return Options(root, root / "output", now=NOW, jobs=1)


def test_the_check_says_to_each_exercise_what_it_teaches_and_nothing_else(ground: Path) -> None:
    given = results(options(ground))
    assert len(given) == len(exercises()) >= 12
    assert {one.exercise.number: tuple(f.rule for f in one.findings) for one in given} == {
        one.number: one.rules for one in exercises()
    }
    assert not any(one.passed for one in given)
    about = {path for one in exercises() for path in one.paths}
    assert {one.path for one in check(options(ground)).diagnostics} <= about


def test_the_page_of_the_training_ground_is_that_of_its_exercises() -> None:
    assert PAGE.read_text("utf-8") == page(), "make docs"


def test_mended_it_publishes_and_says_who_is_done(tmp_path: Path) -> None:
    root = tmp_path / "ground"
    start(root)
    first, *rest = exercises()
    mend(root, first)
    given = results(options(root))
    assert [one.exercise.number for one in given if one.passed] == [1]
    rows = json.loads(write_results(root, given, NOW).read_text("utf-8"))
    assert rows["checked"] == NOW
    assert rows["exercises"][0] == {"number": 1, "title": "字段名写错", "passed": True, "rules": []}
    assert rows["exercises"][1]["rules"] == ["article-field"]
    for one in rest:
        mend(root, one)
    command = [sys.executable, "-m", "jiyue", "training", "--root", str(root), "--today", TODAY, "--jobs", "1"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert f"{len(exercises())} 题做完 {len(exercises())} 题" in said
    assert "全部做完了" in said
    built = ClusterFolder(root).build()
    assert (built.exit_code, built.diagnostics) == (0, [])
    kept = sum((root / one.article).is_file() for one in exercises())
    words = [one.keep[0] for one in exercises() if one.keep]
    assert kept == len(words)
    shown = "".join(path.read_text("utf-8") for path in (built.output / SITE).rglob("*.html"))
    assert all(word in shown for word in words)


def test_deleting_hiding_or_emptying_an_article_does_not_mend_it(tmp_path: Path) -> None:
    root = tmp_path / "ground"
    start(root)
    one, two, three = exercises()[:3]
    (root / one.article).unlink()
    (root / two.article).write_text("---\ntitle: 二\ndate: 2025-03-01 09:00\nstatus: draft\n---\n供水。\n", "utf-8")
    (root / three.article).write_text("---\ntitle: 三\ndate: 2025-03-01 09:00\n---\n别的。\n", "utf-8")
    assert [given.why for given in results(options(root))[:3]] == [
        f"{one.article} 不见了", "文章没有公开", "文章里少了“植树”，只改有错的地方"
    ]  # fmt: skip


def test_the_folder_has_tasks_and_solutions_and_is_never_written_over(ground: Path) -> None:
    tasks = (ground / "README.md").read_text("utf-8")
    for one in exercises():
        assert one.find in tasks
        assert one.mend not in tasks
        assert one.mend in (ground / f"solutions/{one.number:02}.md").read_text("utf-8")
    with pytest.raises(Refused):
        start(ground)
    assert not (ground / RESULTS).exists()
