"""Makes the component gallery: one page with each component of the theme, its contract and its example.

make gallery            writes .jiyue/gallery/index.html and its style sheet
"""

from __future__ import annotations

import argparse
import sys
from html import escape
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jiyue.render.templates import environment  # noqa: E402
from jiyue.render.theme.assets import theme_files  # noqa: E402

THEME = ROOT / "themes" / "gov"


def contracts(theme: Path) -> dict[str, dict[str, Any]]:
    """Component -> its contract."""
    folders = sorted((theme / "templates" / "components").iterdir())
    return {f.name: yaml.safe_load((f / "contract.yaml").read_text("utf-8")) for f in folders}


def gallery(theme: Path, style: str) -> str:
    """The page. style: the name of the style sheet in the same folder."""
    env = environment(theme, None)
    parts = []
    for name, contract in contracts(theme).items():
        template = theme / "templates" / "components" / name / "template.html"
        shown = contract.get("markup", "")
        if template.exists():
            shown = env.get_template(f"components/{name}/template.html").render(contract["example"])
        rows = "".join(
            f"<tr><td><code>{escape(key)}</code></td><td>{escape(text)}</td></tr>"
            for key, text in contract["parameters"].items()
        )
        table = f"<table><thead><tr><th>parameter</th><th>what it is</th></tr></thead><tbody>{rows}</tbody></table>"
        parts.append(
            f'<section><h2 class="heading" id="c-{name}">{name}</h2><p lang="en">{escape(contract["about"])}</p>'
            f'{table if rows else ""}<div class="sample">{shown}</div></section>'
        )
    links = "".join(f'<li><a href="#c-{name}">{name}</a></li>' for name in contracts(theme))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>Components</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{style}"></head><body><main class="wrap"><h1>Components</h1>'
        f'<ul class="tiles">{links}</ul>{"".join(parts)}</main></body></html>\n'
    )


def main() -> None:
    """Write the gallery."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / ".jiyue" / "gallery")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    style = ""
    for name, (_, data) in theme_files(THEME).items():
        (folder / name).write_bytes(data)
        style = name if name.endswith(".css") else style
    (folder / "index.html").write_text(gallery(THEME, style), "utf-8")
    print(f"组件库：{folder / 'index.html'}")


if __name__ == "__main__":
    main()
