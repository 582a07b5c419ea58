"""What the editor's desk does when a person clicks, as a program that can be killed: `ACTION DRAFT --root DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from jiyue.editor.desk import Desk
from jiyue.editor.model import Refused
from tests.support.newsroom import FREE, NOW, PEOPLE, article

NEW_TEXT = article("改过的正文，见[表](t.csv)。\n")


def act(desk: Desk, action: str, draft: str) -> None:
    """Do it, if it is not done yet."""
    who = PEOPLE["writer"]
    if action == "begin":
        desk.begin(who, "content/cc/free/n.md", article("新的。\n"))
        return
    one = desk.draft(who, draft)
    if action == "save":
        desk.save(who, draft, desk.text(who, FREE, draft).blob, NEW_TEXT, {"t.csv": b"x,y\n1,2\n"})
    elif action == "submit":
        desk.submit(who, draft, one.head)
    else:
        desk.discard(who, draft, one.head)


def main() -> None:
    """The program."""
    action, draft, _, root = sys.argv[1:5]
    desk = Desk(Path(root), now=lambda: NOW)
    try:
        act(desk, action, draft)
    except Refused as refused:
        print(refused)
        sys.exit(1)
    finally:
        desk.close()
