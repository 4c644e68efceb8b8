"""Three hundred programs as people write them with NumPy, each with inputs where it is smooth.

They stand as in lecture notes, answers to questions, cookbooks and scripts, and were written down
before any of them was tried: `test_user_programs.py` says which are refused. Arguments that are
floats or arrays of floats are those to differentiate by.
"""

# People's own names and habits are the point of this file.
# ruff: noqa: B007, E741, NPY002, PIE808, RUF059

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
RNG = np.random.default_rng(2024)


def example(*inputs: Any) -> Any:
    """Register a program with the inputs at which it is tried."""

    def register(function: Any) -> Any:
        PROGRAMS.append((function, inputs))
        return function

    return register


def normal(*shape: int, scale: float = 1.0) -> Any:
    return scale * RNG.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Any:
    return RNG.uniform(low, high, size=shape)


# Machine learning from scratch


@example(normal(4, 3))
def softmax_rows(z):
    """Machine learning: row-wise softmax."""
    z = z - np.max(z, axis=1, keepdims=True)
    exp_z = np.exp(z)
    return exp_z / np.sum(exp_z, axis=1, keepdims=True)


@example(normal(4, 3), np.array([0, 2, 1, 1]))
def softmax_loss(scores, y):
    """Machine learning: softmax loss of a classifier (CS231n)."""
    num_train = scores.shape[0]
    scores = scores - np.max(scores, axis=1, keepdims=True)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(num_train), y])
    return np.sum(correct_logprobs) / num_train


@example(normal(3, 4), normal(5, 3), np.array([0, 3, 1, 2, 2]))
def svm_loss_naive(W, X, y, reg=0.05):
    """Machine learning: multiclass SVM loss with loops (CS231n)."""
    num_train = X.shape[0]
    num_classes = W.shape[1]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
    loss /= num_train
    loss += reg * np.sum(W * W)
    return loss


@example(normal(3, 4), normal(5, 3), np.array([0, 3, 1, 2, 2]))
def svm_loss_vectorized(W, X, y, reg=0.05):
    """Machine learning: multiclass SVM loss, vectorised (CS231n)."""
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    return np.sum(margins) / num_train + reg * np.sum(W * W)


@example(normal(6, 2), normal(2), 0.3, np.array([0, 1, 1, 0, 1, 0]))
def logistic_regression_cost(X, w, b, y):
    """Machine learning: cost of logistic regression."""
    m = X.shape[0]
    z = np.dot(X, w) + b
    a = 1 / (1 + np.exp(-z))
    return -1 / m * np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


@example(normal(5, 3), normal(5), normal(3))
def linear_regression_gradient_descent(X, y, theta, alpha=0.1, iterations=20):
    """Machine learning: gradient descent for linear regression."""
    m = len(y)
    for _ in range(iterations):
        error = X.dot(theta) - y
        theta = theta - alpha / m * X.T.dot(error)
    return theta


@example(normal(8, 3), normal(8), 0.7)
def ridge_regression(X, y, lam):
    """Machine learning: ridge regression in closed form."""
    n_features = X.shape[1]
    return np.linalg.inv(X.T @ X + lam * np.eye(n_features)) @ X.T @ y


@example(normal(8, 3), normal(8), 0.2)
def lasso_coordinate_descent(X, y, lam):
    """Machine learning: lasso by coordinate descent."""
    n, p = X.shape
    beta = np.zeros(p)
    for _ in range(10):
        for j in range(p):
            residual = y - X @ beta + X[:, j] * beta[j]
            rho = X[:, j] @ residual / n
            norm = (X[:, j] ** 2).sum() / n
            beta[j] = np.sign(rho) * max(abs(rho) - lam, 0.0) / norm
    return beta


@example(normal(4, 3), normal(3, 5), normal(5), normal(5, 2), normal(2))
def two_layer_net(x, W1, b1, W2, b2):
    """Machine learning: forward pass of a two-layer network."""
    h = np.maximum(0, x.dot(W1) + b1)
    return h.dot(W2) + b2


@example(normal(10, 4), normal(4, 6), normal(6, 2), normal(10, 2))
def tiny_net_training(x, w1, w2, y):
    """Machine learning: a two-layer network trained by hand (PyTorch's NumPy tutorial)."""
    learning_rate = 1e-3
    for _ in range(5):
        h = x.dot(w1)
        h_relu = np.maximum(h, 0)
        y_pred = h_relu.dot(w2)
        grad_y_pred = 2.0 * (y_pred - y)
        grad_w2 = h_relu.T.dot(grad_y_pred)
        grad_h_relu = grad_y_pred.dot(w2.T)
        grad_h = grad_h_relu.copy()
        grad_h[h < 0] = 0
        grad_w1 = x.T.dot(grad_h)
        w1 = w1 - learning_rate * grad_w1
        w2 = w2 - learning_rate * grad_w2
    return np.square(x.dot(w1).clip(0).dot(w2) - y).sum()


@example(normal(6, 6), normal(3, 3))
def conv2d_loops(image, kernel):
    """Machine learning: 2-D convolution with two loops."""
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return out


@example(normal(2, 2, 5, 5), normal(3, 2, 3, 3), normal(3))
def conv_forward_naive(x, w, b, stride=2, pad=1):
    """Machine learning: naive forward pass of a convolution layer (CS231n)."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x_pad[n, :, hs : hs + HH, ws : ws + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out


@example(normal(2, 3, 6, 6), normal(4, 3, 3, 3))
def conv_im2col(x, w):
    """Machine learning: convolution by im2col."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = H - KH + 1, W - KW + 1
    col = np.zeros((N, C, KH, KW, OH, OW))
    for i in range(KH):
        for j in range(KW):
            col[:, :, i, j, :, :] = x[:, :, i : i + OH, j : j + OW]
    col = col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, -1)
    out = np.dot(col, w.reshape(F, -1).T)
    return out.reshape(N, OH, OW, F).transpose(0, 3, 1, 2)


@example(normal(2, 2, 4, 4))
def max_pool_reshape(x):
    """Machine learning: 2x2 max pooling by reshaping."""
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).max(axis=3).max(axis=4)


@example(normal(2, 2, 4, 4))
def max_pool_naive(x):
    """Machine learning: naive max pooling."""
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // 2, W // 2))
    for i in range(H // 2):
        for j in range(W // 2):
            out[:, :, i, j] = np.max(x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2], axis=(2, 3))
    return out


@example(normal(3, 6, 6))
def average_pool_strided(x):
    """Machine learning: average pooling with a window view."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return windows[:, ::3, ::3].mean(axis=(-1, -2))


@example(normal(6, 3), normal(3), normal(3))
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Machine learning: batch normalisation."""
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta


@example(normal(2, 4, 6), normal(6), normal(6))
def layer_norm(x, g, b, eps=1e-5):
    """Machine learning: layer normalisation (picoGPT)."""
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@example(normal(2, 7))
def gelu(x):
    """Machine learning: GELU."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@example(normal(4, 6), normal(4, 6), normal(4, 6))
def causal_attention(q, k, v):
    """Machine learning: causal self-attention (picoGPT)."""
    mask = (1 - np.tri(q.shape[0])) * -1e10
    scores = q @ k.T / np.sqrt(q.shape[-1]) + mask
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = weights / np.sum(weights, axis=-1, keepdims=True)
    return weights @ v


@example(normal(4, 6), normal(6, 18), normal(6, 6))
def multi_head_attention(x, w_qkv, w_out, n_head=2):
    """Machine learning: multi-head attention with split and hstack (picoGPT)."""
    qkv = x @ w_qkv
    qkv_heads = [np.split(part, n_head, axis=-1) for part in np.split(qkv, 3, axis=-1)]
    out_heads = []
    for q, k, v in zip(*qkv_heads, strict=True):
        scores = q @ k.T / np.sqrt(q.shape[-1])
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        out_heads.append((e / e.sum(axis=-1, keepdims=True)) @ v)
    return np.hstack(out_heads) @ w_out


@example(normal(2, 3, 4, 5), normal(2, 3, 4, 5), normal(2, 3, 4, 5))
def batched_attention(Q, K, V):
    """Machine learning: batched attention by einsum."""
    scores = np.einsum("bhqd,bhkd->bhqk", Q, K) / np.sqrt(Q.shape[-1])
    scores -= scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores)
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.einsum("bhqk,bhkd->bhqd", weights, V)


@example(normal(5, 4))
def add_positional_encoding(embeddings):
    """Machine learning: sinusoidal positional encoding added to embeddings."""
    seq_len, d = embeddings.shape
    pos = np.arange(seq_len)[:, np.newaxis]
    i = np.arange(d)[np.newaxis, :]
    angle = pos / np.power(10000, (2 * (i // 2)) / d)
    pe = np.zeros((seq_len, d))
    pe[:, 0::2] = np.sin(angle[:, 0::2])
    pe[:, 1::2] = np.cos(angle[:, 1::2])
    return embeddings * np.sqrt(d) + pe


@example(normal(4, 6))
def rotary_embedding(x, base=10000):
    """Machine learning: rotary position embedding."""
    n, d = x.shape
    theta = base ** (-np.arange(0, d, 2) / d)
    angles = np.outer(np.arange(n), theta)
    cos, sin = np.cos(angles), np.sin(angles)
    out = np.empty_like(x)
    out[:, ::2] = x[:, ::2] * cos - x[:, 1::2] * sin
    out[:, 1::2] = x[:, ::2] * sin + x[:, 1::2] * cos
    return out


@example(normal(4, 3), normal(5, 3), normal(5, 5), normal(2, 5), normal(5), normal(2))
def rnn_loss(xs, Wxh, Whh, Why, bh, by):
    """Machine learning: loss of a character RNN (min-char-rnn)."""
    hs = {-1: np.zeros(Whh.shape[0])}
    targets = [0, 1, 1, 0]
    loss = 0
    for t in range(len(xs)):
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        y = np.dot(Why, hs[t]) + by
        p = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[targets[t]])
    return loss


@example(normal(3, 5), normal(5, 16), normal(4, 16), normal(16))
def lstm_forward(x, Wx, Wh, b):
    """Machine learning: an LSTM over a sequence."""
    H = Wh.shape[0]
    h = np.zeros(H)
    c = np.zeros(H)
    for t in range(x.shape[0]):
        a = x[t] @ Wx + h @ Wh + b
        i = 1 / (1 + np.exp(-a[:H]))
        f = 1 / (1 + np.exp(-a[H : 2 * H]))
        o = 1 / (1 + np.exp(-a[2 * H : 3 * H]))
        g = np.tanh(a[3 * H :])
        c = f * c + i * g
        h = o * np.tanh(c)
    return h


@example(normal(4, 3), normal(3, 2), normal(2, 2), normal(3, 2), normal(2, 2))
def gru_states(x, W, U, Wc, Uc):
    """Machine learning: a simplified GRU that keeps every state."""
    T = x.shape[0]
    n = U.shape[0]
    states = np.zeros((T + 1, n))
    for t in range(T):
        z = 1.0 / (1.0 + np.exp(-(x[t] @ W + states[t] @ U)))
        candidate = np.tanh(x[t] @ Wc + (z * states[t]) @ Uc)
        states[t + 1] = (1 - z) * states[t] + z * candidate
    return states[1:]


@example(uniform(0.1, 1.0, 4, 4), normal(4, 3), normal(3, 2))
def graph_convolution(A, X, W):
    """Machine learning: a graph-convolution layer."""
    A_hat = A + np.eye(A.shape[0])
    D = np.diag(np.sum(A_hat, axis=1) ** -0.5)
    return np.maximum(D @ A_hat @ D @ X @ W, 0)


@example(normal(6, 3), normal(3), normal(4, 3))
def skipgram_negative_sampling(vocab, center, negatives):
    """Natural language: skip-gram loss with negative samples."""
    pos = 1 / (1 + np.exp(-np.dot(vocab[2], center)))
    neg = 1 / (1 + np.exp(np.dot(negatives, center)))
    return -np.log(pos) - np.sum(np.log(neg))


@example(normal(7, 4), np.array([1, 5, 5, 2]))
def mean_embedding(table, tokens):
    """Natural language: mean of looked-up word vectors, normalised."""
    vec = table[tokens].mean(axis=0)
    return vec / np.linalg.norm(vec)


@example(normal(5), normal(5))
def cosine_similarity(a, b):
    """Natural language: cosine similarity."""
    return np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


@example(normal(5, 3), normal(4, 3))
def cosine_similarity_matrix(A, B):
    """Natural language: pairwise cosine similarities."""
    A_norm = A / np.linalg.norm(A, axis=1, keepdims=True)
    B_norm = B / np.linalg.norm(B, axis=1)[:, None]
    return A_norm.dot(B_norm.T)


@example(uniform(0.5, 5.0, 4, 5))
def tf_idf(counts):
    """Natural language: tf-idf weights from a matrix of soft counts."""
    tf = counts / counts.sum(axis=1, keepdims=True)
    df = np.sum(counts / (1 + counts), axis=0)
    idf = np.log((1 + counts.shape[0]) / (1 + df)) + 1
    weights = tf * idf
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


@example(normal(8, 2), normal(3, 2))
def kmeans_inertia(X, centers):
    """Machine learning: inertia of k-means."""
    distances = np.linalg.norm(X[:, np.newaxis] - centers, axis=2)
    return np.sum(np.min(distances, axis=1) ** 2)


@example(normal(12, 2), normal(3, 2))
def kmeans_step(X, centroids):
    """Machine learning: one step of k-means."""
    distances = ((X[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
    labels = np.argmin(distances, axis=1)
    new = [X[labels == k].mean(axis=0) if np.any(labels == k) else c
           for k, c in enumerate(centroids)]
    return np.array(new)


@example(normal(6, 2), normal(2, 2), np.array([0.4, 0.6]), uniform(0.5, 1.5, 2, 2))
def gmm_log_likelihood(X, means, weights, variances):
    """Machine learning: log-likelihood of a diagonal Gaussian mixture."""
    K = len(weights)
    log_p = np.zeros((X.shape[0], K))
    for k in range(K):
        diff = X - means[k]
        log_det = np.sum(np.log(2 * np.pi * variances[k]))
        log_p[:, k] = np.log(weights[k]) - 0.5 * (log_det + np.sum(diff**2 / variances[k], axis=1))
    m = log_p.max(axis=1)
    return np.sum(m + np.log(np.exp(log_p - m[:, None]).sum(axis=1)))


@example(normal(10), np.array([-1.0, 1.2]), np.array([0.8, 1.1]))
def em_step(x, mu, sigma):
    """Machine learning: a step of expectation-maximisation for two Gaussians."""
    p = np.exp(-0.5 * ((x[:, None] - mu) / sigma) ** 2) / sigma
    r = p / p.sum(axis=1, keepdims=True)
    nk = r.sum(axis=0)
    mu_new = (r * x[:, None]).sum(axis=0) / nk
    sigma_new = np.sqrt((r * (x[:, None] - mu_new) ** 2).sum(axis=0) / nk)
    return np.concatenate([mu_new, sigma_new])


@example(normal(5, 2), normal(4, 2), 0.8, 1.5)
def rbf_kernel(X1, X2, length, sigma_f):
    """Gaussian processes: squared-exponential kernel by the expanded square."""
    sqdist = np.sum(X1**2, 1).reshape(-1, 1) + np.sum(X2**2, 1) - 2 * np.dot(X1, X2.T)
    return sigma_f**2 * np.exp(-0.5 / length**2 * sqdist)


@example(normal(6), normal(6), np.array([0.1, 0.6]), 0.9)
def gp_posterior_mean(X, y, X_star, length):
    """Gaussian processes: posterior mean."""

    def kernel(a, b):
        return np.exp(-0.5 * (a[:, None] - b[None, :]) ** 2 / length**2)

    K = kernel(X, X) + 0.1 * np.eye(len(X))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return kernel(X_star, X) @ alpha


@example(normal(6), normal(6), 0.9, 1.2, 0.3)
def gp_negative_log_likelihood(x, y, length, amplitude, noise):
    """Gaussian processes: negative log marginal likelihood."""
    n = x.shape[0]
    K = amplitude**2 * np.exp(-0.5 * np.subtract.outer(x, x) ** 2 / length**2)
    K = K + noise**2 * np.eye(n)
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(K, y)
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(L))) + 0.5 * n * np.log(2 * np.pi)


@example(normal(6), normal(6), 0.9)
def nadaraya_watson(x, y, h):
    """Machine learning: Nadaraya-Watson regression on a grid."""
    grid = np.linspace(-1, 1, 5)
    w = np.exp(-((grid[:, None] - x[None, :]) ** 2) / (2 * h**2))
    return (w * y).sum(axis=1) / w.sum(axis=1)


@example(normal(8, 3))
def pca_explained_variance(X):
    """Machine learning: explained variance ratios of PCA."""
    X_centered = X - X.mean(axis=0)
    cov = np.cov(X_centered, rowvar=False)
    eigenvalues, _ = np.linalg.eigh(cov)
    eigenvalues = eigenvalues[::-1]
    return eigenvalues / np.sum(eigenvalues)


@example(normal(8, 3))
def pca_reconstruction_error(X):
    """Machine learning: reconstruction error of PCA by the SVD."""
    Xc = X - np.mean(X, axis=0)
    U, S, Vt = np.linalg.svd(Xc, full_matrices=False)
    Xr = Xc @ Vt[:2].T @ Vt[:2]
    return np.mean((Xc - Xr) ** 2)


@example(normal(8, 3))
def zca_whitening(X):
    """Machine learning: ZCA whitening."""
    X = X - X.mean(axis=0)
    sigma = np.dot(X.T, X) / X.shape[0]
    U, S, _ = np.linalg.svd(sigma)
    zca = np.dot(U, np.dot(np.diag(1.0 / np.sqrt(S + 1e-5)), U.T))
    return np.dot(X, zca)


@example(normal(5, 2), normal(6, 2) + 1.5)
def fisher_discriminant(X0, X1):
    """Machine learning: Fisher's linear discriminant."""
    m0, m1 = X0.mean(axis=0), X1.mean(axis=0)
    Sw = (X0 - m0).T.dot(X0 - m0) + (X1 - m1).T.dot(X1 - m1)
    w = np.linalg.inv(Sw).dot(m1 - m0)
    return w / np.sqrt(np.sum(w**2))


@example(normal(5, 3))
def tsne_affinities(X, sigma=1.0):
    """Machine learning: symmetric affinities of t-SNE."""
    n = X.shape[0]
    sum_X = np.sum(np.square(X), 1)
    D = np.add(np.add(-2 * np.dot(X, X.T), sum_X).T, sum_X)
    P = np.exp(-D / (2 * sigma**2))
    P[range(n), range(n)] = 0.0
    P = P / np.sum(P, axis=1, keepdims=True)
    return (P + P.T) / (2 * n)


@example(normal(5, 2), uniform(0.1, 1.0, 5, 5))
def tsne_cost(Y, P):
    """Machine learning: cost of t-SNE."""
    P = P / P.sum()
    num = 1 / (1 + np.sum((Y[:, None] - Y[None]) ** 2, axis=-1))
    np.fill_diagonal(num, 0)
    Q = np.maximum(num / np.sum(num), 1e-12)
    return np.sum(P * np.log(P / Q))


@example(normal(4, 3), normal(4, 3))
def contrastive_loss(z_i, z_j, temperature=0.5):
    """Machine learning: contrastive loss of two views (SimCLR)."""
    z = np.concatenate([z_i, z_j], axis=0)
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    n = len(z)
    sim = z @ z.T / temperature
    mask = ~np.eye(n, dtype=bool)
    positives = np.concatenate([np.diag(sim, n // 2), np.diag(sim, -n // 2)])
    denominator = np.log(np.sum(np.exp(sim) * mask, axis=1))
    return np.mean(denominator - positives)


@example(normal(5), normal(5), normal(5))
def triplet_loss(anchor, positive, negative, margin=40.0):
    """Machine learning: triplet loss."""
    d_pos = np.sum((anchor - positive) ** 2)
    d_neg = np.sum((anchor - negative) ** 2)
    return max(d_pos - d_neg + margin, 0.0)


@example(normal(3, 4), normal(3, 4), uniform(0.1, 0.9, 3, 4), uniform(0.1, 0.9, 3, 4))
def vae_loss(mu, logvar, x, x_hat):
    """Machine learning: loss of a variational autoencoder."""
    bce = -np.sum(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat), axis=1)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar), axis=1)
    return np.mean(bce + kl)


@example(uniform(0.1, 0.9, 6), np.array([0, 1, 1, 0, 1, 0]))
def focal_loss(p, y, gamma=2.0, alpha=0.25):
    """Machine learning: focal loss."""
    p_t = np.where(y == 1, p, 1 - p)
    alpha_t = np.where(y == 1, alpha, 1 - alpha)
    return np.mean(-alpha_t * (1 - p_t) ** gamma * np.log(np.clip(p_t, 1e-7, 1.0)))


@example(uniform(0, 1, 4, 4), np.eye(4))
def dice_loss(pred, target, smooth=1.0):
    """Image segmentation: dice loss."""
    intersection = (pred.flatten() * target.flatten()).sum()
    return 1 - (2.0 * intersection + smooth) / (pred.sum() + target.sum() + smooth)


@example(normal(4), normal(3, 4))
def adam_updates(theta, grads):
    """Machine learning: a few steps of Adam."""
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    lr, beta1, beta2, eps = 0.01, 0.9, 0.999, 1e-8
    for t, g in enumerate(grads, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta


@example(normal(6))
def discounted_returns(rewards, gamma=0.9):
    """Reinforcement learning: discounted and normalised returns (Karpathy's Pong)."""
    discounted = np.zeros_like(rewards)
    running_add = 0
    for t in reversed(range(0, rewards.size)):
        running_add = running_add * gamma + rewards[t]
        discounted[t] = running_add
    discounted -= np.mean(discounted)
    discounted /= np.std(discounted)
    return discounted


@example(normal(5), normal(6))
def generalized_advantage(rewards, values, gamma=0.99, lam=0.95):
    """Reinforcement learning: generalised advantage estimates."""
    deltas = rewards + gamma * values[1:] - values[:-1]
    advantages = []
    gae = 0.0
    for delta in deltas[::-1]:
        gae = delta + gamma * lam * gae
        advantages.insert(0, gae)
    return np.array(advantages)


@example(normal(4, 3), normal(4), np.array([0, 2, 1, 1]))
def policy_gradient_loss(logits, advantages, actions):
    """Reinforcement learning: REINFORCE loss."""
    log_probs = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    chosen = log_probs[np.arange(len(actions)), actions]
    entropy = -np.sum(np.exp(log_probs) * log_probs, axis=1)
    return -np.mean(chosen * advantages) - 0.01 * entropy.mean()


@example(uniform(0.5, 1.5, 6), normal(6))
def ppo_clipped_objective(ratio, adv, eps=0.2):
    """Reinforcement learning: clipped objective of PPO."""
    return np.mean(np.minimum(ratio * adv, np.clip(ratio, 1 - eps, 1 + eps) * adv))


@example(normal(3, 2), uniform(0.1, 1, 2, 3, 3))
def value_iteration(R, P, gamma=0.9):
    """Reinforcement learning: value iteration."""
    P = P / P.sum(axis=2, keepdims=True)
    n_states, n_actions = R.shape
    V = np.zeros(n_states)
    for _ in range(15):
        Q = np.zeros((n_states, n_actions))
        for a in range(n_actions):
            Q[:, a] = R[:, a] + gamma * P[a] @ V
        V = np.max(Q, axis=1)
    return V


@example(np.array([0.6, 0.4]), uniform(0.2, 1, 2, 2), uniform(0.2, 1, 2, 3))
def hmm_forward(pi, A, B, obs=(0, 2, 1, 1, 0)):
    """Machine learning: forward algorithm of a hidden Markov model."""
    T = len(obs)
    N = A.shape[0]
    alpha = np.zeros((T, N))
    alpha[0, :] = pi * B[:, obs[0]]
    for t in range(1, T):
        for j in range(N):
            alpha[t, j] = alpha[t - 1].dot(A[:, j]) * B[j, obs[t]]
    return np.log(alpha[-1].sum())


@example(np.array([0.6, 0.4]), uniform(0.2, 1, 2, 2), uniform(0.2, 1, 2, 3))
def viterbi_score(pi, A, B, obs=(0, 2, 1, 1, 0)):
    """Machine learning: score of the best path of a hidden Markov model."""
    delta = np.log(pi) + np.log(B[:, obs[0]])
    for o in obs[1:]:
        delta = np.max(delta[:, None] + np.log(A), axis=0) + np.log(B[:, o])
    return np.max(delta)


@example(normal(5, 3), normal(3, 3), np.array([0, 1, 2, 2, 0]))
def crf_negative_log_likelihood(emissions, transitions, tags):
    """Natural language: negative log-likelihood of a linear-chain CRF."""
    score = emissions[np.arange(len(tags)), tags].sum() + transitions[tags[:-1], tags[1:]].sum()
    alpha = emissions[0]
    for e in emissions[1:]:
        m = alpha[:, None] + transitions + e[None, :]
        alpha = np.logaddexp.reduce(m, axis=0)
    return np.logaddexp.reduce(alpha) - score


@example(normal(6), normal(3, 6))
def modern_hopfield_update(state, patterns, beta=2.0):
    """Machine learning: update of a continuous Hopfield network."""
    for _ in range(3):
        logits = beta * patterns @ state
        p = np.exp(logits - np.max(logits))
        p /= p.sum()
        state = patterns.T @ p
    return state


@example(normal(5), normal(5))
def swish_gated(x, gate):
    """Machine learning: gated swish."""
    return x * gate / (1 + np.exp(-gate))


@example(normal(8))
def elu_and_leaky(x, alpha=1.0):
    """Machine learning: ELU plus leaky ReLU by masks."""
    elu = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    leaky = x.copy()
    leaky[x < 0] *= 0.01
    return elu + leaky


@example(normal(4, 5), np.array([0, 3, 1, 4]))
def label_smoothing(logits, labels, eps=0.1):
    """Machine learning: cross-entropy with smoothed labels."""
    n, k = logits.shape
    one_hot = np.eye(k)[labels]
    smooth = one_hot * (1 - eps) + eps / k
    logp = logits - logits.max(1, keepdims=True)
    logp = logp - np.log(np.exp(logp).sum(1, keepdims=True))
    return -(smooth * logp).sum(1).mean()


@example(normal(5, 4))
def dropout_forward(x, p=0.5):
    """Machine learning: inverted dropout with a fixed seed."""
    rng = np.random.RandomState(0)
    mask = (rng.rand(*x.shape) < p) / p
    return x * mask


@example(np.array([0.2, 0.9, 0.4, 0.7, 0.1]), np.array([0, 1, 0, 1, 1]))
def soft_auc(scores, labels):
    """Machine learning: a smooth area under the ROC curve."""
    pos = scores[labels == 1]
    neg = scores[labels == 0]
    diff = pos[:, np.newaxis] - neg[np.newaxis, :]
    return np.mean(1 / (1 + np.exp(-10 * diff)))


@example(normal(6, 3), normal(3), 0.1)
def perceptron_margin(X, w, b):
    """Machine learning: smallest margin of a separating plane."""
    y = np.array([1, -1, 1, 1, -1, -1])
    return np.min(y * (X @ w + b)) / np.linalg.norm(w)


@example(normal(4, 2), normal(5, 2), uniform(1, 5, 4, 5))
def matrix_factorization_loss(P, Q, R):
    """Recommender systems: squared error over observed ratings."""
    observed = [(0, 1), (1, 3), (2, 0), (3, 4), (0, 4)]
    e = 0
    for i, j in observed:
        e += (R[i, j] - np.dot(P[i, :], Q[j, :])) ** 2
        for k in range(P.shape[1]):
            e += 0.02 / 2 * (P[i, k] ** 2 + Q[j, k] ** 2)
    return e


@example(normal(6, 4))
def gram_style_loss(features):
    """Image style transfer: Gram matrix of features."""
    c, n = features.shape
    gram = features @ features.T / (c * n)
    return np.sum((gram - np.eye(c)) ** 2)


# Statistics


@example(normal(6, 3))
def standardize(X):
    """Statistics: z-scores."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


@example(normal(7), normal(7))
def pearson_r(x, y):
    """Statistics: Pearson's correlation."""
    xm = x - x.mean()
    ym = y - y.mean()
    return np.sum(xm * ym) / np.sqrt(np.sum(xm**2) * np.sum(ym**2))


@example(normal(7), normal(7))
def corrcoef_entry(x, y):
    """Statistics: correlation from corrcoef."""
    return np.corrcoef(x, y)[0, 1]


@example(normal(8))
def skewness(x):
    """Statistics: sample skewness."""
    n = len(x)
    m = np.mean(x)
    m3 = np.sum((x - m) ** 3) / n
    return m3 / np.std(x) ** 3


@example(normal(8))
def excess_kurtosis(x):
    """Statistics: excess kurtosis."""
    d = x - x.mean()
    return (d**4).mean() / (d**2).mean() ** 2 - 3


@example(normal(12))
def autocorrelation(x):
    """Statistics: autocorrelation by correlate."""
    x = x - x.mean()
    result = np.correlate(x, x, mode="full")
    acf = result[result.size // 2 :]
    return acf / acf[0]


@example(normal(10))
def acf_lags(x):
    """Statistics: autocorrelations at the first lags."""
    mean, var = np.mean(x), np.var(x)
    return np.array([np.mean((x[k:] - mean) * (x[: len(x) - k] - mean)) / var for k in range(1, 4)])


@example(normal(6), uniform(0.1, 1.0, 6))
def weighted_std(values, weights):
    """Statistics: weighted standard deviation (a well-known answer)."""
    average = np.average(values, weights=weights)
    variance = np.average((values - average) ** 2, weights=weights)
    return math.sqrt(variance)


@example(normal(6), 0.5)
def kde(data, bandwidth):
    """Statistics: kernel density estimate on a grid."""
    grid = np.linspace(-2, 2, 9)
    density = np.zeros_like(grid)
    for xi in data:
        density += np.exp(-0.5 * ((grid - xi) / bandwidth) ** 2)
    return density / (len(data) * bandwidth * np.sqrt(2 * np.pi))


@example(normal(4, 3), normal(3), np.eye(3) + 0.2)
def mvn_log_pdf(x, mu, cov):
    """Statistics: multivariate normal log-density."""
    d = mu.shape[0]
    diff = x - mu
    _, logdet = np.linalg.slogdet(cov)
    maha = np.einsum("ij,jk,ik->i", diff, np.linalg.inv(cov), diff)
    return -0.5 * (d * np.log(2 * np.pi) + logdet + maha)


@example(uniform(1, 10, 7))
def gini(x):
    """Economics: Gini coefficient (a well-known answer)."""
    sorted_x = np.sort(x)
    n = len(x)
    cumx = np.cumsum(sorted_x)
    return (n + 1 - 2 * np.sum(cumx) / cumx[-1]) / n


@example(uniform(1, 10, 6))
def gini_pairwise(x):
    """Economics: Gini coefficient by absolute differences."""
    mad = np.abs(np.subtract.outer(x, x)).mean()
    rmad = mad / np.mean(x)
    return 0.5 * rmad


@example(uniform(0.1, 1, 5))
def shannon_entropy(p):
    """Information theory: entropy in bits."""
    p = p / p.sum()
    return -np.sum(p * np.log2(p))


@example(uniform(0.1, 1, 5), uniform(0.1, 1, 5))
def js_divergence(p, q):
    """Information theory: Jensen-Shannon divergence."""
    p /= p.sum()
    q /= q.sum()
    m = (p + q) / 2
    return (np.sum(p * np.log(p / m)) + np.sum(q * np.log(q / m))) / 2


@example(uniform(0.1, 1, 3, 4))
def mutual_information(joint):
    """Information theory: mutual information of a joint table."""
    pxy = joint / np.sum(joint)
    px = np.sum(pxy, axis=1)
    py = np.sum(pxy, axis=0)
    px_py = px[:, None] * py[None, :]
    nzs = pxy > 0
    return np.sum(pxy[nzs] * np.log(pxy[nzs] / px_py[nzs]))


@example(normal(9))
def bootstrap_mean_std(x):
    """Statistics: bootstrap standard error with a fixed seed."""
    rng = np.random.default_rng(1)
    means = np.empty(20)
    for i in range(20):
        sample = rng.choice(x, size=len(x), replace=True)
        means[i] = sample.mean()
    return means.std(ddof=1)


@example(normal(9))
def bootstrap_by_index(x):
    """Statistics: bootstrap of the mean by random indices."""
    np.random.seed(0)
    idx = np.random.randint(0, len(x), size=(30, len(x)))
    return np.std(x[idx].mean(axis=1))


@example(normal(9))
def interquartile_range(x):
    """Statistics: interquartile range."""
    q75, q25 = np.percentile(x, [75, 25])
    return q75 - q25


@example(normal(9))
def median_absolute_deviation(x):
    """Statistics: median absolute deviation."""
    med = np.median(x)
    return 1.4826 * np.median(np.abs(x - med))


@example(normal(6), normal(6))
def theil_sen_slope(x, y):
    """Statistics: Theil-Sen slope."""
    i, j = np.triu_indices(len(x), k=1)
    slopes = (y[j] - y[i]) / (x[j] - x[i])
    return np.median(slopes)


@example(normal(8), normal(8))
def ols_with_intercept(x, y):
    """Statistics: least squares with np.linalg.lstsq (the manual's example)."""
    A = np.vstack([x, np.ones(len(x))]).T
    m, c = np.linalg.lstsq(A, y, rcond=None)[0]
    return m + c


@example(normal(8, 2), normal(8))
def ols_standard_errors(X, y):
    """Statistics: standard errors of least squares."""
    X = np.column_stack((np.ones(len(X)), X))
    beta = np.linalg.solve(X.T @ X, X.T @ y)
    residuals = y - X @ beta
    s2 = residuals @ residuals / (len(y) - X.shape[1])
    return np.sqrt(np.diagonal(s2 * np.linalg.inv(X.T @ X)))


@example(normal(8, 2), normal(8))
def r_squared(X, y):
    """Statistics: coefficient of determination."""
    X = np.c_[np.ones(X.shape[0]), X]
    y_hat = X @ np.linalg.pinv(X) @ y
    ss_res = ((y - y_hat) ** 2).sum()
    ss_tot = ((y - y.mean()) ** 2).sum()
    return 1 - ss_res / ss_tot


@example(normal(6), normal(8))
def welch_t(a, b):
    """Statistics: Welch's t statistic."""
    va, vb = a.var(ddof=1), b.var(ddof=1)
    return (a.mean() - b.mean()) / np.sqrt(va / len(a) + vb / len(b))


@example(normal(4), normal(5), normal(6))
def anova_f(a, b, c):
    """Statistics: F statistic of one-way ANOVA."""
    groups = [a, b, c]
    everything = np.concatenate(groups)
    grand = everything.mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / (len(groups) - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (len(everything) - len(groups))
    return between / within


@example(uniform(5, 20, 3, 3))
def chi_square(observed):
    """Statistics: chi-square of a contingency table."""
    row = observed.sum(axis=1)
    col = observed.sum(axis=0)
    expected = np.outer(row, col) / observed.sum()
    return ((observed - expected) ** 2 / expected).sum()


@example(normal(6), normal(6))
def wasserstein_1d(u, v):
    """Statistics: Wasserstein distance of two samples."""
    return np.mean(np.abs(np.sort(u) - np.sort(v)))


@example(np.sort(uniform(0, 1, 8)), normal(8))
def lowess(x, y, f=0.6):
    """Statistics: locally weighted regression."""
    n = len(x)
    r = int(np.ceil(f * n))
    h = [np.sort(np.abs(x - x[i]))[r - 1] * 1.1 for i in range(n)]
    w = np.clip(np.abs((x[:, None] - x[None, :]) / h), 0.0, 1.0)
    w = (1 - w**3) ** 3
    yest = np.zeros(n)
    for i in range(n):
        weights = w[:, i]
        b = np.array([np.sum(weights * y), np.sum(weights * y * x)])
        A = np.array([[np.sum(weights), np.sum(weights * x)],
                      [np.sum(weights * x), np.sum(weights * x * x)]])
        beta = np.linalg.solve(A, b)
        yest[i] = beta[0] + beta[1] * x[i]
    return yest


@example(uniform(0.5, 4, 6), 0.4)
def box_cox_log_likelihood(x, lmbda):
    """Statistics: log-likelihood of the Box-Cox transform."""
    y = np.log(x) if lmbda == 0 else (x**lmbda - 1) / lmbda
    n = len(x)
    return (lmbda - 1) * np.sum(np.log(x)) - n / 2 * np.log(np.var(y))


@example(normal(8))
def huber_loss(r, delta=0.8):
    """Statistics: Huber loss."""
    small = np.abs(r) <= delta
    return np.sum(np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


@example(normal(10))
def trimmed_mean(x, cut=0.2):
    """Statistics: trimmed mean."""
    n = int(cut * len(x))
    s = np.sort(x)
    return s[n:-n].mean()


@example(normal(10))
def moving_average(x, w=3):
    """Statistics: moving average by the cumulative sum (a well-known answer)."""
    ret = np.cumsum(x, dtype=float)
    ret[w:] = ret[w:] - ret[:-w]
    return ret[w - 1 :] / w


@example(normal(8), 0.3)
def ewma(x, alpha):
    """Statistics: exponentially weighted moving average."""
    out = np.zeros(len(x))
    out[0] = x[0]
    for t in range(1, len(x)):
        out[t] = alpha * x[t] + (1 - alpha) * out[t - 1]
    return out


@example(normal(8, 3), 0.4)
def shrinkage_covariance(X, delta):
    """Statistics: shrunk covariance matrix."""
    S = np.cov(X, rowvar=False)
    F = np.eye(S.shape[0]) * np.trace(S) / S.shape[0]
    return delta * F + (1 - delta) * S


@example(normal(6), normal(6))
def distance_correlation(x, y):
    """Statistics: distance correlation."""
    a = np.abs(x[:, None] - x[None, :]) + 1e-3
    b = np.abs(y[:, None] - y[None, :]) + 1e-3
    A = a - a.mean(axis=0)[None, :] - a.mean(axis=1)[:, None] + a.mean()
    B = b - b.mean(axis=0)[None, :] - b.mean(axis=1)[:, None] + b.mean()
    dcov2 = (A * B).sum() / len(x) ** 2
    return np.sqrt(dcov2) / (np.sqrt((A * A).mean()) * np.sqrt((B * B).mean())) ** 0.5


@example(normal(5, 2), normal(4, 2))
def maximum_mean_discrepancy(X, Y, gamma=0.7):
    """Statistics: maximum mean discrepancy."""

    def k(A, B):
        return np.exp(-gamma * ((A[:, None, :] - B[None, :, :]) ** 2).sum(-1))

    return k(X, X).mean() + k(Y, Y).mean() - 2 * k(X, Y).mean()


@example(normal(7, 3))
def partial_correlation(X):
    """Statistics: partial correlations from the precision matrix."""
    precision = np.linalg.inv(np.cov(X, rowvar=False))
    d = np.sqrt(np.diag(precision))
    pcorr = -precision / np.outer(d, d)
    np.fill_diagonal(pcorr, 1)
    return pcorr


@example(uniform(0.2, 2, 8), 1.5, 0.8)
def weibull_log_likelihood(x, shape, scale):
    """Reliability: Weibull log-likelihood."""
    z = x / scale
    return np.sum(np.log(shape / scale) + (shape - 1) * np.log(z) - z**shape)


@example(normal(3), uniform(0, 2, 6))
def poisson_regression(beta, x):
    """Statistics: negative log-likelihood of a Poisson regression."""
    y = np.array([0, 1, 3, 2, 4, 1])
    X = np.vander(x, 3)
    eta = X @ beta
    return np.sum(np.exp(eta) - y * eta)


@example(normal(5, 4))
def geometric_median_weiszfeld(points):
    """Statistics: geometric median by Weiszfeld's iteration."""
    m = np.mean(points, axis=0)
    for _ in range(10):
        d = np.linalg.norm(points - m, axis=1)
        w = 1 / d
        m = np.sum(points * w[:, None], axis=0) / np.sum(w)
    return m


# Physics


@example(0.5, 0.1, 9.81, 1.0)
def pendulum_rk4(theta0, omega0, g, L):
    """Physics: pendulum by the Runge-Kutta method."""

    def f(state):
        theta, omega = state
        return np.array([omega, -g / L * np.sin(theta)])

    y = np.array([theta0, omega0])
    dt = 0.05
    for _ in range(20):
        k1 = f(y)
        k2 = f(y + 0.5 * dt * k1)
        k3 = f(y + 0.5 * dt * k2)
        k4 = f(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@example(0.5, 9.81, 1.3)
def pendulum_euler_cromer(theta0, g, L):
    """Physics: pendulum by Euler-Cromer with preallocated arrays."""
    n = 40
    dt = 0.02
    theta = np.zeros(n)
    omega = np.zeros(n)
    theta[0] = theta0
    for i in range(n - 1):
        omega[i + 1] = omega[i] - g / L * np.sin(theta[i]) * dt
        theta[i + 1] = theta[i] + omega[i + 1] * dt
    return theta


@example(np.array([1.0, 0.3, 1.5, -0.2]), 1.1, 0.9)
def double_pendulum_derivs(state, L1, L2):
    """Physics: derivatives of a double pendulum (Matplotlib's animation example)."""
    G, M1, M2 = 9.8, 1.0, 1.0
    dydx = np.zeros_like(state)
    dydx[0] = state[1]
    delta = state[2] - state[0]
    den1 = (M1 + M2) * L1 - M2 * L1 * np.cos(delta) * np.cos(delta)
    dydx[1] = (M2 * L1 * state[1] * state[1] * np.sin(delta) * np.cos(delta)
               + M2 * G * np.sin(state[2]) * np.cos(delta)
               + M2 * L2 * state[3] * state[3] * np.sin(delta)
               - (M1 + M2) * G * np.sin(state[0])) / den1
    dydx[2] = state[3]
    den2 = (L2 / L1) * den1
    dydx[3] = (-M2 * L2 * state[3] * state[3] * np.sin(delta) * np.cos(delta)
               + (M1 + M2) * G * np.sin(state[0]) * np.cos(delta)
               - (M1 + M2) * L1 * state[1] * state[1] * np.sin(delta)
               - (M1 + M2) * G * np.sin(state[2])) / den2
    return dydx


@example(np.array([1.0, 1.1, 0.9]), 10.0, 28.0, 8 / 3)
def lorenz_trajectory(xyz, s, r, b):
    """Physics: the Lorenz attractor (Matplotlib's example)."""

    def lorenz(xyz):
        x, y, z = xyz
        x_dot = s * (y - x)
        y_dot = r * x - y - x * z
        z_dot = x * y - b * z
        return np.array([x_dot, y_dot, z_dot])

    dt = 0.01
    num_steps = 25
    xyzs = np.empty((num_steps + 1, 3))
    xyzs[0] = xyz
    for i in range(num_steps):
        xyzs[i + 1] = xyzs[i] + lorenz(xyzs[i]) * dt
    return xyzs[-1]


@example(normal(5, 3, scale=2.0))
def lennard_jones_energy(positions, epsilon=1.0, sigma=1.0):
    """Molecular dynamics: Lennard-Jones energy with loops."""
    n = len(positions)
    energy = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            r = np.linalg.norm(positions[i] - positions[j])
            sr6 = (sigma / r) ** 6
            energy += 4 * epsilon * (sr6**2 - sr6)
    return energy


@example(normal(5, 3, scale=2.0))
def lennard_jones_forces(pos):
    """Molecular dynamics: Lennard-Jones forces by broadcasting."""
    rij = pos[:, None, :] - pos[None, :, :]
    r2 = np.sum(rij**2, axis=-1)
    np.fill_diagonal(r2, np.inf)
    inv6 = 1.0 / r2**3
    f = 24 * (2 * inv6**2 - inv6) / r2
    return np.sum(f[:, :, None] * rij, axis=1)


@example(normal(4, 3), normal(4, 3, scale=0.3), uniform(0.5, 2, 4, 1))
def nbody_leapfrog(pos, vel, mass):
    """Astrophysics: an n-body leapfrog (a well-known Python tutorial)."""

    def get_acc(pos):
        x, y, z = pos[:, 0:1], pos[:, 1:2], pos[:, 2:3]
        dx, dy, dz = x.T - x, y.T - y, z.T - z
        inv_r3 = dx**2 + dy**2 + dz**2 + 0.1**2
        inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
        ax = (dx * inv_r3) @ mass
        ay = (dy * inv_r3) @ mass
        az = (dz * inv_r3) @ mass
        return np.hstack((ax, ay, az))

    dt = 0.01
    pos, vel = pos.copy(), vel.copy()
    acc = get_acc(pos)
    for _ in range(4):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc = get_acc(pos)
        vel += acc * dt / 2.0
    return pos


@example(normal(4, 3), normal(4, 3), uniform(0.5, 2, 4))
def nbody_energy(pos, vel, m):
    """Astrophysics: kinetic and potential energy of n bodies."""
    kinetic = 0.5 * np.sum(m[:, None] * vel**2)
    potential = 0
    for i in range(len(m)):
        for j in range(i):
            potential -= m[i] * m[j] / np.sqrt(np.sum((pos[i] - pos[j]) ** 2))
    return kinetic + potential


@example(normal(10), 0.3)
def heat_equation_explicit(u0, alpha):
    """Physics: explicit scheme for the heat equation."""
    u = u0.copy()
    dx, dt = 0.5, 0.1
    for _ in range(15):
        un = u.copy()
        u[1:-1] = un[1:-1] + alpha * dt / dx**2 * (un[2:] - 2 * un[1:-1] + un[:-2])
    return u


@example(normal(6), 0.4)
def heat_equation_history(u0, r):
    """Physics: the heat equation with loops over time and space."""
    nt, nx = 8, len(u0)
    U = np.zeros((nt, nx))
    U[0, :] = u0
    for n in range(0, nt - 1):
        for i in range(1, nx - 1):
            U[n + 1, i] = U[n, i] + r * (U[n, i - 1] - 2 * U[n, i] + U[n, i + 1])
    return U


@example(normal(8), 0.5)
def crank_nicolson(u, r):
    """Physics: Crank-Nicolson for the heat equation."""
    n = len(u)
    off = np.ones(n - 1)
    A = np.diag((2 + 2 * r) * np.ones(n)) - r * np.diag(off, 1) - r * np.diag(off, -1)
    B = np.diag((2 - 2 * r) * np.ones(n)) + r * np.diag(off, 1) + r * np.diag(off, -1)
    for _ in range(5):
        u = np.linalg.solve(A, B.dot(u))
    return u


@example(normal(12), 0.8)
def wave_equation(u0, c):
    """Physics: leapfrog for the wave equation."""
    dx, dt = 0.1, 0.05
    C2 = (c * dt / dx) ** 2
    u_prev = u0
    u = u0.copy()
    u[1:-1] = u0[1:-1] + 0.5 * C2 * (u0[2:] - 2 * u0[1:-1] + u0[:-2])
    for _ in range(10):
        u_next = np.zeros_like(u)
        u_next[1:-1] = 2 * u[1:-1] - u_prev[1:-1] + C2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u_prev, u = u, u_next
    return u


@example(uniform(0.5, 2, 10), 0.1)
def burgers(u, nu):
    """Fluid dynamics: Burgers' equation with periodic ends."""
    dx, dt = 0.2, 0.01
    for _ in range(10):
        u_x = (u - np.roll(u, 1)) / dx
        u_xx = (np.roll(u, -1) - 2 * u + np.roll(u, 1)) / dx**2
        u = u - dt * u * u_x + dt * nu * u_xx
    return u


@example(uniform(0, 1, 8), 0.7)
def upwind_advection(u, c):
    """Fluid dynamics: upwind advection (12 steps to Navier-Stokes)."""
    nx, nt = len(u), 6
    dx, dt = 0.1, 0.05
    for _ in range(nt):
        un = u.copy()
        for i in range(1, nx):
            u[i] = un[i] - c * dt / dx * (un[i] - un[i - 1])
    return u


@example(normal(6, 6), normal(6, 6))
def poisson_2d(p, b):
    """Fluid dynamics: Jacobi sweeps for the pressure Poisson equation."""
    dx = dy = 0.1
    for _ in range(6):
        pn = p.copy()
        p[1:-1, 1:-1] = ((pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2
                         + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
                         - b[1:-1, 1:-1] * dx**2 * dy**2) / (2 * (dx**2 + dy**2))
        p[:, -1] = 0
        p[0, :] = p[1, :]
    return p


@example(uniform(0.8, 1.2, 9, 4, 4))
def lattice_boltzmann_step(f):
    """Fluid dynamics: one step of a D2Q9 lattice-Boltzmann scheme."""
    cx = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
    cy = np.array([0, 0, 1, 0, -1, 1, 1, -1, -1])
    w = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
    rho = np.sum(f, axis=0)
    ux = np.tensordot(cx, f, axes=1) / rho
    uy = np.tensordot(cy, f, axes=1) / rho
    feq = np.zeros(f.shape)
    for i in range(9):
        cu = cx[i] * ux + cy[i] * uy
        feq[i] = w[i] * rho * (1 + 3 * cu + 4.5 * cu**2 - 1.5 * (ux**2 + uy**2))
    f = f - (f - feq) / 0.6
    for i in range(9):
        f[i] = np.roll(np.roll(f[i], cx[i], axis=0), cy[i], axis=1)
    return f


@example(uniform(0.4, 0.6, 6, 6), uniform(0.1, 0.3, 6, 6), 0.055, 0.062)
def gray_scott(U, V, F, k):
    """Physics: Gray-Scott reaction and diffusion."""

    def laplacian(Z):
        return (np.roll(Z, 1, 0) + np.roll(Z, -1, 0) + np.roll(Z, 1, 1) + np.roll(Z, -1, 1)
                - 4 * Z)

    for _ in range(5):
        uvv = U * V**2
        U = U + 0.16 * laplacian(U) - uvv + F * (1 - U)
        V = V + 0.08 * laplacian(V) + uvv - (F + k) * V
    return np.stack([U, V])


@example(uniform(0, 2, 8))
def schrodinger_levels(V):
    """Quantum mechanics: energy levels by finite differences."""
    n = len(V)
    dx = 0.5
    H = np.zeros((n, n))
    for i in range(n):
        H[i, i] = 1 / dx**2 + V[i]
        if i > 0:
            H[i, i - 1] = -0.5 / dx**2
        if i < n - 1:
            H[i, i + 1] = -0.5 / dx**2
    return np.linalg.eigvalsh(H)[:4]


@example(uniform(0, 2, 8))
def ground_state_density(V):
    """Quantum mechanics: density of the ground state."""
    n = V.size
    T = -0.5 * (np.diag(np.ones(n - 1), -1) - 2 * np.eye(n) + np.diag(np.ones(n - 1), 1))
    E, psi = np.linalg.eigh(T + np.diag(V))
    density = psi[:, 0] ** 2
    return density / np.trapezoid(density, dx=0.5)


@example(0.7, 0.4)
def qubit_expectation(theta, phi):
    """Quantum mechanics: expectation of Pauli Y on the Bloch sphere."""
    psi = np.array([np.cos(theta / 2), np.exp(1j * phi) * np.sin(theta / 2)])
    sigma_y = np.array([[0, -1j], [1j, 0]])
    return np.real(np.conj(psi) @ sigma_y @ psi)


@example(0.3, 0.8)
def two_qubit_circuit(a, b):
    """Quantum computing: probabilities of a two-qubit circuit."""
    ry = lambda t: np.array([[np.cos(t / 2), -np.sin(t / 2)], [np.sin(t / 2), np.cos(t / 2)]])
    cnot = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    state = np.zeros(4)
    state[0] = 1
    state = cnot @ np.kron(ry(a), ry(b)) @ state
    return np.abs(state) ** 2


@example(normal(8), 0.6)
def split_step_schrodinger(V, width):
    """Quantum mechanics: split-step Fourier propagation."""
    n = len(V)
    x = np.linspace(-4, 4, n, endpoint=False)
    k = 2 * np.pi * np.fft.fftfreq(n, d=x[1] - x[0])
    psi = np.exp(-(x**2) / (2 * width**2)) * np.exp(1j * x)
    dt = 0.05
    for _ in range(4):
        psi = psi * np.exp(-0.5j * V * dt)
        psi = np.fft.ifft(np.exp(-0.5j * k**2 * dt) * np.fft.fft(psi))
        psi = psi * np.exp(-0.5j * V * dt)
    return np.abs(psi) ** 2


@example(normal(3, 3), 0.4)
def von_neumann_entropy(A, mix):
    """Quantum information: entropy of a density matrix."""
    rho = A @ A.T
    rho = rho / np.trace(rho)
    rho = (1 - mix) * rho + mix * np.eye(3) / 3
    w = np.linalg.eigvalsh(rho)
    return -np.sum(w * np.log2(w))


@example(5778.0)
def planck_spectrum(T):
    """Physics: Planck's law over wavelengths, normalised."""
    h, c, k = 6.626e-34, 3.0e8, 1.381e-23
    wav = np.linspace(200e-9, 2000e-9, 12)
    a = 2.0 * h * c**2
    b = h * c / (wav * k * T)
    intensity = a / ((wav**5) * (np.exp(b) - 1.0))
    return intensity / 1e13


@example(300.0)
def debye_heat_capacity(T, theta_D=428.0):
    """Solid state physics: Debye heat capacity by the trapezoidal rule."""
    x = np.linspace(1e-3, theta_D / T, 50)
    integrand = x**4 * np.exp(x) / (np.exp(x) - 1) ** 2
    return 9 * 8.314 * (T / theta_D) ** 3 * np.trapezoid(integrand, x)


@example(0.9, 0.1)
def ising_transfer_matrix(J, h, beta=0.7):
    """Statistical physics: free energy of the Ising chain."""
    T = np.array([[np.exp(beta * (J + h)), np.exp(-beta * J)],
                  [np.exp(-beta * J), np.exp(beta * (J - h))]])
    lam = np.linalg.eigvalsh(T)
    return -np.log(lam.max()) / beta


@example(normal(5, 5), 0.3)
def spin_glass_energy(J, h):
    """Statistical physics: mean-field magnetisation by iteration."""
    J = (J + J.T) / 2
    m = np.full(5, 0.1)
    for _ in range(8):
        m = np.tanh(0.4 * (J @ m + h))
    return -0.5 * m @ J @ m - h * m.sum()


@example(1.3, uniform(0, 2, 5))
def partition_function(T, levels):
    """Statistical physics: mean energy and heat capacity of discrete levels."""
    beta = 1 / T
    Z = sum(np.exp(-beta * E) for E in levels)
    U = sum(E * np.exp(-beta * E) for E in levels) / Z
    U2 = sum(E**2 * np.exp(-beta * E) for E in levels) / Z
    return np.array([U, (U2 - U**2) / T**2])


@example(30.0, 45.0, 0.02)
def projectile_range_with_drag(v0, angle, k):
    """Physics: range of a projectile with quadratic drag."""
    theta = np.radians(angle)
    x, y = 0.0, 0.0
    vx, vy = v0 * np.cos(theta), v0 * np.sin(theta)
    dt = 0.1
    while y >= 0:
        v = np.sqrt(vx**2 + vy**2)
        vx -= k * v * vx * dt
        vy -= (9.81 + k * v * vy) * dt
        x_old, y_old = x, y
        x += vx * dt
        y += vy * dt
    return x_old + (x - x_old) * y_old / (y_old - y)


@example(20.0, 40.0)
def projectile_height(v, degrees):
    """Physics: largest height of a projectile, with the math module."""
    rad = math.radians(degrees)
    return (v * math.sin(rad)) ** 2 / (2 * 9.81)


@example(np.array([1.0, -2.0, 1.5]), normal(3, 2))
def electric_field(charges, positions):
    """Electromagnetism: electric field of point charges on a grid."""
    X, Y = np.meshgrid(np.linspace(-3, 3, 4), np.linspace(-2.9, 2.9, 4))
    Ex, Ey = np.zeros_like(X), np.zeros_like(Y)
    for q, (x0, y0) in zip(charges, positions, strict=True):
        r3 = ((X - x0) ** 2 + (Y - y0) ** 2) ** 1.5
        Ex += q * (X - x0) / r3
        Ey += q * (Y - y0) / r3
    return np.hypot(Ex, Ey)


@example(np.array([0.2, 0.1, 0.5]), 2.0)
def biot_savart_loop(r, current):
    """Electromagnetism: field of a current loop by the Biot-Savart law."""
    phi = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    loop = np.stack([np.cos(phi), np.sin(phi), np.zeros_like(phi)], axis=1)
    dl = np.roll(loop, -1, axis=0) - loop
    sep = r - loop
    dist = np.linalg.norm(sep, axis=1, keepdims=True)
    dB = current * np.cross(dl, sep) / dist**3
    return dB.sum(axis=0)


@example(np.array([0.1, 0.2, 0.3]), np.array([1.0, 0.5, 0.2]), 1.5)
def boris_push(x, v, qm):
    """Plasma physics: Boris pusher for a charged particle."""
    E = np.array([0.1, 0.0, 0.0])
    B = np.array([0.0, 0.0, 1.0])
    dt = 0.1
    for _ in range(5):
        v_minus = v + qm * E * 0.5 * dt
        t = qm * B * 0.5 * dt
        s = 2 * t / (1 + np.dot(t, t))
        v_prime = v_minus + np.cross(v_minus, t)
        v_plus = v_minus + np.cross(v_prime, s)
        v = v_plus + qm * E * 0.5 * dt
        x = x + v * dt
    return x


@example(1.5, 0.55)
def fresnel_coefficients(n2, theta):
    """Optics: Fresnel reflectances."""
    n1 = 1.0
    cos_i = np.cos(theta)
    cos_t = np.sqrt(1 - (n1 / n2 * np.sin(theta)) ** 2)
    rs = (n1 * cos_i - n2 * cos_t) / (n1 * cos_i + n2 * cos_t)
    rp = (n1 * cos_t - n2 * cos_i) / (n1 * cos_t + n2 * cos_i)
    return np.array([rs**2, rp**2])


@example(np.array([1.38, 2.1, 1.45]), np.array([100.0, 65.0, 90.0]))
def thin_film_reflectance(n, d, wavelength=550.0):
    """Optics: reflectance of a stack of thin films by transfer matrices."""
    M = np.eye(2, dtype=complex)
    for nj, dj in zip(n, d, strict=True):
        delta = 2 * np.pi * nj * dj / wavelength
        layer = np.array([[np.cos(delta), 1j * np.sin(delta) / nj],
                          [1j * nj * np.sin(delta), np.cos(delta)]])
        M = M @ layer
    B, C = M @ np.array([1.0, 1.52])
    r = (B - C) / (B + C)
    return np.abs(r) ** 2


@example(0.1, 0.02, 0.5)
def ray_transfer(y, theta, f):
    """Optics: ray-transfer matrices of a lens between two drifts."""
    lens = np.array([[1, 0], [-1 / f, 1]])
    drift = np.array([[1, 0.3], [0, 1]])
    return drift @ lens @ drift @ np.array([y, theta])


@example(0.08, 0.3)
def double_slit(a, d):
    """Optics: intensity of a double slit."""
    theta = np.linspace(-0.5, 0.5, 11)
    alpha = np.pi * a * np.sin(theta) / 0.05
    beta = np.pi * d * np.sin(theta) / 0.05
    return np.sinc(alpha / np.pi) ** 2 * np.cos(beta) ** 2


@example(np.array([2.0, 0.5, 1.0, 0.3]), 0.6)
def lorentz_boost(four_vector, v):
    """Relativity: Lorentz boost along x."""
    gamma = 1 / np.sqrt(1 - v**2)
    L = np.eye(4)
    L[0, 0] = L[1, 1] = gamma
    L[0, 1] = L[1, 0] = -gamma * v
    return L @ four_vector


@example(normal(4, 4))
def invariant_masses(p):
    """Particle physics: invariant masses of pairs of particles."""
    p = np.abs(p)
    E = np.sqrt((p[:, 1:] ** 2).sum(axis=1) + p[:, 0] ** 2)
    masses = []
    for i in range(len(p)):
        for j in range(i + 1, len(p)):
            e = E[i] + E[j]
            k = p[i, 1:] + p[j, 1:]
            masses.append(np.sqrt(e**2 - k @ k))
    return np.array(masses)


@example(uniform(0.5, 2, 4), 0.7)
def coupled_oscillators(k, m):
    """Mechanics: normal frequencies of a chain of masses."""
    n = len(k) - 1
    K = np.zeros((n, n))
    for i in range(n):
        K[i, i] = k[i] + k[i + 1]
    for i in range(n - 1):
        K[i, i + 1] = K[i + 1, i] = -k[i + 1]
    return np.sqrt(np.linalg.eigvalsh(K / m))


@example(1.2, 0.3, 0.9)
def damped_oscillator(omega0, zeta, x0):
    """Mechanics: free vibration of a damped oscillator."""
    t = np.linspace(0, 5, 20)
    wd = omega0 * np.sqrt(1 - zeta**2)
    return x0 * np.exp(-zeta * omega0 * t) * (np.cos(wd * t) + zeta * omega0 / wd * np.sin(wd * t))


@example(uniform(0.5, 1.5, 6), normal(6, 3))
def inertia_tensor(m, r):
    """Mechanics: principal moments of a rigid body."""
    com = np.average(r, axis=0, weights=m)
    r = r - com
    inertia = np.zeros((3, 3))
    for mi, ri in zip(m, r, strict=True):
        inertia += mi * (np.dot(ri, ri) * np.eye(3) - np.outer(ri, ri))
    return np.linalg.eigvalsh(inertia)


@example(normal(20), 0.01)
def power_spectrum_slope(signal, dt):
    """Physics: weighted mean frequency of a power spectrum."""
    ps = np.abs(np.fft.rfft(signal - signal.mean())) ** 2
    freqs = np.fft.rfftfreq(signal.size, 1.0) / dt
    return np.sum(freqs * ps) / np.sum(ps)


@example(np.array([0.3, 0.4]), 0.9)
def henon_heiles_verlet(q, lam):
    """Physics: velocity Verlet for the Henon-Heiles system."""
    p = np.array([0.1, 0.2])
    dt = 0.05

    def force(q):
        x, y = q
        return np.array([-x - 2 * lam * x * y, -y - lam * (x**2 - y**2)])

    f = force(q)
    trajectory = [q]
    for _ in range(10):
        p = p + 0.5 * dt * f
        q = q + dt * p
        f = force(q)
        p = p + 0.5 * dt * f
        trajectory.append(q)
    return np.array(trajectory)


# Chemistry


@example(1.0, 0.3, 0.2)
def consecutive_reactions(A0, k1, k2):
    """Chemistry: concentrations of A to B to C by Euler's method."""
    t = np.linspace(0, 5, 26)
    dt = t[1] - t[0]
    A, B, C = np.zeros(26), np.zeros(26), np.zeros(26)
    A[0] = A0
    for i in range(1, len(t)):
        A[i] = A[i - 1] - k1 * A[i - 1] * dt
        B[i] = B[i - 1] + (k1 * A[i - 1] - k2 * B[i - 1]) * dt
        C[i] = C[i - 1] + k2 * B[i - 1] * dt
    return np.vstack((A, B, C))


@example(1e-2, 0.5e-2)
def weak_acid_ph(c_acid, c_base, Ka=1.8e-5):
    """Chemistry: pH of a buffer from the quadratic formula."""
    b = c_base + Ka
    h = (-b + np.sqrt(b**2 + 4 * Ka * c_acid)) / 2
    return -np.log10(h)


@example(np.array([0.9, 0.2, 0.5, 0.1]))
def michaelis_menten_rk4(y0, E0=1.0):
    """Chemistry: enzyme kinetics in an array of states."""
    k1, k_1, k2 = 1.0, 0.5, 0.3

    def rhs(y):
        S, ES, E, P = y
        return np.array([
            -k1 * E * S + k_1 * ES,
            k1 * E * S - (k_1 + k2) * ES,
            -k1 * E * S + (k_1 + k2) * ES,
            k2 * ES,
        ])

    y = np.zeros((11, 4))
    y[0] = y0
    h = 0.1
    for n in range(10):
        k_1_ = rhs(y[n])
        k_2_ = rhs(y[n] + h * k_1_ / 2)
        y[n + 1] = y[n] + h * k_2_
    return y


@example(1.0, 350.0, 0.05)
def van_der_waals_pressure(n, T, V):
    """Chemistry: pressure of a van der Waals gas."""
    R, a, b = 8.314, 0.364, 4.27e-5
    return n * R * T / (V - n * b) - a * n**2 / V**2


@example(80.0, np.array([8.07, 1730.6, 233.4]))
def antoine_vapor_pressure(T, coefficients):
    """Chemistry: vapour pressure by Antoine's equation."""
    A, B, C = coefficients
    return 10 ** (A - B / (C + T))


@example(5e4, 1.2e10)
def arrhenius(Ea, A):
    """Chemistry: rate constants by the Arrhenius equation."""
    temperatures = np.array([280.0, 300.0, 320.0])
    return np.log(A * np.exp(-Ea / (8.314 * temperatures)))


@example(np.array([-1.0, -1.1, -0.9, -1.05]), np.array([0.1, 0.2, -0.1, 0.05]))
def huckel_energy(beta, alpha):
    """Quantum chemistry: pi energy of a cyclic molecule (Hueckel)."""
    n = len(alpha)
    H = np.diag(alpha)
    for i in range(n):
        H[i, (i + 1) % n] = beta[i]
        H[(i + 1) % n, i] = beta[i]
    e = np.linalg.eigvalsh(H)
    return 2 * np.sum(e[: n // 2])


@example(normal(3, 3), 1.4)
def scf_iterations(core, U):
    """Quantum chemistry: a small restricted SCF loop."""
    core = (core + core.T) / 2 + np.diag([0.0, 3.0, 6.0])
    D = np.zeros((3, 3))
    for _ in range(6):
        F = core + U * np.diag(np.diag(D))
        e, C = np.linalg.eigh(F)
        D = 2 * np.outer(C[:, 0], C[:, 0])
    return 0.5 * np.sum(D * (core + F))


@example(normal(6, 3), normal(6, 3))
def kabsch_rmsd(P, Q):
    """Chemistry: root-mean-square distance after Kabsch alignment."""
    P = P - P.mean(axis=0)
    Q = Q - Q.mean(axis=0)
    C = np.dot(np.transpose(P), Q)
    V, S, W = np.linalg.svd(C)
    d = (np.linalg.det(V) * np.linalg.det(W)) < 0.0
    if d:
        S[-1] = -S[-1]
        V[:, -1] = -V[:, -1]
    U = np.dot(V, W)
    P = np.dot(P, U)
    return np.sqrt(np.sum((P - Q) ** 2) / len(P))


@example(normal(4, 3))
def dihedral_angle(p):
    """Chemistry: dihedral angle of four atoms (a well-known answer)."""
    b0 = -1.0 * (p[1] - p[0])
    b1 = p[2] - p[1]
    b2 = p[3] - p[2]
    b1 /= np.linalg.norm(b1)
    v = b0 - np.dot(b0, b1) * b1
    w = b2 - np.dot(b2, b1) * b1
    x = np.dot(v, w)
    y = np.dot(np.cross(b1, v), w)
    return np.degrees(np.arctan2(y, x))


@example(uniform(0, 1, 5, 3), 2.0)
def minimum_image_distances(x, box):
    """Molecular dynamics: pair distances in a periodic box."""
    delta = x[:, None, :] - x[None, :, :]
    delta = delta - box * np.round(delta / box)
    iu = np.triu_indices(len(x), 1)
    return np.sqrt((delta**2).sum(-1))[iu]


@example(np.array([0.5, 0.8]), np.array([0.3, 1.2]), 0.9)
def gaussian_overlap(alpha, centers, c):
    """Quantum chemistry: overlap matrix of s-type Gaussians."""
    n = len(alpha)
    S = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            p = alpha[i] + alpha[j]
            S[i, j] = c * (np.pi / p) ** 1.5 * np.exp(
                -alpha[i] * alpha[j] / p * (centers[i] - centers[j]) ** 2)
    return S


@example(np.array([4.0, 0.5, 1.7]), uniform(1.2, 2.5, 6))
def morse_potential(params, r):
    """Chemistry: Morse potential."""
    De, a, re = params
    return De * (1 - np.exp(-a * (r - re))) ** 2 - De


@example(np.array([0.3, 0.5, 0.2]), np.array([2.5, 1.1, 0.4]))
def rachford_rice(z, K):
    """Chemical engineering: vapour fraction of a flash by Newton's method."""
    V = 0.5
    for _ in range(20):
        f = np.sum(z * (K - 1) / (1 + V * (K - 1)))
        df = -np.sum(z * (K - 1) ** 2 / (1 + V * (K - 1)) ** 2)
        V = V - f / df
    return V


# Finance


@example(100.0, 105.0, 0.05, 0.2, 1.0)
def black_scholes_call(S, K, r, sigma, T):
    """Finance: Black-Scholes call with the math module's erf."""
    N = lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2)))
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)
    return S * N(d1) - K * np.exp(-r * T) * N(d2)


@example(100.0, np.array([90.0, 100.0, 110.0]), 0.05, 0.2)
def black_scholes_tanh(S, K, r, sigma, T=1.0):
    """Finance: Black-Scholes put with an approximate normal distribution."""

    def cdf(x):
        return 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

    d1 = (np.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)
    return K * np.exp(-r * T) * cdf(-d2) - S * cdf(-d1)


@example(100.0, 0.05, 0.2)
def asian_option_paths(S0, r, sigma):
    """Finance: Asian option over simulated paths kept in an array."""
    rng = np.random.default_rng(7)
    M, I = 12, 30
    dt = 1.0 / M
    S = np.zeros((M + 1, I))
    S[0] = S0
    for t in range(1, M + 1):
        z = rng.standard_normal(I)
        S[t] = S[t - 1] * np.exp((r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * z)
    return np.exp(-r) * np.maximum(S[1:].mean(axis=0) - 100.0, 0).mean()


@example(uniform(0.1, 1, 4), normal(10, 4, scale=0.02))
def sharpe_ratio(weights, returns):
    """Finance: annualised Sharpe ratio of a portfolio."""
    weights = weights / np.sum(weights)
    mean_returns = np.mean(returns, axis=0)
    cov = np.cov(returns.T)
    ret = np.sum(mean_returns * weights) * 252
    std = np.sqrt(np.dot(weights.T, np.dot(cov * 252, weights)))
    return (ret - 0.02) / std


@example(normal(10, 3), uniform(0.1, 0.5, 3))
def minimum_variance_portfolio(returns, mu):
    """Finance: tangency and minimum-variance weights."""
    cov = np.cov(returns, rowvar=False)
    ones = np.ones(len(mu))
    inv = np.linalg.inv(cov)
    w_min = inv @ ones / (ones @ inv @ ones)
    w_tan = inv @ mu / (ones @ inv @ mu)
    return np.concatenate((w_min, w_tan))


@example(uniform(0.5, 1.5, 4), normal(4, 4))
def risk_contributions(w, A):
    """Finance: risk contributions of a portfolio."""
    cov = A @ A.T + np.eye(4)
    sigma = np.sqrt(w @ cov @ w)
    return w * (cov @ w) / sigma


@example(0.04)
def macaulay_duration(y):
    """Finance: Macaulay duration with a Python loop."""
    cash_flows = [5, 5, 5, 105]
    price = 0
    weighted = 0
    for t, cf in enumerate(cash_flows, 1):
        pv = cf / (1 + y) ** t
        price += pv
        weighted += t * pv
    return weighted / price


@example(np.array([-100.0, 30.0, 40.0, 50.0, 20.0]))
def internal_rate_of_return(cash_flows):
    """Finance: internal rate of return by Newton's method."""
    rate = 0.1
    t = np.arange(len(cash_flows))
    for _ in range(50):
        npv = np.sum(cash_flows / (1 + rate) ** t)
        dnpv = np.sum(-t * cash_flows / (1 + rate) ** (t + 1))
        step = npv / dnpv
        rate -= step
        if abs(step) < 1e-12:
            break
    return rate


@example(np.cumprod(1 + normal(10, scale=0.05)))
def max_drawdown(prices):
    """Finance: largest drawdown."""
    peak = np.maximum.accumulate(prices)
    drawdown = (prices - peak) / peak
    return drawdown.min()


@example(uniform(50, 60, 10))
def log_return_volatility(prices):
    """Finance: annualised volatility of log returns."""
    log_returns = np.log(prices[1:] / prices[:-1])
    return np.std(log_returns, ddof=1) * np.sqrt(252)


@example(normal(20, scale=0.02))
def value_at_risk(returns):
    """Finance: historical value at risk and expected shortfall."""
    var = -np.percentile(returns, 5)
    tail = returns[returns <= -var]
    return np.array([var, -tail.mean()])


@example(np.array([4.0, -2.0, 1.5, 1.8]))
def nelson_siegel(params):
    """Finance: Nelson-Siegel yield curve."""
    b0, b1, b2, tau = params
    m = np.array([0.5, 1, 2, 5, 10, 30])
    x = m / tau
    slope = (1 - np.exp(-x)) / x
    return b0 + b1 * slope + b2 * (slope - np.exp(-x))


@example(np.array([0.01, 0.015, 0.02, 0.025]))
def bootstrap_zero_curve(par_rates):
    """Finance: discount factors bootstrapped from par rates."""
    df = []
    for i, c in enumerate(par_rates):
        d = (1 - c * sum(df)) / (1 + c)
        df.append(d)
    return np.array(df)


@example(0.03, 0.8, 0.05)
def vasicek_paths(r0, kappa, theta, sigma=0.01):
    """Finance: short rate of the Vasicek model along one path."""
    np.random.seed(3)
    rates = [r0]
    dt = 0.1
    for _ in range(15):
        dr = kappa * (theta - rates[-1]) * dt + sigma * np.sqrt(dt) * np.random.normal()
        rates.append(rates[-1] + dr)
    return np.mean(rates)


@example(uniform(20, 30, 15))
def rsi(prices, n=5):
    """Finance: relative strength index (matplotlib's finance example)."""
    deltas = np.diff(prices)
    seed = deltas[: n + 1]
    up = seed[seed >= 0].sum() / n
    down = -seed[seed < 0].sum() / n
    rs = up / down
    out = np.zeros_like(prices)
    out[:n] = 100.0 - 100.0 / (1.0 + rs)
    for i in range(n, len(prices)):
        delta = deltas[i - 1]
        upval, downval = (delta, 0.0) if delta > 0 else (0.0, -delta)
        up = (up * (n - 1) + upval) / n
        down = (down * (n - 1) + downval) / n
        out[i] = 100.0 - 100.0 / (1.0 + up / down)
    return out


@example(uniform(20, 30, 15))
def bollinger_bands(prices, n=5):
    """Finance: Bollinger bands by windows."""
    windows = np.lib.stride_tricks.sliding_window_view(prices, n)
    mid = windows.mean(axis=1)
    sd = windows.std(axis=1)
    return np.array([mid - 2 * sd, mid, mid + 2 * sd])


# Biology


@example(0.35, 0.1, 0.01)
def sir_model(beta, gamma, i0):
    """Epidemiology: SIR model by Euler's method."""
    S, I, R = np.zeros(50), np.zeros(50), np.zeros(50)
    S[0], I[0], R[0] = 1 - i0, i0, 0
    for t in range(49):
        new_infections = beta * S[t] * I[t]
        recoveries = gamma * I[t]
        S[t + 1] = S[t] - new_infections
        I[t + 1] = I[t] + new_infections - recoveries
        R[t + 1] = R[t] + recoveries
    return np.max(I)


@example(0.5, 0.2, 0.1)
def seir_final_size(beta, sigma, gamma):
    """Epidemiology: SEIR model with a list of states."""
    y = np.array([0.99, 0.0, 0.01, 0.0])
    history = [y]
    for _ in range(40):
        s, e, i, r = y
        dy = np.array([-beta * s * i, beta * s * i - sigma * e, sigma * e - gamma * i, gamma * i])
        y = y + 0.5 * dy
        history.append(y)
    return np.array(history)[:, 3]


@example(np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.1, 0.4]))
def lotka_volterra(z0, params):
    """Ecology: Lotka-Volterra equations by Heun's method."""
    alpha, beta, delta, gamma = params

    def f(z):
        x, y = z
        return np.array([alpha * x - beta * x * y, delta * x * y - gamma * y])

    z = z0
    h = 0.1
    for _ in range(30):
        k1 = f(z)
        k2 = f(z + h * k1)
        z = z + h / 2 * (k1 + k2)
    return z


@example(3.4, 0.2)
def logistic_map(r, x):
    """Ecology: mean of the logistic map."""
    xs = []
    for _ in range(10):
        x = r * x * (1 - x)
        xs.append(x)
    return np.mean(xs)


@example(np.array([0.0, 1.2, 0.8]), np.array([0.5, 0.7]))
def leslie_growth_rate(fecundity, survival):
    """Ecology: growth rate of a Leslie matrix by power iteration."""
    n = len(fecundity)
    L = np.zeros((n, n))
    L[0, :] = fecundity
    L[1:, :-1] += np.diag(survival)
    v = np.ones(n)
    for _ in range(60):
        v = L @ v
        lam = np.linalg.norm(v)
        v = v / lam
    return lam


@example(np.array([0.0, 1.2, 0.8]), np.array([0.5, 0.7]))
def leslie_eigenvalue(fecundity, survival):
    """Ecology: dominant eigenvalue of a Leslie matrix."""
    L = np.vstack([fecundity, np.hstack([np.diag(survival), np.zeros((2, 1))])])
    eigenvalues = np.linalg.eigvals(L)
    return np.max(np.abs(eigenvalues))


@example(-60.0, 0.1, 9.0)
def hodgkin_huxley(V0, m0, current):
    """Neuroscience: a Hodgkin-Huxley neuron for a few steps."""
    V, m, h, n = V0, m0, 0.6, 0.32
    dt = 0.01
    trace = np.zeros(30)
    for i in range(30):
        am = 0.1 * (V + 40) / (1 - np.exp(-(V + 40) / 10))
        bm = 4 * np.exp(-(V + 65) / 18)
        ah = 0.07 * np.exp(-(V + 65) / 20)
        bh = 1 / (1 + np.exp(-(V + 35) / 10))
        an = 0.01 * (V + 55) / (1 - np.exp(-(V + 55) / 10))
        bn = 0.125 * np.exp(-(V + 65) / 80)
        I_ion = 120 * m**3 * h * (V - 50) + 36 * n**4 * (V + 77) + 0.3 * (V + 54.4)
        V = V + dt * (current - I_ion)
        m = m + dt * (am * (1 - m) - bm * m)
        h = h + dt * (ah * (1 - h) - bh * h)
        n = n + dt * (an * (1 - n) - bn * n)
        trace[i] = V
    return trace


@example(1.6, 10.0)
def leaky_integrate_and_fire(I, tau):
    """Neuroscience: leaky integrate-and-fire voltage."""
    v = np.zeros(60)
    for t in range(1, 60):
        v[t] = v[t - 1] + (-v[t - 1] + I) / tau
        if v[t] > 1.0:
            v[t] = 0.0
    return v


@example(normal(2), np.array([0.7, 0.8, 0.08]))
def fitzhugh_nagumo(state, params):
    """Neuroscience: FitzHugh-Nagumo trajectory."""
    a, b, eps = params
    v, w = state
    vs = []
    for _ in range(30):
        v, w = v + 0.1 * (v - v**3 / 3 - w + 0.5), w + 0.1 * eps * (v + a - b * w)
        vs.append(v)
    return np.stack(vs)


@example(np.array([1.0, 2.0, 0.5]), uniform(0.2, 4, 5))
def hill_response(params, dose):
    """Pharmacology: Hill equation."""
    emax, n, ec50 = params
    return emax * dose**n / (ec50**n + dose**n)


@example(100.0, 1.2, 0.2, 15.0)
def one_compartment_oral(dose, ka, ke, V):
    """Pharmacology: oral one-compartment model and its area under the curve."""
    t = np.linspace(0, 24, 49)
    C = dose * ka / (V * (ka - ke)) * (np.exp(-ke * t) - np.exp(-ka * t))
    auc = np.sum((C[1:] + C[:-1]) / 2 * np.diff(t))
    return np.array([C.max(), auc])


@example(uniform(0.1, 1, 4), 0.3)
def jukes_cantor(branch_lengths, scale):
    """Phylogenetics: transition probabilities of the Jukes-Cantor model."""
    total = np.sum(branch_lengths) * scale
    P = np.full((4, 4), 0.25 - 0.25 * np.exp(-4 / 3 * total))
    np.fill_diagonal(P, 0.25 + 0.75 * np.exp(-4 / 3 * total))
    return P


@example(uniform(0.1, 1, 4, 4), 0.4)
def gtr_transition_matrix(R, t):
    """Phylogenetics: transition matrix by the series of the exponential."""
    Q = (R + R.T) / 2
    np.fill_diagonal(Q, 0)
    Q -= np.diag(Q.sum(axis=1))
    P = np.eye(4)
    term = np.eye(4)
    for k in range(1, 15):
        term = term @ (Q * t) / k
        P = P + term
    return P


@example(uniform(0.5, 5, 5, 4))
def position_weight_matrix(counts):
    """Bioinformatics: information content of a motif."""
    pseudo = counts + 0.5
    ppm = pseudo / pseudo.sum(axis=1)[:, None]
    pwm = np.log2(ppm / 0.25)
    return (ppm * pwm).sum(axis=1)


@example(uniform(1, 20, 6))
def diversity_indices(abundance):
    """Ecology: Shannon's, Simpson's and Hill's diversity."""
    p = abundance / abundance.sum()
    shannon = -(p * np.log(p)).sum()
    simpson = 1 - (p**2).sum()
    return np.array([shannon, simpson, np.exp(shannon)])


@example(uniform(0, 10, 5, 3))
def bray_curtis(X):
    """Ecology: matrix of Bray-Curtis dissimilarities."""
    n = X.shape[0]
    D = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            D[i, j] = np.sum(np.abs(X[i] - X[j])) / np.sum(X[i] + X[j])
            D[j, i] = D[i, j]
    return D


@example(normal(4, 3), 0.8)
def replicator_dynamics(x, A_scale):
    """Evolution: replicator dynamics of a game."""
    A = A_scale * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0.5]])
    x = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    for _ in range(10):
        fitness = x @ A.T
        average = np.sum(x * fitness, axis=1, keepdims=True)
        x = x + 0.1 * x * (fitness - average)
    return x


# Engineering, control and robotics


@example(0.3, 0.8, -0.4)
def planar_arm(t1, t2, t3):
    """Robotics: forward kinematics of a planar arm."""
    L = [1.0, 0.8, 0.5]
    x = L[0] * np.cos(t1) + L[1] * np.cos(t1 + t2) + L[2] * np.cos(t1 + t2 + t3)
    y = L[0] * np.sin(t1) + L[1] * np.sin(t1 + t2) + L[2] * np.sin(t1 + t2 + t3)
    return np.array([x, y, t1 + t2 + t3])


@example(np.array([0.3, -0.5, 0.8]), np.array([0.4, 0.3, 0.2]))
def denavit_hartenberg(theta, d):
    """Robotics: forward kinematics by Denavit-Hartenberg matrices."""
    alpha = [np.pi / 2, 0, -np.pi / 2]
    a = [0.1, 0.5, 0.3]
    T = np.eye(4)
    for i in range(3):
        ct, st = np.cos(theta[i]), np.sin(theta[i])
        ca, sa = np.cos(alpha[i]), np.sin(alpha[i])
        A = np.array([
            [ct, -st * ca, st * sa, a[i] * ct],
            [st, ct * ca, -ct * sa, a[i] * st],
            [0, sa, ca, d[i]],
            [0, 0, 0, 1],
        ])
        T = T.dot(A)
    return T[:3, 3]


@example(np.array([0.8, 1.0]), np.array([0.3, 0.4]))
def inverse_kinematics(target, q):
    """Robotics: inverse kinematics by Newton steps with the Jacobian."""
    l1, l2 = 1.0, 0.8
    for _ in range(10):
        s1, c1 = np.sin(q[0]), np.cos(q[0])
        s12, c12 = np.sin(q[0] + q[1]), np.cos(q[0] + q[1])
        pos = np.array([l1 * c1 + l2 * c12, l1 * s1 + l2 * s12])
        J = np.array([[-l1 * s1 - l2 * s12, -l2 * s12], [l1 * c1 + l2 * c12, l2 * c12]])
        q = q + np.linalg.solve(J, target - pos)
    return q


@example(np.array([0.3, -0.2, 0.5]))
def euler_to_matrix(theta):
    """Robotics: rotation matrix of Euler angles (LearnOpenCV)."""
    R_x = np.array([[1, 0, 0],
                    [0, math.cos(theta[0]), -math.sin(theta[0])],
                    [0, math.sin(theta[0]), math.cos(theta[0])]])
    R_y = np.array([[math.cos(theta[1]), 0, math.sin(theta[1])],
                    [0, 1, 0],
                    [-math.sin(theta[1]), 0, math.cos(theta[1])]])
    R_z = np.array([[math.cos(theta[2]), -math.sin(theta[2]), 0],
                    [math.sin(theta[2]), math.cos(theta[2]), 0],
                    [0, 0, 1]])
    return np.dot(R_z, np.dot(R_y, R_x))


@example(0.3, -0.2, 0.5)
def rotation_matrix_xyz(roll, pitch, yaw):
    """Robotics: rotation matrix from roll, pitch and yaw."""
    cr, sr = np.cos(roll), np.sin(roll)
    cp, sp = np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(yaw), np.sin(yaw)
    Rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    Ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    Rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    return Rz @ Ry @ Rx


@example(normal(4), normal(4))
def quaternion_multiply(q1, q2):
    """Robotics: Hamilton product."""
    w0, x0, y0, z0 = q1
    w1, x1, y1, z1 = q2
    return np.array([-x1 * x0 - y1 * y0 - z1 * z0 + w1 * w0,
                     x1 * w0 + y1 * z0 - z1 * y0 + w1 * x0,
                     -x1 * z0 + y1 * w0 + z1 * x0 + w1 * y0,
                     x1 * y0 - y1 * x0 + z1 * w0 + w1 * z0], dtype=np.float64)


@example(normal(5, 4), np.array([0.5, 0.1]))
def kalman_filter(measurements, noise):
    """Control: Kalman filter with constant velocity."""
    r, q = noise
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    x = np.zeros((2, 1))
    P = np.eye(2)
    estimates = []
    for z in measurements.ravel():
        x = F @ x
        P = F @ P @ F.T + q * np.eye(2)
        S = H @ P @ H.T + r
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ (z - H @ x)
        P = (np.eye(2) - K @ H) @ P
        estimates.append(x[0, 0])
    return np.array(estimates)


@example(normal(12), 1e-2)
def kalman_scalar(z, R):
    """Control: scalar Kalman filter (SciPy cookbook)."""
    n_iter = len(z)
    sz = (n_iter,)
    Q = 1e-3
    xhat = np.zeros(sz)
    P = np.zeros(sz)
    xhatminus = np.zeros(sz)
    Pminus = np.zeros(sz)
    K = np.zeros(sz)
    xhat[0] = 0.0
    P[0] = 1.0
    for k in range(1, n_iter):
        xhatminus[k] = xhat[k - 1]
        Pminus[k] = P[k - 1] + Q
        K[k] = Pminus[k] / (Pminus[k] + R)
        xhat[k] = xhatminus[k] + K[k] * (z[k] - xhatminus[k])
        P[k] = (1 - K[k]) * Pminus[k]
    return xhat


@example(np.array([1.2, 0.4, 0.3]))
def pid_controller(gains):
    """Control: cost of a PID loop on a first-order plant."""
    Kp, Ki, Kd = gains
    y, integral, prev_error = 0.0, 0.0, 1.0
    dt = 0.1
    cost = 0.0
    for _ in range(30):
        error = 1.0 - y
        integral += error * dt
        derivative = (error - prev_error) / dt
        u = Kp * error + Ki * integral + Kd * derivative
        y += dt * (-y + u)
        prev_error = error
        cost += error**2 * dt
    return cost


@example(normal(2, 2, scale=0.5), normal(2, 1), 0.3)
def lqr_gain(A, B, r):
    """Control: LQR gain by iterating the Riccati equation."""
    Q = np.eye(2)
    R = np.array([[r]])
    P = Q
    for _ in range(30):
        K = np.linalg.inv(R + B.T @ P @ B) @ (B.T @ P @ A)
        P = Q + A.T @ P @ A - A.T @ P @ B @ K
    return K


@example(normal(3, 3), normal(3, 1))
def controllability_det(A, B):
    """Control: determinant of the controllability matrix."""
    n = A.shape[0]
    C = np.hstack([np.linalg.matrix_power(A, i) @ B for i in range(n)])
    return np.linalg.det(C)


@example(2.0, 0.4, 5.0)
def bode_magnitude(wn, zeta, gain):
    """Control: magnitude and phase of a second-order system."""
    w = np.logspace(-1, 1, 9)
    s = 1j * w
    H = gain * wn**2 / (s**2 + 2 * zeta * wn * s + wn**2)
    return np.concatenate([20 * np.log10(np.abs(H)), np.degrees(np.angle(H))])


@example(uniform(1, 2, 3), 10.0)
def truss_displacements(areas, load):
    """Structures: displacement of a planar truss by the stiffness method."""
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]])
    elements = [(0, 1), (1, 2), (0, 2)]
    K = np.zeros((6, 6))
    for e, (i, j) in enumerate(elements):
        dx, dy = nodes[j] - nodes[i]
        L = np.hypot(dx, dy)
        c, s = dx / L, dy / L
        k = areas[e] / L * np.outer([-c, -s, c, s], [-c, -s, c, s])
        dofs = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
        K[np.ix_(dofs, dofs)] += k
    free = [2, 4, 5]
    F = np.zeros(6)
    F[5] = -load
    return np.linalg.solve(K[np.ix_(free, free)], F[free])


@example(uniform(0.5, 2, 5))
def finite_elements_1d(k):
    """Structures: one-dimensional finite elements for a bar."""
    n = len(k)
    h = 1.0 / n
    K = np.zeros((n + 1, n + 1))
    F = np.zeros(n + 1)
    for e in range(n):
        ke = k[e] / h * np.array([[1, -1], [-1, 1]])
        K[e : e + 2, e : e + 2] += ke
        F[e : e + 2] += h / 2
    u = np.zeros(n + 1)
    u[1:] = np.linalg.solve(K[1:, 1:], F[1:])
    return u


@example(12.0, 200e9, 8e-6, 3.0)
def beam_deflection(q, E, I, L):
    """Structures: deflection of a simply supported beam."""
    x = np.linspace(0, L, 7)
    return 1e6 * q * x / (24 * E * I) * (L**3 - 2 * L * x**2 + x**3)


@example(np.array([50.0, 20.0, 30.0]))
def principal_stresses(stress):
    """Materials: principal stresses and the von Mises stress."""
    sx, sy, txy = stress
    center = (sx + sy) / 2
    radius = np.sqrt(((sx - sy) / 2) ** 2 + txy**2)
    s1, s2 = center + radius, center - radius
    von_mises = np.sqrt(s1**2 - s1 * s2 + s2**2)
    return np.array([s1, s2, von_mises])


@example(1.2e5, 0.0002)
def colebrook_friction(Re, roughness):
    """Hydraulics: Colebrook's friction factor by fixed-point iteration."""
    f = 0.02
    for _ in range(30):
        f = (-2 * np.log10(roughness / 3.7 + 2.51 / (Re * np.sqrt(f)))) ** -2
    return f


@example(np.array([100.0, 220.0, 330.0, 470.0]), 5.0)
def resistor_ladder(R, V):
    """Electronics: node voltages by nodal analysis."""
    G = 1 / R
    Y = np.array([[G[0] + G[1] + G[2], -G[2]], [-G[2], G[2] + G[3]]])
    I = np.array([V * G[0], 0])
    return np.linalg.solve(Y, I)


@example(1000.0, 1e-3, 2e-6)
def rlc_frequency_response(R, L, C):
    """Electronics: gain of an RLC circuit."""
    f = np.linspace(1e3, 8e3, 8)
    w = 2 * np.pi * f
    Z = R + 1j * w * L + 1 / (1j * w * C)
    return np.abs(R / Z)


@example(np.array([0.5, 1.0]), 2.0, 0.3)
def bicycle_model(state, v, steering):
    """Vehicles: kinematic bicycle model."""
    x, y = state
    heading = 0.1
    path = []
    for _ in range(10):
        x = x + v * np.cos(heading) * 0.1
        y = y + v * np.sin(heading) * 0.1
        heading = heading + v / 2.5 * np.tan(steering) * 0.1
        path.append((x, y))
    return np.array(path)


@example(normal(3, 2), 2.0)
def trilateration(anchors, scale):
    """Navigation: position from distances by linearised least squares."""
    d = np.array([1.0, 1.5, 2.0]) * scale
    A = 2 * (anchors[1:] - anchors[0])
    b = d[0] ** 2 - d[1:] ** 2 + np.sum(anchors[1:] ** 2, axis=1) - np.sum(anchors[0] ** 2)
    return np.linalg.solve(A, b)


# Astronomy


@example(1.2, 0.3)
def kepler_equation(M, e):
    """Astronomy: Kepler's equation by Newton's method."""
    E = M
    while True:
        delta = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E = E - delta
        if abs(delta) < 1e-12:
            break
    return 2 * np.arctan2(np.sqrt(1 + e) * np.sin(E / 2), np.sqrt(1 - e) * np.cos(E / 2))


@example(np.array([1.0, 0.1, 0.2]), np.array([-0.1, 0.9, 0.15]))
def orbital_elements(r, v, mu=1.0):
    """Astronomy: semi-major axis, eccentricity and inclination."""
    h = np.cross(r, v)
    energy = np.dot(v, v) / 2 - mu / np.linalg.norm(r)
    e_vec = np.cross(v, h) / mu - r / np.linalg.norm(r)
    a = -mu / (2 * energy)
    inc = np.arccos(h[2] / np.linalg.norm(h))
    return np.array([a, np.linalg.norm(e_vec), inc])


@example(0.3, 70.0)
def luminosity_distance(omega_m, H0):
    """Cosmology: luminosity distance by Simpson's rule."""
    z = np.linspace(0, 1.0, 21)
    Ez = np.sqrt(omega_m * (1 + z) ** 3 + 1 - omega_m)
    y = 1 / Ez
    h = z[1] - z[0]
    integral = h / 3 * (y[0] + y[-1] + 4 * np.sum(y[1:-1:2]) + 2 * np.sum(y[2:-1:2]))
    return (1 + 1.0) * 299792.458 / H0 * integral


@example(np.array([12.0, 0.1, 3.1]), 5.0)
def light_curve_model(params, period):
    """Astronomy: residuals of a sinusoidal light curve."""
    mean, amplitude, phase = params
    t = np.array([0.1, 0.9, 2.2, 3.1, 4.7])
    mag = np.array([12.02, 12.09, 11.95, 11.9, 12.01])
    model = mean + amplitude * np.sin(2 * np.pi * t / period + phase)
    return np.sum(((mag - model) / 0.02) ** 2)


@example(uniform(0, 10, 12), normal(12), 2.3)
def lomb_scargle(t, y, w):
    """Astronomy: Lomb-Scargle power at one frequency."""
    y = y - y.mean()
    tau = np.arctan2(np.sum(np.sin(2 * w * t)), np.sum(np.cos(2 * w * t))) / (2 * w)
    c, s = np.cos(w * (t - tau)), np.sin(w * (t - tau))
    return 0.5 * (np.dot(y, c) ** 2 / np.dot(c, c) + np.dot(y, s) ** 2 / np.dot(s, s))


@example(0.1, 0.73)
def transit_depth(rp, b):
    """Astronomy: transit light curve with linear limb darkening by a disc sum."""
    x, y = np.mgrid[-1:1:21j, -1:1:21j]
    r2 = x**2 + y**2
    mu = np.sqrt(np.clip(1 - r2, 0, None))
    disc = np.where(r2 < 1, 1 - 0.6 * (1 - mu), 0.0)
    blocked = 1 / (1 + np.exp((np.hypot(x - 0.2, y - b) - rp) / 0.05))
    return 1 - np.sum(disc * blocked) / np.sum(disc)


@example(10.7, -20.3)
def equatorial_to_galactic(ra, dec):
    """Astronomy: galactic coordinates."""
    ra, dec = np.deg2rad(ra), np.deg2rad(dec)
    R = np.array([[-0.0548755604, -0.8734370902, -0.4838350155],
                  [0.4941094279, -0.4448296300, 0.7469822445],
                  [-0.8676661490, -0.1980763734, 0.4559837762]])
    x = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    g = R @ x
    return np.rad2deg(np.array([np.arctan2(g[1], g[0]), np.arcsin(g[2])]))


@example(10.684, 41.269, 10.9, 41.0)
def angular_separation(ra1, dec1, ra2, dec2):
    """Astronomy: angular separation in arcseconds."""
    ra1, dec1, ra2, dec2 = map(np.radians, [ra1, dec1, ra2, dec2])
    cos_d = np.sin(dec1) * np.sin(dec2) + np.cos(dec1) * np.cos(dec2) * np.cos(ra1 - ra2)
    return np.degrees(np.arccos(cos_d)) * 3600


@example(uniform(0.5, 1.5, 6, 6))
def centroid_photometry(image):
    """Astronomy: centroid and second moments of a star."""
    y, x = np.indices(image.shape)
    total = image.sum()
    cx, cy = (x * image).sum() / total, (y * image).sum() / total
    var = (((x - cx) ** 2 + (y - cy) ** 2) * image).sum() / total
    return np.array([cx, cy, 2.355 * np.sqrt(var / 2)])


# Geography and climate


@example(52.2, 0.12, 48.85, 2.35)
def haversine_math(lat1, lon1, lat2, lon2):
    """Geography: haversine distance with the math module (a well-known answer)."""
    R = 6371.0
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    dphi = math.radians(lat2 - lat1)
    dlambda = math.radians(lon2 - lon1)
    a = math.sin(dphi / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(dlambda / 2) ** 2
    return 2 * R * math.atan2(math.sqrt(a), math.sqrt(1 - a))


@example(uniform(40, 60, 4), uniform(0, 20, 4), uniform(40, 60, 4), uniform(0, 20, 4))
def haversine_numpy(lat1, lon1, lat2, lon2):
    """Geography: haversine distance, vectorised (a well-known answer)."""
    lon1, lat1, lon2, lat2 = map(np.radians, [lon1, lat1, lon2, lat2])
    dlon = lon2 - lon1
    dlat = lat2 - lat1
    a = np.sin(dlat / 2.0) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin(dlon / 2.0) ** 2
    c = 2 * np.arcsin(np.sqrt(a))
    return 6367 * c


@example(48.1, 11.5, 520.0)
def geodetic_to_ecef(lat, lon, h):
    """Geodesy: earth-centred coordinates on WGS 84."""
    a, e2 = 6378137.0, 6.69437999014e-3
    lat, lon = np.radians(lat), np.radians(lon)
    N = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    x = (N + h) * np.cos(lat) * np.cos(lon)
    y = (N + h) * np.cos(lat) * np.sin(lon)
    z = (N * (1 - e2) + h) * np.sin(lat)
    return np.array([x, y, z])


@example(normal(6, 7, scale=3.0))
def hillshade(elevation, azimuth=315.0, altitude=45.0):
    """Geography: hillshade of a terrain."""
    x, y = np.gradient(elevation)
    slope = np.pi / 2.0 - np.arctan(np.sqrt(x * x + y * y))
    aspect = np.arctan2(-x, y)
    az, alt = np.radians(azimuth), np.radians(altitude)
    shaded = np.sin(alt) * np.sin(slope) + np.cos(alt) * np.cos(slope) * np.cos(az - aspect)
    return 255 * (shaded + 1) / 2


@example(normal(6), uniform(0, 1, 6, 2), np.array([0.4, 0.55]))
def inverse_distance_weighting(values, points, target):
    """Geostatistics: inverse-distance interpolation."""
    d = np.sqrt(((points - target) ** 2).sum(axis=1))
    w = 1.0 / d**2
    return np.dot(w, values) / w.sum()


@example(normal(5), uniform(0, 1, 5, 2), np.array([1.0, 0.4]))
def ordinary_kriging(values, points, variogram):
    """Geostatistics: ordinary kriging at a point."""
    sill, rng = variogram
    n = len(values)
    gamma = lambda h: sill * (1 - np.exp(-h / rng))
    A = np.ones((n + 1, n + 1))
    h = np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(-1) + 1e-9)
    A[:n, :n] = gamma(h)
    A[n, n] = 0
    b = np.ones(n + 1)
    b[:n] = gamma(np.linalg.norm(points - np.array([0.5, 0.5]), axis=1))
    weights = np.linalg.solve(A, b)[:n]
    return weights @ values


@example(0.3, 1361.0, 0.61)
def energy_balance_model(albedo, S0, emissivity):
    """Climate: temperature of a zero-dimensional energy-balance model."""
    sigma = 5.67e-8
    T = 250.0
    for _ in range(100):
        T = T + 0.05 * (S0 / 4 * (1 - albedo) - emissivity * sigma * T**4)
    return T


@example(np.array([22.0, 15.0, 30.0]), np.array([60.0, 80.0, 40.0]))
def dew_point(T, RH):
    """Meteorology: dew point by the Magnus formula."""
    a, b = 17.27, 237.7
    alpha = a * T / (b + T) + np.log(RH / 100.0)
    return b * alpha / (a - alpha)


@example(normal(6, 4, 5))
def empirical_orthogonal_functions(data):
    """Climate: variance fractions of the leading EOFs."""
    nt = data.shape[0]
    weights = np.sqrt(np.cos(np.deg2rad(np.linspace(-40, 40, 4))))
    X = (data * weights[:, np.newaxis]).reshape(nt, -1)
    X = X - X.mean(axis=0)
    s = np.linalg.svd(X, compute_uv=False)
    return s[:3] ** 2 / np.sum(s**2)


# Images


@example(uniform(0, 1, 5, 5, 3))
def rgb_to_gray(img):
    """Images: luminance."""
    return np.dot(img[..., :3], [0.2989, 0.5870, 0.1140])


@example(uniform(0, 1, 6, 6))
def sobel_magnitude(img):
    """Images: magnitude of Sobel's gradients by slices."""
    gx = (img[:-2, 2:] + 2 * img[1:-1, 2:] + img[2:, 2:]
          - img[:-2, :-2] - 2 * img[1:-1, :-2] - img[2:, :-2])
    gy = (img[2:, :-2] + 2 * img[2:, 1:-1] + img[2:, 2:]
          - img[:-2, :-2] - 2 * img[:-2, 1:-1] - img[:-2, 2:])
    return np.sqrt(gx**2 + gy**2)


@example(uniform(0, 1, 6, 6), 1.1)
def gaussian_blur(img, sigma):
    """Images: Gaussian blur with a padded loop."""
    ax = np.arange(-1, 2)
    xx, yy = np.meshgrid(ax, ax)
    kernel = np.exp(-(xx**2 + yy**2) / (2.0 * sigma**2))
    kernel = kernel / np.sum(kernel)
    padded = np.pad(img, 1, mode="edge")
    out = np.zeros_like(img)
    for i in range(img.shape[0]):
        for j in range(img.shape[1]):
            out[i, j] = (padded[i : i + 3, j : j + 3] * kernel).sum()
    return out


@example(uniform(0, 1, 6, 6), 1.1)
def separable_blur(img, sigma):
    """Images: separable blur by apply_along_axis."""
    x = np.arange(-2, 3)
    k = np.exp(-(x**2) / (2 * sigma**2))
    k /= k.sum()
    rows = np.apply_along_axis(lambda m: np.convolve(m, k, mode="same"), 0, img)
    return np.apply_along_axis(lambda m: np.convolve(m, k, mode="same"), 1, rows)


@example(uniform(0, 1, 8, 8), uniform(0, 1, 8, 8))
def psnr(img1, img2):
    """Images: peak signal-to-noise ratio."""
    mse = np.mean((img1 - img2) ** 2)
    if mse == 0:
        return float("inf")
    return 20 * np.log10(1.0 / np.sqrt(mse))


@example(uniform(0, 1, 8, 8), uniform(0, 1, 8, 8))
def ssim_global(x, y):
    """Images: global structural similarity."""
    c1, c2 = 0.01**2, 0.03**2
    mx, my = x.mean(), y.mean()
    vx, vy = x.var(), y.var()
    cov = ((x - mx) * (y - my)).mean()
    return (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))


@example(uniform(0, 1, 5, 5), 1.3, 2.4)
def bilinear_interpolate(im, x, y):
    """Images: bilinear interpolation at a point (a well-known answer)."""
    x0 = np.floor(x).astype(int)
    x1 = x0 + 1
    y0 = np.floor(y).astype(int)
    y1 = y0 + 1
    Ia, Ib, Ic, Id = im[y0, x0], im[y1, x0], im[y0, x1], im[y1, x1]
    wa = (x1 - x) * (y1 - y)
    wb = (x1 - x) * (y - y0)
    wc = (x - x0) * (y1 - y)
    wd = (x - x0) * (y - y0)
    return wa * Ia + wb * Ib + wc * Ic + wd * Id


@example(uniform(0, 1, 4, 6))
def downsample_mean(img):
    """Images: block mean."""
    h, w = img.shape
    return img.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3))


@example(uniform(0, 1, 6, 6))
def low_pass_fft(img):
    """Images: low-pass filter in the frequency domain."""
    rows, cols = img.shape
    f = np.fft.fftshift(np.fft.fft2(img))
    y, x = np.ogrid[:rows, :cols]
    mask = (x - cols // 2) ** 2 + (y - rows // 2) ** 2 <= 4
    return np.real(np.fft.ifft2(np.fft.ifftshift(f * mask)))


@example(uniform(0, 1, 5, 5))
def total_variation(img):
    """Images: anisotropic total variation."""
    return np.sum(np.abs(np.diff(img, axis=0))) + np.sum(np.abs(np.diff(img, axis=1)))


@example(uniform(0, 1, 6, 6), 0.3)
def perona_malik(img, kappa):
    """Images: anisotropic diffusion."""
    for _ in range(4):
        dn = np.zeros_like(img)
        de = np.zeros_like(img)
        dn[1:, :] = img[:-1, :] - img[1:, :]
        de[:, :-1] = img[:, 1:] - img[:, :-1]
        img = img + 0.2 * (dn * np.exp(-((dn / kappa) ** 2)) + de * np.exp(-((de / kappa) ** 2)))
    return img


@example(uniform(0.05, 0.95, 4, 4), 2.2)
def gamma_and_contrast(img, gamma):
    """Images: gamma correction and contrast stretching."""
    out = np.power(img, 1 / gamma)
    out = (out - out.min()) / (out.max() - out.min())
    return np.clip(255 * out, 0, 255)


@example(uniform(0.1, 0.9, 3, 3, 3))
def rgb_to_hsv_value(rgb):
    """Images: saturation and value."""
    maxc = rgb.max(-1)
    minc = rgb.min(-1)
    s = (maxc - minc) / maxc
    return np.dstack((s, maxc))


@example(uniform(0, 1, 7, 7))
def harris_response(img, k=0.05):
    """Images: Harris corner response."""
    dy, dx = np.gradient(img)
    Ixx, Ixy, Iyy = dx**2, dy * dx, dy**2
    h, w = img.shape
    R = np.zeros((h, w))
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            Sxx = np.sum(Ixx[y - 1 : y + 2, x - 1 : x + 2])
            Syy = np.sum(Iyy[y - 1 : y + 2, x - 1 : x + 2])
            Sxy = np.sum(Ixy[y - 1 : y + 2, x - 1 : x + 2])
            R[y, x] = Sxx * Syy - Sxy**2 - k * (Sxx + Syy) ** 2
    return R


@example(uniform(0, 1, 5, 4), np.array([1.1, 0.1, 0.2, -0.1, 0.9, 0.1, 0.02, 0.01, 1.0]))
def apply_homography(points, h):
    """Computer vision: points mapped by a homography."""
    H = h.reshape(3, 3)
    pts = np.hstack([points[:, :2], np.ones((len(points), 1))])
    mapped = (H @ pts.T).T
    return mapped[:, :2] / mapped[:, 2:]


@example(normal(6, 3), np.array([0.1, -0.2, 0.3]), 800.0)
def camera_projection(points, t, f):
    """Computer vision: pinhole projection with radial distortion."""
    cam = points + t + np.array([0, 0, 8.0])
    x = cam[:, 0] / cam[:, 2]
    y = cam[:, 1] / cam[:, 2]
    r2 = x**2 + y**2
    d = 1 - 0.1 * r2 + 0.01 * r2**2
    return np.stack([f * x * d + 320, f * y * d + 240], axis=-1)


# Signals


@example(normal(16))
def log_spectrum(x):
    """Signals: spectrum in decibels under a Hann window."""
    X = np.fft.fft(x * np.hanning(len(x)))
    return 20 * np.log10(np.abs(X[: len(x) // 2]) + 1e-9)


@example(normal(12), normal(3))
def fir_filter(x, h):
    """Signals: FIR filter."""
    return np.convolve(x, h, mode="valid")


@example(normal(10), np.array([0.3, 0.2, -0.4]))
def iir_filter(x, coefficients):
    """Signals: biquad in a loop."""
    b0, b1, a1 = coefficients
    y = np.zeros(len(x))
    for n in range(len(x)):
        y[n] = b0 * x[n]
        if n > 0:
            y[n] += b1 * x[n - 1] - a1 * y[n - 1]
    return y


@example(normal(12))
def smooth_window(x, window_len=5):
    """Signals: smoothing by a window (SciPy cookbook)."""
    s = np.r_[x[window_len - 1 : 0 : -1], x, x[-2 : -window_len - 1 : -1]]
    w = np.hanning(window_len)
    y = np.convolve(w / w.sum(), s, mode="valid")
    return y


@example(normal(11))
def savitzky_golay(y, window_size=5, order=2):
    """Signals: Savitzky-Golay filter (SciPy cookbook)."""
    half = (window_size - 1) // 2
    b = np.array([[k**i for i in range(order + 1)] for k in range(-half, half + 1)])
    m = np.linalg.pinv(b)[0]
    firstvals = y[0] - np.abs(y[1 : half + 1][::-1] - y[0])
    lastvals = y[-1] + np.abs(y[-half - 1 : -1][::-1] - y[-1])
    y = np.concatenate((firstvals, y, lastvals))
    return np.convolve(m[::-1], y, mode="valid")


@example(normal(16))
def hilbert_envelope(x):
    """Signals: envelope by the analytic signal."""
    N = len(x)
    Xf = np.fft.fft(x)
    h = np.zeros(N)
    h[0] = h[N // 2] = 1
    h[1 : N // 2] = 2
    return np.abs(np.fft.ifft(Xf * h))


@example(0.3, 0.9, 5.0)
def instantaneous_frequency(a, b, f0):
    """Signals: instantaneous frequency of a chirp."""
    t = np.linspace(0, 1, 32)
    z = np.exp(1j * 2 * np.pi * (f0 * t + a * t**2 + b * t**3))
    phase = np.unwrap(np.angle(z))
    return np.diff(phase) / (2 * np.pi * (t[1] - t[0]))


@example(normal(16), normal(16))
def magnitude_coherence(x, y):
    """Signals: cross-spectrum averaged over segments."""
    X = np.fft.rfft(x.reshape(4, 4), axis=1)
    Y = np.fft.rfft(y.reshape(4, 4), axis=1)
    Pxy = np.mean(X * np.conj(Y), axis=0)
    Pxx = np.mean(np.abs(X) ** 2, axis=0)
    Pyy = np.mean(np.abs(Y) ** 2, axis=0)
    return np.abs(Pxy) ** 2 / (Pxx * Pyy)


@example(normal(8))
def dct_matrix(x):
    """Signals: discrete cosine transform by a matrix."""
    N = len(x)
    n = np.arange(N)
    k = n.reshape((N, 1))
    D = np.cos(np.pi / N * (n + 0.5) * k)
    return D @ x * np.sqrt(2 / N)


@example(normal(8))
def fft_recursive(x):
    """Signals: recursive Cooley-Tukey FFT (Pythonic Perambulations)."""

    def FFT(x):
        N = x.shape[0]
        if N == 1:
            return x
        X_even = FFT(x[::2])
        X_odd = FFT(x[1::2])
        factor = np.exp(-2j * np.pi * np.arange(N) / N)
        return np.concatenate([X_even + factor[: N // 2] * X_odd,
                               X_even + factor[N // 2 :] * X_odd])

    return np.abs(FFT(x))


@example(normal(8))
def haar_wavelet(x):
    """Signals: Haar wavelet transform in place."""
    output = x.copy()
    length = len(x)
    while length > 1:
        half = length // 2
        a = (output[0:length:2] + output[1:length:2]) / np.sqrt(2)
        d = (output[0:length:2] - output[1:length:2]) / np.sqrt(2)
        output[:half] = a
        output[half:length] = d
        length = half
    return output


@example(normal(20), 0.1)
def lms_filter(x, mu):
    """Signals: adaptive least-mean-squares filter."""
    d = np.sin(np.arange(20) * 0.5)
    w = np.zeros(3)
    e = np.zeros(20)
    for n in range(3, 20):
        u = x[n - 3 : n][::-1]
        e[n] = d[n] - np.dot(w, u)
        w += mu * e[n] * u
    return np.sum(e**2)


@example(normal(12))
def dynamic_time_warping(s):
    """Signals: dynamic-time-warping distance to a sine."""
    t = np.sin(np.linspace(0, 3, 6))
    n, m = len(s), len(t)
    dtw = np.full((n + 1, m + 1), np.inf)
    dtw[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = abs(s[i - 1] - t[j - 1])
            dtw[i, j] = cost + min(dtw[i - 1, j], dtw[i, j - 1], dtw[i - 1, j - 1])
    return dtw[n, m]


@example(normal(10), 2.4)
def sinc_interpolation(x, shift):
    """Signals: sinc interpolation."""
    s = np.arange(10)
    u = np.arange(0, 9, 1.5) + 0.1 * shift
    sinc_m = np.tile(u, (len(s), 1)) - np.tile(s[:, np.newaxis], (1, len(u)))
    return np.dot(x, np.sinc(sinc_m))


@example(normal(15))
def rms_and_crest(x):
    """Signals: RMS level and crest factor."""
    rms = np.sqrt(np.mean(np.square(x)))
    return np.array([20 * np.log10(rms), np.max(np.abs(x)) / rms])


# Numerical methods and NumPy's tutorials


@example(np.array([2.0, 5.0, 1.0]))
def newton_sqrt(a):
    """Numerical methods: square roots by Heron's iteration."""
    x = np.ones_like(a)
    for _ in range(12):
        x = 0.5 * (x + a / x)
    return x


@example(0.5, 2.0)
def simpson_rule(a, b, n=20):
    """Numerical methods: Simpson's rule in a loop."""
    f = lambda x: np.exp(-(x**2)) * np.sin(3 * x)
    h = (b - a) / n
    total = f(a) + f(b)
    for i in range(1, n, 2):
        total += 4 * f(a + i * h)
    for i in range(2, n - 1, 2):
        total += 2 * f(a + i * h)
    return total * h / 3


@example(0.5, 2.0)
def gauss_legendre(a, b):
    """Numerical methods: Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(5)
    x = 0.5 * (b - a) * nodes + 0.5 * (b + a)
    return 0.5 * (b - a) * np.sum(weights * np.cos(x) * np.exp(x))


@example(np.array([0.0, 1.1, 2.3, 3.1]), normal(4), 1.7)
def lagrange_interpolation(x, y, t):
    """Numerical methods: Lagrange interpolation."""
    total = 0
    for i in range(len(x)):
        p = y[i]
        for j in range(len(x)):
            if i != j:
                p = p * (t - x[j]) / (x[i] - x[j])
        total += p
    return total


@example(np.array([0.0, 1.1, 2.3, 3.1]), normal(4))
def newton_divided_differences(x, y):
    """Numerical methods: divided differences in a table."""
    n = len(y)
    coef = np.zeros([n, n])
    coef[:, 0] = y
    for j in range(1, n):
        for i in range(n - j):
            coef[i][j] = (coef[i + 1][j - 1] - coef[i][j - 1]) / (x[i + j] - x[i])
    return coef[0]


@example(np.array([0.0, 1.0, 2.5, 4.0]), normal(4))
def natural_cubic_spline(x, y):
    """Numerical methods: second derivatives of a natural cubic spline."""
    n = len(x)
    h = np.diff(x)
    A = np.zeros((n, n))
    b = np.zeros(n)
    A[0, 0] = A[-1, -1] = 1
    for i in range(1, n - 1):
        A[i, i - 1] = h[i - 1]
        A[i, i] = 2 * (h[i - 1] + h[i])
        A[i, i + 1] = h[i]
        b[i] = 6 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    return np.linalg.solve(A, b)


@example(normal(6), 1.7)
def linear_interpolation(fp, scale):
    """Numerical methods: np.interp on stretched points."""
    xp = np.arange(6)
    x = np.array([0.2, 0.9, 1.4, 2.6]) * scale
    return np.interp(x, xp, fp)


@example(normal(3, 3))
def cholesky_by_hand(A):
    """Numerical methods: Cholesky's decomposition in loops."""
    A = A @ A.T + 3 * np.eye(3)
    n = A.shape[0]
    L = np.zeros_like(A)
    for i in range(n):
        for j in range(i + 1):
            s = sum(L[i, k] * L[j, k] for k in range(j))
            if i == j:
                L[i, j] = np.sqrt(A[i, i] - s)
            else:
                L[i, j] = (A[i, j] - s) / L[j, j]
    return L


@example(normal(4, 3))
def gram_schmidt(V):
    """Numerical methods: Gram-Schmidt."""
    n, k = V.shape
    U = np.zeros((n, k))
    U[:, 0] = V[:, 0] / np.linalg.norm(V[:, 0])
    for i in range(1, k):
        U[:, i] = V[:, i]
        for j in range(i):
            U[:, i] = U[:, i] - (U[:, j] @ U[:, i]) * U[:, j]
        U[:, i] = U[:, i] / np.linalg.norm(U[:, i])
    return U


@example(normal(4, 4))
def power_iteration(A):
    """Numerical methods: power iteration (NumPy lecture notes)."""
    A = A + A.T + 4 * np.eye(4)
    b_k = np.array([1.0, 0.5, -0.3, 0.2])
    for _ in range(200):
        b_k1 = np.dot(A, b_k)
        b_k = b_k1 / np.linalg.norm(b_k1)
    return b_k @ A @ b_k


@example(normal(4, 4), normal(4))
def jacobi_method(A, b):
    """Numerical methods: Jacobi's iteration."""
    A = A + 8 * np.eye(4)
    D = np.diag(A)
    R = A - np.diagflat(D)
    x = np.zeros(4)
    for _ in range(25):
        x = (b - np.dot(R, x)) / D
    return x


@example(uniform(2, 4, 6), normal(5), normal(5), normal(6))
def thomas_algorithm(d, lower, upper, rhs):
    """Numerical methods: tridiagonal solver."""
    n = len(d)
    c, b, r = upper, d.copy(), rhs.copy()
    for i in range(1, n):
        w = lower[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        r[i] -= w * r[i - 1]
    x = r
    x[-1] = r[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (r[i] - c[i] * x[i + 1]) / b[i]
    return x


@example(np.array([-1.2, 1.0, 0.7, 1.3]))
def rosenbrock(x):
    """Optimisation: Rosenbrock's function (SciPy's tutorial)."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


@example(normal(2))
def himmelblau_and_ackley(p):
    """Optimisation: Himmelblau's plus Ackley's function."""
    x, y = p[0], p[1]
    himmelblau = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
    ackley = (-20.0 * np.exp(-0.2 * np.sqrt(0.5 * (x**2 + y**2)))
              - np.exp(0.5 * (np.cos(2 * np.pi * x) + np.cos(2 * np.pi * y))) + np.e + 20)
    return himmelblau + ackley


@example(normal(3), normal(8))
def polynomial_fit_residual(coeffs, x):
    """Numerical methods: residual of a polynomial in np.polyval."""
    y = np.polyval(coeffs, x)
    return np.sum((y - np.sin(x)) ** 2)


@example(normal(8))
def polyfit_prediction(y):
    """Numerical methods: quadratic fit by np.polyfit and np.poly1d."""
    x = np.linspace(0, 1, 8)
    p = np.poly1d(np.polyfit(x, y, 2))
    return p(np.array([0.25, 1.5]))


@example(np.array([1.0, -6.0, 11.0, -6.5]))
def largest_root(c):
    """Numerical methods: largest root of a polynomial."""
    return np.max(np.real(np.roots(c)))


@example(0.7)
def sine_series(x):
    """Numerical methods: Taylor series of the sine with factorials."""
    return sum((-1) ** n * x ** (2 * n + 1) / math.factorial(2 * n + 1) for n in range(8))


@example(normal(4), normal(4, 2))
def polygon_area_centroid(shift, xy):
    """Geometry: area of a polygon by the shoelace formula."""
    x, y = xy[:, 0] + shift, xy[:, 1]
    area = 0.5 * np.abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    return area


@example(normal(4, 2))
def bezier_curve(P):
    """Geometry: Bezier curve by de Casteljau's algorithm."""
    curve = []
    for t in np.linspace(0, 1, 6):
        points = P
        while len(points) > 1:
            points = (1 - t) * points[:-1] + t * points[1:]
        curve.append(points[0])
    return np.array(curve)


@example(normal(5, 3), normal(4, 3))
def pairwise_distances_sum(A, B):
    """NumPy tutorial: distance matrix and nearest neighbours."""
    D = np.sqrt(((A[:, np.newaxis, :] - B[np.newaxis, :, :]) ** 2).sum(axis=-1))
    nearest = D.argmin(axis=1)
    return D[np.arange(len(A)), nearest].sum()


@example(uniform(0, 3, 10), uniform(1, 2, 10))
def weighted_histogram_means(x, weights):
    """NumPy recipe: group sums with np.bincount."""
    labels = np.floor(x).astype(int)
    sums = np.bincount(labels, weights=weights * x, minlength=3)
    totals = np.bincount(labels, weights=weights, minlength=3)
    return sums / totals


@example(normal(6), normal(4))
def scatter_add(values, base):
    """NumPy recipe: unbuffered addition with np.add.at."""
    out = base.copy()
    np.add.at(out, [0, 1, 1, 3, 2, 0], values)
    return out


@example(normal(4, 5))
def masked_mean(data):
    """NumPy recipe: means over the finite entries."""
    data = data.copy()
    data[1, 2] = np.nan
    data[3, 0] = np.nan
    return np.nanmean(data, axis=0)


@example(normal(3, 4), normal(4))
def vectorized_scalar_function(A, x):
    """NumPy recipe: a scalar function through np.vectorize."""

    def f(v):
        if v > 0:
            return v**2
        return np.sin(v)

    return np.vectorize(f)(A @ x)


@example(uniform(-2, 2, 9))
def piecewise_function(x):
    """NumPy recipe: np.piecewise and np.select."""
    a = np.piecewise(x, [x < 0, x >= 0], [lambda v: -(v**3), lambda v: v**2])
    b = np.select([x < -1, x < 1], [x, x**2], default=1.0)
    return a + b


@example(normal(7))
def rank_weighted_sum(x):
    """NumPy recipe: weights by rank through argsort."""
    order = x.argsort()[::-1]
    weights = 1.0 / np.arange(1, len(x) + 1)
    return np.sum(x[order] * weights)


@example(normal(3, 4), normal(4, 5), normal(5, 2))
def chain_of_products(A, B, C):
    """NumPy tutorial: a chain by multi_dot and its norms."""
    M = np.linalg.multi_dot([A, B, C])
    return np.array([np.linalg.norm(M), np.linalg.norm(M, 1), np.linalg.norm(M, np.inf)])


@example(uniform(0.5, 1.5, 5), 8.0)
def rainfall_cumulative(rates, capacity):
    """NumPy recipe: time at which a cumulative sum reaches a level."""
    total = np.cumsum(rates * 2.0)
    k = np.searchsorted(total, capacity / 2)
    return k + (capacity / 2 - total[k - 1]) / (total[k] - total[k - 1])
