"""The rule that every page carries its furniture: reports a template that lost a piece of it."""

from __future__ import annotations

from collections.abc import Iterable

from jiyue.base.diagnostics import Diagnostic, error

FURNITURE = error(
    "page-furniture", "页面缺少必备要素", "上级门户链接、网站标识码、主办单位、找错入口等每页都要有，模板不能丢掉。",
    "国办发〔2017〕47号；吉政办发〔2015〕5号（六）",
)  # fmt: skip


class FurnitureLost(Exception):
    """A file that a plugin makes lacks furniture; findings say what."""

    def __init__(self, findings: list[Diagnostic]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


def missing_furniture(wanted: Iterable[str], text: str, template: str, place: str, site: str) -> list[Diagnostic]:
    """A finding for each required text that is missing. place: the page, or part of it, that the template made."""
    return [
        FURNITURE.at(
            "themes", 0, f"模板 {template} 生成的{place}里没有 {item}", "把这一项放回模板；必备要素不能删除", site=site
        )
        for item in wanted
        if item not in text
    ]
