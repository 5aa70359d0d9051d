"""What can be called without a scope, and the portal's revision (docs/portal.md#scope-free-methods)."""

from .calls import Answer, Context, Method, Params, RestError, in_scope


def server_time(ctx: Context, params: Params) -> Answer:
    """``server.time``."""
    return Answer(ctx.world.clock.iso(ctx.world.clock.now()))


def profile(ctx: Context, params: Params) -> Answer:
    """``profile``: who calls, in short."""
    person = ctx.world.users[ctx.me]
    return Answer(
        {
            "ID": str(person.id),
            "ADMIN": ctx.me == ctx.world.user_id,
            "NAME": person.first_name,
            "LAST_NAME": person.last_name,
            "PERSONAL_GENDER": "",
            "PERSONAL_PHOTO": "",
            "TIME_ZONE": "",
            "TIME_ZONE_OFFSET": 0,
        }
    )


def user_current(ctx: Context, params: Params) -> Answer:
    """``user.current``: who calls."""
    person = ctx.world.users[ctx.me]
    return Answer(
        {
            "ID": str(person.id),
            "ACTIVE": person.active,
            "NAME": person.first_name,
            "LAST_NAME": person.last_name,
            "EMAIL": f"user{person.id}@example.com",
            "IS_ONLINE": "Y",
            "USER_TYPE": "extranet" if person.extranet else "employee",
        }
    )


def scope(ctx: Context, params: Params) -> Answer:
    """``scope``: what the caller may use."""
    return Answer(list(ctx.scopes))


def methods(ctx: Context, params: Params) -> Answer:
    """``methods``: what there is to call."""
    return Answer(sorted(name for name in ctx.methods if in_scope(name, ctx.scopes)))


def method_get(ctx: Context, params: Params) -> Answer:
    """``method.get``: whether a method exists, and whether the caller may call it."""
    name = params.text("NAME").lower()
    there = name in {known.lower() for known in ctx.methods}
    return Answer({"isExisting": there, "isAvailable": there and in_scope(name, ctx.scopes)})


def app_info(ctx: Context, params: Params) -> Answer:
    """``app.info``: the application, and the portal's plan."""
    return Answer(
        {
            "ID": 1,
            "CODE": "local.app",
            "VERSION": 1,
            "STATUS": "L",
            "INSTALLED": ctx.installed,
            "PAYMENT_EXPIRED": "N",
            "DAYS": None,
            "LANGUAGE_ID": "en",
            "LICENSE": "en_basic",
            "LICENSE_FAMILY": "basic",
        }
    )


def feature_get(ctx: Context, params: Params) -> Answer:
    """``feature.get``: whether the plan has a feature."""
    if not params.text("CODE"):
        raise RestError("ERROR_ARGUMENT", "Argument 'CODE' is null or empty")
    return Answer({"value": "Y"})


def revision(ctx: Context, params: Params) -> Answer:
    """``im.revision.get``."""
    numbers = {"rest": ctx.quirks.revision, "web": 130, "mobile": 22, "desktop": 6, "im_revision_mobile": 22}
    return Answer(numbers)


METHODS: dict[str, Method] = {
    "app.info": app_info,
    "feature.get": feature_get,
    "im.revision.get": revision,
    "method.get": method_get,
    "methods": methods,
    "profile": profile,
    "scope": scope,
    "server.time": server_time,
    "user.current": user_current,
}
