import numpy as np


def center(X):
    return X - np.mean(X, axis=0)


def pca(X, ncomp):
    Xc = center(X)
    C = np.dot(Xc.T, Xc) / (Xc.shape[0] - 1)
    vals, vecs = np.linalg.eigh(C)
    idx = np.argsort(vals)[::-1]
    vals = vals[idx]
    vecs = vecs[:, idx]
    return vals[:ncomp], vecs[:, :ncomp]


def explained_ratio(X):
    vals, _ = pca(X, X.shape[1])
    return vals / vals.sum()


def reconstruct(X, k=2):
    mu = X.mean(axis=0)
    U, s, Vt = np.linalg.svd(X - mu, full_matrices=False)
    S = np.zeros((k, k))
    for i in range(k):
        S[i, i] = s[i]
    return U[:, :k] @ S @ Vt[:k] + mu


def whitened_dist(X, p):
    """mahalanobis distance of p from the sample"""
    vals, vecs = pca(X, X.shape[1])
    W = vecs / np.sqrt(vals)
    z = (p - X.mean(0)) @ W
    return np.sqrt(np.sum(z**2))


Xs = np.random.RandomState(4).randn(12, 3) @ np.array([[2.0, 0.3, 0.1], [0.0, 1.0, 0.4], [0.0, 0.0, 0.5]])
PROGRAMS = [(explained_ratio, (Xs,)), (reconstruct, (Xs,)), (whitened_dist, (Xs, np.array([1.0, -0.4, 0.6])))]
