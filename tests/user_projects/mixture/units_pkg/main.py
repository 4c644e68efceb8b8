import numpy as np
from physq import Quantity, constants


def pump_energy(flow, head_ft, hours):
    """kWh to lift water."""
    rho = Quantity(1000.0, dims=(-3, 1, 0, 0))
    q = Quantity(flow, dims=(3, 0, -1, 0))
    power = rho * constants.g * q * Quantity(head_ft, 'ft')
    return (power * Quantity(hours, 'h') / 0.72).to('kWh')


def sound_speed_ratio(T1, T2):
    c = [(1.4 * constants.R_air * Quantity(T, 'K')).sqrt() for T in (T1, T2)]
    return float(c[0] / c[1])


def radiated_power(temps, areas):
    T = Quantity(temps, 'K')
    A = Quantity(areas, dims=(2, 0, 0, 0))
    return (0.9 * A * constants.sigma_sb * T ** 4).sum().to('W')


PROGRAMS = [
    (pump_energy, (0.03, 45.0, 6.0)),
    (sound_speed_ratio, (288.15, 250.0)),
    (radiated_power, (np.array([300., 350., 420.]), np.array([1.0, 0.4, 0.25]))),
]
