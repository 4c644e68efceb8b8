"""ops/refused.py: whatever NumPy hands to a Tensor has a rule, is a constant, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np.ops import CONSTANT, TABLE, refused

Dispatched = type(np.sum)
"""The type of the functions that look for ``__array_function__`` among their arguments."""


class Witness:
    """An argument that says whether it was asked to carry out the call."""

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return Witness

    def __array_ufunc__(self, *args: Any, **keywords: Any) -> Any:
        return Witness


def takes_like(function: Any) -> bool:
    """Whether a creation function passes on what it is given as ``like``."""
    for args in ((), (2,), (2, 2), ("2",), (lambda i: i, (2,))):
        try:
            if function(*args, like=Witness()) is Witness:
                return True
        except (TypeError, ValueError, OSError):
            continue
    return False


def handed_over(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Each function of a module that NumPy's protocols hand over to a Tensor."""
    for name in dir(module):
        function = getattr(module, name)
        if name.startswith("_") or not callable(function) or isinstance(function, type):
            continue
        if isinstance(function, (Dispatched, np.ufunc)) or takes_like(function):
            yield f"{module.__name__}.{name}", function


def test_creation_functions_are_seen() -> None:
    found = {name for name, _ in handed_over(np)}
    assert {"numpy.sum", "numpy.exp", "numpy.zeros", "numpy.loadtxt"} <= found
    assert "numpy.diag_indices" not in found


@pytest.mark.parametrize("module", [np, np.linalg, np.fft, np.lib.stride_tricks],
                         ids=lambda module: module.__name__)  # fmt: skip
def test_every_function_of_numpy_is_accounted_for(module: ModuleType) -> None:
    known = {*TABLE, *CONSTANT, *refused.REFUSED}
    missing = [name for name, function in handed_over(module) if function not in known]
    assert not missing, f"give these a rule, or a reason in ops/refused.py: {missing}"


def test_nothing_is_refused_that_is_recorded_or_constant() -> None:
    assert not set(refused.REFUSED) & {*TABLE, *CONSTANT}


@pytest.mark.parametrize("function", refused.REFUSED, ids=lambda function: function.__name__)
def test_a_refusal_gives_its_reason(function: Any) -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError) as caught:
        x.__array_function__(function, (tg.Tensor,), (x,), {})
    assert str(caught.value) == f"np.{function.__name__}: {refused.REFUSED[function]}"
    assert ";" in refused.REFUSED[function], "a reason; what to write"


def test_a_refusal_is_what_a_caller_meets() -> None:
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=r"np\.busday_count: dates .*x\.numpy\(\)"):
        np.busday_count(x, "2020-01-02")


# Methods


def attributes() -> list[str]:
    return [name for name in dir(np.ndarray) if not name.startswith("_")]


@pytest.mark.parametrize("name", attributes())
def test_every_attribute_of_an_array_is_there_or_says_why_not(name: str) -> None:
    x = tg.Tensor([[1.0, 2.0]], requires_grad=True)
    if hasattr(x, name):
        assert name not in refused.METHODS or name in ("shape", "dtype")
        return
    with pytest.raises(AttributeError, match=rf"a Tensor has no '{name}': .*x") as caught:
        getattr(x, name)
    assert refused.METHODS.get(name, f"x.numpy().{name}") in str(caught.value)


def test_reasons_are_of_attributes_that_arrays_have() -> None:
    assert set(refused.METHODS) <= set(attributes())


# Constants that write


def test_values_are_saved(tmp_path: Any) -> None:
    a = np.array([1.5, 2.5])
    x = tg.Tensor(a, requires_grad=True)
    np.save(tmp_path / "a.npy", x)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), a)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", x, named=x)
        with np.load(tmp_path / "a.npz") as loaded:
            np.testing.assert_array_equal(loaded["arr_0"], a)
            np.testing.assert_array_equal(loaded["named"], a)
    np.savetxt(tmp_path / "a.txt", x)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "a.txt"), a)
    assert np.array2string(x) == np.array2string(a)


def test_bits_and_places_are_of_the_values() -> None:
    a = np.array([[2, 7], [1, 0]], np.uint8)
    np.testing.assert_array_equal(np.unpackbits(tg.Tensor(a)), np.unpackbits(a))
    np.testing.assert_array_equal(np.packbits(tg.Tensor(a)), np.packbits(a))
    x = tg.Tensor([1.0, 2.0, 4.0], requires_grad=True)
    assert x.searchsorted(3.0) == 2
