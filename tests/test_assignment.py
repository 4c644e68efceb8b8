"""Assignment into Tensors: NumPy's results, right in both directions, at every order."""

from __future__ import annotations

import tracemalloc

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tinygrad_np as tg


def recurrence(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] ** 2 * (y[i - 1] if i else 1)
    return y


def in_place_operators(x):
    y = x.copy()
    y[1:3] *= 2
    y[[0, 0]] += x[1:3]
    y[y > 0] = y[y > 0] ** 2
    y -= x
    y /= 2.0
    y **= 2
    return y


def through_views(x):
    y = np.zeros_like(x, shape=(3, 4))
    row = y[1]
    y[:, 0] = 5.0
    row[:] = x
    row[1] *= x[0]
    columns = y.T
    columns[2] = x[0] * x[1]
    return y.ravel() * 1.0


def aliases(x):
    y = x * 1
    alias = y
    alias += x
    view = y[1:]
    y[2] = x[0] * 7
    return view * y[:3] + alias[0]


def rows_of_a_matrix(x):
    y = np.zeros_like(x, shape=(5, 4))
    y[0] = x
    for i in range(4):
        y[i + 1] = np.tanh(y[i]) * x
    return y


def rows_by_iteration(x):
    y = np.zeros_like(x, shape=(2, 4))
    for row in y:
        row[1:] = x[1:]
        row -= 1
    y.reshape(-1)[3] = x[3] ** 3
    return np.stack([y[0], y[1]])


def unusual_indices(x):
    y = np.ones_like(x)
    y[[0, 0, 1]] = x[:3] * 2
    y[2:] = x[0]
    y[None, :, None][0, 3, 0] = x[1]
    y[...] = y * x[2]
    return y


def view_of_a_view(x):
    y = np.full_like(x, 2.0, shape=(4, 4))
    inner = y[1:][:, 1:]
    inner[0] = x[1:]
    y[1, 2] = x[0]
    inner[:, ::-1][1] = x[:3]
    return y * 1 + inner.sum()


PROGRAMS = [
    recurrence, in_place_operators, through_views, aliases, rows_of_a_matrix, rows_by_iteration,
    unusual_indices, view_of_a_view,
]  # fmt: skip
X = np.array([0.7, -1.3, 0.4, 1.9])


@pytest.mark.parametrize("program", PROGRAMS)
def test_value_is_numpys(program):
    recorded, _ = tg.vjp(program, X)
    np.testing.assert_array_equal(recorded, program(X.copy()))


@pytest.mark.parametrize("program", PROGRAMS)
def test_derivatives_agree_with_finite_differences(program):
    tg.testing.check_grads(program, (X,), order=2)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p is not in_place_operators])
def test_a_batch_is_assigned_as_each_example_is(program):
    batch = np.stack([X, 2 * X, X**2])
    mapped = tg.vmap(program)(batch)
    assert type(mapped) is np.ndarray
    np.testing.assert_allclose(mapped, np.stack([program(x.copy()) for x in batch]), rtol=1e-13)


@pytest.mark.parametrize("program", PROGRAMS)
def test_float32_stays_float32_and_the_argument_is_left_alone(program):
    x = X.astype(np.float32)
    before = x.copy()
    gradient = tg.grad(lambda x: program(x).sum())(x)
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(x, before)


@hypothesis.given(st.data())
def test_random_programs_of_assignments(data):
    """Draw reads, writes and views of one array, and run them as NumPy and recorded."""
    slices = st.sampled_from([slice(None), slice(1, 3), slice(None, None, -1), slice(0, 4, 2)])
    index = slices | st.integers(-4, 3) | st.sampled_from([[0, 2], [1, 1, 3], ..., None])
    steps = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["write", "add", "multiply", "view", "read"]), index),
            min_size=1,
            max_size=8,
        )
    )

    def program(x):
        arrays = [x * 1.0]
        read = x[0] * 0
        for turn, (step, where) in enumerate(steps):
            target = arrays[turn % len(arrays)]
            if not target.ndim or target.shape[0] < 4:
                target = arrays[0]
            if step == "write":
                target[where] = np.sin(x[turn % 4]) * (turn + 1)
            elif step == "add":
                target[where] += x[(turn + 1) % 4]
            elif step == "multiply":
                target *= 1 + 0.1 * x[turn % 4]
            elif step == "view":
                view = target[where]
                if view.ndim:
                    arrays.append(view)
            else:
                read = read + target[where].sum() ** 2
        return arrays[0] * 1.0, read, sum(array.sum() for array in arrays)

    plain = program(X.copy())
    recorded, _ = tg.vjp(program, X)
    for a, b in zip(plain, recorded, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-12)
    tg.testing.check_grads(program, (X,), order=1)


def test_a_loop_that_fills_an_array_keeps_one_array():
    def peak(n):
        def fill(x):
            y = np.zeros_like(x, shape=(n,))
            y[0] = x
            for i in range(1, n):
                y[i] = y[i - 1] * 0.99 + x
            return y.sum()

        tracemalloc.start()
        tg.grad(fill)(1.5)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(4000) < 5 * peak(1000)


def test_a_recurrent_loop_over_rows_is_linear_in_memory():
    rng = np.random.default_rng(0)

    def peak(steps):
        def unrolled(w):
            h = np.zeros_like(w, shape=(steps, 50))
            h[0] = 1.0
            for t in range(steps - 1):
                h[t + 1] = np.tanh(h[t] @ w)
            return h.sum()

        tracemalloc.start()
        tg.grad(unrolled)(rng.standard_normal((50, 50)) * 0.1)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(400) < 5 * peak(100)


def test_what_a_rule_has_saved_is_not_overwritten():
    def program(x):
        y = np.exp(x)
        z = y * x
        y[0] = 100.0
        return np.sum(z) + np.sum(y)

    tg.testing.check_grads(program, (X,), order=2)


def test_a_parameter_is_overwritten_only_without_recording():
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match="no_grad"):
        w[0] = 3.0
    with pytest.raises(tg.GradientError, match="no_grad"):
        w -= 1.0
    np.testing.assert_array_equal(w.data, [1.0, 2.0])
    with tg.no_grad():
        w -= 0.5
        w[0] = 7.0
    assert w.requires_grad
    (w * w).sum().backward()
    np.testing.assert_array_equal(w.grad, [14.0, 3.0])


def test_integers_cannot_hold_what_is_differentiated():
    with pytest.raises(tg.GradientError, match="int64"):
        tg.grad(lambda x: np.zeros_like(x, dtype=int).__setitem__(0, x[0]))(X)


def test_a_shape_that_does_not_fit_changes_nothing():
    y = tg.Tensor(np.zeros(3))
    with pytest.raises(ValueError, match="shape"):
        y += np.ones((2, 3))
    with pytest.raises(ValueError, match="broadcast"):
        y[:2] = np.ones(3)
    np.testing.assert_array_equal(y.data, np.zeros(3))


def test_a_broadcast_view_cannot_be_written():
    def program(x):
        view = np.broadcast_to(x, (2, 4))
        view[0] = 1.0
        return view.sum()

    with pytest.raises(ValueError, match="copy"):
        tg.grad(program)(X)


def test_an_inner_value_cannot_be_left_in_an_outer_tensor():
    def outer(x):
        y = x * 1

        def inner(z):
            y[0] = z
            return z * z

        return tg.grad(inner)(2.0) + y[0]

    with pytest.raises(tg.GradientError, match="inner"):
        tg.grad(outer)(X)


def test_scalars_are_rebound_as_numpys_are():
    def program(x):
        total = x.sum()
        before = total
        total += 1.0
        return before * total

    tg.testing.check_grads(program, (X,))
    assert tg.vjp(program, X)[0] == program(X)


def test_a_plain_array_says_what_to_write_instead():
    def program(x):
        y = np.zeros(4)
        y[0] = x[0]
        return y.sum()

    with pytest.raises(tg.GradientError, match="zeros_like"):
        tg.grad(program)(X)
