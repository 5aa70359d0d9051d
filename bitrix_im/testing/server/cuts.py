"""A connection that breaks."""


class Cut(Exception):
    """Raised through the ASGI app: whoever carries the connection breaks it off."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
