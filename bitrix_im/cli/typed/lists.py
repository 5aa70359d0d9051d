"""``recent``, ``search`` and ``history``: what the portal lists."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..problems import Problem
from .options import (
    Connection,
    CursorOption,
    DemoOption,
    JsonOption,
    LimitOption,
    ProfileOption,
    WebhookOption,
    WrapOption,
    date,
    number,
)

_Flag = typer.Option


def recent(
    skip_openlines: Annotated[bool, _Flag("--skip-openlines", help="no open lines")] = False,
    skip_dialog: Annotated[bool, _Flag("--skip-dialog", help="no private dialogs")] = False,
    skip_chat: Annotated[bool, _Flag("--skip-chat", help="no chats")] = False,
    skip_undistributed_openlines: Annotated[
        bool, _Flag("--skip-undistributed-openlines", help="no open lines that wait in the queue")
    ] = False,
    unread_only: Annotated[bool, _Flag("--unread-only", help="only dialogs with unread messages")] = False,
    only_copilot: Annotated[bool, _Flag("--only-copilot", help="only BitrixGPT chats")] = False,
    only_channel: Annotated[bool, _Flag("--only-channel", help="only channels")] = False,
    can_manage_messages: Annotated[
        bool, _Flag("--can-manage-messages", help="only chats where messages may be sent")
    ] = False,
    parse_text: Annotated[bool, _Flag("--parse-text", help="texts with their BB codes made into text")] = False,
    get_original_text: Annotated[bool, _Flag("--get-original-text", help="texts as they were written")] = False,
    last_message_date: Annotated[
        Any,
        typer.Option(
            "--last-message-date",
            metavar="DATE",
            parser=date,
            help="last active at DATE or before it, like 2026-07-01T12:00:00+03:00 (without a zone: local)",
        ),
    ] = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    demo: DemoOption = False,
    limit: LimitOption = None,
    cursor: CursorOption = None,
    json: JsonOption = False,
    wrap: WrapOption = False,
) -> None:
    """List the recent dialogs: pinned first, then by last activity."""
    from .. import listing

    filters = {
        "skip_openlines": skip_openlines,
        "skip_dialog": skip_dialog,
        "skip_chat": skip_chat,
        "skip_undistributed_openlines": skip_undistributed_openlines,
        "unread_only": unread_only,
        "only_copilot": only_copilot,
        "only_channel": only_channel,
        "can_manage_messages": can_manage_messages,
        "parse_text": parse_text,
        "get_original_text": get_original_text,
        "last_message_date": last_message_date,
    }
    shown = listing.Shown(json=json, wrap=wrap, limit=limit, cursor=cursor)
    listing.recent(Connection(webhook, profile, demo), shown, filters)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="2 characters or more", show_default=False)],
    lines: Annotated[bool, typer.Option("--lines", help="search open lines instead")] = False,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    demo: DemoOption = False,
    limit: LimitOption = None,
    cursor: CursorOption = None,
    json: JsonOption = False,
    wrap: WrapOption = False,
) -> None:
    """List the chats whose title or members match, newest first."""
    from .. import listing

    shown = listing.Shown(json=json, wrap=wrap, limit=limit, cursor=cursor)
    listing.search(Connection(webhook, profile, demo), shown, text, lines=lines)


def history(
    dialog_id: Annotated[str, typer.Argument(metavar="DIALOG", help="chat12, sg3 or a user's id", show_default=False)],
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", parser=number, help="only messages before this one")
    ] = None,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="ID", parser=number, help="only messages after this one, oldest first"),
    ] = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    demo: DemoOption = False,
    limit: LimitOption = None,
    cursor: CursorOption = None,
    json: JsonOption = False,
    wrap: WrapOption = False,
) -> None:
    """List the messages of a dialog, newest first."""
    from .. import listing

    if before is not None and after is not None:
        raise Problem("expected --before or --after, got both; see bitrix-im history --help")
    shown = listing.Shown(json=json, wrap=wrap, limit=limit, cursor=cursor)
    listing.history(Connection(webhook, profile, demo), shown, dialog_id, before, after)
