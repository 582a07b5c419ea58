"""Writes alerts: a new one, an update and a cancel of one, from what an officer gives on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from jiyue.base import clock
from jiyue.base.patterns import pattern
from jiyue.base.yamlfile import parse
from jiyue.catalogue.alert_file import cap_value, read_alert
from jiyue.catalogue.alerts import FOLDER, LABELS, Alert, alert_files
from jiyue.catalogue.scaffold import Refused

_HOURS = pattern(r"\+?(\d{1,3})\s*(?:h|小时)")
_ANEW = frozenset({"sent", "msgType", "references", "effective", "review"})
"""What an update does not take over."""


def write_alert(root: Path, site: str, now: str, fields: Mapping[str, Any]) -> Alert:
    """Write a message of a site, sent now. fields: as in AlertFile; empty ones are left out. Raises Refused."""
    fields = {key: cap_value(key, value) if key in LABELS else value for key, value in fields.items()}
    path = f"{FOLDER}/{next_identifier(root, site, now)}.yaml"
    given = {"sent": now, **fields}
    if until := _HOURS.fullmatch(str(given.get("expires") or "")):
        begins = clock.parse_date(str(given.get("effective") or now)) or now
        end = clock.aware(begins) + timedelta(hours=int(until[1]))
        given["expires"] = f"{end:%Y-%m-%d %H:%M}"
    data = _yaml(given).encode()
    alert, problems = read_alert(path, data, "")
    if alert is None:
        raise Refused("\n".join(f"{problem.message}；{problem.hint}" for problem in problems))
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with (root / path).open("xb") as file:
        file.write(data)
    return alert


def follow(root: Path, name: str, msg_type: str, site: str, now: str, fields: Mapping[str, Any]) -> Alert:
    """Write the Update or Cancel of an alert: an update has its fields but for those given. Raises Refused."""
    file = root / FOLDER / f"{name.removesuffix('.yaml')}.yaml"
    original, problems = read_alert(f"{FOLDER}/{file.name}", file.read_bytes(), "") if file.is_file() else (None, [])
    if original is None:
        raise Refused(
            problems[0].message if problems else f"没有编号为「{name}」的紧急信息；用 jiyue alert list 看编号"
        )
    values = parse(file.read_text("utf-8"))[0]
    old = {key: value for key, value in values.items() if key not in _ANEW} if msg_type == "Update" else {}
    status = {"status": original.status} if original.status != "Actual" else {}
    new = {key: value for key, value in fields.items() if value}
    given = {"msgType": msg_type, "references": [original.identifier], **status, **old, **new}
    return write_alert(root, site or original.site, now, given)


def next_identifier(root: Path, site: str, now: str) -> str:
    """The identifier of a site's next message of the day."""
    day = f"{site}-{now[:10].replace('-', '')}-"
    taken = [path.stem.removeprefix(day) for path in alert_files(root) if path.stem.startswith(day)]
    return f"{day}{max((int(number) for number in taken if number.isdigit()), default=0) + 1:02}"


def _yaml(fields: Mapping[str, Any]) -> str:
    """Fields with a value, one a line, lists and mappings in flow style."""
    import yaml  # noqa: PLC0415  (10 ms, only where an alert is written)

    lines = ["# yaml-language-server: $schema=../../docs/schemas/alert.schema.json"]
    for key, value in fields.items():
        if value:
            plain = list(value) if isinstance(value, tuple) else value
            text = yaml.safe_dump(plain, allow_unicode=True, default_flow_style=True, width=10_000, sort_keys=False)
            lines.append(f"{key}: {text.removesuffix('...' + chr(10)).strip()}")
    return "\n".join(lines) + "\n"
