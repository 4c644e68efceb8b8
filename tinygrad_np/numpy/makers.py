"""What makes arrays in other ways than a function of arrays does, for Tensors."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy

from ..errors import GradientError
from ..ops import values_of
from ..ops.creation import has_recorded, join
from ..protocols import is_recorded
from ..recording import Array
from ..tensor import Tensor
from .lifting import Function

if TYPE_CHECKING:
    from collections.abc import Iterable


class vectorize(numpy.vectorize):
    """``numpy.vectorize``, which here calls the function on each element of Tensors as well."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if not has_recorded([*args, *keywords.values()]):
            return super().__call__(*args, **keywords)
        given: dict[Any, Any] = {**dict(enumerate(args)), **keywords}
        arrays = {key: join(given[key]) for key in given if key not in self.excluded}
        inputs = (self.signature or "").partition("->")[0]
        cores = [len(re.findall(r"\w+", core)) for core in re.findall(r"\((.*?)\)", inputs)]
        cores = cores or [0] * len(arrays)
        loops = [a.shape[: a.ndim - core] for a, core in zip(arrays.values(), cores, strict=True)]
        shape = numpy.broadcast_shapes(*loops)
        for (key, a), loop in zip(arrays.items(), loops, strict=True):
            arrays[key] = numpy.broadcast_to(a, shape + a.shape[len(loop) :])
        results = []
        for index in numpy.ndindex(shape):
            chosen = {**given, **{key: a[index] for key, a in arrays.items()}}
            positional = [chosen.pop(i) for i in range(len(args))]
            results.append(self.pyfunc(*positional, **chosen))
        if not results:
            raise ValueError("np.vectorize cannot be called on Tensors of size 0")
        if not isinstance(results[0], tuple):
            return self.gathered(results, shape, 0)
        parts = [list(part) for part in zip(*results, strict=True)]
        return tuple(self.gathered(part, shape, i) for i, part in enumerate(parts))

    def gathered(self, results: list[Any], shape: tuple[int, ...], output: int) -> Array:
        """Make the array of the results of all calls; the first says the dtype, as in NumPy."""
        array = join(results)
        dtype = self.otypes[output] if self.otypes else join(results[0]).dtype
        return array.reshape(shape + array.shape[1:]).astype(dtype)


def frompyfunc(func: Any, /, nin: int, nout: int, **keywords: Any) -> Function:
    """``numpy.frompyfunc``, whose functions here take Tensors as well."""
    made, each = numpy.frompyfunc(func, nin, nout, **keywords), vectorize(func)

    def call(*args: Any, **keywords: Any) -> Any:
        return each(*args) if has_recorded(args) else made(*args, **keywords)

    return Function(made, call)


from_sequence = Function(numpy.fromiter)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, **keywords: Any) -> Array:
    """``numpy.fromiter``, which here takes Tensors as well."""
    # An iterator that never ends gives as many items as are asked for.
    items = itertools.islice(iter, count) if count >= 0 else iter
    return from_sequence(list(items), dtype, count, **keywords)


def nditer(op: Any, *args: Any, **keywords: Any) -> Any:
    """``numpy.nditer``, which here gives the elements of a Tensor."""
    if not is_recorded((op,), {}):
        return numpy.nditer(values_of(op), *args, **keywords)
    if args or keywords or isinstance(op, (list, tuple)):
        raise GradientError(
            "np.nditer of Tensors takes one of them and no flags: np.ndenumerate(x) gives indices "
            "and elements, and zip(np.ravel(x), np.ravel(y)) the elements of two"
        )
    return (op[index] for index in numpy.ndindex(op.shape))


def is_scalar(element: Any) -> bool:
    value = values_of(element)
    # An example of a batch that has no axes stands for a NumPy scalar.
    return value.shape == () if isinstance(value, Tensor) else numpy.isscalar(value)


isscalar = Function(numpy.isscalar, is_scalar)


class Concatenator:
    """``numpy.r_`` or ``numpy.c_``, which here joins Tensors as well."""

    def __init__(self, original: Any) -> None:
        self.original = original

    def __getitem__(self, key: Any) -> Array:
        key = key if isinstance(key, tuple) else (key,)
        if not any(has_recorded(item) for item in key):
            return self.original[key]
        directive = [item for item in key if isinstance(item, str)]
        items = [
            numpy.r_[item] if isinstance(item, slice) else join(item)
            for item in key
            if not isinstance(item, str)
        ]
        # NumPy puts the numbers of the elements together; then each is exchanged for its element.
        ends = numpy.cumsum([item.size for item in items])
        numbers = [
            numpy.arange(end - item.size, end).reshape(item.shape)
            for item, end in zip(items, ends, strict=True)
        ]
        elements = numpy.concatenate([numpy.ravel(item) for item in items])
        scalars = [given for given in key if isinstance(given, (int, float, complex))]
        arrays = [item for item in items if item.ndim or not scalars]
        dtype = numpy.result_type(*arrays, *scalars)
        return elements[self.original[(*directive, *numbers)]].astype(dtype)

    def __len__(self) -> int:
        return len(self.original)


r_ = Concatenator(numpy.r_)
c_ = Concatenator(numpy.c_)
