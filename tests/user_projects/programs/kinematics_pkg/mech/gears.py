from math import sqrt, sin, cos, pi


def contact_ratio(z1, z2, alpha, m=1):
    rb1 = m * z1 / 2 * cos(alpha)
    rb2 = m * z2 / 2 * cos(alpha)
    ra1 = m * z1 / 2 + m
    ra2 = m * z2 / 2 + m
    a = m * (z1 + z2) / 2
    return (sqrt(ra1**2 - rb1**2) + sqrt(ra2**2 - rb2**2) - a * sin(alpha)) / (pi * m * cos(alpha))
