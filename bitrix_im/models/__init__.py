"""What the portal's answers become: frozen attrs classes, split by idea."""

from ..convert import EMPTY, FrozenDict
from .base import Model
from .bot import BotAnswer, BotChat, BotInfo, BotList, BotMessage, BotUser, Command, MessageContext
from .chat import Chat, EntityLink, MessageViews, Permissions, PublicLink, ReadMark, ReadStatus, Restrictions
from .counters import Counters, CounterTotals
from .department import Department
from .file import DriveEntry, File, FileCommit, ImageSize, MediaUrl, SavedFile, UploadedFile, ViewerAttrs
from .message import FoundMessages, Message, MessageParams, MessagesPage, TariffRestrictions
from .notification import Notification, NotificationModule, NotificationSetting, NotificationsPage
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
from .revision import Revision
from .user import Phones, User

__all__ = [
    "EMPTY",
    "AutoDelete",
    "Avatar",
    "BotAnswer",
    "BotChat",
    "BotInfo",
    "BotList",
    "BotMessage",
    "BotUser",
    "Chat",
    "Command",
    "Copilot",
    "CopilotAvatar",
    "CopilotChat",
    "CopilotMessage",
    "CopilotPrompt",
    "CopilotRole",
    "CounterTotals",
    "Counters",
    "Department",
    "DriveEntry",
    "EntityLink",
    "File",
    "FileCommit",
    "FoundMessages",
    "FrozenDict",
    "ImageSize",
    "MediaUrl",
    "Message",
    "MessageContext",
    "MessageParams",
    "MessageViews",
    "MessagesPage",
    "Model",
    "Notification",
    "NotificationModule",
    "NotificationSetting",
    "NotificationsPage",
    "OpenLine",
    "Permissions",
    "Phones",
    "PublicLink",
    "ReadMark",
    "ReadStatus",
    "RecentFile",
    "RecentItem",
    "RecentList",
    "RecentMessage",
    "Restrictions",
    "Revision",
    "SavedFile",
    "TariffRestrictions",
    "UploadedFile",
    "User",
    "ViewerAttrs",
]
