from numpy import where, zeros, exp, sum, arange, convolve


def scs_runoff(P, CN, lam=0.2):
    S = 25400.0 / CN - 254
    Ia = lam * S
    return where(P > Ia, (P - Ia)**2 / (P - Ia + S), 0.0)


class UnitHydrograph:
    def __init__(self, area, tc, dt=0.5, n=10):
        self.area = area
        self.tc = tc
        self.dt = dt
        tp = 0.6 * tc + dt / 2
        t = (arange(n) + 1) * dt
        u = (t / tp * exp(1 - t / tp))**3
        self.u = u / sum(u)

    def convolve(self, excess):
        # mm over km2 per dt hours -> m3/s
        return convolve(excess, self.u) * self.area / 3.6 / self.dt
