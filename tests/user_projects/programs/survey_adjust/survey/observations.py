from numpy import sqrt, arctan2


def distance(a, b):
    return sqrt((b[0] - a[0])**2 + (b[1] - a[1])**2)


def azimuth(a, b):
    return arctan2(b[0] - a[0], b[1] - a[1])
