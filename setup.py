"""What a wheel holds beside pyproject.toml's metadata: the packages, and the theme as a package of data.

The theme stays at themes/gov, where a Pelican project has it; `jiyue.THEME` finds it in either place.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["jiyue", "jiyue.*", "jiyue_plugins"]), "jiyue_themes"],
    package_dir={"jiyue_themes": "themes"},
    package_data={
        "jiyue": [
            "**/*.yaml",
            "**/*.mjs",
            "**/*.otf",
            "**/*.mo",
            "audit/dashboard/templates/*",
            "editor/document/*.json",
            "editor/frontend/*",
            "editor/templates/*",
            "editor/static/**/*",
        ],
        "jiyue_plugins": ["*.json"],
        "jiyue_themes": ["gov/**/*"],
    },
    include_package_data=False,
)
