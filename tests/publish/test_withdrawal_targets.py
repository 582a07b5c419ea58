"""A province withdraws a secret document that it pushed down, while a county's next release is blocked: on every target."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.publish.test_deploy import CREDENTIALS, bare, bucket, endpoint  # noqa: F401  (fixtures)
from tests.support.cluster import ClusterFolder
from tests.support.edits import direct
from tests.support.withdrawals import World

SECRET = "---\ntitle: 关于内部会议的机要通知\ndate: 2026-11-20 09:30\npush_down: [all]\n{more}---\n会议的内容甲乙丙。\n"
OWN = "---\ntitle: 县里的一件事\ndate: 2026-11-19 09:30\n---\n县里的正文。{more}\n"
Served = Callable[[str], dict[str, bytes]]


@pytest.fixture(params=["folder", "rsync", "git", "s3"])
def target(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Callable[[str], str], Served]:
    """`deploy:` of a site, and what readers get of it there."""
    kind = str(request.param)
    www = tmp_path / "www"
    if kind in ("folder", "rsync"):
        if kind == "rsync":
            if not shutil.which("rsync"):
                pytest.skip("rsync is not installed")
            ssh = tmp_path / "bin/ssh"  # a host that is this machine
            ssh.parent.mkdir()
            ssh.write_text('#!/bin/bash\nshift 3\nexec bash -c "$*"\n')
            ssh.chmod(0o755)
            monkeypatch.setenv("PATH", str(ssh.parent), prepend=":")
        host = "host: web, " if kind == "rsync" else ""

        def of_folder(site: str) -> dict[str, bytes]:
            tree = www / "live" / site
            return {p.relative_to(tree).as_posix(): p.read_bytes() for p in tree.rglob("*") if p.is_file()}

        return lambda site: f"deploy: {{kind: {kind}, {host}path: {www}}}\n", of_folder
    if kind == "git":
        remote = request.getfixturevalue("bare")

        def of_branch(site: str) -> dict[str, bytes]:
            names = subprocess.run(
                ["git", "ls-tree", "-r", "-z", "--name-only", site], cwd=remote, check=True, capture_output=True
            ).stdout.decode()
            return {
                name: subprocess.run(
                    ["git", "show", f"{site}:{name}"], cwd=remote, check=True, capture_output=True
                ).stdout
                for name in names.split("\0")
                if name
            }

        return lambda site: f"deploy: {{kind: git, remote: {remote}, branch: {site}}}\n", of_branch
    from jiyue.publish.deploy.s3 import S3Target  # noqa: PLC0415

    where, name = request.getfixturevalue("endpoint"), request.getfixturevalue("bucket")
    for variable, value in CREDENTIALS.items():
        monkeypatch.setenv(variable, value)

    def of_bucket(site: str) -> dict[str, bytes]:
        there = S3Target(name, endpoint=where, environ=CREDENTIALS)
        prefix = json.loads(there._get(f"{site}/live.json") or b"")["prefix"]
        return {key.removeprefix(prefix): there._get(key) or b"" for key, _ in there._list(prefix)}

    return lambda site: f"deploy: {{kind: s3, bucket: {name}, endpoint: '{where}'}}\n", of_bucket


@pytest.mark.parametrize("wrong", ["theme", *(pytest.param(one, marks=pytest.mark.long) for one in ("link", "file"))])
def test_a_pushed_secret_leaves_the_county_that_can_not_publish(
    tmp_path: Path, target: tuple[Callable[[str], str], Served], wrong: str
) -> None:
    deploy, served = target
    world = World(tmp_path / "cluster", random.Random(0), sites=["s0", "s1"], superior={"s1": "s0"})
    folder = ClusterFolder(world.root)
    folder.write({"sites/cluster.yaml": "name: 站群\nroot: s0\n"})
    for site in world.sites:
        world.settle(site)
        file = world.root / f"sites/{site}.yaml"
        folder.write({f"sites/{site}.yaml": "".join(
            deploy(site) if line.startswith("deploy:") else line for line in file.read_text().splitlines(keepends=True)
        )})  # fmt: skip
    folder.write({"content/s0/tzgg/secret.md": SECRET.format(more="")})
    folder.write({"content/s1/tzgg/own.md": OWN.format(more=""), "content/s1/kong/one.md": OWN.format(more="")})
    with direct(tmp_path / "compiled"):
        world.build()
        assert world.publish().ok
        assert b"".join(served("s1").values()).count("会议的内容甲乙丙".encode())
        folder.write({"content/s0/tzgg/secret.md": SECRET.format(more="withdraw: {at: 2026-11-23, reason: 涉密}\n")})
        folder.write({"content/s1/tzgg/own.md": OWN.format(more="\n\n见[栏目](../kong/)。")})
        (world.root / "content/s1/kong/one.md").unlink()
        if wrong == "file":
            (world.root / "sites/s1.yaml").write_text("name: [坏\n")
        world.build()
        if wrong == "theme":
            for path in (world.root / "output/s1").glob("theme/*.css"):
                path.unlink()
        world.publish()
    for site in world.sites:
        there = served(site)
        assert "index.html" in there
        left = [path for path, data in there.items() for word in ("机要通知", "甲乙丙") if word.encode() in data]
        assert not left, (site, left)
    assert any("县里的正文".encode() in data for data in served("s1").values())
