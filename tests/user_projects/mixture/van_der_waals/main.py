import numpy as np

R = 0.08206


def pressure(V, T, n, a=3.592, b=0.04267):
    """van der Waals pressure (atm) for CO2 by default"""
    return n * R * T / (V - n * b) - a * n**2 / V**2


PROGRAMS = [(pressure, (2.5, 310.0, 1.2))]
