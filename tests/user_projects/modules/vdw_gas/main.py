"""Vapour pressure / critical constants."""
import numpy as np


def compress_factor(T, P, Tc, Pc, omega, eos='PR', phase='vapor'):
    """Compressibility factor Z and fugacity coefficient from a cubic EOS."""
    R = 8.314
    Tr = T / Tc
    if eos.upper() == 'PR':
        kappa = 0.37464 + 1.54226 * omega - 0.26992 * omega ** 2
        alpha = (1 + kappa * (1 - np.sqrt(Tr))) ** 2
        a = 0.45724 * R ** 2 * Tc ** 2 / Pc * alpha
        b = 0.0778 * R * Tc / Pc
        A = a * P / (R * T) ** 2
        B = b * P / (R * T)
        coeffs = [1.0, -(1 - B), A - 3 * B ** 2 - 2 * B, -(A * B - B ** 2 - B ** 3)]
    else:
        raise ValueError("unknown equation of state '%s'" % eos)
    Z = np.roots(coeffs)
    Z = Z[np.abs(Z.imag) < 1e-10].real
    z = Z.max() if phase == 'vapor' else Z.min()
    s2 = np.sqrt(2)
    lnphi = z - 1 - np.log(z - B) - A / (2 * s2 * B) * np.log((z + (1 + s2) * B) / (z + (1 - s2) * B))
    return z, np.exp(lnphi)


PROGRAMS = [
    (compress_factor, (350.0, 9.4573e5, 369.8, 4.249e6, 0.152)),
    (compress_factor, (300.0, 9e5, 369.8, 4.249e6, 0.152, 'PR', 'liquid')),
]
