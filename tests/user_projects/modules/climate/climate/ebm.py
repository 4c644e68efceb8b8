import numpy as np
from .process import LinearOLR, Albedo, Diffusion
from .constants import insolation, seconds_per_year


class EnergyBalanceModel(object):
    def __init__(self, num_lat=12, A=210., B=2.0, D=0.55, a0=0.3, ai=0.62, Tf=-10.):
        edges = np.linspace(-90., 90., num_lat + 1)
        self.lat = (edges[1:] + edges[:-1]) / 2
        self.state = {'lat': self.lat, 'Q': insolation(self.lat),
                      'Ts': 12. - 40. * 0.5 * (3 * np.sin(np.deg2rad(self.lat)) ** 2 - 1)}
        self.subprocess = {}
        self.add_subprocess('LW', LinearOLR('LW', A=A, B=B))
        self.add_subprocess('SW', Albedo('SW', a0=a0, ai=ai, Tf=Tf))
        self.add_subprocess('diff', Diffusion('diff', D=D))
        self.heat_capacity = 4e8
        self.steps = 0

    def add_subprocess(self, name, proc):
        if name in self.subprocess:
            raise ValueError('duplicate process %s' % name)
        self.subprocess[name] = proc

    def step_forward(self, dt):
        total = np.zeros_like(self.state['Ts'])
        for name, proc in self.subprocess.items():
            proc.tendency = proc.compute(self.state)
            total = total + proc.tendency
        self.state['Ts'] = self.state['Ts'] + dt * total / self.heat_capacity
        self.steps += 1

    def integrate_years(self, years, steps_per_year=10, verbose=False):
        dt = seconds_per_year / steps_per_year
        for _ in range(int(years * steps_per_year)):
            self.step_forward(dt)
        if verbose:
            print('Total elapsed steps: %d' % self.steps)
        return self

    @property
    def global_mean(self):
        w = np.cos(np.deg2rad(self.lat))
        return np.average(self.state['Ts'], weights=w)
