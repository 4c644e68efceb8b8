"""Linear prediction of a speech frame."""
import numpy as np


def preemphasis(x, coef=0.97):
    return np.append(x[0], x[1:] - coef * x[:-1])


def autocorr(x, p):
    r = np.correlate(x, x, mode='full')[len(x) - 1:len(x) + p]
    return r


def levinson(r, order):
    """Levinson-Durbin recursion, returns a (with a[0]=1), error, reflection."""
    a = np.zeros(order + 1)
    a[0] = 1.0
    E = r[0]
    k = np.zeros(order)
    for i in range(1, order + 1):
        acc = r[i]
        for j in range(1, i):
            acc += a[j] * r[i - j]
        ki = -acc / E
        k[i - 1] = ki
        a_prev = a.copy()
        for j in range(1, i):
            a[j] = a_prev[j] + ki * a_prev[i - j]
        a[i] = ki
        E *= (1 - ki * ki)
    return a, E, k


def lpc(frame, order=4, win=True, verbose=False):
    x = preemphasis(np.asarray(frame, dtype=np.float64))
    if win:
        x = x * np.hanning(len(x))
    r = autocorr(x, order)
    a, E, k = levinson(r, order)
    if verbose:
        print("prediction error %.4f" % E)
    return a, np.sqrt(E)


def cepstrum(frame, order, ncep):
    a, g = lpc(frame, order)
    c = np.zeros(ncep + 1)
    c[0] = np.log(g)
    for m in range(1, ncep + 1):
        c[m] = -a[m] if m <= order else 0.0
        for k in range(max(1, m - order), m):
            c[m] -= (float(k) / m) * c[k] * a[m - k]
    return c


n = np.arange(60)
frame = np.exp(-0.02 * n) * np.cos(0.3 * n) + 0.5 * np.cos(1.1 * n + 0.2) + .1 * np.cos(2.3 * n)
PROGRAMS = [(lpc, (frame, 4)), (cepstrum, (frame, 4, 7))]
