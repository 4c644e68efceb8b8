"""NumPy's functions that have no derivative and no meaning without one: why, and what to write.

The functions that are piecewise constant are not among these: they are called on the values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .table import constant

constant(
    np.save, np.savez, np.savez_compressed, np.savetxt, np.packbits, np.unpackbits,
)  # fmt: skip

DATES = "dates are not differentiated; give it arrays of dates, and x.numpy() for a Tensor"
LIKE = "it reads or makes numbers, which are constants; leave like= out"
REFUSED: dict[Any, str] = {
    **dict.fromkeys(
        (np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string), DATES
    ),
    **dict.fromkeys(
        (np.frombuffer, np.fromfile, np.fromfunction, np.fromstring, np.genfromtxt, np.loadtxt),
        LIKE,
    ),
}
"""Why a function is refused, and what to write instead."""

METHODS: dict[str, str] = {
    "ctypes": "it has no memory of its own to point to; x.numpy().ctypes points to a copy",
    "dtype": "x.astype(dtype) converts the values; x.numpy().view(dtype) reads their bytes",
    "resize": "np.resize(x, shape) repeats it; np.pad(x, ...) and x[:n] change its length",
    "shape": "write x = x.reshape(shape)",
    "strides": "np.lib.stride_tricks.sliding_window_view(x, ...) and slices are recorded",
    "view": "x.astype(dtype) converts the values; x[...] is a view; "
            "x.numpy().view(dtype) reads the bytes",
}  # fmt: skip
"""The same of the methods and attributes of an ndarray that a Tensor does not have."""
