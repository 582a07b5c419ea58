"""`jiyue codeowners`."""

from __future__ import annotations

from pathlib import Path

from jiyue.checks.repository.rights import POLICY, PolicyError, load_rights
from jiyue.checks.repository.rights import codeowners as written
from jiyue.cli.common import Root, usage
from jiyue.registry.load import load_registry


def codeowners(root: Root = Path()) -> None:
    """由 sites/rights.yaml 写出 CODEOWNERS。"""
    try:
        registry = load_registry(root)
        rights = load_rights(root, registry.sites)
    except PolicyError as problem:
        usage(f"{POLICY}：{problem}")
    (root / "CODEOWNERS").write_text(written(rights, registry.sites.values()), "utf-8")
    print("已写入 CODEOWNERS")
