from collections import namedtuple
import numpy as np

Line = namedtuple('Line', ['frm', 'to', 'r', 'x', 'b'])

LINES = [Line(0, 1, 0.02, 0.06, 0.03), Line(0, 2, 0.08, 0.24, 0.025), Line(1, 2, 0.06, 0.18, 0.02)]


def ybus(lines, n):
    Y = np.zeros((n, n), dtype=complex)
    for ln in lines:
        y = 1 / (ln.r + 1j * ln.x)
        Y[ln.frm, ln.frm] += y + 1j * ln.b / 2
        Y[ln.to, ln.to] += y + 1j * ln.b / 2
        Y[ln.frm, ln.to] -= y
        Y[ln.to, ln.frm] -= y
    return Y
