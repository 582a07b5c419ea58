"""Write docs/rules/: a page for each rule that can fire, and their list (`make docs`).

What a rule says of itself comes from its declaration. What people add below the marker of a page stays as it is.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "rules"
INDEX = "README.md"
MARKER = "<!-- 以上由 make docs 生成；以下由人编写，不会被改动 -->"

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from jiyue.base.diagnostics import LABELS, RULES, Rule, Severity  # noqa: E402

EFFECTS = {
    Severity.ERROR: "有错误的文章或站点不发布，其余照常发布",
    Severity.WARNING: "只提醒，不影响发布",
    Severity.INFO: "只说明情况，不影响发布",
}


def declared_rules(*packages: str) -> dict[str, Rule]:
    """Every rule by its id, once all modules of these packages are imported."""
    for package in packages:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    return dict(sorted(RULES.items()))


def product_rules() -> dict[str, Rule]:
    """The rules of jiyue/ and, where there are any, of the plugins."""
    return declared_rules("jiyue", *(["jiyue_plugins"] if (ROOT / "jiyue_plugins").is_dir() else []))


def rule_page(rule: Rule, before: str = "") -> str:
    """The page of a rule; before is its present text, whose part below the marker is kept."""
    return f"""# {rule.title}

- 编号：`{rule.id}`
- 级别：{LABELS[rule.severity]}（{EFFECTS[rule.severity]}）
- 依据：{rule.source}{"" if rule.verified else "（未核对原文）"}

## 为什么

{rule.why}

## 怎样处理

先看诊断里「处理办法」一行，它针对的是那一处；改好后用 `jiyue check` 复查。

{MARKER}
{before.partition(MARKER)[2].lstrip(chr(10))}"""


def index_page(rules: Iterable[Rule]) -> str:
    """The list of all rules, errors first."""
    order = list(Severity)
    rows = "\n".join(
        f"| [`{rule.id}`]({rule.id}.md) | {LABELS[rule.severity]} | {rule.title} | {rule.source} |"
        for rule in sorted(rules, key=lambda rule: (order.index(rule.severity), rule.id))
    )
    return f"""# 检查规则

诊断方括号里的编号就是规则的编号。错误：{EFFECTS[Severity.ERROR]}。警告：{EFFECTS[Severity.WARNING]}。

| 编号 | 级别 | 内容 | 依据 |
|---|---|---|---|
{rows}
"""


def rule_pages(rules: Mapping[str, Rule], before: Mapping[str, str]) -> dict[str, str]:
    """Every file of docs/rules/ by its name; before is what is there now."""
    pages = {f"{rule.id}.md": rule_page(rule, before.get(f"{rule.id}.md", "")) for rule in rules.values()}
    return {INDEX: index_page(rules.values()), **pages}


def pages_now(folder: Path = FOLDER) -> dict[str, str]:
    """The pages of the folder by their names."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    before = pages_now()
    pages = rule_pages(product_rules(), before)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in before.keys() - pages.keys():
        (FOLDER / name).unlink()
    for name, text in pages.items():
        if before.get(name) != text:
            (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"docs/rules/：{len(pages) - 1} 条规则。")


if __name__ == "__main__":
    main()
