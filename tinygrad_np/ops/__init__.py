"""The derivative tables, a family of functions a file; importing this fills the table."""

from . import (
    contractions,
    creation,
    elementwise,
    indexing,
    joining,
    linear_algebra,
    products,
    reductions,
    shaping,
)
from .table import CONSTANT, TABLE, Op, values_of

__all__ = [
    "CONSTANT", "TABLE", "Op", "contractions", "creation", "elementwise", "indexing", "joining",
    "linear_algebra", "products", "reductions", "shaping", "values_of",
]  # fmt: skip
