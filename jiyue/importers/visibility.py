"""Detects sources that are not public (yet, or any more), by the conventions of common generators.

Hugo: draft, publishDate, expiryDate, headless, build.render. Hexo: published, _drafts, hidden, password. Jekyll:
published, _drafts. Pelican: Status. WordPress exports: status, visibility, password. Chinese office systems: 公开方式.
In doubt a source is not public, because publication by mistake can't be undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from jiyue.importers.dates import read_date


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HIDES = _words(
    "draft _draft is_draft isdraft private is_private hidden _hidden hide unlisted secret internal protected encrypted"
    " encrypt headless trashed deleted skip isdelete is_delete isdeleted is_deleted del_flag delflag delete_flag"
    " 草稿 隐藏 私密 内部 不公开 删除 已删除 是否删除"
)
"""Fields that hide a text unless they are off."""
SHOWS = _words(
    "published publish is_published ispublished public is_public visible listed build.render _build.render"
    " isshow is_show 发布 公开 是否公开 是否发布 是否显示 是否上线"
)
"""Fields that hide a text if they are off; many contain a date instead."""
STATES = _words(
    "status post_status poststatus _status state visibility post_visibility workflow"
    " 状态 公开方式 公开属性 公开形式 公开类别 信息公开类别"
)
"""Fields with a word for the state of a text."""
PASSWORDS = _words("password post_password postpassword passwd 密码 访问密码")
BEGINS = _words("publishdate publish_date publish_at publish_on scheduled scheduled_at embargo go_live")
"""Fields with the time at which a text appears."""
ENDS = _words(
    "expirydate expiry_date expiry expires expires_at expire expire_date expiredate expiration expirationdate"
    " expiration_date invalidtime docunvalid unpublishdate unpublish_date unpublish_at unpublish_on offline_time 下线时间 撤下时间 到期时间"
)
"""Fields with the time at which a text disappears."""
FOLDERS = _words("_drafts _draft drafts draft _private private _trash trash 草稿 草稿箱 回收站")
"""Folders of unpublished texts."""

_OFF = _words("false f no n off 0 none null ~ never 否 不 关") | {""}
_NEVER = ("0000", "9999")
"""How dates of databases begin that stand for none."""
_SHOWN_STATES = _words(
    "published publish public visible live online active final done approved released open true 1"
    " 发布 已发布 公开 主动公开 全文公开 全文发布 网上公开 审核通过 已审核 正常"
    " 有效 现行有效 尚未施行 已修改 失效 已失效 废止 已废止"
)
_HIDDEN_STATES = re.compile(
    r"draft|private|hidden|pending|future|scheduled|trash|inherit|skip|unpublish|unlisted|password|protected|internal"
    r"|review|草稿|待审|未审|审核中|未发布|未公开|不公开|不予公开|依申请|内部|隐藏|私密|撤|回收站|下线"
)
_SEPARATORS = re.compile(r"[\s-]+")


class Visibility(NamedTuple):
    """reason: why a text is not public now, in Chinese, or "". gone: whether it has expired.

    expires: when it will expire, or None.
    """

    reason: str = ""
    gone: bool = False
    expires: datetime | None = None


def visibility(fields: Mapping[str, str], row: Mapping[str, str], folders: Iterable[str], now: datetime) -> Visibility:
    """A file's visibility at this moment by front matter, manifest row (may be empty) and parent folders."""
    reason = next(iter(_reasons(fields, row, folders, now)), "")
    if reason:
        return Visibility(reason)
    ends = []
    for key, value in (*_named(fields, ENDS), *_named(row, ENDS)):
        if value:
            if (end := read_date(value)) is None and value.lower() not in _OFF and not value.startswith(_NEVER):
                return Visibility(f"看不懂到期时间（{key}: {value[:40]}）")
            ends += [end] if end else []
    if not ends:
        return Visibility()
    end = min(ends)
    return Visibility("", False, end) if end > now else Visibility(f"已于 {end:%Y-%m-%d %H:%M} 到期", True)


def _reasons(fields: Mapping[str, str], row: Mapping[str, str], folders: Iterable[str], now: datetime) -> Iterator[str]:
    for folder in folders:
        if folder.casefold() in FOLDERS:
            yield f"放在文件夹 {folder} 里"
    for key, value, known in [*((k, v, True) for k, v in fields.items()), *((k, v, False) for k, v in row.items())]:
        name, word = _name(key), value.strip()
        off = word.lower() in _OFF
        statement = f"{key}: {word[:40]}"
        if (name in HIDES and not off) or (name in SHOWS and off and word):
            yield f"来源标明不公开（{statement}）"
        elif name in PASSWORDS and not off:
            yield f"来源设了密码（{key}）"
        elif name in STATES and word:
            state = word.lower()
            if _HIDDEN_STATES.search(state):
                yield f"来源标明不公开（{statement}）"
            elif known and state not in _SHOWN_STATES:  # a table's status may be anything, such as an HTTP status
                yield f"看不出是否公开（{statement}）"
    for _, value in (*_named(fields, BEGINS), *_named(row, BEGINS)):
        begin = read_date(value)
        if begin and begin > now:
            yield f"定于 {begin:%Y-%m-%d %H:%M} 发布"


def _name(key: str) -> str:
    return _SEPARATORS.sub("_", key.strip().lower())


def _named(fields: Mapping[str, str], names: frozenset[str]) -> Iterator[tuple[str, str]]:
    return ((key, value.strip()) for key, value in fields.items() if _name(key) in names)
