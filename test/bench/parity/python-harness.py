"""Python's side of the parity benchmark: one model in onnxruntime, timed in blocks as bench.md (D) describes.

Arguments: model, threads, folder with inputs.json ([{name, type, shape, file}]) and the raw bytes.
A line of JSON in, a line of JSON out: {"durationMs", "minCalls"} times a block; {"outputs": true} gives the SHA-256 of each output.
"""
import hashlib
import json
import os
import sys
import time

import numpy as np
import onnxruntime as ort

TYPES = {"float32": np.float32, "float16": np.float16, "float64": np.float64, "int64": np.int64, "int32": np.int32,
         "uint8": np.uint8, "int8": np.int8, "bool": np.bool_}

model, threads, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
options = ort.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
with open(os.path.join(folder, "inputs.json"), encoding="utf-8") as file:
    described = json.load(file)
feeds = {
    one["name"]: np.fromfile(os.path.join(folder, one["file"]), dtype=TYPES[one["type"]]).reshape(one["shape"])
    for one in described
}
for _ in range(30):
    session.run(None, feeds)
print(json.dumps({"version": ort.__version__}), flush=True)

clock = time.perf_counter_ns
for line in sys.stdin:
    request = json.loads(line)
    if request.get("outputs"):
        results = session.run(None, feeds)
        names = [output.name for output in session.get_outputs()]
        digests = {name: hashlib.sha256(value.tobytes()).hexdigest() for name, value in zip(names, results)}
        print(json.dumps({"outputs": digests}), flush=True)
        continue
    samples = []
    end = clock() + int(request["durationMs"] * 1e6)
    while True:
        start = clock()
        session.run(None, feeds)
        now = clock()
        samples.append(now - start)
        if now >= end and len(samples) >= request["minCalls"]:
            break
    print(json.dumps({"medianMs": float(np.median(samples)) / 1e6, "calls": len(samples)}), flush=True)
