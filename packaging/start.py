"""Where the packaged program begins."""

import sys

from copilot_desktop.__main__ import main

sys.exit(main())
