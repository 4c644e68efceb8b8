"""Derivatives worked out on paper, in NumPy: what every other row is checked against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.problems import HEADS, LEARNING_RATE, Array


def loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of an MLP, and its gradient in each parameter."""
    return dense_loss_and_gradients(parameters, x, labels, by_input=False)[:2]


def dense_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any, by_input: bool = True
) -> tuple[np.floating, list[Array], Array]:
    """Return the loss of dense layers, its gradient in each parameter, and that in x."""
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    activations = [x]
    for weights, bias in layers:
        x = x @ weights
        x += bias
        if len(activations) < len(layers):
            np.maximum(x, 0, out=x)
            activations.append(x)

    rows = np.arange(len(x))
    x -= x.max(axis=1, keepdims=True)
    exponentials = np.exp(x)
    totals = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(totals[:, 0]) - x[rows, labels])

    g = exponentials
    g /= totals
    g[rows, labels] -= 1
    g /= len(g)
    gradients: list[Array] = []
    for (weights, _), activation in zip(reversed(layers), reversed(activations), strict=True):
        gradients += [g.sum(axis=0), activation.T @ g]
        if len(gradients) < len(parameters):
            g = g @ weights.T
            g *= activation > 0
        elif by_input:
            g = g @ weights.T
    return loss, gradients[::-1], g


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""
    return descending(loss_and_gradients, parameters, x, labels)


def convolved(x: Array, kernel: Array) -> Array:
    """Sum the products of the kernel with each window of x."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    return np.tensordot(windows, kernel.transpose(2, 0, 1, 3), 3)


def convolved_back(g: Array, x: Array, kernel: Array) -> tuple[Array, Array]:
    """Return the gradients of `convolved` by x and by the kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    by_kernel = np.tensordot(windows, g, ((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    high, wide = kernel.shape[0] - 1, kernel.shape[1] - 1
    around = np.pad(g, ((0, 0), (high, high), (wide, wide), (0, 0)))
    return convolved(around, kernel[::-1, ::-1].swapaxes(2, 3)), by_kernel


def cnn_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of a CNN, and its gradient in each parameter."""
    kept = []
    for kernel, bias in zip(parameters[:4:2], parameters[1:4:2], strict=True):
        y = convolved(x, kernel) + bias
        np.maximum(y, 0, out=y)
        batch, height, width, channels = y.shape
        blocks = y.reshape(batch, height // 2, 2, width // 2, 2, channels)
        pooled = blocks.max(axis=(2, 4))
        kept.append((x, kernel, blocks, pooled))
        x = pooled

    flat = x.reshape(len(x), -1)
    loss, by_dense, g = dense_loss_and_gradients(parameters[4:], flat, labels)
    g = g.reshape(x.shape)
    gradients = by_dense
    for x, kernel, blocks, pooled in reversed(kept):
        # Where pixels tie, they are 0, and the ReLU lets nothing through.
        hits = (blocks == pooled[:, :, None, :, None]) & (blocks > 0)
        g = (hits * g[:, :, None, :, None]).reshape(len(x), -1, blocks.shape[3] * 2, g.shape[-1])
        by_bias = g.sum(axis=(0, 1, 2))
        g, by_kernel = convolved_back(g, x, kernel)
        gradients = [by_kernel, by_bias, *gradients]
    return loss, gradients


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""
    return descending(cnn_loss_and_gradients, parameters, x, labels)


def lstm_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of what an LSTM ends with, and its gradients."""
    weights, recurrent, bias, *head = parameters
    batch, length, features = x.shape
    units = len(recurrent)
    steps = np.ascontiguousarray(x.swapaxes(0, 1))
    gates = (steps.reshape(-1, features) @ weights + bias).reshape(length, batch, -1)
    h = np.zeros((length + 1, batch, units), gates.dtype)
    c = np.zeros_like(h)
    for t in range(length):
        gates[t] += h[t] @ recurrent
        i, f, g, o = np.split(gates[t], 4, axis=1)
        for switch in (i, f, o):
            switch[...] = 1 / (1 + np.exp(-switch))
        np.tanh(g, out=g)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])

    loss, by_head, dh = dense_loss_and_gradients(head, h[-1].copy(), labels)
    dc = np.zeros_like(dh)
    d_gates = np.empty_like(gates)
    for t in reversed(range(length)):
        i, f, g, o = np.split(gates[t], 4, axis=1)
        tanh_c = np.tanh(c[t + 1])
        dc += dh * o * (1 - tanh_c**2)
        parts = dc * g * i * (1 - i), dc * c[t] * f * (1 - f), dc * i * (1 - g**2)
        np.concatenate([*parts, dh * tanh_c * o * (1 - o)], axis=1, out=d_gates[t])
        dc *= f
        dh = d_gates[t] @ recurrent.T
    rows = d_gates.reshape(length * batch, -1)
    by_weights = steps.reshape(-1, features).T @ rows
    by_recurrent = h[:-1].reshape(-1, units).T @ rows
    return loss, [by_weights, by_recurrent, rows.sum(axis=0), *by_head]


def normalized(x: Array) -> tuple[Array, Array]:
    """Return rows of mean 0 and variance 1, and by what they were multiplied."""
    x = x - x.mean(axis=-1, keepdims=True)
    factor = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)
    return x * factor, factor


def normalized_back(g: Array, out: Array, factor: Array) -> Array:
    """Return the gradient of `normalized` by x."""
    along = (g * out).mean(axis=-1, keepdims=True)
    return factor * (g - g.mean(axis=-1, keepdims=True) - out * along)


def gelu(x: Array) -> tuple[Array, Array]:
    """Return the GELU with tanh, and its slope."""
    root = float(np.sqrt(2 / np.pi))
    square = x * x
    t = np.tanh(root * x * (1 + 0.044715 * square))
    slope = (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * square)
    return x / 2 * (1 + t), slope


def heads_of(y: Array, shape: tuple[int, ...]) -> Array:
    """View rows as (batch, heads, length, features)."""
    batch, length, features = shape
    return y.reshape(batch, length, HEADS, features // HEADS).swapaxes(1, 2)


def rows_of(y: Array) -> Array:
    """Undo `heads_of`."""
    return y.swapaxes(1, 2).reshape(y.shape[0] * y.shape[2], -1)


def transformer_loss_and_gradients(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[np.floating, list[Array]]:
    """Return the mean softmax cross-entropy of what blocks make of each step, and its gradients."""
    shape = x.shape
    root = float(np.sqrt(shape[2] // HEADS))
    unseen = ~np.tri(shape[1], dtype=bool)
    x = x.reshape(-1, shape[2])
    *blocks, scale, offset, weights, bias = parameters
    kept = []
    for start in range(0, len(blocks), 15):
        s1, o1, wq, bq, wk, wv, bv, wo, bo, s2, o2, w1, b1, w2, b2 = blocks[start : start + 15]
        n1, f1 = normalized(x)
        y = n1 * s1 + o1
        q, k, v = [heads_of(rows, shape) for rows in (y @ wq + bq, y @ wk, y @ wv + bv)]
        p = q @ k.swapaxes(2, 3) / root
        p[..., unseen] = -np.inf
        p -= p.max(axis=-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        found = rows_of(p @ v)
        x = x + found @ wo + bo
        n2, f2 = normalized(x)
        z = n2 * s2 + o2
        hidden, slope = gelu(z @ w1 + b1)
        x = x + hidden @ w2 + b2
        kept.append((n1, f1, y, q, k, v, p, found, n2, f2, z, hidden, slope))

    n, f = normalized(x)
    loss, by_head, g = dense_loss_and_gradients([weights, bias], n * scale + offset, labels.ravel())
    gradients = [(g * n).sum(axis=0), g.sum(axis=0), *by_head]
    g = normalized_back(g * scale, n, f)
    for start in reversed(range(0, len(blocks), 15)):
        s1, _, wq, _, wk, wv, _, wo, _, s2, _, w1, _, w2, _ = blocks[start : start + 15]
        n1, f1, y, q, k, v, p, found, n2, f2, z, hidden, slope = kept.pop()
        d_hidden = (g @ w2.T) * slope
        dz = d_hidden @ w1.T
        later = [
            (dz * n2).sum(axis=0), dz.sum(axis=0), z.T @ d_hidden, d_hidden.sum(axis=0),
            hidden.T @ g, g.sum(axis=0),
        ]  # fmt: skip
        g = g + normalized_back(dz * s2, n2, f2)
        d_found = heads_of(g @ wo.T, shape)
        dp = d_found @ v.swapaxes(2, 3)
        dp = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / root
        dq, dk, dv = [
            rows_of(d) for d in (dp @ k, dp.swapaxes(2, 3) @ q, p.swapaxes(2, 3) @ d_found)
        ]
        dy = dq @ wq.T + dk @ wk.T + dv @ wv.T
        gradients = [
            (dy * n1).sum(axis=0), dy.sum(axis=0), y.T @ dq, dq.sum(axis=0), y.T @ dk,
            y.T @ dv, dv.sum(axis=0), found.T @ g, g.sum(axis=0), *later, *gradients,
        ]  # fmt: skip
        g = g + normalized_back(dy * s1, n1, f1)
    return loss, gradients


def descending(
    loss_and_gradients: Callable[..., Any], parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""

    def step() -> Any:
        loss, gradients = loss_and_gradients(parameters, x, labels)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient
        return loss

    return step, lambda: parameters


def lstm(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""
    return descending(lstm_loss_and_gradients, parameters, x, labels)


def transformer(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent in place."""
    return descending(transformer_loss_and_gradients, parameters, x, labels)


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], tuple[Array, Array, Array]]]:
    """Keep the inputs of the products and what the nonlinearity needs, and go backwards."""
    scalar = x.ndim == 0
    x, w, b = x[()], w[()], b[()]

    def forward() -> list[Array]:
        y = x
        kept = []
        for link in range(links):
            if link % 3 == 0:
                kept.append(y)
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = np.maximum(y, 0.0) if scalar else np.tanh(y)
                kept.append(y)
        return kept

    def backward(kept: list[Array]) -> tuple[Array, Array, Array]:
        g = np.ones_like(x)[()]
        dw = np.zeros_like(x)[()]
        db = np.zeros_like(x)[()]
        for link in reversed(range(links)):
            if link % 3 == 0:
                dw += g * kept.pop()
                g = g * w
            elif link % 3 == 1:
                db += g
            else:
                y = kept.pop()
                g = g * (y > 0) if scalar else g * (1 - y * y)
        return g, dw, db

    return forward, backward
