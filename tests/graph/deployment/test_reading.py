"""What a document says is what is read; the truth is the schema and the defaults of Seldon Core 1.18's admission."""

from __future__ import annotations

from pathlib import Path

from salver.graph.deployment.reading import read_deployment
from salver.graph.deployment.spec import Deployment, Logger, Remote, Tuning

DATA = Path(__file__).parents[2] / "data" / "seldon_deployments"


def read(name: str) -> Deployment:
    return read_deployment((DATA / name).read_text(), name)


def test_a_deployment_is_read_with_all_that_it_says() -> None:
    iris = read("iris.yaml")
    assert (iris.name, iris.namespace, iris.protocol, iris.transport) == ("iris", "flowers", "v2", "rest")
    assert iris.labels == {"team": "botany"}
    assert iris.tuning == Tuning(rest_timeout_ms=10000, grpc_timeout_ms=9000)
    (predictor,) = iris.predictors
    assert (predictor.traffic, predictor.shadow, predictor.labels) == (100, False, {"version": "default"})
    assert predictor.annotations == {"version": "v7"}
    node = predictor.graph
    assert node.parameters == {"depth": 3, "rate": 0.25, "verbose": True, "note": "no"}
    assert [type(value) for value in node.parameters.values()] == [int, float, bool, str]
    assert node.logger == Logger("all")
    assert node.container is not None
    assert (node.container.image, node.container.env) == ("flowers/iris:1.2", {"MODEL_NAME": "IrisClassifier"})


def test_what_only_a_cluster_has_is_told_of_with_its_line_and_path() -> None:
    told = {note.split(": ")[1] for note in read("iris.yaml").notes}
    predictor = "spec.predictors[0]"
    assert told == {
        "spec.name",
        "spec.replicas",
        "spec.annotations.seldon.io/istio-retries",
        f"{predictor}.replicas",
        f"{predictor}.componentSpecs[0].hpaSpec",
        f"{predictor}.componentSpecs[0].spec.terminationGracePeriodSeconds",
        f"{predictor}.componentSpecs[0].spec.containers[0].resources",
        f"{predictor}.componentSpecs[0].spec.containers[0].env[1].valueFrom",
    }
    assert next(note for note in read("iris.yaml").notes if ".hpaSpec" in note).startswith("iris.yaml:20: ")


def test_arms_and_a_shadow_have_their_shares() -> None:
    mnist = read("canary.yaml")
    assert [(one.name, one.traffic, one.shadow) for one in mnist.predictors] == [
        ("main", 75, False),
        ("canary", 25, False),
        ("shadow", 10, True),
    ]
    assert [one.graph.model_uri for one in mnist.predictors] == [f"gs://models/mnist/{n}" for n in (1, 2, 3)]
    assert {one.graph.type for one in mnist.predictors} == {"MODEL"}
    assert {one.graph.parameters["signature_name"] for one in mnist.predictors} == {"predict_images"}
    assert mnist.protocol == "tensorflow"
    assert mnist.notes == ()


def test_a_graph_is_walked_parents_first_and_each_node_has_its_hooks() -> None:
    (predictor,) = read("ensemble.yaml").predictors
    assert {unit.name: unit.hooks for unit in predictor.graph.walk()} == {
        "guard": ("TRANSFORM_INPUT", "TRANSFORM_OUTPUT", "SEND_FEEDBACK"),
        "scale": ("TRANSFORM_INPUT",),
        "split": ("ROUTE",),
        "one": ("PREDICT",),
        "mean": ("AGGREGATE",),
        "two": ("PREDICT",),
        "pick": ("ROUTE",),
        "three": ("PREDICT",),
    }


def test_a_node_is_answered_by_a_class_a_remote_or_what_is_built_in() -> None:
    guard, scale, split, *_ = read("ensemble.yaml").predictors[0].graph.walk()
    assert (guard.component, guard.remote) == (None, Remote("guard.example", 9500, "GRPC"))
    assert (scale.component, scale.remote) == ("code/scale.py:Scale", None)
    assert (split.component, split.remote, split.implementation) == (None, None, "RANDOM_ABTEST")


def test_classes_lie_beside_the_document_or_in_the_folder_given() -> None:
    text = (DATA / "iris.yaml").read_text()
    beside = read_deployment(text, "deploy/iris.yaml").predictors[0].graph
    assert beside.component == "deploy/IrisClassifier.py:IrisClassifier"
    given = read_deployment(text, "deploy/iris.yaml", "code").predictors[0].graph
    assert given.component == "code/IrisClassifier.py:IrisClassifier"


def test_a_class_in_a_module_of_a_package_is_named_as_for_seldons_wrapper() -> None:
    text = (DATA / "iris.yaml").read_text().replace("value: IrisClassifier", "value: flowers.iris.Classifier")
    assert read_deployment(text, "iris.yaml").predictors[0].graph.component == "flowers/iris.py:Classifier"


def test_other_documents_in_the_file_are_told_of() -> None:
    assert [note for note in read("ensemble.yaml").notes if "ConfigMap" in note] == [
        "ensemble.yaml:1: a document of kind 'ConfigMap' is left out: wanted SeldonDeployment"
    ]


def test_json_is_read_with_its_tabs_its_nulls_and_its_halves_of_characters() -> None:
    simple = read("simple.json")
    assert simple.predictors[0].labels == {"version": "p", "owner": "\U0001f600"}
    assert simple.predictors[0].graph.children == ()
    assert (simple.notes, simple.namespace) == ((), "default")


def test_every_unit_knows_where_it_stands() -> None:
    *_, three = read("ensemble.yaml").predictors[0].graph.walk()
    path = "spec.predictors[0].graph" + "".join(f".children[{i}]" for i in (0, 0, 1, 1, 0))
    assert str(three.place) == f"ensemble.yaml:37: {path}"
