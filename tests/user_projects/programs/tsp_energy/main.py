import numpy as np


def distance_matrix(cities):
    n = len(cities)
    D = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            D[i, j] = D[j, i] = np.linalg.norm(cities[i] - cities[j])
    return D


def tour_length(tour, D):
    return sum(D[tour[i - 1], tour[i]] for i in range(len(tour)))


def two_opt(tour, D):
    best = list(tour)
    improved = True
    while improved:
        improved = False
        for i in range(1, len(best) - 1):
            for j in range(i + 1, len(best)):
                cand = best[:i] + best[i:j][::-1] + best[j:]
                if tour_length(cand, D) < tour_length(best, D) - 1e-10:
                    best = cand
                    improved = True
    return best


def optimised_length(cities):
    D = distance_matrix(cities)
    t = two_opt(range(len(cities)), D)
    return tour_length(t, D)


def polygon_area(pts):
    shoelace = lambda p, q: p[0] * q[1] - q[0] * p[1]
    pairs = zip(pts, list(pts[1:]) + [pts[0]])
    return abs(sum(map(lambda pq: shoelace(*pq), pairs))) / 2


C = np.array([[0.1, 0.2], [0.9, 0.1], [0.3, 0.8], [0.95, 0.9], [0.5, 0.45], [0.2, 0.6]])
PROGRAMS = [(optimised_length, (C,)),
            (polygon_area, (np.array([[0.0, 0.0], [2.0, 0.1], [2.5, 1.4], [1.0, 2.2], [-0.3, 1.0]]),))]
