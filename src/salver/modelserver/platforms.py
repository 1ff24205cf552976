"""How models are loaded and run: `SessionBundleConfig`, made of flags or read from a platform file, as options.

TensorFlow Serving makes this message of its flags as well, so that there is one way from it to a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from salver.assembly.batching_files import MESSAGE as BATCHING_PARAMETERS
from salver.assembly.batching_files import Batching, batching_of
from salver.core.errors import BadInput, Unsupported
from salver.formats.tensorflow_options import TensorflowOptions
from salver.formats.tflite_options import TfliteOptions
from salver.modelserver.flags import Flags
from salver.modelserver.models import OWN_PLATFORMS
from salver.modelserver.sessions import session_of, session_of_flags
from salver.modelserver.text_files import read_text_file
from salver.options import ModelOptions
from salver.protocols.messages import message
from salver.protocols.tfserving.model_config import PLATFORM
from salver.replay import ReplayOptions

ANY_PATH: Final = "/"
"""The path of options that hold for every model, until each has its own."""

_BUNDLE: Final = "tensorflow.serving.SessionBundleConfig"
_ADAPTER: Final = "tensorflow.serving.SavedModelBundleSourceAdapterConfig"
_POOL: Final = "batch_threads"
_POOL_OF_FLAGS: Final = "model_server_batch_threads"
"""What the pool is called when nothing, or no file, names it."""
_ASSUMED: Final = "savedmodel"
"""What a folder is taken for in which no model is recognised, so that its refusal has TensorFlow's words."""
_MAX_INTERPRETERS: Final = 1024
_MAP: Final = "tensorflow.serving.PlatformConfigMap"


@dataclass(frozen=True, slots=True)
class Platforms:
    """What holds for the models of each platform, and how many batches run at once over all of them."""

    common: Mapping[str, ModelOptions]
    batch_slots: int
    batch_pool: str
    """What metrics call the pool they run in."""


def platforms_of(flags: Flags) -> Platforms:
    """What the flags, or the file they name, say of the platforms. Raises NotFound, BadInput or Unsupported."""
    if flags.platform_config_file:
        bundles = _from_file(flags.platform_config_file)
        sessions = {name: session_of(bundle.session_config) for name, bundle in bundles.items()}
    else:
        bundles, sessions = {PLATFORM: _from_flags(flags)}, {PLATFORM: session_of_flags(flags)}
    transition = _transition(flags)
    common = {
        name: replace(_options(bundle), transition=transition, tensorflow=_tensorflow(bundle, sessions[name]))
        for name, bundle in bundles.items()
    }
    first = next(iter(common.values()), ModelOptions(ANY_PATH))
    batched = [_batching(bundle) for bundle in bundles.values() if _is_batched(bundle)]
    return Platforms(
        {**dict.fromkeys(OWN_PLATFORMS, common.get(PLATFORM, first)), **common},
        max((one.slots for one in batched), default=0),
        next((one.pool for one in batched if one.pool), _POOL),
    )


def _transition(flags: Flags) -> Literal["keep_serving", "save_memory"]:
    if flags.transition == "save_memory":
        return "save_memory"
    if flags.transition != "keep_serving":
        raise BadInput(f"transition must be keep_serving or save_memory, got {flags.transition!r}")
    return "keep_serving"


def _from_flags(flags: Flags) -> Any:
    bundle = message(_BUNDLE)(
        saved_model_tags=[tag for tag in flags.saved_model_tags.split(",") if tag],
        enable_model_warmup=flags.enable_model_warmup,
        prefer_tflite_model=flags.prefer_tflite_model,
        num_tflite_pools=flags.num_tflite_pools,
        num_tflite_interpreters_per_pool=flags.num_tflite_interpreters_per_pool,
        enable_per_model_batching_params=flags.enable_per_model_batching_parameters,
    )
    if flags.num_request_iterations_for_warmup > 0:
        bundle.model_warmup_options.num_request_iterations.value = flags.num_request_iterations_for_warmup
    if flags.enable_batching:
        if flags.batching_parameters_file:
            bundle.batching_parameters.CopyFrom(read_text_file(flags.batching_parameters_file, BATCHING_PARAMETERS))
        else:
            bundle.batching_parameters.thread_pool_name.value = _POOL_OF_FLAGS
    elif flags.batching_parameters_file:
        raise BadInput(
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
        )
    return bundle


def _from_file(path: str) -> dict[str, Any]:
    # TensorFlow's session has more settings than this server's messages: those are passed over.
    found = read_text_file(path, _MAP, lenient=True)
    return {name: _bundle(name, found.platform_configs[name].source_adapter_config) for name in found.platform_configs}


def _bundle(platform: str, adapter: Any) -> Any:
    wanted = message(_ADAPTER)
    if not adapter.Is(wanted.DESCRIPTOR):
        raise Unsupported(f"platform {platform}: there is no source adapter for {adapter.type_url or 'no type'}")
    config = wanted()
    adapter.Unpack(config)
    return config.legacy_config


def _tflite(bundle: Any) -> TfliteOptions:
    """As many interpreters as all the pools hold together."""
    pools, each = bundle.num_tflite_pools, bundle.num_tflite_interpreters_per_pool
    known = TfliteOptions(preferred=bundle.prefer_tflite_model)
    return replace(known, interpreters=min(pools * each, _MAX_INTERPRETERS)) if pools > 0 < each else known


def _tensorflow(bundle: Any, session: TensorflowOptions) -> TensorflowOptions:
    return replace(session, tags=tuple(bundle.saved_model_tags)) if bundle.saved_model_tags else session


def _is_batched(bundle: Any) -> bool:
    return bool(bundle.HasField("batching_parameters"))


def _batching(bundle: Any) -> Batching:
    return batching_of(bundle.batching_parameters)


def _options(bundle: Any) -> ModelOptions:
    by_version = _is_batched(bundle) and bundle.enable_per_model_batching_params
    return ModelOptions(
        ANY_PATH,
        tflite=_tflite(bundle),
        assumed_format=_ASSUMED,
        batch=_batching(bundle).batch if _is_batched(bundle) and not by_version else None,
        batch_by_version=by_version,
        replay=ReplayOptions(
            enabled=bundle.enable_model_warmup,
            iterations=max(bundle.model_warmup_options.num_request_iterations.value, 1),
        ),
    )
