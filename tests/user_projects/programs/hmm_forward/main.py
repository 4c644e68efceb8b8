import numpy as np

states = ['Healthy', 'Fever']
obs_map = {'normal': 0, 'cold': 1, 'dizzy': 2}


def forward(A, B, pi, obs):
    T = len(obs)
    N = A.shape[0]
    alpha = np.zeros((T, N))
    alpha[0] = pi * B[:, obs[0]]
    for t in range(1, T):
        for j in range(N):
            alpha[t, j] = alpha[t-1].dot(A[:, j]) * B[j, obs[t]]
    return alpha


def backward(A, B, obs):
    T = len(obs)
    beta = np.zeros((T, A.shape[0]))
    beta[T-1] = 1
    for t in range(T-2, -1, -1):
        for i in range(A.shape[0]):
            beta[t, i] = (beta[t+1] * B[:, obs[t+1]]).dot(A[i, :])
    return beta


def encode(words):
    return [obs_map[w] for w in words]


def posterior(A, B, pi, words):
    o = encode(words)
    a = forward(A, B, pi, o)
    b = backward(A, B, o)
    g = a * b
    return g / g.sum(axis=1, keepdims=True)


def log_likelihood(A, B, pi, words):
    return np.log(forward(A, B, pi, encode(words))[-1].sum())


A = np.array([[0.7, 0.3], [0.4, 0.6]])
B = np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
pi = np.array([0.6, 0.4])
W = ['normal', 'cold', 'dizzy', 'cold', 'normal']
PROGRAMS = [(posterior, (A, B, pi, W)), (log_likelihood, (A, B, pi, W))]
