"""What many tests of the portal's methods need: a portal, and calls of its own user."""

from bitrix_im.testing import Portal


class World:
    """A portal, and calls of its own user."""

    def __init__(self, **options):
        self.portal = Portal(**{"seed": 2, "limited": False, **options})
        self.ann = self.portal.person("Ann Lee")
        self.chat = self.portal.add_chat("Plans", members=[self.ann.id])
        self.number = int(self.chat[4:])

    async def call(self, method, user_id=None, **params):
        base = self.portal.webhook if user_id is None else self.portal.webhook_of(user_id)
        async with self.portal.http(base_url=base, timeout=75) as http:
            return (await http.post(method, json=params)).json()

    async def errors(self, method, *calls):
        return [(await self.call(method, **params)).get("error") for params in calls]
