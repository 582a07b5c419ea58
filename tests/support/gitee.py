"""Checks pipeline files by the rules of Gitee Go, which has neither schema nor linter, restated from its help pages.

The pages are below https://help.gitee.com/gitee-go/; each rule names its page (as of 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TOP = ({"version", "name", "displayName", "triggers", "stages"}, {"strategy", "variables"})
"""Required and other keys of a file. pipeline/basic-config; strategy: pipeline/advantage-options; variables: pipeline/parameter."""
TRIGGERS = {"trigger", "push", "pr", "schedule"}
"""pipeline/trigger; `trigger: auto` is what its editor writes."""
EVENTS = {"push": {"branches", "tags", "commitMessages"}, "pr": {"branches", "commitMessages", "comments"}}
"""pipeline/trigger. What each event can be matched by."""
MATCHES = {"prefix", "precise", "include", "exclude"}
"""pipeline/trigger. Lists of words; include is a regular expression, the others are names."""
ONLY_INCLUDE = {"commitMessages", "comments"}
"""pipeline/trigger: matched by regular expressions alone."""
CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
"""pipeline/trigger: `M H D m d [y]`, the week begins with Sunday = 1; one of the two days is `?`; one expression a file."""
STAGE = ({"name", "displayName", "strategy", "trigger", "steps"}, {"executor"})
"""pipeline/scheduling; executor is written by its editor for `trigger: manual`."""
STAGE_WORDS = {"strategy": {"naturally", "fast"}, "trigger": {"auto", "manual"}}
"""pipeline/scheduling."""
STEP = {"step", "name", "displayName"}
"""pipeline/scheduling; dependsOn is the only other key that every step may have."""
PLUGINS = {"build@python": ({"pythonVersion", "commands"}, {"artifacts", "caches", "notify", "strategy"})}
"""plugin/ci-build: required and other keys of the steps that this product uses; the last three are its editor's."""
NAME = re.compile(r"[a-z0-9_-]+")
"""pipeline/scheduling: digits, small letters, - and _."""


def faults(data: Mapping[str, Any]) -> Iterator[str]:
    """The faults of a parsed pipeline file."""
    yield from _keys("", data, *TOP)
    if data.get("version") != "1.0":
        yield "version is not the text 1.0"
    yield from _triggers(data.get("triggers") or {})
    names = [stage.get("name") for stage in data.get("stages") or ()]
    if not names or len(set(names)) < len(names):
        yield "stages are missing or share a name"
    for stage in data.get("stages") or ():
        yield from _stage(stage)


def _triggers(data: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys("triggers", data, set(), TRIGGERS)
    if data.get("trigger", "auto") not in STAGE_WORDS["trigger"]:
        yield "triggers.trigger"
    for event, kinds in EVENTS.items():
        yield from _keys(event, data.get(event, {}), set(), kinds)
        for kind, rules in data.get(event, {}).items():
            where = f"{event}.{kind}"
            yield from _keys(where, rules, set(), {"include"} if kind in ONLY_INCLUDE else MATCHES)
            yield from (f"{where}.{how} is no list of words" for how, words in rules.items() if not _words(words))
    if "schedule" in data:
        rows = data["schedule"]
        if len(rows) != 1 or rows[0].keys() != {"cron"}:
            yield "schedule has not one cron"
        else:
            yield from _cron(rows[0]["cron"])


def _cron(text: str) -> Iterator[str]:
    fields = text.split()
    if len(fields) not in (5, 6):
        yield f"cron {text}: not M H D m d [y]"
        return
    if (fields[2] == "?") == (fields[4] == "?"):
        yield f"cron {text}: exactly one of day and weekday is ?"
    for field, (least, most) in zip(fields, CRON, strict=False):
        numbers = [int(n) for n in re.findall(r"\d+", field.partition("/")[0])]
        if not re.fullmatch(r"\?|(\*|[\d,-]+)(/\d+)?", field) or any(not least <= n <= most for n in numbers):
            yield f"cron {text}: {field}"


def _stage(stage: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys("stage", stage, *STAGE)
    for key, words in STAGE_WORDS.items():
        if stage.get(key) not in words:
            yield f"stage.{key}"
    steps = stage.get("steps") or []
    names = [step.get("name") for step in steps]
    if not names or len(set(names)) < len(names):
        yield "steps are missing or share a name"
    for one in (stage, *steps):
        if not NAME.fullmatch(str(one.get("name"))) or not 0 < len(str(one.get("displayName", ""))) <= 128:
            yield f"name or displayName of {one.get('name')}"
    for step in steps:
        plugin = PLUGINS.get(step.get("step"))
        if plugin is None:
            yield f"step {step.get('step')}"
            continue
        yield from _keys(step["step"], step, plugin[0] | STEP, plugin[1] | {"dependsOn"})
        if not _words(step.get("commands")) or not isinstance(step.get("pythonVersion"), str):
            yield "commands or pythonVersion is no text"  # 3.10 without quotes would be the number 3.1


def _keys(where: str, data: Mapping[str, Any], required: set[str], others: set[str]) -> Iterator[str]:
    yield from (f"{where} lacks {key}" for key in sorted(required - data.keys()))
    yield from (f"{where} does not know {key}" for key in sorted(data.keys() - required - others))


def _words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)
