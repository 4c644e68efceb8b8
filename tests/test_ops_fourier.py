"""ops/fourier.py: discrete Fourier transforms."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import op_cases
import pytest
from batch_checks import check_batches
from op_cases import Call, Case, anything, seeds

import tinygrad_np as tg
from tinygrad_np.ops import fourier as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
norms = st.sampled_from([None, "backward", "ortho", "forward"])
NAMES = [name + axes for axes in ("", "2", "n") for name in ("fft", "ifft", "rfft", "irfft")] + [
    "hfft",
    "ihfft",
]
OLD = np.lib.NumpyVersion(np.__version__) < "2.1.0"
TO_REAL = ("irfft", "irfft2", "irfftn", "hfft")
FROM_REAL = ("rfft", "rfft2", "rfftn", "ihfft")


@st.composite
def one_axis(draw: Any, to_real: bool) -> Call:
    """Draw an array, an axis, and a length for it or none."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    settings: dict[str, Any] = {}
    axis = -1
    if draw(st.booleans()):
        settings["axis"] = axis = draw(st.integers(-len(shape), len(shape) - 1))
    if draw(st.booleans()):
        settings["n"] = draw(st.integers(1, 7))
    elif to_real:
        shape[axis] = max(shape[axis], 2)
    if draw(st.booleans()):
        settings["norm"] = draw(norms)
    return Call((anything(np.random.default_rng(draw(seeds)), tuple(shape)),), settings)


@st.composite
def several_axes(draw: Any, to_real: bool, two: bool) -> Call:
    shape = draw(st.lists(st.integers(2 if to_real else 1, 4), min_size=1 + two, max_size=3))
    settings: dict[str, Any] = {}
    ndim, count = len(shape), 2 if two else len(shape)
    if draw(st.booleans()):
        count = draw(st.integers(1, ndim))
        chosen = draw(st.permutations(range(ndim)))[:count]
        settings["axes"] = [axis - ndim * draw(st.booleans()) for axis in chosen]
    if draw(st.booleans()) and ("axes" in settings or two):
        lengths = st.sampled_from([1, 2, 3, 5, -1])
        settings["s"] = draw(st.lists(lengths, min_size=count, max_size=count))
    if draw(st.booleans()):
        settings["norm"] = draw(norms)
    return Call((anything(np.random.default_rng(draw(seeds)), tuple(shape)),), settings)


@st.composite
def shifting(draw: Any) -> Call:
    shape = tuple(draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    axes = draw(op_cases.axes(len(shape)).filter(lambda axes: axes != ()))
    settings = {} if draw(st.booleans()) else {"axes": axes}
    return Call((np.asarray(anything(np.random.default_rng(draw(seeds)), shape)),), settings)


def case_of(name: str) -> Case:
    inputs = (
        several_axes(name in TO_REAL, name.endswith("2")) if name.endswith(("2", "n"))
        else one_axis(name in TO_REAL)
    )  # fmt: skip
    # NumPy 2.0 takes the axes of rfftn in another order.
    ulps = 16 if name in ("rfft2", "rfftn") and OLD else 0
    return Case(getattr(np.fft, name), inputs, complex=name not in FROM_REAL, ulps=ulps)


CASES = op_cases.by_function(
    *[case_of(name) for name in NAMES],
    Case(np.fft.fftshift, shifting(), complex=True),
    Case(np.fft.ifftshift, shifting(), complex=True),
)


def test_every_entry_has_inputs() -> None:
    op_cases.check_every_entry_has_inputs(ops, CASES)


def test_every_transform_of_numpys_has_inputs() -> None:
    frequencies = {"fftfreq", "rfftfreq"}
    assert {case.name for case in CASES.values()} == set(np.fft.__all__) - frequencies


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_value_is_numpys(case: Case, data: st.DataObject) -> None:
    op_cases.check_value(case, data)


@op_cases.each(CASES)
@hypothesis.given(data=st.data())
def test_derivatives(case: Case, data: st.DataObject) -> None:
    op_cases.check_derivatives(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_batches(case: Case, data: st.DataObject) -> None:
    check_batches(case, data)


@op_cases.each(CASES)
@few
@hypothesis.given(data=st.data())
def test_single_precision_stays(case: Case, data: st.DataObject) -> None:
    call = case.draw(data, np.float32, *([np.complex64] if case.complex else []))
    fun = case.bind(call.settings)
    (array,) = call.arrays
    out, pullback = tg.vjp(fun, array)
    assert out.dtype in (np.float32, np.complex64)
    cotangent = tg.Tensor(np.ones_like(out), requires_grad=True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        with op_cases.watching_casts(monkeypatch) as casts:
            (gradient,) = pullback(cotangent)
        assert gradient.dtype == array.dtype
        # A real argument of a complex function takes the real part.
        assert set(casts) <= {"complex64 to float32"}
    nodes = op_cases.recording.reachable([gradient.node])
    assert not [node.op for node in nodes if node.dtype in (np.float64, np.complex128)]


# Complex gradients


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lengths", ["n", "default"])
def test_gradients_are_those_of_jax(name: str, lengths: str, jax_numpy: Any) -> None:
    import jax

    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 4))
    if name not in FROM_REAL:
        a = a + 1j * rng.standard_normal((3, 4))
    settings: dict[str, Any] = {"norm": "ortho"}
    if lengths == "n":
        settings |= {"s": (4, 5), "axes": (1, 0)} if name.endswith(("2", "n")) else {"n": 5}
    ours = lambda a: getattr(np.fft, name)(a, **settings)
    theirs = lambda a: getattr(jax_numpy.fft, name)(a, **settings)
    out, pullback = tg.vjp(ours, a)
    expected, their_pullback = jax.vjp(theirs, a)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)
    g = rng.standard_normal(out.shape).astype(out.dtype)
    if out.dtype.kind == "c":
        g = g + 1j * rng.standard_normal(out.shape)
    np.testing.assert_allclose(pullback(g)[0], their_pullback(g)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_the_conjugates_of_torchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    a = rng.standard_normal((3, 4))
    if name not in FROM_REAL:
        a = a + 1j * rng.standard_normal((3, 4))
    out, pullback = tg.vjp(getattr(np.fft, name), a)
    g = rng.standard_normal(out.shape).astype(out.dtype)
    if out.dtype.kind == "c":
        g = g + 1j * rng.standard_normal(out.shape)
    theirs = torch.tensor(a, requires_grad=True)
    their_out = getattr(torch.fft, name)(theirs)
    (expected,) = torch.autograd.grad(their_out, theirs, torch.tensor(np.conj(g)))
    np.testing.assert_allclose(
        np.conj(pullback(g)[0]), expected.resolve_conj(), rtol=1e-12, atol=1e-12
    )


def test_descending_along_a_spectrum() -> None:
    rng = np.random.default_rng(0)
    target, x = rng.standard_normal((2, 8))
    spectrum = np.fft.fft(target)
    loss = lambda x: np.sum(np.abs(np.fft.fft(x) - spectrum) ** 2) / 8
    for _ in range(60):
        x = x - 0.25 * tg.grad(loss)(x)
    np.testing.assert_allclose(x, target, atol=1e-12)


def test_what_is_ignored_has_gradient_0() -> None:
    z = np.ones(3, complex)
    for function in (np.fft.irfft, np.fft.hfft):
        (gradient,) = tg.vjp(function, z)[1](np.array([1.0, 2.0, 3.0, 5.0]))
        assert gradient[0].imag == 0
        assert gradient[2].imag == 0
        assert gradient[1].imag != 0


def test_lengths_of_a_convolution() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(6), rng.standard_normal(3)

    def convolved(a: Any, b: Any) -> Any:
        return np.fft.irfft(np.fft.rfft(a, 8) * np.fft.rfft(b, 8), 8)

    np.testing.assert_allclose(convolved(a, b), np.convolve(a, b), atol=1e-14)
    g = rng.standard_normal(8)
    for found, expected in zip(
        tg.vjp(convolved, a, b)[1](g), tg.vjp(np.convolve, a, b)[1](g), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# Calls in every form, and bad ones


def test_arguments_by_position() -> None:
    a = np.arange(12.0).reshape(3, 4)
    x = tg.Tensor(a, requires_grad=True)
    op_cases.assert_same(np.fft.fft(x, 5, 0, "ortho"), np.fft.fft(a, 5, 0, "ortho"))
    op_cases.assert_same(np.fft.rfft2(x, (2, 3), (1, 0)), np.fft.rfft2(a, (2, 3), (1, 0)))
    op_cases.assert_same(np.fft.fftshift(x, -1), np.fft.fftshift(a, -1))
    half = tg.Tensor(a.astype(np.float16), requires_grad=True)
    op_cases.assert_same(np.fft.fft(half), np.fft.fft(a.astype(np.float16)))


def test_bad_calls_say_what_they_got() -> None:
    x = tg.Tensor(np.ones((2, 3)), requires_grad=True)
    out = np.ones((2, 3), complex)
    for call, error, message in (
        (lambda: np.fft.fft(x, norm="orthogonal"), ValueError, "norm.*orthogonal"),
        (lambda: np.fft.fft(x, n=0), ValueError, "FFT data points"),
        (lambda: np.fft.fft(x, axis=2), IndexError, "out of range"),
        (lambda: np.fft.fftn(x, (2,), (0, 1)), ValueError, r"np\.fft\.fftn: 1 lengths s for 2"),
        (lambda: np.fft.rfft(x * 1j), TypeError, "rfft"),
        (lambda: np.fft.fft(x, out=out), tg.GradientError, "'out'|would write"),
        (lambda: np.fft.fft2(x, out=out), tg.GradientError, "'out'|would write"),
    ):
        with pytest.raises(error, match=message):
            call()
