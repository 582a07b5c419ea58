"""Write docs/schemas/*.json from the models (`make docs`)."""

from pathlib import Path

from jiyue.build.registers import register_schemas
from jiyue.catalogue.schemas import schemas

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"

for name, text in {**schemas(), **register_schemas()}.items():
    (FOLDER / name).write_text(text, "utf-8")
