"""The view cost against published figures: multiply-accumulates of well-known networks.

ResNet-50 4.09, MobileNetV2 0.30, SqueezeNet 1.1 0.35 and DenseNet-121 2.83 billion for one image of
224 x 224 (torchvision's table of models); parameters 25.6 and 3.5 million of the first two.
"""

import json
import pathlib
import subprocess
import tempfile


class Network:
    """Convolutions one behind the other; weights are inputs without data."""

    def __init__(self, onnx):
        self.helper = onnx.helper
        self.float = onnx.TensorProto.FLOAT
        self.nodes, self.weights, self.parameters = [], [], 0

    def weight(self, *dims):
        name = f"w{len(self.weights)}"
        self.weights.append(self.helper.make_tensor_value_info(name, self.float, dims))
        count = 1
        for dim in dims:
            count *= dim
        self.parameters += count
        return name

    def add(self, op, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(op, inputs, [name], **attributes))
        return name

    def conv(self, x, inside, outside, kernel, stride=1, group=1, relu=True):
        """Convolution, batch normalisation, and perhaps an activation."""
        pad = kernel // 2
        x = self.add("Conv", [x, self.weight(outside, inside // group, kernel, kernel)],
                     strides=[stride] * 2, pads=[pad] * 4, group=group)
        x = self.add("BatchNormalization", [x] + [self.weight(outside) for _ in range(4)])
        self.parameters -= 2 * outside  # running mean and variance are not learned
        return self.add("Relu", [x]) if relu else x

    def classify(self, x, features):
        x = self.add("Flatten", [self.add("GlobalAveragePool", [x])])
        self.add("Gemm", [x, self.weight(1000, features), self.weight(1000)], transB=1)

    def save(self, onnx, path):
        image = self.helper.make_tensor_value_info("image", self.float, ["N", 3, 224, 224])
        last = self.helper.make_tensor_value_info(f"v{len(self.nodes) - 1}", self.float, ["N", 1000])
        graph = self.helper.make_graph(self.nodes, "g", [image, *self.weights], [last])
        onnx.save(self.helper.make_model(graph), str(path))


def resnet50(onnx):
    net = Network(onnx)
    x = net.add("MaxPool", [net.conv("image", 3, 64, 7, 2)], kernel_shape=[3, 3], strides=[2, 2],
                pads=[1, 1, 1, 1])
    inside = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            step = stride if block == 0 else 1
            y = net.conv(x, inside, width, 1)
            y = net.conv(y, width, width, 3, step)
            y = net.conv(y, width, 4 * width, 1, relu=False)
            if block == 0:
                x = net.conv(x, inside, 4 * width, 1, step, relu=False)
            x, inside = net.add("Relu", [net.add("Add", [x, y])]), 4 * width
    net.classify(x, 2048)
    return net


def mobilenet_v2(onnx):
    net = Network(onnx)
    x, inside = net.conv("image", 3, 32, 3, 2), 32
    for expand, outside, blocks, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2),
                                            (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                                            (6, 320, 1, 1)):
        for block in range(blocks):
            step, width = stride if block == 0 else 1, inside * expand
            y = net.conv(x, inside, width, 1) if expand > 1 else x
            y = net.conv(y, width, width, 3, step, group=width)
            y = net.conv(y, width, outside, 1, relu=False)
            x = net.add("Add", [x, y]) if step == 1 and inside == outside else y
            inside = outside
    net.classify(net.conv(x, 320, 1280, 1), 1280)
    return net


def cost(mtui, path, *options):
    out = subprocess.run([mtui, "--view=cost", "--export=json", *options, str(path)],
                         stdout=subprocess.PIPE, check=True)
    return json.loads(out.stdout)


def test_cost(onnx, differences, mtui, shared):
    if not onnx:
        print("skip cost: python3-onnx is not installed")
        return True
    diff = differences()
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for make, macs, parameters in ((resnet50, 4.09, 25.6), (mobilenet_v2, 0.30, 3.5)):
            net, path = make(onnx), pathlib.Path(folder) / f"{make.__name__}.onnx"
            net.save(onnx, path)
            view = cost(mtui, path)
            diff.check(make.__name__, "MACs", round(view["macs"] / 1e9, 2), macs)
            diff.check(make.__name__, "parameters of the test", round(net.parameters / 1e6, 1),
                       parameters)
            diff.check(make.__name__, "assumed", view["dims"], {"N": 1})
            eight = cost(mtui, path, "--dim", "N=8")
            diff.check(make.__name__, "eight images", eight["macs"], 8 * view["macs"])
            diff.check(make.__name__, "sum of nodes", sum(n["macs"] for n in view["nodes"]),
                       view["macs"])
            count += 1
    for name, macs in (("onnx__light_densenet121", 2.83), ("onnx__light_squeezenet", 0.35)):
        path = shared / f"data/onnx/{name}.onnx"
        if path.exists():
            diff.check(name, "MACs", round(cost(mtui, path)["macs"] / 1e9, 2), macs)
            count += 1
    return diff.report("cost", count)
