GAMMA = 1.4


def pressure(rho, mom, E, gamma=GAMMA):
    return (gamma - 1) * (E - 0.5 * mom ** 2 / rho)


def sound_speed(rho, p, gamma=GAMMA):
    return (gamma * p / rho) ** 0.5
