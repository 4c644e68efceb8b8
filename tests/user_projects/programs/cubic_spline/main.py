import numpy as np


def thomas(a, b, c, d):
    n = len(d)
    cp = np.empty(n)
    dp = np.empty(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i-1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i-1]) / m
    x = np.empty(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i+1]
    return x


class NaturalSpline:
    def __init__(self, x, y):
        self.x = np.array(x)
        self.y = np.array(y)
        n = len(x)
        h = np.diff(self.x)
        a = np.zeros(n)
        b = np.ones(n)
        c = np.zeros(n)
        d = np.zeros(n)
        for i in range(1, n - 1):
            a[i] = h[i-1]
            b[i] = 2 * (h[i-1] + h[i])
            c[i] = h[i]
            d[i] = 6 * ((self.y[i+1] - self.y[i]) / h[i] - (self.y[i] - self.y[i-1]) / h[i-1])
        self.M = thomas(a, b, c, d)
        self.h = h

    def __call__(self, t):
        i = np.searchsorted(self.x, t) - 1
        if i < 0 or i >= len(self.h):
            raise ValueError('out of range')
        h = self.h[i]
        A = (self.x[i+1] - t) / h
        B = (t - self.x[i]) / h
        return (A * self.y[i] + B * self.y[i+1]
                + ((A**3 - A) * self.M[i] + (B**3 - B) * self.M[i+1]) * h**2 / 6)


xk = np.array([0.0, 1.0, 2.5, 3.6, 5.0])
yk = np.array([1.0, 2.0, 0.5, -0.3, 1.2])
sp = NaturalSpline(xk, yk)


def interp_at(y, t):
    s = NaturalSpline(xk, y)
    return np.array([s(ti) for ti in t])


def heat_implicit(u0, alpha, nt=10):
    n = len(u0)
    dx = 1.0 / (n - 1)
    dt = 0.01
    r = alpha * dt / dx**2
    u = u0.copy()
    lo = np.full(n, -r); di = np.full(n, 1 + 2*r); up = np.full(n, -r)
    di[0] = di[-1] = 1
    up[0] = 0
    lo[-1] = 0
    for k in range(nt):
        u = thomas(lo, di, up, u)
    return u


PROGRAMS = [
    (interp_at, (yk, np.array([0.3, 1.7, 3.0, 4.4]))),
    (heat_implicit, (np.sin(np.pi * np.linspace(0, 1, 12)) + 0.2, 0.4)),
]
