"""Salver serves machine-learning models: embedded in a program, or over the protocols that clients already speak."""

from salver.core.errors import BadInput as BadInput
from salver.core.errors import Fault as Fault
from salver.core.errors import Full as Full
from salver.core.errors import Internal as Internal
from salver.core.errors import Late as Late
from salver.core.errors import NotFound as NotFound
from salver.core.errors import Unavailable as Unavailable
from salver.core.errors import Unsupported as Unsupported
from salver.core.signature import Signature as Signature
from salver.core.tensor import Tensor as Tensor
from salver.core.tensor import TensorSpec as TensorSpec
from salver.core.trail import Trail as Trail
from salver.embedded import Model as Model
from salver.embedded import load as load
from salver.formats.onnx_options import OnnxOptions as OnnxOptions
from salver.formats.pfa.options import PfaOptions as PfaOptions
from salver.formats.pmml.options import PmmlOptions as PmmlOptions
from salver.formats.python_module import PythonOptions as PythonOptions
from salver.formats.python_signature import signature as signature
from salver.formats.table import FormatOptions as FormatOptions
from salver.version import __version__ as __version__
