#!/usr/bin/python3
"""Writes quant_reference.json: what other programs make of the weights of quant_numpy.weights.

    tests/data/quant_reference.py LIBGGML

needs python3-torch, python3-numpy and a shared library of ggml's ggml-quants.c, compiled with
-ffp-contract=off. Not part of the tests: its output is.
"""

import ctypes
import json
import pathlib
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
import quant_numpy  # noqa: E402

GGML = {"q4_0": (32, 18), "q4_1": (32, 20), "q5_0": (32, 22), "q5_1": (32, 24), "q8_0": (32, 34),
        "iq4_nl": (32, 18), "q2_K": (256, 84), "q3_K": (256, 110), "q4_K": (256, 144),
        "q5_K": (256, 176), "q6_K": (256, 210)}


def fake(values, observer, low, high, axis=None):
    observer(values)
    scale, zero = observer.calculate_qparams()
    if axis is None:
        return torch.fake_quantize_per_tensor_affine(values, scale.item(), int(zero.item()), low,
                                                     high)
    return torch.fake_quantize_per_channel_affine(values, scale, zero.int(), axis, low, high)


def by_torch(values):
    from torch.ao.quantization import MinMaxObserver, PerChannelMinMaxObserver

    affine = MinMaxObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine)
    full = MinMaxObserver(dtype=torch.qint8, qscheme=torch.per_tensor_symmetric)
    rows = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.quint8,
                                    qscheme=torch.per_channel_affine)
    groups = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.quint8, quant_min=0, quant_max=15,
                                      qscheme=torch.per_channel_affine)
    grouped = values.reshape(-1, 32)
    scale = values.abs().max().item() / 127
    row_scale = values.abs().amax(1) / 127
    quantized = torch.quantize_per_channel(values, row_scale.double(),
                                           torch.zeros(len(values), dtype=torch.long), 0,
                                           torch.qint8).dequantize()
    return {"int8": torch.fake_quantize_per_tensor_affine(values, scale, 0, -127, 127),
            "int8:affine": fake(values, affine, 0, 255),
            "int8:full": fake(values, full, -128, 127),
            "int8:channel:axis=0": quantized,
            "int8:channel:affine:axis=0": fake(values, rows, 0, 255, 0),
            "int4:group=32:affine:axis=0": fake(grouped, groups, 0, 15, 0).reshape(values.shape)}


def by_ggml(library, name, values):
    elements, size = GGML[name]
    blocks = numpy.zeros(values.size // elements * size, numpy.uint8)
    back = numpy.zeros(values.size, numpy.float32)
    source = numpy.ascontiguousarray(values)
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    if name == "iq4_nl":
        library.quantize_iq4_nl.argtypes = [pointer, pointer, count, count, pointer]
        library.quantize_iq4_nl(source.ctypes.data, blocks.ctypes.data, 1, source.size, None)
    else:
        encode = getattr(library, f"quantize_row_{name}_ref")
        encode.argtypes = [pointer, pointer, count]
        encode(source.ctypes.data, blocks.ctypes.data, source.size)
    decode = getattr(library, f"dequantize_row_{name}")
    decode.argtypes = [pointer, pointer, count]
    decode(blocks.ctypes.data, back.ctypes.data, source.size)
    return blocks, back.reshape(values.shape)


def fnv(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return value


def main():
    values = quant_numpy.weights(64 * 256).reshape(64, 256)
    library = ctypes.CDLL(sys.argv[1])
    schemes = {}
    for spec, back in by_torch(torch.from_numpy(values)).items():
        schemes[spec] = {"by": "torch", **quant_numpy.numbers(values, back.numpy())}
        del schemes[spec]["bias"]
    for name in GGML:
        blocks, back = by_ggml(library, name, values)
        schemes[f"{name.lower()}:axis=0"] = {"by": "ggml", **quant_numpy.numbers(values, back)}
        print(f"\t{{ GGML_{name.upper()}, 0x{fnv(blocks.tobytes()):016x}, "
              f"0x{fnv(back.tobytes()):016x} }},")
    text = json.dumps({"schemes": schemes}, indent=1)
    (HERE / "quant_reference.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
