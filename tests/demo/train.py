#!/usr/bin/env python3
"""Trains the demo model and writes everything in this directory but itself.

    sudo apt-get install -y --no-install-recommends python3-torch python3-sklearn
    python3 tests/demo/train.py

A small convolutional network with batch normalisation and one residual block, on the 1,797
handwritten digits (8x8 grey levels) that come with scikit-learn. One thread and a fixed seed: a
second run of the same versions writes the same bytes.

    digits.onnx          the trained model, batch normalisation not folded into the convolutions
    digits_steps.csv     loss and learning rate of every step
    digits_epochs.csv    loss and accuracy of every epoch, training and test set
    digits_epochs.jsonl  the same, one JSON object a line
    digits_test.csv      test set: true label, predicted label, the ten probabilities
"""

import csv
import json
import math
import pathlib

import numpy
import torch
from sklearn.datasets import load_digits
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SEED = 7
EPOCHS = 20
BATCH = 32
RATE = 0.004
TEST_SHARE = 5  # every fifth image


class Block(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Residual(nn.Module):
    """Two convolutions beside a 1x1 shortcut."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = Block(inputs, outputs)
        self.conv = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.norm(self.conv(self.first(x))) + self.shortcut(x))


class Head(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Linear(inputs, 32)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(32, classes)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(torch.flatten(self.pool(x), 1))))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = Block(1, 16)
        self.pool = nn.MaxPool2d(2)
        self.block2 = Residual(16, 32)
        self.head = Head(32, 10)

    def forward(self, image):
        return self.head(self.block2(self.pool(self.block1(image))))


def load():
    digits = load_digits()
    images = torch.tensor(digits.images[:, None] / 16.0, dtype=torch.float32)
    labels = torch.tensor(digits.target, dtype=torch.int64)
    is_test = torch.arange(len(labels)) % TEST_SHARE == 0
    return (images[~is_test], labels[~is_test]), (images[is_test], labels[is_test])


def evaluate(model, images, labels):
    model.eval()
    with torch.no_grad():
        logits = model(images)
    loss = nn.functional.cross_entropy(logits, labels).item()
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    return loss, accuracy, logits.softmax(1)


def number(value):
    return f"{value:.6g}"


def train(model, training, test):
    images, labels = training
    steps_per_epoch = math.ceil(len(labels) / BATCH)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=RATE * 10, total_steps=EPOCHS * steps_per_epoch)
    generator = torch.Generator().manual_seed(SEED)
    steps, epochs = [], []
    for epoch in range(1, EPOCHS + 1):
        model.train()
        for batch in torch.randperm(len(labels), generator=generator).split(BATCH):
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate = schedule.get_last_lr()[0]
            schedule.step()
            steps.append([len(steps) + 1, epoch, number(loss.item()), number(rate)])
        train_loss, train_accuracy, _ = evaluate(model, images, labels)
        test_loss, test_accuracy, _ = evaluate(model, *test)
        epochs.append([epoch, len(steps)] + [float(number(value)) for value in (
            train_loss, train_accuracy, test_loss, test_accuracy)])
        print(f"epoch {epoch:2}  loss {train_loss:.4f}  test accuracy {test_accuracy:.4f}")
    return steps, epochs


def write_csv(name, header, rows):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_logs(steps, epochs):
    header = ["epoch", "step", "train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    write_csv("digits_steps.csv", ["step", "epoch", "loss", "learning_rate"], steps)
    write_csv("digits_epochs.csv", header, epochs)
    with open(HERE / "digits_epochs.jsonl", "w") as file:
        for row in epochs:
            file.write(json.dumps(dict(zip(header, row))) + "\n")


def write_predictions(model, images, labels):
    _, accuracy, probabilities = evaluate(model, images, labels)
    rows = [[int(label), int(row.argmax())] + [f"{p:.6f}" for p in row.tolist()]
            for label, row in zip(labels, probabilities)]
    write_csv("digits_test.csv", ["label", "predicted"] + [f"p{i}" for i in range(10)], rows)
    return accuracy


def write_model(model):
    model.eval()
    torch.onnx.export(
        model, torch.zeros(1, 1, 8, 8), str(HERE / "digits.onnx"),
        input_names=["image"], output_names=["logits"], opset_version=13,
        # PRESERVE leaves batch normalisation as nodes of its own.
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    numpy.random.seed(SEED)
    training, test = load()
    model = Digits()
    steps, epochs = train(model, training, test)
    write_logs(steps, epochs)
    accuracy = write_predictions(model, *test)
    write_model(model)
    print(f"test accuracy {accuracy:.4f}, {sum(p.numel() for p in model.parameters()):,} parameters")


if __name__ == "__main__":
    main()
