"""What both trainings share: the rate of learning, the averaged weights, the state that a run goes on from, the log."""
import argparse
import copy
import csv
import os
import time

import numpy as np
import torch
import torch.distributed


def training_parser(description, prepared_by, batch, rate):
    """What both trainings are told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", required=True, help=f"folder of {prepared_by}")
    parser.add_argument("--out", required=True, help="folder for states and the log")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--decay", type=int, default=0, help="the last steps, over which the rate falls to 0")
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-every", type=int, default=50)
    return parser


def rate_at(step, steps, rate, decay, warm_up=200):
    """Constant after a warm-up; over the last `decay` steps it falls to nothing."""
    if step < warm_up:
        return rate * (step + 1) / warm_up
    return rate * min(1.0, (steps - step) / decay) if decay else rate


class State:
    """A network, the moving average of its weights, its optimiser, and the file that keeps them."""

    def __init__(self, network, folder, weight_decay=0.02):
        os.makedirs(folder, exist_ok=True)
        self.network, self.average = network, copy.deepcopy(network)
        heavy = [p for p in network.parameters() if p.ndim > 1]
        flat = [p for p in network.parameters() if p.ndim == 1]
        self.optimiser = torch.optim.AdamW([{"params": heavy, "weight_decay": weight_decay},
                                            {"params": flat, "weight_decay": 0.0}])
        self.step, self._path = 0, os.path.join(folder, "state.pt")
        if os.path.exists(self._path):
            kept = torch.load(self._path)
            self.network.load_state_dict(kept["network"])
            self.average.load_state_dict(kept["average"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.step = kept["step"]

    def learn(self, loss, rate):
        """One step down the gradient of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if torch.distributed.is_initialized():
            self._share_gradients()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self._average_in()
        self.step += 1

    def _share_gradients(self):
        """Their mean over all processes."""
        gradients = [p.grad for p in self.network.parameters()]
        flat = torch.cat([g.flatten() for g in gradients]) / torch.distributed.get_world_size()
        torch.distributed.all_reduce(flat)
        for g, shared in zip(gradients, flat.split([g.numel() for g in gradients])):
            g.copy_(shared.view_as(g))

    @torch.no_grad()
    def _average_in(self):
        keep = min(0.998, (1 + self.step) / (20 + self.step))
        for a, b in zip(self.average.state_dict().values(), self.network.state_dict().values()):
            a.copy_(a * keep + b * (1 - keep) if a.is_floating_point() else b)

    def save(self):
        torch.save({"network": self.network.state_dict(), "average": self.average.state_dict(),
                    "optimiser": self.optimiser.state_dict(), "step": self.step}, self._path + ".part")
        os.replace(self._path + ".part", self._path)


class Log:
    """The curve of a run: rows in log.csv of its folder and on the terminal."""

    def __init__(self, folder, batch):
        self._file = open(os.path.join(folder, "log.csv"), "a", newline="", encoding="utf-8")
        self._writer, self._batch = csv.writer(self._file), batch
        self._began = self._since = time.time()
        self._losses = []

    def add(self, losses):
        """Those of one step, in the order of the columns."""
        self._losses.append(losses)

    def row(self, step, rate):
        """Step, seconds of this run, mean losses since the last row, rate, pictures a second."""
        pace = self._batch * len(self._losses) / (time.time() - self._since)
        return [step, round(time.time() - self._began), *(f"{loss:.4f}" for loss in np.mean(self._losses, axis=0)),
                f"{rate:.5f}", f"{pace:.0f}"]

    def write(self, row):
        self._writer.writerow(row)
        self._file.flush()
        print(*row, flush=True)
        self._since, self._losses = time.time(), []
