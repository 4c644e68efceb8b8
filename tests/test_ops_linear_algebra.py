"""ops/linear_algebra.py: inverses, decompositions, determinants and norms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
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
    arrays = [rng.uniform(-2, 2, shape) for shape in itertools.pairwise(sizes)]
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
    return v[..., :, None, :] * v.conj()[..., None, :, :]


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
    Case(linalg.multi_dot, chains(), of_array, complex=True, ulps=4),
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
    # NumPy 2.0 gives the condition numbers of complex matrices a complex dtype.
    Case(
        linalg.cond,
        conditioned(),
        call_cond,
        complex=not np.iscomplexobj(linalg.cond(np.eye(1) + 0j, 1)),
    ),
)

# Whose values NumPy computes in another order where it is not asked for vectors.
ROUNDED = {linalg.eigvals, linalg.svd, linalg.cond}


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16])
@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, np.inf, -np.inf, -1, "fro", "nuc"])
def test_norms_of_integers_are_floating(ord: Any, dtype: type) -> None:
    a = np.array([[3, 1, 7], [2, 5, 4]]).astype(dtype)
    calls = [np.linalg.norm] if ord is None else []
    if not isinstance(ord, str):
        calls += [lambda a: np.linalg.norm(a, ord, axis=1), lambda a: np.linalg.norm(a[0], ord)]
        if ord is not None:
            calls += [lambda a: np.linalg.vector_norm(a, ord=ord)]
    if ord not in (0, 3):
        calls += [lambda a: np.linalg.norm(a, ord), lambda a: np.linalg.matrix_norm(a, ord=ord)]
    for call in calls:
        op_cases.assert_same(call(tg.Tensor(a)), call(a), ulps=4)


def test_powers_are_of_square_matrices() -> None:
    for shape in ((3,), (2, 3), ()):
        for n in (-1, 0, 1, 2):
            with pytest.raises(np.linalg.LinAlgError):
                np.linalg.matrix_power(tg.Tensor(np.ones(shape)), n)


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


@op_cases.each({key: CASES[key] for key in ROUNDED})
@hypothesis.given(data=st.data())
def test_value_is_numpys_but_for_rounding(case: Case, data: st.DataObject) -> None:
    call = case.draw(data, np.float64, *([np.complex128] if case.complex else []))
    fun = case.bind(call.settings)
    recorded = fun(*[tg.Tensor(array, requires_grad=True) for array in call.arrays])
    expected = op_cases.outputs(fun(*call.arrays))
    for one, other in zip(op_cases.outputs(recorded), expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-12, atol=1e-12)


@op_cases.each({key: CASES[key] for key in (linalg.solve, linalg.tensorsolve, linalg.lstsq,
                                            ops.solution, linalg.multi_dot)})  # fmt: skip
@few
@hypothesis.given(data=st.data())
def test_derivatives_by_each_argument_alone(case: Case, data: st.DataObject) -> None:
    op_cases.check_each_argument_alone(case, data)


@op_cases.each({key: case for key, case in CASES.items() if np.float32 in case.dtypes})
@few
@hypothesis.given(data=st.data())
def test_float32_stays(case: Case, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        op_cases.check_float32(case, data, monkeypatch)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches_are_loops(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# Independent implementations


PEERS: dict[str, tuple[st.SearchStrategy[Call], Callable[..., Any]]] = {
    "inv": (square(), lambda la, a: la.inv(a)),
    # PyTorch takes b for a stack of vectors where its shape is that of one.
    "solve a matrix": (equations().filter(lambda call: call.arrays[1].ndim > 1
                                          and call.arrays[1].shape != call.arrays[0].shape[:-1]),
                       lambda la, a, b: la.solve(a, b)),
    "matrix_power": (square(), lambda la, a: la.matrix_power(a, -3)),
    "pinv": (rectangular(least=1), lambda la, a: la.pinv(a)),
    "det": (square(least=1), lambda la, a: la.det(a)),
    "slogdet": (square(), lambda la, a: la.slogdet(a)[1]),
    "cholesky": (square(), lambda la, a: la.cholesky(a @ a.mT)),
    "q": (rectangular(tall=True, least=1), lambda la, a: la.qr(a)[0]),
    "r": (rectangular(tall=True, least=1), lambda la, a: la.qr(a)[1]),
    "eigenvalues": (square(), lambda la, a: la.eigh(a + a.mT)[0]),
    "eigenvectors": (square(), lambda la, a: lines(la.eigh(a + a.mT)[1])),
    "eigvalsh": (square(), lambda la, a: la.eigvalsh(a + a.mT)),
    "u": (rectangular(least=1), lambda la, a: lines(la.svd(a, full_matrices=False)[0])),
    "s": (rectangular(least=1), lambda la, a: la.svd(a, full_matrices=False)[1]),
    "vh": (rectangular(least=1), lambda la, a: lines(la.svd(a, full_matrices=False)[2].mT)),
    "svdvals": (rectangular(least=1), lambda la, a: la.svdvals(a)),
    "tensorinv": (tensors_to_invert().map(lambda call: Call(call.arrays[:1], call.settings)),
                  lambda la, a, ind: la.tensorinv(a, ind=ind)),
    "multi_dot": (chains(), lambda la, *arrays: la.multi_dot(arrays)),
    **{
        f"matrix norm {order}": (rectangular(least=1), lambda la, a, order=order: (
            la.matrix_norm(a, ord=order)))
        for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    },
    **{
        f"vector norm {order}": (rectangular(least=1), lambda la, a, order=order: (
            la.vector_norm(a, ord=order)))
        for order in (1, 2, 3, -1, 0.5, 1.5, np.inf, -np.inf)
    },
    **{
        f"cond {order}": (square(least=1), lambda la, a, order=order: la.cond(a, order))
        for order in (None, 2, -2)
    },
}  # fmt: skip


def peer_case(name: str) -> Case:
    inputs, call = PEERS[name]
    return Case(
        linalg, inputs, lambda la, arrays, settings: call(la, *arrays, **settings), complex=True
    )


@pytest.mark.parametrize("name", PEERS)
@fewer
@hypothesis.given(data=st.data())
def test_agrees_with_jax(name: str, data: st.DataObject, jax_numpy: Any) -> None:
    op_cases.check_against_jax(peer_case(name), jax_numpy.linalg, data)


@pytest.mark.parametrize("name", PEERS)
@few
@hypothesis.given(data=st.data())
def test_agrees_with_torch(name: str, data: st.DataObject) -> None:
    torch = pytest.importorskip("torch")
    op_cases.check_against_torch(peer_case(name), torch.linalg, data)


@pytest.mark.parametrize(
    "fun",
    [
        lambda la, a: la.inv(a),
        lambda la, a: la.det(a),
        lambda la, a: la.solve(a, a[:, :1] ** 2),
        lambda la, a: la.slogdet(a)[0],
        lambda la, a: la.slogdet(a)[1],
        lambda la, a: la.cholesky(a @ a.conj().T),
        lambda la, a: la.eigvalsh(a @ a.conj().T),
        lambda la, a: la.eigvals(a),
        lambda la, a: la.qr(a)[1],
        lambda la, a: la.svd(a, compute_uv=False),
        lambda la, a: la.norm(a),
    ],
)
def test_complex_convention_is_that_of_jax(fun: Callable[..., Any], jax_numpy: Any) -> None:
    import jax

    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    out, pullback = tg.vjp(lambda a: fun(linalg, a), a)
    expected, their_pullback = jax.vjp(lambda a: fun(jax_numpy.linalg, a), a)
    cotangent = rng.standard_normal(out.shape) + 1j * rng.standard_normal(out.shape)
    cotangent = cotangent.astype(out.dtype) if out.dtype.kind == "c" else cotangent.real
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    np.testing.assert_allclose(pullback(cotangent)[0], their_pullback(cotangent)[0], rtol=1e-9)


# What comes back


@pytest.mark.parametrize("name", ["eig", "eigh", "qr", "svd", "slogdet"])
def test_several_results_are_numpys_named_ones(name: str) -> None:
    function = getattr(linalg, name)
    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    plain, recorded = function(a), function(tg.Tensor(a, requires_grad=True))
    assert type(recorded) is type(plain)
    for field, expected in plain._asdict().items():
        value = getattr(recorded, field)
        assert type(value) is tg.Tensor
        op_cases.assert_same(value, expected)


def test_lstsq_returns_all_that_numpy_does() -> None:
    rng = np.random.default_rng(0)
    for m, n, shape in ((4, 2, (4,)), (4, 2, (4, 3)), (2, 4, (2,)), (3, 3, (3,))):
        a, b = rng.standard_normal((m, n)), rng.standard_normal(shape)
        x, residuals, rank, values = linalg.lstsq(tg.Tensor(a, requires_grad=True), b)
        expected = linalg.lstsq(a, b)
        assert rank == expected[2]
        for one, other in zip((x, residuals, values), (*expected[:2], expected[3]), strict=True):
            assert np.shape(one) == np.shape(other)
            np.testing.assert_allclose(tg.stop_gradient(one), other, rtol=1e-12)
        tg.testing.check_grads(lambda a, b: linalg.lstsq(a, b)[1::2], (a, b))


def test_least_squares_of_matrices_without_full_rank() -> None:
    rng = np.random.default_rng(0)
    left, right, b = [rng.standard_normal(shape) for shape in ((4, 2), (2, 3), (4,))]
    tg.testing.check_grads(lambda x, y: linalg.pinv(x @ y, 1e-8), (left, right))
    tg.testing.check_grads(lambda x, y, b: linalg.lstsq(x @ y, b, 1e-8)[0], (left, right, b))


def test_counts_and_powers_of_zero_are_constants() -> None:
    x = tg.Tensor(np.eye(2), requires_grad=True)
    assert linalg.matrix_rank(x) == 2
    np.testing.assert_array_equal(linalg.matrix_power(3 * x, 0), np.eye(2))
    assert linalg.norm(x[0], 0) == 1


def test_eigenvalues_of_turning_matrices() -> None:
    """Real matrices with complex eigenvalues have real gradients."""
    rng = np.random.default_rng(1)
    a = np.array([[1.0, -2.0, 0.1], [2.0, 1.0, 0.3], [0.2, 0.1, 3.0]])
    assert linalg.eig(a)[0].dtype == np.complex128
    tg.testing.check_grads(linalg.eig, (a,))
    tg.testing.check_grads(linalg.eigvals, (rng.standard_normal((2, 4, 4)),))


# Conventions


def test_gradients_are_in_the_triangle_that_numpy_reads() -> None:
    a = np.array([[2.0, 7.0], [0.5, 1.0]])
    for function in (linalg.cholesky, linalg.eigvalsh, lambda a: linalg.eigh(a)[1]):
        gradient = tg.grad(lambda a: function(a)[1, -1] if function(a).ndim == 2 else
                           function(a)[1])(a)  # fmt: skip
        assert gradient[0, 1] == 0
        assert gradient[1, 0] != 0
    gradient = tg.grad(lambda a: linalg.eigvalsh(a, "U")[0])(a.T)
    assert gradient[1, 0] == 0
    assert gradient[0, 1] != 0


VALUES: list[Callable[[Any], Any]] = [
    linalg.eigvalsh,
    linalg.eigvals,
    linalg.svdvals,
    lambda a: linalg.eigh(a).eigenvalues,
    lambda a: linalg.eig(a).eigenvalues,
    lambda a: linalg.svd(a, full_matrices=False).S,
]


@pytest.mark.parametrize("function", VALUES)
@pytest.mark.parametrize("a", [np.eye(3), np.zeros((3, 3)), np.diag([2.0, 2.0, 1.0])])
def test_equal_values_have_first_derivatives(function: Callable[..., Any], a: np.ndarray) -> None:
    with np.errstate(all="raise"):
        gradient = tg.grad(lambda a: np.sum(function(a) ** 2))(a)
        forward = tg.jvp(lambda a: np.sum(function(a)), (a,), (a,))[1]
    np.testing.assert_allclose(gradient, 2 * a, atol=1e-15)
    np.testing.assert_allclose(forward, np.trace(a))


def test_vectors_of_equal_values_have_none_and_say_so() -> None:
    for function in (lambda a: linalg.eigh(a)[1], lambda a: linalg.svd(a)[0]):
        gradient = tg.grad(lambda a: np.sum(function(a) * np.arange(4.0).reshape(2, 2)))(np.eye(2))
        assert not np.any(np.isfinite(gradient))
    second = tg.hessian(lambda a: np.sum(linalg.eigvalsh(a) ** 2))(np.eye(2))
    assert np.any(np.isnan(second))
    distinct = np.diag([1.0, 2.0])
    pair = np.stack([np.eye(2), distinct])
    masked = tg.grad(lambda a: np.sum(np.where([[[False]], [[True]]], linalg.eigh(a)[1], 0)))(pair)
    np.testing.assert_array_equal(masked[0], 0)
    np.testing.assert_array_equal(masked[1], tg.grad(lambda a: np.sum(linalg.eigh(a)[1]))(distinct))


@pytest.mark.parametrize("diagonal", [[1.0, 1.0, 2.0], [1j, 1, 2]])
def test_what_vectors_of_equal_singular_values_rebuild_is_not_silently_wrong(diagonal: Any) -> None:
    def rebuilt(a: Any) -> Any:
        u, s, vh = linalg.svd(a)
        return np.sum(np.arange(9.0).reshape(3, 3) * np.real((u * s) @ vh))

    assert np.any(np.isnan(tg.grad(rebuilt)(np.diag(diagonal))))


@pytest.mark.parametrize("scale", [1e-20, 1e20])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (2, 3)])
def test_singular_vectors_of_small_and_of_large_matrices(scale: Any, shape: Any) -> None:
    rng = np.random.default_rng(0)
    a, t = apart(rng, shape).astype(np.float32), rng.standard_normal(shape, np.float32)
    factor = np.float32(scale)
    svd = lambda a: linalg.svd(a, full_matrices=False)
    as_they_are, (du, ds, dv) = tg.jvp(svd, (a,), (t,))
    scaled = tg.jvp(svd, (factor * a,), (factor * t,))[1]
    np.testing.assert_allclose(scaled.U, du, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(scaled.S / factor, ds, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(scaled.Vh, dv, rtol=1e-3, atol=1e-5)
    u, vh = rng.standard_normal(as_they_are.U.shape), rng.standard_normal(as_they_are.Vh.shape)
    loss = lambda a: (lambda parts: np.sum(u * parts.U) + np.sum(vh * parts.Vh))(svd(a))
    gradient = factor * tg.grad(loss)(factor * a)
    np.testing.assert_allclose(gradient, tg.grad(loss)(a), rtol=1e-3, atol=1e-4)


NORMS: list[Callable[[Any], Any]] = [
    *[lambda x, order=order: np.sum(linalg.norm(x, order, axis=0))
      for order in (None, 1, 2, 3, 4, 1.5, 0.5, np.inf, -np.inf)],
    *[lambda x, order=order: linalg.norm(x, order)
      for order in (None, "fro", 1, -1, np.inf, -np.inf)],
    linalg.vector_norm,
    linalg.matrix_norm,
]  # fmt: skip


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_norms_of_zeros_have_gradient_0_at_every_order(norm: Any, dtype: type) -> None:
    x = np.zeros((2, 2), dtype)
    t = np.array([[1, 2], [-3, 4]], dtype)
    fun = norm
    for _ in range(3):
        with np.errstate(all="raise"):
            gradient = tg.vjp(fun, x)[1](np.ones_like(fun(x)))[0]
            forward = tg.jvp(fun, (x,), (t,))[1]
        assert gradient.dtype == dtype
        np.testing.assert_array_equal(gradient, 0)
        assert forward == 0
        fun = lambda x, fun=fun: np.sum(np.real(t * tg.vjp(fun, x)[1](np.ones_like(fun(x)))[0]))


@pytest.mark.parametrize("order", ["nuc", 2, -2])
def test_norms_made_of_singular_values_have_two_derivatives_at_zero(order: Any) -> None:
    x = np.zeros((3, 2))
    np.testing.assert_array_equal(tg.grad(lambda x: linalg.norm(x, order))(x), 0)
    np.testing.assert_array_equal(tg.hessian(lambda x: linalg.norm(x, order))(x), 0)


def test_norms_neither_overflow_nor_underflow_in_their_slopes() -> None:
    for scale in (1e-150, 1e150):
        for order in (2, 3):
            x = scale ** (2 / order) * np.array([3.0, 4.0])
            gradient = tg.grad(lambda x: linalg.norm(x, order))(x)
            expected = np.array([3.0, 4.0]) ** (order - 1)
            expected /= np.sum(np.array([3.0, 4.0]) ** order) ** ((order - 1) / order)
            np.testing.assert_allclose(gradient, expected, rtol=1e-12)


SINGULAR = [
    np.array([[1.0, 2.0], [2.0, 4.0]]),
    np.diag([2.0, 3.0, 0.0]),
    np.zeros((2, 2)),
    np.zeros((1, 1)),
    np.array([[2.0, 1.0, 0.0], [1.0, 0.5, 0.0], [0.3, 0.2, 0.0]]),
    np.stack([np.diag([2.0, 0.0]), np.array([[1.0, 0.3], [0.2, 2.0]])]),
    np.diag([2.0, 3.0j, 0.0]),
]


@pytest.mark.parametrize("a", SINGULAR)
def test_determinants_of_singular_matrices_have_derivatives(a: np.ndarray) -> None:
    tg.testing.check_grads(linalg.det, (a,))
    if a.ndim == 2 and a.dtype == np.float64:
        tg.jacobian(tg.grad(linalg.det))(a)


def test_logarithms_of_determinants_that_nobody_asks_for_do_no_harm() -> None:
    a = np.stack([np.ones((2, 2)), np.diag([2.0, 3.0])])

    def masked(a: Any) -> Any:
        return np.sum(np.where([False, True], linalg.slogdet(a).logabsdet, 0))

    np.testing.assert_array_equal(tg.grad(masked)(a)[0], 0)
    np.testing.assert_allclose(tg.grad(masked)(a)[1], np.diag([1 / 2, 1 / 3]))
    assert np.all(np.isfinite(tg.hessian(masked)(a)))
    assert np.all(np.isinf(tg.grad(lambda a: linalg.slogdet(a)[1])(np.ones((2, 2)))))


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc"])
@pytest.mark.parametrize("diagonal", [(0.0, 0.0), (1.0, 0.0), (np.nan, 1.0)])
def test_condition_where_it_is_infinite(p: Any, diagonal: Any) -> None:
    a = np.stack([np.diag(diagonal), np.eye(2)])
    try:
        expected = linalg.cond(a, p)
    except linalg.LinAlgError:
        pytest.skip("NumPy refuses it")
    op_cases.assert_same(linalg.cond(tg.Tensor(a, requires_grad=True), p), expected)


def test_the_rank_that_lstsq_returns_is_numpys() -> None:
    plain = linalg.lstsq(np.eye(2), np.ones(2))[2]
    assert type(linalg.lstsq(tg.Tensor(np.eye(2)), np.ones(2))[2]) is type(plain)


def test_condition_of_a_singular_matrix_is_numpys() -> None:
    a = np.ones((2, 2))
    for order in (1, -1, "fro", np.inf):
        recorded = linalg.cond(tg.Tensor(a, requires_grad=True), order)
        assert recorded.item() == linalg.cond(a, order) == np.inf


# Bad input


def test_what_has_no_rule_is_refused_by_name() -> None:
    tall, wide = [tg.Tensor(np.ones(shape), requires_grad=True) for shape in ((3, 2), (2, 3))]
    with pytest.raises(tg.GradientError, match=r"np\.linalg\.svd: full_matrices=True.*=False"):
        linalg.svd(tall)
    with pytest.raises(tg.GradientError, match=r"np\.linalg\.qr: a matrix of 2 rows and 3 columns"):
        linalg.qr(wide)
    for mode in ("complete", "raw"):
        with pytest.raises(tg.GradientError, match=rf"np\.linalg\.qr: mode='{mode}'"):
            linalg.qr(tall, mode)
    with pytest.raises(linalg.LinAlgError, match="6 equations of 4 unknowns"):
        linalg.tensorsolve(tg.Tensor(np.ones((2, 3, 2, 2)), requires_grad=True), np.ones((2, 3)))


def test_numpys_own_errors_come_through() -> None:
    singular = tg.Tensor(np.ones((2, 2)), requires_grad=True)
    with pytest.raises(linalg.LinAlgError, match="Singular"):
        linalg.inv(singular)
    with pytest.raises(linalg.LinAlgError, match="positive definite"):
        linalg.cholesky(-singular)
    for order in ("nuc", "nonsense"):
        with pytest.raises(ValueError, match=order):
            linalg.norm(singular[0], order)
    with pytest.raises(ValueError, match="no norm of matrices"):
        linalg.norm(singular, 3)
    with pytest.raises(np.exceptions.AxisError):
        linalg.norm(singular, axis=2)
