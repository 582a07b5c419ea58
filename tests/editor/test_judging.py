"""What judging passes, `check` passes: the same findings for the same text at the same place, before it is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.checks.article.review import RULES as REVIEW
from jiyue.editor.around import LARGE
from jiyue.editor.judging import Judge
from tests.support.cases import cases_folder
from tests.support.cluster import new_cluster
from tests.support.repository import committed
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


@pytest.mark.parametrize("large", [LARGE, 0])
def test_slips_are_judged_as_check_judges_them(large: int, tmp_path: Path) -> None:
    slips: dict[str, bytes] = {
        f"content/cc/tzgg/20261120-s{n}.md": article(body, f"稿件第{n}篇").encode()
        for n, (body, _) in enumerate(BODIES.values())
    }
    there, here = tmp_path / "there", tmp_path / "here"
    new_cluster(there, {**AROUND, **slips})
    new_cluster(here, {**AROUND, **dict.fromkeys(slips, article("正文。"))})  # as many, so the lists are as long
    wanted, judge = checked(there), Judge(here, large)
    for path, data in slips.items():
        assert said(judge.findings(path, data, now=NOW)) == ({path: wanted[path]} if path in wanted else {}), path
    assert len(wanted) > 10
    assert (here / path).read_text() == article("正文。")


def articles_of(name: str) -> list[str]:
    return [path for path in FILES[name][0] if path.endswith(".md")]


@pytest.mark.parametrize("large", [LARGE, 0])
@pytest.mark.parametrize("name", [name for name in FILES if len(articles_of(name)) == 1])
def test_files_beside_are_judged_with_the_article(name: str, large: int, tmp_path: Path) -> None:
    files = {path: data.encode() if isinstance(data, str) else data for path, data in FILES[name][0].items()}
    site = {path: data for path, data in files.items() if path.startswith("sites/")}
    mine = {path: data for path, data in files.items() if path not in site}
    [path] = articles_of(name)
    there, empty = tmp_path / "there", tmp_path / "empty"
    new_cluster(there, {**AROUND, **files})
    new_cluster(empty, {**AROUND, **site})
    data = mine.pop(path)
    wanted = {one: found for one, found in checked(there).items() if one in {path, *mine}}
    assert said(Judge(empty, large).findings(path, data, mine, now=NOW)) == wanted


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_every_case_is_judged_as_check_judges_it(every: int, tmp_path: Path) -> None:
    judged = 0
    for case in sorted(cases_folder().iterdir())[::every]:
        if not (case / "sites" / "cluster.yaml").is_file():
            continue
        root = tmp_path / case.name
        shutil.copytree(case, root)
        wanted, judges = checked(root), [Judge(root), Judge(root, 0)]
        for path in sorted(root.glob("content/*/**/*.md")):
            source = path.relative_to(root).as_posix()
            try:
                found = [said(judge.findings(source, path.read_bytes(), now=NOW)) for judge in judges]
            except KeyError:  # of a broken site
                continue
            assert found == [{key: value for key, value in wanted.items() if key == source}] * 2, source
            judged += 1
    assert judged > 20 // every


def test_of_a_large_site_the_same_is_found(tmp_path: Path) -> None:
    """The demonstration's articles, with a link to each kind of neighbour, looked at whole and narrowed."""
    root = committed(tmp_path / "demo", "sites", "content/changchun")
    whole, narrow = Judge(root), Judge(root, 0)
    paths = sorted(path for path in root.glob("content/changchun/**/*.md"))
    sources = [path.relative_to(root / "content/changchun").as_posix() for path in paths]
    links = "\n\n".join(
        [f"[甲](/{one}) [乙](/{one.upper()}) [丙](/{one.replace('.md', '.html')}#x)" for one in sources[::9]]
        + [
            "[丁](https://www.changchun.jl.example/tzgg/) [戊](https://www.changchun.jl.example/tzgg/none.html) [己](/tzgg/index_3.html)"
        ]
    )
    for path in paths[::21]:
        source = path.relative_to(root).as_posix()
        data = path.read_bytes() + f"\n\n{links}\n".encode()
        assert said(narrow.findings(source, data, now=NOW)) == said(whole.findings(source, data, now=NOW)), source
        copy = source.replace(".md", "-2.md")
        assert said(narrow.findings(copy, data, now=NOW)) == said(whole.findings(copy, data, now=NOW)), copy
