"""Findings about the registration sheets of sites: facts in a wrong form, facts of another site. (Missing ones: registry.load.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.encoding import decode
from jiyue.registry.sheet import problems
from jiyue.registry.site import Registry

FORMAT = warning(
    "site-format",
    "登记的编号格式不对",
    "备案号、标识编号显示在每一页的底部，写错了点过去查不到；格式由指标方案的 formats 给出。",
    "国办发〔2017〕47号 附件《网页设计规范》",
)
SAME = warning(
    "site-same",
    "两个站点登记了同一个编号",
    "党政机关网站标识、公安机关备案号一个网站一个，多半是照抄了别的站点文件。",
    "国办发〔2017〕47号",
)
_RULES = {"format": FORMAT, "same": SAME}


def sheet_findings(root: Path, registry: Registry) -> Iterator[Diagnostic]:
    """What is wrong with the facts that sites register."""
    for site in registry.sites.values():
        found = [one for one in problems(registry, site) if one.kind in _RULES]
        if not found:
            continue
        path = f"sites/{site.id}.yaml"
        _, lines = yamlfile.parse(decode((root / path).read_bytes()))
        for one in found:
            line = lines.get((one.fact,), 1)
            yield _RULES[one.kind].at(path, line, one.message, "核对登记的编号，改为本站点自己的", site=site.id)
