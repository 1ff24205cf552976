"""`python -m salver` is the command `salver`."""

import sys

from salver.cli.main import main

sys.exit(main())
