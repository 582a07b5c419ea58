"""numpy, without the threads of its linear algebra: nothing here multiplies matrices, and a process with threads must not fork."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # reads the environment when it is loaded
from numpy.typing import NDArray

__all__ = ["Many", "np"]

Many = NDArray[Any]
"""Many whole numbers, or as many truths."""
