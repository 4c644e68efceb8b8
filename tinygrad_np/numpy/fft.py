"""``numpy.fft``, as a part of the drop-in."""

from __future__ import annotations

import numpy.fft

from .lifting import namespace

__all__, __getattr__, __dir__ = namespace(numpy.fft, __name__)
