"""`jiyue audit` of a small built cluster: verdicts, evidence, formats, the parts kept between audits."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import jiyue.audit.pages
from jiyue.audit.due import Due
from jiyue.audit.ics import file_name
from jiyue.audit.measures.measurement import Finding
from jiyue.audit.pages import _changed, _Kept
from jiyue.base.icalendar import fold
from jiyue.cli.app import application
from jiyue.render.written import Written
from tests.support.cluster import ClusterFolder, new_cluster

TODAY = "2026-11-23"
COLUMNS = """columns:
  - {path: yw, name: 要闻, type: 工作动态, max_age_days: 14, owner: 宣传科, description: 本市的要闻, keywords: [要闻]}
  - {path: zxts, name: 咨询, type: 咨询投诉, max_age_days: 90, owner: 信访科, description: 来信和答复, keywords: [来信]}
  - {path: kong, name: "空,白", owner: =cmd}
"""
MEETING = "会议研究了停车泊位的共享办法，决定错时开放。\n"
FILES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\nsearch: off\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.gov.cn\nprofile: national\nsite_id_code: 9922000001\n"
    "sponsor: 办公厅\ncontact: 0431-1\nicp: 备1号\npolice_no: 公安备1号\n" + COLUMNS,
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nprofile: strict\n"
    + COLUMNS,
    "sites/plain.yaml": "name: 没有方案的站点\nkind: county\nsuperior: jilin\nurl: https://www.plain.example\n",
    "sites/broken.yaml": "name: 写错的站点\nkind: countys\nsuperior: jilin\nurl: https://www.broken.example\n",
    "sites/profiles/strict.yaml": "name: 更严\nextends: national\nrules: {V3: {thresholds: {days: 2, warn_days: 1}}}\n",
    "content/jilin/yw/a.md": "---\ntitle: 省里的一次会议召开了\ndate: 2026-11-20 09:00\n---\n" + MEETING,
    "content/changchun/yw/a.md": "---\ntitle: 市里的一次会议召开了\ndate: 2026-11-20 09:00\n---\n联系人手机 13812345678。\n",
    "content/changchun/yw/b.md": "---\ntitle: 市里的另一次会议\ndate: 2026-11-20 10:00\n---\n见[附件](没有.pdf)。\n\n[点击这里](b.md)\n",
    "content/changchun/yw/c.md": "---\ntitle: 省里的一次会议召开了\ndate: 2026-11-21 10:00\n---\n" + MEETING,
    "content/changchun/zxts/letters.csv": "number,received,subject,kind,unit,replied,reply\n"
    "CC-1,2026-08-20,路灯不亮,投诉,城管局,,\nCC-2,2026-11-20,怎样办证,咨询,政务局,2026-11-20,带身份证到窗口。\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterFolder]:
    folder = new_cluster(tmp_path_factory.mktemp("audit"), FILES)
    git(folder.root, "init", "-q")
    git(folder.root, "add", "-A")
    git(folder.root, "commit", "-qm", "开站", day="2026-11-01")
    folder.write({"content/jilin/yw/late.md": "---\ntitle: 补写的稿件\ndate: 2026-11-05 09:00\n---\n补写。\n"})
    git(folder.root, "add", "-A")
    git(folder.root, "commit", "-qm", "补写", day="2026-11-15")
    folder.build(today=TODAY)
    yield folder


def git(root: Path, *args: str, day: str = TODAY) -> None:
    moment = f"{day}T08:00:00+08:00"
    people = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    env = {
        **people,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
        "HOME": str(root),
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    subprocess.run(["git", "-C", str(root), *args], check=True, env=env, capture_output=True)


def audit(folder: ClusterFolder, *args: str, today: str = TODAY) -> Result:
    return CliRunner().invoke(
        application("audit"), ["audit", "--root", str(folder.root), "--today", today, "--jobs", "1", *args]
    )


def found(folder: ClusterFolder, site: str, rule: str) -> list[dict[str, Any]]:
    return [
        one
        for one in json.loads(audit(folder, "--format", "json").stdout)
        if (one["site"], one["rule"]) == (site, rule)
    ]


def test_each_site_is_judged_by_its_own_profile_with_evidence(cluster: ClusterFolder) -> None:
    [home] = found(cluster, "changchun", "V3")
    assert (home["severity"], home["value"], home["since"], home["breaks_on"]) == ("warning", 2, "", "2026-11-24")
    [home] = found(cluster, "jilin", "V3")
    assert (home["severity"], home["value"], home["breaks_on"]) == ("none", 3, "2026-12-05")
    [letter] = found(cluster, "changchun", "V5b")
    assert (letter["severity"], letter["path"], letter["line"], letter["unit"], letter["since"], letter["key"]) == (
        "error", "content/changchun/zxts/letters.csv", 2, "城管局", "2026-11-21", "CC-1",
    )  # fmt: skip
    [phone] = found(cluster, "changchun", "V1c")
    assert (phone["severity"], phone["path"], phone["line"]) == ("warning", "content/changchun/yw/a.md", 5)
    assert phone["message"].endswith("（privacy-mobile）；没有公开")
    [dead] = found(cluster, "changchun", "D8")
    assert (dead["severity"], dead["path"], dead["line"]) == ("warning", "content/changchun/yw/b.md", 5)
    [late] = found(cluster, "jilin", "V1e")
    assert (late["severity"], late["path"], late["since"]) == ("error", "content/jilin/yw/late.md", "2026-11-15")
    assert re.fullmatch("[0-9a-f]{40}", late["commit"])
    [twin] = found(cluster, "changchun", "D25")
    assert "与 content/jilin/yw/a.md 标题相同，正文有 100% 相同" in twin["message"]
    facts = [one["key"] for one in found(cluster, "changchun", "D12")]
    assert facts == ["site_id_code", "sponsor", "contact", "icp", "police_no"]
    assert [one["key"] for one in found(cluster, "changchun", "V4c")] == ["kong"]


def test_finished_pages_are_looked_at_once(cluster: ClusterFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    [tags] = found(cluster, "changchun", "D11")
    assert (tags["status"], tags["severity"], tags["value"]) == ("decided", "none", 0)
    [link] = found(cluster, "changchun", "D21")
    assert (link["severity"], link["page"][:3]) == ("warning", "yw/"), link
    assert "（a11y-link）" in link["message"]
    [portal] = found(cluster, "changchun", "D17")
    assert (portal["severity"], portal["message"]) == ("none", "上级门户推荐栏目不同步：看了 1 项，没有问题")
    first = audit(cluster, "--format", "json").stdout
    monkeypatch.setattr(jiyue.audit.pages, "_look", lambda work: pytest.fail(f"opens {work.pages}"))
    assert audit(cluster, "--format", "json").stdout == first


def test_an_audit_leaves_nothing_out_and_says_what_it_could_not_decide(cluster: ClusterFolder) -> None:
    rows = json.loads(audit(cluster, "--format", "json").stdout)
    assert list(rows[0])[:9] == ["rule", "status", "value", "severity", "site", "path", "line", "message", "hint"]
    of_jilin = {row["rule"]: row["status"] for row in rows if row["site"] == "jilin"}
    assert len(of_jilin) == 48
    assert {row["rule"] for row in rows if row["site"] == "changchun"} == of_jilin.keys()
    assert of_jilin["V2"] == "undecidable"
    assert not [row for row in rows if row["status"] != "decided" and (not row["why"] or row["value"] is not None)]
    text = audit(cluster)
    assert text.exit_code == 1
    assert "2026-11-23：4 个站点，2 个有单项否决" in text.stdout
    alone = audit(cluster, "plain")
    assert alone.exit_code == 0
    assert "sites/plain.yaml:1: 扣分或提醒 指标方案 basic 没有给出检查指标" in alone.stdout
    broken = audit(cluster, "broken")
    assert broken.exit_code == 1
    assert "sites/broken.yaml:1: 不合格 站点文件有错，整个站点没有检查" in broken.stdout
    [row] = json.loads(audit(cluster, "broken", "--format", "json").stdout)
    assert (row["site"], row["status"], row["severity"], row["value"]) == ("broken", "failed", "error", None)


def test_the_same_audit_gives_the_same_bytes_in_every_format(cluster: ClusterFolder) -> None:
    for name in ("text", "json", "csv", "sarif", "html", "ics"):
        first = audit(cluster, "--format", name)
        assert first.exit_code == 1, name
        assert first.stdout_bytes == audit(cluster, "--format", name).stdout_bytes
    table = list(csv.DictReader(io.StringIO(audit(cluster, "--format", "csv").stdout.removeprefix("\ufeff"))))
    rows = json.loads(audit(cluster, "--format", "json").stdout)
    assert list(table[0]) == list(Finding.__dataclass_fields__)
    assert len(table) == len(rows)
    assert next(row for row in table if row["key"] == "kong")["unit"] == "'=cmd"  # no formula
    [run] = json.loads(audit(cluster, "--format", "sarif").stdout)["runs"]
    assert len(run["results"]) == len(rows)
    assert {one["kind"] for one in run["results"]} == {"pass", "fail", "open"}
    assert {one["level"] for one in run["results"] if one["kind"] != "fail"} == {"none"}
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def test_what_is_due_is_listed_for_a_site_and_for_a_unit(cluster: ClusterFolder) -> None:
    rows = json.loads(audit(cluster, "--due", "14d", "--format", "json").stdout)
    assert list(rows[0]) == list(Due._fields)
    days = [(row["day"], row["rule"], row["site"], row["key"]) for row in rows]
    assert days == sorted(days, key=lambda row: row[0])
    assert ("2026-11-24", "V3", "changchun", "首页") in days
    assert ("2026-12-06", "V4a", "changchun", "yw") in days
    unit = json.loads(audit(cluster, "--due", "14d", "--unit", "宣传科", "--format", "json").stdout)
    assert {row["unit"] for row in unit} == {"宣传科"}
    assert 0 < len(unit) < len(rows)
    wrong = audit(cluster, "--due", "soon")
    assert (wrong.exit_code, "--due 写错了：「soon」应为天数，如 14d" in wrong.output) == (2, True)


def test_the_calendar_is_one_by_rfc_5545(cluster: ClusterFolder) -> None:
    data = audit(cluster, "--format", "ics", "--due", "30d").stdout_bytes
    assert data.endswith(b"END:VCALENDAR\r\n")
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    unfolded = data.decode().replace("\r\n ", "").split("\r\n")
    properties = [re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^:;,]+)*):(.*)", line) for line in unfolded[:-1]]
    assert all(properties)
    events = data.decode().count("BEGIN:VEVENT")
    assert (
        events
        == data.decode().count("END:VEVENT")
        == len(json.loads(audit(cluster, "--format", "json", "--due", "30d").stdout))
    )
    uids = [one[3] for one in properties if one and one[1] == "UID"]
    assert len(set(uids)) == events
    starts = [one[3] for one in properties if one and one[1] == "DTSTART"]
    assert starts == sorted(starts)
    assert starts[0] == "20261123"
    assert not [one for one in properties if one and one[1] == "SUMMARY" and re.search(r"(?<!\\)[,;]", one[3])]


def test_each_site_and_each_unit_has_a_calendar_of_its_own(cluster: ClusterFolder, tmp_path: Path) -> None:
    audit(cluster, "--due", "60d", "--calendars", str(tmp_path))
    names = {path.name for path in tmp_path.iterdir()}
    assert {"site-jilin.ics", "site-changchun.ics", "unit-宣传科.ics", "unit-信访科.ics"} <= names
    own = (tmp_path / "site-changchun.ics").read_bytes()
    assert own == audit(cluster, "changchun", "--format", "ics", "--due", "60d").stdout_bytes
    unit = (tmp_path / "unit-宣传科.ics").read_text("utf-8").replace("\n ", "")
    assert unit.count("BEGIN:VEVENT") == unit.count("责任单位：宣传科") > 1
    assert file_name("宣传科") != file_name("宣传科/") != file_name("宣传科?")


def test_folding_never_cuts_a_character() -> None:
    line = "SUMMARY:" + "公告🚦a" * 40
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))


def test_another_day_does_not_disturb_the_next_build(cluster: ClusterFolder) -> None:
    before = (cluster.root / ".jiyue/store/summaries.json").read_bytes()
    later = audit(cluster, "--format", "json", today="2027-06-01")
    stale = [row for row in json.loads(later.stdout) if row["rule"] == "V3" and row["severity"] == "error"]
    assert {row["site"] for row in stale} == {"jilin", "changchun"}
    assert (cluster.root / ".jiyue/store/summaries.json").read_bytes() == before


def test_history_is_read_on_from_where_it_was(cluster: ClusterFolder) -> None:
    path = "content/jilin/yw/late.md"
    text = (cluster.root / path).read_text("utf-8")
    cluster.write({path: text.replace("2026-11-05", "2026-10-01")})
    git(cluster.root, "commit", "-qam", "改早", day="2026-11-22")
    try:
        messages = [one["message"] for one in found(cluster, "jilin", "V1e")]
        assert any(message.endswith("把发布日期由 2026-11-05 改早为 2026-10-01") for message in messages)
        (cluster.root / ".jiyue/store/audit/history.json").unlink()
        assert [one["message"] for one in found(cluster, "jilin", "V1e")] == messages
    finally:
        git(cluster.root, "reset", "-q", "--hard", "HEAD~1")
    assert len(found(cluster, "jilin", "V1e")) == 1


def test_a_new_shell_is_looked_at_once_and_where_something_was_wrong() -> None:
    def page(part: str, shell: str) -> Written:
        return Written(part, shell, "", [], "")

    def seen(part: str, shell: str, *faults: list[str]) -> _Kept:
        return _Kept(part, shell, 9, list(faults))

    old = {"a": seen("1", "x"), "b": seen("2", "x", ["a11y-alt", "", ""]), "c": seen("3", "x"), "d": seen("4", "y")}
    assert _changed({"a": page("1", "x"), "d": page("4", "y")}, old) == set()
    assert _changed({"a": page("9", "x"), "e": page("5", "y")}, old) == {"a", "e"}
    new_shell = {path: page(row.part, "z") for path, row in old.items()}
    assert _changed(new_shell, old) == {"a", "b"}
