"""ops/creation.py: arrays of lists with Tensors inside, and between ends that are Tensors."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, broadcast, positive, seeds, shapes, unary

import tinygrad_np as tg
import tinygrad_np.numpy as tnp
from tinygrad_np.ops import creation as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)


@st.composite
def nested(draw: Any) -> Call:
    """Draw arrays of one shape, to be put into lists of lists."""
    count, shape = draw(st.sampled_from([1, 2, 4, 6])), draw(shapes)
    rng = np.random.default_rng(draw(seeds))
    arrays = tuple(np.asarray(anything(rng, shape)) for _ in range(count))
    return Call(arrays, {"rows": draw(st.sampled_from([1, 2] if count > 1 else [1]))})


@st.composite
def nested_with_settings(draw: Any) -> Call:
    call = draw(nested())
    options = {"ndmin": st.integers(0, 6), "order": st.just("F"), "copy": st.just(True)}
    return Call(call.arrays, call.settings | draw(st.fixed_dictionaries({}, optional=options)))


def of_lists(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    """Call a function of the drop-in on a list of lists, one of them of constants."""
    rows = settings.pop("rows")
    size = len(arrays) // rows
    rest = [np.full(arrays[0].shape, 1.5, arrays[0].dtype)] * size
    lists = [list(arrays[i * size : (i + 1) * size]) for i in range(rows)]
    settings = {"dtype": arrays[0].dtype, **settings} if function is np.fromiter else settings
    try:
        return getattr(tnp, function.__name__)([*lists, rest], **settings)
    finally:
        settings["rows"] = rows


def of_array(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return getattr(tnp, function.__name__)(*arrays, **settings)


def of_elements(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return np.stack([element for _, element in getattr(tnp, function.__name__)(*arrays)])


def of_iterator(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    elements = (element for array in arrays for element in np.ravel(array))
    return tnp.fromiter(elements, arrays[0].dtype, **settings)


def of_ends(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    start, step = arrays
    return tnp.arange(start, start + (settings["n"] - 0.5) * step, step)


def filled(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return getattr(tnp, function.__name__)((2, *arrays[0].shape), *arrays, **settings)


def filled_like(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return tnp.full_like(np.ones((2, *arrays[0].shape), arrays[0].dtype), *arrays)


def to_own_dtype(function: Any, arrays: Any, settings: dict[str, Any]) -> Any:
    return function(*arrays, arrays[0].dtype)


@st.composite
def spaced(draw: Any, domain: Any, retstep: bool = False) -> Call:
    call = draw(broadcast(domain, domain))
    ndim = max(array.ndim for array in call.arrays)
    options = {
        "num": st.integers(1, 4), "endpoint": st.booleans(), "axis": st.integers(-ndim - 1, ndim),
    }  # fmt: skip
    settings = draw(st.fixed_dictionaries({}, optional=options))
    if retstep and settings.get("num", 50) > 1:
        settings["retstep"] = draw(st.booleans())
    return Call(call.arrays, settings)


CASES = op_cases.by_function(
    Case(np.array, nested_with_settings(), of_lists, complex=True),
    Case(np.asarray, unary(anything), of_array, complex=True),
    Case(np.asanyarray, nested(), of_lists, complex=True),
    Case(np.ascontiguousarray, unary(anything), of_array, complex=True),
    Case(np.asfortranarray, nested(), of_lists, complex=True),
    Case(np.require, nested(), of_lists, complex=True),
    Case(np.asarray_chkfinite, nested(), of_lists, complex=True),
    Case(np.fromiter, unary(anything, shapes=shapes.filter(all)), of_iterator, complex=True),
    Case(np.full, unary(anything), filled, complex=True),
    Case(np.full_like, unary(anything), filled_like, complex=True),
    Case(np.ndenumerate, unary(anything, shapes=shapes.filter(all)), of_elements, complex=True),
    Case(
        np.arange,
        st.builds(
            lambda x, step, n: Call((np.array(x), np.array(step)), {"n": n}),
            st.floats(-2, 2), st.sampled_from([0.3, 1.1, -0.7]), st.integers(1, 5),
        ),
        of_ends,
        dtypes=(np.float64,),
        ulps=16,
    ),
    Case(np.astype, unary(anything, shapes=shapes.filter(len)), to_own_dtype, complex=True),
    Case(np.linspace, spaced(anything, retstep=True), complex=True),
    Case(np.logspace, spaced(anything), ulps=64),
    Case(np.geomspace, spaced(positive), ulps=64),
)  # fmt: skip


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


# NumPy's own np.arange and np.geomspace make float64 of float32.
@op_cases.each({key: CASES[key] for key in CASES if key not in (np.arange, np.geomspace)})
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each({key: case for key, case in CASES.items() if key is not np.arange})
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


X = np.array([0.7, -1.3, 0.4])


@pytest.mark.parametrize(
    "program",
    [
        lambda x: np.array([[x[0], 2.0], [x[1], x[2]]], like=x) @ np.ones(2),
        lambda x: np.asarray([x[0], x[0] * x[1]], dtype=np.complex128, like=x),
        lambda x: np.full((2, 3), x, like=x),
        lambda x: np.fromiter((element**2 for element in x), float, like=x),
        lambda x: np.linspace(x, 3, 4),
        lambda x: x.__array_namespace__().astype(x, np.complex128) * 1j,
        lambda x: np.logspace(0.0, x, 4, base=[2.0, 3.0, 4.0]),
        lambda x: np.logspace(0.0, 1.0, 4, base=np.exp(x[0])),
        lambda x: np.geomspace(-np.exp(x), -3.0, 4, axis=-1),
        lambda x: np.geomspace(np.exp(1j * x), 3.0, 4),
    ],
)
def test_more_calls_through_plain_numpy(program: Any) -> None:
    def plain(x: Any) -> Any:
        return program(x)

    np.testing.assert_allclose(tg.vjp(plain, X)[0], plain(X), rtol=1e-13)
    assert tg.vjp(plain, X)[0].dtype == plain(X).dtype
    tg.testing.check_grads(plain, (X,), order=2)


def test_what_like_makes_can_be_filled() -> None:
    def fill(x: Any) -> Any:
        made = [np.zeros(3, like=x), np.ones(3, like=x), np.empty(3, like=x), np.tri(3, like=x)]
        made += [np.eye(3, like=x), np.identity(3, like=x)]
        for array in made:
            array[0] = x[0] ** 2
        return sum(np.sum(array[0]) for array in made)

    np.testing.assert_allclose(tg.grad(fill)(X), [12 * 2 * 0.7, 0, 0])


def test_full_like_keeps_the_gradient_of_its_value() -> None:
    gradient = tg.grad(lambda x: np.sum(np.full_like(x, x[0]) * x))(X)
    np.testing.assert_allclose(gradient, [np.sum(X) + X[0], X[0], X[0]])
    made = tg.vjp(lambda x: np.full_like(x.astype(np.float32), x[0]), X)[0]
    assert made.dtype == np.float32


def test_what_numpy_refuses() -> None:
    t = tg.Tensor(X, requires_grad=True)
    with pytest.raises(ValueError, match=r"shapes of its items differ: \(3,\), \(2,\)"):
        np.array([t, t[:2]], like=t)
    with pytest.raises(ValueError, match="copy=False"):
        np.array([t, t], copy=False, like=t)
    with pytest.raises(ValueError, match="gave 3 items of 4"):
        np.fromiter(t, float, 4, like=t)
    with pytest.raises(ValueError, match="cannot include zero"):
        np.geomspace(t - X, 1.0)
    with pytest.raises(ValueError, match="infs or NaNs"):
        tnp.asarray_chkfinite([t * np.inf, t])
    with pytest.raises(tg.GradientError, match="object"):
        np.array([t, t], dtype=object, like=t)


def test_asarray_is_the_tensor_itself_and_array_a_copy() -> None:
    t = tg.Tensor(X)
    assert np.asarray(t, like=t) is t
    copy = np.array(t, like=t)
    copy[0] = 5.0
    assert t[0] == 0.7


def test_integers_without_a_sign_have_differences() -> None:
    stop = np.array([1, 2], np.uint32)
    found = np.linspace(9, tg.Tensor(stop), 4)
    np.testing.assert_allclose(found.numpy(), np.linspace(9, stop, 4))
