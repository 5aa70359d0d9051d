"""Files: what was uploaded, and what drafted messages carry."""

from itertools import count
from random import Random

import attrs

LARGEST = 100 * 2**20


@attrs.frozen
class StoredFile:
    """A file on the portal's Drive."""

    id: int
    chat_id: int
    author_id: int
    date: int
    name: str
    size: int
    uploaded: bytes | None = attrs.field(default=None, repr=False)

    @property
    def content(self) -> bytes:
        """Its bytes; a drafted file's are made out of its id."""
        return Random(self.id).randbytes(self.size) if self.uploaded is None else self.uploaded

    @property
    def extension(self) -> str:
        """The name's ending."""
        return self.name.rpartition(".")[2] if "." in self.name else ""

    @property
    def picture(self) -> bool:
        """Whether it is shown as an image."""
        return self.extension.lower() in ("png", "jpg", "jpeg", "gif", "webp")


class Drive:
    """The portal's files, and the links that each can be fetched by once."""

    def __init__(self, seed: int) -> None:
        self._files: dict[int, StoredFile] = {}
        self._numbers = count(1_000_001)
        self._random = Random(f"drive {seed}")
        self._links: dict[str, int] = {}

    def store(self, chat_id: int, author_id: int, date: int, name: str, content: bytes) -> StoredFile:
        """Keep a file; one of that name in the chat already makes it another."""
        taken = {file.name for file in self._files.values() if file.chat_id == chat_id}
        base, dot, extension = name.rpartition(".")
        for number in count(1):
            if name not in taken:
                break
            name = f"{base or extension} ({number}){dot}{extension if base else ''}"
        file = StoredFile(next(self._numbers), chat_id, author_id, date, name, len(content), content)
        self._files[file.id] = file
        return file

    def get(self, file_id: int) -> StoredFile | None:
        """A stored file."""
        return self._files.get(file_id)

    def delete(self, file_id: int) -> None:
        """Forget a file."""
        self._files.pop(file_id, None)

    def link(self, file_id: int, scope: str = "im") -> str:
        """A token that fetches the file, once."""
        token = f"{scope}|{self._random.getrandbits(128):032x}"
        self._links[token] = file_id
        return token

    def follow(self, token: str) -> int | None:
        """The file of a token, which is spent now; None for one that was spent before."""
        return self._links.pop(token, None)


def drafted(file_id: int, chat_id: int, author_id: int, date: int) -> StoredFile:
    """The file that a drafted message has under *file_id*; always the same."""
    picture = file_id % 3 != 0
    name = f"image{file_id}.png" if picture else f"report {file_id}.pdf"
    return StoredFile(file_id, chat_id, author_id, date, name, 1000 + file_id % 90_000)
