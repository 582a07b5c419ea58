"""A run's result as Markdown in Chinese, for the job page of a CI."""

from __future__ import annotations

from collections.abc import Sequence

from jiyue.base.diagnostics import LABELS, Severity
from jiyue.publish.release.batch import SiteOutcome

_MOST = 50


def summary(outcomes: Sequence[SiteOutcome]) -> str:
    """A table of sites with the result of each, then the diagnostics, errors first."""
    failed = [o for o in outcomes if not o.ok]
    head = f"共 {len(outcomes)} 个站点，" + (f"其中 {len(failed)} 个需要处理。" if failed else "全部正常。")
    lines = [
        "## 发布结果",
        "",
        head,
        "",
        "| 站点 | 结果 | 新增 | 修改 | 删除 | 沿用 |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for outcome in sorted(outcomes, key=lambda o: (o.ok, o.site)):
        made = outcome.made
        counts = [len(x) for x in (made.added, made.changed, made.removed, made.carried)] if made else [0] * 4
        lines.append(f"| {outcome.site} | {_state(outcome)} | " + " | ".join(str(c) for c in counts) + " |")
    diagnostics = [
        d for o in sorted(outcomes, key=lambda o: o.ok) for d in o.diagnostics if d.severity is not Severity.INFO
    ]
    if diagnostics:
        lines += ["", "### 需要处理", ""]
        lines += [
            f"- **{LABELS[d.severity]}** `{d.path}`：{_plain(d.message)} 处理办法：{_plain(d.hint)}"
            for d in diagnostics[:_MOST]
        ]
        if len(diagnostics) > _MOST:
            lines.append(f"- 另有 {len(diagnostics) - _MOST} 条，见日志。")
    return "\n".join(lines) + "\n"


def _state(outcome: SiteOutcome) -> str:
    if outcome.made is None and outcome.live is None:
        return "保持不变" if outcome.ok else "❌ 失败，线上没有变化"
    if outcome.live and outcome.live.before != outcome.live.now:
        return "✅ 已上线" if outcome.ok else "⚠️ 已上线，部分内容暂缓"
    if not outcome.ok:
        return "⚠️ 沿用原版本"
    return "无变化" if outcome.live else "已生成版本"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
