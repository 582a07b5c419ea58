"""`jiyue approve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiyue.checks.format import FORMATS
from jiyue.checks.repository.path_names import printable
from jiyue.cli.common import Root, Today, now_text
from jiyue.editor.model import Refused
from jiyue.editor.signing import Paper, SigningDesk
from jiyue.registry.site import REVIEW_STEPS


def approve(
    name: Annotated[str, typer.Argument(metavar="稿件", help="稿件的路径，或者草稿的编号；不写就列出等你审的。")] = "",
    comment: Annotated[str, typer.Option("--comment", help="审核意见。")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再问，直接签名。")] = False,
    root: Root = Path(),
    today: Today = "",
) -> None:
    """审核人在自己的电脑上审稿，用自己的 git 密钥签名通过（review_proof: signed 的站点）。"""
    try:
        desk = SigningDesk(root.resolve(), now=lambda: now_text(today))
        waiting = desk.waiting(name)
        if not waiting:
            raise Refused(f"没有等你（{desk.who.account}）签名审核的稿件" + (f"「{name}」" if name else ""), 404)
        if not name and len(waiting) > 1:
            for one in waiting:
                print(f"{one.id}  {REVIEW_STEPS[one.step]}  {printable(one.path)}  {printable(one.title)}")
            print("一次审一篇：jiyue approve 稿件的路径")
            return
        paper = desk.paper(waiting[0])
        _show(paper)
        step = REVIEW_STEPS[paper.draft.step]
        if not yes and not typer.confirm(f"以「{paper.post}」的身份通过{step}，用你的密钥签名？", default=False):
            print("没有改动。")
            return
        commit = desk.approve(paper, comment)
    except Refused as refused:
        print(refused)
        raise typer.Exit(1) from None
    print(f"{step}通过，签名的提交 {commit[:10]} 已经推送。")


def _show(paper: Paper) -> None:
    # what somebody wrote must not move the cursor: it is shown with its control characters as text
    one = paper.draft
    lines = [one.title, f"{one.path}  撰稿 {one.owner}  草稿 {one.id}", "", *(paper.diff or ["正文和主分支上的一样。"])]
    lines += ["", f"图片和附件：{'、'.join(paper.files)}"] if paper.files else []
    print("\n".join(map(printable, lines)))
    print(FORMATS["text"](paper.findings) if paper.findings else "检查没有发现问题。")
