"""The derivative tables, a family of functions a file; importing this fills the table."""

from . import elementwise, indexing, joining, products, reductions, shaping
from .table import CONSTANT, TABLE, Op, values_of

__all__ = [
    "CONSTANT", "TABLE", "Op", "elementwise", "indexing", "joining", "products", "reductions",
    "shaping", "values_of",
]  # fmt: skip
