"""``im.recent.pin``, ``hide`` and ``unread``: what a user does to an item of the list."""

from .calls import Answer, Context, Method, Params, accessible


def pin(ctx: Context, params: Params) -> Answer:
    """``im.recent.pin``: PIN=N takes the pin off."""
    ctx.viewer.pin(accessible(ctx, params).dialog_id, params.raw.get("PIN") != "N")
    return Answer(True)


def hide(ctx: Context, params: Params) -> Answer:
    """``im.recent.hide``: out of the list until the next message."""
    ctx.viewer.hide(accessible(ctx, params).dialog_id)
    return Answer(True)


def unread(ctx: Context, params: Params) -> Answer:
    """``im.recent.unread``: ACTION=N takes the mark off."""
    ctx.viewer.mark_unread(accessible(ctx, params).dialog_id, params.raw.get("ACTION") != "N")
    return Answer(True)


METHODS: dict[str, Method] = {"im.recent.hide": hide, "im.recent.pin": pin, "im.recent.unread": unread}
