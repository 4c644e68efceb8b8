"""A drop-in for ``import numpy as np`` in which what NumPy's protocols cannot reach works as well.

While a transform runs a function of yours, it stands for NumPy in your modules (see
`tinygrad_np.running`); import it where that does not reach: for Tensors that you made yourself, and
in packages that are installed. Every name is NumPy's own, and does what it does there. Besides,

- lists with Tensors inside are arrays: ``np.array([t, …])``, ``np.sum([t, …])``; ``np.asarray(t)``
  keeps the recording;
- while a function is being differentiated, floating arrays that functions here make, such as
  ``np.zeros(n)``, can have Tensors written into them. They are Tensors then, without a derivative;
  like all Tensors there, they are what they stand for to ``isinstance``.

Examples
--------
>>> import tinygrad_np as tg, tinygrad_np.numpy as np
>>> def squares(x):
...     y = np.zeros(3)
...     for i in range(3):
...         y[i] = x[i] ** 2
...     return np.sum(np.array([y[0], y[1] * y[2]]))
>>> tg.grad(squares)(np.array([1.0, 2.0, 3.0]))
array([ 2., 36., 24.])
"""

from __future__ import annotations

from typing import Any

import numpy

from .lifting import Function, namespace
from .makers import c_, fromiter, frompyfunc, isscalar, nditer, r_, vectorize  # noqa: F401 - NumPy's names

__all__, find, __dir__ = namespace(numpy, __name__)

ndenumerate = Function(numpy.ndenumerate)


def __getattr__(name: str) -> Any:
    if name in ("fft", "linalg", "random", "testing"):
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    return find(name)
