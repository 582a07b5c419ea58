"""The settings of mail: who sends it, by which server, how readers cancel. The password is in the environment alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.validation import findings
from jiyue.registry.deploy import without_secret

PASSWORD = "JIYUE_SMTP_PASSWORD"
"""Name of the environment variable."""
FILE = "sites/mail.yaml"

FIELD = error("mail-settings", "邮件设置不正确", "设置有误的邮件发不出去，或者读者收到退不了订的邮件。")

_ADDRESS = pattern(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_address(text: str) -> bool:
    """Whether a text is a mail address in ASCII (RFC 5321, without quoted local parts), which every server takes."""
    return len(text) <= 254 and bool(_ADDRESS.fullmatch(text)) and ".." not in text and not text.startswith(".")


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("应为邮箱地址，如 dingyue@jl.example")
    return value


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[\w.:-]+(/[\w./?=&%{}~+-]*)?", value, re.ASCII):
        raise ValueError("应为 https 开头的网址，如 https://www.jl.example/tuiding?m={address}")
    return value


Address = Annotated[str, AfterValidator(_address)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Sender(_Model):
    """发件人"""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", description="名称")
    address: Address = Field(description="邮箱地址")


class Server(_Model):
    """邮件服务器"""

    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$", description="主机名")
    port: int = Field(587, ge=1, le=65535, description="端口：starttls 通常 587，implicit 通常 465")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="加密方式；none 不加密，只用于本机的服务器"
    )
    ca: str = Field("", description="服务器证书由自己的机构签发的，写它的证书文件；相对路径从这个设置文件算起")
    user: str = Field("", max_length=254, description=f"登录名；口令由环境变量 {PASSWORD} 给出")

    @model_validator(mode="after")
    def _encrypted(self) -> Server:
        if self.tls == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("不加密（tls: none）只能用于本机的服务器")
        return self


class Unsubscribe(_Model):
    """退订：邮箱、网址至少写一个"""

    mail: Address | None = Field(None, description="收到任何邮件即退订的邮箱")
    url: Annotated[str, AfterValidator(_https)] | None = Field(
        None, description="退订的网址，POST 即退订（RFC 8058）；{address} 换成收件人的地址"
    )

    @model_validator(mode="after")
    def _one(self) -> Unsubscribe:
        if not (self.mail or self.url):
            raise ValueError("写退订的邮箱 mail，或网址 url")
        return self


class MailSettings(_Model):
    """邮件设置 sites/mail.yaml"""

    sender: Sender = Field(description="发件人")
    reply_to: Address | None = Field(None, description="回复到哪里；省略时是发件人")
    server: Annotated[Server | None, BeforeValidator(without_secret)] = Field(
        None, description="邮件服务器；不写就只生成邮件，不能 --send"
    )
    unsubscribe: Unsubscribe | None = Field(None, description="怎样退订；--send 必需")


def read_settings(path: Path, name: str) -> tuple[MailSettings | None, list[Diagnostic]]:
    """The settings in a file, or what is wrong with them. name: of the file in messages. Raises OSError."""
    try:
        data, lines = yamlfile.parse(decode(path.read_bytes()))
    except (NotUtf8, yamlfile.YamlProblem) as problem:
        return None, [FIELD.at(name, problem.line, problem.message, problem.hint)]
    if not isinstance(data, dict):
        return None, [FIELD.at(name, 1, "文件是空的或不是「键: 值」的形式", "按 docs/subscriptions.md 的例子写")]
    return findings(MailSettings, data, lines, name, FIELD)
