"""PyTorch, eager."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.problems import HEADS, LEARNING_RATE, Array

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def mlp(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """``F.linear``, a little faster than ``nn.Linear``, and the fastest of the three ``SGD``."""
    tensors = [
        torch.tensor(np.ascontiguousarray(parameter.T), requires_grad=True)
        for parameter in parameters
    ]
    *hidden, (weight, bias) = zip(tensors[::2], tensors[1::2], strict=True)
    optimizer = torch.optim.SGD(tensors, LEARNING_RATE, foreach=False)
    inputs, targets = torch.tensor(x), torch.tensor(labels)

    def step() -> Any:
        optimizer.zero_grad(set_to_none=True)
        y = inputs
        for hidden_weight, hidden_bias in hidden:
            y = functional.relu(functional.linear(y, hidden_weight, hidden_bias))
        loss = functional.cross_entropy(functional.linear(y, weight, bias), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step, lambda: [tensor.detach().numpy().T for tensor in tensors]


def cnn(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Images in the memory format that is faster here, with the channels last."""
    tensors = [torch.tensor(channels_first(array), requires_grad=True) for array in parameters]
    kernels, (w1, b1, w2, b2) = tensors[:4], tensors[4:]
    optimizer = torch.optim.SGD(tensors, LEARNING_RATE, foreach=False)
    inputs = torch.tensor(x).permute(0, 3, 1, 2)
    targets = torch.tensor(labels)

    def step() -> Any:
        optimizer.zero_grad(set_to_none=True)
        y = inputs
        for kernel, bias in zip(kernels[::2], kernels[1::2], strict=True):
            y = functional.max_pool2d(functional.relu(functional.conv2d(y, kernel, bias)), 2)
        y = y.permute(0, 2, 3, 1).flatten(1)
        y = functional.linear(functional.relu(functional.linear(y, w1, b1)), w2, b2)
        loss = functional.cross_entropy(y, targets)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, lambda: [channels_last(tensor.detach().numpy()) for tensor in tensors]


def channels_first(array: Array) -> Array:
    """Return a kernel as (out, in, height, width), weights as (out, in)."""
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T)


def channels_last(array: Array) -> Array:
    """Return a kernel as (height, width, in, out), weights as (in, out)."""
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T


def trained(
    tensors: list[Any], loss_of: Callable[[], Any]
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """Gradient descent on tensors that are the parameters, the matrices among them transposed."""
    optimizer = torch.optim.SGD(tensors, LEARNING_RATE, foreach=False)

    def step() -> Any:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, lambda: [tensor.detach().numpy().T for tensor in tensors]


def lstm(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """``nn.LSTM``, of whose two biases one is left at 0."""
    layer = torch.nn.LSTM(x.shape[2], len(parameters[1]), batch_first=True)
    head = torch.nn.Linear(*parameters[3].shape)
    tensors = [
        layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, head.weight, head.bias,
    ]  # fmt: skip
    layer.bias_hh_l0.requires_grad = False
    with torch.no_grad():
        layer.bias_hh_l0.zero_()
        for tensor, array in zip(tensors, parameters, strict=True):
            tensor.copy_(torch.tensor(np.ascontiguousarray(array.T)))
    inputs, targets = torch.tensor(x), torch.tensor(labels)

    def loss() -> Any:
        _, (h, _) = layer(inputs)
        return functional.cross_entropy(head(h[0]), targets)

    return trained(tensors, loss)


def transformer(
    parameters: list[Array], x: Array, labels: Any
) -> tuple[Callable[[], Any], Callable[[], list[Array]]]:
    """``F.scaled_dot_product_attention``, which is faster than ``nn.TransformerEncoder``."""
    tensors = [
        torch.tensor(np.ascontiguousarray(array.T), requires_grad=True) for array in parameters
    ]
    inputs, targets = torch.tensor(x), torch.tensor(labels)
    batch, length, features = x.shape

    def heads(y: Any) -> Any:
        return y.view(batch, length, HEADS, features // HEADS).transpose(1, 2)

    def loss() -> Any:
        y = inputs
        *blocks, scale, offset, weights, bias = tensors
        for start in range(0, len(blocks), 15):
            s1, o1, wq, bq, wk, wv, bv, wo, bo, s2, o2, w1, b1, w2, b2 = blocks[start : start + 15]
            z = functional.layer_norm(y, (features,), s1, o1)
            q, k, v = [functional.linear(z, w, b) for w, b in ((wq, bq), (wk, None), (wv, bv))]
            found = functional.scaled_dot_product_attention(
                heads(q), heads(k), heads(v), is_causal=True
            )
            found = found.transpose(1, 2).reshape(batch, length, features)
            y = y + functional.linear(found, wo, bo)
            z = functional.layer_norm(y, (features,), s2, o2)
            y = y + functional.linear(
                functional.gelu(functional.linear(z, w1, b1), approximate="tanh"), w2, b2
            )
        y = functional.linear(functional.layer_norm(y, (features,), scale, offset), weights, bias)
        return functional.cross_entropy(y.flatten(0, 1), targets.flatten())

    return trained(tensors, loss)


def chain(
    links: int, x: Array, w: Array, b: Array
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """``torch.autograd.grad``, which accumulates into nothing."""
    leaves = tuple(torch.tensor(leaf, requires_grad=True) for leaf in (x, w, b))
    nonlinear = torch.relu if x.ndim == 0 else torch.tanh
    ones = torch.ones_like(leaves[0])

    def forward() -> Any:
        y, w, b = leaves
        for link in range(links):
            if link % 3 == 0:
                y = y * w
            elif link % 3 == 1:
                y = y + b
            else:
                y = nonlinear(y)
        return y

    return forward, lambda y: torch.autograd.grad(y, leaves, ones)
