import numpy as np


class Conv3x3:
    def __init__(self, num_filters):
        self.num_filters = num_filters
        self.filters = np.random.RandomState(11).randn(num_filters, 3, 3) / 9

    def iterate_regions(self, image):
        h, w = image.shape
        for i in range(h - 2):
            for j in range(w - 2):
                im_region = image[i:(i + 3), j:(j + 3)]
                yield im_region, i, j

    def forward(self, input):
        h, w = input.shape
        output = np.zeros((h - 2, w - 2, self.num_filters))
        for im_region, i, j in self.iterate_regions(input):
            output[i, j] = np.sum(im_region * self.filters, axis=(1, 2))
        return output


class MaxPool2:
    def iterate_regions(self, image):
        h, w, _ = image.shape
        for i in range(h // 2):
            for j in range(w // 2):
                yield image[(i * 2):(i * 2 + 2), (j * 2):(j * 2 + 2)], i, j

    def forward(self, input):
        h, w, num_filters = input.shape
        output = np.zeros((h // 2, w // 2, num_filters))
        for im_region, i, j in self.iterate_regions(input):
            output[i, j] = np.amax(im_region, axis=(0, 1))
        return output


class Softmax:
    def __init__(self, input_len, nodes):
        r = np.random.RandomState(12)
        self.weights = r.randn(input_len, nodes) / input_len
        self.biases = np.zeros(nodes)

    def forward(self, input):
        input = input.flatten()
        totals = np.dot(input, self.weights) + self.biases
        exp = np.exp(totals)
        return exp / np.sum(exp, axis=0)


conv = Conv3x3(3)
pool = MaxPool2()
softmax = Softmax(2 * 2 * 3, 4)


def forward(image, label):
    out = conv.forward(image - 0.5)
    out = pool.forward(out)
    out = softmax.forward(out)
    return out, -np.log(out[label])


def batchnorm(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta


img = np.random.RandomState(8).rand(6, 6)
PROGRAMS = [(forward, (img, 2)),
            (batchnorm, (np.random.RandomState(9).randn(5, 3), np.array([1.0, 0.5, 2.0]), np.array([0.1, 0.0, -0.3])))]
