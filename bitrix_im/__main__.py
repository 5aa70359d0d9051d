"""``python -m bitrix_im`` is ``bitrix-im``."""

import sys

from .cli import main

sys.exit(main())
