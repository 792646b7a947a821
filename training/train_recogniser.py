"""Teaches the recogniser what the teacher says of every crop. Goes on from its last state if there is one.

A row of the log: step, seconds of this run, loss and cosine to the teacher since the last row, rate, pictures a second;
at every test also accuracy, AUC and TAR at FAR 1e-2 of the held-out pairs.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

import augment
import lfw
from pairs import verification
from recogniser import SIDE, Recogniser
from schedule import Log, State, rate_at, training_parser


def arguments():
    parser = training_parser(__doc__, "prepare_faces.py", batch=64, rate=2e-3)
    parser.add_argument("--composites", type=float, default=0.5, help="share of composites in a batch")
    parser.add_argument("--test-every", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


class Pool:
    """Crops with the teacher's embeddings: those of pictures, and composites. prepare_faces.py writes both in parts;
    those that are there are used."""

    def __init__(self, folder):
        self._at = lambda name: os.path.join(folder, name)
        self.names = lfw.read_lines(self._at("names.txt"))
        held_out = set(lfw.read_lines(self._at("held_out.txt")))
        self.crops = np.load(self._at("crops.npy"), mmap_mode="r")
        self.held_out = np.array([lfw.person_of(name) in held_out for name in self.names])
        self.composites, self.composite_targets, self._parts = [], [], 0
        self.look()

    def look(self):
        self.targets = torch.from_numpy(np.load(self._at("targets.npy")))
        known = self.targets.abs().sum(1).numpy() > 0
        self.trained = np.flatnonzero(known & ~self.held_out)
        people = sorted({lfw.person_of(self.names[i]) for i in self.trained})
        number = {person: i for i, person in enumerate(people)}
        centres = torch.zeros(len(people), self.targets.shape[1])
        centres.index_add_(0, torch.tensor([number[lfw.person_of(self.names[i])] for i in self.trained]),
                           self.targets[self.trained])
        self.centres = F.normalize(centres)
        while os.path.exists(self._at(f"composite_targets_{self._parts}.npy")):
            self.composites.append(np.load(self._at(f"composites_{self._parts}.npy"), mmap_mode="r"))
            self.composite_targets.append(torch.from_numpy(np.load(self._at(f"composite_targets_{self._parts}.npy"))))
            self._parts += 1

    def draw(self, count, share, random):
        """Pictures (n, 3, h, w) as float and their targets."""
        mixed = int(count * share * min(1.0, self._parts / 4)) // 4 * 4
        chosen = random.choice(self.trained, count - mixed)
        crops, targets = [self.crops[np.sort(chosen)]], [self.targets[np.sort(chosen)]]
        for part in random.integers(max(1, self._parts), size=4 if mixed else 0):
            at = np.sort(random.integers(len(self.composites[part]), size=mixed // 4))
            crops.append(self.composites[part][at])
            targets.append(self.composite_targets[part][at])
        pictures = torch.from_numpy(np.concatenate(crops)).permute(0, 3, 1, 2).float()
        return pictures, torch.cat(targets)


def distance(student, teacher, centres):
    """Cosine to the teacher's embedding; the same similarities within the batch; the same likeness to the people of
    the training set, softened."""
    student = F.normalize(student)
    cosine = (1 - (student * teacher).sum(1)).mean()
    pairs = F.mse_loss(student @ student.T, teacher @ teacher.T)
    soft = F.softmax(teacher @ centres.T * 16, 1)
    likeness = -(soft * F.log_softmax(student @ centres.T * 16, 1)).sum(1).mean()
    return cosine + 4 * pairs + 0.1 * likeness, cosine


@torch.no_grad()
def outputs(network, crops, rows, offset=(0.0, 0.0), mirrored=False, batch=64):
    """Embeddings (n, 128), of any length, of these rows of the crops."""
    network.eval()
    answers = []
    for i in range(0, len(rows), batch):
        pictures = torch.from_numpy(crops[rows[i:i + batch]]).permute(0, 3, 1, 2).float()
        x = augment.centred(pictures, SIDE, offset)
        answers.append(network(x.flip(3) if mirrored else x))
    return torch.cat(answers)


def tested(network, pool, pairs):
    """The held-out pairs' figures."""
    wanted = lfw.held_out_pictures(pairs)
    rows = [i for i, name in enumerate(pool.names) if name in wanted]
    embeddings = F.normalize(outputs(network, pool.crops, rows)).numpy()
    return verification(dict(zip([pool.names[i] for i in rows], embeddings)), pairs)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    pool = Pool(args.data)
    pairs = lfw.read_pairs(os.path.join(args.data, "pairs.txt"))
    state = State(Recogniser().to(memory_format=torch.channels_last), args.out)
    random = np.random.default_rng([args.seed, state.step])
    generator = torch.Generator().manual_seed(args.seed * 1000003 + state.step)
    log = Log(args.out, args.batch)
    while state.step < args.steps:
        rate = rate_at(state.step, args.steps, args.rate, args.decay)
        pictures, targets = pool.draw(args.batch, args.composites, random)
        state.network.train()
        inputs = augment.augmented(pictures, SIDE, generator).contiguous(memory_format=torch.channels_last)
        loss, cosine = distance(state.network(inputs), targets, pool.centres)
        state.learn(loss, rate)
        log.add((loss.item(), 1 - cosine.item()))
        last = state.step == args.steps
        if state.step % args.log_every == 0 or last:
            row = log.row(state.step, rate)
            if state.step % args.test_every == 0 or last:
                figures = tested(state.average, pool, pairs)
                row += [f"{figures['accuracy']:.4f}", f"{figures['auc']:.5f}", f"{figures['tar_at_far_1e-2']:.4f}"]
            log.write(row)
        if state.step % 100 == 0 or last:
            pool.look()
            state.save()


if __name__ == "__main__":
    main()
