"""The command line for officers: in Chinese, with working examples, in 80 columns, never waiting for impossible input."""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import typer
from babel.messages.pofile import read_po

from jiyue.cli import app as cli
from jiyue.cli import chinese
from jiyue.cli.chinese import LOCALE, width, wrapped
from jiyue.cli.examples import EXAMPLES
from jiyue.registry.site import NOT_SITES
from tests.support.cluster import DEFAULTS, ClusterFolder
from tools.make_translations import compiled

ENGLISH = re.compile(
    r"Usage|Error|Missing|Invalid|No such|Try |Options|Arguments|Commands|default|required|Show this|TEXT|INTEGER|PATH|Did you|unexpected"
)


@pytest.fixture
def jiyue(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """jiyue("check", "--help") -> exit status, everything printed."""

    def call(*args: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["/usr/bin/jiyue", *args])
        before = dict(os.environ)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        os.environ.clear()
        os.environ.update(before)
        out, err = capfd.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, out + err

    return call


def names() -> Iterator[str]:
    app = cli.application()
    for command in app.registered_commands:
        yield str(command.name or getattr(command.callback, "__name__", ""))
    for group in app.registered_groups:
        assert group.typer_instance
        own = group.typer_instance.registered_callback
        if own and own.invoke_without_command is True:
            yield str(group.name)
        yield from (
            f"{group.name} {command.name or getattr(command.callback, '__name__', '')}"
            for command in group.typer_instance.registered_commands
        )


def test_every_command_has_an_example() -> None:
    assert set(EXAMPLES) == set(names())


@pytest.mark.parametrize("name", EXAMPLES)
def test_help_is_chinese_shows_examples_and_fits_a_terminal(jiyue: Callable[..., tuple[int, str]], name: str) -> None:
    code, said = jiyue(*name.split(), "--help")
    assert code == 0
    assert said.startswith(f"用法：jiyue {name}")
    assert not ENGLISH.search(said), said
    usual, _, examples = said.partition("  例：\n")
    assert examples.splitlines() == [f"    jiyue {row}" for row in EXAMPLES[name]]
    assert max(map(width, usual.splitlines())) <= 80
    arguments = usual.partition("参数：\n")[2].partition("\n\n")[0].splitlines()
    own = [row for row in arguments if row[2:3] != " "]
    assert all(len(re.split(r" {2,}", row.strip())) > 1 for row in own), arguments


@pytest.mark.parametrize("row", [row for rows in EXAMPLES.values() for row in rows])
def test_an_example_is_a_call_that_is_understood(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("旧稿目录", "旧站目录", "旧网页", "output", "uploads"):
        (tmp_path / folder).mkdir()
    for file in ("导出.csv", "导出.sql", "导出.xml", "分类.yaml", "对照.yaml", "规则.yaml", "回执.jsonl"):
        (tmp_path / file).touch()
    command: click.Command = typer.main.get_command(cli.application())
    args = row.split()
    while isinstance(command, click.Group) and args and args[0] in command.commands:
        command = command.commands[args.pop(0)]
    command.make_context("jiyue", args)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("chek",), "写错了：没有命令 chek。 是否想写 'check'？"),
        (("check", "--chagned", "x"), "写错了：没有选项 --chagned。 是否想写 '--changed'"),
        (("serve", "--port", "八千"), "写错了：'--port' 的值不对：「八千」不是数字。"),
        (("serve", "--port"), "写错了：选项 --port 后面要写一个值。"),
        (("build", "--jobs=-1"), "写错了：'--jobs' 的值不对：-1 超出范围（x>=0）。"),
        (("build", "--explain=1"), "写错了：选项 --explain 后面不写值。"),
        (("search",), "写错了：缺少参数 '站点'."),
        (("rollback", "a", "b"), "写错了：多写了：b（有空格的内容要用引号括起来）"),
        (("import", "markdown", "/nowhere", "--site", "a", "--column", "b"), "'来源' 的值不对：没有路径「/nowhere」。"),
        (("import", "markdown", "/"), "用 --to 写明放进哪里：站点/栏目"),
        (("import", "markdwon", "/"), "写错了：没有命令 markdwon。"),
        (("search", "a", "--batch", "/"), "「/」是目录，这里要写文件。"),
        (("preview",), "写明要预览什么：--drafts 或者 --rev 加 --to"),
        (
            ("new",),
            "还要写新建什么：site（站点）、channel（频道）、column（栏目）、article（文章）。写法见 jiyue new --help",
        ),
        (("new", "article", "jilin"), "还要写：栏目目录名、--name 标题。写法见 jiyue new --help"),
    ],
)
def test_a_wrong_call_is_answered_in_chinese(
    jiyue: Callable[..., tuple[int, str]], args: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, said = jiyue(*args)
    assert code == 2
    assert words in said
    assert not ENGLISH.search(said), said


def test_the_environment_of_children_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def look() -> None:
        seen["language"] = os.environ.get("LANGUAGE")

    @app.command()
    def other() -> None:
        pass

    for before in (None, "de"):
        monkeypatch.delenv("LANGUAGE", raising=False)
        if before:
            monkeypatch.setenv("LANGUAGE", before)
        monkeypatch.setattr(sys, "argv", ["jiyue", "look"])
        chinese.prepare(app)
        with pytest.raises(SystemExit):
            chinese.run(app)
        assert seen["language"] == before


def test_the_catalogue_is_compiled_and_translates_what_click_says_today() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for package in (click, typer)
        for path in Path(str(package.__file__)).parent.glob("*.py")
    )  # fmt: skip
    for path in LOCALE.rglob("*.po"):
        assert path.with_suffix(".mo").read_bytes() == compiled(path)
        with path.open("rb") as file:
            for message in read_po(file):
                for text in [message.id] if isinstance(message.id, str) else message.id:
                    assert not text or f'"{text}"' in sources, text


@pytest.mark.parametrize(
    ("text", "room"), [("写一个很长的说明，再写 options 和 words", 20), ("abc " * 20, 10), ("一" * 50, 21)]
)
def test_lines_are_broken_by_the_width_that_is_seen(text: str, room: int) -> None:
    lines = list(wrapped(text, room))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line.rstrip("，。")) <= room for line in lines)
    assert len(lines) > 1


def test_messages_name_the_command_as_it_was_called(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder(
        {"content/jilin/yw/a.txt": "文字", "content/jilin/yw/b.md": "---\ntitle: 甲\ndate: 2026-11-20\n---\n文\n"}
    )
    script = folder.root / "bin/jiyue"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom jiyue.cli import main\nmain()\n", "utf-8")
    script.chmod(0o755)

    def said(*args: str) -> str:
        run = subprocess.run(["bin/jiyue", *args], cwd=folder.root, capture_output=True, text=True, check=False)
        return run.stdout + run.stderr

    assert "是文章就用 bin/jiyue import markdown 导入" in said("check")
    assert "写法见 bin/jiyue new --help" in said("new")
    assert "    bin/jiyue check\n" in said("check", "--help")


COMMANDS = ["check", "build", "review", "codeowners", "search a b", "new article a b --name 甲", "publish", "changed", "schedule",
            "import markdown . --site a --column b"]  # fmt: skip


@pytest.mark.parametrize("call", COMMANDS)
def test_outside_a_cluster_every_command_says_so(
    jiyue: Callable[..., tuple[int, str]], call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = jiyue(*call.split())
    assert code == 1
    assert (
        "sites/cluster.yaml: 错误 [site-file] 找不到这个文件\n"
        "    处理办法：在站群的目录（有 sites 和 content 的那个）里运行，或用 --root 指定它\n"
    ) in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("check jilim", "没有名为「jilim」的站点（sites/jilim.yaml 不存在）。是否想写 jilin？"),
        ("search jilim 词", "没有名为「jilim」的站点（sites/jilim.yaml 不存在）。是否想写 jilin？"),
        ("rollback jilim", "没有名为「jilim」的站点（sites/jilim.yaml 不存在）。是否想写 jilin？"),
        ("import markdown old --site jilim --column yw", "没有站点 jilim（sites/jilim.yaml）。是否想写 jilin？"),
        ("import markdown old --site jilin --column tzgh", "站点 jilin 没有栏目「tzgh」。是否想写 tzgg？\n"
         "已有的栏目：tzgg（通知公告）\n新建栏目：jiyue new column jilin tzgh --name 名称"),
    ],
)  # fmt: skip
def test_an_unknown_site_or_column_is_told_the_one_that_may_be_meant(
    jiyue: Callable[..., tuple[int, str]], new_folder: Callable[..., ClusterFolder], call: str, words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    site = DEFAULTS["sites/jilin.yaml"] + "columns:\n  - {path: tzgg, name: 通知公告}\n"
    folder = new_folder({"sites/jilin.yaml": site, "old/a.txt": "文字"})
    monkeypatch.chdir(folder.root)
    assert jiyue(*call.split()) == (2, f"{words}\n")


@pytest.mark.parametrize(
    "command", ["build", "check", "review", "release", "publish", "rollback", "expunge", "submit baidu"]
)
@pytest.mark.parametrize("name", sorted(NOT_SITES))
def test_what_is_no_site_below_sites_is_refused_as_one(
    jiyue: Callable[..., tuple[int, str]], new_folder: Callable[..., ClusterFolder], command: str, name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(new_folder({f"sites/{name}.yaml": "{}\n"} if name != "cluster" else {}).root)
    more = ["/a.html"] if command == "expunge" else []
    assert jiyue(*command.split(), name, *more) == (
        2, f"没有名为「{name}」的站点（sites/{name}.yaml 不是站点文件）\n"
    )  # fmt: skip


ROOT = Path(__file__).parents[1]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_handbook_and_the_readmes_name_commands_that_exist_and_need_no_activated_environment() -> None:
    texts = [*ROOT.glob("content/**/*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"]
    for path in texts:
        text = path.read_text("utf-8")
        code = re.findall(r"`([^`\n]+)`|^((?:make|jiyue|\.venv/bin/jiyue) .*)$", text, re.MULTILINE)
        for call in (one or other for one, other in code):
            words = call.split()
            if words[:1] == ["make"] and len(words) > 1:
                assert words[1] in TARGETS, (path, call)
            if words[:1] == [".venv/bin/jiyue"] and len(words) > 1 and words[1] != "--help":
                known = {*EXAMPLES, *(name.partition(" ")[0] for name in EXAMPLES if len(words) == 2)}
                assert known & {words[1], " ".join(words[1:3])}, (path, call)
            assert words[:1] != ["jiyue"] or len(words) == 1, (path, call)


def test_the_list_of_targets_fits_a_terminal() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(shown) > 10
    assert max(map(width, shown)) <= 80


def test_pips_failure_comes_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    locks = [f"requirements/{level}.txt" for level in ("base", "sync", "dev")]
    for name in ("tools/setup.sh", *locks, "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\n[ "$2" != venv ] || { mkdir -p .venv/bin; printf "#!/bin/sh\\necho ERROR: no route >&2; exit 1\\n" '
        "> .venv/bin/python; chmod +x .venv/bin/python; }\n",
        "utf-8",
    )
    python.chmod(0o755)
    run = subprocess.run(
        [tmp_path / "tools/setup.sh"],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("ERROR: no route\n依赖没有装好，原因见上。多半是连不上软件包的服务器：\n")
    assert "export PIP_INDEX_URL=镜像地址" in run.stderr
    assert "://" not in run.stderr
    assert not (tmp_path / ".venv/locked").exists()


def test_on_a_terminal_it_asks_for_what_is_missing(new_folder: Callable[..., ClusterFolder]) -> None:
    columns = "columns:\n  - {path: yw, name: 要闻}\n  - {path: tzgg, name: 通知公告}\n"
    site = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n"
    folder = new_folder({"sites/jilin.yaml": site + columns})
    main, other = pty.openpty()
    command = [sys.executable, "-m", "jiyue", "new", "--root", str(folder.root), "--today", "2026-11-23T09:00"]
    process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env={**os.environ, "COLUMNS": "80"})
    os.close(other)
    said = b""

    def listen() -> None:
        nonlocal said
        try:
            while block := os.read(main, 4096):
                said += block
        except OSError:  # the other end was closed
            return

    listener = threading.Thread(target=listen)
    listener.start()
    os.write(main, "文章\narticle\njilim\n1\ntzgh\n2\n\n关于测试的通知\n".encode())
    assert process.wait(120) == 0
    listener.join(10)
    os.close(main)
    text = said.decode()
    assert "没有「文章」，可以是：site、channel、column、article" in text
    assert "没有站点 jilim（sites/jilim.yaml）。是否想写 jilin？" in text
    assert "没有栏目「tzgh」。是否想写 tzgg？" in text
    assert "已写入 content/jilin/tzgg/20261123-01.md" in text
    assert "title: 关于测试的通知\n" in (folder.root / "content/jilin/tzgg/20261123-01.md").read_text("utf-8")


def test_ending_the_input_cancels(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({})
    main, other = pty.openpty()
    command = [sys.executable, "-m", "jiyue", "new", "--root", str(folder.root)]
    process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other)
    os.close(other)
    os.write(main, b"\x04")
    said = b""
    try:
        while block := os.read(main, 4096):
            said += block
    except OSError:
        pass
    os.close(main)
    assert process.wait(120) == 1
    assert "已取消。" in said.decode()
