import numpy as np


def icp_align(src, dst, n_iter=3):
    """Rigid ICP in 2D/3D; returns rotation, translation and RMS error."""
    if src.shape[1] != dst.shape[1]:
        raise ValueError('dimension mismatch %r vs %r' % (src.shape, dst.shape))
    d = src.shape[1]
    R_tot = np.eye(d)
    t_tot = np.zeros(d)
    cur = src.copy()
    for _ in range(n_iter):
        d2 = ((cur[:, None, :] - dst[None, :, :]) ** 2).sum(axis=2)
        nn = d2.argmin(axis=1)
        tgt = dst[nn]
        mu_s, mu_t = cur.mean(0), tgt.mean(0)
        H = np.dot((cur - mu_s).T, tgt - mu_t)
        U, S, Vt = np.linalg.svd(H)
        R = np.dot(Vt.T, U.T)
        if np.linalg.det(R) < 0:
            Vt[-1, :] *= -1
            R = np.dot(Vt.T, U.T)
        t = mu_t - R.dot(mu_s)
        cur = cur.dot(R.T) + t
        R_tot = R.dot(R_tot)
        t_tot = R.dot(t_tot) + t
    rms = np.sqrt(np.mean(np.sum((cur - tgt) ** 2, axis=1)))
    return R_tot, t_tot, rms


_p = np.array([[0., 0.], [2., .3], [3.5, 2.], [1., 3.], [-1., 2.2]])
_R = np.array([[np.cos(.2), -np.sin(.2)], [np.sin(.2), np.cos(.2)]])
PROGRAMS = [(icp_align, (_p.dot(_R.T) + [.3, -.2] + .05 * np.sin(np.arange(10.).reshape(5, 2)), _p))]
