"""JSON Schemas of the files that officers write, generated from the models, for completion and validation in editors.

A file names its schema in its first line: `# yaml-language-server: $schema=../docs/schemas/site.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """File name -> text. Deterministic."""
    from jiyue.catalogue.alert_file import AlertFile  # noqa: PLC0415  (pydantic: 90 ms)
    from jiyue.catalogue.exchange import LINES, DecisionRow  # noqa: PLC0415  (pydantic: 90 ms)
    from jiyue.catalogue.models import KINDS, News  # noqa: PLC0415  (pydantic: 90 ms)
    from jiyue.registry.mail import MailSettings  # noqa: PLC0415  (as below)
    from jiyue.registry.models import ClusterFile, PartnersFile, ProfileFile, SiteFile  # noqa: PLC0415  (pydantic: 90 ms)
    from jiyue.registry.old_site import OldSiteFile  # noqa: PLC0415  (pydantic: 90 ms)
    from jiyue.registry.upstream import UpstreamFile  # noqa: PLC0415  (pydantic: 90 ms)

    made = {
        "site": SiteFile.model_json_schema(),
        "cluster": ClusterFile.model_json_schema(),
        "profile": ProfileFile.model_json_schema(),
        "alert": AlertFile.model_json_schema(),
        "upstream": UpstreamFile.model_json_schema(),
        "old-site": OldSiteFile.model_json_schema(),
        "article": _article(KINDS, News),
        "partners": PartnersFile.model_json_schema(),
        "mail": MailSettings.model_json_schema(),
        "received": {"type": "array", "items": DecisionRow.model_json_schema()},
        "exchange": _one_of(LINES),
    }
    titles = {
        "site": "站点文件",
        "cluster": "站群文件",
        "profile": "指标方案",
        "alert": "紧急信息",
        "upstream": "同步来源",
        "old-site": "旧站的取法",
        "article": "文章开头",
    }
    titles |= {
        "partners": "往来站群",
        "mail": "邮件设置",
        "received": "采用台账",
        "exchange": "站群之间报送的文件的一行",
    }
    return {f"{name}.schema.json": schema_text(titles[name], schema) for name, schema in made.items()}


def _article(kinds: dict[str, Any], news: Any) -> dict[str, Any]:
    """One schema for all kinds, selected by `kind`; without it a file is news (or a page, in the site's own folder)."""
    definitions: dict[str, Any] = {}
    branches = []
    for kind, model in kinds.items():
        schema = model.model_json_schema()
        definitions |= schema.pop("$defs", {})
        definitions[model.__name__] = schema
        condition: dict[str, Any] = {"properties": {"kind": {"const": kind}}}
        if model is not news:
            condition["required"] = ["kind"]
        branches.append({"if": condition, "then": {"$ref": f"#/$defs/{model.__name__}"}})
    kind_property = {"kind": {"enum": list(kinds), "default": "news", "description": "文章种类"}}
    return {"type": "object", "properties": kind_property, "allOf": branches, "$defs": definitions}


def _one_of(lines: Mapping[str, Any]) -> dict[str, Any]:
    """One schema for lines of several types."""
    definitions: dict[str, Any] = {}
    for model in lines.values():
        schema = model.model_json_schema()
        definitions |= schema.pop("$defs", {})
        definitions[model.__name__] = schema
    return {"oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in lines.values()], "$defs": definitions}


def schema_text(title: str, schema: dict[str, Any]) -> str:
    """A schema as the text of its file."""
    whole = {"$schema": DIALECT, **schema, "title": title}
    return json.dumps(_as_written(whole), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _as_written(schema: Any) -> Any:
    """Allow in the schema what the validators accept: a single text in place of a list of one."""
    if isinstance(schema, list):
        return [_as_written(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _as_written(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    if schema.get("type") == "array" and schema.get("items") == {"type": "string"}:
        notes = {key: schema.pop(key) for key in ("default", "description") if key in schema}
        return {"anyOf": [schema, {"type": "string"}], **notes}
    return schema
