"""What Seldon's admission refuses is refused, with file, line and path; so is what nobody would answer."""

from __future__ import annotations

import pytest

from salver.core.errors import Unsupported
from salver.graph.deployment.place import BadDeployment
from salver.graph.deployment.reading import read_deployment
from salver.graph.deployment.spec import Deployment

MODEL = "{name: m, implementation: SIMPLE_MODEL}"


def deployment(predictors: str, spec: str = "") -> str:
    head = "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: d}\nspec:\n"
    return f"{head}{f'  {spec}' if spec else ''}\n  predictors: {predictors}\n"


def read(predictors: str, spec: str = "") -> Deployment:
    return read_deployment(deployment(predictors, spec), "d.yaml")


def graph(unit: str, containers: str = "") -> Deployment:
    specs = f"componentSpecs: [{{spec: {{containers: [{containers}]}}}}], " if containers else ""
    return read(f"[{{name: p, {specs}graph: {unit}}}]")


PREDICTORS = {
    "spec.predictors: must have at least one": "[]",
    "spec.predictors[1].name: a predictor 'p' stands already": f"[{{name: p, traffic: 50, graph: {MODEL}}}, "
    f"{{name: p, traffic: 50, graph: {MODEL}}}]",
    "traffic that sums to 100 without shadows, got 90 ('p' 50, 'q' 40)": f"[{{name: p, traffic: 50, graph: {MODEL}}}, "
    f"{{name: q, traffic: 40, graph: {MODEL}}}]",
    "traffic that sums to 100 without shadows, got 0": f"[{{name: p, graph: {MODEL}}}, {{name: q, graph: {MODEL}}}]",
    "traffic that sums to 100 without shadows, got 50": f"[{{name: p, traffic: 50, graph: {MODEL}}}]",
    "spec.predictors[0].traffic: must be from 0 to 100": f"[{{name: p, traffic: 101, graph: {MODEL}}}]",
    "spec.predictors[0].traffic: must be an integer": f"[{{name: p, traffic: '5', graph: {MODEL}}}]",
    "spec.predictors[1]: is a shadow, as 'p' is already": f"[{{name: p, shadow: true, graph: {MODEL}}}, "
    f"{{name: q, shadow: true, graph: {MODEL}}}, {{name: r, graph: {MODEL}}}]",
    "is a shadow and the only predictor": f"[{{name: p, shadow: true, graph: {MODEL}}}]",
    "spec.predictors[0].shadow: must be true or false": f"[{{name: p, shadow: 'true', graph: {MODEL}}}]",
    "spec.predictors[0].name: is missing": f"[{{graph: {MODEL}}}]",
    "spec.predictors[0].name: must be letters": f"[{{name: ../p, graph: {MODEL}}}]",
    "spec.predictors[0].graph: is missing; did you mean it by 'Graph' in line 6": f"[{{name: p, Graph: {MODEL}}}]",
    "spec.predictors[0].graph: wanted keys and values, got a list": "[{name: p, graph: []}]",
    "annotation seldon.io/no-engine": "[{name: p, annotations: {seldon.io/no-engine: 'true'}, "
    "graph: {name: r, implementation: SIMPLE_ROUTER, children: [{name: m, implementation: SIMPLE_MODEL}]}}]",
}


@pytest.mark.parametrize("wanted", PREDICTORS)
def test_predictors_that_seldon_refuses_are_refused(wanted: str) -> None:
    with pytest.raises(BadDeployment) as refused:
        read(PREDICTORS[wanted])
    assert wanted in refused.value.message
    assert refused.value.message.startswith("d.yaml:6: spec")


UNITS = {
    "graph.name: is missing": "{implementation: SIMPLE_MODEL}",
    "graph.name: must be text, got the boolean 'yes'; put it in quotes": "{name: yes, implementation: SIMPLE_MODEL}",
    "graph.type: must be one of UNKNOWN_TYPE, ROUTER": "{name: m, type: model}",
    "did you mean 'MODEL'": "{name: m, type: model}",
    "graph.implementation: must be one of": "{name: m, implementation: MY_SERVER}",
    "graph.methods: must be of TRANSFORM_INPUT": "{name: m, methods: [PREDICT]}",
    "graph.methods: wanted a list": "{name: m, methods: ROUTE}",
    "graph.type: of UNKNOWN_TYPE must have methods": "{name: m, type: UNKNOWN_TYPE}",
    "the node 'm' has no container": "{name: m}",
    "graph.children[1].name: a node 'a' stands already in line 6": "{name: m, implementation: AVERAGE_COMBINER, "
    "children: [{name: a, implementation: SIMPLE_MODEL}, {name: a, implementation: SIMPLE_MODEL}]}",
    "graph.modelUri: is missing; did you mean it by 'modelURI'": "{name: m, implementation: TENSORFLOW_SERVER, "
    "modelURI: gs://a/b}",
    "graph.logger.mode: is missing": "{name: m, implementation: SIMPLE_MODEL, logger: {url: 'http://sink'}}",
    "graph.logger.mode: must be one of all, request, response": "{name: m, implementation: SIMPLE_MODEL, "
    "logger: {mode: none}}",
    "graph.parameters[0].value: does not read as INT: '0.5'": "{name: m, implementation: SIMPLE_MODEL, "
    "parameters: [{name: a, type: INT, value: '0.5'}]}",
    "graph.parameters[0].value: does not read as BOOL": "{name: m, implementation: SIMPLE_MODEL, "
    "parameters: [{name: a, type: BOOL, value: '2'}]}",
    "graph.parameters[0].value: must be text, got the number '0.5'; put it in quotes: \"0.5\"": "{name: m, "
    "implementation: SIMPLE_MODEL, parameters: [{name: a, type: FLOAT, value: 0.5}]}",
    "graph.parameters[0].type: is missing": "{name: m, implementation: SIMPLE_MODEL, "
    "parameters: [{name: a, value: '0.5'}]}",
    "graph.parameters[0].type: must be one of INT": "{name: m, implementation: SIMPLE_MODEL, "
    "parameters: [{name: a, type: LIST, value: '0.5'}]}",
    "graph.children[1].endpoint.type: is GRPC, but another node's is REST": "{name: m, "
    "endpoint: {type: REST, service_host: a, service_port: 1}, children: [{name: x, implementation: SIMPLE_MODEL}, "
    "{name: y, endpoint: {type: GRPC, service_host: b, service_port: 1}}]}",
    "graph.endpoint.service_host: must be a host's name": "{name: m, endpoint: {service_host: 'a/../b'}}",
    "graph.endpoint.service_port: is missing": "{name: m, endpoint: {service_host: a}}",
    "graph.endpoint.service_port: must be a port": "{name: m, endpoint: {service_host: a, service_port: 70000}}",
}


@pytest.mark.parametrize("wanted", UNITS)
def test_nodes_that_seldon_refuses_are_refused(wanted: str) -> None:
    with pytest.raises(BadDeployment) as refused:
        graph(UNITS[wanted])
    assert wanted in refused.value.message
    assert refused.value.message.startswith("d.yaml:6: spec.predictors[0].graph")


@pytest.mark.parametrize("server", ["SKLEARN", "XGBOOST", "MLFLOW", "TRITON", "TEMPO", "HUGGINGFACE"])
def test_servers_of_formats_that_are_not_known_are_unsupported_by_name(server: str) -> None:
    with pytest.raises(Unsupported, match=f"implementation: {server}_SERVER is not served yet: its format comes later"):
        graph(f"{{name: m, implementation: {server}_SERVER, modelUri: 'gs://a/b'}}")


def test_a_prepackaged_server_without_a_model_is_refused_before_it_is_unsupported() -> None:
    with pytest.raises(BadDeployment, match="modelUri: is missing"):
        graph("{name: m, implementation: SKLEARN_SERVER}")


def test_an_image_alone_answers_nobody_and_both_ways_out_are_told() -> None:
    with pytest.raises(BadDeployment, match=r"MODEL_NAME.*SALVER_COMPONENT.*endpoint: \{service_host"):
        graph("{name: m}", "{name: m, image: 'a/b:1'}")


@pytest.mark.parametrize(
    "env",
    [
        "{name: MODEL_NAME, value: ../Evil}",
        "{name: MODEL_NAME, value: /abs/Evil}",
        "{name: MODEL_NAME, value: ''}",
        "{name: SALVER_COMPONENT, value: '../Model.py:Model'}",
        "{name: SALVER_COMPONENT, value: 'a/../../Model.py:Model'}",
        "{name: SALVER_COMPONENT, value: '/etc/Model.py:Model'}",
        "{name: SALVER_COMPONENT, value: 'Model.py'}",
        "{name: SALVER_COMPONENT, value: 'Model.txt:Model'}",
        "{name: SALVER_COMPONENT, value: ':Model'}",
    ],
)
def test_a_class_outside_the_folder_is_refused(env: str) -> None:
    with pytest.raises(BadDeployment, match=r"containers\[0\]: (MODEL_NAME|SALVER_COMPONENT) must"):
        graph("{name: m}", f"{{name: m, env: [{env}]}}")


def test_a_transport_that_no_node_has_is_refused() -> None:
    with pytest.raises(BadDeployment, match=r"endpoint.type: is REST, but spec.transport is grpc"):
        read(
            "[{name: p, graph: {name: m, endpoint: {type: REST, service_host: a, service_port: 1}}}]",
            spec="transport: grpc",
        )


@pytest.mark.parametrize(
    "spec",
    [
        "protocol: kafka",
        "transport: http",
        "serverType: http",
        "annotations: {seldon.io/rest-timeout: soon}",
        "annotations: {seldon.io/rest-timeout: '-1'}",
        "annotations: {a: 1}",
        "annotations: [a]",
    ],
)
def test_words_of_the_spec_that_are_not_seldons_are_refused(spec: str) -> None:
    with pytest.raises(BadDeployment, match=r"d.yaml:5: spec\.\w+"):
        read(f"[{{name: p, graph: {MODEL}}}]", spec=spec)


def test_a_kafka_server_must_know_its_topics() -> None:
    with pytest.raises(BadDeployment, match="must have KAFKA_BROKER, KAFKA_INPUT_TOPIC, KAFKA_OUTPUT_TOPIC when"):
        read(f"[{{name: p, graph: {MODEL}}}]", spec="serverType: kafka")


def test_a_kafka_server_with_its_topics_is_admitted_and_said_to_be_none() -> None:
    env = ", ".join(f"{{name: KAFKA_{name}, value: x}}" for name in ("BROKER", "INPUT_TOPIC", "OUTPUT_TOPIC"))
    found = read(f"[{{name: p, svcOrchSpec: {{env: [{env}]}}, graph: {MODEL}}}]", spec="serverType: kafka")
    assert found.notes == ("d.yaml:5: spec.serverType: not heeded: requests come by HTTP and gRPC, never from Kafka",)


@pytest.mark.parametrize("metadata", ["{}", "{name: ''}", "{name: Iris}", "{name: a/b}", "{name: a, namespace: A}"])
def test_a_deployment_without_a_good_name_is_refused(metadata: str) -> None:
    text = deployment(f"[{{name: p, graph: {MODEL}}}]").replace("{name: d}", metadata)
    with pytest.raises(BadDeployment, match=r"d.yaml:3: metadata\.name"):
        read_deployment(text, "d.yaml")


def test_the_old_name_serves_where_there_is_no_other() -> None:
    text = deployment(f"[{{name: p, graph: {MODEL}}}]", "name: old").replace("{name: d}", "{labels: {a: b}}")
    assert read_deployment(text, "d.yaml").name == "old"


@pytest.mark.parametrize("version", ["v1", "machinelearning.seldon.io/v2", "apps/v1", "''"])
def test_other_versions_are_refused(version: str) -> None:
    text = deployment(f"[{{name: p, graph: {MODEL}}}]").replace("machinelearning.seldon.io/v1", version)
    with pytest.raises(BadDeployment, match=r"d.yaml:1: apiVersion: must be one of"):
        read_deployment(text, "d.yaml")


def chain(nodes: int) -> str:
    unit = "{name: n0, implementation: SIMPLE_MODEL}"
    for index in range(1, nodes):
        unit = f"{{name: n{index}, implementation: SIMPLE_MODEL, children: [{unit}]}}"
    return unit


@pytest.mark.slow
def test_a_graph_may_be_fifty_nodes_deep_and_no_more() -> None:
    assert sum(1 for _ in graph(chain(50)).predictors[0].graph.walk()) == 50
    with pytest.raises(BadDeployment, match="deeper than 50 nodes"):
        graph(chain(51))


@pytest.mark.slow
def test_a_graph_may_not_have_more_nodes_than_anybody_draws() -> None:
    units = ", ".join(f"{{name: n{index}, implementation: SIMPLE_MODEL}}" for index in range(500))
    with pytest.raises(BadDeployment, match="more than 500 nodes"):
        graph(f"{{name: r, implementation: SIMPLE_ROUTER, children: [{units}]}}")


def test_a_graph_that_holds_itself_is_refused() -> None:
    with pytest.raises(BadDeployment, match="an alias holds itself"):
        graph("&g {name: m, implementation: SIMPLE_ROUTER, children: [*g]}")
