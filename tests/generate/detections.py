#!/usr/bin/env python3
"""Detections by other implementations: tests/face/golden/detections.json.

    peers-venv/bin/python tests/generate/detections.py ../shared/data tests/face/golden/detections.json

Needs numpy, onnxruntime and opencv-python; nothing that is built or shipped needs this. For each photograph, by name,
the largest face: box, score, landmarks, and how many faces there are.
- yunet_opencv: cv2.FaceDetectorYN at the picture's own size.
- yunet_640x640, ulfg_240x320: the ONNX file in ONNX Runtime, decoded below from the projects' own descriptions, on the
  picture scaled by cv2.resize into the graph's input at the top left.
"""
import json
import os
import sys

import cv2
import numpy as np
import onnxruntime

MEASURES = {"yunet": (0.6, 0.3), "ulfg": (0.7, 0.3)}


def letterboxed(picture, height, width, border):
    rows, columns = picture.shape[:2]
    factor = min(width / columns, height / rows)
    inner = (max(1, int(columns * factor + 0.5)), max(1, int(rows * factor + 0.5)))
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = border
    canvas[:inner[1], :inner[0]] = cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
    return canvas, columns / inner[0], rows / inner[1]


def suppressed(boxes, scores, limit):
    """Indices that stay."""
    order, kept = list(np.argsort(-scores, kind="stable")), []
    while order:
        best = order.pop(0)
        kept.append(best)

        def overlap(other):
            low = np.maximum(boxes[best, :2], boxes[other, :2])
            high = np.minimum(boxes[best, 2:], boxes[other, 2:])
            both = np.prod(np.maximum(high - low, 0))
            areas = [np.prod(boxes[i, 2:] - boxes[i, :2]) for i in (best, other)]
            return both / (sum(areas) - both)

        order = [other for other in order if overlap(other) <= limit]
    return kept


def yunet(outputs, size):
    boxes, scores, points = [], [], []
    for stride in (8, 16, 32):
        parts = (outputs[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps"))
        cls, obj, bbox, kps = (part.astype(np.float64) for part in parts)
        rows, columns = np.mgrid[:size[0] // stride, :size[1] // stride]
        place = np.stack([columns.ravel(), rows.ravel()], 1)
        centre, sides = (place + bbox[:, :2]) * stride, np.exp(bbox[:, 2:]) * stride
        boxes.append(np.hstack([centre - sides / 2, centre + sides / 2]))
        scores.append(np.sqrt(cls * obj)[:, 0])
        points.append((kps + np.tile(place, 5)) * stride)
    return np.vstack(boxes), np.hstack(scores), np.vstack(points)


def ulfg(outputs, size):
    boxes = outputs["boxes"][0].astype(np.float64) * np.array([size[1], size[0]] * 2)
    return boxes, outputs["scores"][0][:, 1].astype(np.float64), None


def largest(boxes, scores, points):
    if len(boxes) == 0:
        return {"faces": 0}
    best = int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))
    face = {"faces": len(boxes), "box": np.round(boxes[best], 2).tolist(), "score": round(float(scores[best]), 5)}
    if points is not None:
        face["landmarks"] = np.round(points[best].reshape(5, 2), 2).tolist()
    return face


def by_runtime(session, decode, name, picture, size, border, prepare):
    canvas, x, y = letterboxed(picture, *size, border)
    names = [output.name for output in session.get_outputs()]
    tensor = prepare(canvas).astype(np.float32).transpose(2, 0, 1)[None]
    outputs = dict(zip(names, session.run(names, {session.get_inputs()[0].name: tensor})))
    boxes, scores, points = decode(outputs, size)
    threshold, limit = MEASURES[name]
    good = scores >= threshold
    boxes, scores = boxes[good] * np.array([x, y] * 2), scores[good]
    points = None if points is None else points[good] * np.array([x, y] * 5)
    kept = suppressed(boxes, scores, limit)
    return largest(boxes[kept], scores[kept], None if points is None else points[kept])


def by_opencv(detector, picture):
    detector.setInputSize((picture.shape[1], picture.shape[0]))
    faces = detector.detect(picture)[1]
    if faces is None:
        return {"faces": 0}
    boxes = np.hstack([faces[:, :2], faces[:, :2] + faces[:, 2:4]])
    return largest(boxes.astype(np.float64), faces[:, 14], faces[:, 4:14].astype(np.float64))


def main(data, target):
    models = f"{data}/models"
    opencv = cv2.FaceDetectorYN.create(f"{models}/yunet_n_640.onnx", "", (320, 320), *MEASURES["yunet"], 5000)
    onnxruntime.set_default_logger_severity(3)
    sessions = {name: onnxruntime.InferenceSession(f"{models}/{file}.onnx", providers=["CPUExecutionProvider"])
                for name, file in (("yunet", "yunet_n_640"), ("ulfg", "ulfg_rfb_320"))}
    golden = {"yunet_opencv": {}, "yunet_640x640": {}, "ulfg_240x320": {}}
    for photo in sorted(os.listdir(f"{data}/faces/photos")):
        bgr = cv2.imread(f"{data}/faces/photos/{photo}")
        golden["yunet_opencv"][photo] = by_opencv(opencv, bgr)
        golden["yunet_640x640"][photo] = by_runtime(sessions["yunet"], yunet, "yunet", bgr, (640, 640), 0, lambda p: p)
        golden["ulfg_240x320"][photo] = by_runtime(sessions["ulfg"], ulfg, "ulfg", bgr[:, :, ::-1], (240, 320), 127,
                                                   lambda p: (p.astype(np.float32) - 127) / 128)
    with open(target, "w", encoding="ascii") as file:
        file.write(json.dumps(golden, indent=0, sort_keys=True).replace("\n", "").replace('},"id', '},\n"id') + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
