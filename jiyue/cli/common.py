"""Shared by all commands: common options, and the display of findings."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from jiyue.base import clock
from jiyue.base.diagnostics import Severity, did_you_mean
from jiyue.cli.called import shown
from jiyue.cli.declared import Argument, Option
from jiyue.registry.site import NOT_SITES, site_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jiyue.base.diagnostics import Diagnostic

Root = Annotated[Path, Option("--root", "站群所在目录")]
Sites = Annotated[list[str] | None, Argument("站点编号；不写就是全部")]
Output = Annotated[Path | None, Option("--output", "输出目录，默认为站群目录下的 output")]
Today = Annotated[str, Option("--today", "当作现在的时间 YYYY-MM-DD[THH:MM]，默认为此刻")]
Jobs = Annotated[int, Option("--jobs", "同时运行的进程数，0 为处理器核数", least=0)]
Format = Annotated[str, Option("--format", "text 或 json")]

_COLOURS = {Severity.ERROR: "\x1b[31m", Severity.WARNING: "\x1b[33m", Severity.INFO: "\x1b[36m"}


def usage(message: str) -> NoReturn:
    """Print what is wrong with the call and exit with 2."""
    print(shown(message), file=sys.stderr)
    raise SystemExit(2)


def now_text(today: str) -> str:
    """The time of --today or of the clock, in the format of jiyue.base.clock.now()."""
    parsed = clock.parse_date(today) if today else clock.now()
    if parsed is None:
        usage(f"--today 写错了：「{today}」应为 2026-11-20 或 2026-11-20T09:30")
    return str(parsed)


def moment(today: str) -> datetime:
    """The same as an aware datetime; that of the clock has seconds."""
    if not today:
        return datetime.now(clock.BEIJING).replace(microsecond=0)
    return clock.aware(now_text(today))


def known_sites(root: Path, sites: Sequence[str] | None) -> tuple[str, ...]:
    """The chosen sites; exits with 2 for one without a file."""

    known = site_ids(path.name for path in (root / "sites").glob("*.yaml"))
    unknown = [site for site in sites or () if site not in known]
    if unknown:
        near = did_you_mean(unknown[0], known)
        why = "不是站点文件" if unknown[0] in NOT_SITES else "不存在"
        usage(f"没有名为「{unknown[0]}」的站点（sites/{unknown[0]}.yaml {why}）。{near}".rstrip("。"))
    return tuple(sites or ())


def show(findings: Iterable[Diagnostic], format: str) -> None:
    """Print findings as text on stderr, or as JSON on stdout."""
    if format == "json":
        print(json.dumps([d.as_json() for d in findings], ensure_ascii=False, indent=1))
        return
    colour = sys.stderr.isatty()
    for diagnostic in findings:
        text = shown(str(diagnostic))
        if colour:
            first, _, rest = text.partition("\n")
            text = f"{_COLOURS[diagnostic.severity]}{first}\x1b[0m\n{rest}"
        print(text, file=sys.stderr)
