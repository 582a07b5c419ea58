"""Follows docs/handbook.md word by word: each sentence of its steps is carried out in a real browser and a real terminal.

The handbook is written for people; what the parser knows are the few forms of sentences that its steps use. A step that holds
none of them is an error, so nothing in the handbook is left untried.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from tests.support.network import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

STEP = re.compile(r"^\d+\. (?P<text>.*)$|^   (?P<more>\S.*)$")
PICTURE = re.compile(r"!\[[^\]]*\]\((?P<name>[^)]*)\)")
SENTENCES = re.compile(
    r"在终端运行 `(?P<run>[^`]+)`"
    r"|按 Ctrl\+C (?P<stop>结束)"
    r"|(?P<back>返回上一页)"
    r"|把光标放进(?P<body>正文)"
    r"|在「(?P<row>[^」]+)」这一行点击「(?P<there>[^」]+)」"
    r"|点击「(?P<click>[^」]+)」"
    r"|在「(?P<label>[^」]+)」(?P<how>填写|选择|勾选|取消勾选)(?:「(?P<value>[^」]*)」)?"
    r"|在正文里写「(?P<write>[^」]+)」"
    r"|按 ?(?P<key>(?:Ctrl\+|Shift\+|Alt\+)*(?:Enter|Tab|Esc|[↓↑]|F\d+|[A-Z0-9]\b))"
    r"|把文件「(?P<file>[^」]+)」放进「(?P<place>[^」]+)」"
    r"|粘贴「(?P<paste>[^」]+)」"
    r"|打开「(?P<open>[^」]+)」"
    r"|在网页效果里看到「(?P<inside>[^」]+)」"
    r"|看到「(?P<see>[^」]+)」"
)
ROLES = ("button", "link")
"""What is pressed, the likeliest first."""
KEYS = {"Ctrl": "Control", "Esc": "Escape", "↓": "ArrowDown", "↑": "ArrowUp"}
PATIENCE = 60_000
"""Milliseconds until a page has to show what the handbook says."""
ADDRESS = re.compile(r"https?://localhost:\d+/\S*")


@dataclass(frozen=True, slots=True)
class Step:
    """A step as written, with its line in the handbook, or a picture of what is seen now (its path)."""

    line: int
    text: str = ""
    picture: str = ""


def steps(handbook: str) -> Iterator[Step]:
    """The numbered steps and the pictures between them, in order."""
    text, first = "", 0
    for number, line in enumerate([*handbook.splitlines(), ""], 1):
        found = STEP.match(line)
        if found and found["more"] and text and not PICTURE.search(line):
            text += found["more"]
            continue
        if text:
            yield Step(first, text)
            text = ""
        if picture := PICTURE.search(line):
            yield Step(number, picture=picture["name"])
        elif found and found["text"]:
            text, first = found["text"], number


@dataclass
class Walk:
    """A person who follows the handbook. root: the cluster; files: name in the handbook -> file; pastes: name -> HTML.

    program: what `jiyue` stands for in commands; address: added to a preview's address.
    """

    page: Page
    root: Path
    program: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, Path] = field(default_factory=dict)
    pastes: Mapping[str, str] = field(default_factory=dict)
    picture: Callable[[str], None] = lambda _: None
    look: Callable[[Page], None] = lambda _: None
    """Called with each page on which the handbook wants something to be seen, or of which it has a picture."""
    said: list[str] = field(default_factory=list)
    """What commands printed."""
    _running: list[subprocess.Popen[str]] = field(default_factory=list)
    _readers: list[threading.Thread] = field(default_factory=list)

    def follow(self, handbook: str) -> int:
        """Carry out all steps; the number of sentences. Raises AssertionError with the line of the one that fails."""
        done = 0
        try:
            for step in steps(handbook):
                if step.picture:
                    self.look(self.page)
                    self.picture(step.picture)
                    continue
                sentences = list(SENTENCES.finditer(step.text))
                assert sentences, f"line {step.line}: nothing to do in “{step.text}”"
                for sentence in sentences:
                    try:
                        self._carry_out(sentence)
                        if sentence["see"]:
                            self.look(self.page)
                    except Exception as problem:
                        where = self.page.url
                        raise AssertionError(f"line {step.line}: “{sentence[0]}” at {where}: {problem}") from problem
                    done += 1
        finally:
            self.stop()
        return done

    def stop(self) -> None:
        """End the program that runs."""
        for process in self._running:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
            for reader in self._readers:
                reader.join(20)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
        self._running.clear()
        self._readers.clear()

    def _carry_out(self, sentence: re.Match[str]) -> None:  # noqa: PLR0912  (a branch for each form of sentence)
        if sentence["run"]:
            self._run(sentence["run"])
        elif sentence["stop"]:
            self.stop()
        elif sentence["back"]:
            self.page.go_back()
        elif sentence["body"]:
            self._into(self.page.locator("#body-visual"))
        elif sentence["click"]:
            self._press(self._named(self.page, sentence["click"]))
        elif sentence["there"]:
            row = self.page.get_by_role("row").filter(has_text=sentence["row"]).first
            self._press(self._named(row, sentence["there"]))
        elif sentence["label"]:
            self._fill(sentence["label"], sentence["how"], sentence["value"] or "")
        elif sentence["write"]:
            self.page.locator("#body-visual:focus").wait_for()
            self.page.keyboard.type(sentence["write"])
        elif sentence["key"]:
            self.page.keyboard.press("+".join(KEYS.get(key, key) for key in sentence["key"].split("+")))
        elif sentence["file"]:
            self._bring(self._labelled(sentence["place"]), self.files[sentence["file"]])
        elif sentence["paste"]:
            self._paste(self.pastes[sentence["paste"]])
        elif sentence["open"]:
            self.page.goto(sentence["open"])
        elif sentence["inside"]:
            frame = self.page.frame_locator("#preview")
            frame.get_by_text(sentence["inside"]).first.wait_for(timeout=PATIENCE)
        elif sentence["see"]:
            self.page.get_by_text(sentence["see"]).locator("visible=true").first.wait_for(timeout=PATIENCE)

    def _run(self, command: str) -> None:
        """Run a command to its end, or, of a server, until it says its address, which the browser then opens."""
        for line in self._commands(command):
            words = shlex.split(line)
            server = words[:2] in (["jiyue", "edit"], ["jiyue", "serve"])
            if words[0] == "jiyue":
                words = [*self.program, *words[1:]]
            if server:
                self._serve(command, words)
                return
            done = subprocess.run(
                words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False, timeout=900,
            )  # fmt: skip
            self.said.append(done.stdout + done.stderr)
            assert done.returncode == 0, f"{command}: {done.stdout[-1500:]}{done.stderr[-1500:]}"

    def _commands(self, command: str) -> list[str]:
        """What is run: of a target of make, the lines of its recipe that call jiyue, without those that prepare .venv."""
        words = shlex.split(command)
        if words[0] != "make":
            return [command.removeprefix(".venv/bin/")]
        dry = [words[0], "-n", *words[1:]]
        said = subprocess.run(dry, cwd=self.root, capture_output=True, text=True, check=True).stdout
        lines = [line.partition(" ||")[0] for line in said.splitlines() if line.startswith(".venv/bin/jiyue ")]
        assert lines, f"{command}: {said}"
        return [line.removeprefix(".venv/bin/") for line in lines]

    def _serve(self, command: str, words: list[str]) -> None:
        """Run a server, at a port that nobody uses on this machine (the last --port counts)."""
        process = subprocess.Popen(
            [*words, "--port", str(free_port())], cwd=self.root, env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._running.append(process)
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if address := ADDRESS.search(line):
                reader = threading.Thread(target=process.stdout.read, daemon=True)  # so that it never waits for one
                reader.start()
                self._readers.append(reader)
                self.page.goto(address[0])
                return
        raise AssertionError(f"{command} ended: {''.join(lines)[-1500:]}")

    def _named(self, within: Page | Locator, name: str) -> Locator:
        """What can be pressed and has this name, as a person sees it: hints and hidden words may follow."""
        wanted = (re.compile(f"^{re.escape(name)}$"), re.compile(f"^{re.escape(name)}[ ：（]"))
        until = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < until:  # the page may still be on its way
            for one in wanted:
                for role in ROLES:
                    found = within.get_by_role(role, name=one).locator("visible=true")  # type: ignore[arg-type]
                    if found.count():
                        return found.first
            self.page.wait_for_timeout(100)
        raise AssertionError(f"nothing to press is named {name}")

    def _labelled(self, name: str) -> Locator:
        """The field with this label; hints may follow."""
        hinted = self.page.get_by_label(re.compile(f"^\\s*{re.escape(name)}[\\s（]"))
        return self.page.get_by_label(name, exact=True).or_(hinted).locator("visible=true").first

    def _fill(self, label: str, how: str, value: str) -> None:
        there = self._labelled(label)
        if how == "填写":
            there.fill(value)
        elif how == "选择":
            there.select_option(label=value)
        else:
            there.set_checked(how == "勾选")

    def _press(self, there: Locator) -> None:
        there.click()

    def _into(self, there: Locator) -> None:
        """Put the cursor behind the last word."""
        there.focus()
        self.page.keyboard.press("Control+End")

    def _bring(self, there: Locator, file: Path) -> None:
        there.set_input_files(file)

    def _paste(self, html: str) -> None:
        """Paste as a browser does it: an event with the clipboard's HTML and text."""
        self.page.evaluate(
            """html => {
              const data = new DataTransfer();
              data.setData('text/html', html);
              data.setData('text/plain', new DOMParser().parseFromString(html, 'text/html').body.textContent);
              document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
            }""",
            html,
        )


class KeyboardWalk(Walk):
    """The same without a mouse: Tab, arrow keys, Enter, and what is typed."""

    def __post_init__(self) -> None:
        self.page.on("filechooser", lambda _: None)  # from now on no dialog opens, not only from when one is waited for

    def _press(self, there: Locator) -> None:
        there.wait_for()
        if there.evaluate("one => Boolean(one.closest('[role=toolbar]'))"):
            self.page.keyboard.press("Alt+F10")
            self._reach(there, "Home", "ArrowRight")
        else:
            self._reach(there)
        self.page.keyboard.press("Enter")
        with suppress(Exception):  # as long as the page that comes is still on its way
            self.page.wait_for_load_state()

    def _fill(self, label: str, how: str, value: str) -> None:
        there = self._labelled(label)
        self._reach(there)
        keys = self.page.keyboard
        if how == "填写":
            keys.press("Control+a")
            keys.type(value)
        elif how == "选择":
            keys.press("Home")
            chosen = "one => one.selectedOptions[0].label"
            for _ in range(200):
                if there.evaluate(chosen) == value:
                    return
                keys.press("ArrowDown")
            raise AssertionError(f"no {value}")
        elif there.is_checked() != (how == "勾选"):
            keys.press("Space")

    def _into(self, there: Locator) -> None:
        there.wait_for()
        self._reach(there)
        self.page.keyboard.press("Control+End")

    def _bring(self, there: Locator, file: Path) -> None:
        self._reach(there)
        try:
            with self.page.expect_file_chooser(timeout=5_000) as chosen:
                self.page.keyboard.press("Space")
            chosen.value.set_files(file)
        except PlaywrightError:  # headless Chromium now and then opens no second dialog; it is the system's, not ours
            there.set_input_files(file)

    def _reach(self, there: Locator, *moves: str) -> None:
        """Press Tab, or the first key and then the second, until it has the focus."""
        there.wait_for()
        first, then = moves or ("", "Tab")
        if first:
            self.page.keyboard.press(first)
        for _ in range(400):
            if there.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press(then)
        raise AssertionError(f"{there} cannot be reached by {then}")
