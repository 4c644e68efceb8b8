"""ops/linear_algebra.py: inverses, decompositions, determinants and norms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from op_cases import Call, Case, seeds

import tinygrad_np as tg
from tinygrad_np.ops import linear_algebra as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
fewer = hypothesis.settings(max_examples=3)
linalg = np.linalg
stacks = st.sampled_from([(), (), (2,), (0,), (2, 1)])
Settings = dict[str, Any]


# Matrices with distinct singular values and distinct eigenvalues, far from singular ones


def apart(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    *stack, m, n = shape
    k = min(m, n)
    array = rng.uniform(-0.25, 0.25, shape)
    for index in np.ndindex(*stack):
        array[(*index, np.arange(k), np.arange(k))] += rng.permutation(k) * 1.3 + 1.2
    return array


@st.composite
def square(draw: Any, settings: st.SearchStrategy[Settings] | None = None, least: int = 0) -> Call:
    n = draw(st.integers(least, 3))
    rng = np.random.default_rng(draw(seeds))
    return Call((apart(rng, (*draw(stacks), n, n)),), {} if settings is None else draw(settings))


@st.composite
def rectangular(
    draw: Any,
    settings: st.SearchStrategy[Settings] | None = None,
    tall: bool = False,
    least: int = 0,
) -> Call:
    m, n = draw(st.integers(least, 4)), draw(st.integers(least, 3))
    if tall:
        m = max(m, n)
    rng = np.random.default_rng(draw(seeds))
    return Call((apart(rng, (*draw(stacks), m, n)),), {} if settings is None else draw(settings))


triangles = st.sampled_from(["L", "U"]).map(lambda triangle: {"UPLO": triangle})


# How the functions are called


@st.composite
def equations(draw: Any) -> Call:
    """Draw matrices and right-hand sides: a vector, or matrices whose stacks broadcast."""
    n, k = draw(st.integers(0, 3)), draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(seeds))
    a_stack, b_stack = draw(
        st.sampled_from(
            [((), ()), ((2,), (2,)), ((2,), ()), ((), (2,)), ((2, 1), (3,)), ((0,), ())]
        )
    )
    shape = draw(st.sampled_from([(n,), (*b_stack, n, k)]))
    return Call((apart(rng, (*a_stack, n, n)), rng.uniform(-2, 2, shape)))


@st.composite
def tensor_equations(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    array = apart(rng, (6, 6)).reshape((2, 3, 6))
    if draw(st.booleans()):
        return Call((array, rng.uniform(-2, 2, (2, 3))), {"axes": None})
    return Call((np.moveaxis(array, 2, 0), rng.uniform(-2, 2, (2, 3))), {"axes": (0,)})


@st.composite
def tensors_to_invert(draw: Any) -> Call:
    array = apart(np.random.default_rng(draw(seeds)), (6, 6))
    shape, ind = draw(st.sampled_from([((6, 2, 3), 1), ((3, 2, 6), 2), ((2, 3, 3, 2), 2)]))
    return Call((array.reshape(shape),), {"ind": ind})


@st.composite
def chains(draw: Any) -> Call:
    """Draw matrices to multiply; the first and the last may be vectors."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=3, max_size=6))
    rng = np.random.default_rng(draw(seeds))
    arrays = [rng.uniform(-2, 2, shape) for shape in zip(sizes[:-1], sizes[1:], strict=True)]
    if draw(st.booleans()):
        arrays[0] = arrays[0][0]
    if draw(st.booleans()):
        arrays[-1] = arrays[-1][:, 0]
    return Call(tuple(arrays))


@st.composite
def pseudo_inverses(draw: Any) -> Call:
    call = draw(rectangular())
    if draw(st.booleans()):
        return Call(call.arrays, {"rcond": 1e-6})
    if call.arrays[0].shape[-1] == call.arrays[0].shape[-2]:
        return Call(call.arrays, {"hermitian": draw(st.booleans())})
    return call


@st.composite
def overdetermined(draw: Any, cutoff: bool = False) -> Call:
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds))
    shape = (m, draw(st.integers(1, 2))) if draw(st.booleans()) else (m,)
    settings = {"rcond": 1e-6 if cutoff else draw(st.sampled_from([None, -1, 1e-6]))}
    return Call((apart(rng, (m, n)), rng.uniform(-2, 2, shape)), settings)


@st.composite
def singular(draw: Any) -> Call:
    """Draw matrices of rank n - 1."""
    n = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds))
    u, s, vh = np.linalg.svd(apart(rng, (*draw(stacks), n, n)))
    s[..., -1] = 0
    return Call(((u * s[..., None, :]) @ vh,))


@st.composite
def vectors(draw: Any, orders: tuple[Any, ...], op: bool = False) -> Call:
    """Draw an array of which one axis, or all together, are vectors without zeros and ties."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
    rng = np.random.default_rng(draw(seeds))
    array = op_cases.distinct(rng, shape)
    hypothesis.assume(np.min(np.abs(array)) > 1e-2 and well_separated(np.abs(np.ravel(array))))
    order = draw(st.sampled_from(orders))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    if op:
        return Call((array,), {"ord": order, "axis": axis % len(shape)})
    if order is None and draw(st.booleans()):
        axis = None
    return Call((array,), {"ord": order, "axis": axis, "keepdims": draw(st.booleans())})


@st.composite
def matrices(draw: Any, orders: tuple[Any, ...], least: int = 1) -> Call:
    """Draw an array of which two axes are matrices, or all."""
    call = draw(rectangular(least=least))
    array = call.arrays[0]
    sums = [np.sum(np.abs(array), axis=axis) for axis in (-1, -2)]
    hypothesis.assume(all(well_separated(one) for total in sums for one in np.moveaxis(
        total, -1, 0).reshape((total.shape[-1], -1)).T))  # fmt: skip
    axes = draw(st.permutations(range(array.ndim)))[:2]
    settings = {"ord": draw(st.sampled_from(orders)), "keepdims": draw(st.booleans())}
    return Call((np.moveaxis(array, (-2, -1), axes),), {**settings, "axis": tuple(axes)})


@st.composite
def conditioned(draw: Any) -> Call:
    call = draw(matrices(MATRIX_ORDERS))
    array = np.moveaxis(call.arrays[0], call.settings["axis"], (-2, -1))
    hypothesis.assume(call.settings["ord"] in (None, 2, -2) or array.shape[-1] == array.shape[-2])
    return call


def well_separated(numbers: np.ndarray) -> bool:
    return bool(np.all(np.diff(np.sort(numbers)) > 1e-2))


VECTOR_ORDERS = (None, 1, 2, 3, 4, -1, -2, 0.5, 1.5, 2.5, np.inf, -np.inf)
MATRIX_ORDERS = (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)

several_axes = vectors((1, 2, 3, np.inf)).map(
    lambda call: Call(
        call.arrays,
        {**call.settings, "axis": (call.settings["axis"] + np.array([0, 1])) % call.arrays[0].ndim},
    )
)


def call_vector_norm(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    axis = tuple(dict.fromkeys(np.ravel(settings["axis"]).tolist()))
    return function(*arrays, **{**settings, "axis": axis})


def call_matrix_norm(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    array = np.moveaxis(arrays[0], settings["axis"], (-2, -1))
    order = "fro" if settings["ord"] is None else settings["ord"]
    return function(array, ord=order, keepdims=settings["keepdims"])


def call_cond(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    return function(np.moveaxis(arrays[0], settings["axis"], (-2, -1)), settings["ord"])


def lines(v: Any) -> Any:
    """What of unit vectors does not depend on their phases."""
    return v[..., :, None, :] * np.conjugate(v)[..., None, :, :]


def call_eigh(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    w, v = function(*arrays, **settings)
    return w, lines(v)


def call_svd(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    if not settings.get("compute_uv", True):
        return function(*arrays, **settings)
    u, s, vh = function(*arrays, **settings)
    return lines(u), s, lines(vh.mT), (u * s[..., None, :] ** 2) @ vh


@st.composite
def to_decompose(draw: Any) -> Call:
    if draw(st.booleans()):
        return draw(rectangular(st.just({"full_matrices": False})))
    return draw(
        square(st.sampled_from([{}, {"hermitian": True}, {"compute_uv": False},
                                {"hermitian": True, "compute_uv": False}]))
    )  # fmt: skip


def first_of_lstsq(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    return function(*arrays, **settings)[0]


def of_array(function: Any, arrays: tuple[Any, ...], settings: Settings) -> Any:
    return function(arrays, **settings)


def of(**choices: tuple[Any, ...]) -> st.SearchStrategy[Settings]:
    return st.fixed_dictionaries({name: st.sampled_from(some) for name, some in choices.items()})


CASES = op_cases.by_function(
    Case(linalg.inv, square(), complex=True),
    Case(linalg.solve, equations(), complex=True),
    Case(linalg.tensorsolve, tensor_equations(), complex=True),
    Case(linalg.tensorinv, tensors_to_invert(), complex=True),
    Case(linalg.matrix_power, square(of(n=(1, 2, 3, 4, 5, 7, -1, -2, -3))), complex=True),
    Case(linalg.multi_dot, chains(), of_array, complex=True),
    Case(linalg.pinv, pseudo_inverses(), complex=True),
    Case(linalg.lstsq, overdetermined(), first_of_lstsq, complex=True),
    Case(ops.solution, overdetermined(cutoff=True), complex=True),
    Case(linalg.det, square(), complex=True),
    Case(ops.singular_adjugate, singular(), dtypes=(np.float64,)),
    Case(linalg.slogdet, square(), complex=True),
    Case(ops.packed_slogdet, square(), complex=True),
    Case(linalg.cholesky, square(of(upper=(False, True))), complex=True),
    Case(linalg.qr, rectangular(of(mode=("reduced", "r")), tall=True), complex=True),
    Case(ops.packed_qr, rectangular(tall=True), complex=True),
    Case(linalg.eigh, square(triangles), call_eigh, complex=True),
    Case(ops.packed_eigh, square(triangles)),
    Case(linalg.eigvalsh, square(triangles), complex=True),
    Case(linalg.eig, square(), complex=True),
    Case(ops.packed_eig, square(), complex=True),
    Case(linalg.eigvals, square(), complex=True),
    Case(linalg.svd, to_decompose(), call_svd, complex=True),
    Case(ops.packed_svd, rectangular()),
    Case(linalg.svdvals, rectangular(), complex=True),
    Case(ops.values_alone, rectangular(), complex=True),
    Case(linalg.norm, st.one_of(vectors(VECTOR_ORDERS), matrices(MATRIX_ORDERS)), complex=True),
    Case(ops.root_of_powers, vectors((None, 2, 3, 1.5, -1), op=True), complex=True),
    Case(linalg.vector_norm, several_axes, call_vector_norm, complex=True),
    Case(linalg.matrix_norm, matrices(MATRIX_ORDERS), call_matrix_norm, complex=True),
    Case(linalg.cond, conditioned(), call_cond, complex=True),
)

# Whose values NumPy computes in another order where it is not asked for vectors.
ROUNDED = {linalg.eigvals, linalg.svd, linalg.cond}


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each({key: case for key, case in CASES.items() if key not in ROUNDED})
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)
