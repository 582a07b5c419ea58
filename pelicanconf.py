"""The settings of ONE site, for plain Pelican: `SITE=changchun pelican` (the cluster's build uses the same ones)."""

import os
from pathlib import Path

from jiyue.build.pelicanconf import settings_for

ROOT = Path(os.environ.get("JIYUE_ROOT", Path(__file__).parent))
if "SITE" not in os.environ:
    raise SystemExit("请指明站点，如：SITE=changchun pelican")
globals().update(settings_for(os.environ["SITE"], ROOT, ROOT / "output"))
