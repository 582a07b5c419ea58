"""The fields of an article's form, from the models of the front matter: their names, hints and choices have no other source.

A model's description is `名称；说明` or `名称：说明`; the words of a choice stand in it as `值 名称、值 名称`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from jiyue.base.patterns import pattern
from jiyue.catalogue import models
from jiyue.catalogue.models import KINDS, News
from jiyue.importers.official import GENRES
from jiyue.registry.site import Registry, Site


class Widget(enum.StrEnum):
    """How a field is asked for. WORDS: several on one line; LINES: one a line; GROUP: one mapping; ROWS: several."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    CHECK = "check"
    WORDS = "words"
    LINES = "lines"
    GROUP = "group"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Field:
    """A field. choices: value → name, of a CHOICE; suggestions: likely values of a text; fields: of a GROUP or a row.

    default: of a CHOICE or a CHECK, the value that stands for no value.
    """

    name: str
    label: str
    hint: str
    widget: Widget
    required: bool = False
    most: int = 0
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    suggestions: tuple[str, ...] = ()
    fields: tuple[Field, ...] = field(default=())


GROUPS: dict[str, tuple[str, ...]] = {
    "基本": ("title", "date", "summary", "keywords", "source", "author", "picture"),
    "发布": ("publish_at", "expires", "status", "pinned", "emergency", "push_down", "mandatory", "report_up", "updates"),
    "分类与目录": (
        "doc_number", "index_no", "issuer", "topic", "genre", "created", "effective", "valid_until", "validity", "ended",
        "normative", "form",
    ),
    "关联": (
        "interprets", "interpretation", "replaces", "replaced_by", "amends", "repost_of", "translation_of", "lang", "aliases",
    ),
}  # fmt: skip
"""The parts of the form. What a kind alone has belongs to the first one, all else to 更多."""
MORE = "更多"

_NOT_ASKED = frozenset({"kind", "review", "synced", "migrated", "withdraw"})
"""Written by other ways: the choice of a kind, review, `jiyue sync`, imports, withdrawal."""
_DOCUMENTS = ("document",)
_LOOSE = ("news", "page")
_OF_KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("doc_number", "index_no", "issuer", "topic", "genre", "created", "effective", "valid_until", "validity", "ended",
         "normative", "replaces", "replaced_by", "amends"), _DOCUMENTS,
    ),
    **dict.fromkeys(("layout", "video", "functions", "posts", "annual_report", "catalogue"), _LOOSE),
    "charts": (*_LOOSE, "interpretation", "response", "document"),
    "interprets": ("interpretation", "news", "interview"),
    "repost_of": ("news", "interpretation", "response", "document", "rebuttal"),
    "updates": ("news", "response", "rebuttal", "letter", "survey"),
    "status": (),
}  # fmt: skip
"""Fields of every model that are asked for these kinds alone. One that an article has is always shown."""
_LONG = frozenset({"summary", "facts", "claim", "resume", "duties", "reply", "text", "reason"})
_UNITS = frozenset({"unit", "issuer", "responding_unit"})
_PARTS = pattern(r"[：；，（]|(?<=[^\x00-\x7f])[ ]")
_WORD = pattern(r"(?<![\w-])([a-z][a-z0-9_]*) ([^、；，。）]+)")


def groups(
    kind: str,
    site: Site,
    column: str,
    registry: Registry,
    *,
    present: Sequence[str] = (),
    topics: Sequence[str] = (),
    now: str = "",
) -> dict[str, list[Field]]:
    """The form of an article, in parts. present: the fields that it has, which are shown even if its kind needs none such.

    topics: those in use, as suggestions; now: the moment at which officers hold their posts.
    """  # fmt: skip
    shown = [
        one for one in _fields(KINDS[kind]) if one.name in present or _fits(one.name, kind, site, column, registry)
    ]
    shown = [_suggested(one, site, topics, now) for one in shown]
    own = KINDS[kind].model_fields.keys() - News.model_fields.keys()
    place = {name: group for group, names in GROUPS.items() for name in names}
    first = next(iter(GROUPS))
    made: dict[str, list[Field]] = {group: [] for group in (*GROUPS, MORE)}
    for one in shown:
        made[place.get(one.name, first if one.name in own else MORE)].append(one)
    for group, names in GROUPS.items():
        rank = {name: number for number, name in enumerate(names)}
        made[group].sort(key=lambda one: rank.get(one.name, len(rank)))
    return {group: fields for group, fields in made.items() if fields}


def _fits(name: str, kind: str, site: Site, column: str, registry: Registry) -> bool:
    if kind not in _OF_KINDS.get(name, (kind,)):
        return False
    if name in ("push_down", "mandatory"):
        return any(site.id in one.superiors for one in registry.sites.values())
    if name == "report_up":
        return bool(site.superior)
    if name in ("lang", "translation_of"):
        return len(site.languages) > 1
    if name == "emergency":
        return bool(site.review_steps(column))
    return True


def _suggested(one: Field, site: Site, topics: Sequence[str], now: str) -> Field:
    """The field with the values that the site knows for it."""
    officers = [o for o in site.officers if o.get("since", "") <= now[:10] <= o.get("until", "9999") or not now]
    known: dict[str, Sequence[str]] = {
        "source": site.own_names,
        "author": [o["post"] for o in officers if o.get("role") == "信息联络员"],
        "topic": topics,
        "genre": GENRES,
        **{name: [*site.own_names, *(o.get("unit", "") for o in officers)] for name in _UNITS},
    }
    if one.name == "lang":
        return replace(
            one, widget=Widget.CHOICE, choices=(("", "本站点的语种"), *((lang, lang) for lang in site.languages))
        )
    words = tuple(dict.fromkeys(filter(None, known.get(one.name, one.suggestions))))
    return replace(one, suggestions=words)


@cache
def _fields(model: type[BaseModel]) -> tuple[Field, ...]:
    return tuple(_field(name, info) for name, info in model.model_fields.items() if name not in _NOT_ASKED)


def _field(name: str, info: FieldInfo) -> Field:
    label, hint = said(info.description or name)
    types = set(_plain(info.annotation))
    marks = [*info.metadata, *_marks(info.annotation)]
    checks = {getattr(mark, "func", None) for mark in marks}
    most = max((getattr(mark, "max_length", None) or 0 for mark in marks), default=0)
    inner = next((one for one in types if isinstance(one, type) and issubclass(one, BaseModel)), None)
    many = any(get_origin(one) is tuple for one in _unions(info.annotation))
    literals = [value for one in _unions(info.annotation) if get_origin(one) is Literal for value in get_args(one)]
    one = Field(name, label, hint, Widget.LINE, info.is_required(), most)
    if inner:
        one = replace(one, widget=Widget.ROWS if many else Widget.GROUP, fields=_fields(inner))
    elif literals:
        one = _choice(one, info, [str(value) for value in literals])
    elif models._words in checks or (many and bool in types):
        one = replace(one, widget=Widget.WORDS)
    elif many:
        one = replace(one, widget=Widget.LINES)
    elif bool in types:
        one = replace(one, widget=Widget.CHECK, default="true" if info.default is True else "")
    elif int in types or float in types:
        one = replace(one, widget=Widget.NUMBER)
    elif models._date in checks:
        one = replace(one, widget=Widget.DATE)
    elif name in _LONG or "空行分段" in (info.description or ""):
        one = replace(one, widget=Widget.TEXT)
    if name == "category":
        one = replace(one, suggestions=tuple(hint.split("、")))
    return one


def _choice(one: Field, info: FieldInfo, values: list[str]) -> Field:
    words = dict(_WORD.findall(info.description or ""))
    default = "" if info.is_required() or info.default is None else str(info.default)
    named = [(value, words.get(value, value)) for value in values if value != default]
    if not info.is_required():
        named.insert(0, ("", words.get(default, default)))
    hint = (info.description or "").rpartition("；")[2] if words and "；" in (info.description or "") else one.hint
    return replace(
        one,
        widget=Widget.CHOICE,
        choices=tuple(named),
        default=default,
        hint="" if words and hint == one.hint else hint,
    )


def said(description: str) -> tuple[str, str]:
    """Name and hint in a description: `固定编号；省略时由…` → 固定编号, 省略时由…"""
    cut = _PARTS.search(description)
    if not cut:
        return description, ""
    rest = description[cut.end() :].strip()
    if cut[0] == "（":
        rest = rest.replace("）", "", 1).lstrip("；，：")
    return description[: cut.start()], rest


def _unions(annotation: Any) -> Iterator[Any]:
    """The members of a union, without marks."""
    origin = get_origin(annotation)
    if origin is Union or origin is UnionType:
        for one in get_args(annotation):
            yield from _unions(one)
    elif hasattr(annotation, "__metadata__"):
        yield from _unions(get_args(annotation)[0])
    elif annotation is not NoneType:
        yield annotation


def _plain(annotation: Any) -> Iterator[Any]:
    """The plain types in an annotation; of a tuple, those of its items."""
    for one in _unions(annotation):
        if get_origin(one) is tuple:
            yield from _plain(get_args(one)[0])
        elif get_origin(one) is not Literal:
            yield get_origin(one) or one


def _marks(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    if get_origin(annotation) is not Literal:
        for one in get_args(annotation):
            yield from _marks(one)
