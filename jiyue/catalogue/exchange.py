"""The lines of a file that two clusters exchange (JSON Lines, UTF-8), as pydantic models; the schema is docs/schemas/exchange.schema.json.

The first line is the manifest, the second its signature; the others are articles (to the superior) or receipts (back).
Each line is canonical JSON (sorted keys, no spaces), so the manifest's digests name its bytes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FORMAT = "jiyue-exchange-1"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _titled(fields: dict[str, Any]) -> dict[str, Any]:
    title = fields.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ValueError("title")
    return fields


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ManifestLine(_Line):
    """清单：谁给谁、何时、有哪些行"""

    type: Literal["manifest"]
    format: Literal["jiyue-exchange-1"]
    sender: str = Field(description="发出的站群，写它的门户的网址")
    receiver: str = Field(description="接收的站群，写它的门户的网址")
    at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$", description="导出的时间，新的代替旧的")
    lines: tuple[Digest, ...] = Field(description="第三行起每一行（连同换行）的 SHA-256")


class SignatureLine(_Line):
    """签名：用发出站群的发布密钥，签第一行（连同换行）"""

    type: Literal["signature"]
    key: str = Field(pattern=r"^[0-9a-f]{16}$", description="公钥 SHA-256 的前 16 位")
    signature: str = Field(description="Ed25519 签名，base64")


class FileEntry(_Line):
    """文章用到的一个文件；内容在旁边的 <文件>.files/<sha256>"""

    address: str = Field(description="正文或字段里写的地址")
    name: str = Field(pattern=r"^[^/\\\x00-\x1f]{1,200}$", description="文件名")
    size: int = Field(ge=0)
    sha256: Digest


class ArticleLine(_Line):
    """一篇报送的文章"""

    type: Literal["article"]
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="在发出站点里的编号")
    url: str = Field(pattern=r"^https?://[^\s<>\"]+$", description="原文网址")
    site: str = Field(description="发出站点的名称")
    source: str = Field(description="来源")
    unit: str = Field(description="报送单位")
    wanted: tuple[str, ...] = Field(description="建议上级放进的栏目")
    fields: Annotated[dict[str, Any], AfterValidator(_titled)] = Field(
        description="公开的字段，如文章开头所写", json_schema_extra={"required": ["title"]}
    )
    body: str = Field(description="正文（Markdown）")
    files: tuple[FileEntry, ...]
    links: dict[str, str] = Field(description="指向原站文章的地址 -> 网址；空的已失效")


class ReceiptLine(_Line):
    """一篇报送的文章的回执"""

    type: Literal["receipt"]
    article: str = Field(description="发出站点里的编号")
    state: Literal["adopted", "declined"]
    column: str
    at: str = Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d$", description="决定的时间 YYYY-MM-DD HH:MM")
    reason: str
    by: str = Field(description="岗位")
    shown: str = Field(description="在上级站点的网址；没有公开时为空")


LINES: dict[str, type[_Line]] = {
    "manifest": ManifestLine,
    "signature": SignatureLine,
    "article": ArticleLine,
    "receipt": ReceiptLine,
}
"""By their `type`."""


class DecisionRow(_Line):
    """采用台账的一行（received.csv、received.yaml）"""

    article: str = Field(description="报送站点/文章编号，如 changchun/notice-1")
    decision: Literal["采用", "adopted", "不采用", "declined"]
    column: str = Field("", description="进本站的哪个栏目；省略时按建议，或同一类别的栏目")
    at: str = Field(description="决定的时间 YYYY-MM-DD HH:MM")
    reason: str = Field("", description="不采用的理由，报送单位看得到")
    by: str = Field(description="岗位，不写姓名")
