"""The model as Triton's Python back end runs it: a batch of requests is one call of onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton  # type: ignore[import-not-found]


class TritonPythonModel:
    """The name and the methods Triton looks for."""

    def initialize(self, args):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(Path(__file__).with_name("model.onnx"), options)

    def execute(self, requests):
        inputs = [triton.get_input_tensor_by_name(request, "features").as_numpy() for request in requests]
        (outputs,) = self.session.run(None, {"features": np.concatenate(inputs)})
        ends = np.cumsum([len(rows) for rows in inputs])[:-1]
        return [triton.InferenceResponse([triton.Tensor("probabilities", rows)]) for rows in np.split(outputs, ends)]
