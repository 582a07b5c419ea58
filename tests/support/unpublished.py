"""A small cluster with one article of every kind that is not public, each with words of its own and an attachment."""

from __future__ import annotations

from typing import NamedTuple

from jiyue.base.reason import Reason
from tests.support.samples import pdf, png


class Unpublished(NamedTuple):
    """An article: its name in the folder, why it is not public, more lines of its front matter, the end of its text."""

    name: str
    reason: Reason
    head: str = ""
    tail: str = ""

    @property
    def path(self) -> str:
        return f"content/cc/{self.folder}/{self.name}.md"

    @property
    def folder(self) -> str:
        return "yw" if self.reason is Reason.UNAPPROVED else "tzgg"

    @property
    def words(self) -> tuple[str, ...]:
        """What only this article holds: in its title, its text, its attachment's name and content."""
        return tuple(f"{kind}{self.name}zz" for kind in ("title", "body", "file", "inside"))

    @property
    def text(self) -> str:
        title, body, file, _ = self.words
        picture = f"![现场照片]({file}.png)"
        return (
            f"---\ntitle: 关于{title}的通知\ndate: 2026-11-20 09:00\nauthor: 信息员\n{self.head}---\n"
            f"正文{body}，详见[附件]({file}.pdf)。\n\n{picture}\n{self.tail}"
        )


UNPUBLISHED = (
    Unpublished("draft", Reason.DRAFT, "status: draft\n"),
    Unpublished("later", Reason.SCHEDULED, "publish_at: 2026-12-01 09:00\n"),
    Unpublished("over", Reason.EXPIRED, "expires: 2026-11-21 09:00\n"),
    Unpublished("gone", Reason.WITHDRAWN, "withdraw: {at: 2026-11-22 09:00, reason: 数据有误}\n"),
    Unpublished("unseen", Reason.UNAPPROVED),
    Unpublished("person", Reason.PRIVACY, tail="\n联系人身份证号：220102199003078517。\n"),
    Unpublished("slip", Reason.ERROR, tail="\n见[另一个文件](no-such-file.pdf)。\n<script>alert(1)</script>\n"),
    Unpublished("secret", Reason.SECRET, tail="\n机密★10年\n"),
    Unpublished("broken", Reason.ERROR, "updated: 明天\n"),
)
SHOWN = (
    "---\ntitle: 关于公开的通知\ndate: 2026-11-19 09:00\nauthor: 信息员\n---\n"
    "公开的正文，见[公开附件](open.pdf)和[另一篇](later.md)。\n\n![照片](open.png)\n"
)

FILES: dict[str, str | bytes] = {
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
    "sites/cc.yaml": (
        "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n"
        "profile: reviewed\nofficers:\n  - {post: 初审岗, unit: 办公室, role: 初审}\n  - {post: 终审岗, unit: 办公室, role: 终审}\n"
        "  - {post: 信息员, unit: 办公室, role: 信息联络员}\n"
        "columns:\n  - {path: tzgg, name: 通知公告, review: none}\n  - {path: yw, name: 要闻, review: required}\n"
    ),
    "sites/profiles/reviewed.yaml": "name: 先审后发\nextends: basic\nreview: [first, final]\nbroken_links: error\n",
    "content/cc/tzgg/open.md": SHOWN,
    "content/cc/tzgg/open.pdf": pdf("open"),
    "content/cc/tzgg/open.png": png("open"),
}
for one in UNPUBLISHED:
    _title, _body, file, inside = one.words
    FILES |= {
        one.path: one.text,
        f"content/cc/{one.folder}/{file}.pdf": pdf(inside),
        f"content/cc/{one.folder}/{file}.png": png(inside),
    }
