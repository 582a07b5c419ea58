"""How quickly sites repost: the classes against an independent calendar, and the times from git and releases."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jiyue.base.clock import BEIJING
from jiyue.cli.app import application
from jiyue.linkage.latency import FEWEST, Judged, Limits, Repost, Timeliness, figures, judge, limits_of, ranking
from jiyue.publish.cluster import PublishedCluster, maker_of
from jiyue.publish.first_live import note_first_live, read_first_live
from jiyue.registry.load import load_registry
from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.publication import Live
from tests.support.repo import Repo

PROVINCE = Limits(1, 12, 1)
MINUTE = "%Y-%m-%d %H:%M"
LONG_AFTER = "2027-12-31 00:00"


def by_hand(published: datetime, public: datetime, holidays: dict[str, bool]) -> str:
    """The class as a person finds it out with the announcements of the State Council on the desk."""
    passed = (public - published).total_seconds()
    if passed <= 3600:
        return "aim"
    if passed <= 12 * 3600:
        return "hours"
    worked = 0
    day = published.date()
    while day < public.date():  # working days that ended before it was public
        day += timedelta(days=1)
        if day < public.date():
            worked += holidays.get(day.isoformat(), day.isoweekday() <= 5)
    return "working_days" if worked < 1 else "late"


@pytest.fixture(scope="module")
def thousand() -> list[tuple[datetime, datetime, str]]:
    """(published, public, the class by hand) of 1,000 reposts, in the order in which they became public."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS names no folder with the announced holidays")
    holidays = {
        entry["date"]: not entry["isOffDay"]
        for path in sorted(Path(folder, "holidays").glob("20*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]
    }
    rng, made = random.Random(18), []
    while len(made) < 1000:
        published = datetime(2015, 1, 1, 0, 1) + timedelta(minutes=rng.randrange(11 * 365 * 24 * 60))
        spread = rng.choice([60, 61, 12 * 60, 36 * 60, 5 * 24 * 60, 14 * 24 * 60])
        public = published + timedelta(minutes=rng.choice([rng.randrange(spread), spread]))
        if published.hour or published.minute:  # else a day without a time
            made.append((published, public, by_hand(published, public, holidays)))
    return sorted(made, key=lambda one: one[1])


def test_a_thousand_reposts_against_the_announced_holidays(thousand: list[tuple[datetime, datetime, str]]) -> None:
    for published, public, expected in thousand:
        found = judge(published.strftime(MINUTE), public.strftime(MINUTE), PROVINCE, LONG_AFTER)
        assert (found.kind, found.provisional) == (expected, False), (published, public)
    assert min(Counter(expected for *_, expected in thousand).values()) > 100


def test_a_thousand_reposts_in_a_repository(thousand: list[tuple[datetime, datetime, str]], tmp_path: Path) -> None:
    """The same, each committed at its time, through git, scan, review and limits."""
    folder = new_cluster(tmp_path / "cluster", SITES)
    repo, lines = Repo(folder.root), ["reset refs/heads/main"]
    for n, (published, public, _) in enumerate(thousand):
        article = text(published.strftime(MINUTE), date=public.strftime(MINUTE))
        lines += [
            "commit refs/heads/main",
            f"committer a <a@x.example> {int(public.replace(tzinfo=BEIJING).timestamp())} +0800",
            "data 1",
            "x",
        ]
        path = f"content/changchun/tzgg/{n}.md"
        lines += [f"M 100644 inline {path}", f"data {len(article.encode())}", article]
        folder.write({path: article})
    repo.git("fast-import", "--quiet", stdin="\n".join(lines).encode())
    found = latency(folder, "changchun", today="2026-12-31T00:00")
    expected = {str(n): (kind, public.strftime(MINUTE), "git") for n, (_, public, kind) in enumerate(thousand)}
    assert found["found"] == expected
    [site] = found["sites"]
    assert {kind: site[kind] for kind in ("aim", "hours", "working_days", "late")} == Counter(k for *_, k in thousand)
    assert (site["rank"], site["decided"]) == (1, 1000)


@pytest.mark.parametrize(
    ("published", "public", "expected"),
    [
        ("2026-11-20 09:00", "2026-11-20 10:00", "aim"),
        ("2026-11-20 09:00", "2026-11-20 10:01", "hours"),
        ("2026-11-20 09:00", "2026-11-20 21:00", "hours"),
        ("2026-11-20 09:00", "2026-11-20 21:01", "working_days"),
        ("2026-11-20 20:30", "2026-11-23 23:59", "working_days"),  # Friday evening: all of Monday
        ("2026-11-20 20:30", "2026-11-24 00:00", "late"),
        ("2026-02-14 10:00", "2026-02-24 23:59", "working_days"),  # worked Saturday, then the Spring Festival
        ("2026-02-14 10:00", "2026-02-25 00:00", "late"),
        ("2026-11-20 09:00", "2026-11-20 08:59", "undecided"),  # before its origin
        ("2026-11-20 00:00", "2026-11-20 16:00", "working_days"),  # a day without a time
        ("2026-11-20 09:00", "", "late"),
    ],
)
def test_the_edges_of_each_class(published: str, public: str, expected: str) -> None:
    assert judge(published, public, PROVINCE, "2026-11-24 00:00").kind == expected


def test_what_waits_says_until_when() -> None:
    assert judge("2026-11-20 20:30", "", PROVINCE, "2026-11-23 23:59") == Judged(
        Timeliness.WAITING, "2026-11-23 23:59", False
    )
    assert judge("2029-06-01 09:00", "", PROVINCE, "2029-06-01 10:00").provisional, "holidays not announced yet"
    nothing = judge("2026-11-20 09:00", "2026-11-20 10:00", Limits(), LONG_AFTER)
    assert (nothing.kind, nothing.why) == ("undecided", "指标方案没有给出转载的时限")
    national = Limits(hours=12)
    assert judge("2026-11-20 00:00", "2026-11-21 09:00", national, LONG_AFTER).why == "原文只写了日期，没有写几点发布"
    assert judge("2026-11-20 00:00", "2026-11-21 12:00", national, LONG_AFTER).kind == "late"


def test_the_limits_are_data_of_the_profile(tmp_path: Path) -> None:
    profile = "name: 某市方案\nextends: province\nrules: {D16: {thresholds: {hours: 8, working_days: 2}}}\n"
    site = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\nprofile: strict\n"
    new_cluster(tmp_path, {"sites/profiles/strict.yaml": profile, "sites/changchun.yaml": site})
    registry = load_registry(tmp_path)
    limits = {name: limits_of(registry.rules(one)) for name, one in registry.sites.items()}
    assert limits == {"jilin": Limits(), "changchun": Limits(1, 8, 2)}


def repost(site: str, kind: Timeliness, hours: int = 1) -> Repost:
    published = datetime(2026, 11, 20, 9)
    public = "" if kind is Timeliness.WAITING else (published + timedelta(hours=hours)).strftime(MINUTE)
    return Repost(
        site, "x.md", "转载", "中国政府网", False, published.strftime(MINUTE), public, "git", "", Judged(kind)
    )


def test_the_ranking_is_within_a_kind_and_needs_enough_reposts() -> None:
    def of(site: str, aim: int, late: int) -> dict[str, object]:
        waiting = [repost(site, Timeliness.WAITING)] * 30
        return figures([*[repost(site, Timeliness.AIM)] * aim, *[repost(site, Timeliness.LATE, 99)] * late, *waiting])

    by_site = {
        "a": of("a", FEWEST, 0),
        "b": of("b", FEWEST, 0),
        "c": of("c", FEWEST - 2, 2),
        "few": of("few", FEWEST - 1, 0),
        "county": of("county", 1, FEWEST),
    }
    kinds = {**dict.fromkeys(by_site, "prefecture"), "county": "county"}
    assert ranking(by_site, kinds) == {"a": 1, "b": 1, "c": 3, "few": None, "county": 1}
    assert by_site["c"] == {
        "reposts": FEWEST + 30, "aim": FEWEST - 2, "hours": 0, "working_days": 0, "late": 2, "waiting": 30, "undecided": 0,
        "decided": FEWEST, "in_time": FEWEST - 2, "share": 0.9, "median_hours": 1.0, "longest_hours": 99.0,
    }  # fmt: skip


SITES = {
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
    "profile: limits\n",
    "sites/profiles/limits.yaml": "name: 时限\nextends: national\nreview: [first]\nrules: {D16: {thresholds: {"
    "aim_hours: {value: 1, text: 力争}, working_days: {value: 1, text: 最迟}}}}\n",
    "sites/cluster.yaml": "name: 吉林省政府网站群\nroot: jilin\nsearch: off\ndefaults:\n"
    "  columns: [{path: tzgg, name: 通知公告, type: 通知公告, review: none}, {path: yw, name: 要闻}]\n",
}


def text(published: str = "", more: str = "", date: str = "2026-11-20 09:00") -> str:
    repost = f"repost_of: {{name: 中国政府网, url: 'https://www.gov.cn/{published[:10]}/{published[11:13]}'"
    repost += f", published: {published}}}" if published else "}"
    return f"---\ntitle: 转载的文章\ndate: {date}\n{repost}\n{more}---\n正文。\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    """Reposts in a repository whose commits have known times; nothing is published."""
    folder = new_cluster(tmp_path_factory.mktemp("latency") / "cluster", SITES)
    repo, here = Repo(folder.root), "content/changchun/tzgg/"
    folder.write({
        f"{here}quick.md": text("2026-11-20 08:30"),
        f"{here}old.md": text("2026-11-04 09:00"),
        f"{here}no-time.md": text(),
        "content/jilin/tzgg/pushed.md": "---\ntitle: 推送的通知\ndate: 2026-11-20 09:00\npush_down: all\n---\n正文。\n",
    })  # fmt: skip
    folder.write({"content/changchun/yw/reviewed.md": text("2026-11-19 09:00")})
    repo.commit("a@x.example", when="2026-11-20T09:15:00+0800")
    # a branch of Friday, merged on Tuesday: only then it is in what is built
    repo.git("checkout", "-q", "-b", "work")
    folder.write({f"{here}branch.md": text("2026-11-20 10:00", date="2026-11-24 09:00")})
    repo.commit("a@x.example", when="2026-11-20T10:10:00+0800")
    repo.git("checkout", "-q", "main")
    (folder.root / f"{here}quick.md").rename(folder.root / f"{here}renamed.md")
    review = "review: {first: {by: 初审岗, date: 2026-11-20}}\n"
    folder.write({
        "content/changchun/yw/reviewed.md": text("2026-11-19 09:00", review, "2026-11-23 09:00"),
        "content/changchun/yw/waiting.md": text("2026-11-24 16:00"),
        "sites/changchun.yaml": SITES["sites/changchun.yaml"] + "officers: [{post: 初审岗, unit: 办公室, role: 初审}]\n",
    })  # fmt: skip
    repo.commit("a@x.example", when="2026-11-23T09:00:00+0800")
    merged = "2026-11-24T09:00:00+0800"
    repo.git("-c", "user.name=a", "-c", "user.email=a@x.example", "merge", "-q", "--no-ff", "-m", "m", "work",
             env={"GIT_AUTHOR_DATE": merged, "GIT_COMMITTER_DATE": merged})  # fmt: skip
    folder.write({f"{here}uncommitted.md": text("2026-11-23 09:00")})
    return folder


def latency(folder: ClusterFolder, *args: str, code: int = 0, today: str = "2026-11-24T18:00") -> dict[str, Any]:
    command = ["latency", *args, "--json", "--root", str(folder.root), "--today", today]
    run = CliRunner().invoke(application("latency"), command)
    assert run.exit_code == code, run.output
    report = json.loads(run.output)
    report["found"] = {
        Path(row["path"]).stem: (row["class"], row["public"], row["why"] or row["evidence"])
        for row in report["reposts"]
    }
    return dict(report)


def test_git_shows_since_when_a_repost_is_public(cluster: ClusterFolder) -> None:
    report = latency(cluster)
    assert report["found"] == {
        "renamed": ("aim", "2026-11-20 09:15", "git"),
        "old": ("late", "2026-11-20 09:15", "git"),
        "no-time": ("undecided", "2026-11-20 09:15", "没有写原文的发布时间（repost_of 的 published）"),
        "branch": ("late", "2026-11-24 09:00", "git"),
        "reviewed": ("late", "2026-11-23 09:00", "git"),
        "waiting": ("waiting", "", ""),
        "uncommitted": ("undecided", "", "还没有提交，也没有发布记录"),
        "pushed": ("undecided", "", "没有发布记录；推送的文章何时公开，只有发布记录知道"),
    }
    due = {Path(row["path"]).stem: row["due"] for row in report["reposts"]}
    assert due["waiting"] == "2026-11-25 23:59"
    [_, site] = report["sites"]
    assert (site["site"], site["decided"], site["in_time"], site["rank"]) == ("changchun", 4, 1, None)
    late = latency(cluster, "changchun", code=1, today="2026-11-26T00:00")
    assert late["found"]["waiting"] == ("late", "", "")


def test_publications_show_since_when_and_survive_pruning_and_renames(cluster: ClusterFolder, tmp_path: Path) -> None:
    live = Live(ClusterFolder(tmp_path / "cluster"))
    shutil.copytree(cluster.root, live.root)
    repo, here, ledger = Repo(live.root), "content/changchun/tzgg/", live.root / "sites/ledger/reposts/changchun.jsonl"
    live.folder.remove(f"{here}branch.md", f"{here}uncommitted.md", f"{here}no-time.md", "content/changchun/yw")
    live.go(today="2026-11-20T09:30")
    assert json.loads(ledger.read_text().splitlines()[0]) == {
        "source": "content/changchun/tzgg/old.md", "origin": "https://www.gov.cn/2026-11-04/09", "at": "2026-11-20 09:30"
    }  # fmt: skip
    push = "---\ntitle: 又一篇通知\ndate: 2026-11-25 09:00\npush_down: all\n---\n正文。\n"
    live.folder.write({"content/jilin/tzgg/second.md": push, ".gitignore": "/.jiyue\n/output\n"})
    (live.root / f"{here}renamed.md").rename(live.root / f"{here}again.md")
    repo.commit("a@x.example", when="2026-11-25T09:05:00+0800")
    live.run("build", today="2026-11-25T09:30")
    before = {
        "old": ("late", "2026-11-20 09:30", "release"),
        "pushed": ("aim", "2026-11-20 09:30", "release"),
        "again": ("aim", "2026-11-20 09:30", "release"),
    }
    assert latency(live.folder, today="2026-11-25T09:30")["found"] == {**before, "second": ("waiting", "", "")}
    live.run("publish", today="2026-11-25T10:30")
    after = {**before, "second": ("hours", "2026-11-25 10:30", "release")}
    assert latency(live.folder, today="2026-11-26T10:30")["found"] == after
    # a ledger that begins when the pages are live already does not pretend to know
    lines = len(ledger.read_text().splitlines())
    ledger.unlink()
    live.write("n1", 1, site="changchun")
    live.go(today="2026-11-27T10:00")
    assert [json.loads(line)["at"] for line in ledger.read_text().splitlines()] == [""] * (lines - 1)
    for _ in "continued", "anew":  # what is kept of git's history holds
        assert latency(live.folder, today="2026-11-27T10:30")["found"] == {
            "old": ("late", "2026-11-20 09:15", "git"),
            "again": ("aim", "2026-11-20 09:15", "git"),
            "pushed": ("undecided", "", "转载时间台账开始以前就已公开"),
            "second": ("undecided", "", "转载时间台账开始以前就已公开"),
        }
        (live.root / ".jiyue/store/reposts/history.json").unlink()
    # where the store of releases is lost, only a site that was never published is new
    here_now = PublishedCluster(live.root, load_registry(live.root), live.root / "output")
    maker = maker_of(here_now, datetime(2026, 11, 28, 9, tzinfo=BEIJING))
    for published, at in ((True, ""), (False, "2026-11-28 09:00")):
        ledger.unlink()
        note_first_live(here_now, "changchun", "", maker, published=published)
        assert {row.at for row in read_first_live(live.root, "changchun")} == {at}
