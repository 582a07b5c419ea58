"""A web server reached by ssh: the next release is a hard-link copy of the served one, rsync brings what differs.

On the server: path/releases/<site>/<id>/tree and path/live/<site>, as in a store; it needs sh, GNU coreutils,
findutils, flock and rsync. An upload that was cut goes on where it stopped: what has arrived is known by its digest.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jiyue.publish.deploy.target import Bundle, DeployError, NetworkError, TargetContext, file_changes
from jiyue.publish.release.manifest import MANIFEST, SIGNATURE, Manifest
from jiyue.registry.deploy import RsyncDeploy

_PLAIN = re.compile(r"[\w./@:\[\]-]+", re.ASCII)
_BUSY = 75
_CUT = (10, 11, 12, 30, 35, 255)
"""Exit codes of ssh and rsync that mean the connection, not the command."""


def open_target(deploy: RsyncDeploy, context: TargetContext) -> RsyncTarget:
    """The target of `kind: rsync`. RSYNC_RSH is ssh with the options that this machine needs, as rsync itself reads it."""
    shell = shlex.split(context.environ.get("RSYNC_RSH") or "ssh -o BatchMode=yes")
    shell += ["-p", str(deploy.port)] if deploy.port else []
    return RsyncTarget(deploy.host, deploy.path, keep=deploy.keep, shell=shell)


class RsyncTarget:
    """host: `user@host` as ssh knows it; path: a folder there; shell: the remote shell, with options."""

    caveat = ""
    holds_more = False

    def __init__(self, host: str, path: str, *, keep: int = 5, shell: Sequence[str] = ("ssh", "-o", "BatchMode=yes"),
                 timeout: float = 600.0) -> None:  # fmt: skip
        if not shutil.which("rsync"):
            raise DeployError("没有找到 rsync 命令，请先安装。")
        if not _PLAIN.fullmatch(path) or not _PLAIN.fullmatch(host):
            raise DeployError(f"rsync 目标的主机和路径只能用字母、数字和 . _ / @ : -：{host} {path}")
        self.host, self.path, self.keep, self.shell, self.timeout = host, path.rstrip("/"), keep, list(shell), timeout

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        folder = shlex.quote(f"{self.path}/live/{site}")
        out = self._run(
            f"cd {folder} 2>/dev/null || exit 0; if [ -f {MANIFEST} ]; then cat {MANIFEST}; printf '\\0';"
            f" if [ -f {SIGNATURE} ]; then cat {SIGNATURE}; fi; fi"
        )
        raw, _, signature = out.partition(b"\0")
        return (raw, signature or None) if raw else None

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        site, name = bundle.site, bundle.manifest.id
        bring, take = file_changes(bundle, old, packed=True)
        part = f"releases/{site}/.part-{name}"
        base = f"releases/{site}/{old.id}/tree" if old else ""
        self._run(_prepare(part, base), within=True)
        sums = "".join(f"{e.sha256}  {p}\0" for p, e in bring.items()).encode()
        missing = self._missing(part, sums)
        if missing:
            self._rsync(bundle.tree, f"{self.path}/{part}/tree", missing)
            missing = self._missing(part, sums)
        if missing:
            raise NetworkError(f"上传后服务器上有 {len(missing)} 个文件与清单不符，如 {missing[0]}。")
        if take:
            self._run(f"cd {part}/tree && xargs -0 rm -f --", "".join(f"{p}\0" for p in take).encode(), within=True)
        with tempfile.TemporaryDirectory() as folder:
            for path, data in bundle.own().items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_bytes(data)
            self._rsync(Path(folder), f"{self.path}/{part}/tree", list(bundle.own()))
        count = len(bundle.manifest.all_files()) + len(bundle.own())
        self._run(_switch(site, name, part=part, base=base, count=count, keep=self.keep), within=True)

    def forget(self, site: str) -> str:
        self._run(
            f"exec 9>.lock; flock -n 9 || exit {_BUSY}; live=$(readlink live/{site}); live=${{live%/tree}};"
            f' [ -n "$live" ]; find releases/{site} -mindepth 1 -maxdepth 1 ! -name "${{live##*/}}" -exec rm -rf {{}} +',
            within=True,
        )
        return ""

    def _missing(self, part: str, sums: bytes) -> list[str]:
        """Paths whose bytes are not (yet) on the server."""
        out = self._run(
            f"cd {part}/tree && while IFS= read -r -d '' row; do sum=${{row%%  *}}; file=${{row#*  }};"
            ' set -- $([ -f "$file" ] && sha256sum < "$file");'
            " [ \"${1-}\" = \"$sum\" ] || printf '%s\\0' \"$file\"; done",
            sums, within=True, program="bash",
        )  # fmt: skip
        return [p for p in out.decode().split("\0") if p]

    def _rsync(self, tree: Path, to: str, paths: Sequence[str]) -> None:
        command = [
            "rsync", "-t", "--files-from=-", "--from0", "--ignore-times", "--partial-dir=.rsync-partial",
            "--chmod=D755,F444", f"--timeout={int(self.timeout)}", "-e", shlex.join(self.shell),
            f"{tree}/", f"{self.host}:{to}/",
        ]  # fmt: skip
        self._checked(command, "".join(f"{p}\0" for p in paths).encode())

    def _run(self, script: str, data: bytes = b"", *, within: bool = False, program: str = "sh") -> bytes:
        if within:
            place = shlex.quote(self.path)
            script = f"set -e; mkdir -p {place}; cd {place}; {script}"
        return self._checked([*self.shell, self.host, f"{program} -c {shlex.quote(script)}"], data)

    def _checked(self, command: Sequence[str], data: bytes) -> bytes:
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=self.timeout, check=False)
        except subprocess.TimeoutExpired as cause:
            raise NetworkError(f"连接 {self.host} 超过 {self.timeout:.0f} 秒没有完成。") from cause
        if done.returncode == 0:
            return done.stdout
        stderr = done.stderr.decode("utf-8", "replace").strip()[-400:]
        if done.returncode == _BUSY:
            raise NetworkError(f"{self.host} 上另一个发布正在进行，或线上版本已变化。")
        if done.returncode in _CUT or done.returncode < 0:
            raise NetworkError(f"与 {self.host} 的连接中断：{stderr}")
        raise DeployError(f"{self.host} 上的操作失败（{done.returncode}）：{stderr}。线上仍是原版本。")


def _prepare(part: str, base: str) -> str:
    """The next release's folder, begun as hard links to the served one; one begun earlier is used again."""
    copy = f"cp -al {base} {part}.new/tree" if base else f"mkdir {part}.new/tree"
    return f"if [ ! -d {part} ]; then rm -rf {part}.new; mkdir -p {part}.new; {copy}; mv -T {part}.new {part}; fi"


def _switch(site: str, name: str, *, part: str, base: str, count: int, keep: int) -> str:
    """Name the release, check that it is whole and that nobody else went live, switch, and delete the oldest."""
    final, link = f"releases/{site}/{name}", f"live/{site}"
    expected = f"../{base}" if base else ""
    return "; ".join(
        [
            f"exec 9>.lock; flock -n 9 || exit {_BUSY}",
            f'now=$(readlink {link} || true); [ -z "{expected}" ] || [ "$now" = "{expected}" ] || exit {_BUSY}',
            f"find {part}/tree -name .rsync-partial -prune -exec rm -rf {{}} +",
            f"find {part}/tree -mindepth 1 -type d -empty -delete",
            f'[ "$(find {part}/tree -type f -printf x | wc -c)" = {count} ]'
            f" || {{ rm -rf {part}; echo 文件数与清单不符 >&2; exit {_BUSY}; }}",
            f"sync; rm -rf {final}; mv -T {part} {final}",
            f"mkdir -p live; ln -sfn ../{final}/tree live/.{site}.new; mv -T live/.{site}.new {link}",
            f"ls -1 releases/{site} | head -n -{max(keep, 1)} | while read -r old;"
            f' do rm -rf "releases/{site}/$old"; done',
            f"find releases/{site} -maxdepth 1 -name '.part-*' -mtime +2 -exec rm -rf {{}} +",
        ]
    )
