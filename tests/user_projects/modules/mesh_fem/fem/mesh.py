import numpy as np


class Mesh1D:
    def __init__(self, nodes):
        nodes = np.asarray(nodes, dtype=float)
        if nodes.ndim != 1:
            raise ValueError("nodes must be one-dimensional")
        if np.any(np.diff(nodes) <= 0):
            raise ValueError("nodes must be strictly increasing")
        self.nodes = nodes
        self.elements = np.c_[np.arange(len(nodes) - 1), np.arange(1, len(nodes))]

    @property
    def nnodes(self):
        return self.nodes.shape[0]

    @property
    def nelem(self):
        return self.elements.shape[0]

    @property
    def h(self):
        return self.nodes[self.elements[:, 1]] - self.nodes[self.elements[:, 0]]

    def __len__(self):
        return self.nelem
