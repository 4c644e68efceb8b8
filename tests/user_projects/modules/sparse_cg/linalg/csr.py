import numpy as np


class CSRMatrix(object):
    def __init__(self, data, indices, indptr, shape=None):
        self.data = np.asarray(data)
        self.indices = np.asarray(indices, dtype=int)
        self.indptr = np.asarray(indptr, dtype=int)
        n = len(self.indptr) - 1
        self.shape = shape if shape is not None else (n, n)

    @classmethod
    def from_coo(cls, rows, cols, vals, n):
        order = np.lexsort((cols, rows))
        rows = np.asarray(rows)[order]
        cols = np.asarray(cols)[order]
        vals = np.asarray(vals)[order]
        indptr = np.zeros(n + 1, dtype=int)
        np.add.at(indptr, rows + 1, 1)
        return cls(vals, cols, np.cumsum(indptr))

    @property
    def nnz(self):
        return len(self.data)

    def matvec(self, x):
        y = np.zeros(self.shape[0])
        for i in range(self.shape[0]):
            lo, hi = self.indptr[i], self.indptr[i + 1]
            y[i] = np.dot(self.data[lo:hi], x[self.indices[lo:hi]])
        return y

    def __matmul__(self, x):
        return self.matvec(x)

    def dot(self, x):
        return self.matvec(x)

    def diagonal(self):
        d = np.zeros(min(self.shape))
        for i in range(len(d)):
            for k in range(self.indptr[i], self.indptr[i + 1]):
                if self.indices[k] == i:
                    d[i] += self.data[k]
        return d

    def toarray(self):
        out = np.zeros(self.shape)
        for i in range(self.shape[0]):
            sl = slice(self.indptr[i], self.indptr[i + 1])
            out[i, self.indices[sl]] = self.data[sl]
        return out
