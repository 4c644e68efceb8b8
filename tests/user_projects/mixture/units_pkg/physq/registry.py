class UnitError(TypeError):
    pass


# name -> (scale to SI, (m, kg, s, K))
_UNITS = {
    'm': (1.0, (1, 0, 0, 0)),
    'km': (1e3, (1, 0, 0, 0)),
    'ft': (0.3048, (1, 0, 0, 0)),
    'kg': (1.0, (0, 1, 0, 0)),
    'lb': (0.45359237, (0, 1, 0, 0)),
    's': (1.0, (0, 0, 1, 0)),
    'h': (3600.0, (0, 0, 1, 0)),
    'K': (1.0, (0, 0, 0, 1)),
    'N': (1.0, (1, 1, -2, 0)),
    'J': (1.0, (2, 1, -2, 0)),
    'kWh': (3.6e6, (2, 1, -2, 0)),
    'W': (1.0, (2, 1, -3, 0)),
    'Pa': (1.0, (-1, 1, -2, 0)),
}


def unit(name):
    try:
        return _UNITS[name]
    except KeyError:
        raise UnitError('unknown unit %r' % (name,))


def si_name(dims):
    names = ('m', 'kg', 's', 'K')
    return '*'.join('%s^%d' % (n, d) for n, d in zip(names, dims) if d)
