"""Plain pages for people: everything published, and one post at its permalink with its answers."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from local.sandboxes.platform import Platform, PublicPost

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}"
    "article{border:1px solid #ccc;border-radius:8px;padding:.25rem 1rem 1rem;margin:1rem 0}"
    "img,video{max-width:100%;border-radius:8px}small{color:#666}.invisible{display:none}"
)


class Pages:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[Route]:
        return [Route("/", self._show_all), Route(self._platform.permalink, self._show_one)]

    async def _show_all(self, _request: Request) -> HTMLResponse:
        articles = [_article(post) for post in reversed(self._shown_posts())]
        return self._page(articles or ["<p>Nothing yet.</p>"])

    async def _show_one(self, request: Request) -> HTMLResponse:
        posts = self._shown_posts()
        wanted = self._platform.post_at({**request.query_params, **request.path_params})
        for post in posts:
            if post.id == wanted:
                answers = [_article(answer) for answer in posts if answer.in_reply_to == post.id]
                return self._page([_article(post), *answers])
        return self._page(["<p>There is no such post, or no longer.</p>"], status=404)

    def _shown_posts(self) -> list[PublicPost]:
        return [
            post
            for post in self._platform.public_posts()
            if not post.deleted and post.visibility in {"public", "unlisted"}
        ]

    def _page(self, parts: list[str], *, status: int = 200) -> HTMLResponse:
        title = f"{self._platform.name.capitalize()} sandbox"
        head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        body = f'<h1><a href="/">{title}</a></h1>{"".join(parts)}'
        return HTMLResponse(
            f"<!doctype html><html><head>{head}</head><body>{body}</body></html>", status
        )


def _article(post: PublicPost) -> str:
    images = "".join(map(_medium, post.images))
    counts = f"{post.likes} likes, {post.reposts} reposts"
    link = f'<a href="{escape(post.url)}">{escape(post.created_at)}</a>'
    return (
        f"<article><p><b>{escape(post.author)}</b></p>{post.html}{images}"
        f"<p><small>{link}, {counts}</small></p></article>"
    )


def _medium(medium: dict[str, str]) -> str:
    url, alt = escape(medium["url"]), escape(medium["alt"])
    if medium["type"].startswith("video/"):
        return f'<video controls src="{url}" aria-label="{alt}"></video>'
    return f'<img src="{url}" alt="{alt}" title="{alt}">'
