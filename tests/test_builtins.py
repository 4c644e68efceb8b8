"""tinygrad_np.builtins: a ``float`` that is Python's, but for Tensors that are recorded."""

from __future__ import annotations

import builtins
import copy
import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np.builtins import float


@pytest.mark.parametrize("given", [(), (2,), (2.5,), ("inf",), (" 1e3 ",), (np.float32(0.5),)])
def test_it_converts_as_python_does(given: Any) -> None:
    assert type(float(*given)) is builtins.float
    assert float(*given) == builtins.float(*given)


@pytest.mark.parametrize("given", [("one",), (None,), ([1.0],), (1.0, 2.0), (1j,)])
def test_it_refuses_what_python_refuses(given: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as expected:
        builtins.float(*given)
    with pytest.raises(expected.type):
        float(*given)


def test_it_is_the_type_that_pythons_is() -> None:
    assert isinstance(1.5, float)
    assert isinstance(np.float64(1.5), float)
    assert not isinstance(1, float)
    assert issubclass(np.float64, float)
    assert float == builtins.float
    assert builtins.float == float
    assert type(1.5) in (int, float)  # noqa: UP003 - which is asked
    assert {builtins.float: 1}[float] == {float: 1}[builtins.float] == 1
    assert float.fromhex("0x1p1") == 2.0
    assert repr(float) == repr(builtins.float)
    assert pickle.loads(pickle.dumps(float)) is copy.deepcopy(float)
    match 1.5:
        case float(x):
            assert x == 1.5
        case _:
            raise AssertionError


def test_numpy_takes_it_for_a_dtype() -> None:
    expected = np.dtype(builtins.float)
    assert np.dtype(float) == expected
    assert expected == float
    for made in (
        np.zeros(2, float), np.array([1], dtype=float), np.arange(2).astype(float),
        np.fromiter([1, 2], float), np.vectorize(int, otypes=[float])([1.5]),
        np.random.default_rng(0).random(2, dtype=float),
    ):  # fmt: skip
        assert made.dtype == expected
    assert np.issubdtype(np.float64, float)
    assert np.finfo(float).eps == np.finfo(builtins.float).eps
    assert np.result_type(float, np.float32) == expected
    assert np.dtype([("a", float)]) == np.dtype([("a", builtins.float)])


def test_tensors() -> None:
    assert type(float(tg.Tensor(2.5))) is builtins.float
    assert tg.grad(lambda x: float(x[1]) ** 2)(np.array([1.0, 3.0])).tolist() == [0.0, 6.0]
    assert tg.grad(lambda x: float(x) ** 3)(np.float32(2)).dtype == np.float32
    assert tg.grad(tg.grad(lambda x: float(x) ** 3))(2.0) == 12.0
    np.testing.assert_array_equal(tg.vmap(lambda x: float(x) * 2)(np.array([1.0, 2.0])), [2, 4])
    with pytest.raises(TypeError, match=r"0-dimensional|length-1"):
        tg.grad(lambda x: float(x))(np.ones(2))


class Quantity:
    """A number with a unit, which is dropped."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __float__(self) -> Any:
        return self.value


def test_objects_that_convert_themselves() -> None:
    assert tg.grad(lambda x: float(Quantity(x)) ** 2)(3.0) == 6.0
    assert type(float(Quantity(3.0))) is builtins.float
    with pytest.raises(TypeError):
        float(Quantity("3"))
