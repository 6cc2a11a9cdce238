"""The LinkedIn sandbox as one thing: its routes, its people and pages, what it has published."""

from html import escape
from typing import Any

from starlette.routing import BaseRoute

from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock, spell
from local.sandboxes.linkedin import little
from local.sandboxes.linkedin.api import Api
from local.sandboxes.linkedin.oauth import OAuth
from local.sandboxes.linkedin.state import Account, Comment, Post, State
from local.sandboxes.platform import Act, NewAccount, PublicPost

VISIBLE = {"PUBLIC": "public", "LOGGED_IN": "unlisted", "CONNECTIONS": "private"}


class LinkedIn:
    name = "linkedin"
    permalink = "/feed/update/{urn}/"

    def __init__(self, *, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.state = State()
        self._oauth = OAuth(self, clock=clock)
        self._api = Api(self, self._oauth, url=url, clock=clock)

    @staticmethod
    def hosts(url: str) -> dict[str, str]:
        return {"api": url, "www": url}

    def routes(self) -> list[BaseRoute]:
        return [*self._oauth.routes(), *self._api.routes()]

    def forget_limits(self) -> None:
        self._api.calls.clear()

    def create_account(self, wanted: NewAccount) -> dict[str, Any]:
        """A page, or a member: details `kind` (page, member), and of a page `admin`, a member's
        name, and that member's `role`. With it comes a token of its admin or of the member."""
        details = wanted.details
        if details.get("kind") == "member":
            account = member = self._ensure(wanted.name, display_name=wanted.display_name)
        else:
            member = self._ensure(details.get("admin", f"{wanted.name}-admin"))
            role = details.get("role", "ADMINISTRATOR")
            account = self._ensure(wanted.name, display_name=wanted.display_name, page=True)
            changed = {"roles": {**account.roles, member.id: role}}
            account = account.model_copy(update=changed)
            self.state.accounts[account.id] = account
        scopes = tuple((wanted.scopes or self.state.settings.scopes).split())
        told = self._oauth.grant(member.id, scopes)
        expires_at = self.state.tokens[told["access_token"]].expires_at
        return {
            **told,
            "urn": account.urn,
            "name": account.display_name,
            "handle": account.name,
            "login": member.id,
            "expires_at": spell(expires_at),
        }

    def act(self, act: Act) -> dict[str, Any]:
        """Somebody posts, or answers with a comment, on LinkedIn itself."""
        person = self._ensure(act.who)
        match act.do:
            case "post":
                post = self._post_by_hand(person, act.text)
                return {"id": post.urn, "url": self._address(post.urn)}
            case "reply":
                comment = self._comment_by_hand(person, act.post, act.text)
                return {"id": comment.urn, "url": self._address(comment.post)}
            case _:
                raise Refusal(501, {"error": f"nobody can {act.do} here yet"})

    def subscriptions(self) -> dict[str, list[str]]:
        return {page: [address] for page, address in self.state.subscriptions.items()}

    def public_posts(self) -> list[PublicPost]:
        told = [
            *((post.received_at, self._of_post(post)) for post in self.state.posts.values()),
            *((each.received_at, self._of_comment(each)) for each in self.state.comments.values()),
        ]
        return [post for _, post in sorted(told, key=lambda pair: pair[0])]

    def post_at(self, path: dict[str, str]) -> str | None:
        return path["urn"]

    def _of_post(self, post: Post) -> PublicPost:
        poll = post.content.get("poll", {})
        answers = "".join(f"<li>{escape(each['text'])}</li>" for each in poll.get("options", ()))
        asked = f"<p>{escape(poll['question'])}</p><ul>{answers}</ul>" if poll else ""
        return PublicPost(
            id=post.urn,
            url=self._address(post.urn),
            author=self._name_of(post.author),
            text=post.text,
            html=f"<p>{escape(post.text)}</p>{asked}{self._card(post)}",
            created_at=spell(post.created_at),
            received_at=spell(post.received_at),
            visibility=VISIBLE[post.visibility],
            images=self._files(post),
            deleted=post.deleted,
            by_hand=post.by_hand,
        )

    def _of_comment(self, comment: Comment) -> PublicPost:
        return PublicPost(
            id=comment.urn,
            url=self._address(comment.post),
            author=self._name_of(comment.actor),
            text=comment.text,
            html=f"<p>{escape(comment.text)}</p>",
            created_at=spell(comment.created_at),
            received_at=spell(comment.received_at),
            in_reply_to=comment.above or comment.post,
            likes=len(comment.liked_by),
            deleted=comment.deleted,
        )

    def _files(self, post: Post) -> list[dict[str, str]]:
        media = post.content.get("multiImage", {}).get("images", [])
        if one := post.content.get("media"):
            media = [one]
        shown = []
        for each in media:
            asset = self.state.assets[each["id"]]
            url = f"{self._url}/dms-uploads/{asset.kind}/{asset.id}?sig={asset.signature}"
            alt = each.get("altText") or each.get("title", "")
            shown.append({"url": url, "alt": alt, "type": asset.mime_type})
        return shown

    def _card(self, post: Post) -> str:
        article = post.content.get("article")
        if not article:
            return ""
        link = f'<a href="{escape(article["source"])}">{escape(article["title"])}</a>'
        return f"<p>{link} {escape(article.get('description', ''))}</p>"

    def _post_by_hand(self, person: Account, text: str) -> Post:
        now = self._clock.now()
        post = Post(
            urn=f"urn:li:share:{self.state.next_id(now)}",
            author=person.urn,
            commentary=little.escaped(text),
            text=text,
            visibility="PUBLIC",
            created_at=now,
            modified_at=now,
            received_at=now,
            by_hand=True,
        )
        self.state.posts[post.urn] = post
        return post

    def _comment_by_hand(self, person: Account, post: str, text: str) -> Comment:
        if post not in self.state.posts:
            raise Refusal(404, {"error": f"There is no post {post}"})
        now = self._clock.now()
        comment = Comment(
            id=self.state.next_id(now),
            post=post,
            actor=person.urn,
            text=text,
            created_at=now,
            received_at=now,
        )
        self.state.comments[comment.urn] = comment
        return comment

    def _ensure(self, name: str, *, display_name: str = "", page: bool = False) -> Account:
        if known := self.state.named(name):
            return known
        account = Account(
            id=self.state.next_number(),
            name=name,
            display_name=display_name or name.title(),
            is_page=page,
        )
        self.state.accounts[account.id] = account
        return account

    def _name_of(self, urn: str) -> str:
        account = self.state.by_urn(urn)
        return account.name if account else urn

    def _address(self, urn: str) -> str:
        return f"{self._url}/feed/update/{urn}/"
