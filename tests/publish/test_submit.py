"""Submission to search engines, with a real HTTP server: only changes, within limits, with memory and retries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiyue.publish.submit import pages
from jiyue.publish.submit.outcome import NextStep, SubmitOutcome, in_batches
from jiyue.publish.submit.run import Engine as Name
from jiyue.publish.submit.run import submit
from tests.support.cluster import Built, ClusterFolder
from tests.support.engines import KEY, TOKEN, Engine, serving

SITE = "https://www.cc.example"


def urls(count: int, digest: str = "1") -> dict[str, str]:
    return {f"{SITE}/yw/{n}.html": digest for n in range(count)}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("NO_PROXY", "*")
    with serving(Engine()) as running:
        yield running


class Push:
    """Sends to the engine of the test; pauses are noted, not waited for."""

    def __init__(self, engine: Engine, state: Path) -> None:
        self.engine, self.state, self.pauses = engine, state, list[float]()

    def __call__(
        self,
        after: dict[str, str],
        name: Name = "baidu",
        secret: str = "",
        dry_run: bool = False,
        again: bool = False,
        **more: dict[str, str],
    ) -> SubmitOutcome:
        secret = secret or (TOKEN if name == "baidu" else KEY)
        endpoint = self.engine.url + ("/urls" if name == "baidu" else "/indexnow")
        return submit(
            name, "changchun", SITE, secret, after, self.state,
            dry_run=dry_run, again=again, endpoint=endpoint, sleep=self.pauses.append, **more,
        )  # fmt: skip


@pytest.fixture
def push(engine: Engine, tmp_path: Path) -> Push:
    return Push(engine, tmp_path / "submit" / "state.json")


BOTH = pytest.mark.parametrize("name", ["baidu", "indexnow"])


@BOTH
def test_a_dry_run_sends_nothing_and_says_what_it_would(push: Push, name: Name) -> None:
    outcome = push(urls(3), name, dry_run=True)
    assert outcome.left == list(urls(3))
    assert push.engine.requests == []
    assert not push.state.exists()


def test_dry_run_is_the_default(engine: Engine, tmp_path: Path) -> None:
    submit("baidu", "changchun", SITE, TOKEN, urls(1), tmp_path / "s.json", endpoint=engine.url + "/urls")
    assert engine.requests == []


@BOTH
def test_only_new_and_changed_ones_and_each_once(push: Push, name: Name) -> None:
    assert push(urls(3), name).ok
    assert push(urls(3), name).requests == 0
    changed = urls(3) | {f"{SITE}/yw/1.html": "2", f"{SITE}/yw/new.html": "1"}
    outcome = push(changed, name)
    assert outcome.accepted == [f"{SITE}/yw/1.html", f"{SITE}/yw/new.html"]
    assert push.engine.received == [*urls(3), *outcome.accepted]


@BOTH
def test_the_first_time_the_release_before_counts(push: Push, name: Name) -> None:
    before, after = urls(500), urls(500) | {f"{SITE}/yw/7.html": "2"}
    assert push(after, name, before=before).accepted == [f"{SITE}/yw/7.html"]
    assert push(after, name).requests == 0, "what was there before the first push stays known"


def test_the_engines_remember_each_for_itself(push: Push) -> None:
    assert push(urls(2), "baidu").ok
    assert len(push(urls(2), "indexnow").accepted) == 2


def test_what_has_gone_is_forgotten(push: Push) -> None:
    push(urls(3))
    push(urls(1) | {f"{SITE}/x.html": "1"})
    known = json.loads(push.state.read_text())["baidu changchun"]
    assert set(known["accepted"]) == {f"{SITE}/yw/0.html", f"{SITE}/x.html"}


def test_batches_stay_within_the_limits(push: Push) -> None:
    assert push(urls(4001)).requests == 3
    assert push(urls(20_001), "indexnow").requests == 3
    types = {request["path"]: request["type"] for request in push.engine.requests}
    assert types == {"/urls": "text/plain", "/indexnow": "application/json; charset=utf-8"}


def test_a_wrong_token_stops_at_once_and_is_never_repeated_aloud(push: Push) -> None:
    outcome = push(urls(3000), secret="wrongwrongwrong1")
    assert (outcome.requests, outcome.accepted, len(outcome.left)) == (1, [], 3000)
    assert outcome.problem == "百度不认这个 token：核对环境变量 BAIDU_PUSH_TOKEN"
    assert "wrongwrongwrong1" not in str(outcome)
    assert not push.state.exists()


@BOTH
def test_without_a_secret_nothing_is_sent(push: Push, name: Name, tmp_path: Path) -> None:
    outcome = submit(name, "changchun", SITE, "", urls(1), tmp_path / "s.json", dry_run=False, endpoint=push.engine.url)
    assert ("BAIDU_PUSH_TOKEN" if name == "baidu" else "indexnow_key") in outcome.problem
    assert push.engine.requests == []


def test_a_quota_is_used_up_and_the_rest_goes_tomorrow(push: Push) -> None:
    push.engine.quota = 700
    outcome = push(urls(1000))
    assert (len(outcome.accepted), len(outcome.left)) == (700, 300)
    assert outcome.problem.startswith("今天的推送配额已用完")
    assert outcome.remain == 0
    push.engine.quota = 5000
    assert push(urls(1000)).accepted == outcome.left


def test_too_large_a_body_is_halved(push: Push) -> None:
    push.engine.most_bytes = 10_000
    outcome = push(urls(1500))
    assert outcome.ok
    assert max(r["bytes"] for r in push.engine.requests[-3:]) <= 10_000
    assert push.engine.received == list(urls(1500))


def test_a_partial_refusal_names_what_was_refused(push: Push) -> None:
    strange, invalid = "https://other.example/a.html", f"{SITE}/a b.html"
    outcome = push(urls(2) | {strange: "1", invalid: "1"})
    assert outcome.refused == {strange: "不是本站网址", invalid: "网址不合法"}
    assert outcome.accepted == list(urls(2))


def test_what_was_refused_is_not_offered_again_until_it_changes(push: Push) -> None:
    strange, invalid = "https://other.example/a.html", f"{SITE}/a b.html"
    push(urls(2) | {strange: "1", invalid: "1"})
    again = push(urls(2) | {strange: "1", invalid: "1"})
    assert (again.requests, again.ok) == (0, True)
    assert push(urls(2) | {strange: "1", invalid: "2"}, dry_run=True).left == [invalid]
    assert push(urls(2) | {strange: "1", invalid: "1"}, again=True).refused == {
        strange: "不是本站网址",
        invalid: "网址不合法",
    }
    push(urls(2))
    assert json.loads(push.state.read_text())["baidu changchun"]["refused"] == {strange: "1", invalid: "1"}
    push(urls(3))
    assert json.loads(push.state.read_text())["baidu changchun"]["refused"] == {}, "what has gone is forgotten"


ANSWERS = [
    (400, "site error", "没有在百度搜索资源平台验证"),
    (400, "empty content", "HTTP 400，empty content"),
    (400, "only 2000 urls are allowed once", "only 2000 urls"),
    (400, "over quota", "今天的推送配额已用完"),
    (401, "token is not valid", "不认这个 token"),
    (404, "not found", "接口地址变了"),
    (413, "", "HTTP 413"),
    (500, "internal error, please try later", "HTTP 500"),
]
"""Every failure that Baidu documents: status, message, and the message to the operator."""


@pytest.mark.parametrize(("status", "message", "said"), ANSWERS)
def test_every_documented_failure_is_told_and_offered_again(push: Push, status: int, message: str, said: str) -> None:
    push.engine.failure = (status, {"error": status, "message": message} if message else {})
    outcome = push(urls(1))
    assert said in outcome.problem
    assert (outcome.accepted, outcome.refused, outcome.left) == ([], {}, list(urls(1)))
    assert len(push.engine.requests) == (4 if status == 500 else 1), "only a server in trouble is asked again at once"
    push.engine.failure = None
    assert push(urls(1)).accepted == list(urls(1))


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "格式不对"), (403, "密钥文件"), (422, "不属于这个站点"), (429, "太频繁"), (500, "HTTP 500")],
)
def test_every_documented_failure_of_indexnow(push: Push, status: int, said: str) -> None:
    push.engine.failure = (status, {})
    outcome = push(urls(1), "indexnow")
    assert said in outcome.problem
    assert outcome.left == list(urls(1))
    push.engine.failure = None
    assert push(urls(1), "indexnow").ok


def test_a_count_that_does_not_add_up_is_not_believed(push: Push) -> None:
    push.engine.lie = 1
    outcome = push(urls(3))
    assert (outcome.accepted, outcome.left) == ([], list(urls(3)))
    assert "2 条" in outcome.problem
    assert not push.state.exists()


@BOTH
def test_trouble_is_waited_out_longer_each_time(push: Push, name: Name) -> None:
    push.engine.trouble = [503, 429, 500]
    assert push(urls(2), name).ok
    assert push.pauses == [1.0, 2.0, 4.0]


def test_retry_after_is_heeded_within_reason(push: Push) -> None:
    push.engine.trouble, push.engine.retry_after = [429, 503], "7"
    assert push(urls(1)).ok
    assert push.pauses == [7.0, 7.0]
    push.engine.trouble, push.engine.retry_after = [429], "86400"
    push(urls(1, "2"))
    assert push.pauses[2:] == [60.0]


@BOTH
def test_after_four_tries_it_gives_up_and_goes_on_next_time(push: Push, name: Name) -> None:
    push.engine.trouble = [503] * 4
    outcome = push(urls(2), name)
    assert (len(outcome.left), len(push.engine.requests)) == (2, 4)
    assert "HTTP 503" in outcome.problem
    assert push(urls(2), name).ok


def test_what_was_accepted_before_the_trouble_stays_accepted(push: Push) -> None:
    push(urls(2000))
    push.engine.requests.clear()
    push.engine.trouble = []
    many = urls(5000)
    push.engine.quota = 2000
    first = push(many)
    assert len(first.accepted) == 2000
    push.engine.quota = 5000
    assert len(push(many).accepted) == 1000
    assert sorted(push.engine.received) == sorted(many)


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    pauses: list[float] = []
    endpoint = "http://127.0.0.1:9/urls"
    outcome = submit(
        "baidu",
        "changchun",
        SITE,
        TOKEN,
        urls(1),
        tmp_path / "s",
        dry_run=False,
        endpoint=endpoint,
        sleep=pauses.append,
    )
    assert outcome.problem.startswith("百度没有接收：连不上")
    assert (TOKEN in str(outcome), len(pauses)) == (False, 3)


def test_a_redirection_is_not_followed(push: Push) -> None:
    push.engine.trouble = [302]
    assert "HTTP 302" in push(urls(1)).problem
    assert len(push.engine.requests) == 1


@pytest.mark.parametrize(
    ("site", "secret", "hint"),
    [(SITE, "fedcba9876543210", "先发布站点，再推送"), ("https://x.example", KEY, "网址不属于这个站点")],
)
def test_indexnow_says_why(push: Push, site: str, secret: str, hint: str) -> None:
    endpoint = push.engine.url + "/indexnow"
    outcome = submit(
        "indexnow", "a", site, secret, urls(2), push.state, dry_run=False, endpoint=endpoint, sleep=push.pauses.append
    )
    assert hint in outcome.problem
    assert len(outcome.left) == 2


def test_a_damaged_memory_is_an_empty_one(push: Push) -> None:
    push(urls(2))
    push.state.write_text("{", "utf-8")
    assert len(push(urls(2)).accepted) == 2


def test_the_addresses_of_a_site_come_from_its_open_data(build_site: Callable[..., Built]) -> None:
    def article(title: str, more: str = "") -> str:
        return f"---\ntitle: {title}\ndate: 2026-11-01\nslug: {title}\n{more}---\n正文。\n"

    files = {
        "content/jilin/yw/1.md": article("a"),
        "content/jilin/yw/2.md": article("b", 'repost_of: {name: x, url: "https://www.gov.cn/x"}\n'),
        "content/jilin/yw/3.md": article("c", "publish_at: 2027-01-01\n"),
    }
    found = pages.from_open_data(build_site(files).output / "jilin")
    assert list(found) == ["https://www.jl.example/yw/a.html"]


def test_the_addresses_of_a_manifest() -> None:
    files = {"index.html": "1", "栏目/index.html": "2", "yw/a.html": "3", "404.html": "4", "theme/site.css": "5"}
    files["api/recommended/embed.html"] = "6"
    assert pages.from_manifest(SITE, files) == {
        f"{SITE}/": "1",
        f"{SITE}/%E6%A0%8F%E7%9B%AE/": "2",
        f"{SITE}/yw/a.html": "3",
    }


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 9), st.integers(20, 400), st.integers(0, 70))
def test_nothing_is_lost_doubled_or_reordered(count: int, most: int, room: int, most_bytes: int, quota: int) -> None:
    """Whatever the limits, accepted and left together are what was to be sent, in order."""
    given_urls = list(urls(count))
    remembered: list[str] = []

    def remember(accepted: list[str], refused: list[str]) -> None:
        assert refused == []
        remembered.extend(accepted)

    def send(batch: list[str], outcome: SubmitOutcome) -> NextStep:
        assert len(batch) <= most
        assert len(batch) == 1 or sum(map(len, batch)) <= most_bytes
        if len(batch) > room or len(outcome.accepted) + len(batch) > quota:
            outcome.problem = "满"
            return NextStep.TOO_MUCH
        outcome.accepted += batch
        return NextStep.FINE

    outcome = in_batches(given_urls, most, most_bytes, send, remember)  # type: ignore[arg-type]
    assert outcome.accepted + outcome.left == given_urls
    assert remembered == outcome.accepted
    assert len(outcome.accepted) == min(count, quota)
    assert bool(outcome.problem) == (quota < count)


def command(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "jiyue", "submit", *args]
    return subprocess.run(run, capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False)


def test_the_command_lists_what_changed_between_two_outputs_and_sends_nothing(
    new_folder: Callable[..., ClusterFolder], tmp_path: Path
) -> None:
    """As in CI: nothing is remembered there, so the output before the change says what is known."""
    text = "---\ntitle: 第{0}篇\ndate: 2026-11-0{0}\nslug: a{0}\n---\n正文\n"
    cluster = new_folder({f"content/jilin/yw/{n}.md": text.format(n) for n in (1, 2)})
    before = tmp_path / "before"
    cluster.build(output=before)
    cluster.write({"content/jilin/yw/3.md": text.format(3)})
    cluster.build()
    where = ["--root", str(cluster.root), "--output", str(cluster.root / "output")]
    run = command("baidu", *where, "--before", str(before))
    assert (run.returncode, run.stdout.splitlines()) == (
        0,
        ["jilin：会发送 1 个网址", "https://www.jl.example/yw/a3.html"],
    )
    everything = command("indexnow", *where)
    assert everything.stdout.startswith("jilin：会发送 3 个网址")
    unset = command("baidu", *where, "--send", env={"BAIDU_PUSH_TOKEN": ""})
    assert (unset.returncode, "BAIDU_PUSH_TOKEN" in unset.stdout) == (1, True)
    nothing = command("baidu", "--root", str(cluster.root), "--output", str(tmp_path / "none"))
    assert (nothing.returncode, "先运行 jiyue build" in nothing.stderr) == (1, True)
    assert not (cluster.root / ".jiyue" / "submit.json").exists()
