"""What a model's book says to people: states, descriptions, and the faults for what cannot be lent. Reads only."""

from __future__ import annotations

from types import MappingProxyType

from salver.core.calls import ModelDescription, Readiness, State, VersionDescription, VersionStatus
from salver.core.errors import Fault, ModelFailure, NotFound, NotLive
from salver.lifecycle.hosted import Hosted, Record


def status(hosted: Hosted) -> tuple[VersionStatus, ...]:
    """One entry a version, descending."""
    return tuple(
        VersionStatus(record.instance.version, record.state, record.error if record.failed else "")
        for record in _shown(hosted)
    )


def describe(hosted: Hosted) -> ModelDescription:
    return ModelDescription(
        model=hosted.name,
        path=hosted.spec.source.path,
        wanted=not hosted.unloaded,
        labels=hosted.spec.labels,
        versions=tuple(_describe_version(hosted, record) for record in _shown(hosted)),
        error=hosted.error,
    )


def readiness(models: list[Hosted]) -> Readiness:
    """Ready when each model that is wanted has an available version; else the reason names those that have none."""
    short = [f"model '{hosted.name}' {reason}" for hosted in models if (reason := shortfall(hosted))]
    more = f" (and {len(short) - 5} more models)" if len(short) > 5 else ""
    return Readiness(not short, "; ".join(short[:5]) + more)


def shortfall(hosted: Hosted) -> str:
    """Why a wanted model does not answer; empty when it does, or is not wanted."""
    if hosted.unloaded or hosted.removed or hosted.table():
        return ""
    return _absence(hosted)


def failures(hosted: Hosted) -> str:
    """Why not everything that is wanted is there; empty when it is."""
    failed = [_standing(record) for record in hosted.records if record.wanted and record.failed]
    if hosted.wanted() or hosted.unloaded or hosted.removed:
        return "; ".join(failed)
    return _absence(hosted)


def failure(hosted: Hosted) -> ModelFailure:
    """Why a model has no available version, and which version is to blame."""
    failed = [record for record in hosted.records if record.wanted and record.failed]
    if not failed:
        return ModelFailure(hosted.name, None, _absence(hosted))
    newest = max(failed, key=lambda record: record.instance)
    return ModelFailure(hosted.name, newest.instance.version, newest.error)


def is_decided(hosted: Hosted) -> bool:
    """Whether a model has an available version or, as far as it wants any, none that will be tried again."""
    if hosted.unloaded or hosted.removed or hosted.table():
        return True
    wanted = [record for record in hosted.records if record.wanted]
    return bool(wanted) and all(record.failed and record.retry_at is None for record in wanted)


def refusal(hosted: Hosted, version: int | None, label: str | None) -> Fault:
    """The fault for a model that is known but cannot be lent as asked."""
    model = hosted.name
    if label is not None:
        if label not in hosted.spec.labels:
            labels = ", ".join(f"'{known}'" for known in hosted.spec.labels) or "none"
            return NotFound(
                f"model '{model}' has no label '{label}'; its labels are: {labels}", model=model, label=label
            )
        version = hosted.spec.labels[label]
        lack = f"label '{label}' of model '{model}' is version {version}, {_lack(hosted, version)}"
        return NotLive(lack, model=model, label=label)
    if version is None or hosted.unloaded:
        return NotLive(f"model '{model}' {_absence(hosted)}", model=model, version=version)
    record = hosted.newest().get(version)
    if record is not None and (record.wanted or record.state is State.UNLOADING):
        standing = f"version {version} of model '{model}' is not available: {_standing(record)}"
        return NotLive(standing, model=model, version=version)
    available = ", ".join(str(number) for number in sorted(_available(hosted))) or "none"
    return NotFound(
        f"model '{model}' does not serve version {version}; available: {available}", model=model, version=version
    )


def _lack(hosted: Hosted, version: int) -> str:
    record = hosted.newest().get(version)
    return "which is not available: " + (_standing(record) if record else "it is not served")


def _absence(hosted: Hosted) -> str:
    """What a model without an available version is doing instead."""
    if hosted.unloaded:
        return "is unloaded, as an operator wished"
    wanted = sorted((record for record in hosted.records if record.wanted), key=lambda record: record.instance)
    if wanted:
        return f"has no available version: {_standing(wanted[-1])}"
    if hosted.removed:
        return "is being removed"
    if hosted.error:
        return f"has no available version: {hosted.error}"
    if hosted.sight is None:
        return "is being looked for"
    if hosted.sight.pending:
        versions = ", ".join(str(version) for version in sorted(hosted.sight.pending))
        return f"has no available version: version {versions} is still being copied"
    return f"has no version in '{hosted.spec.source.path}'"


def _standing(record: Record) -> str:
    version = record.instance.version
    if record.failed:
        return f"version {version} failed to load: {record.error}"
    again = f" again after: {record.error}" if record.error else ""
    return f"version {version} is in state {record.state.value}{again}"


def _shown(hosted: Hosted) -> list[Record]:
    """Of each version, descending, the instance that counts: the one that serves, else the newest."""
    shown = hosted.newest() | _available(hosted)
    return [shown[version] for version in sorted(shown, reverse=True)]


def _available(hosted: Hosted) -> dict[int, Record]:
    return {record.instance.version: record for record in hosted.records if record.state is State.AVAILABLE}


def _describe_version(hosted: Hosted, record: Record) -> VersionDescription:
    """In full; when another loading of a version that serves has failed, `error` says so."""
    version = record.instance.version
    return VersionDescription(
        version=version,
        state=record.state,
        error=hosted.newest()[version].error,
        since=record.since,
        path=record.found.path,
        format=record.live.format if record.live else "",
        load_s=record.load_s,
        signatures=record.live.signatures if record.live else MappingProxyType({}),
    )
