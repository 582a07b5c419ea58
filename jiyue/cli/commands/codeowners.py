"""`jiyue codeowners`."""

from __future__ import annotations

from pathlib import Path

from jiyue.build.registry_cache import recall_registry
from jiyue.checks.repository.rights import POLICY, PolicyError, load_rights
from jiyue.checks.repository.rights import codeowners as written
from jiyue.cli.common import Root, usage


def codeowners(root: Root = Path()) -> None:
    """由 sites/rights.yaml 写出 CODEOWNERS。"""
    try:
        registry = recall_registry(root, None)
        rights = load_rights(root, registry.sites)
    except PolicyError as problem:
        usage(f"{POLICY}：{problem}")
    (root / "CODEOWNERS").write_text(written(rights, registry.sites.values()), "utf-8")
    print("已写入 CODEOWNERS")
