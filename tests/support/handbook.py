"""Follows docs/handbook.md word by word: each sentence of its steps is carried out in a real browser and a real terminal.

The handbook is written for people; what the parser knows are the few forms of sentences that its steps use. A step that holds
none of them is an error, so nothing in the handbook is left untried.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

STEP = re.compile(r"^\d+\. (?P<text>.*)$|^   (?P<more>\S.*)$|^(?P<picture>!\[[^\]]*\]\([^)]*\))$")
PICTURE = re.compile(r"!\[[^\]]*\]\((?P<name>[^)]*)\)")
SENTENCES = re.compile(
    r"在终端运行 `(?P<run>[^`]+)`"
    r"|按 Ctrl\+C 结束(?P<stop>编辑器)"
    r"|点击「(?P<click>[^」]+)」"
    r"|在「(?P<label>[^」]+)」(?P<how>填写|选择|勾选|取消勾选)(?:「(?P<value>[^」]*)」)?"
    r"|在正文里写「(?P<write>[^」]+)」"
    r"|按(?P<key>(?:Ctrl\+|Shift\+|Alt\+)*(?:[A-Z]\b|Enter|Tab|F\d+))"
    r"|把文件「(?P<file>[^」]+)」放进「(?P<place>[^」]+)」"
    r"|粘贴「(?P<paste>[^」]+)」"
    r"|打开「(?P<open>[^」]+)」"
    r"|看到「(?P<see>[^」]+)」"
)
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
        if found and found["more"] is not None and text:
            picture = PICTURE.search(found["more"])
            if picture:
                yield Step(first, text)
                text = ""
                yield Step(number, picture=picture["name"])
            else:
                text += found["more"]
            continue
        if text:
            yield Step(first, text)
            text = ""
        if found and found["text"] is not None:
            text, first = found["text"], number
        elif found and found["picture"] is not None:
            picture = PICTURE.search(found["picture"])
            assert picture
            yield Step(number, picture=picture["name"])


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
    said: list[str] = field(default_factory=list)
    """What commands printed."""
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def follow(self, handbook: str) -> int:
        """Carry out all steps; the number of sentences. Raises AssertionError with the line of the one that fails."""
        done = 0
        try:
            for step in steps(handbook):
                if step.picture:
                    self.picture(step.picture)
                    continue
                sentences = list(SENTENCES.finditer(step.text))
                assert sentences, f"line {step.line}: nothing to do in “{step.text}”"
                for sentence in sentences:
                    try:
                        self._carry_out(sentence)
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
            if process.stdout:
                process.stdout.close()
        self._running.clear()

    def _carry_out(self, sentence: re.Match[str]) -> None:
        if sentence["run"]:
            self._run(sentence["run"])
        elif sentence["stop"]:
            self.stop()
        elif sentence["click"]:
            self._named(sentence["click"]).click()
        elif sentence["label"]:
            self._fill(sentence["label"], sentence["how"], sentence["value"] or "")
        elif sentence["write"]:
            self.page.keyboard.type(sentence["write"])
        elif sentence["key"]:
            self.page.keyboard.press(sentence["key"].replace("Ctrl", "Control"))
        elif sentence["file"]:
            self.page.get_by_label(sentence["place"], exact=True).set_input_files(self.files[sentence["file"]])
        elif sentence["paste"]:
            self._paste(self.pastes[sentence["paste"]])
        elif sentence["open"]:
            self.page.goto(sentence["open"])
        elif sentence["see"]:
            self.page.get_by_text(sentence["see"]).locator("visible=true").first.wait_for(timeout=20_000)

    def _run(self, command: str) -> None:
        """Run a command to its end, or, of a server, until it says its address, which the browser then opens."""
        words = shlex.split(command)
        if words[0] in (".venv/bin/jiyue", "jiyue"):
            words = [*self.program, *words[1:]]
        if words[len(self.program) :][:1] not in (["edit"], ["serve"]):
            done = subprocess.run(
                words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
            self.said.append(done.stdout + done.stderr)
            assert done.returncode == 0, f"{command}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
            return
        process = subprocess.Popen(
            words, cwd=self.root, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._running.append(process)
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if address := ADDRESS.search(line):
                self.page.goto(address[0])
                return
        raise AssertionError(f"{command} ended: {''.join(lines)[-1500:]}")

    def _named(self, name: str) -> Locator:
        """What can be pressed and has this name, as a person sees it."""
        for role in ("button", "link", "tab", "menuitem", "checkbox", "radio"):
            found = self.page.get_by_role(role, name=name, exact=True).locator("visible=true")  # type: ignore[arg-type]
            if found.count():
                return found.first
        return self.page.get_by_text(name, exact=True).locator("visible=true").first

    def _fill(self, label: str, how: str, value: str) -> None:
        there = self.page.get_by_label(label, exact=True).locator("visible=true").first
        if how == "填写":
            there.fill(value)
        elif how == "选择":
            if there.evaluate("field => field.tagName") == "SELECT":
                there.select_option(label=value)
            else:
                self.page.get_by_label(value, exact=True).check()
        else:
            there.set_checked(how == "勾选")

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
