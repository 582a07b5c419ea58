"""The forges' runners, as far as docs/ci/ needs them: fresh checkouts, an empty environment, their variables.

Nothing is installed: the environment that `setup` would install is already in each checkout, with the checkout's program.
"""

from __future__ import annotations

import re
import string
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PATH = f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin"
"""A PATH without our own programs."""
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def git(*arguments: str, cwd: Path) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@x.example", "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class Run:
    """The result of a job: exit status, all output, and its folder."""

    code: int
    output: str
    folder: Path
    outputs: dict[str, str] = field(default_factory=dict)


def installed(checkout: Path) -> None:
    """Create what tools/setup.sh would install, so that it has nothing to do."""
    programs = checkout / ".venv" / "bin"
    if programs.exists():
        return
    programs.mkdir(parents=True)
    (programs / "jiyue").write_text(f'#!/bin/sh\nPYTHONPATH="{checkout}" exec "{sys.executable}" -m jiyue "$@"\n')
    (programs / "jiyue").chmod(0o755)
    script = (checkout / "tools/setup.sh").read_text("utf-8")
    marks = re.search(r"^find_python\(\).*?^package=.*?$", script, re.DOTALL | re.MULTILINE)
    assert marks, "tools/setup.sh tells no longer what .venv was made from"
    subprocess.run(
        ["bash", "-euc", marks[0] + '\necho "base $environment $package" > .venv/locked'],
        cwd=checkout, env={"PATH": PATH}, check=True,
    )  # fmt: skip


def step(command: str, folder: Path, home: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """Run one command in an environment with only these variables: (exit status, output)."""
    if setup := re.search(r"sh (\S*?)/?ci/jiyue-ci\.sh setup", command):
        installed((folder / setup[1]).resolve())
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": PATH, **variables}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    return done.returncode, f"$ {command}\n{done.stdout}{done.stderr}"


def github(
    workflow: Path, job: str, origin: Path, work: Path, expressions: Mapping[str, str], variables: Mapping[str, str]
) -> Run:
    """Run a job of GitHub Actions. expressions: `${{ … }}` → value, '' for others. Caches are always empty."""
    data: dict[str, Any] = yaml.safe_load(workflow.read_text("utf-8"))
    made = data["jobs"][job]
    work.mkdir(parents=True)
    outputs = work.parent / f"{work.name}.out"
    status, output = 0, ""

    def value(text: object) -> str:
        return _EXPRESSION.sub(lambda match: expressions.get(match[1], ""), str(text))

    within = made.get("defaults", {}).get("run", {}).get("working-directory", ".")
    for one in made["steps"]:
        if status and one.get("if") != "always()":
            continue
        given = {k: value(v) for k, v in one.get("with", {}).items()}
        if one.get("uses", "").startswith("actions/checkout@"):
            checkout(
                origin,
                work / given.get("path", "."),
                given.get("ref") or expressions["github.ref"],
                given.get("fetch-depth") == "0",
            )
        elif one.get("uses", "").startswith("actions/upload-artifact@"):
            output += "".join(f"artifact {p.relative_to(work)}\n" for p in sorted((work / given["path"]).rglob("*")))
        elif "run" in one:
            env = {**data.get("env", {}), **made.get("env", {}), **one.get("env", {})}
            env = {k: value(v) for k, v in env.items()}
            more = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(work.parent / "summary.md"), **variables}
            code, text = step(one["run"], work / within, work.parent / "home", {**env, **more})
            status, output = status or code, output + text
    rows = outputs.read_text().splitlines() if outputs.exists() else []
    return Run(status, output, work / within, dict(row.split("=", 1) for row in rows))


def checkout(origin: Path, folder: Path, ref: str, whole: bool) -> None:
    """Check out like actions/checkout: every branch with its history, or one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git("init", "-q", cwd=folder)
    git("remote", "add", "origin", origin.as_uri(), cwd=folder)
    if whole:
        git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", cwd=folder)
        git("fetch", "-q", "origin", ref, cwd=folder)
    else:
        git("fetch", "-q", "--depth=1", "origin", ref, cwd=folder)
    git("checkout", "-q", "--detach", "FETCH_HEAD", cwd=folder)


def gitlab(pipeline: Path, job: str, origin: Path, work: Path, commit: str, variables: Mapping[str, str]) -> Run:
    """Run a job of GitLab CI. variables: the predefined ones and the project's, which override the file's."""
    data: dict[str, Any] = yaml.safe_load(pipeline.read_text("utf-8"))
    made = data[job]
    git("clone", "-q", origin.as_uri(), str(work), cwd=origin)
    git("checkout", "-q", "--detach", commit, cwd=work)
    written = {**data.get("variables", {}), **made.get("variables", {})}
    env = {k: string.Template(str(v)).safe_substitute(variables) for k, v in written.items()}
    status, output = 0, ""
    for script, always in ((made["script"], False), (made.get("after_script", []), True)):
        for command in script:
            if status and not always:
                break
            code, text = step(command, work, work.parent / "home", {**env, **variables})
            status, output = status or (0 if always else code), output + text
    return Run(status, output, work)


def gitee(pipeline: Path, origin: Path, work: Path, variables: Mapping[str, str]) -> Run:
    """Run a pipeline of Gitee Go: check out the target branch without history, then run the commands of its only step."""
    commands = list(_commands(yaml.safe_load(pipeline.read_text("utf-8"))))
    git("clone", "-q", "--depth=1", "-b", "main", origin.as_uri(), str(work), cwd=origin)
    status, output = 0, ""
    for command in commands:
        if not status:
            code, text = step(command, work, work.parent / "home", variables)
            status, output = code, output + text
    return Run(status, output, work)


def _commands(data: dict[str, Any]) -> Iterator[str]:
    for stage in data["stages"]:
        for one in stage["steps"]:
            yield from one["commands"]
