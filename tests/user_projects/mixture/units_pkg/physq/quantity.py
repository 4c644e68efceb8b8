import numpy as np
from .registry import unit, UnitError, si_name


def _as_quantity(x):
    if isinstance(x, Quantity):
        return x
    return Quantity(x, dims=(0, 0, 0, 0))


class Quantity:
    """A number (or array) with physical dimensions; stored in SI."""

    __array_ufunc__ = None   # let our __rmul__ win over ndarray.__mul__

    def __init__(self, value, units=None, dims=None):
        if units is not None:
            scale, dims = unit(units)
            value = value * scale
        self.si = value
        self.dims = tuple(dims)

    def to(self, units):
        scale, dims = unit(units)
        if dims != self.dims:
            raise UnitError('cannot convert %s to %s' % (si_name(self.dims), units))
        return self.si / scale

    def _check(self, other):
        other = _as_quantity(other)
        if other.dims != self.dims:
            raise UnitError('incompatible: %s and %s' % (si_name(self.dims), si_name(other.dims)))
        return other

    def __add__(self, other):
        return Quantity(self.si + self._check(other).si, dims=self.dims)

    __radd__ = __add__

    def __sub__(self, other):
        return Quantity(self.si - self._check(other).si, dims=self.dims)

    def __mul__(self, other):
        other = _as_quantity(other)
        return Quantity(self.si * other.si, dims=[a + b for a, b in zip(self.dims, other.dims)])

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = _as_quantity(other)
        return Quantity(self.si / other.si, dims=[a - b for a, b in zip(self.dims, other.dims)])

    def __rtruediv__(self, other):
        return _as_quantity(other) / self

    def __pow__(self, n):
        return Quantity(self.si ** n, dims=[int(d * n) for d in self.dims])

    def __lt__(self, other):
        return self.si < self._check(other).si

    def __float__(self):
        if any(self.dims):
            raise UnitError('not dimensionless')
        return float(self.si)

    def sqrt(self):
        if any(d % 2 for d in self.dims):
            raise UnitError('odd power under sqrt')
        return Quantity(np.sqrt(self.si), dims=[d // 2 for d in self.dims])

    def sum(self):
        return Quantity(np.sum(self.si), dims=self.dims)

    def __repr__(self):
        return '%s %s' % (self.si, si_name(self.dims))
