from numpy import array, sin, cos


def R1(t):
    return array([[1, 0, 0],
                  [0, cos(t), sin(t)],
                  [0, -sin(t), cos(t)]])


def R3(t):
    return array([[cos(t), sin(t), 0],
                  [-sin(t), cos(t), 0],
                  [0, 0, 1]])
