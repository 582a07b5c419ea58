"""The committed JSON Schemas equal those of the models, and accept the same data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jiyue.base import yamlfile
from jiyue.build.registers import register_schemas
from jiyue.catalogue.frontmatter import split
from jiyue.catalogue.schemas import schemas
from tests.support.repository import committed

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "schemas"


def test_the_committed_schemas_are_fresh() -> None:
    made = schemas() | register_schemas()
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.schema.json")} == made, "run `make docs`"
    assert schemas() | register_schemas() == made


@pytest.mark.parametrize("name", ["site", "cluster", "profile", "upstream", "article"])
def test_every_reference_leads_somewhere_and_fields_are_described(name: str) -> None:
    schema = json.loads(schemas()[f"{name}.schema.json"])

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/$defs/") in schema["$defs"]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    assert "description" in json.dumps(schema)


def keys_known(schema: dict[str, Any], data: dict[str, Any]) -> set[str]:
    return set(data) - set(schema["properties"])


def test_the_demonstration_uses_only_what_the_schemas_know(tmp_path: Path) -> None:
    root = committed(tmp_path)
    made = {name: json.loads(text) for name, text in schemas().items()}
    for path in (root / "sites").glob("*.yaml"):
        if path.stem in ("rights", "waivers", "release-keys", "partners"):
            continue
        data, _ = yamlfile.parse(path.read_text("utf-8"))
        schema = made["cluster.schema.json" if path.stem == "cluster" else "site.schema.json"]
        assert keys_known(schema, data) == set(), path
        assert set(schema["required"]) <= set(data), path
    for path in sorted((root / "content").rglob("*.md"))[::10]:
        head = split(path.read_text("utf-8")).values
        model = {"news": "News"}.get(head.get("kind", "news"), str(head.get("kind", "")).capitalize())
        schema = made["article.schema.json"]["$defs"][model]
        assert keys_known(schema, head) == set(), path


def test_an_unknown_key_and_a_missing_one_are_said_to_be_wrong() -> None:
    site = json.loads(schemas()["site.schema.json"])
    assert site["additionalProperties"] is False
    assert set(site["required"]) == {"name", "kind", "url"}
    article = json.loads(schemas()["article.schema.json"])
    assert set(article["$defs"]["News"]["required"]) == {"title", "date"}
    assert {"received"} <= set(article["$defs"]["Letter"]["required"])
