import numpy as np

STAGES = [{'m_prop': 20.0, 'm_dry': 3.0, 'isp': 280.0, 'mdot': 0.5},
          {'m_prop': 5.0, 'm_dry': 1.0, 'isp': 330.0, 'mdot': 0.1}]
g0 = 9.80665


def air_density(h, rho0=1.225, H=8500.0):
    return rho0 * np.exp(-h / H)


def gravity(h, Re=6371e3):
    return g0 * (Re / (Re + h))**2


def thrust(stage, scale):
    return stage['mdot'] * stage['isp'] * g0 * scale


def deriv(y, stage, scale, CdA):
    h, v, m = y
    D = 0.5 * air_density(h) * v * abs(v) * CdA
    return np.array([v, (thrust(stage, scale) - D) / m - gravity(h), -stage['mdot']])


def ascent(payload, CdA, scale=1.0, dt=1.0):
    m = payload + sum(s['m_prop'] + s['m_dry'] for s in STAGES)
    y = np.array([0.0, 0.1, m])
    out = []
    for st in STAGES:
        n = int(st['m_prop'] / st['mdot'] / dt)
        for i in range(n):
            k1 = deriv(y, st, scale, CdA)
            k2 = deriv(y + 0.5 * dt * k1, st, scale, CdA)
            y = y + dt * k2
        y[2] -= st['m_dry']
        out.append(y.copy())
    return np.array(out)


def burnout_velocity(payload, CdA):
    return ascent(payload, CdA)[-1, 1]


def delta_v(payload, isps):
    m_above = payload
    dv = 0
    for st, isp in zip(STAGES[::-1], isps[::-1]):
        mf = m_above + st['m_dry']
        mi = mf + st['m_prop']
        dv += isp * g0 * np.log(mi / mf)
        m_above = mi
    return dv


PROGRAMS = [(burnout_velocity, (1.5, 0.02)), (delta_v, (1.2, np.array([285.0, 335.0])))]
