from numpy import sqrt, pi, sin, cos
from constants import e_charge, m_e, eps0


def wp(n):
    return sqrt(n * e_charge**2 / (eps0 * m_e))


def appleton_hartree(f, n, B, theta, mode='O'):
    w = 2 * pi * f
    X = (wp(n) / w)**2
    Y = e_charge * B / m_e / w
    s = 0.5 * Y**2 * sin(theta)**2
    root = sqrt(s**2 + (1 - X)**2 * Y**2 * cos(theta)**2)
    sign = 1 if mode == 'O' else -1
    n2 = 1 - X * (1 - X) / (1 - X - s + sign * root)
    return sqrt(n2)
