"""Backpropagation by hand: the gradients of a two-layer network, derived step by step and checked.

Read this file from top to bottom, then run it: python examples/backprop_by_hand.py

The network
-----------
It sorts n examples with d features each into k classes, through h hidden units:

      x ───▶ z1 = x w1 + b1 ───▶ a = max(z1, 0) ───▶ z2 = a w2 + b2 ───▶ p = softmax(z2) ───▶ loss
    (n, d)       (n, h)             (n, h)               (n, k)              (n, k)        a number

Its parameters are w1 (d, h), b1 (h,), w2 (h, k) and b2 (k,). To train it is to change them so that
the loss falls. Which way to change them, the gradient tells: the derivative of the loss with
respect to every single number in them.

Three ideas
-----------
1. Notation. For every array v, let v_bar be the gradient of the loss with respect to it:

       v_bar[i, j] = ∂loss / ∂v[i, j]

   There is one derivative for each number in v, so v_bar always has the shape of v.

2. The chain rule. If v acts on the loss only through u, then each number in v acts on it through
   each number in u, and these effects add up:

       v_bar[j] = Σ_i  u_bar[i] · ∂u[i] / ∂v[j]

3. The order. To get v_bar we need u_bar, where u comes after v. So we start at the loss and go
   backwards. No step looks further than its neighbours: it needs the gradient of what came after
   it, and values that the forward pass has computed already.
"""

from __future__ import annotations

import numpy as np

import tinygrad_np as tg
from tinygrad_np import data, nn

# All sizes differ, so that a product of the wrong two arrays cannot go unnoticed.
EXAMPLES, FEATURES, HIDDEN, CLASSES = 6, 4, 5, 3  # n, d, h, k


# The forward pass
# ----------------
# Five lines, as in the drawing. y (n, k) holds the right answers, one-hot: y[i, c] is 1 if example
# i belongs to class c, and 0 otherwise. The loss is the cross-entropy,
#
#     loss = − 1/n Σ_i Σ_c  y[i, c] · log p[i, c],
#
# which for each example is −log of the probability that the network gave to the right class:
# 0 if it was certain of it, and without bound if it was certain of another.


def forward(params, x, y):
    """Return the loss, and every value on the way to it."""
    z1 = x @ params["w1"] + params["b1"]
    a = np.maximum(z1, 0)
    z2 = a @ params["w2"] + params["b2"]
    p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    loss = -np.sum(y * np.log(p)) / len(x)
    return loss, {"z1": z1, "a": a, "z2": z2, "p": p}


# The backward pass
# -----------------
# The same five lines, last one first.


def backward(params, x, y, values):
    """Return the gradient of the loss with respect to the parameters and to x."""
    z1, a, p = values["z1"], values["a"], values["p"]

    # Step 1: the loss. Only one term of the double sum contains p[i, c], and log′ u = 1/u:
    #
    #     p_bar[i, c] = ∂loss / ∂p[i, c] = − y[i, c] / (n · p[i, c])
    #
    p_bar = -y / (len(x) * p)  # (n, k)

    # Step 2: the softmax. It treats each row by itself, so take one row and leave i out. Let S be
    # the sum of exp(z2[c]) over all c; then p[c] = exp(z2[c]) / S. Differentiate this quotient by
    # z2[j]. The denominator always contains z2[j], the numerator only if j = c:
    #
    #     ∂p[c] / ∂z2[j] = (1 if j = c else 0) · exp(z2[c]) / S  −  exp(z2[c]) · exp(z2[j]) / S²
    #                    = (1 if j = c else 0) · p[c]            −  p[c] · p[j]
    #
    # Every p[c] depends on z2[j], so the chain rule sums over c. Of the first term, c = j is left:
    #
    #     z2_bar[j] = Σ_c p_bar[c] · ∂p[c] / ∂z2[j] = p[j] · (p_bar[j] − Σ_c p_bar[c] · p[c])
    #
    z2_bar = p * (p_bar - np.sum(p_bar * p, axis=1, keepdims=True))  # (n, k)

    # Now put step 1 into step 2. Since p_bar[c] · p[c] = −y[c] / n, and y sums to 1 in each row,
    #
    #     z2_bar[j] = −y[j] / n − p[j] · (−1/n) = (p[j] − y[j]) / n
    #
    # "What the network said, minus what is right": softmax and cross-entropy are made for each
    # other. This form also never divides by p, which may underflow to 0. So libraries use it
    # wherever a cross-entropy follows a softmax, and so does this one.
    assert np.allclose(z2_bar, (p - y) / len(x), rtol=0, atol=1e-12)
    z2_bar = (p - y) / len(x)  # (n, k)

    # Step 3: the output layer, z2 = a w2 + b2. Write out one number of it:
    #
    #     z2[i, c] = Σ_m a[i, m] · w2[m, c] + b2[c]
    #
    # w2[m, c] acts on column c of z2, in every row i, with the factor a[i, m]; b2[c] acts on the
    # same numbers with the factor 1; and a[i, m] acts on row i of z2 with the factors w2[m, c]:
    #
    #     w2_bar[m, c] = Σ_i a[i, m] · z2_bar[i, c]
    #     b2_bar[c]    = Σ_i z2_bar[i, c]
    #     a_bar[i, m]  = Σ_c z2_bar[i, c] · w2[m, c]
    #
    # The first and the last are matrix products. If ever you forget which factor is transposed, and
    # on which side it stands: only one way gives w2_bar the shape of w2.
    w2_bar = a.T @ z2_bar  # (h, n) @ (n, k) = (h, k)
    b2_bar = z2_bar.sum(axis=0)  # (k,)
    a_bar = z2_bar @ params["w2"].T  # (n, k) @ (k, h) = (n, h)

    # Step 4: the activation, a = max(z1, 0). Each number acts on one number: with the factor 1
    # where z1 > 0, since there a = z1, and with the factor 0 where z1 < 0. (At 0 there is a kink,
    # and no derivative; we take 0.) A unit that is off for an example learns nothing from it.
    z1_bar = a_bar * (z1 > 0)  # (n, h)

    # Step 5: the hidden layer, z1 = x w1 + b1. It is step 3 again, with other names.
    w1_bar = x.T @ z1_bar  # (d, n) @ (n, h) = (d, h)
    b1_bar = z1_bar.sum(axis=0)  # (h,)
    x_bar = z1_bar @ params["w1"].T  # (n, h) @ (h, d) = (n, d)

    # To train, nobody needs x_bar. But if x were the output of another layer, that one would go on
    # from it: a network of any depth is steps 3 and 4, repeated.
    return {"w1": w1_bar, "b1": b1_bar, "w2": w2_bar, "b2": b2_bar, "x": x_bar}


# Is it right?
# ------------
# Three other ways to the same numbers.
#
# Finite differences follow from what a derivative is. Change one number by a small step, up and
# down, and see by how much the loss changes:
#
#     ∂loss / ∂v[i, j] ≈ (loss with v[i, j] + ε  −  loss with v[i, j] − ε) / 2ε
#
# They know nothing of the chain rule, so they cannot share a mistake with us. But they are inexact,
# and take two forward passes for each number: for the network in examples/mnist.py that would be
# more than a million, for one single gradient. The backward pass costs about as much as two.


def by_finite_differences(params, x, y, step=1e-5):
    """Return the same gradients as `backward`, approximately."""
    arrays = {name: array.copy() for name, array in {**params, "x": x}.items()}
    gradients = {name: np.zeros_like(array) for name, array in arrays.items()}
    for name, array in arrays.items():
        for index in np.ndindex(array.shape):
            value = array[index]
            array[index] = value + step
            above, _ = forward(arrays, arrays["x"], y)
            array[index] = value - step
            below, _ = forward(arrays, arrays["x"], y)
            array[index] = value
            gradients[name][index] = (above - below) / (2 * step)
    return gradients


# The engine is given the forward pass and nothing else. While `forward` runs, it records each NumPy
# call. Then it goes through the recording backwards, with one rule for each call: for `@` it is
# step 3, for np.maximum step 4, for np.log the 1/u of step 1.


def by_the_engine(params, x, y):
    """Return the same gradients, from `tinygrad_np.grad`."""

    def loss(params, x):
        return forward(params, x, y)[0]

    params_bar, x_bar = tg.grad(loss, argnums=(0, 1))(params, x)
    return {**params_bar, "x": x_bar}


# Layers are the steps as objects: `forward` computes an output, `backward` takes the gradient of
# that output, keeps those of the layer's parameters and returns that of its input. The loop in the
# middle is backpropagation.


def by_layers(params, x, y):
    """Return the same gradients, from the layers' `backward`."""
    hidden, output = nn.Dense(FEATURES, HIDDEN), nn.Dense(HIDDEN, CLASSES)
    hidden.weights, hidden.bias = params["w1"], params["b1"]
    output.weights, output.bias = params["w2"], params["b2"]
    layers = [hidden, nn.ReLU(), output, nn.Softmax()]

    out = x
    for layer in layers:
        out = layer.forward(out)
    gradient = nn.categorical_crossentropy_derivative(y, out)  # step 1
    for layer in reversed(layers):  # steps 2, 3, 4, 5
        gradient = layer.backward(gradient)

    return {
        "w1": hidden.grads.weights, "b1": hidden.grads.bias,
        "w2": output.grads.weights, "b2": output.grads.bias,
        "x": gradient,
    }  # fmt: skip


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EXAMPLES, FEATURES))
    y = data.one_hot(rng.integers(CLASSES, size=EXAMPLES), CLASSES, dtype=np.float64)
    params = {
        "w1": rng.normal(size=(FEATURES, HIDDEN)),
        "b1": rng.normal(size=HIDDEN),
        "w2": rng.normal(size=(HIDDEN, CLASSES)),
        "b2": rng.normal(size=CLASSES),
    }

    loss, values = forward(params, x, y)
    by_hand = backward(params, x, y, values)
    # Beside each way: how far from ours its numbers may lie, by rounding and by the error of ε.
    others = {
        "finite differences": (by_finite_differences(params, x, y), 1e-8),
        "engine": (by_the_engine(params, x, y), 1e-12),
        "layers": (by_layers(params, x, y), 1e-12),
    }

    print("Gradients by hand, and their largest difference from those by\n")
    print(f"{'':6}  shape  largest", *(f"{way:>20}" for way in others))
    for name, gradient in by_hand.items():
        print(f"{name + '_bar':6}{gradient.shape!s:>8}{abs(gradient).max():8.3f} ", end="")
        for way, (gradients, tolerance) in others.items():
            difference = abs(gradient - gradients[name]).max()
            print(f"{difference:21.1e}", end="")
            if not difference <= tolerance:
                raise SystemExit(f"\n{name}_bar is not what it is by {way}")
        print()

    # What it is for: take a step against the gradient, and the loss falls. Again, and again.
    print("\nDown the gradient, by hand:\n")
    for step in range(101):
        loss, values = forward(params, x, y)
        if step % 20 == 0:
            print(f"step {step:3}   loss {loss:.4f}")
        gradients = backward(params, x, y, values)
        params = {name: params[name] - 0.5 * gradients[name] for name in params}


if __name__ == "__main__":
    main()
