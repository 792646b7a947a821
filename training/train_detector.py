"""Teaches the detector where the teachers see faces in composed scenes. Goes on from its last state if there is one.

A row of the log: step, seconds of this run, the three parts of the loss since the last row, rate, scenes a second.
"""
import os
import tempfile

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing
import torch.nn.functional as F

import augment
import scenes
import targets
from detector import Detector
from schedule import Log, State, rate_at, training_parser

SIDES = (160, 192, 224, 256, 256)  # of a batch's scenes, drawn by chance


def arguments():
    parser = training_parser(__doc__, "prepare_scenes.py", batch=16, rate=3e-3)
    parser.add_argument("--processes", type=int, default=2,
                        help="of one thread, each with a batch: two are twice as fast as one of two threads")
    return parser.parse_args()


class Scenes:
    """Those of prepare_scenes.py, in parts; the parts that are there are used."""

    def __init__(self, folder):
        self._folder, self._pictures, self._labels = folder, [], []
        self.look()

    def look(self):
        while os.path.exists(os.path.join(self._folder, f"labels_{len(self._labels)}.npy")):
            part = len(self._labels)
            self._pictures.append(np.load(os.path.join(self._folder, f"scenes_{part}.npy"), mmap_mode="r"))
            self._labels.append(torch.from_numpy(np.load(os.path.join(self._folder, f"labels_{part}.npy"))))

    def draw(self, count, random):
        part = random.integers(len(self._labels))
        at = np.sort(random.integers(len(self._labels[part]), size=count))
        return torch.from_numpy(self._pictures[part][at]).permute(0, 3, 1, 2).float(), self._labels[part][at]


def mirrored(pictures, labels, chosen):
    """Those of `chosen` the other way round."""
    turned = labels.clone()
    turned[..., 0:14:2] = scenes.SIDE - labels[..., 0:14:2]
    turned[..., [0, 2]] = turned[..., [2, 0]]
    turned[..., 4:14] = turned[..., 4:14].unflatten(-1, (5, 2))[..., scenes.MIRRORED, :].flatten(-2)
    faces = (labels[..., 14:] >= 0) & chosen[:, None, None]
    return (torch.where(chosen[:, None, None, None], pictures.flip(3), pictures),
            torch.where(faces, turned, labels))


def resized(pictures, labels, side):
    """Scenes of another side; faces that become tiny are to be ignored."""
    if side == scenes.SIDE:
        return pictures, labels
    labels = labels.clone()
    labels[..., :14] *= side / scenes.SIDE
    tiny = (labels[..., 2:4] - labels[..., :2]).amin(-1) < scenes.SMALLEST
    labels[..., 14] = torch.where(tiny, labels[..., 14].clamp(max=0), labels[..., 14])
    return F.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True), labels


class Batches:
    """Batches of the data as the network is to see them: pictures, labels, side. All processes take the same side, so
    that none waits for another, and different pictures."""

    def __init__(self, data, count, seed, step, process):
        self._data, self._count = data, count
        self._sides = np.random.default_rng([seed, step])
        self._random = np.random.default_rng([seed, step, process + 1])
        self._generator = torch.Generator().manual_seed(int(self._random.integers(1 << 62)))

    def take(self):
        side = int(self._sides.choice(SIDES))
        pictures, labels = self._data.draw(self._count, self._random)
        pictures, labels = mirrored(pictures, labels, torch.rand(self._count, generator=self._generator) < 0.5)
        pictures, labels = resized(pictures, labels, side)
        return augment.relit(pictures, self._generator).contiguous(memory_format=torch.channels_last), labels, side


def train(process, args, meeting):
    """What one of the processes does; all learn the same from the batches of all, and the first keeps it."""
    torch.distributed.init_process_group("gloo", f"file://{meeting}", rank=process, world_size=args.processes)
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    data, grids = Scenes(args.data), {side: targets.places(side) for side in SIDES}
    state = State(Detector().to(memory_format=torch.channels_last), args.out)
    batches = Batches(data, args.batch, args.seed, state.step, process)
    log = Log(args.out, args.batch * args.processes) if process == 0 else None
    while state.step < args.steps:
        rate = rate_at(state.step, args.steps, args.rate, args.decay)
        pictures, labels, side = batches.take()
        state.network.train()
        loss, parts = targets.distance(state.network(pictures), labels, grids[side])
        state.learn(loss, rate)
        if log:
            log.add(list(parts.values()))
            last = state.step == args.steps
            if state.step % args.log_every == 0 or last:
                log.write(log.row(state.step, rate))
            if state.step % 100 == 0 or last:
                state.save()
        if state.step % 100 == 0:
            data.look()


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (args, os.path.join(folder, "meeting")), args.processes)


if __name__ == "__main__":
    main()
