import numpy as np

NOTES = 'C C# D D# E F F# G G# A A# B'.split()


def freq(name, a4=440.0):
    note, octave = name[:-1], int(name[-1])
    n = NOTES.index(note) - NOTES.index('A') + 12 * (octave - 4)
    return a4 * 2 ** (n / 12)


def roughness(f1, f2, a1=1.0, a2=1.0):
    # Sethares
    s = 0.24 / (0.021 * min(f1, f2) + 19)
    d = abs(f2 - f1)
    return a1 * a2 * (np.exp(-3.5 * s * d) - np.exp(-5.75 * s * d))


def chord_dissonance(chord, a4, decay=0.88, n_harm=5):
    partials = [(freq(n, a4) * h, decay ** (h - 1)) for n in chord for h in range(1, n_harm + 1)]
    total = 0.0
    for i in range(len(partials)):
        for j in range(i):
            total += roughness(partials[i][0], partials[j][0], partials[i][1], partials[j][1])
    return total


PROGRAMS = [(chord_dissonance, (['C4', 'E4', 'G4'], 442.0, 0.85))]
