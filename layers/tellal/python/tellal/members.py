"""The people of a workspace. Pure.

Whoever leaves keeps a row, without a way in: what they did is still theirs.
"""

from tellal.clock import Moment
from tellal.posts import Frozen


class Member(Frozen):
    """A person in one workspace, with a role there."""

    member_id: str
    workspace_id: str
    name: str
    email: str | None = None
    role: str  # their permissions are what the role means today
    created_at: Moment
    removed_at: Moment | None = None
    version: int = 0
