#!/usr/bin/env python3
"""Writes tests/data/smoothing_reference.txt: runs smoothed by TensorBoard's published formula.

The formula is that of classicSmoothing in webapp/widgets/line_chart_v2/data_transformer.ts, said
again in Python. One case is `case WEIGHT N`, then N lines `value smoothed`; numbers are exact.
"""

import math
import pathlib
import random

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/smoothing_reference.txt"


def smoothed(values, weight):
    if all(value == values[0] for value in values):
        return list(values)
    last, accumulated, result = 0.0, 0, []
    for value in values:
        if not math.isfinite(value):
            result.append(value)
            continue
        last = last * weight + (1 - weight) * value
        accumulated += 1
        result.append(last / (1 - weight ** accumulated if weight != 1 else 1))
    return result


def runs():
    numbers = random.Random(7)
    yield [2.3 / (1 + 0.1 * i) + 0.05 * numbers.gauss(0, 1) for i in range(200)]
    yield [0.1] * 40
    yield [0.1] * 20 + [0.2] * 20
    yield [float("nan"), 1.0, 2.0, float("inf"), 3.0, float("-inf"), 2.5, float("nan")]
    yield [float("nan")] * 3
    yield [1e300, -1e300, 1e-300, 5e-324, 0.0, -0.0, 1.0]
    yield [42.0]
    yield [math.sin(i / 7) for i in range(600)]


with OUT.open("w", encoding="ascii") as out:
    for run in runs():
        for weight in (0.0, 0.6, 0.99, 0.999):
            print("case", weight.hex(), len(run), file=out)
            for value, smooth in zip(run, smoothed(run, weight)):
                print(value.hex(), smooth.hex(), file=out)
