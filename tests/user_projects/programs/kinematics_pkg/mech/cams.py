from math import pi, sin, cos


def cycloidal(th, beta, h):
    return h * (th / beta - sin(2 * pi * th / beta) / (2 * pi))


def harmonic(th, beta, h):
    return h / 2 * (1 - cos(pi * th / beta))
