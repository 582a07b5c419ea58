"""How templates are compiled: includes in place, by the right name when something is wrong, anew when a part changed."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from jiyue.render.templates import environment


def theme(folder: Path, **templates: str) -> Path:
    """A theme of these templates; `__` in a name stands for a slash."""
    for name, text in templates.items():
        path = folder / "templates" / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "translations").mkdir(exist_ok=True)
    return folder


def test_an_include_sees_the_names_around_it_and_keeps_its_own(tmp_path: Path) -> None:
    page = "{% for x in xs %}{% set y = x %}{% include 'c/part.html' %}{{ y }};{% endfor %}{{ z|default('-') }}"
    env = environment(theme(tmp_path, page=page, c__part="[{{ x }}{% set z = 1 %}{% set y = 9 %}{{ y }}]"), None)
    assert env.get_template("page.html").render(xs=["<", "b"]) == "[&lt;9]&lt;;[b9]b;-"


def test_a_part_may_include_itself(tmp_path: Path) -> None:
    tree = "({{ n.name }}{% for n in n.below %}{% include 'tree.html' %}{% endfor %})"
    env = environment(theme(tmp_path, page="{% include 'tree.html' %}", tree=tree), None)
    leaf = {"name": "叶", "below": []}
    assert env.get_template("page.html").render(n={"name": "根", "below": [leaf, leaf]}) == "(根(叶)(叶))"


def test_a_mistake_in_a_part_is_told_by_its_own_name_and_line(tmp_path: Path) -> None:
    env = environment(theme(tmp_path, page="a\nb\n{% include 'c/part.html' %}", c__part="\n{% if %}"), None)
    with pytest.raises(jinja2.TemplateSyntaxError) as found:
        env.get_template("page.html")
    assert (found.value.name, found.value.lineno) == ("c/part.html", 2)


def test_kept_byte_code_is_not_used_when_a_part_of_a_part_changed(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "theme"
    theme(folder, page="{% include 'a.html' %}", a="{% include 'b.html' %}", b="1")
    assert environment(folder, cache).get_template("page.html").render() == "1"
    theme(folder, b="2")
    assert environment(folder, cache).get_template("page.html").render() == "2"
