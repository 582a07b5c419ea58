"""Imports numpy without BLAS threads: they are not needed here, and a process with threads must not fork."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # reads the environment when it is loaded
from numpy.typing import NDArray

__all__ = ["Many", "np"]

Many = NDArray[Any]
"""An array of integers or booleans."""
