"""What a real portal does wrong, each as a switch that can be turned off."""

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Quirks:
    """Misbehaviours of a portal; the defaults are what the real one does."""

    null_items: bool = True
    """``im.recent.list`` puts a ``null`` beside the queue's open lines."""

    wrong_next: bool = True
    """``im.recent.list`` answers ``total`` -1 and a ``next`` that counts items, not rows."""

    shuffle_ties: bool = True
    """Dialogs of one second come in another order with every request."""

    first_id_order: Literal["ascending", "unordered", "holes"] = "unordered"
    """FIRST_ID pages: in order; the right ids in any order; or full pages that need not be the lowest ids."""

    hole_share: float = 0.5
    """The share of full FIRST_ID pages that are not the lowest ids, with ``first_id_order="holes"``."""

    user_shapes: bool = True
    """A list item's ``user`` can be ``{"id": 0}`` or ``[]``, its ``avatar`` and ``title`` ``[]`` as well."""

    php_numbers: bool = True
    """Some ids are numeric strings."""

    mute_list_shapes: bool = True
    """``mute_list`` is ``[]``, ``{"503": true}`` or a list of ids; without the quirk always the object (or ``[]``)."""

    float_times: bool = True
    """Numbers of ``time`` are int or float, as it happens; without the quirk always floats."""

    revision: int = 32
    """The REST revision; below 19 ``im.recent.get`` answers in the old shape, numbers as strings."""

    users_with_nulls: bool = True
    """Deleted users are ``null`` in a page's ``users``; without the quirk they are left out."""

    missing_users: bool = True
    """Users whose id leaves 7 when divided by 11 are never among a page's ``users``."""

    missing_files: bool = True
    """Files whose id leaves 4 when divided by 9 are never among a page's ``files``."""

    missing_fields: bool = True
    """``counter`` and ``uuid`` are left out of some list items."""

    search_next_stuck: bool = False
    """``next`` of ``im.search.chat.list`` does not grow."""

    false_result: bool = False
    """A dialog without messages answers ``result: false`` to ``im.dialog.messages.get``, as one without a chat."""

    missing_id_is_empty: bool = False
    """A LAST_ID or FIRST_ID that is no message of the dialog gives an empty page."""

    shortest_find: int = 2
    """How short a search phrase may be; older portals want 3."""

    authorization_stripped: bool = False
    """The web server drops the Authorization header: a token counts only as ``auth``."""

    events: bool = True
    """The portal has ``im.v2.Event.*``; older ones answer ERROR_METHOD_NOT_FOUND."""

    bots: bool = True
    """The portal has ``imbot.v2.*``; older ones answer ERROR_METHOD_NOT_FOUND."""

    bot_revision: int = 36
    """``rest`` of ``imbot.v2.Revision.get``; lower ones behave as docs/portal.md#bot-revisions tells."""

    bots_hear_bots: bool = True
    """Bots are told what other bots write; older versions do not tell them."""

    bot_empty_chats: bool = True
    """A fetched command of a private dialog has ``[]`` for its chat, and so has a link into a dialog that is new."""

    deleted_bots_readable: bool = True
    """The queue of a bot that was unregistered can be read to its last event; then, or without it, BOT_NOT_FOUND.

    docs/portal.md#bot-last-event: which of the two a real portal does is unknown.
    """

    missing_methods: tuple[str, ...] = ()
    """Further methods that an older portal does not have."""

    late_events: float = 0.0
    """The share of events whose ids are given before they can be read."""

    late_event_seconds: float = 0.5
    """How much later they can be read."""

    event_races: float = 0.0
    """The share of events that do not clear the server's memory of an empty queue."""

    preamble: str = ""
    """What a JSON answer begins with: a PHP notice, or a byte order mark."""

    message_count_hidden: bool = True
    """``message_count`` of ``im.dialog.get`` counts the messages from before the user joined as well."""

    message_count_drift: int = 0
    """Added to ``message_count``."""

    errors_as_200: bool = False
    """Every error comes with HTTP 200."""

    php_error_html: bool = True
    """An uncaught PHP error is an HTML page; without the quirk INTERNAL_SERVER_ERROR in JSON."""
