"""Many dialogs at once, in full requests (``im.messages.bulk``).

- `page`: what a reader gets;
- `habits`: what is known of the portal, for all bulks of a session;
- `road`: what every way down a dialog answers;
- `descent`: down a dialog by im.dialog.messages.get;
- `strides`: down a dialog by im.dialog.messages.search, four times as fast;
- `comparison`, `proof`: whether what that read is whole, for short dialogs and for long ones;
- `planner`: who is asked next, and with whom.
"""

from .descent import Descent
from .habits import habits_of
from .page import BulkPage
from .planner import Planner, Round
from .road import Road
from .strides import Strides

__all__ = ["BulkPage", "Descent", "Planner", "Road", "Round", "Strides", "habits_of"]
