"""Run `systeme` where its script is not on the path: `python -m systeme_async.cli`."""

from __future__ import annotations

import sys

from .app import main

sys.exit(main())
