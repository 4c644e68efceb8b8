import math
import numpy as np

norm_cdf = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])


def tauchen(rho, sigma, n=5, m=3):
    """Discretise an AR(1)."""
    std_y = np.sqrt(sigma ** 2 / (1 - rho ** 2))
    x_max = m * std_y
    x = np.linspace(-x_max, x_max, n)
    step = (2 * x_max) / (n - 1)
    half = 0.5 * step
    P = np.empty((n, n))
    for i in range(n):
        P[i, 0] = norm_cdf((x[0] - rho * x[i] + half) / sigma)
        P[i, n - 1] = 1 - norm_cdf((x[n - 1] - rho * x[i] - half) / sigma)
        for j in range(1, n - 1):
            z = x[j] - rho * x[i]
            P[i, j] = norm_cdf((z + half) / sigma) - norm_cdf((z - half) / sigma)
    return x, P
