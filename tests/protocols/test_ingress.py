"""The paths are those of Seldon Core's executor (its tensorflow and v2 protocols) and of its ingress."""

from __future__ import annotations

import pytest

from salver.protocols.route import Match
from salver.protocols.table import find


@pytest.mark.parametrize(
    ("method", "target", "protocol", "route", "model"),
    [
        (b"POST", b"/v1/models:predict", "tfserving", "predict", ""),
        (b"POST", b"/v1/models/:predict", "tfserving", "predict", ""),
        (b"POST", b"/v1/models/wine/:predict", "tfserving", "predict", "wine"),
        (b"POST", b"/v1/models/wine:predict", "tfserving", "predict", "wine"),
        (b"POST", b"/v2/models/infer", "openinference", "infer", ""),
        (b"POST", b"/v2/models/wine/infer", "openinference", "infer", "wine"),
        (b"POST", b"/seldon/ns/dep/v1/models/clf:predict", "tfserving", "predict", "dep"),
        (b"POST", b"/seldon/ns/dep/v1/models/:predict", "tfserving", "predict", "dep"),
        (b"POST", b"/seldon/ns/my%20dep/v1/models/clf/:predict", "tfserving", "predict", "my dep"),
        (b"GET", b"/seldon/ns/dep/v1/models/clf/metadata", "tfserving", "metadata", "dep"),
        (b"GET", b"/seldon/ns/dep/v1/models/clf", "tfserving", "status", "dep"),
        (b"POST", b"/seldon/ns/dep/v2/models/clf/infer", "openinference", "infer", "dep"),
        (b"POST", b"/seldon/ns/dep/v2/models/infer", "openinference", "infer", "dep"),
        (b"GET", b"/seldon/ns/dep/v2/models/clf/ready", "openinference", "modelReady", "dep"),
        (b"POST", b"/seldon/ns/dep/api/v1.0/predictions", "seldon", "predict", "dep"),
    ],
)
def test_every_path_of_seldon_finds_its_protocol_and_the_deployment(method, target, protocol, route, model):
    found = find(method, target)
    assert isinstance(found, Match)
    assert (found.protocol.name, found.route.name, found.args["model"]) == (protocol, route, model)


def test_a_model_may_be_called_infer():
    found = find(b"POST", b"/v2/models/infer/infer")
    assert isinstance(found, Match)
    assert found.args["model"] == "infer"
