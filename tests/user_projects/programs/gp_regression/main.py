import numpy as np


def rbf(X1, X2, l=1.0, sigma_f=1.0):
    sqdist = np.sum(X1**2, 1).reshape(-1, 1) + np.sum(X2**2, 1) - 2 * np.dot(X1, X2.T)
    return sigma_f**2 * np.exp(-0.5 / l**2 * sqdist)


def posterior(X_s, X_train, Y_train, l=1.0, sigma_f=1.0, sigma_y=1e-8):
    K = rbf(X_train, X_train, l, sigma_f) + sigma_y**2 * np.eye(len(X_train))
    K_s = rbf(X_train, X_s, l, sigma_f)
    K_ss = rbf(X_s, X_s, l, sigma_f) + 1e-8 * np.eye(len(X_s))
    K_inv = np.linalg.inv(K)
    mu_s = K_s.T.dot(K_inv).dot(Y_train)
    cov_s = K_ss - K_s.T.dot(K_inv).dot(K_s)
    return mu_s, cov_s


def nll(theta, X_train, Y_train, noise=0.3):
    K = rbf(X_train, X_train, l=theta[0], sigma_f=theta[1]) + noise**2 * np.eye(len(X_train))
    L = np.linalg.cholesky(K)
    a = np.linalg.solve(L.T, np.linalg.solve(L, Y_train))
    return np.sum(np.log(np.diagonal(L))) + 0.5 * Y_train.dot(a) + 0.5 * len(X_train) * np.log(2 * np.pi)


def predict_with_band(y, l, s):
    X = np.linspace(-4, 4, 9).reshape(-1, 1)
    Xs = np.array([[-2.3], [0.6], [1.4]])
    mu, cov = posterior(Xs, X, y, l, 1.1, s)
    sd = np.sqrt(np.diag(cov))
    return mu - 1.96 * sd, mu + 1.96 * sd


Xt = np.linspace(-4, 4, 9).reshape(-1, 1)
Yt = np.sin(Xt).ravel()
PROGRAMS = [(nll, (np.array([1.2, 0.9]), Xt, Yt)),
            (predict_with_band, (Yt, 1.3, 0.2))]
