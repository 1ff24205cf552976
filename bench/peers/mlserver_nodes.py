"""The two nodes as MLServer runs them: each by itself, and both as one model."""

from mlserver import MLModel  # type: ignore[import-not-found]
from mlserver.codecs import NumpyCodec  # type: ignore[import-not-found]
from mlserver.types import InferenceResponse  # type: ignore[import-not-found]
from seldon_nodes import Scale, Score  # type: ignore[import-not-found]


class Runtime(MLModel):  # type: ignore[misc]
    """Answers with what `work` makes of the matrix that comes."""

    async def predict(self, payload):
        answer = self.work(NumpyCodec.decode_input(payload.inputs[0]))
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("data", answer)])


class Scaling(Runtime):
    """The transformer."""

    async def load(self):
        self.work = lambda values: Scale().transform_input(values, [])
        return True


class Scoring(Runtime):
    """The model."""

    async def load(self):
        score = Score()
        self.work = lambda values: score.predict(values, [])
        return True


class Both(Runtime):
    """One after the other."""

    async def load(self):
        scale, score = Scale(), Score()
        self.work = lambda values: score.predict(scale.transform_input(values, []), [])
        return True
