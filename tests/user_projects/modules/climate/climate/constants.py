"""Physical constants."""
import numpy as np
sigma = 5.67e-8
S0 = 1361.0
kelvin = 273.15
seconds_per_year = 365.25 * 24 * 3600.


def insolation(lat):
    """Annual mean insolation, second Legendre polynomial fit."""
    x = np.sin(np.deg2rad(lat))
    return S0 / 4 * (1 - 0.477 * 0.5 * (3 * x ** 2 - 1))
