"""A site's `deploy:` mapping → its target. Secrets have no place in it: they come from the environment."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jiyue.deploy.target import DeployError, Target
from jiyue.ledger import Answers
from jiyue.release.maker import Site
from jiyue.release.signing import PublicKey

FIELDS: Mapping[str, frozenset[str]] = {
    "folder": frozenset({"path", "keep"}),
    "rsync": frozenset({"host", "path", "keep", "port"}),
    "git": frozenset({"remote", "branch", "prefix", "cname", "history"}),
    "s3": frozenset({"bucket", "prefix", "endpoint", "region", "layout", "keep"}),
}
"""Kind of target → the words that its mapping may hold, besides `kind`."""

_SECRET = re.compile(r"secret|password|passwd|token|access_?key|private", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/@\s]+:[^/@\s]+@")


def target_of(
    deploy: Mapping[str, Any], site: Site, work: Path, *, keys: tuple[PublicKey, ...], now: datetime,
    answers: Answers | None = None, environ: Mapping[str, str] = os.environ,
) -> Target:  # fmt: skip
    """The target of a mapping such as `{kind: rsync, host: www@10.0.0.8, path: /srv/www}`.

    work: the cluster's folder for local copies (`.jiyue`). environ: RSYNC_RSH is ssh with the options that a machine needs,
    as rsync itself reads it; AWS_… the keys of a storage. DeployError for an unknown kind or word, a missing one,
    or a secret in the mapping.
    """
    kind = str(deploy.get("kind", ""))
    where = f"sites/{site.id}.yaml 的 deploy"
    if kind not in FIELDS:
        raise DeployError(f"{where}.kind 应为 {'、'.join(FIELDS)} 之一，不是“{kind}”。")
    for name, value in deploy.items():
        if _SECRET.search(str(name)) or _LOGIN.search(str(value)):
            raise DeployError(f"{where}.{name} 含有密码或密钥。请删除并更换该密钥，改由环境变量提供。")
        if name not in FIELDS[kind] | {"kind"}:
            raise DeployError(f"{where} 不认识 {name}。{kind} 目标可写：{'、'.join(sorted(FIELDS[kind]))}。")
    rest = {str(k): v for k, v in deploy.items() if k != "kind"}
    try:
        return _made(kind, rest, site, work, keys=keys, now=now, answers=answers, environ=environ)
    except KeyError as cause:
        raise DeployError(f"{where} 缺少 {cause.args[0]}。") from cause


def _made(
    kind: str, rest: dict[str, Any], site: Site, work: Path, *, keys: tuple[PublicKey, ...], now: datetime,
    answers: Answers | None, environ: Mapping[str, str],
) -> Target:  # fmt: skip
    keep = int(rest.pop("keep", 5))
    if kind == "folder":
        from jiyue.deploy.folder import FolderTarget  # noqa: PLC0415

        return FolderTarget(Path(rest["path"]), keys, now, keep=keep)
    if kind == "rsync":
        from jiyue.deploy.rsync import RsyncTarget  # noqa: PLC0415

        shell = shlex.split(environ.get("RSYNC_RSH") or "ssh -o BatchMode=yes")
        shell += ["-p", str(rest["port"])] if "port" in rest else []
        return RsyncTarget(rest["host"], rest["path"], keep=keep, shell=shell)
    if kind == "git":
        from jiyue.deploy.git import GitTarget  # noqa: PLC0415

        cname = rest.get("cname", False)
        host = (urlsplit(site.url).hostname or "") if cname is True else str(cname or "")
        return GitTarget(
            rest["remote"], rest.get("branch", "gh-pages"), work / "git" / site.id, prefix=rest.get("prefix", ""),
            cname=host, history=bool(rest.get("history", True)), answers=answers,
        )  # fmt: skip
    from jiyue.deploy.s3 import S3Target  # noqa: PLC0415

    bucket = rest.pop("bucket")
    return S3Target(bucket, keep=keep, environ=environ, **rest)
