"""PyTorch, eager."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.problems import LEARNING_RATE, Array

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
