"""`python -m bench [NAME]`: prints all benchmark tables, or one: build speed, search, Lighthouse, savings of each trick, the audit,
near-copies (of texts below JIYUE_REAL_TEXTS)."""

import os
import subprocess
import sys
from pathlib import Path

TABLES = {
    "build": ["-m", "bench.build"],
    "search": [str(Path(__file__).with_name("search.py"))],
    "lighthouse": ["-m", "bench.lighthouse"],
    "tricks": ["-m", "bench.tricks"],
    "audit": ["-m", "bench.audit"],
    "near_copies": ["-m", "bench.near_copies", "--texts", os.environ.get("JIYUE_REAL_TEXTS", ".")],
}

wanted, given = (
    (sys.argv[1:2], sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in TABLES else (list(TABLES), sys.argv[1:])
)
sys.exit(max(subprocess.run([sys.executable, *TABLES[name], *given], check=False).returncode for name in wanted))
