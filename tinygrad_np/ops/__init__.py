"""The derivative tables, a family of functions a file; importing this fills the table."""

from . import (
    calculus,
    contractions,
    creation,
    elementwise,
    indexing,
    joining,
    linear_algebra,
    products,
    rearranging,
    reductions,
    shaping,
    sorting,
    statistics,
)
from .table import CONSTANT, TABLE, Op, values_of

__all__ = [
    "CONSTANT", "TABLE", "Op", "calculus", "contractions", "creation", "elementwise", "indexing",
    "joining", "linear_algebra", "products", "rearranging", "reductions", "shaping", "sorting",
    "statistics", "values_of",
]  # fmt: skip
