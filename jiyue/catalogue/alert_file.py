"""Reads `sites/alerts/<identifier>.yaml`: CAP 1.2's fields, less those that follow from the cluster.

identifier is the file's name and sender the site that it begins with; scope is always Public, because a website is.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.validation import findings
from jiyue.catalogue.alerts import FILE, LABELS, SEVERITIES, Alert, category_of, site_of
from jiyue.catalogue.models import Date, Line, Model, Review, Words
from jiyue.registry.models import End, Language, PageAddress


def cap_value(field: str, value: Any) -> Any:
    """CAP's own spelling of a value written in another case, by its Chinese name or colour; of several, each."""
    known = LABELS[field]
    if isinstance(value, str):
        near = {word.casefold(): word for word in known} | {name: word for word, name in known.items()}
        near |= {level: word for word, level in SEVERITIES.items()} if field == "severity" else {}
        return near.get(value.strip().casefold(), value)
    return [cap_value(field, one) for one in value] if isinstance(value, (list, tuple)) else value


def _several(field: str, value: Any) -> Any:
    return cap_value(
        field, [word for word in re.split(r"[,，、\s]+", value) if word] if isinstance(value, str) else value
    )


def _written(field: str) -> BeforeValidator:
    return BeforeValidator(partial(cap_value, field))


Status = Annotated[Literal["Actual", "Exercise", "System", "Test", "Draft"], _written("status")]
MsgType = Annotated[Literal["Alert", "Update", "Cancel"], _written("msgType")]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
Response = Literal[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"
]  # fmt: skip
Urgency = Annotated[Literal["Immediate", "Expected", "Future", "Past", "Unknown"], _written("urgency")]
Severity = Annotated[Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"], _written("severity")]
Certainty = Annotated[Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"], _written("certainty")]


def _area(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}|\d{6}", value):
        raise ValueError("写站点编号（如 changchun）、六位行政区划代码（如 220100），或者 all")
    return value


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Place = Annotated[str, AfterValidator(_area)]


class AlertFile(Model):
    """紧急信息：显示在所涉地区各站点每一页的顶部，并按 CAP 1.2 提供给屏幕和其他系统"""

    sent: Date = Field(description="发出时间 YYYY-MM-DD HH:MM")
    status: Status = Field("Actual", description="性质：Actual 实际、Exercise 演练；System、Test、Draft 不公开")
    msgType: MsgType = Field("Alert", description="类型：Alert 发布、Update 更新（代替原信息）、Cancel 解除")
    references: Annotated[Words, Field(max_length=20)] = Field((), description="更新、解除的是哪些信息：它们的编号")
    event: Annotated[Line, Field(max_length=40)] = Field("", description="事件，如 暴雨")
    severity: Severity = Field(
        "Unknown",
        description="级别：Extreme 红色、Severe 橙色、Moderate 黄色、Minor 蓝色（突发事件应对法一至四级），Unknown 提示",
    )
    headline: Annotated[Line, Field(max_length=160)] = Field("", description="标题：显示在网页上的一句话")
    description: Annotated[Line, Field(max_length=1000)] = Field("", description="详细情况")
    instruction: Annotated[Line, Field(max_length=200)] = Field("", description="防范措施，显示在标题之后")
    effective: Date | None = Field(None, description="开始显示的时间；省略时为 sent")
    onset: Date | None = Field(None, description="事件预计开始的时间")
    expires: End | None = Field(None, description="结束时间，从这时起不再显示；只写日期的，显示到当天结束")
    area: Annotated[tuple[Place, ...], BeforeValidator(_one_or_more), Field(max_length=200)] = Field(
        (), description="地区：站点编号或六位行政区划代码，包括其下级；all 或省略为发布的站点和它的全部下级"
    )
    category: Annotated[tuple[Category, ...], BeforeValidator(partial(_several, "category"))] = Field(
        (), description="类别，如 Met 气象、Geo 地质、Health 公共卫生；省略时按事件判断"
    )
    responseType: Annotated[tuple[Response, ...], BeforeValidator(partial(_several, "responseType"))] = Field(
        (), description="应采取的行动，如 Prepare 做好准备、Evacuate 撤离"
    )
    urgency: Urgency = Field(
        "Unknown", description="紧迫程度：Immediate 立即、Expected 一小时内、Future 近期、Past 已过去"
    )
    certainty: Certainty = Field(
        "Unknown", description="把握：Observed 已发生、Likely 很可能、Possible 可能、Unlikely 不太可能"
    )
    language: Language = Field("zh-CN", description="语言")
    senderName: Annotated[Line, Field(max_length=60)] = Field("", description="发布单位；省略时为站点名称")
    web: PageAddress | None = Field(None, description="详情：发布的站点上网页的路径，或完整网址")
    contact: Annotated[Line, Field(max_length=100)] = Field("", description="咨询电话")
    review: Review | None = Field(None, description="审核记录：终审后即可发出，其余二十四小时内补齐")

    @model_validator(mode="after")
    def _complete(self) -> AlertFile:
        if self.msgType != "Alert" and not self.references:
            raise ValueError("更新、解除要写 references：原信息的编号")
        if self.msgType == "Alert" and self.references:
            raise ValueError("有 references 的是更新（msgType: Update）或者解除（Cancel）")
        if self.msgType != "Cancel":
            names = {"event": "事件", "headline": "标题", "expires": "结束时间"}
            if missing := [f"{key}（{name}）" for key, name in names.items() if not getattr(self, key)]:
                raise ValueError(f"还要写 {'、'.join(missing)}")
        if self.expires and (self.effective or self.sent) >= self.expires:
            raise ValueError("expires 要晚于开始的时间")
        return self


def read_alert(path: str, data: bytes, digest: str) -> tuple[Alert | None, list[Diagnostic]]:
    """The alert in a file's bytes, or None and why. path: relative to the cluster's root."""
    site = site_of(path)
    if not site:
        hint = "文件名写成 <站点>-<年月日>-<序号>.yaml，如 jilin-20261128-01.yaml；用 jiyue alert new 新建就不会错"
        return None, [FILE.at(path, 0, "文件名不是紧急信息的编号", hint)]
    try:
        values, lines = yamlfile.parse(decode(data))
    except NotUtf8 as problem:
        return None, [FILE.at(path, problem.line, problem.message, problem.hint, site=site)]
    except yamlfile.YamlProblem as problem:
        return None, [FILE.at(path, problem.line, problem.message, problem.hint, site=site, col=problem.col)]
    file, problems = findings(AlertFile, values if isinstance(values, dict) else {}, lines, path, FILE, site)
    if file is None:
        return None, problems
    review = file.review.model_dump(exclude_none=True) if file.review else {}
    return Alert(
        path.rpartition("/")[2].removesuffix(".yaml"), site, file.sent, file.status, file.msgType, file.references,
        file.language, file.category or ((category_of(file.event),) if file.event else ()), file.event, file.responseType,
        file.urgency, file.severity, file.certainty, file.effective or file.sent, file.onset or "", file.expires or "",
        file.senderName, file.headline, file.description, file.instruction, file.web or "", file.contact, file.area,
        review, digest,
    ), []  # fmt: skip
