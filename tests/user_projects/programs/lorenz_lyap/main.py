import numpy as np

sigma, rho, beta = 10, 28, 8/3


def lorenz(xyz, *, s=10, r=28, b=2.667):
    x, y, z = xyz
    x_dot = s*(y - x)
    y_dot = r*x - y - x*z
    z_dot = x*y - b*z
    return np.array([x_dot, y_dot, z_dot])


def jac(xyz):
    x, y, z = xyz
    return np.array([[-sigma, sigma, 0], [rho - z, -1, -x], [y, x, -beta]])


def trajectory(x0, dt=0.01, num_steps=60):
    xyzs = np.empty((num_steps + 1, 3))
    xyzs[0] = x0
    for i in range(num_steps):
        xyzs[i + 1] = xyzs[i] + lorenz(xyzs[i]) * dt
    return xyzs


def final_state(x0):
    return trajectory(x0)[-1]


def local_lyapunov(x0):
    dt = 0.01
    Y = np.eye(3)
    x = np.array(x0)
    total = np.zeros(3)
    for i in range(30):
        Y = Y + dt * jac(x).dot(Y)
        x = x + dt * lorenz(x, b=beta)
        # gram schmidt
        q = []
        for k in range(3):
            v = Y[:, k]
            for w in q:
                v = v - np.dot(w, v) * w
            n = np.linalg.norm(v)
            total[k] += np.log(n)
            q.append(v / n)
        Y = np.column_stack(q)
    return total / (30 * dt)


PROGRAMS = [(final_state, (np.array([0., 1., 1.05]),)), (local_lyapunov, (np.array([1.0, 2.0, 20.0]),))]
