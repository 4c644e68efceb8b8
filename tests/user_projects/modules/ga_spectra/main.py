import numpy as np


def fit_two_peaks(x, y, p0, n_iter=6, lam=1e-2):
    """Levenberg-Marquardt (fixed damping) for a sum of two Gaussians plus baseline."""
    p = p0.copy()
    for it in range(n_iter):
        a1, c1, w1, a2, c2, w2, b = p
        g1 = np.exp(-0.5 * ((x - c1) / w1) ** 2)
        g2 = np.exp(-0.5 * ((x - c2) / w2) ** 2)
        r = y - (a1 * g1 + a2 * g2 + b)
        J = np.zeros((len(x), 7))
        J[:, 0] = g1
        J[:, 1] = a1 * g1 * (x - c1) / w1 ** 2
        J[:, 2] = a1 * g1 * (x - c1) ** 2 / w1 ** 3
        J[:, 3] = g2
        J[:, 4] = a2 * g2 * (x - c2) / w2 ** 2
        J[:, 5] = a2 * g2 * (x - c2) ** 2 / w2 ** 3
        J[:, 6] = 1.0
        H = J.T.dot(J)
        H[np.diag_indices(7)] *= 1 + lam
        p += np.linalg.solve(H, J.T.dot(r))
    return p


xs = np.linspace(0, 10, 41)
ys = 2 * np.exp(-0.5 * ((xs - 3) / .8) ** 2) + 1.2 * np.exp(-0.5 * ((xs - 6.5) / 1.1) ** 2) + .1 + .02 * np.sin(9 * xs)
PROGRAMS = [(fit_two_peaks, (xs, ys, np.array([1.8, 2.8, 0.9, 1.0, 6.7, 1.0, 0.0])))]
