"""``numpy.linalg``, as a part of the drop-in."""

from __future__ import annotations

import numpy.linalg

from .lifting import namespace

__all__, __getattr__, __dir__ = namespace(numpy.linalg, __name__)
