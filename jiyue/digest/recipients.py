"""The recipients of a digest: a file outside the repository, an address a line."""

from __future__ import annotations

from pathlib import Path

from jiyue.base.encoding import decode
from jiyue.registry.mail import is_address


class Inside(Exception):
    """The list lies inside the repository, where no subscriber's data may be. Its text is Chinese."""


def recipients(path: Path, root: Path) -> tuple[list[str], list[int]]:
    """(addresses, each once, in the file's order; numbers of the lines that are none). `#` begins a comment.

    root: the cluster's. Raises Inside, NotUtf8, OSError. A message never quotes a line: it is personal data.
    """
    top = repository(root)
    if any(place.is_relative_to(top) for place in (path.parent.resolve() / path.name, path.resolve())):
        raise Inside(f"收件人名单在仓库里（{top.name}/…）：订阅者的个人信息不能进仓库，把它移到仓库之外")
    found: dict[str, None] = {}
    wrong = []
    for number, line in enumerate(decode(path.read_bytes()).splitlines(), 1):
        address = line.partition("#")[0].strip()
        if not address:
            continue
        if is_address(address):
            found[address] = None
        else:
            wrong.append(number)
    return list(found), wrong


def repository(root: Path) -> Path:
    """The top folder of the repository that a cluster lies in; without one, the cluster's own folder."""
    here = root.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
