"""What many tests need: a client of an embedded portal."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bitrix_im import BitrixIM


@asynccontextmanager
async def connected(portal, **options):
    """A client that talks to *portal* in process."""
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, **options) as im:
        yield im


def ids(dialogs):
    return [dialog.dialog_id for dialog in dialogs]


def message_ids(messages):
    return [message.id for message in messages]


def server_now(portal):
    """The portal's clock."""
    return datetime.fromtimestamp(portal.clock.seconds(), UTC)
