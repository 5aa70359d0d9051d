"""What the portal's answers become: frozen attrs classes, split by idea."""

from ..convert import EMPTY, FrozenDict
from .base import Model
from .bot import BotChat, BotMessage, BotUser
from .chat import Chat, EntityLink, MessageViews, Permissions, PublicLink, ReadStatus, Restrictions
from .file import File, ImageSize, MediaUrl, ViewerAttrs
from .message import Message, MessageParams, MessagesPage
from .recent import (
    AutoDelete,
    Avatar,
    Copilot,
    CopilotAvatar,
    CopilotChat,
    CopilotMessage,
    CopilotPrompt,
    CopilotRole,
    OpenLine,
    RecentFile,
    RecentItem,
    RecentList,
    RecentMessage,
)
from .user import Phones, User

__all__ = [
    "EMPTY",
    "AutoDelete",
    "Avatar",
    "BotChat",
    "BotMessage",
    "BotUser",
    "Chat",
    "Copilot",
    "CopilotAvatar",
    "CopilotChat",
    "CopilotMessage",
    "CopilotPrompt",
    "CopilotRole",
    "EntityLink",
    "File",
    "FrozenDict",
    "ImageSize",
    "MediaUrl",
    "Message",
    "MessageParams",
    "MessageViews",
    "MessagesPage",
    "Model",
    "OpenLine",
    "Permissions",
    "Phones",
    "PublicLink",
    "ReadStatus",
    "RecentFile",
    "RecentItem",
    "RecentList",
    "RecentMessage",
    "Restrictions",
    "User",
    "ViewerAttrs",
]
