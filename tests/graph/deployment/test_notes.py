"""Nothing is skipped in silence."""

from __future__ import annotations

import pytest

from salver.graph.deployment.reading import read_deployment

NODE = "name: m, implementation: SIMPLE_MODEL"


def notes(predictor: str = "", unit: str = NODE, spec: str = "", head: str = "") -> list[str]:
    text = (
        "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\n"
        f"metadata: {{name: d}}\n{head}\nspec:\n  {spec}\n"
        f"  predictors: [{{name: p, {predictor}graph: {{{unit}}}}}]\n"
    )
    return [note.removeprefix("d.yaml:").partition(": ")[2] for note in read_deployment(text, "d.yaml").notes]


@pytest.mark.parametrize("key", ["replicas: 1", "oauth_key: k", "oauth_secret: s"])
def test_each_field_of_the_spec_that_means_nothing_here_is_told(key: str) -> None:
    (note,) = notes(spec=key)
    assert note.startswith(f"spec.{key.partition(':')[0]}: not heeded: ")


@pytest.mark.parametrize(
    "key",
    ["replicas: 1", "engineResources: {}", "progressDeadlineSeconds: 1", "explainer: {type: ALE}", "ssl: {}"]
    + ["svcOrchSpec: {env: []}", "svcOrchSpec: {resources: {}}", "svcOrchSpec: {replicas: 2}"]
    + [f"componentSpecs: [{{{name}: {{}}}}]" for name in ("hpaSpec", "kedaSpec", "pdbSpec", "metadata")]
    + ["componentSpecs: [{spec: {nodeSelector: {}}}]", "componentSpecs: [{spec: {containers: [{name: m, tty: true}]}}]"]
    + [f"annotations: {{seldon.io/{name}: x}}" for name in ("istio-host", "svc-name", "headless-svc", "no-engine")],
)
def test_each_field_of_a_predictor_that_means_nothing_here_is_told(key: str) -> None:
    (note,) = notes(predictor=f"{key}, ")
    assert note.startswith(f"spec.predictors[0].{key.partition(':')[0]}")
    assert "not heeded" in note or "not served" in note


@pytest.mark.parametrize("key", ["serviceAccountName: a", "envSecretRefName: a", "storageInitializerImage: a"])
def test_each_field_of_a_node_that_means_nothing_here_is_told(key: str) -> None:
    (note,) = notes(unit=f"{NODE}, {key}")
    assert note.startswith(f"spec.predictors[0].graph.{key.partition(':')[0]}: not heeded")


def test_unknown_fields_are_told_with_the_one_that_was_meant() -> None:
    assert notes(unit=f"{NODE}, Children: []") == [
        "spec.predictors[0].graph.Children: there is no such field; it is not heeded; did you mean 'children'?"
    ]
    assert notes(head="status: {}\nspek: {}") == [
        "status: not read: a cluster writes it",
        "spek: there is no such field; it is not heeded; did you mean 'spec'?",
    ]


def test_annotations_of_others_are_their_own_business() -> None:
    assert notes(spec="annotations: {example.com/owner: me, seldon.io/rest-timeout: '5'}") == []


def test_what_another_choice_overrules_is_told() -> None:
    assert notes(unit="name: m, implementation: TENSORFLOW_SERVER, type: ROUTER, modelUri: s3://a/b") == [
        "spec.predictors[0].graph.type: not heeded: TENSORFLOW_SERVER is a MODEL"
    ]
    assert notes(unit="name: m, implementation: SIMPLE_MODEL, type: ROUTER") == [
        "spec.predictors[0].graph.type: not heeded: SIMPLE_MODEL decides what the node does"
    ]
    (note,) = notes(unit=f"{NODE}, endpoint: {{service_host: a, service_port: 1}}")
    assert note == "spec.predictors[0].graph.endpoint: its service_host is not heeded: the node runs here"


def test_the_last_of_two_parameters_of_one_name_holds_and_is_told() -> None:
    (note,) = notes(
        unit=f"{NODE}, parameters: [{{name: a, type: INT, value: '1'}}, {{name: a, type: INT, value: '2'}}]"
    )
    assert note.startswith("spec.predictors[0].graph.parameters[1].name: the parameter 'a' stands there before")


def test_an_only_arm_beside_a_shadow_answers_everything() -> None:
    text = (
        "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: d}\n"
        "spec: {predictors: [{name: p, traffic: 40, graph: {name: m, implementation: SIMPLE_MODEL}}, "
        "{name: s, shadow: true, graph: {name: m, implementation: SIMPLE_MODEL}}]}"
    )
    found = read_deployment(text, "d.yaml")
    assert [one.traffic for one in found.predictors] == [100, 100]
    assert len(found.notes) == 1
