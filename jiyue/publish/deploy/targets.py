"""A site's `deploy:` → its target. Secrets have no place in it: they come from the environment."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jiyue.publish.deploy.target import Target
from jiyue.publish.release.maker import Site
from jiyue.publish.release.signing import PublicKey
from jiyue.registry.deploy import Deploy, FolderDeploy, GitDeploy, RsyncDeploy
from jiyue.registry.url_ledger import Answers

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|[^/]+:", re.IGNORECASE)
"""A git remote that is an address (a URL, or `host:path` as ssh has it) and no folder."""


def target_of(
    deploy: Deploy, site: Site, root: Path, *, keys: tuple[PublicKey, ...], now: datetime,
    answers: Answers | None = None, environ: Mapping[str, str] = os.environ,
) -> Target:  # fmt: skip
    """The target of a site. root: the cluster's folder, from which folders are counted; local copies lie in its `.jiyue`.

    environ: RSYNC_RSH is ssh with the options that a machine needs, as rsync itself reads it; AWS_… the keys of a storage.
    DeployError where this machine lacks a program, a library or the credentials that the target needs.
    """
    if isinstance(deploy, FolderDeploy):
        from jiyue.publish.deploy.folder import FolderTarget  # noqa: PLC0415

        return FolderTarget(placed(deploy.path, root), keys, now, keep=deploy.keep)
    if isinstance(deploy, RsyncDeploy):
        from jiyue.publish.deploy.rsync import RsyncTarget  # noqa: PLC0415

        shell = shlex.split(environ.get("RSYNC_RSH") or "ssh -o BatchMode=yes")
        shell += ["-p", str(deploy.port)] if deploy.port else []
        return RsyncTarget(deploy.host, deploy.path, keep=deploy.keep, shell=shell)
    if isinstance(deploy, GitDeploy):
        from jiyue.publish.deploy.git import GitTarget  # noqa: PLC0415

        remote = deploy.remote if _ELSEWHERE.match(deploy.remote) else str(placed(deploy.remote, root))
        host = (urlsplit(site.url).hostname or "") if deploy.cname is True else deploy.cname or ""
        return GitTarget(
            remote, deploy.branch, root / ".jiyue" / "git" / site.id, prefix=deploy.prefix, cname=host,
            history=deploy.history, answers=answers,
        )  # fmt: skip
    from jiyue.publish.deploy.s3 import S3Target  # noqa: PLC0415

    return S3Target(
        deploy.bucket, prefix=deploy.prefix, endpoint=deploy.endpoint, region=deploy.region, layout=deploy.layout,
        keep=deploy.keep, environ=environ,
    )  # fmt: skip


def placed(path: str, root: Path) -> Path:
    """A folder of a `deploy:`, whole."""
    return Path(os.path.abspath(root / path))  # noqa: PTH100  (resolve() would follow links)
