import numpy as np
from numpy import exp, trapezoid as trapz


def gauss(x, a, c, w):
    return a * exp(-0.5 * ((x - c) / w)**2)


def lorentz(x, a, c, w):
    return a / (1 + ((x - c) / w)**2)


def moments(x, y):
    area = trapz(y, x)
    mean = trapz(x * y, x) / area
    var = trapz((x - mean)**2 * y, x) / area
    return area, mean, np.sqrt(var)
