"""The posts, listed by the time they are for, or were written at if they have none yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from tellal import clock
from tellal.posts import Post
from tellal.stores.rows import Rows
from tellal.stores.table import Page, Table


class PostStore(Rows[Post]):
    def __init__(self, table: Table) -> None:
        super().__init__(table, Post, key="post_id", also=_listed_at)

    def of_workspace(self, workspace_id: str, **bounds: Any) -> Page:
        return self.table.query(workspace_id, index="by_workspace", **bounds)

    def campaigns(self, post_ids: Sequence[str]) -> Mapping[str, str]:
        """Post → campaign, of those that are for one."""
        found = self.table.get_many(post_ids, only=("post_id", "campaign_id"))
        return {each["post_id"]: each["campaign_id"] for each in found if "campaign_id" in each}


def _listed_at(post: Post) -> dict[str, str]:
    return {"listed_at": clock.text(post.publish_at or post.created_at)}
