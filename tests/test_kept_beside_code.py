"""What a start keeps beside the byte code gives what making it anew gives, whatever became of the file."""

from __future__ import annotations

import datetime
import importlib
import marshal
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jiyue
import jiyue_plugins
from jiyue import version
from jiyue.base import atomic, kept, patterns
from jiyue.checks.text import wording
from jiyue.render import bytecode


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the patterns, of this test alone."""
    file = tmp_path / "patterns.kept"
    monkeypatch.setattr(patterns, "_file", lambda: file)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(patterns, "_NEW", {})
    patterns._kept.cache_clear()
    yield file
    patterns._kept.cache_clear()


def again() -> None:
    """As a new process."""
    patterns._NEW.clear()
    patterns._kept.cache_clear()


def from_file(monkeypatch: pytest.MonkeyPatch, *asked: Any) -> re.Pattern[Any]:
    """The pattern as a process gives it that compiles nothing."""
    again()
    with monkeypatch.context() as within:
        within.setattr(patterns, "_compile", None)
        within.setattr(re, "compile", None)
        return patterns.compiled(*asked)


def test_every_pattern_of_the_program_comes_back_as_it_was_compiled(
    beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in (jiyue, jiyue_plugins):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "pelicanconf", "dask")):
                importlib.import_module(module.name)
    every = {one._args for one in patterns._ALL}
    assert len(every) > 300
    for asked in every:
        patterns.compiled(*asked)
    patterns.keep()
    for asked in every:
        usual, restored = re.compile(*asked), from_file(monkeypatch, *asked)
        assert restored == usual
        assert (restored.groupindex, restored.groups) == (usual.groupindex, usual.groups)


@given(
    st.from_regex(r"(?:[a-c.]|\[[a-e]-z\]|\((?:\?P<n>|\?:)?[ab甲]\)){0,6}[*+?]?", fullmatch=True), st.text("abcd甲\n")
)
def test_a_pattern_finds_the_same_after_it_was_kept(text: str, subject: str) -> None:
    try:
        usual = re.compile(text, re.IGNORECASE)
    except re.error:
        with pytest.raises(re.error):
            patterns.compiled(text, re.IGNORECASE)
        return
    row = marshal.loads(marshal.dumps(patterns._compile(text, int(re.IGNORECASE))))
    made = re._compiler._sre.compile(text, row[0], memoryview(row[1]).cast("I").tolist(), *row[2:])  # type: ignore[attr-defined]
    assert [m.span() for m in made.finditer(subject)] == [m.span() for m in usual.finditer(subject)]


BROKEN = [
    b"",
    b"\0" * 40,
    atomic._checksum(b"x") + b"x",
    *(atomic._checksum(data) + data for data in (
        marshal.dumps(None),
        marshal.dumps((sys.version, {("a(b)", 0): None})),
        marshal.dumps((sys.version, {("a(b)", 0): (0, b"123", 1, {}, (None, None))})),
        marshal.dumps(("other " + sys.version, {("a(b)", 0): patterns._compile("x", 0)})),
    )),
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_a_damaged_file_or_one_of_another_python_costs_only_time(beside: Path, data: bytes) -> None:
    beside.write_bytes(data)
    again()
    assert patterns.compiled("a(b)") == re.compile("a(b)")
    patterns.keep()
    again()
    assert patterns.compiled("a(b)") == re.compile("a(b)")


def test_a_folder_that_cannot_be_written_costs_only_time(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = beside.parent / "file"
    blocked.touch()
    monkeypatch.setattr(patterns, "_file", lambda: blocked / "patterns.kept")
    again()
    assert patterns.compiled("a(b)") == re.compile("a(b)")
    patterns.keep()
    assert blocked.read_bytes() == b""


def test_the_shipped_words_are_read_from_the_file_only_while_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "terms.yaml"
    monkeypatch.setattr(wording, "SHIPPED", shipped)
    monkeypatch.setattr(kept, "place", lambda _: tmp_path / "kept.kept")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for right in ("甲", "乙"):
        shipped.write_text(f"- {{wrong: 错, right: {right}}}\n", "utf-8")
        first = wording.load_terms([shipped], datetime.date(2026, 11, 20))
        with monkeypatch.context() as within:
            within.setitem(sys.modules, "yaml", None)
            assert wording.load_terms([shipped], datetime.date(2026, 11, 20)) == first
        assert [term.right for term in first.terms] == [right]
    next(tmp_path.glob("terms.*.kept")).write_bytes(b"x")
    assert wording.load_terms([shipped], datetime.date(2026, 11, 20)) == first


def test_who_wants_no_byte_code_kept_gets_none(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    patterns.compiled("a(b)")
    patterns.keep()
    assert not beside.exists()


def test_patterns_of_lists_that_change_do_not_pile_up(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST", 3)
    for text in "abcde":
        again()
        patterns.compiled(text)
        patterns.keep()
    again()
    assert [text for text, _ in patterns._kept()] == ["d", "e"]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of one file, an hour old, whose digest is kept in a file of this test."""
    (tmp_path / "jiyue/base").mkdir(parents=True)
    (tmp_path / "jiyue_plugins").mkdir()
    (tmp_path / "jiyue/base/a.py").write_text("a = 1\n")
    monkeypatch.setattr(version, "PRODUCT_ROOT", tmp_path)
    monkeypatch.setattr(version, "_file", lambda: tmp_path / "version.kept")
    monkeypatch.setattr(version, "_RACY_NS", 0)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    time.sleep(0.02)
    return tmp_path


def digest() -> str:
    version.engine_digest.cache_clear()
    try:
        return version.engine_digest()
    finally:
        version.engine_digest.cache_clear()


def test_the_digest_of_the_program_is_read_again_only_where_a_file_changed(
    engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest()
    with monkeypatch.context() as within:
        within.setattr(version, "_add", None)
        assert digest() == first
    seen = {first}
    for change in (
        lambda: (engine / "jiyue/base/a.py").write_text("a = 2\n"),
        (engine / "jiyue_plugins/b.yaml").touch,
        lambda: (engine / "jiyue_plugins/b.yaml").rename(engine / "jiyue/b.yaml"),
        lambda: (engine / "jiyue/b.yaml").replace(engine / "jiyue/base/a.py"),
    ):
        change()
        now = digest()
        (engine / "version.kept").unlink()
        assert digest() == now
        seen.add(now)
    assert len(seen) == 5


def test_a_damaged_record_of_the_program_is_not_believed(engine: Path) -> None:
    first = digest()
    data = (engine / "version.kept").read_bytes()
    for broken in (b"", data[:-1], data[:20] + b"\xff" + data[21:], data[:40] + b"g" + data[41:], b"x" * 80):
        (engine / "version.kept").write_bytes(broken)
        assert digest() == first


def test_a_file_that_was_just_changed_is_read_each_time(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "_RACY_NS", 3_600_000_000_000)
    digest()
    assert not (engine / "version.kept").exists()


def compiled(folder: Path, monkeypatch: pytest.MonkeyPatch, **templates: str) -> tuple[dict[str, str], int]:
    """(what each template gives, how many had to be compiled) in a process and with a cache of its own."""
    bytecode.bytecode.cache_clear()
    many = 0

    class Counting(jinja2.Environment):
        def _compile(self, source: str, filename: str) -> Any:
            nonlocal many
            many += 1
            return super()._compile(source, filename)

    env = Counting(loader=jinja2.DictLoader(templates), bytecode_cache=bytecode.bytecode(folder / "words"))
    return {name: env.get_template(name).render() for name in templates}, many


def test_the_products_own_templates_are_compiled_once_for_all_clusters_and_others_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theme/templates").mkdir(parents=True)
    (tmp_path / "theme/templates/a.html").write_text("甲{{ 1 + 1 }}")
    monkeypatch.setattr(bytecode, "THEME", tmp_path / "theme")
    monkeypatch.setattr(bytecode, "_beside_code", lambda: tmp_path / "beside")
    monkeypatch.setattr(bytecode, "engine_digest", lambda: "one")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    both = {"a.html": "甲{{ 1 + 1 }}", "b.html": "乙"}
    assert compiled(tmp_path / "x", monkeypatch, **both) == ({"a.html": "甲2", "b.html": "乙"}, 2)
    assert compiled(tmp_path / "x", monkeypatch, **both)[1] == 0
    assert compiled(tmp_path / "y", monkeypatch, **both) == ({"a.html": "甲2", "b.html": "乙"}, 1)
    assert compiled(tmp_path / "z", monkeypatch, **{"a.html": "另{{ 1 + 1 }}"}) == ({"a.html": "另2"}, 1)
    assert compiled(tmp_path / "v", monkeypatch, **both)[1] == 1
    monkeypatch.setattr(bytecode, "engine_digest", lambda: "two")
    assert compiled(tmp_path / "y", monkeypatch, **both)[1] == 2
    for file in (tmp_path / "beside").rglob("*.bytecode"):
        file.write_bytes(file.read_bytes()[:-3])
    assert compiled(tmp_path / "w", monkeypatch, **both) == ({"a.html": "甲2", "b.html": "乙"}, 2)
