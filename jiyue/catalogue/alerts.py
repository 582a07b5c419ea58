"""Emergency alerts: `sites/alerts/<identifier>.yaml`, one message each, with the fields of CAP 1.2 (OASIS, 2010).

The file's name is the message's identifier and begins with the site that issues it: `jilin-20261128-01.yaml`. That is what
the rights go by. Which messages are in force, and where, is decided in jiyue.linkage.alerts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.patterns import pattern

FOLDER = "sites/alerts"
"""Relative to the cluster's root. A cluster that has it publishes `alerts/` on every site, empty or not."""

FILE = error(
    "alert-file",
    "紧急信息的文件不对",
    "写错的紧急信息不发布，其余照常；必须马上有人知道，否则以为已经发出去了。",
    "OASIS CAP 1.2",
)

ALL = "all"
"""As an area: the issuing site and everything below it."""

SEVERITIES = {"Extreme": "red", "Severe": "orange", "Moderate": "yellow", "Minor": "blue", "Unknown": "info"}
"""CAP severity, the gravest first -> level of the banner (突发事件应对法: level one to four; `info`: no level)."""

LABELS = {
    "status": {"Actual": "实际", "Exercise": "演练", "System": "系统", "Test": "测试", "Draft": "草稿"},
    "msgType": {"Alert": "发布", "Update": "更新", "Cancel": "解除"},
    "category": {
        "Geo": "地质", "Met": "气象", "Safety": "公共安全", "Security": "社会安全", "Rescue": "救援", "Fire": "火灾",
        "Health": "公共卫生", "Env": "环境", "Transport": "交通", "Infra": "基础设施", "CBRNE": "核生化", "Other": "其他",
    },
    "responseType": {
        "Shelter": "就地躲避", "Evacuate": "撤离", "Prepare": "做好准备", "Execute": "按预案行动", "Avoid": "避开",
        "Monitor": "关注后续", "Assess": "自行判断", "AllClear": "警报解除", "None": "无需行动",
    },
    "urgency": {"Immediate": "立即", "Expected": "一小时内", "Future": "近期", "Past": "已过去", "Unknown": "不明"},
    "severity": {
        "Extreme": "红色", "Severe": "橙色", "Moderate": "黄色", "Minor": "蓝色", "Unknown": "提示",
    },
    "certainty": {"Observed": "已发生", "Likely": "很可能", "Possible": "可能", "Unlikely": "不太可能", "Unknown": "不明"},
}  # fmt: skip
"""Field -> its values in CAP 1.2 -> their Chinese names, which officers may write instead."""

SHOWN = ("Actual", "Exercise")
"""The values of `status` that are published."""

_URL = "/%#?&=:@!$'()*+,;~-._"
"""What stays as it is in an address: its own signs, and what is encoded already."""
_NAME = pattern(r"([a-z][a-z0-9-]{0,39})-\d{8}-\d{2,4}")
_EVENTS = {
    "Met": "雨 雪 风 雹 雷 雾 霾 霜 寒 高温 低温 干旱 沙尘 道路结冰 洪 汛 凌",
    "Geo": "地震 滑坡 泥石流 地质 崩塌 火山",
    "Fire": "火",
    "Health": "疫 病 中毒 食品 药品",
    "Env": "污染 空气质量 水质 泄漏",
    "Transport": "交通 道路 航班 铁路",
    "Infra": "停水 停电 停气 供热 供水 供电",
}
"""CAP category -> words in the names of its events."""


class Alert(NamedTuple):
    """One message. Times are 'YYYY-MM-DD HH:MM'; a Cancel has no event, severity and expires of its own, but ''.

    site: the id of the site that issues it. begins: from when it is shown (`effective`, else `sent`). area: ids of sites,
    codes of administrative divisions, or ALL; () for the issuing site. web: as an address of jiyue.registry.models.
    digest: of the file.
    """

    identifier: str
    site: str
    sent: str
    status: str
    msg_type: str
    references: tuple[str, ...]
    language: str
    category: tuple[str, ...]
    event: str
    response: tuple[str, ...]
    urgency: str
    severity: str
    certainty: str
    begins: str
    onset: str
    expires: str
    sender_name: str
    headline: str
    description: str
    instruction: str
    web: str
    contact: str
    area: tuple[str, ...]
    review: dict[str, Any]
    digest: str

    @property
    def path(self) -> str:
        """Its file, relative to the cluster's root."""
        return f"{FOLDER}/{self.identifier}.yaml"

    @property
    def level(self) -> str:
        """The level of its banner: red, orange, yellow, blue or info."""
        return SEVERITIES[self.severity]

    @property
    def is_exercise(self) -> bool:
        """Whether it is an exercise, which every output says."""
        return self.status == "Exercise"

    def marked(self, text: str) -> str:
        """A text of it as others show it: one of an exercise begins by saying so."""
        return f"【演练】{text}" if text and self.is_exercise else text

    def address(self, site_url: str) -> str:
        """The complete address of `web`, '' where it has none. site_url: of the issuing site."""
        web = quote(self.web, safe=_URL)
        return web if not web or "://" in web else f"{site_url}/{web}"


def site_of(path: str) -> str:
    """The id of the site that issues the alert in a file, '' if the path is not that of an alert."""
    folder, _, name = path.rpartition("/")
    match = _NAME.fullmatch(name.removesuffix(".yaml")) if folder == FOLDER and name.endswith(".yaml") else None
    return match[1] if match else ""


def category_of(event: str) -> str:
    """The CAP category of an event where its name shows it, else Other."""
    return next((kind for kind, words in _EVENTS.items() if any(word in event for word in words.split())), "Other")


def alert_files(root: Path) -> list[Path]:
    """The files of all alerts, in the order of their identifiers."""
    folder = root / FOLDER
    return sorted(path for path in folder.glob("*.yaml") if path.is_file()) if folder.is_dir() else []


def strays(root: Path) -> list[Diagnostic]:
    """Findings for what in the folder is not read, because its name does not end in .yaml."""
    folder = root / FOLDER
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".yaml" or not path.is_file())
    meant = (name for name in names if not name.startswith((".", "~")) and name.partition(".")[0].lower() != "readme")
    hint = "每条紧急信息是这里的一个 .yaml 文件；不用了就删除"
    return [FILE.at(f"{FOLDER}/{name}", 0, f"「{name}」不是 .yaml 文件，不会读取", hint) for name in meant]


def from_json(rows: Iterable[list[Any]]) -> list[Alert]:
    """From the cache."""
    several = {"references", "category", "response", "area"}
    alerts = []
    for row in rows:
        fields: dict[str, Any] = dict(zip(Alert._fields, row, strict=True))
        alerts.append(Alert(**{**fields, **{name: tuple(fields[name]) for name in several}}))
    return alerts
