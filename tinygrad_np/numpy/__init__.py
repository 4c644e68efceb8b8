"""A drop-in for ``import numpy as np`` in which creation functions are recorded as well.

Every name is NumPy's own, and does what it does there. What NumPy's protocols cannot reach works
here too: ``np.array([t, …])`` of Tensors joins them, ``np.asarray(t)`` keeps the recording, and
``np.zeros(n)``, called while a function is being differentiated, can be filled with Tensors.

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

from . import creation

__all__ = list(numpy.__all__)

# What is loaded is found at once; what NumPy loads when it is first used, by __getattr__.
globals().update({name: value for name, value in vars(numpy).items() if not name.startswith("_")})
globals().update({name: getattr(creation, name) for name in creation.__all__})


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def __dir__() -> list[str]:
    return dir(numpy)
