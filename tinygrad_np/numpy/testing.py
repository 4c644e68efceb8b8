"""``numpy.testing``, which compares the values of Tensors."""

from __future__ import annotations

import functools
from typing import Any

import numpy.testing

from ..ops import values_of
from .lifting import namespace


def on_values(function: Any) -> Any:
    if isinstance(function, type) or not callable(function):
        return function

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        return function(*values_of(args), **values_of(keywords))

    return call


__all__, __getattr__, __dir__ = namespace(numpy.testing, __name__, on_values)
