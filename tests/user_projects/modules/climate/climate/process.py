import numpy as np


class Process(object):
    def __init__(self, name='process', **params):
        self.name = name
        self.param = dict(params)
        self.tendency = None

    def compute(self, state):
        raise NotImplementedError

    def __repr__(self):
        return '<%s: %s>' % (self.__class__.__name__, self.name)


class LinearOLR(Process):
    def compute(self, state):
        return -(self.param['A'] + self.param['B'] * state['Ts'])


class Albedo(Process):
    def compute(self, state):
        p = self.param
        T = state['Ts']
        alb = p['ai'] + (p['a0'] - p['ai']) * 0.5 * (1 + np.tanh((T - p['Tf']) / 5.0))
        return (1 - alb) * state['Q']


class Diffusion(Process):
    def compute(self, state):
        T, lat = state['Ts'], np.deg2rad(state['lat'])
        dphi = lat[1] - lat[0]
        mid = 0.5 * (lat[1:] + lat[:-1])
        flux = np.zeros(len(T) + 1)
        flux[1:-1] = -self.param['D'] * np.cos(mid) * np.diff(T) / dphi
        return -np.diff(flux) / dphi / np.cos(lat)
