"""Compiled templates: errors name the right file and line; a change of any part compiles them again."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from jiyue.render.templates import environment


def theme(folder: Path, **templates: str) -> Path:
    """A theme with these templates; `__` in a name means a slash."""
    for name, text in templates.items():
        path = folder / "templates" / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "translations").mkdir(exist_ok=True)
    return folder


def test_a_mistake_in_a_part_is_told_by_its_own_name_and_line(tmp_path: Path) -> None:
    env = environment(theme(tmp_path, page="a\nb\n{% include 'c/part.html' %}", c__part="\n{% if %}"), None)
    with pytest.raises(jinja2.TemplateSyntaxError) as found:
        env.get_template("page.html").render()
    assert (found.value.name, found.value.lineno) == ("c/part.html", 2)


def test_kept_byte_code_is_not_used_when_a_part_of_a_part_changed(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "theme"
    theme(folder, page="{% include 'a.html' %}", a="{% include 'b.html' %}", b="1")
    assert environment(folder, cache).get_template("page.html").render() == "1"
    theme(folder, b="2")
    assert environment(folder, cache).get_template("page.html").render() == "2"


class _Shown:
    """What says of itself how it is shown, and what only looks like a dictionary."""

    items = "属性"

    def __html__(self) -> str:
        return "<b>"

    def __getitem__(self, name: str) -> str:
        return f"[{name}]"


def test_values_are_shown_as_jinja_shows_them(tmp_path: Path) -> None:
    """Escaping and access are taken a shorter way (jiyue/render/jinja_fast_path.py): with the same result."""
    page = "{{ v }}|{{ v ~ '<' }}|{% set w %}{{ v }}{% endset %}{{ w }}|{{ [v, 1]|join('&') }}|{{ v|upper }}"
    ours = environment(theme(tmp_path, page=page), None).get_template("page.html")
    theirs = jinja2.Environment(autoescape=True).from_string(page)
    values = ["甲", "a&b", "<i>", "'\"", Markup("<u>&</u>"), 7, None, 1.5, _Shown(), [1, "<"], {"<": 1}, ""]
    for value in values:
        assert ours.render(v=value) == theirs.render(v=value), value


def test_names_are_looked_up_as_jinja_looks_them_up(tmp_path: Path) -> None:
    page = "{{ v.name|default('-') }}|{{ v.items is callable }}|{{ v['items']|default('-') }}"
    ours = environment(theme(tmp_path, page=page), None).get_template("page.html")
    theirs = jinja2.Environment(autoescape=True).from_string(page)
    values = [{"name": "<a>"}, {"items": 1}, {}, {"name": None}, _Shown(), OrderedDict(name=1), Markup("x"), 7]
    for value in values:
        assert ours.render(v=value) == theirs.render(v=value), value
    with pytest.raises(jinja2.UndefinedError):
        environment(theme(tmp_path, page="{{ v.name }}"), None).get_template("page.html").render(v={})
