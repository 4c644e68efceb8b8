"""``numpy.random``, as a part of the drop-in."""

from __future__ import annotations

import numpy.random

from .lifting import namespace

__all__, __getattr__, __dir__ = namespace(numpy.random, __name__)
