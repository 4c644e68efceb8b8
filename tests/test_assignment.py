"""Assignment into Tensors: NumPy's results, right in both directions, at every order."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import tinygrad_np as tg
from tinygrad_np.ops import TABLE


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


def memory_order(x):
    y = np.outer(x, x[:3])
    y.T.sort(axis=0)
    y.reshape(-1)[1:3] = x[:2] ** 2
    gaps = y[:, ::2].reshape(-1)
    gaps[0] = 100.0
    return y


def flat_elements(x):
    y = np.zeros_like(x, shape=(2, 3)).T
    y.flat[1:4] = x[1:]
    copied = y.flat[1:3]
    copied[:] = 7.0
    y.flat[0] += x[0] ** 2
    z = np.zeros_like(y)
    z.flat = x[:2]
    return y * 1.0, z, sum(v**2 for v in y.flat), np.sum(y.flat)


def diagonals(x):
    y = np.outer(x, x)
    np.einsum("ii->i", y)[:3] *= x[0]
    z = np.zeros_like(x, shape=(5, 2))
    np.fill_diagonal(y[1:, :2], x[2:] ** 2)
    np.fill_diagonal(z, x[:3], wrap=True)
    return y, z


def every_function_that_writes(x):
    y = np.zeros_like(x, shape=(3, 4))
    np.put(y, [0, -1, 5, 0], x[:3])
    y.put([17, -14], x[3], mode="wrap")
    np.place(y, y == 0, x[1:3] ** 2)
    np.putmask(y, np.arange(12) % 3 == 0, x[::-1])
    np.copyto(y[1], x**3)
    np.copyto(y, x, where=[True, False, False, True])
    np.put_along_axis(y, np.array([[1], [2], [1]]), x[0] * x[1], axis=1)
    np.put_along_axis(y, np.array([2, -2]), x[:2] * 3, axis=None)
    y[2].fill(x[0] * x[3])
    return y


def swapped(x):
    y = x * 1
    y[0], y[1] = y[1] ** 2, y[0]
    z = np.outer(x, x)
    z[0], z[1] = z[1], z[0] * 2
    return y, z


def empty_parts(x):
    y = x * 1
    y[4:] = x[4:]
    y[[]] += 1.0
    y[y > 100] = x[:0]
    np.put(y, [], [])
    y[:0] *= x[0]
    return y


def overlapping(x):
    y = x * 1
    y[1:] = y[:-1]
    y[::-1] += y
    y[::2] += x[1::2]
    y += y[::-1]
    return y


def list_of_arrays(x):
    rows = [x * i for i in range(3)]
    for i, row in enumerate(rows):
        row[i] = x[0] ** i
        rows[i - 1] += row
    return np.stack(rows)


PROGRAMS = [
    recurrence, in_place_operators, through_views, aliases, rows_of_a_matrix, rows_by_iteration,
    unusual_indices, view_of_a_view, memory_order, flat_elements, diagonals,
    every_function_that_writes, swapped, empty_parts, overlapping, list_of_arrays,
]  # fmt: skip
# What is masked by values is not of one shape for all examples of a batch.
MASKED = (in_place_operators, every_function_that_writes, empty_parts)
X = np.array([0.7, -1.3, 0.4, 1.9])


def outputs(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("program", PROGRAMS)
def test_value_is_numpys(program):
    recorded, _ = tg.vjp(lambda x: outputs(program(x)), X)
    for found, expected in zip(recorded, outputs(program(X.copy())), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("program", PROGRAMS)
def test_derivatives_agree_with_finite_differences(program):
    tg.testing.check_grads(program, (X,), order=2)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p not in MASKED])
def test_a_batch_is_assigned_as_each_example_is(program):
    batch = np.stack([X, 2 * X, X**2])
    mapped = tg.vmap(lambda x: outputs(program(x)))(batch)
    one_by_one = [outputs(program(x.copy())) for x in batch]
    for found, *expected in zip(mapped, *one_by_one, strict=True):
        assert type(found) is np.ndarray
        np.testing.assert_allclose(found, np.stack(expected), rtol=1e-13)


@pytest.mark.parametrize("program", PROGRAMS)
def test_float32_stays_float32_and_the_argument_is_left_alone(program):
    x = X.astype(np.float32)
    before = x.copy()
    gradient = tg.grad(lambda x: sum(np.sum(out) for out in outputs(program(x))))(x)
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(x, before)


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


@pytest.mark.usefixtures("plain_numpy")
def test_a_plain_array_says_what_to_write_instead():
    def program(x):
        y = np.zeros(4)
        y[0] = x[0]
        return y.sum()

    with pytest.raises(tg.GradientError, match="zeros_like"):
        tg.grad(program)(X)


# What is written, and into what


def test_a_mask_that_depends_on_the_example():
    def program(x):
        y = x * 1
        y[y < 0] = x[0] ** 2
        rows = np.outer(x, x)
        rows[x > 1] = 3.0
        np.copyto(rows, x, where=rows > 2)
        return y, rows

    batch = np.stack([X, 2 * X, -X])
    for found, *expected in zip(tg.vmap(program)(batch), *map(program, batch), strict=True):
        np.testing.assert_allclose(found, np.stack(expected))
    with pytest.raises(tg.GradientError, match=r"inside tg\.vmap a mask .* np\.where\(mask"):
        tg.vmap(lambda x: (x * 1).__setitem__(x > 0, x))(batch)
    with pytest.raises(IndexError, match=r"mask of shape \(4,\)"):
        tg.vmap(lambda x: np.outer(x[:2], x).__setitem__(x > 0, 1.0))(batch)
    for function in (np.place, np.putmask):
        with pytest.raises(tg.GradientError, match=r"inside tg\.vmap the mask .* np\.where\(mask"):
            tg.vmap(lambda x: function(x * 1, x > 0, 1.0))(batch)


WRITERS = {
    "put": lambda y, v: np.put(y, [0], v),
    "place": lambda y, v: np.place(y, [True, False], v),
    "putmask": lambda y, v: np.putmask(y, [True, False], v),
    "copyto": np.copyto,
    "put_along_axis": lambda y, v: np.put_along_axis(y, np.array([0]), v, 0),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_plain_array_is_written_only_with_plain_values(name):
    plain = np.zeros(2)
    x = tg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.GradientError, match=rf"np\.{name} would write .*np\.zeros_like\(x, sh"):
        WRITERS[name](plain, x if name == "copyto" else x[:1])
    with pytest.raises(tg.GradientError, match=rf"np\.{name} would write .*np\.zeros_like\(x, sh"):
        tg.vmap(lambda x: WRITERS[name](plain, x if name == "copyto" else x[:1]))(np.ones((3, 2)))
    np.testing.assert_array_equal(plain, [0, 0])
    WRITERS[name](plain, tg.Tensor([5.0, 5.0]) if name == "copyto" else tg.Tensor([5.0]))
    assert plain[0] == 5.0


@pytest.mark.parametrize(
    "write",
    [
        lambda y: np.put(y, [12], 1.0), lambda y: np.put(y, [0], 1.0, mode="mirror"),
        lambda y: np.place(y, y > 0, []), lambda y: np.place(y, [True], 1.0),
        lambda y: np.putmask(y, [True], 1.0), lambda y: np.copyto(y, np.ones(5)),
        lambda y: np.copyto(y, 1j), lambda y: np.copyto(y, np.ones(4), where=np.array([0.5])),
        lambda y: np.copyto(y.astype(np.float32), np.ones(4), casting="safe"),
        lambda y: np.put_along_axis(y, np.array([0]), 1.0, 0),
        lambda y: np.fill_diagonal(y[0], 1.0),
        lambda y: np.put_along_axis(y, np.full((3, 1), 4), 1.0, 1), lambda y: y.fill(np.ones(2)),
        lambda y: np.diagonal(y).__setitem__(0, 1.0), lambda y: setattr(y, "imag", 1.0),
        lambda y: np.broadcast_to(y, (2, 3, 4)).__setitem__(0, 1.0),
    ],
)  # fmt: skip
def test_what_numpy_refuses_to_write(write):
    for y in (np.ones((3, 4)), tg.Tensor(np.ones((3, 4)), requires_grad=True) * 1):
        with pytest.raises((ValueError, IndexError, TypeError)):
            write(y)
        np.testing.assert_array_equal(tg.stop_gradient(y), np.ones((3, 4)))


def test_parts_of_complex_numbers():
    def program(x):
        z = x * (1 + 1j)
        z.real[0] = x[1] ** 2
        z.imag = x**2
        z.real += 1.0
        z.imag[1:] *= x[0]
        x = x * 1
        x.real[2] = x[0] * 3
        x.real = x.real * 2
        return z, x.astype(complex)

    for found, expected in zip(tg.vjp(program, X)[0], program(X.copy()), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-15)
    tg.testing.check_grads(program, (X,))


def test_integers_hold_what_numpy_makes_of_plain_numbers():
    y, plain = tg.Tensor([1, 2, 3]), np.array([1, 2, 3])
    for a in (y, plain):
        a[0] = 7.9
        a[1:] = np.array([2.5, -1.5])
    np.testing.assert_array_equal(y.numpy(), plain)


def test_an_index_that_is_overwritten_later():
    def program(x):
        y, place = np.zeros_like(x), np.array([0])
        for i in range(4):
            place[0] = i
            y[place] = x[i] * (i + 1)
        return y

    tg.testing.check_grads(program, (X,))


def test_an_inner_value_does_not_leave_its_recording_in_a_buffer():
    def outer(x):
        y = np.zeros_like(x)

        def inner(z):
            y[0] = z * x[0]
            return z * z * x[1]

        return tg.grad(inner)(x[2]) + y[0]

    with pytest.raises(tg.GradientError, match="inner transform"):
        tg.grad(outer)(X)


def test_rows_are_added_to_in_place():
    def peak_of(rows):
        def program(x):
            y = np.zeros_like(x, shape=(rows, 100))
            for i in range(rows):
                y[i] += x
                y[i, 1:] *= 2.0
            return y.sum()

        tracemalloc.start()
        tg.grad(program)(np.ones(100))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_of(400) < 5 * peak_of(100)
    # One call copies nothing but the row.
    y = np.zeros_like(tg.Tensor(np.ones(3)), shape=(2, 3))
    y[0] = tg.Tensor(np.ones(3), requires_grad=True)
    held = y.value
    y[1] += 1.0
    del held
    address = y.value.__array_interface__["data"]
    y[1] += 1.0
    assert y.value.__array_interface__["data"] == address


# What is a view and what a copy

ARGUMENTS = {
    np.swapaxes: (0, -1), np.moveaxis: (0, -1), np.expand_dims: (0,), np.reshape: ((2, -1),),
    np.array_split: (2,), np.split: (2,), np.hsplit: (2,), np.vsplit: (2,), np.rollaxis: (-1,),
    np.broadcast_to: ((3, 2, 4),), np.take: ([0],), np.tile: (1,), np.repeat: (1,), np.roll: (0,),
    np.delete: ([],), np.resize: ((2, 4),), np.pad: (0,), np.clip: (-9, 9), np.append: ([],),
    np.lib.stride_tricks.sliding_window_view: (2,),
}  # fmt: skip


@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 2, 2)])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.filterwarnings("ignore")
def test_what_is_written_into_a_result_reaches_what_it_does_in_numpy(shape, dtype):
    """For every function of one array in the table: the same, or refused."""

    def write(function, x):
        y = x * 1.0
        made = function(y, *ARGUMENTS.get(function, ()))
        part = made[0] if isinstance(made, (tuple, list)) else made
        part[...] = part * 0 + 7
        return y

    x = np.arange(1.0, 9.0)[: np.prod(shape)].reshape(shape).astype(dtype)
    compared = []
    for function in TABLE:
        try:
            expected = write(function, x)
        except Exception:  # NumPy wants other arguments, or has made a view that is not written
            continue
        try:
            found = tg.vjp(lambda x: write(function, x), x)[0]
        except tg.GradientError:
            continue
        np.testing.assert_array_equal(found, expected, err_msg=str(function))
        compared.append(function)
    assert len(compared) > 90
    assert {np.transpose, np.ravel, np.flip, np.tile} <= set(compared)
