from numpy import linspace, cos, sin, pi, sqrt, arctan, where, concatenate


def thickness(x, t):
    return 5 * t * (0.2969 * sqrt(x) - 0.1260 * x - 0.3516 * x**2 + 0.2843 * x**3 - 0.1036 * x**4)


def naca4(m, p, t, n):
    beta = linspace(0, pi, n + 1)
    x = 0.5 * (1 - cos(beta))
    yc = where(x < p, m / p**2 * (2 * p * x - x**2), m / (1 - p)**2 * ((1 - 2 * p) + 2 * p * x - x**2))
    dyc = where(x < p, 2 * m / p**2 * (p - x), 2 * m / (1 - p)**2 * (p - x))
    th = arctan(dyc)
    yt = thickness(x, t)
    xu, yu = x - yt * sin(th), yc + yt * cos(th)
    xl, yl = x + yt * sin(th), yc - yt * cos(th)
    # trailing edge -> lower -> leading edge -> upper -> trailing edge
    return concatenate((xl[::-1], xu[1:])), concatenate((yl[::-1], yu[1:]))
