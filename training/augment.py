"""Crops as they come from a detector that is a little off, a worse camera, another light, behind a hand: on batches."""
import math

import torch
import torch.nn.functional as F

import faces


def _chance(n, share, generator):
    return torch.rand(n, 1, 1, 1, generator=generator) < share


def _uniform(shape, low, high, generator):
    return torch.rand(shape, generator=generator) * (high - low) + low


def _normal(shape, deviation, generator):
    return torch.randn(shape, generator=generator) * deviation


def _some(n, share, generator):
    """Indices of about that share."""
    return (torch.rand(n, generator=generator) < share).nonzero(as_tuple=True)[0]


def placed(pictures, side, turn, scale, shift, mirror=None):
    """The template of pictures (n, 3, SIDE, SIDE) as side x side, as the engine would cut it with landmarks that are
    off by a turn (radians), a scale and a shift (pixels of 112), each (n); mirrored where `mirror` (n) is -1."""
    n = len(pictures)
    # grid_sample measures from -1 to 1 over the whole picture; the template is 112 pixels in its middle. The corner of
    # the crop is the corner of the template, as the engine scales it: pixel i lies at i * 112 / side.
    half = faces.SIDE / 2
    cos, sin = torch.cos(turn) / scale, torch.sin(turn) / scale
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos, -sin
    theta[:, 1, 0], theta[:, 1, 1] = sin, cos
    theta[:, :, 2] = shift / half
    if mirror is not None:
        theta[:, 0] *= mirror[:, None]
    at = (torch.arange(side) * (112.0 / side) + faces.MARGIN + 0.5 - half) / half
    ys, xs = torch.meshgrid(at, at, indexing="ij")
    points = torch.stack([xs, ys, torch.ones_like(xs)], -1).view(1, -1, 3).expand(n, -1, -1)
    grid = torch.bmm(points, theta.transpose(1, 2)).view(n, side, side, 2)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)


def centred(pictures, side, offset=(0.0, 0.0)):
    """The template itself, or moved by a number of its pixels."""
    n = len(pictures)
    return placed(pictures, side, torch.zeros(n), torch.ones(n), torch.tensor(offset).expand(n, 2))


def _light(x, generator, without_colour=0.1):
    n = len(x)
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * torch.exp(_normal((n, 1, 1, 1), 0.15, generator)) + mean
    x = x * torch.exp(_normal((n, 3, 1, 1), 0.05, generator)) + _normal((n, 1, 1, 1), 12, generator)
    side, lit = torch.linspace(-1, 1, x.shape[-1]), _some(n, 0.5, generator)
    across, down = _normal((len(lit), 1, 1, 1), 0.2, generator), _normal((len(lit), 1, 1, 1), 0.2, generator)
    x[lit] *= 1 + across * side + down * side[:, None]
    gray = _some(n, without_colour, generator)
    x[gray] = x[gray].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    return x


def _camera(x, generator):
    n, side = len(x), x.shape[-1]
    small = int(_uniform((), 0.4, 0.8, generator) * side)
    blurred = _some(n, 0.15, generator)
    coarse = F.interpolate(x[blurred], size=(small, small), mode="bilinear", antialias=True)
    x[blurred] = F.interpolate(coarse, size=(side, side), mode="bilinear")
    noisy = _some(n, 0.15, generator)
    x[noisy] += torch.randn(x[noisy].shape, generator=generator) * _uniform((len(noisy), 1, 1, 1), 0, 10, generator)
    return x


def _hide(x, generator):
    """A rectangle of one colour over a part of some."""
    n, side = len(x), x.shape[-1]
    at = torch.arange(side).view(1, 1, 1, side)
    low = _uniform((n, 2, 1, 1), -0.2, 0.9, generator) * side
    length = _uniform((n, 2, 1, 1), 0.1, 0.45, generator) * side
    columns = (at >= low[:, :1]) & (at < low[:, :1] + length[:, :1])
    rows = (at >= low[:, 1:]) & (at < low[:, 1:] + length[:, 1:])
    mask = columns & rows.transpose(2, 3) & _chance(n, 0.1, generator)
    return torch.where(mask, _uniform((n, 3, 1, 1), 0, 255, generator), x)


def augmented(pictures, side, generator):
    """(n, 3, SIDE, SIDE) in 0..255 to (n, 3, side, side)."""
    n = len(pictures)
    mirror = 1 - 2 * torch.randint(2, (n,), generator=generator).float()
    x = placed(pictures, side, _normal((n,), math.radians(3), generator),
               torch.exp(_normal((n,), 0.03, generator)), _normal((n, 2), 2.2, generator), mirror)
    return _hide(_camera(_light(x, generator), generator), generator).clamp_(0, 255)


def relit(pictures, generator):
    """Whole pictures in 0..255 in another light, by a worse camera; many without colours, or a red tie is a face."""
    return _camera(_light(pictures, generator, 0.3), generator).clamp_(0, 255)
