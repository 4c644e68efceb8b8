import numpy as np


def bsa(weight_kg, height_cm, method='dubois'):
    """Body surface area in m^2."""
    formulas = {
        'dubois': lambda w, h: 0.007184 * w**0.425 * h**0.725,
        'mosteller': lambda w, h: np.sqrt(w * h / 3600),
        'haycock': lambda w, h: 0.024265 * w**0.5378 * h**0.3964,
    }
    try:
        return formulas[method.lower()](weight_kg, height_cm)
    except KeyError:
        raise ValueError('unknown method: {}'.format(method))


def ckd_epi(scr, age, female=True):
    """CKD-EPI 2021 creatinine equation, mL/min/1.73m2"""
    kappa = 0.7 if female else 0.9
    alpha = -0.241 if female else -0.302
    egfr = 142 * min(scr / kappa, 1)**alpha * max(scr / kappa, 1)**-1.200 * 0.9938**age
    if female:
        egfr *= 1.012
    return egfr


PROGRAMS = [
    (bsa, (72.0, 178.0, 'Haycock')),
    (ckd_epi, (1.3, 54.0, False)),
]
