import numpy as np

counts = np.array([5230., 2610., 1805., 1290., 1011., 870., 711., 655.])


def zipf_mandelbrot_loglik(s, q, counts=counts):
    ranks = np.arange(1, len(counts) + 1)
    p = 1 / (ranks + q)**s
    p /= p.sum()
    return (counts * np.log(p)).sum() / counts.sum()


PROGRAMS = [(zipf_mandelbrot_loglik, (1.05, 0.4, counts))]
