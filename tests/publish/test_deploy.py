"""Targets: only differences are transferred, an interrupted upload resumes, a replay is refused, no file has secrets."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest

from jiyue.publish.deploy.folder import FolderTarget
from jiyue.publish.deploy.git import GitTarget
from jiyue.publish.deploy.rsync import RsyncTarget
from jiyue.publish.deploy.s3 import S3Target
from jiyue.publish.deploy.target import Bundle, DeployError, NetworkError, TargetContext, bundle, deploy, with_retries
from jiyue.publish.deploy.targets import target_of
from jiyue.publish.release.store import Store
from jiyue.publish.release.verify import verify
from jiyue.registry.deploy import DeployModel, deploy_of
from jiyue.registry.load import load_registry
from jiyue.registry.site import Registry
from jiyue.registry.url_ledger import Answers
from tests.publish.release_sample import CC, KEYS, MAKER, NOW, later, live_files, ship, write_site

OLD = {"a": "关于甲事项的通知", "b": "关于乙事项的通知"}
NEW = {"a": "关于甲事项的新通知", "b": "关于乙事项的通知", "c 丙": "关于丙事项的通知"}
CHANGED = {"api/articles.jsonl", "feeds/all.atom.xml", "search/index.json", "tzgg/a.html", "tzgg/index.html"}


def next_bundle(store: Store, articles: dict[str, str], minutes: int) -> Bundle:
    write_site(store.root.parent / "output", articles)
    ship(store, store.root.parent / "output", maker=later(MAKER, minutes))
    return bundle(store, "changchun", KEYS)


def no_sleep(seconds: float) -> None:
    pass


# ── folder ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_serves_copies_and_moves_only_what_differs(store: Store, tmp_path: Path) -> None:
    target = FolderTarget(tmp_path / "www", KEYS, NOW)
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    served = target.store.live_link("changchun")
    assert verify(served, KEYS) == []
    assert not (served / "tzgg/a.html").samefile(tmp_path / "output/changchun/tzgg/a.html")
    what = next_bundle(store, NEW, 1)
    dry = deploy(target, what, KEYS, dry=True)
    assert {p for p in dry.changed if not p.endswith((".br", ".zst", ".gz"))} == CHANGED
    assert "+ tzgg/c 丙.html" in dry.lines()
    assert "c 丙" not in str(live_files(target.store).keys())
    before = {p for p in (tmp_path / "www/objects").rglob("*") if p.is_file()}
    sent = deploy(target, what, KEYS)
    assert (sent.added, sent.changed, sent.dry) == (dry.added, dry.changed, False)
    new = {p for p in (tmp_path / "www/objects").rglob("*") if p.is_file()} - before
    assert sum(p.stat().st_size for p in new) == sent.moved
    assert live_files(target.store) == live_files(store)
    assert deploy(target, what, KEYS).moved == 0


def test_a_target_refuses_an_older_release(store: Store, tmp_path: Path) -> None:
    target = FolderTarget(tmp_path / "www", KEYS, NOW)
    first = next_bundle(store, OLD, 0)
    deploy(target, next_bundle(store, NEW, 1), KEYS)
    with pytest.raises(DeployError, match="拒绝用旧版本覆盖"):
        deploy(target, first, KEYS)


def test_a_tampered_target_is_replaced(store: Store, tmp_path: Path) -> None:
    target = FolderTarget(tmp_path / "www", KEYS, NOW)
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    manifest = target.store.live_link("changchun") / ".well-known/jiyue/release.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"c0ffee", b"c0ffe0"))
    sent = deploy(target, next_bundle(store, NEW, 1), KEYS)
    assert sent.changed == ()
    assert verify(target.store.live_link("changchun"), KEYS) == []


# ── rsync over a remote shell ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A remote shell that runs locally; a file `cut` next to it has the number of bytes that an upload may send."""
    if not shutil.which("rsync"):
        pytest.skip("rsync is not installed")
    script = tmp_path / "rsh"
    script.write_text(
        '#!/bin/bash\nshift\nif [ -f "$(dirname "$0")/cut" ] && [[ "$*" == *--server* ]]; then\n'
        '  n=$(cat "$(dirname "$0")/cut"); rm "$(dirname "$0")/cut"\n'
        '  dd bs=1 count="$n" status=none | bash -c "$*"; exit 255\nfi\n'
        'exec bash -c "$*"\n'
    )
    script.chmod(0o755)
    return script


def test_rsync_moves_only_what_differs_and_switches_at_once(store: Store, tmp_path: Path, shell: Path) -> None:
    target = RsyncTarget("web", str(tmp_path / "www"), keep=2, shell=[str(shell)])
    remote = Store(tmp_path / "www")
    first = next_bundle(store, OLD, 0)
    deploy(target, first, KEYS)
    assert verify(remote.live_link("changchun"), KEYS) == []
    unchanged = remote.live_link("changchun") / "tzgg/b.html"
    inode = unchanged.stat().st_ino
    second = next_bundle(store, NEW, 1)
    assert deploy(target, second, KEYS, dry=True).moved > 0
    assert remote.live_id("changchun") == first.manifest.id
    deploy(target, second, KEYS)
    assert remote.live_id("changchun") == second.manifest.id
    assert live_files(remote) == live_files(store)
    assert verify(remote.live_link("changchun"), KEYS) == []
    assert (remote.live_link("changchun") / "tzgg/b.html").stat().st_ino == inode
    assert verify(remote.tree("changchun", first.manifest.id), KEYS) == []
    with pytest.raises(DeployError, match="拒绝用旧版本覆盖"):
        deploy(target, first, KEYS)
    deploy(target, next_bundle(store, {"a": "甲"}, 2), KEYS)  # also takes files away
    assert live_files(remote) == live_files(store)
    assert len(remote.releases("changchun")) == 2
    assert target.forget("changchun") == ""
    assert remote.releases("changchun") == [remote.live_id("changchun")]
    assert live_files(remote) == live_files(store)


@pytest.mark.parametrize("passed", [200, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 1500, 4000))])
def test_an_upload_cut_in_the_middle_leaves_the_old_site_and_goes_on(
    store: Store, tmp_path: Path, shell: Path, passed: int
) -> None:
    target = RsyncTarget("web", str(tmp_path / "www"), shell=[str(shell)], timeout=30)
    remote = Store(tmp_path / "www")
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    old = live_files(remote)
    second = next_bundle(store, NEW, 1)
    (tmp_path / "cut").write_text(str(passed))
    with pytest.raises(NetworkError):
        deploy(target, second, KEYS, tries=1)
    assert live_files(remote) == old
    assert verify(remote.live_link("changchun"), KEYS) == []
    (tmp_path / "cut").write_text(str(passed))
    pauses: list[float] = []
    deploy(target, second, KEYS, tries=3, sleep=pauses.append)  # cut once more, then mended by the second attempt
    assert pauses == [1.0]
    assert live_files(remote) == live_files(store)
    assert verify(remote.live_link("changchun"), KEYS) == []


def test_two_deploys_to_one_server_do_not_mix(store: Store, tmp_path: Path, shell: Path) -> None:
    target = RsyncTarget("web", str(tmp_path / "www"), shell=[str(shell)], timeout=30)
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    second, late = next_bundle(store, NEW, 1), bundle(store, "changchun", KEYS)
    before = target.live("changchun")
    deploy(target, second, KEYS)
    from jiyue.publish.deploy.target import _manifest_if_trusted  # noqa: PLC0415

    with pytest.raises(NetworkError, match="另一个发布正在进行，或线上版本已变化"):
        target.send(late, _manifest_if_trusted(before, KEYS))
    assert verify(Store(tmp_path / "www").live_link("changchun"), KEYS) == []


def test_a_server_that_can_not_be_written_is_told(store: Store, tmp_path: Path, shell: Path) -> None:
    (tmp_path / "www").write_text("a file where the folder should be")
    target = RsyncTarget("web", str(tmp_path / "www"), shell=[str(shell)], timeout=30)
    with pytest.raises(DeployError, match="线上仍是原版本"):
        deploy(target, next_bundle(store, OLD, 0), KEYS, sleep=no_sleep)


# ── git ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    git("init", "-q", "--bare", str(tmp_path / "pages.git"), cwd=tmp_path)
    return tmp_path / "pages.git"


def branch_files(bare: Path, branch: str) -> set[str]:
    return set(git("ls-tree", "-r", "-z", "--name-only", branch, cwd=bare).split("\0")) - {""}


def test_a_branch_for_one_site(store: Store, tmp_path: Path, bare: Path) -> None:
    answers = Answers({"/旧.html": "/tzgg/a.html"}, ["/gone.html"])
    target = GitTarget(str(bare), "gh-pages", tmp_path / "work", cname="www.cc.example", answers=answers)
    assert "托管服务" in target.caveat
    first = next_bundle(store, OLD, 0)
    deploy(target, first, KEYS)
    deploy(target, next_bundle(store, NEW, 1), KEYS)
    files = branch_files(bare, "gh-pages")
    manifest = bundle(store, "changchun", KEYS).manifest
    assert files == {*manifest.files, "CNAME", ".nojekyll", "旧.html", ".well-known/jiyue/release.json",
                     ".well-known/jiyue/release.sig"}  # fmt: skip
    assert git("show", "gh-pages:CNAME", cwd=bare).strip() == "www.cc.example"
    assert git("rev-list", "--count", "gh-pages", cwd=bare).strip() == "2"
    changed = git("diff", "-z", "--name-only", "gh-pages~1", "gh-pages", cwd=bare).split("\0")
    assert {p for p in changed if p and not p.startswith(".well")} == {*CHANGED, "tzgg/c 丙.html", "tzgg/c 丙/p.png"}
    with pytest.raises(DeployError, match="拒绝用旧版本覆盖"):
        deploy(target, first, KEYS)
    assert "分支 gh-pages 的历史仍含有这些页面" in target.forget("changchun")


def test_a_branch_without_history_forgets_what_was_removed(store: Store, tmp_path: Path, bare: Path) -> None:
    target = GitTarget(str(bare), "gh-pages", tmp_path / "work", history=False)
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    deploy(target, next_bundle(store, NEW, 1), KEYS)
    assert git("rev-list", "--count", "gh-pages", cwd=bare).strip() == "1"


def test_one_branch_for_the_cluster_keeps_the_other_sites(store: Store, tmp_path: Path, bare: Path) -> None:
    what = next_bundle(store, OLD, 0)
    git("init", "-q", "--bare", str(bare), cwd=tmp_path)
    for prefix in ("changchun", "gov/jilin"):
        deploy(GitTarget(str(bare), "main", tmp_path / f"work-{prefix[:3]}", prefix=prefix), what, KEYS)
    deploy(GitTarget(str(bare), "main", tmp_path / "work-cha", prefix="changchun"), next_bundle(store, NEW, 1), KEYS)
    files = branch_files(bare, "main")
    assert ".nojekyll" in files
    assert "changchun/tzgg/c 丙.html" in files
    assert "gov/jilin/tzgg/a.html" in files
    assert "gov/jilin/tzgg/c 丙.html" not in files
    with pytest.raises(DeployError, match="不能清除历史"):
        GitTarget("x", "main", tmp_path, prefix="a", history=False)


def test_a_remote_that_can_not_be_reached_is_tried_again(store: Store, tmp_path: Path) -> None:
    target = GitTarget(str(tmp_path / "nowhere.git"), "gh-pages", tmp_path / "work")
    pauses: list[float] = []
    with pytest.raises(NetworkError, match="写入分支 gh-pages 失败"):
        deploy(target, next_bundle(store, OLD, 0), KEYS, sleep=pauses.append)
    assert pauses == [1.0, 2.0, 4.0]


# ── S3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, request: pytest.FixtureRequest) -> str:
    name = "b" + str(abs(hash(request.node.name)))
    S3Target(name, endpoint=endpoint, environ=CREDENTIALS).client.create_bucket(Bucket=name)
    return name


def objects(target: S3Target) -> dict[str, bytes]:
    return {key: target._get(key) or b"" for key, _ in target._list("")}


def count_calls(target: S3Target, fail_at: int = 0) -> list[str]:
    """Names of the storage operations as they happen; the fail_at-th is cut as a lost connection is."""
    from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415

    calls: list[str] = []

    def before(model: object, **_: object) -> None:
        calls.append(model.name)  # type: ignore[attr-defined]
        if len(calls) == fail_at:
            raise EndpointConnectionError(endpoint_url="storage")

    target.client.meta.events.register("before-call.s3", before)
    return calls


@pytest.mark.parametrize("layout", ["prefix", "flat"])
def test_moved_addresses_lead_on_from_a_bucket(store: Store, endpoint: str, layout: str) -> None:
    moved = {"/old/show.asp": "/tzgg/a.html", "/old/": "https://www.other.example/甲", "/a.asp?id=1": "/tzgg/a.html"}
    answers = Answers({**moved, "/tzgg/a.html": "/index.html"}, ["/gone.html"])
    target = S3Target(f"moved-{layout}", endpoint=endpoint, layout=layout, environ=CREDENTIALS, answers=answers)
    target.client.create_bucket(Bucket=target.bucket)
    made = next_bundle(store, OLD, 0)
    deploy(target, made, KEYS)
    place = target._place(made.site) or ""
    found = {}
    for key in ("old/show.asp", "old/index.html"):
        head = target.client.head_object(Bucket=target.bucket, Key=place + key)
        found[key] = head["WebsiteRedirectLocation"]
        assert head["ContentType"] == "text/html; charset=utf-8"
    assert found == {
        "old/show.asp": f"{made.manifest.url}/tzgg/a.html", "old/index.html": "https://www.other.example/%E7%94%B2"
    }  # fmt: skip
    assert objects(target)[f"{place}tzgg/a.html"] == (made.tree / "tzgg/a.html").read_bytes(), "a page always wins"
    assert not [key for key in objects(target) if "?" in key or "gone" in key]


def test_a_prefix_a_release_and_one_pointer(store: Store, endpoint: str, bucket: str) -> None:
    target = S3Target(bucket, prefix="gov", endpoint=endpoint, keep=2, environ=CREDENTIALS)
    assert target.caveat == ""
    deploy(target, next_bundle(store, OLD, 0), KEYS)
    second = next_bundle(store, NEW, 1)
    calls = count_calls(target)
    deploy(target, second, KEYS)
    assert (
        calls.count("PutObject") == len(CHANGED) + 2 + 2 + 2
    )  # changed, new, manifest and signature, probe and pointer
    assert calls.count("CopyObject") == len(second.manifest.files) - len(CHANGED) - 2
    there = objects(target)
    pointer = json.loads(there["gov/changchun/live.json"])
    assert pointer["id"] == second.manifest.id
    for path in second.manifest.files:
        assert there[pointer["prefix"] + path] == (second.tree / path).read_bytes()
    head = target.client.head_object(Bucket=bucket, Key=pointer["prefix"] + "tzgg/a.html")
    assert (head["ContentType"], head["CacheControl"]) == (
        "text/html; charset=utf-8",
        "no-cache, no-transform, no-siteapp",
    )
    deploy(target, next_bundle(store, {"a": "甲"}, 2), KEYS)
    deploy(target, next_bundle(store, {"a": "乙"}, 3), KEYS)
    assert len({k.split("/")[2] for k in objects(target)} - {"live.json"}) == 2
    assert "历史版本" in target.forget("changchun")
    assert {k.split("/")[2] for k in objects(target)} == {"live.json", bundle(store, "changchun", KEYS).manifest.id}


@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.long)])
def test_a_connection_lost_at_any_call_leaves_the_old_pointer_and_goes_on(
    store: Store, endpoint: str, bucket: str, every: int
) -> None:
    first, second = next_bundle(store, OLD, 0), next_bundle(store, NEW, 1)
    probe = S3Target(bucket, prefix="probe", endpoint=endpoint, environ=CREDENTIALS)
    deploy(probe, first, KEYS)
    calls = count_calls(probe)
    deploy(probe, second, KEYS)
    pointer_at = len(calls) - 1 - calls[::-1].index("PutObject") + 1
    for k in sorted({*range(1, pointer_at + 1, every), pointer_at}):
        target = S3Target(bucket, prefix=f"cut{k}", endpoint=endpoint, environ=CREDENTIALS)
        deploy(target, first, KEYS)
        cut = S3Target(bucket, prefix=f"cut{k}", endpoint=endpoint, environ=CREDENTIALS)
        count_calls(cut, fail_at=k)
        with pytest.raises(NetworkError):
            deploy(cut, second, KEYS, tries=1)
        pointer, _ = target._pointer("changchun")
        assert pointer is not None
        assert pointer["id"] == first.manifest.id
        again = count_calls(target)
        deploy(target, second, KEYS)
        assert target._pointer("changchun")[0]["id"] == second.manifest.id  # type: ignore[index]
        if k == pointer_at:  # everything had arrived: only manifest, signature, probe and pointer are written again
            assert again.count("PutObject") == 4


def before_pointer(target: S3Target, action: Callable[[], object]) -> None:
    """Do something once, when the target is about to write its pointer."""
    left = [1]

    def meanwhile(params: dict[str, Any], **_: object) -> None:
        if params["url_path"].endswith("live.json") and left.pop() if left else False:
            action()

    target.client.meta.events.register("before-call.s3.PutObject", meanwhile)


@pytest.mark.parametrize("first", [False, True])
def test_of_two_deployments_at_once_to_a_bucket_the_older_is_refused(
    store: Store, endpoint: str, bucket: str, first: bool
) -> None:
    late, fast = (S3Target(bucket, endpoint=endpoint, environ=CREDENTIALS) for _ in range(2))
    if not first:
        deploy(fast, next_bundle(store, OLD, 0), KEYS)
    second = next_bundle(store, NEW, 1)
    third = next_bundle(store, {"a": "更新的一篇"}, 2)
    before_pointer(late, lambda: deploy(fast, third, KEYS))
    with pytest.raises(DeployError, match="拒绝用旧版本覆盖"):
        deploy(late, second, KEYS, sleep=no_sleep)
    pointer, _ = fast._pointer("changchun")
    assert pointer
    assert pointer["id"] == third.manifest.id
    there = objects(fast)
    for path in third.manifest.files:
        assert there[pointer["prefix"] + path] == (third.tree / path).read_bytes()


@pytest.mark.parametrize("how", ["ignores", "refuses"])
def test_a_storage_without_conditional_writes_is_found_out_and_said(
    store: Store, endpoint: str, bucket: str, how: str
) -> None:
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415

    def without(params: dict[str, Any], **_: object) -> object:
        conditions = [params["headers"].pop(name, None) for name in ("If-Match", "If-None-Match")]
        if how == "ignores" or not any(conditions):
            return None
        answer = {"Error": {"Code": "NotImplemented"}, "ResponseMetadata": {"HTTPStatusCode": 501}}
        return AWSResponse("", 501, {}, None), answer

    target = S3Target(bucket, endpoint=endpoint, environ=CREDENTIALS)
    target.client.meta.events.register("before-call.s3.PutObject", without)
    sent = deploy(target, next_bundle(store, OLD, 0), KEYS, tries=1)
    assert "该存储不支持条件写入" in sent.caveat
    second, third = next_bundle(store, NEW, 1), next_bundle(store, {"a": "更新的一篇"}, 2)
    other = S3Target(bucket, endpoint=endpoint, environ=CREDENTIALS)
    before_probe = [third]

    def meanwhile(params: dict[str, Any], **_: object) -> None:
        if params["url_path"].endswith("release.sig") and before_probe:
            deploy(other, before_probe.pop(), KEYS)

    target.client.meta.events.register("before-call.s3.PutObject", meanwhile)
    with pytest.raises(DeployError, match="拒绝用旧版本覆盖"):  # seen late, but seen: the pointer is read once more
        deploy(target, second, KEYS, sleep=no_sleep)
    assert target._pointer("changchun")[0]["id"] == third.manifest.id  # type: ignore[index]


def test_a_flat_bucket_says_that_it_is_not_atomic(store: Store, endpoint: str, bucket: str) -> None:
    target = S3Target(bucket, endpoint=endpoint, layout="flat", environ=CREDENTIALS)
    assert "可能看到新旧混合的页面" in deploy(target, next_bundle(store, OLD, 0), KEYS).lines()[-1]
    what = next_bundle(store, {"b": OLD["b"]}, 1)
    calls = count_calls(target)
    deploy(target, what, KEYS)
    assert calls.count("DeleteObject") == 2
    assert set(objects(target)) == {*what.manifest.files, *what.own()}


# ── the mapping ─────────────────────────────────────────────────────────────────────────────────────────────────────


SITE = "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"


@pytest.mark.parametrize(
    ("deploy", "message", "hint"),
    [
        ("{kind: ftp}", "「deploy.kind」不能是「ftp」", "可以写：folder、rsync、git、s3"),
        ("{kind: [git]}", "「deploy.kind」不能是「['git']」", "是否想写 git？"),
        ("{path: ./www}", "缺少「deploy.kind」", "加上 kind，写明是哪一种"),
        ("./www", "「deploy」应是「键: 值」的形式", "缩进两格，每行写一个「键: 值」"),
        ("{kind: s3, bucket: cc-gov, secret_key: Geheim}", "「deploy.secret_key」含有密码或密钥", "删除它并更换该密钥"),
        ("{kind: git, remote: 'https://me:Geheim@host/x.git'}", "「deploy.remote」含有密码或密钥", "删除它并更换该密钥"),
        ("{kind: ftp, password: Geheim}", "「deploy.password」含有密码或密钥", "删除它并更换该密钥"),
        ("{kind: rsync, path: /srv}", "缺少「deploy.host」", "加一行 host: …"),
        ("{kind: rsync, host: -oProxyCommand=x, path: /srv}", "「deploy.host」的值「-oProxyCommand=x」格式不对", "应符合 "),
        ("{kind: rsync, host: web, path: srv}", "「deploy.path」的值「srv」格式不对", "应符合 "),
        ("{kind: rsync, host: web, path: /srv, port: 二十二}", "「deploy.port」的值「二十二」不是允许的整数", "写一个正整数"),
        ("{kind: folder, path: /srv, pathh: /x}", "不认识的键「deploy.pathh」", "是否想写 path？"),
        ("{kind: folder, path: /srv, bucket: x}", "不认识的键「deploy.bucket」", "可用的键：kind、path、keep"),
        ("{kind: folder, path: '/srv/{$HOME}'}", "「deploy.path」的值「/srv/{$HOME}」不对", "路径不能含有"),
        ("{kind: folder, path: ./www, keep: 三}", "「deploy.keep」的值「三」不是允许的整数", "写一个正整数"),
        ("{kind: folder, path: ./www, keep: 0}", "「deploy.keep」的值「0」不是允许的整数", "写一个正整数"),
        ("{kind: git, remote: x, cname: 好}", "「deploy.cname」的值「好」不对", "应为 true、false 或主机名"),
        ("{kind: git, remote: x, history: 也许}", "「deploy.history」的值「也许」不对", "写 true（on）或 false（off）"),
        ("{kind: git, remote: --upload-pack=x}", "「deploy.remote」的值「--upload-pack=x」不对", "应为 git 仓库的地址"),
        ("{kind: git, remote: x, branch: -f}", "「deploy.branch」的值「-f」格式不对", "应符合 "),
        ("{kind: git, remote: x, prefix: ../y}", "「deploy.prefix」的值「../y」不对", "应为一层或几层目录名"),
        ("{kind: git, remote: x, prefix: y, history: off}", "多站点共用一个分支（prefix）时不能清除历史（history: false）",
         "去掉 history"),
        ("{kind: s3, bucket: cc-gov, layout: flatt}", "「deploy.layout」不能是「flatt」", "是否想写 flat？"),
        ("{kind: s3, bucket: cc-gov, endpoint: oss.example}", "「deploy.endpoint」的值「oss.example」格式不对", "应符合 "),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_by_check_and_stops_its_own_site(
    deploy: str, message: str, hint: str, tmp_path: Path
) -> None:
    """The mapping is on one line or several: the finding has the line of the key."""
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites/cluster.yaml").write_text("name: 群\nroot: jilin\n")
    (tmp_path / "sites/jilin.yaml").write_text("name: 吉林\nkind: province\nurl: https://www.jl.example\n")
    (tmp_path / "sites/cc.yaml").write_text(f"{SITE}deploy: {deploy}\n")
    registry = load_registry(tmp_path)
    [finding] = registry.diagnostics
    assert (finding.rule, finding.path, finding.line, finding.message) == ("site-field", "sites/cc.yaml", 5, message)
    assert finding.hint.startswith(hint)
    assert "Geheim" not in str(finding)
    assert (list(registry.sites), registry.broken) == (["jilin"], ("cc",))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{kind: folder, path: www}", {"kind": "folder", "path": "www", "keep": 5}),
        ("{kind: rsync, host: www@10.0.0.8, path: /srv/www, keep: 3, port: 2222}",
         {"kind": "rsync", "host": "www@10.0.0.8", "path": "/srv/www", "keep": 3, "port": 2222}),
        ("{kind: git, remote: 'git@host:gov/cc-pages.git', cname: true, history: off}",
         {"kind": "git", "remote": "git@host:gov/cc-pages.git", "branch": "gh-pages", "prefix": "", "cname": True,
          "history": False}),
        ("{kind: git, remote: x, cname: www.cc.example}",
         {"kind": "git", "remote": "x", "branch": "gh-pages", "prefix": "", "cname": "www.cc.example", "history": True}),
        ("{kind: s3, bucket: cc-gov}",
         {"kind": "s3", "bucket": "cc-gov", "prefix": "", "endpoint": "", "region": "", "layout": "prefix", "keep": 5}),
        ("", {}), ("{}", {}),
    ],
)  # fmt: skip
def test_a_mapping_is_read_as_what_it_is(written: str, read: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites/cluster.yaml").write_text(f"name: 群\nroot: cc\ndefaults:\n  deploy: {written}\n")
    (tmp_path / "sites/cc.yaml").write_text("name: 长春\nkind: prefecture\nurl: https://www.cc.example\n")
    registry = load_registry(tmp_path)
    assert registry.sites["cc"].deploy == read
    assert Registry.from_json(json.loads(json.dumps(registry.as_json()))) == registry


def test_folders_are_counted_from_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)
    for root in (tmp_path, Path(tmp_path.name)):

        def target(**mapping: str) -> Any:
            return target_of(deploy_of(mapping), TargetContext(CC, root, KEYS, NOW))  # noqa: B023

        assert target(kind="folder", path="../www").store.root == tmp_path.parent / "www"
        assert target(kind="folder", path="/srv/www").store.root == Path("/srv/www")
        made = target(kind="git", remote="../x.git", cname="true")
        assert (made.remote, made.work) == (str(tmp_path.parent / "x.git"), tmp_path / ".jiyue/git/changchun")
        assert made.cname == "www.cc.example"
        for remote in ("git@host:gov/x.git", "ssh://host/x.git", "https://host/x.git", "/srv/x.git"):
            assert target(kind="git", remote=remote).remote == remote


def test_each_kind_of_target_has_a_module_of_its_name() -> None:
    kinds = [get_args(model.model_fields["kind"].annotation)[0] for model in DeployModel.__subclasses__()]
    assert {"folder", "git"} <= set(kinds)
    for kind in kinds:
        assert callable(import_module(f"jiyue.publish.deploy.{kind}").open_target)


def test_credentials_of_a_storage_come_from_the_environment(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="AWS_ACCESS_KEY_ID"):
        target_of(deploy_of({"kind": "s3", "bucket": "b-1"}), TargetContext(CC, tmp_path, KEYS, NOW, environ={}))


def test_only_the_network_is_tried_again() -> None:
    tried: list[int] = []

    def refused() -> None:
        tried.append(1)
        raise DeployError("refused")

    with pytest.raises(DeployError):
        with_retries(refused, 5, 1.0, no_sleep)
    assert tried == [1]
