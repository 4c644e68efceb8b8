"""ops/windows.py: windows that slide along axes, and their adjoint."""

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
from tinygrad_np.ops import windows as ops

few = hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 5)
sliding_window_view = np.lib.stride_tricks.sliding_window_view


@st.composite
def sliding(draw: Any) -> Call:
    """Draw an array, and windows along some of its axes: all, one, or several, also twice."""
    shape = draw(st.lists(st.integers(2, 4), min_size=1, max_size=3))
    kind = draw(st.sampled_from(["all", "one", "several"]))
    if kind == "all":
        axes: Any = None
        sizes: Any = tuple(draw(st.integers(1, n)) for n in shape)
    elif kind == "one":
        axes = draw(st.integers(-len(shape), len(shape) - 1))
        sizes = draw(st.integers(1, shape[axes]))
    else:
        axes = draw(st.lists(st.integers(-len(shape), len(shape) - 1), min_size=1, max_size=3))
        left, sizes = list(shape), []
        for axis in axes:
            sizes.append(draw(st.integers(1, left[axis])))
            left[axis] -= sizes[-1] - 1
        axes, sizes = tuple(axes), tuple(sizes)
    array = anything(np.random.default_rng(draw(seeds)), tuple(shape))
    settings = {"window_shape": sizes} | ({} if axes is None else {"axis": axes})
    return Call((array,), settings)


@st.composite
def overlapping(draw: Any) -> Call:
    call = draw(sliding())
    axes = call.settings.get("axis", tuple(range(call.arrays[0].ndim)))
    axes = tuple(axis % call.arrays[0].ndim for axis in np.atleast_1d(axes).tolist())
    return Call((sliding_window_view(call.arrays[0], **call.settings) * 1.0,), {"axis": axes})


CASES = op_cases.by_function(
    Case(sliding_window_view, sliding(), complex=True),
    Case(ops.overlap_add, overlapping(), complex=True),
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


@op_cases.each(CASES)
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


def test_what_is_written_into_an_array_is_seen_in_its_windows() -> None:
    def program(x: Any) -> Any:
        y = x * 1.0
        windows = sliding_window_view(y, 2)
        y[1] = 10 * x[0]
        return windows

    x = np.array([0.5, -1.0, 2.0])
    np.testing.assert_array_equal(tg.vjp(program, x)[0], [[0.5, 5.0], [5.0, 2.0]])
    tg.testing.check_grads(program, (x,), order=2)


def test_windows_are_not_written_into() -> None:
    windows = sliding_window_view(tg.Tensor([0.5, -1.0, 2.0]), 2)
    with pytest.raises(ValueError, match="write into a copy"):
        windows[0] = 1.0
    with pytest.raises(tg.GradientError, match="writeable"):
        sliding_window_view(tg.Tensor([0.5, -1.0, 2.0], requires_grad=True), 2, writeable=True)
