"""The fixtures of tests that hold on either event loop."""

from loops import run as run
