"""`deploy:` of a site's file: where its releases go. Each kind of target is one model; none may contain a secret.

Every subclass of DeployModel in this module is a kind of target, known to validation and the JSON Schema; publishing
imports the module of the same name from jiyue/publish/deploy/. Paths are relative to the cluster's root.
docs/operations.md explains the fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from jiyue.base.patterns import pattern

_SECRET = pattern(r"secret|password|passwd|token|access_?key|private|密码|口令|密钥", re.IGNORECASE)
_LOGIN = pattern(r"://[^/@\s]+:[^/@\s]+@")
_HOST = pattern(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_WORDS = {**dict.fromkeys(("true", "on", "yes"), True), **dict.fromkeys(("false", "off", "no", ""), False)}


def without_secret(value: Any) -> Any:
    """A mapping as it is, if no key or address in it is a secret. Raises PydanticCustomError."""
    for name, text in value.items() if isinstance(value, dict) else ():
        if _SECRET.search(str(name)) or _LOGIN.search(str(text)):
            raise PydanticCustomError("secret", "secret", {"key": str(name)})
    return value or None


def _as_bool(value: Any) -> Any:
    """Convert the YAML spellings of true and false; a host name stays text."""
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value


def _cname(value: bool | str) -> bool | str:
    if isinstance(value, str) and not _HOST.fullmatch(value):
        raise ValueError("应为 true、false 或主机名，如 www.cc.example")
    return value


def _folder(value: str) -> str:
    if re.search(r"""["'`\\${};\x00-\x1f\x7f]""", value):
        raise ValueError("路径不能含有引号、反斜线、花括号、分号、$ 和控制字符")
    return value


def _below(value: str) -> str:
    if re.search(r"[\s\x00-\x1f\x7f\\]|(?:^|/)(?:\.{1,2}|-[^/]*)(?:/|$)|//", value):
        raise ValueError("应为一层或几层目录名，用 / 分隔，不含空格")
    return value.strip("/")


def _remote(value: str) -> str:
    if value.startswith("-") or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError("应为 git 仓库的地址，如 git@host:gov/pages.git，或目录")
    return value


Keep = Annotated[int, Field(ge=1, le=1000, description="目标上保留多少个版本")]
Prefix = Annotated[str, AfterValidator(_below)]


class DeployModel(BaseModel):
    """Base of the kinds of targets; the literal of `kind` is the kind's name."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: str


class FolderDeploy(DeployModel):
    """目录（如挂载的网站服务器磁盘）"""

    kind: Literal["folder"]
    path: Annotated[str, Field(min_length=1), AfterValidator(_folder)] = Field(
        description="目录；相对路径从站群目录算起。网站服务器的根目录是其中的 live/<站点编号>"
    )
    keep: Keep = 5


class RsyncDeploy(DeployModel):
    """用 ssh 登录的网站服务器"""

    kind: Literal["rsync"]
    host: str = Field(pattern=r"^[A-Za-z0-9_\[][A-Za-z0-9_.@:\[\]-]*$", description="ssh 认识的主机，如 www@10.0.0.8")
    path: str = Field(pattern=r"^/[A-Za-z0-9_./@:-]+$", description="服务器上的目录，绝对路径，如 /srv/www")
    port: int | None = Field(None, ge=1, le=65535, description="ssh 端口；省略时按 ssh 的设置")
    keep: Keep = 5


class GitDeploy(DeployModel):
    """由托管服务发布的 git 分支"""

    kind: Literal["git"]
    remote: Annotated[str, Field(min_length=1), AfterValidator(_remote)] = Field(
        description="仓库地址，如 git@host:gov/cc-pages.git；相对路径从站群目录算起"
    )
    branch: str = Field(
        "gh-pages", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$", description="分支"
    )
    prefix: Prefix = Field("", description="几个站点共用一个分支时，本站所在的目录；站点的网址须带同样的路径")
    cname: Annotated[bool | str, BeforeValidator(_as_bool), AfterValidator(_cname)] = Field(
        False, description="true 表示在分支里写 CNAME，内容为站点的主机名；也可直接写主机名"
    )
    history: bool = Field(True, description="false 表示分支上只留最新一次提交（不能与 prefix 同用）")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> GitDeploy:
        if self.prefix and not self.history:
            raise PydanticCustomError(
                "excluded", "多站点共用一个分支（prefix）时不能清除历史（history: false）", {"key": "history"}
            )
        return self


class S3Deploy(DeployModel):
    """S3 兼容的对象存储；密钥由环境变量 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY 给出"""

    kind: Literal["s3"]
    bucket: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$", description="桶")
    prefix: Prefix = Field("", description="桶里的目录")
    endpoint: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+/?)?$", description="服务的网址；省略时为 AWS")
    region: str = Field("", pattern=r"^[A-Za-z0-9-]*$", description="地域；省略时按环境变量 AWS_DEFAULT_REGION")
    layout: Literal["prefix", "flat"] = Field(
        "prefix", description="prefix 每个版本一个目录，切换是原子的；flat 逐个替换对象"
    )
    keep: Keep = 5


if TYPE_CHECKING:
    _Kind = DeployModel
else:
    _Kind = Annotated[Union[tuple(DeployModel.__subclasses__())], Field(discriminator="kind")]  # noqa: UP007

DeployField = Annotated[_Kind | None, BeforeValidator(without_secret)]
_KIND: TypeAdapter[DeployModel] = TypeAdapter(_Kind)


def deploy_of(mapping: Mapping[str, Any]) -> DeployModel:
    """Site.deploy as its model."""
    return _KIND.validate_python(mapping)
