"""What can be permitted, and the roles: each a set of permissions, nothing more."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    WORKSPACES_READ = "workspaces:read"
    WORKSPACES_WRITE = "workspaces:write"  # its name and zone
    WORKSPACES_PAUSE = "workspaces:pause"
    WORKSPACES_CREATE = "workspaces:create"
    KEYS_MANAGE = "keys:manage"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    APPS_MANAGE = "apps:manage"
    CHANNELS_READ = "channels:read"
    CHANNELS_CONNECT = "channels:connect"
    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"
    POSTS_READ = "posts:read"
    POSTS_WRITE = "posts:write"
    POSTS_PUBLISH = "posts:publish"  # to set a time, cancel, retry, release
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_ANSWER = "conversations:answer"
    CONTACTS_READ = "contacts:read"
    CONTACTS_JOIN = "contacts:join"
    CONTACTS_ERASE = "contacts:erase"
    AUDIT_READ = "audit:read"  # what everybody did, in the whole workspace
    CONVERSIONS_READ = "conversions:read"
    CONVERSIONS_WRITE = "conversions:write"
    GOALS_READ = "goals:read"
    GOALS_WRITE = "goals:write"
    REPORTS_READ = "reports:read"
    REPORTS_BUILD = "reports:build"


class Role(StrEnum):
    OWNER = "owner"  # of the whole deployment; every other role is one workspace's
    ADMIN = "admin"
    EDITOR = "editor"
    APPROVER = "approver"
    MODERATOR = "moderator"
    VIEWER = "viewer"


P = Permission
EVERYTHING = frozenset(Permission)
READING = frozenset(each for each in Permission if each.value.endswith(":read"))
VIEWING = READING - {P.AUDIT_READ}
ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: EVERYTHING,
    Role.ADMIN: EVERYTHING - {P.WORKSPACES_CREATE, P.APPS_MANAGE},
    Role.EDITOR: VIEWING
    | {P.MEDIA_WRITE, P.POSTS_WRITE, P.POSTS_PUBLISH, P.CONVERSATIONS_ANSWER, P.CONTACTS_JOIN}
    | {P.CONVERSIONS_WRITE, P.GOALS_WRITE, P.REPORTS_BUILD},
    Role.APPROVER: VIEWING | {P.POSTS_PUBLISH, P.WORKSPACES_PAUSE},
    Role.MODERATOR: VIEWING | {P.CONVERSATIONS_ANSWER, P.CONTACTS_JOIN, P.WORKSPACES_PAUSE},
    Role.VIEWER: VIEWING,
}
