"""`jiyue key new`."""

from __future__ import annotations

import sys

import typer

from jiyue.publish.release import signing

key = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="发布密钥。")


@key.callback()
def _keys() -> None:
    """发布密钥。"""


@key.command("new")
def new_key() -> None:
    """生成发布密钥：私钥写到标准输出，公钥（写入 sites/release-keys.yaml）写到标准错误。"""
    private, public = signing.new_key()
    print(private.decode(), end="")
    print(f"把下面几行写入 {signing.KEYS_FILE}：\nkeys:\n  - name: 发布密钥\n    public: {public}", file=sys.stderr)
