"""Which place of the detector's grids answers for which face, and how far off its answers are."""
import torch
import torch.nn.functional as F

from detector import STRIDES

# Sides (the root of the area) of the faces that each stride answers for; where two overlap, both do.
SIZES = ((0.0, 36.0), (30.0, 128.0), (108.0, 1e9))
RADIUS = 1.5  # strides from the face's middle to a place that answers


def places(side):
    """(n, 2) corners in pixels, (n) strides, (n, 2) sizes of all places of a square picture, in the network's order."""
    corners, strides, sizes = [], [], []
    for stride, size in zip(STRIDES, SIZES):
        at = torch.arange(side // stride) * float(stride)
        ys, xs = torch.meshgrid(at, at, indexing="ij")
        corners.append(torch.stack([xs, ys], -1).view(-1, 2))
        strides.append(torch.full((len(corners[-1]),), float(stride)))
        sizes.append(torch.tensor([size]).expand(len(corners[-1]), 2))
    return torch.cat(corners), torch.cat(strides), torch.cat(sizes)


def assign(labels, corners, strides, sizes):
    """labels (b, faces, 15) to, for each of (b, places): the index of the face that it answers for, or -1; and whether
    it is to be ignored."""
    box, weight = labels[..., :4], labels[..., 14]
    middle = (box[..., :2] + box[..., 2:]) / 2
    extent = box[..., 2:] - box[..., :2]
    side = extent.clamp(min=0).prod(-1).sqrt()
    away = (corners[None, :, None] - middle[:, None]).abs().amax(-1) / strides[None, :, None]
    fits = (side[:, None] >= sizes[None, :, None, 0]) & (side[:, None] < sizes[None, :, None, 1])
    candidate = (away < RADIUS) & fits & (weight[:, None] == 1)
    chosen = torch.where(candidate, away, torch.full_like(away, 1e9)).min(-1)
    face = torch.where(chosen.values < 1e9, chosen.indices, torch.full_like(chosen.indices, -1))
    # Nothing is said of places inside of an ignored face, nor of those near a face that is another stride's.
    inside = ((corners[None, :, None] >= box[:, None, :, :2]) & (corners[None, :, None] <= box[:, None, :, 2:])).all(-1)
    ignored = (inside & (weight[:, None] == 0)).any(-1)
    other = ((away < RADIUS) & ~fits & (weight[:, None] == 1)).any(-1)
    return face, (ignored | other) & (face < 0)


def overlap(a, b):
    """IoU and GIoU of boxes (n, 4), row by row."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    area = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1) - inner
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1)
    iou = inner / area.clamp(min=1e-6)
    return iou, iou - (hull - area) / hull.clamp(min=1e-6)


def distance(answers, labels, grid):
    """Loss of answers (b, places, 15) and its parts: scores are taught the overlap of the box that stands beside them
    (quality focal loss), boxes the generalised overlap, points their distance."""
    corners, strides, sizes = grid
    face, ignored = assign(labels, corners, strides, sizes)
    at, place = (face >= 0).nonzero(as_tuple=True)
    wanted = labels[at, face[at, place]]
    mine, step, corner = answers[at, place], strides[place, None], corners[place]
    low, high = corner - mine[:, 1:3] * step, corner + mine[:, 3:5] * step
    iou, giou = overlap(torch.cat([low, high], 1), wanted[:, :4])
    points = corner.repeat(1, 5) + mine[:, 5:] * step
    # In eye distances and a few pixels more, or the points of tiny faces and profiles, which nobody could place better,
    # would outweigh all others.
    eyes = (wanted[:, 4:6] - wanted[:, 6:8]).norm(dim=1, keepdim=True) + 8
    away = F.smooth_l1_loss(points / eyes, wanted[:, 4:14] / eyes, reduction="none", beta=0.01).mean(-1)

    logits = answers[..., 0]
    goal = torch.zeros_like(logits)
    goal[at, place] = iou.detach().clamp(min=0.1)
    share = (torch.sigmoid(logits).detach() - goal).abs()
    score = (F.binary_cross_entropy_with_logits(logits, goal, reduction="none") * share * share)[~ignored].sum()
    n = max(1, len(at))
    parts = {"score": score / n, "box": (1 - giou).sum() / n, "points": away.sum() / n}
    return parts["score"] * 2 + parts["box"] + parts["points"] * 10, {k: v.item() for k, v in parts.items()}
