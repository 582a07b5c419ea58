"""`python -m bench`: the table of build speed, then that of the search; `python -m bench build …` or `search …`: the one alone."""

import subprocess
import sys
from pathlib import Path

TABLES = {"build": ["-m", "bench.build"], "search": [str(Path(__file__).with_name("search.py"))]}

wanted, given = (
    (sys.argv[1:2], sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in TABLES else (list(TABLES), sys.argv[1:])
)
sys.exit(max(subprocess.run([sys.executable, *TABLES[name], *given], check=False).returncode for name in wanted))
