"""Within-class covariance normalisation (Hatch, Kajarekar, Stolcke, Interspeech 2006): the linear map in which what
differs between pictures of one person is about equally large in every direction, so that the cosine is not swayed by
the directions in which it is large. It comes from people who are trained on and of whom there are several pictures, and
goes into the weights of the last layer: recognising costs nothing more.
"""
import numpy as np
import torch

import lfw
from train_recogniser import Pool, outputs

# Of the mean variance, added to each direction: there are 128 of them and few people.
SHRINK = 0.3


def fit(embeddings, people):
    """Mean (d) and symmetric matrix (d, d) of rows (n, d) and their people's names (n)."""
    _, person, count = np.unique(people, return_inverse=True, return_counts=True)
    middles = np.zeros((len(count), embeddings.shape[1]))
    np.add.at(middles, person, embeddings)
    several = count[person] > 1
    away = (embeddings - (middles / count[:, None])[person])[several]
    within = away.T @ away
    values, vectors = np.linalg.eigh(within / np.trace(within) * len(within) + SHRINK * np.eye(len(within)))
    return embeddings.mean(0), vectors / np.sqrt(values) @ vectors.T


@torch.no_grad()
def fold(network, folder):
    """Lets the network's embeddings go through the map; `folder` is prepare_faces.py's. For inference only."""
    pool = Pool(folder)
    people = [lfw.person_of(pool.names[i]) for i in pool.trained]
    rows = sum(outputs(network, pool.crops, pool.trained, mirrored=mirrored) for mirrored in (False, True)) / 2
    mean, matrix = (torch.from_numpy(a) for a in fit(rows.double().numpy(), people))
    last, embedding = network.last, network.embedding
    gain = last.weight.double() / (last.running_var.double() + last.eps).sqrt()
    weight = matrix @ (gain[:, None] * embedding.weight.double().flatten(1))
    embedding.weight.copy_(weight.view_as(embedding.weight))
    last.bias.copy_(matrix @ (last.bias.double() - gain * last.running_mean.double() - mean))
    last.weight.fill_(1.0)
    last.running_mean.zero_()
    last.running_var.fill_(1.0 - last.eps)
