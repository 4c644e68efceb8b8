"""Model rocket flight."""
import numpy as np


def apogee(m_dry, m_prop, isp, burn, cd, dt=0.05):
    g0 = 9.81
    area = np.pi * 0.05 ** 2
    mdot = m_prop / burn
    thrust = isp * g0 * mdot
    t, h, v, m = 0.0, 0.0, 0.0, m_dry + m_prop
    hist = np.zeros((200, 3))
    for k in range(200):
        if t < 1.5 - 1e-9:
            T = thrust
            m = m - mdot * dt
        else:
            T = 0.0
        rho = 1.225 * np.exp(-h / 8500.0)
        drag = 0.5 * rho * cd * area * v * abs(v)
        a = (T - drag) / m - g0
        v += a * dt
        h += v * dt
        t += dt
        hist[k] = [t, h, v]
    i = int(np.argmax(hist[:, 1]))
    # refine the peak with a parabola
    y0, y1, y2 = hist[i - 1:i + 2, 1]
    return y1 - (y2 - y0) ** 2 / (8 * (y0 - 2 * y1 + y2))


PROGRAMS = [(apogee, (0.8, 0.3, 120.0, 1.7, 0.45))]
