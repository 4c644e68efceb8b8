"""The derivative tables, a family of functions a file; importing this fills the table."""

from . import (
    calculus,
    contractions,
    creation,
    elementwise,
    emath,
    fourier,
    indexing,
    joining,
    linear_algebra,
    polynomials,
    products,
    rearranging,
    reductions,
    selecting,
    shaping,
    signals,
    sorting,
    statistics,
    windows,
)
from .table import CONSTANT, TABLE, Op, values_of

__all__ = [
    "CONSTANT", "TABLE", "Op", "calculus", "contractions", "creation", "elementwise", "emath",
    "fourier", "indexing", "joining", "linear_algebra", "polynomials", "products", "rearranging",
    "reductions", "selecting", "shaping", "signals", "sorting", "statistics", "values_of",
    "windows",
]  # fmt: skip
