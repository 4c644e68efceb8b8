import numpy as np


class DragPolar:
    def __init__(self, cd0, k):
        self.cd0, self.k = cd0, k

    def cd(self, cl):
        return self.cd0 + self.k * cl**2

    def drag(self, rho, V, S, W):
        q = 0.5 * rho * V**2
        return q * S * self.cd(W / (q * S))

    def v_min_drag(self, rho, S, W):
        return np.sqrt(2 * W / (rho * S) * np.sqrt(self.k / self.cd0))

    def ld_max(self):
        return 1 / (2 * np.sqrt(self.cd0 * self.k))
