"""Mass action kinetics from reaction strings."""
import re
import numpy as np


def timed(func):
    import time
    import functools

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        start = time.time()
        res = func(*args, **kwargs)
        wrapper.elapsed = time.time() - start
        return res
    wrapper.elapsed = None
    return wrapper


class Reaction(object):
    _pat = re.compile(r'^\s*(\d*)\s*([A-Za-z]\w*)\s*$')

    def __init__(self, equation, k):
        self.equation = equation
        self.k = k
        lhs, rhs = equation.split('->')
        self.reactants = self._parse(lhs)
        self.products = self._parse(rhs)

    def _parse(self, side):
        d = {}
        for term in side.split('+'):
            m = self._pat.match(term)
            if m is None:
                raise ValueError('cannot parse %r in %r' % (term, self.equation))
            d[m.group(2)] = d.get(m.group(2), 0) + int(m.group(1) or 1)
        return d

    def rate(self, conc):
        r = self.k
        for sp, nu in self.reactants.items():
            r = r * conc[sp] ** nu
        return r


class Network(object):
    def __init__(self, equations, ks):
        self.reactions = [Reaction(e, k) for e, k in zip(equations, ks)]
        sp = set()
        for r in self.reactions:
            sp.update(r.reactants)
            sp.update(r.products)
        self.species = sorted(sp)
        self.index = {s: i for i, s in enumerate(self.species)}
        self.S = np.zeros((len(self.species), len(self.reactions)))
        for j, r in enumerate(self.reactions):
            for s, nu in r.reactants.items():
                self.S[self.index[s], j] -= nu
            for s, nu in r.products.items():
                self.S[self.index[s], j] += nu

    def dcdt(self, c):
        conc = dict(zip(self.species, c))
        v = np.array([r.rate(conc) for r in self.reactions])
        return self.S.dot(v)

    def jacobian(self, c):
        n = len(c)
        J = np.empty((n, n))
        conc = dict(zip(self.species, c))
        dv = np.zeros((len(self.reactions), n))
        for j, r in enumerate(self.reactions):
            for s, nu in r.reactants.items():
                dv[j, self.index[s]] = nu * r.rate(conc) / conc[s]
        J[...] = np.dot(self.S, dv)
        return J

    @timed
    def integrate(self, c0, dt, n):
        """Rosenbrock-Euler, linearly implicit."""
        c = np.array([c0[s] for s in self.species])
        I = np.eye(len(c))
        out = [c]
        for _ in range(n):
            c = c + np.linalg.solve(I - dt * self.jacobian(c), dt * self.dcdt(c))
            out.append(c)
        return np.vstack(out)


ROBER = ['A -> B', '2 B -> B + C', 'B + C -> A + C']


def robertson(ks, a0, dt):
    return Network(ROBER, ks).integrate({'A': a0, 'B': 0.05, 'C': 0.1}, dt, 8)


def steady_rate(k1, k2, c):
    net = Network(['A + E -> X', 'X -> A + E', 'X -> P + E'], [k1, 2.0, k2])
    return net.dcdt(c), net.jacobian(c)


PROGRAMS = [
    (robertson, (np.array([.4, 3., 1.5]), 1.0, 0.2)),
    (steady_rate, (1.5, .7, np.array([1., .2, .1, .3]))),
]
