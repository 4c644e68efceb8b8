import numpy
import naca
import panel_method as pm


def lift_coefficient(alpha_deg, t):
    x, y = naca.naca4(0.02, 0.4, t, 12)
    panels = pm.define_panels(x, y)
    return pm.solve_vortex_lift(panels, numpy.radians(alpha_deg))


def section_area(m, p, t):
    x, y = naca.naca4(m, p, t, 20)
    return 0.5 * abs(numpy.dot(x, numpy.roll(y, 1)) - numpy.dot(y, numpy.roll(x, 1)))


PROGRAMS = [(lift_coefficient, (4.0, 0.12)), (section_area, (0.02, 0.37, 0.15))]
