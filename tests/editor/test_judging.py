"""What judging passes, `check` passes: the same findings for the same text at the same place, before it is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.checks.article.review import RULES as REVIEW
from jiyue.editor.judging import Judge
from tests.support.cases import cases_folder
from tests.support.cluster import new_cluster
from tests.support.slips import AROUND, BODIES, FILES, article

REVIEWED = {rule.id for rule in REVIEW}


def said(findings: list[Diagnostic]) -> dict[str, list[str]]:
    by_path: dict[str, list[str]] = {}
    for one in findings:
        if one.rule not in REVIEWED:
            by_path.setdefault(one.path, []).append(str(one))
    return by_path


def checked(root: Path) -> dict[str, list[str]]:
    return said(check(Options(root, root / "output", jobs=1, now=NOW)).diagnostics)


NOW = "2026-11-28 09:00"


def test_slips_are_judged_as_check_judges_them(tmp_path: Path) -> None:
    slips: dict[str, bytes] = {
        f"content/cc/tzgg/20261120-s{n}.md": article(body, f"稿件第{n}篇").encode()
        for n, (body, _) in enumerate(BODIES.values())
    }
    there, here = tmp_path / "there", tmp_path / "here"
    new_cluster(there, {**AROUND, **slips})
    new_cluster(here, {**AROUND, **dict.fromkeys(slips, article("正文。"))})  # as many, so the lists are as long
    wanted, judge = checked(there), Judge(here)
    for path, data in slips.items():
        assert said(judge.findings(path, data, now=NOW)) == ({path: wanted[path]} if path in wanted else {}), path
    assert len(wanted) > 10
    assert (here / path).read_text() == article("正文。")


def articles_of(name: str) -> list[str]:
    return [path for path in FILES[name][0] if path.endswith(".md")]


@pytest.mark.parametrize("name", [name for name in FILES if len(articles_of(name)) == 1])
def test_files_beside_are_judged_with_the_article(name: str, tmp_path: Path) -> None:
    files = {path: data.encode() if isinstance(data, str) else data for path, data in FILES[name][0].items()}
    site = {path: data for path, data in files.items() if path.startswith("sites/")}
    mine = {path: data for path, data in files.items() if path not in site}
    [path] = articles_of(name)
    there, empty = tmp_path / "there", tmp_path / "empty"
    new_cluster(there, {**AROUND, **files})
    new_cluster(empty, {**AROUND, **site})
    data = mine.pop(path)
    wanted = {one: found for one, found in checked(there).items() if one in {path, *mine}}
    assert said(Judge(empty).findings(path, data, mine, now=NOW)) == wanted


def test_every_case_is_judged_as_check_judges_it(tmp_path: Path) -> None:
    judged = 0
    for case in sorted(cases_folder().iterdir()):
        if not (case / "sites" / "cluster.yaml").is_file():
            continue
        root = tmp_path / case.name
        shutil.copytree(case, root)
        wanted, judge = checked(root), Judge(root)
        for path in sorted(root.glob("content/*/**/*.md")):
            source = path.relative_to(root).as_posix()
            try:
                found = said(judge.findings(source, path.read_bytes(), now=NOW))
            except KeyError:  # of a broken site
                continue
            assert found == {key: value for key, value in wanted.items() if key == source}, source
            judged += 1
    assert judged > 20
