"""ops/polynomials.py: coefficients, roots and fits of polynomials."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, nonzero, positive, seeds, unary

import tinygrad_np as tg
from tinygrad_np.ops import polynomials as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
some = st.integers(1, 5)


@st.composite
def two_polynomials(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shapes = [draw(st.one_of(st.just(()), st.tuples(some))) for _ in range(2)]
    return Call(tuple(np.asarray(nonzero(rng, shape)) for shape in shapes))


@st.composite
def dividend_and_divisor(draw: Any) -> Call:
    """The quotient of a polynomial of a lower degree would be a constant."""
    short, long = sorted(draw(two_polynomials()).arrays, key=np.size)
    return Call((long, short))


@st.composite
def polynomial_and_points(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    shape = draw(op_cases.shapes)
    return Call((anything(rng, (draw(some),)), np.asarray(anything(rng, shape))))


def differentiating(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"m": st.integers(0, 3)})


@st.composite
def integrating(draw: Any, array: np.ndarray) -> dict[str, Any]:
    m = draw(st.integers(0, 3))
    k = st.sampled_from([None, 2.0, [0.5], [1.0, -2.0, 3.0]])
    return {"m": m, "k": draw(k)}


@st.composite
def taking_powers(draw: Any, array: np.ndarray) -> dict[str, Any]:
    settings = {"increasing": draw(st.booleans())}
    return settings if draw(st.booleans()) else {**settings, "N": draw(st.integers(0, 5))}


def internal_powers(array: np.ndarray) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"n": st.integers(0, 5), "increasing": st.booleans()})


def apart(rng: np.random.Generator, n: int) -> np.ndarray:
    """Up to four numbers of which no two are close, and none is close to 0."""
    return rng.permutation([-1.2, -0.4, 0.4, 1.2])[:n] + rng.uniform(-0.1, 0.1, n)


@st.composite
def with_simple_roots(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    factor = np.poly(apart(rng, draw(st.integers(1, 4)))) * rng.uniform(0.5, 2)
    if draw(st.booleans()):
        factor = np.polymul(factor, [1.0, -0.6, 0.9])
    if draw(st.booleans()):
        factor = np.append(factor, 0.0)
    return Call((factor,))


@st.composite
def roots_or_matrix(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(1, 4))
    if draw(st.booleans()):
        return Call((np.diag(apart(rng, n)) + rng.uniform(-0.05, 0.05, (n, n)),))
    return Call((anything(rng, (n,)),))


@st.composite
def fits(draw: Any) -> Call:
    rng = np.random.default_rng(draw(seeds))
    deg = draw(st.integers(0, 2))
    n = draw(st.integers(deg + 2, 6))
    x = rng.permutation(6)[:n] * 0.4 - 1 + rng.uniform(-0.1, 0.1, n)
    y = anything(rng, (n, 2) if draw(st.booleans()) else (n,))
    settings: dict[str, Any] = {"deg": deg}
    settings |= draw(
        st.sampled_from([{}, {"full": True}, {"cov": True}, {"cov": "unscaled"}, {"rcond": 1e-9}])
    )
    weights = [positive(rng, (n,))] if draw(st.booleans()) else []
    return Call((x, y, *weights), settings)


def symmetric(function: Any, arrays: Any, settings: Any) -> Any:
    """Roots come in no particular order, so what is tested does not depend on it."""
    r = function(*arrays)
    return np.stack([np.sum(r), np.sum(r * r), np.sum(np.sin(r))])


def fit(function: Any, arrays: Any, settings: Any) -> Any:
    """Fit, and leave out what is not an array: the rank and rcond."""
    settings = dict(settings)
    weights = {"w": arrays[2]} if len(arrays) > 2 else {}
    found = function(*arrays[:2], settings.pop("deg"), **weights, **settings)
    if not isinstance(found, tuple):
        return found
    return [value for value in found if hasattr(value, "shape") and value.shape]


vectors = st.tuples(st.integers(1, 5))
CASES = op_cases.by_function(
    Case(np.polyval, polynomial_and_points(), complex=True, ulps=8),
    Case(np.polyadd, two_polynomials(), complex=True),
    Case(np.polysub, two_polynomials(), complex=True),
    Case(np.polymul, two_polynomials(), complex=True),
    # In single precision, what is 0 of a remainder is not always near enough to 0 to be dropped.
    Case(np.polydiv, dividend_and_divisor(), dtypes=(np.float64,), complex=True),
    Case(np.poly, roots_or_matrix(), complex=True, ulps=100),
    Case(np.roots, with_simple_roots(), symmetric, dtypes=(np.float64,), complex=True),
    Case(ops.roots_of, with_simple_roots(), symmetric, dtypes=(np.float64,), complex=True),
    Case(ops.powers_of, unary(anything, internal_powers, vectors), complex=True),
    # NumPy computes these in double precision, as their integers are of 64 bits.
    Case(np.polyder, unary(anything, differentiating, vectors), dtypes=(np.float64,), complex=True),
    Case(np.polyint, unary(anything, integrating, vectors), dtypes=(np.float64,), complex=True),
    Case(np.vander, unary(anything, taking_powers, vectors), dtypes=(np.float64,), complex=True),
    Case(np.polyfit, fits(), fit, dtypes=(np.float64,), ulps=1000),
)


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(
    {key: CASES[key] for key in (np.polyval, np.polyadd, np.polymul, np.polydiv, np.polyfit)}
)
@few
@hypothesis.given(data=st.data())
def test_each_argument_alone(case: Case, data: st.DataObject) -> None:
    # NumPy does not ask the weights alone how to fit.
    if case.function is np.polyfit:
        call = case.draw(data, np.float64)
        case = Case(np.polyfit, st.just(Call(call.arrays[:2], call.settings)), fit)
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
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


# Independent implementations


P, Q, X = np.array([0.5, -1.5, 2.0, 1.0]), np.array([2.0, 0.3]), np.array([[0.4], [-1.2]])


@pytest.mark.parametrize(
    ("function", "arrays", "settings"),
    [
        (np.polyval, (P, X), {}), (np.polyadd, (P, Q), {}), (np.polysub, (Q, P), {}),
        (np.polymul, (P, Q), {}), (np.polydiv, (P, Q), {}), (np.polyder, (P,), {"m": 2}),
        (np.polyint, (P,), {"m": 2, "k": np.array([1.0, 3.0])}), (np.vander, (P,), {"N": 3}),
        (np.vander, (P,), {"increasing": True}), (np.poly, (P,), {}),
    ],
)  # fmt: skip
def test_agrees_with_jax(function: Any, arrays: Any, settings: Any, jax_numpy: Any) -> None:
    import jax

    theirs = getattr(jax_numpy, function.__name__)
    expected, their_pullback = jax.vjp(lambda *arrays: theirs(*arrays, **settings), *arrays)
    out, pullback = tg.vjp(lambda *arrays: function(*arrays, **settings), *arrays)
    rng = np.random.default_rng(0)
    # JAX keeps what is 0 before a remainder.
    g = [rng.standard_normal(value.shape) for value in op_cases.outputs(out)]
    theirs_g = [
        np.append(np.zeros(value.size - one.size), one).reshape(value.shape)
        for one, value in zip(g, op_cases.outputs(expected), strict=True)
    ]
    for found, other in zip(op_cases.outputs(out), op_cases.outputs(expected), strict=True):
        np.testing.assert_allclose(np.trim_zeros(found.ravel()), np.trim_zeros(other.ravel()))
    several = isinstance(out, tuple)
    gradients = pullback(tuple(g) if several else g[0])
    their_gradients = their_pullback(tuple(theirs_g) if several else theirs_g[0])
    for found, other in zip(gradients, their_gradients, strict=True):
        np.testing.assert_allclose(found, other, rtol=1e-12, atol=1e-12)


def test_fits_agree_with_jax(jax_numpy: Any) -> None:
    import jax

    rng = np.random.default_rng(0)
    x, y, w = rng.uniform(-1, 1, 8), rng.standard_normal(8), rng.uniform(0.5, 1, 8)
    for settings in ({"w": w}, {"w": w, "cov": True}):
        out, pullback = tg.vjp(lambda x, y, s=settings: np.polyfit(x, y, 3, **s), x, y)
        theirs, their_pullback = jax.vjp(
            lambda x, y, s=settings: jax_numpy.polyfit(x, y, 3, **s), x, y
        )
        g = tg.tree.map(lambda value: rng.standard_normal(value.shape), out)
        for found, expected in zip(
            [*op_cases.outputs(out), *pullback(g)],
            [*op_cases.outputs(theirs), *their_pullback(g)],
            strict=True,
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def test_roots_agree_with_the_eigenvalues_of_jax(jax_numpy: Any) -> None:
    import jax

    p = np.poly([0.5, -1.5, 2.0, 1 + 1j, 1 - 1j])
    loss = lambda r: (r**2).real.sum() + (r**3).real.sum()
    expected = jax.grad(lambda p: loss(jax_numpy.roots(p, strip_zeros=False)))(p)
    np.testing.assert_allclose(
        tg.grad(lambda p: loss(np.roots(p)))(p), expected, rtol=1e-10, atol=1e-10
    )


# Roots


def test_roots_at_0_move_too() -> None:
    p = np.array([1.0, -3.0, 2.0, 0.0])
    np.testing.assert_allclose(np.sort(np.roots(p)), [0, 1, 2], atol=1e-15)
    t = np.array([0.0, 0.0, 0.0, 1.0])
    # p'(0) = 2, p'(1) = -1, p'(2) = 2.
    moved = tg.jvp(lambda p: np.sort(np.roots(p)), (p,), (t,))[1]
    np.testing.assert_allclose(moved, [-1 / 2, 1, -1 / 2], rtol=1e-12)


def test_roots_of_a_polynomial_of_a_lower_degree() -> None:
    p = np.array([0.0, 2.0, -3.0])
    gradient = tg.grad(lambda p: np.sum(np.roots(p)))(p)
    # A leading coefficient of e makes 1.5 move by -1.5² e / 2.
    np.testing.assert_allclose(gradient, [-1.125, -0.75, -0.5])
    for zero in (np.zeros(3), np.zeros(0), np.array([2.0])):
        (gradient,) = tg.vjp(np.roots, zero)[1](np.zeros(0))
        np.testing.assert_array_equal(gradient, np.zeros_like(zero))


def test_double_roots_have_no_derivative() -> None:
    p = np.array([1.0, 0.0, 0.0])
    with np.errstate(all="ignore"):
        assert not np.all(np.isfinite(tg.grad(lambda p: np.sum(np.roots(p) * [1.0, 2.0]))(p)))
    masked = tg.grad(lambda p: np.sum(np.where([False, False], np.roots(p), 0)))(p)
    np.testing.assert_array_equal(masked, 0)


def test_roots_in_single_precision() -> None:
    p = np.array([1.0, -3.0, 2.0], np.float32)
    assert tg.grad(lambda p: np.sum(np.roots(p) ** 2))(p).dtype == np.float32
    z = tg.Tensor(np.array([1.0, 0.5, 2.0], np.float32), requires_grad=True)
    assert np.roots(z).dtype == np.complex64


def test_the_coefficients_of_conjugate_roots_are_real() -> None:
    z = np.array([1 + 2j, 1 - 2j, 0.5])
    op_cases.assert_same(np.poly(tg.Tensor(z, requires_grad=True)), np.poly(z))
    assert tg.vmap(np.poly)(np.stack([z, z])).dtype == np.float64
    assert tg.vmap(np.poly)(np.stack([z, 2j * z])).dtype == np.complex128
    assert np.poly(tg.Tensor(np.zeros(0), requires_grad=True)) == 1.0


# Coefficients


def test_leading_zeros_of_a_product() -> None:
    x = np.array([0.0, 1.0, 2.0])
    with pytest.raises(tg.GradientError, match=r"np\.polymul: a leading.*np\.convolve"):
        np.polymul(tg.Tensor(x, requires_grad=True), x)
    y = np.array([3.0, 4.0])
    for constant in (x, tg.Tensor(x), np.poly1d(x), [0, 1, 2], np.zeros(2)):
        fun = lambda y, constant=constant: np.polymul(constant, y)
        op_cases.assert_same(
            fun(tg.Tensor(y, requires_grad=True)), np.polymul(np.array(constant), y)
        )
    with pytest.raises(tg.GradientError, match=r"np\.polymul: a leading"):
        tg.vmap(lambda y: np.polymul(y, y))(np.array([[1.0, 2.0], [0.0, 1.0]]))
    op_cases.assert_same(np.polymul(tg.Tensor([0.0], requires_grad=True), y), np.polymul([0.0], y))


def test_quotients_in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    u, v = np.array([1.0, 3.0, 2.0, 0.5], np.float32), np.array([2.0, 1.0], np.float32)
    op_cases.assert_float32_stays(lambda u, v: np.polydiv(u, v)[0], (u, v), monkeypatch)


def test_a_dividend_of_a_lower_degree_is_the_remainder() -> None:
    u, v = np.array([2.0]), np.array([1.0, 1.0])
    q, r = np.polydiv(tg.Tensor(u, requires_grad=True), v)
    op_cases.assert_same((q, r), np.polydiv(u, v))
    assert r.requires_grad


def test_the_remainder_of_an_exact_division() -> None:
    u, v = np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0])
    recorded = [tg.Tensor(a, requires_grad=True) for a in (u, v)]
    op_cases.assert_same(np.polydiv(*recorded), np.polydiv(u, v))
    tg.testing.check_grads(lambda u, v: np.polydiv(u, v)[0], (u, v))
    mixed = np.polydiv(u.astype(np.float32), tg.Tensor(v, requires_grad=True))
    op_cases.assert_same(mixed, np.polydiv(u.astype(np.float32), v))


def test_constants_of_integration_are_differentiated() -> None:
    p, k = np.array([3.0, 2.0]), np.array([5.0, 7.0])
    tg.testing.check_grads(lambda p, k: np.polyint(p, 2, k), (p, k))
    tg.testing.check_grads(lambda p, k: np.polyint(p, 2, k[0]), (p, k))


def test_polynomial_objects_hold_tensors() -> None:
    x = np.array([0.5, 2.0])
    program = lambda p: (np.poly1d(p) ** 2 + np.poly1d(p).integ().deriv())(x)
    p = np.array([2.0, -1.0, 3.0])
    np.testing.assert_allclose(tg.vjp(program, p)[0], program(p), rtol=1e-14)
    tg.testing.check_grads(program, (p,))
    tg.testing.check_grads(np.poly1d(p), (x,))


# Fits


def test_a_fit_that_is_not_unique_warns() -> None:
    x, y = np.array([1.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0])
    tensor = tg.Tensor(y, requires_grad=True)
    with pytest.warns(np.exceptions.RankWarning):
        found = np.polyfit(x, tensor, 1)
    with pytest.warns(np.exceptions.RankWarning):
        expected = np.polyfit(x, y, 1)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    _, residuals, rank, values, rcond = np.polyfit(x, tensor, 1, full=True)
    assert (residuals.shape, rank, values.shape) == ((0,), 1, (2,))
    assert rcond == 3 * np.finfo(float).eps


def test_a_fit_of_integers() -> None:
    y = np.array([1.0, 2.0, 4.0])
    op_cases.assert_same(
        np.polyfit([0, 1, 2], tg.Tensor(y, requires_grad=True), 1), np.polyfit([0, 1, 2], y, 1),
        ulps=100,
    )  # fmt: skip


# Bad input


def test_bad_calls_say_what_they_got() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    v = x[0]
    for call, error, message in (
        (lambda: np.polyder(v, -1), ValueError, r"np\.polyder: m=-1; np\.polyint"),
        (lambda: np.polyint(v, -1), ValueError, r"np\.polyint: m=-1; np\.polyder"),
        (lambda: np.polyint(v, 3, k=[1.0, 2.0]), ValueError, "2 constants k for m=3"),
        (lambda: np.poly(x), ValueError, r"np\.poly: shape \(2, 3\)"),
        (lambda: np.roots(x), ValueError, "rank-1"),
        (lambda: np.vander(x), ValueError, r"np\.vander: x of shape \(2, 3\)"),
        (lambda: np.polyval(v, np.poly1d([1, 2])), tg.GradientError, r"np\.polyval\(q, x\)"),
        (lambda: np.polyfit(v, v, -1), ValueError, "deg=-1"),
        (lambda: np.polyfit(x, v, 1), TypeError, r"x of shape \(2, 3\) and y of shape \(3,\)"),
        (lambda: np.polyfit(v, v[:2], 1), TypeError, r"y of shape \(2,\)"),
        (lambda: np.polyfit(v[:0], v[:0], 1), TypeError, "not empty"),
        (lambda: np.polyfit([1, 2, 3], v, 1, w=v[:2]), TypeError, r"w of shape \(2,\) for 3"),
        (lambda: np.polyfit([1, 2, 3], v, 2, cov=True), ValueError, "more than 3 points, not 3"),
    ):
        with pytest.raises(error, match=message):
            call()
