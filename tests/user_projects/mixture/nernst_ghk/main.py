import numpy as np


def ghk(P, c_in, c_out, T=310.15):
    """Goldman-Hodgkin-Katz voltage, mV. Order: K, Na, Cl"""
    R, F = 8.314462, 96485.33
    num = P['K'] * c_out[0] + P['Na'] * c_out[1] + P['Cl'] * c_in[2]
    den = P['K'] * c_in[0] + P['Na'] * c_in[1] + P['Cl'] * c_out[2]
    return 1e3 * R * T / F * np.log(num / den)


class HHNeuron:
    gNa, gK, gL = 120.0, 36.0, 0.3
    ENa, EK, EL = 50.0, -77.0, -54.387
    C = 1.0

    def alpha_m(self, V): return 0.1*(V+40.0)/(1.0 - np.exp(-(V+40.0) / 10.0))
    def beta_m(self, V): return 4.0*np.exp(-(V+65.0) / 18.0)
    def alpha_h(self, V): return 0.07*np.exp(-(V+65.0) / 20.0)
    def beta_h(self, V): return 1.0/(1.0 + np.exp(-(V+35.0) / 10.0))
    def alpha_n(self, V): return 0.01*(V+55.0)/(1.0 - np.exp(-(V+55.0) / 10.0))
    def beta_n(self, V): return 0.125*np.exp(-(V+65) / 80.0)

    def run(self, I, dt=0.02, n=150):
        V, m, h, n_ = -64.9, 0.05, 0.6, 0.32
        vs = np.zeros(n)
        for i in range(n):
            INa = self.gNa * m**3 * h * (V - self.ENa)
            IK = self.gK * n_**4 * (V - self.EK)
            IL = self.gL * (V - self.EL)
            dV = (I - INa - IK - IL) / self.C
            m += dt * (self.alpha_m(V)*(1-m) - self.beta_m(V)*m)
            h += dt * (self.alpha_h(V)*(1-h) - self.beta_h(V)*h)
            n_ += dt * (self.alpha_n(V)*(1-n_) - self.beta_n(V)*n_)
            V += dt * dV
            vs[i] = V
        return vs


def membrane_trace(I, gNa):
    hh = HHNeuron()
    hh.gNa = gNa
    return hh.run(I)[::30]


PROGRAMS = [
    (ghk, ({'K': 1.0, 'Na': 0.04, 'Cl': 0.45}, np.array([140., 15., 10.]), np.array([5., 145., 110.]))),
    (membrane_trace, (8.0, 118.0)),
]
