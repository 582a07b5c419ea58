"""Changes the front matter of an article as a text: every other byte of the file stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.read import MAX_BYTES

_KEY = pattern(r"([^\s#\-:\[\]{}&*!|>'\"%@`][^\s:]*|\"[^\"\n]*\"|'[^'\n]*')[ \t]*:(?:[ \t\r].*)?", 0)
_END = pattern(r"(?:---|\.\.\.)[ \t\r]*")


class Head(NamedTuple):
    """A file in parts: field -> its lines, in order ('' for lines before the first one); end and body follow."""

    fields: dict[str, str]
    end: str
    body: str

    @property
    def text(self) -> str:
        """The whole file."""
        return "---\n" + "".join(self.fields.values()) + self.end + self.body


def parts(text: str) -> Head | None:
    """Take a file apart; None if its front matter is not YAML between `---` lines, with each field once."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None
    fields: dict[str, str] = {}
    key, at = "", 1
    for at, line in enumerate(lines[1:], 1):  # noqa: B007  (used after the loop)
        if _END.fullmatch(line):
            break
        match = _KEY.fullmatch(line)
        if match:
            key = match[1].strip("\"'")
            if key in fields:
                return None
        fields[key] = fields.get(key, "") + line + "\n"
    else:
        return None
    rest = "\n".join(lines[at + 1 :])
    return Head(fields, lines[at] + ("\n" if at + 1 < len(lines) else ""), rest)


def values(data: bytes) -> dict[str, Any]:
    """The front matter of a file, {} if it has none that can be read."""
    try:
        return split(decode(data)).values
    except (NotUtf8, NoFrontMatter):
        return {}


def title(data: bytes, path: str) -> str:
    """An article's title, or else the name of its file."""
    written = values(data).get("title") if len(data) <= MAX_BYTES else ""
    return " ".join(str(written or "").split()) or path.rpartition("/")[2]


def unreviewed(data: bytes) -> bytes | None:
    """The file without records of review; None if they can't be taken off."""
    return with_fields(data, {"review": None}) if "review" in values(data) else data


def with_fields(data: bytes, changes: Mapping[str, Any]) -> bytes | None:
    """The file with these fields (None: without); None if that can't be done without changing another.

    New fields come last. A mapping is written with a line for each key.
    """
    try:
        text = decode(data)
        before = split(text)
    except (NotUtf8, NoFrontMatter):
        return None
    head = parts(text)
    if head is None:  # `Key: value` lines, or a form that only our reader understands
        fields = {key: _written(key, value) for key, value in before.values.items()}
        head = Head(fields, "---\n", ("" if before.body.startswith("\n") else "\n") + before.body)
    fields = dict(head.fields)
    for key, value in changes.items():
        if value is None:
            fields.pop(key, None)
        else:
            fields[key] = _written(key, value)
    wanted = {key: value for key, value in (dict(before.values) | dict(changes)).items() if value is not None}
    text = head._replace(fields=fields).text
    try:
        after = split(text)
    except NoFrontMatter:
        return None
    same = _plain(after.values) == _plain(wanted) and after.body.lstrip("\n") == before.body.lstrip("\n")
    return text.encode("utf-8", "surrogatepass") if same else None


def line(comment: str) -> str:
    """A comment as one line of a commit's message, '' for none."""
    return json.dumps(comment.strip()[:5000], ensure_ascii=False) if comment.strip() else ""


def _written(key: str, value: Any) -> str:
    if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
        return f"{key}:\n" + "".join(f"  {inner}: {_flow(one)}\n" for inner, one in value.items())
    return f"{key}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


_PLAIN = pattern(r"[\u4e00-\u9fffA-Za-z][\u4e00-\u9fff\w·．]*|\d{4}-\d\d-\d\d(?: \d\d:\d\d)?")
_WORDS = frozenset("yes no on off true false null y n".split())  # noqa: SIM905


def _plain(value: Any) -> Any:
    """Values as text, so that a date is the same whether YAML or we made a date of it."""
    return json.loads(json.dumps(value, default=str))
