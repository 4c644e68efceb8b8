import numpy as np
import math


def muskingum(inflow, K, x, dt):
    D = 2 * K * (1 - x) + dt
    C0 = (dt - 2 * K * x) / D
    C1 = (dt + 2 * K * x) / D
    C2 = (2 * K * (1 - x) - dt) / D
    assert abs(C0 + C1 + C2 - 1) < 1e-9
    out = np.zeros(len(inflow))
    out[0] = inflow[0]
    for i in range(1, len(inflow)):
        out[i] = C0 * inflow[i] + C1 * inflow[i-1] + C2 * out[i-1]
    return out


def manning_depth(Q, S, n, b, z):
    y = 1.0
    for k in range(60):
        A = (b + z * y) * y
        P = b + 2 * y * math.sqrt(1 + z**2)
        f = A**(5 / 3) / P**(2 / 3) * math.sqrt(S) / n - Q
        dA = b + 2 * z * y
        dP = 2 * math.sqrt(1 + z * z)
        df = math.sqrt(S) / n * (5 / 3 * (A / P)**(2 / 3) * dA - 2 / 3 * (A / P)**(5 / 3) * dP)
        dy = f / df
        y = y - dy
        if math.fabs(dy) < 1e-12:
            return y
    raise RuntimeError('no convergence')
