from numpy import sqrt, mean


def rms(x):
    return sqrt(mean(x**2))


def energy_like(sol, alpha, beta):
    x, v = sol[-1]
    return 0.5*v**2 + 0.5*alpha*x**2 + 0.25*beta*x**4
