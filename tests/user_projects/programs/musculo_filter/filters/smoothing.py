from numpy import zeros_like, exp


def exponential(x, tau, dt=1.0):
    a = 1 - exp(-dt / tau)
    y = zeros_like(x)
    y[0] = x[0]
    for i in range(1, x.size):
        y[i] = y[i-1] + a * (x[i] - y[i-1])
    return y
