"""`python -m bench.editor [--users 50] [--rounds 5] [--articles 4000]`: how long a save takes when everybody saves at once.

A repository with articles of many sites, a real server over the loopback address, and as many signed-in people as users,
each with a session and a connection of their own. First everyone saves a draft of their own, then all save the same one,
each a paragraph of their own. All begin each round in the same moment. Afterwards every saved text is looked up in git.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from jiyue.editor.accounts.sessions import Sessions
from jiyue.editor.accounts.state import PLACE, State
from jiyue.editor.desk import Desk
from jiyue.editor.model import Person
from jiyue.editor.web.app import create_app
from jiyue.editor.web.server import Server
from jiyue.editor.web.settings import Settings

HEAD = "---\ntitle: 关于做好第{n}项工作的通知\ndate: 2026-11-20 09:00\n---\n\n"
PARAGRAPH = (
    "各县（市、区）人民政府，市政府各委办局、各直属机构：现将第{n}项工作的有关事项通知如下，请认真贯彻落实。\n\n"
)


def _settings(root: Path, port: int) -> Settings:
    origins = frozenset({f"http://localhost:{port}"})
    return Settings(root, "password", frozenset({"localhost"}), origins)


def _cluster(root: Path, users: int, articles: int) -> None:
    """20 sites, articles of 2 kB each, and accounts for all sites."""
    (root / "sites").mkdir(parents=True)
    (root / "sites/cluster.yaml").write_text("name: x\nroot: s0\n", "utf-8")
    for site in range(20):
        kind = "kind: prefecture\nsuperior: s0" if site else "kind: province"
        text = f"name: 站点{site}\n{kind}\nurl: https://s{site}.example\n"
        (root / f"sites/s{site}.yaml").write_text(text, "utf-8")
        (root / f"content/s{site}/tzgg").mkdir(parents=True)
    names = ", ".join(f"s{site}" for site in range(20))
    accounts = "".join(f"  u{n}@x.example: {{sites: [{names}]}}\n" for n in range(users))
    (root / "sites/rights.yaml").write_text(f"accounts:\n{accounts}", "utf-8")
    for n in range(articles):
        text = HEAD.format(n=n) + "".join(PARAGRAPH.format(n=k) for k in range(12))
        (root / f"content/s{n % 20}/tzgg/a{n}.md").write_text(text, "utf-8")
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=u0@x.example", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "begin"]):
        subprocess.run([*git, *command], check=True)


class _Person(threading.Thread):
    """Somebody who saves once, together with all others. seconds: how long it took; refused: another status than expected."""

    def __init__(self, port: int, cookie: str, draft: str, blob: str, text: str, start: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("localhost", port, timeout=120)
        self.cookie, self.draft, self.blob, self.text, self.together = cookie, draft, blob, text, start
        self.seconds = 0.0
        self.refused = 0

    def run(self) -> None:
        """Open a page, wait for the others, save."""
        headers = {"Cookie": self.cookie}
        self.connection.request("GET", "/account", headers=headers)
        token = re.search(r'name="csrf" content="(\w+)"', self.connection.getresponse().read().decode())
        assert token
        headers |= {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "same-origin"}
        fields = {"_csrf": token[1], "base": self.blob, "body": self.text}
        parts = (f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
        body = "".join(parts).encode() + b"--x--\r\n"
        self.together.wait()
        started = time.perf_counter()
        self.connection.request("POST", f"/draft/{self.draft}/", body, headers)
        answer = self.connection.getresponse()
        answer.read()
        self.seconds = time.perf_counter() - started
        self.refused = int(answer.status != 303)
        self.connection.close()


def _measure(desk: Desk, port: int, cookies: list[str], rounds: int, shared: bool) -> tuple[list[float], int, int]:
    """Seconds of all saves, how many were refused, and how many texts are not in git afterwards."""
    users = len(cookies)
    who = [Person(f"u{n}@x.example", "x") for n in range(users)]
    path = "content/s{}/tzgg/a{}.md"
    numbers = [n if not shared else users for n in range(users)]
    drafts = [desk.begin(who[n], path.format(numbers[n] % 20, numbers[n])) for n in range(users)]
    if shared:
        now = desk.text(who[0], drafts[0].path, drafts[0].id)
        wide = HEAD.format(n=0) + "".join(PARAGRAPH.format(n=k) for k in range(users * 2))
        desk.save(who[0], drafts[0].id, now.blob, wide.encode())
    seconds: list[float] = []
    refused = lost = 0
    for number in range(rounds):
        start, people = threading.Barrier(users), []
        for n in range(users):
            now = desk.text(who[n], drafts[n].path, drafts[n].id)
            body = re.split(r"\n---\n+", now.data.decode(), maxsplit=1)[1]
            paragraphs = body.split("\n\n")
            paragraphs[n * 2 if shared else n % 12] += f"第{number}轮，{n}号改过。"
            text = "\n\n".join(paragraphs)
            people.append(_Person(port, cookies[n], drafts[n].id, now.blob, text, start))
        for one in people:
            one.start()
        for one in people:
            one.join()
        seconds += [one.seconds for one in people]
        refused += sum(one.refused for one in people)
        texts = [desk.text(who[n], drafts[n].path, drafts[n].id).data.decode() for n in range(users)]
        lost += sum(f"第{number}轮，{n}号改过。" not in texts[n] for n in range(users))
    return seconds, refused, lost


def _serve(root: Path, port: int) -> None:
    Server(create_app(_settings(root, port)), port=port).run()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    for name, value in (("users", 50), ("rounds", 5), ("articles", 4000), ("serve", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--root", type=Path)
    given = parser.parse_args()
    if given.serve:
        _serve(given.root, given.serve)
        return
    with tempfile.TemporaryDirectory(prefix="jiyue-editor-") as folder:
        root = Path(folder) / "cluster"
        _cluster(root, given.users, given.articles)
        probe = Server(lambda *_: None)  # type: ignore[arg-type,return-value]
        port = probe.port
        for one in probe.sockets:
            one.close()
        process = subprocess.Popen([sys.executable, "-m", "bench.editor", "--serve", str(port), "--root", str(root)])
        state, desk = State(root / PLACE), Desk(root)
        sessions = Sessions(state)
        name = _settings(root, port).cookie
        try:
            cookies = [f"{name}={sessions.begin(f'u{n}@x.example', 'password', '')}" for n in range(given.users)]
            _wait(port)
            print(
                f"| {given.users} people save at once, {given.articles:,} articles | p50 | p95 | slowest | refused | lost |"
            )
            print("|---|---|---|---|---|---|")
            for label, shared in (("each a draft of their own", False), ("all the same draft, each a paragraph", True)):
                seconds, refused, lost = _measure(desk, port, cookies, given.rounds, shared)
                cuts = statistics.quantiles(seconds, n=20)
                print(f"| {label} | {cuts[9]:.2f} s | {cuts[18]:.2f} s | {max(seconds):.2f} s | {refused} | {lost} |")
        finally:
            process.terminate()
            process.wait(30)
            desk.close()
            state.close()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("localhost", port, timeout=30)
            connection.request("GET", "/signin", headers={"Host": "localhost"})
            connection.getresponse().read()
            time.sleep(5)  # a server reads the cluster in the background when it starts
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
