"""The rooms of the code and the direction of their imports; what no file of the repository may contain."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = [
    "version",
    "base",
    "registry",
    "catalogue",
    "linkage",
    "search",
    "importers",
    "checks.text",
    "upstream",
    "letters",
    "checks.attachment",
    "checks.article",
    "checks.page",
    "checks.repository",
    "checks",
    "audit.measures",
    "render.theme",
    "render.pages",
    "render",
    "build",
    "publish.release",
    "publish.webserver",
    "publish.deploy",
    "publish.submit",
    "publish",
    "archive",
    "importers.word",
    "preview",
    "probe",
    "responsibility",
    "resources",
    "audit",
    "training",
    "digest",
    "editor",
    "cli",
    "__main__",
]
"""The rooms of jiyue/, lowest first. A room imports itself and what is below it; `jiyue` itself is below all.
A new room has to be given its place here. Nothing else lies directly in jiyue/ but `version` and `__main__`."""

PELICAN = {"jiyue_plugins", "build", "render"}
"""Who may import Pelican: those that host a site's build, and what happens inside one."""

HEIGHT = {room: height for height, room in enumerate(LAYERS)}


def module_name(path: Path, root: Path) -> str:
    """jiyue/registry/__init__.py → jiyue.registry"""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a file imports, wherever in it; `from a import b` counts as `a.b`."""
    package = module_name(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in _runs(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _runs(node: ast.AST) -> Iterator[ast.AST]:
    """The code that runs: all except blocks of `if TYPE_CHECKING`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
            yield from _runs(child)


def room_of(module: str) -> str:
    """jiyue.registry.load → registry; jiyue.checks.text.privacy → checks.text; outside jiyue the first word alone."""
    first, *rest = module.split(".")
    if first != "jiyue" or not rest:
        return first
    inner = ".".join(rest[:2])
    return inner if inner in HEIGHT else rest[0]


def faults(root: Path) -> Iterable[str]:
    """Every import that goes against the direction, as one line each."""
    for path in sorted([*root.glob("jiyue/**/*.py"), *root.glob("jiyue_plugins/**/*.py")]):
        room = room_of(module_name(path, root))
        if room not in HEIGHT and room not in {"jiyue", "jiyue_plugins"}:
            yield f"{path.relative_to(root)}: the room {room} has no place in LAYERS"
            continue
        for line, name in imports(path, root):
            ours = name.startswith(("jiyue.", "jiyue_plugins."))
            target = room_of(name)  # of `from jiyue import __version__` it is no room, and always allowed
            where = f"{path.relative_to(root)}:{line}: {room} imports {name}"
            if target in {"plugins", "jiyue_plugins"} and room != "jiyue_plugins":
                yield f"{where}, but jiyue/ never imports a plugin"
            elif target == "pelican" and room.partition(".")[0] not in PELICAN:
                yield f"{where}, but only {', '.join(sorted(PELICAN))} may"
            elif ours and target == "cli" and room not in {"cli", "__main__"}:
                yield f"{where}, but nothing imports the command line"
            elif ours and target in HEIGHT and room in HEIGHT and HEIGHT[target] > HEIGHT[room]:
                yield f"{where}, which is not below it"
            elif ours and target in HEIGHT and room == "jiyue":
                yield f"{where}, but the package itself is below every room"


def circles(root: Path) -> list[list[str]]:
    """Modules of jiyue/ that import each other in a circle, imports within functions included, those for types alone not."""
    paths = {module_name(path, root): path for path in root.glob("jiyue/**/*.py")}
    waiting = {module: set(_modules(path, root, paths.keys())) - {module} for module, path in paths.items()}
    while free := [module for module, needs in waiting.items() if not needs & waiting.keys()]:
        for module in free:
            del waiting[module]
    needed = {module: {other for other, needs in waiting.items() if module in needs} for module in waiting}
    while loose := [module for module, users in needed.items() if not users & needed.keys()]:
        for module in loose:
            del needed[module]
    return [sorted(needed)] if needed else []


def _modules(path: Path, root: Path, known: Collection[str]) -> Iterator[str]:
    for _, name in imports(path, root):
        if name in known:
            yield name
        elif name.rpartition(".")[0] in known:
            yield name.rpartition(".")[0]


def test_imports_go_in_one_direction() -> None:
    assert list(faults(ROOT)) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(ROOT) == []


def test_a_circle_is_found_whatever_hangs_on_it(tmp_path: Path) -> None:
    (tmp_path / "jiyue").mkdir()
    for name, text in {
        "a": "from jiyue import b, leaf",
        "b": "def f():\n    from jiyue.c import x",
        "c": "import jiyue.a",
        "leaf": "",
        "user": "from jiyue.a import y",
        "typed": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from jiyue import typed2",
        "typed2": "from jiyue import typed",
    }.items():
        (tmp_path / "jiyue" / f"{name}.py").write_text(text, encoding="utf-8")
    assert circles(tmp_path) == [["jiyue.a", "jiyue.b", "jiyue.c"]]


def test_nothing_lies_directly_in_the_package() -> None:
    loose = {path.stem for path in (ROOT / "jiyue").glob("*.py")}
    assert loose == {"__init__", "__main__", "version"}
    assert {p.name for p in (ROOT / "jiyue").iterdir() if p.is_dir() and p.name != "__pycache__"} - {
        "fonts",
        "profiles",
    } <= {room.partition(".")[0] for room in LAYERS}


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("jiyue/registry/x.py", "from jiyue_plugins import furniture", "never imports a plugin"),
        ("jiyue/registry/x.py", "def f():\n    from jiyue.catalogue.scan import scan", "not below it"),
        ("jiyue/registry/x.py", "from ..catalogue import scan", "not below it"),
        ("jiyue/checks/text/x.py", "import jiyue.checks.article.review", "not below it"),
        ("jiyue/search/x.py", "import jiyue.checks.page", "not below it"),
        ("jiyue/catalogue/x.py", "from pelican import signals", "only build, jiyue_plugins, render may"),
        ("jiyue/build/x.py", "from jiyue import cli", "nothing imports the command line"),
        ("jiyue_plugins/x.py", "from jiyue.cli import main", "nothing imports the command line"),
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


def test_an_import_within_a_function_says_why() -> None:
    """Lazy imports make code harder to read; each needs a comment with its gain (time of a start, an optional library)."""
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted([*ROOT.glob("jiyue/**/*.py"), *ROOT.glob("jiyue_plugins/**/*.py")])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"noqa:.*PLC0415", line) and not re.search(r"PLC0415  \(.{6,}\)$", line)
    ]
    assert silent == []


def printing(root: Path) -> Iterator[str]:
    """Calls outside the command line by which something would appear on an officer's terminal, as one line each."""
    for path in sorted([*root.glob("jiyue/**/*.py"), *root.glob("jiyue_plugins/**/*.py")]):
        if room_of(module_name(path, root)) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and re.fullmatch(
                r"print|sys\.(stdout|stderr)\.write", ast.unparse(node.func)
            ):
                yield f"{path.relative_to(root)}:{node.lineno}: {ast.unparse(node.func)}"


def test_only_the_command_line_prints(tmp_path: Path) -> None:
    assert list(printing(ROOT)) == []
    (tmp_path / "jiyue" / "cli").mkdir(parents=True)
    (tmp_path / "jiyue" / "base").mkdir()
    (tmp_path / "jiyue" / "cli" / "x.py").write_text("print(1)", encoding="utf-8")
    (tmp_path / "jiyue" / "base" / "x.py").write_text("import sys\nsys.stderr.write('1')", encoding="utf-8")
    assert list(printing(tmp_path)) == ["jiyue/base/x.py:2: sys.stderr.write"]


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


BASE_ALONE = """
import re, sys
from importlib.metadata import packages_distributions
from pathlib import Path
base = set(re.findall(r"^([a-z0-9._-]+)==", Path("requirements/base.txt").read_text(), re.M)) | {"jiyue"}
name = lambda one: re.sub(r"[-_.]+", "-", one).lower()
for package, sources in packages_distributions().items():
    if not {name(source) for source in sources} & {name(one) for one in base}:
        sys.modules.setdefault(package, None)
import jiyue.importers.word.formats, jiyue.importers.word.clipboard, jiyue.importers.word.files
import jiyue.editor.web.app, jiyue.editor.web.articles, jiyue.editor.web.visual, jiyue.editor.converting
"""


def test_word_files_and_the_editor_need_no_extra() -> None:
    """The tests' environment has everything; what `make setup` installs has to be enough."""
    done = subprocess.run([sys.executable, "-c", BASE_ALONE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
