"""A survey's page shows whether it is open, also where it was pushed to; a build after its end updates it."""

from __future__ import annotations

import re

import pytest

from tests.support.cluster import Built

SURVEY = (
    "---\ntitle: 一次征集\ndate: 2026-10-20 09:00\nslug: s\nkind: survey\nopens: 2026-11-01\ncloses: {closes}\n"
    "push_down: all\n---\n正文。\n"
)
COLUMNS = "columns: [{path: zjdc, name: 征集调查, type: 征集调查}]\n"
SITES = {
    "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{COLUMNS}",
    "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n{COLUMNS}",
}


def states(built: Built) -> set[str]:
    """The state on every page of the survey."""
    pages = [
        data.decode()
        for name, data in built.files().items()
        if name.endswith(".html") and "kind-survey" in data.decode()
    ]
    assert len(pages) == 2, "its own page and the pushed one"
    return {re.findall(r'<span class="state[^"]*">([^<]*)<', page)[0] for page in pages}


@pytest.mark.parametrize(
    ("closes", "days"),
    [
        ("2026-11-20", {"2026-10-31": "尚未开始", "2026-11-01": "进行中", "2026-11-20T23:59": "进行中", "2026-11-21": "已结束"}),
        ("2026-11-20 17:00", {"2026-11-20T16:59": "进行中", "2026-11-20T17:00": "已结束"}),
    ],
)  # fmt: skip
def test_a_survey_says_whether_it_is_open(new_folder: object, closes: str, days: dict[str, str]) -> None:
    folder = new_folder({**SITES, "content/jilin/zjdc/a.md": SURVEY.format(closes=closes)})  # type: ignore[operator]
    for day, state in days.items():
        built = folder.build(today=day)
        assert states(built) == {state}, day
        clean = folder.build("--no-cache", today=day, output=folder.root / "clean")
        assert states(clean) == {state}
