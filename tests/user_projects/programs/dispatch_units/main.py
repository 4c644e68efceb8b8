import math
import numpy as np

# --- property correlations, keyed by name -------------------------------
vapor_pressure = {
    'antoine': lambda T, A=8.07131, B=1730.63, C=233.426: 10 ** (A - B / (C + T)),
    'magnus': lambda T: 6.1094 * math.exp(17.625 * T / (T + 243.04)) * 0.750062,
    'tetens': lambda T: 0.61078 * math.exp(17.27 * T / (T + 237.3)) * 7.50062,
}

density = [lambda T: 999.84 - 0.0056 * T**2 + 0.05 * T,
           lambda T: 1000 * (1 - (T + 288.9414) / (508929.2 * (T + 68.12963)) * (T - 3.9863)**2)]


def compose(*fs):
    def composed(x):
        for f in reversed(fs):
            x = f(x)
        return x
    return composed


f2c = lambda f: (f - 32) * 5.0 / 9.0
k2c = lambda k: k - 273.15
converters = dict(F=f2c, K=k2c, C=lambda c: c)


def saturation(T, unit='C', model='antoine'):
    try:
        conv = converters[unit]
    except KeyError:
        raise ValueError('bad unit %r' % unit)
    return compose(vapor_pressure[model], conv)(T)


def compare_models(T_kelvin):
    return np.array([saturation(T_kelvin, 'K', m) for m in sorted(vapor_pressure)])


def water_column(T, depth):
    return tuple(rho(T) * 9.80665 * depth / 1000 for rho in density)


PROGRAMS = [(compare_models, (298.0,)), (water_column, (18.0, 12.5))]
