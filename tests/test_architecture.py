"""The rooms of the code and their one direction; what may not be in any file of the repository."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = [
    {"jiyue.version"},
    {"jiyue.base"},
    {"jiyue.registry"},
    {"jiyue.catalogue"},
    {"jiyue.search"},
    {"jiyue.checks", "jiyue.importers"},
    {"jiyue.render"},
    {"jiyue.build"},
    {"jiyue.publish"},
    {"jiyue.preview"},
    {"jiyue.commands"},
    {"jiyue.cli"},
    {"jiyue.__main__"},
]
"""The rooms, lowest first. A room imports itself and what is below it, never its equals; `jiyue` itself is below all.
A new room has to be given its place here."""

PELICAN = {"plugins", "jiyue.build", "jiyue.render"}
"""Who may import Pelican: those that host a site's build, and what happens inside one."""

HOSTS_OF_THE_COMMAND_LINE = {"jiyue.__main__", "jiyue.cli"}
"""Who may import jiyue.cli."""

HEIGHT = {room: height for height, rooms in enumerate(LAYERS) for room in rooms}


def module_name(path: Path, root: Path) -> str:
    """jiyue/registry/__init__.py → jiyue.registry"""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a file imports, wherever in it; `from a import b` counts as `a.b`."""
    package = module_name(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def room_of(module: str) -> str:
    """jiyue.registry.load → jiyue.registry; outside jiyue the first word alone."""
    first, *rest = module.split(".")
    return f"{first}.{rest[0]}" if first == "jiyue" and rest else first


def faults(root: Path) -> Iterable[str]:
    """Every import that goes against the direction, as one line each."""
    for path in sorted([*root.glob("jiyue/**/*.py"), *root.glob("plugins/**/*.py")]):
        room = room_of(module_name(path, root))
        if room not in HEIGHT and room not in {"jiyue", "plugins"}:
            yield f"{path.relative_to(root)}: the room {room} has no place in LAYERS"
            continue
        for line, name in imports(path, root):
            target = room_of(name)  # of `from jiyue import __version__` it is no room, and always allowed
            where = f"{path.relative_to(root)}:{line}: {room} imports {name}"
            if target == "plugins" and room != "plugins":
                yield f"{where}, but jiyue/ never imports a plugin"
            elif target == "pelican" and room not in PELICAN:
                yield f"{where}, but only {', '.join(sorted(PELICAN))} may"
            elif target == "jiyue.cli" and room not in HOSTS_OF_THE_COMMAND_LINE:
                yield f"{where}, but nothing imports the command line"
            elif target in HEIGHT and room in HEIGHT and target != room and HEIGHT[target] >= HEIGHT[room]:
                yield f"{where}, which is not below it"
            elif target in HEIGHT and room == "jiyue":
                yield f"{where}, but the package itself is below every room"


def test_imports_go_in_one_direction() -> None:
    assert list(faults(ROOT)) == []


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("jiyue/registry/x.py", "from plugins import furniture", "never imports a plugin"),
        ("jiyue/registry/x.py", "def f():\n    from jiyue.catalogue.scan import scan", "not below it"),
        ("jiyue/registry/x.py", "from ..catalogue import scan", "not below it"),
        ("jiyue/checks/x.py", "import jiyue.search", "not below it"),
        ("jiyue/catalogue/x.py", "from pelican import signals", "only jiyue.build, jiyue.render, plugins may"),
        ("jiyue/build/x.py", "from jiyue import cli", "nothing imports the command line"),
        ("plugins/x.py", "from jiyue.cli import main", "nothing imports the command line"),
        ("jiyue/__init__.py", "from jiyue.registry import load", "below every room"),
        ("jiyue/registryy/x.py", "", "no place in LAYERS"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, path: str, text: str, fault: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    [found] = faults(tmp_path)
    assert found.startswith(path)
    assert fault in found


def test_a_right_import_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "jiyue" / "catalogue" / "x.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "import re\nfrom jiyue import __version__\nfrom jiyue.registry.site import Site\nfrom . import scan\n",
        encoding="utf-8",
    )
    assert list(faults(tmp_path)) == []


FORBIDDEN = {
    "an absolute path of some machine": r"(?<![\w./~-])/(?:root|home/\w+|Users/\w+|work/\w+|tmp/\w+/\w+)/",
    "a package registry": r"pypi\.org|pythonhosted\.org|npm(?:js|mirror)\.(?:org|com)|deb\.debian\.org",
    "a folder outside the repository": r"\.\./shared/",
}
ALLOWED = {(".ci/run", "a folder outside the repository")}


def tracked() -> list[str]:
    """Every file that git knows of."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    run = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in run.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        for what, pattern in FORBIDDEN.items():
            if (name, what) not in ALLOWED:
                found += [f"{name}: {what}: {match[0]}" for match in re.finditer(pattern, text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "open('/ro" + "ot/x')",
        "see /ho" + "me/ann/x",
        "--index-url https://py" + "pi.org/simple",
        "https://files.python" + "hosted.org/a",
        "../sha" + "red/data",
    ],
)
def test_the_patterns_find_what_they_are_for(text: str) -> None:
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def test_the_patterns_leave_addresses_alone() -> None:
    for text in ["https://www.jl.example/home/x/y/", "/srv/www/jilin/", "content/work/a/"]:
        assert not [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)], text
