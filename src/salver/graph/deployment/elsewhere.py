"""What only a cluster has: fields that Seldon knows and one machine has no use for, each with the reason in words.

None is skipped in silence: `Fields.leave` makes a note of each that a document holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from salver.graph.deployment.fields import Fields
from salver.graph.deployment.spec import Tuning

_SCALING: Final = "not heeded: how many processes serve is the server's own option `workers`"
_POD: Final = "not heeded: no pod is made on one machine"
_SECRETS: Final = "not heeded: credentials for a modelUri are those of the server's own environment"
_GATEWAY: Final = "not heeded: there is no Istio gateway on one machine"
_ONE_PROCESS: Final = "not heeded: graph and nodes are one process here"
_WRITTEN: Final = "not read: a cluster writes it"

DOCUMENT: Final[Mapping[str, str]] = {"status": _WRITTEN}
METADATA: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "selfLink", "managedFields", "ownerReferences", "finalizers", "clusterName", "generateName",
    ),
    _WRITTEN,
)  # fmt: skip
SPEC: Final[Mapping[str, str]] = {
    "replicas": _SCALING,
    "oauth_key": "not heeded: the API gateway that asked for it is gone from Seldon too",
    "oauth_secret": "not heeded: the API gateway that asked for it is gone from Seldon too",
}
PREDICTOR: Final[Mapping[str, str]] = {
    "replicas": _SCALING,
    "engineResources": _POD,
    "progressDeadlineSeconds": _POD,
    "explainer": "not served: explainers are not known here",
    "ssl": "not heeded: certificates are the server's own option `tls`",
}
ORCHESTRATOR: Final[Mapping[str, str]] = {
    "resources": _POD,
    "replicas": _SCALING,
    "env": "not heeded: the orchestrator is this server, which has options of its own",
}
COMPONENT: Final[Mapping[str, str]] = {
    "metadata": _POD,
    "replicas": _SCALING,
    "hpaSpec": _SCALING,
    "kedaSpec": _SCALING,
    "pdbSpec": "not heeded: nothing is evicted from one machine",
}
POD: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "volumes", "initContainers", "ephemeralContainers", "restartPolicy", "terminationGracePeriodSeconds",
        "activeDeadlineSeconds", "dnsPolicy", "dnsConfig", "nodeSelector", "nodeName", "serviceAccountName",
        "serviceAccount", "automountServiceAccountToken", "hostNetwork", "hostPID", "hostIPC", "hostUsers", "hostname",
        "shareProcessNamespace", "securityContext", "imagePullSecrets", "subdomain", "affinity", "schedulerName",
        "tolerations", "hostAliases", "priorityClassName", "priority", "readinessGates", "runtimeClassName",
        "enableServiceLinks", "preemptionPolicy", "overhead", "topologySpreadConstraints", "setHostnameAsFQDN", "os",
    ),
    _POD,
)  # fmt: skip
CONTAINER: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "command", "args", "workingDir", "ports", "envFrom", "resources", "resizePolicy", "restartPolicy",
        "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
        "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin",
        "stdinOnce", "tty",
    ),
    _POD,
)  # fmt: skip
UNIT: Final[Mapping[str, str]] = {
    "serviceAccountName": _SECRETS,
    "envSecretRefName": _SECRETS,
    "storageInitializerImage": "not heeded: the server fetches a modelUri itself",
}
_ANNOTATIONS: Final[Mapping[str, str]] = {
    "seldon.io/no-engine": _ONE_PROCESS,
    "seldon.io/engine-separate-pod": _ONE_PROCESS,
    "seldon.io/svc-name": "not heeded: no service is made on one machine",
    "seldon.io/headless-svc": "not heeded: no service is made on one machine",
    "seldon.io/no-storage-initializer": "not heeded: the server fetches a modelUri itself",
}
_TUNING: Final[Mapping[str, str]] = {
    "seldon.io/rest-timeout": "rest_timeout_ms",
    "seldon.io/grpc-timeout": "grpc_timeout_ms",
    "seldon.io/grpc-max-message-size": "grpc_max_message_bytes",
    "seldon.io/executor-logger-queue-size": "logger_queue_size",
    "seldon.io/executor-logger-write-timeout-ms": "logger_write_timeout_ms",
}
_MAX_TUNING: Final = 2**31 - 1


def read_annotations(fields: Fields) -> dict[str, str]:
    """All of them. Those of Seldon's that mean nothing here are noted; others are their author's own business."""
    found = fields.texts("annotations")
    inner = fields.inner("annotations")
    for name in found:
        if name.startswith("seldon.io/istio-"):
            inner.note(name, _GATEWAY)
        elif name in _ANNOTATIONS:
            inner.note(name, _ANNOTATIONS[name])
        elif name.startswith("seldon.io/") and name not in _TUNING:
            inner.note(name, "not heeded: there is no such annotation")
    return found


def read_tuning(fields: Fields, annotations: Mapping[str, str]) -> Tuning:
    """The numbers among the annotations of `spec`."""
    numbers = {}
    for name, field in _TUNING.items():
        text = annotations.get(name)
        if text is not None:
            if not (text.isdecimal() and text.isascii() and len(text) <= 10 and 0 < int(text) <= _MAX_TUNING):
                raise fields.inner("annotations").at(name).refusal(f"must be a whole number above 0, got {text!r:.60}")
            numbers[field] = int(text)
    return Tuning(**numbers)
