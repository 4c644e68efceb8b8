from climate import EnergyBalanceModel


def temperature_profile(A, D, a0):
    m = EnergyBalanceModel(A=A, D=D, a0=a0)
    m.integrate_years(3)
    return m.state['Ts']


def sensitivity(B, dA):
    base = EnergyBalanceModel(B=B, num_lat=8).integrate_years(4)
    pert = EnergyBalanceModel(A=210. + dA, B=B, num_lat=8).integrate_years(4)
    return pert.global_mean - base.global_mean


PROGRAMS = [(temperature_profile, (205., 0.5, 0.31)), (sensitivity, (2.1, -4.0))]
