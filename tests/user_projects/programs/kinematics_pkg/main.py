import numpy as np
from mech import Slider, FourBar
from mech.cams import cycloidal, harmonic
import mech.gears as gears


def slider_accel(theta, r, l):
    s = Slider(r, l)
    return s.acceleration(theta, 2 * np.pi * 10)


def coupler_point(theta2):
    fb = FourBar(a=0.1, b=0.26, c=0.18, d=0.25)
    th3, th4 = fb.solve(theta2)
    return fb.coupler(theta2, th3, 0.12, 0.3)


def train_and_cam(beta, h, ratio):
    theta = 0.4 * beta
    lifts = []
    for prof in (cycloidal, harmonic):
        lifts.append(prof(theta, beta, h))
    lifts.append(gears.contact_ratio(20, 20 * 2, ratio))
    return np.array(lifts)


PROGRAMS = [(slider_accel, (0.8, 0.05, 0.18)), (coupler_point, (1.1,)), (train_and_cam, (1.4, 0.02, 0.35))]
