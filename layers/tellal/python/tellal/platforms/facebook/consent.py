"""Being let in by somebody who runs pages: one consent, and every page of theirs to choose from.
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow

A code becomes a person's token, that one a long-lived one, and of a long-lived one each page has
a token that does not run out. Only the pages' tokens are kept, each with the proof that whoever
sends it knows the app's secret.
"""

from collections.abc import Iterator, Mapping, Sequence

import httpx
from pydantic import BaseModel, SecretStr

from tellal.errors import NeedsReconnect, Rejected
from tellal.platforms.calls import Calls, Reads, Reply
from tellal.platforms.facebook import answers, line
from tellal.platforms.facebook.line import FacebookCredentials
from tellal.platforms.graph import GraphLine, Refusal, Refusals, proof_of, versioned
from tellal.platforms.protocol import Connected, Registration
from tellal.platforms.scopes import Scopes

LISTS_PAGES = "pages_show_list"
# What a consent can be without, and what will not work then.
SCOPES = {
    LISTS_PAGES: "nobody can tell which pages are yours",
    "pages_read_engagement": "posts cannot be looked for once they were sent",
    "pages_manage_posts": "nothing can be published or deleted",
    "pages_manage_engagement": "no first comment can be written",
    "pages_read_user_content": "what people comment is not told",
    "pages_manage_metadata": "comments and messages do not arrive by themselves",
    "pages_messaging": "messages to the page are not told",
    "read_insights": "nothing is measured but likes, comments and shares",
    "business_management": "pages that belong to a business may be missing from the list",
}
ASKED_FOR = Scopes(SCOPES, needed=(LISTS_PAGES,))
CREATES = "CREATE_CONTENT"  # the task on a page without which its token publishes nothing
FIELDS = "id,name,link,username"
PAGES_AT_ONCE = 100
MOST_LISTS = 20
NOBODY_KNOWS = frozenset({408, 425, 429})
NOT_FOR_THIS_PAGE = Refusal(NeedsReconnect, "{title} does not accept this token for this page")
TYPED_IN: Refusals = {**line.REFUSALS, 102: NOT_FOR_THIS_PAGE, 190: NOT_FOR_THIS_PAGE}


class FacebookConnection(BaseModel):
    """What a person types in: a page, and a token made for that page."""

    page_id: str
    access_token: SecretStr


def connect(given: FacebookConnection, calls: Calls) -> Connected:
    asked = line.graph(given.access_token, calls, refusals=TYPED_IN)
    path = line.in_path(given.page_id.strip())
    page = asked("GET", path, params={"fields": FIELDS}).read(answers.Page)
    return _connected(page, FacebookCredentials(access_token=given.access_token))


def address_of(app: Registration, *, state: str, calls: Calls) -> str:
    asks = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "state": state,
    }
    return str(httpx.URL(f"{versioned('www', calls)}/dialog/oauth", params=asks))


def exchange(app: Registration, *, code: str, calls: Calls) -> tuple[Connected, ...]:
    """Raises Rejected where the consent is not (or no more) good, or hides the pages."""
    assert app.client_secret is not None, "an app that can be asked with has one"
    token = _long_lived(app, code, calls)
    person = line.graph(token, calls, proof=proof_of(token, app.client_secret))
    granted = _granted(person)
    ASKED_FOR.require(granted)
    left_out = ASKED_FOR.missing(granted)
    return tuple(
        _connected(
            page,
            FacebookCredentials(
                access_token=page.access_token,
                proof=proof_of(page.access_token, app.client_secret),
            ),
            missing=(*left_out, *_tasks_missing(page)),
        )
        for page in _pages(person)
    )


def _long_lived(app: Registration, code: str, calls: Calls) -> SecretStr:
    short = {"redirect_uri": app.redirect_uri, "code": code}
    person = _token(app, short, calls)
    longer = {
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": person.get_secret_value(),
    }
    return _token(app, longer, calls)


def _token(app: Registration, form: Mapping[str, str], calls: Calls) -> SecretStr:
    """Asked by POST: in the address of a GET, as Facebook writes it, secrets would be logged."""
    assert app.client_secret is not None
    keys = {
        "client_id": app.client_id,
        "client_secret": app.client_secret.get_secret_value(),
    }
    url = f"{versioned('graph', calls)}/oauth/access_token"
    reply = calls("POST", url, data={**keys, **form}, reads=_refused())
    return reply.read(answers.Granted).access_token


def _refused() -> Reads:
    """No channel is spoken for yet, so a refusal is not about one; its words are not repeated."""

    def read(reply: Reply) -> None:
        if 400 <= reply.status < 500 and reply.status not in NOBODY_KNOWS:
            raise Rejected("Facebook does not accept this consent, or not any more")

    return read


def _granted(person: GraphLine) -> frozenset[str]:
    told = person("GET", "me/permissions").read(answers.Permissions).data
    return frozenset(each.permission for each in told if each.status == "granted")


def _pages(person: GraphLine) -> Iterator[answers.OwnPage]:
    """All of them, list after list."""
    after: str | None = None
    for _ in range(MOST_LISTS):
        asked = {"fields": f"{FIELDS},access_token,tasks", "limit": str(PAGES_AT_ONCE)}
        asked |= {"after": after} if after else {}
        listed = person("GET", "me/accounts", params=asked).read(answers.OwnPages)
        yield from listed.data
        after = listed.paging.cursors.after if listed.paging.next else None
        if after is None:
            return


def _tasks_missing(page: answers.OwnPage) -> Sequence[str]:
    if not page.tasks or CREATES in page.tasks:
        return ()
    return (f"Without the task {CREATES} on the page {page.name} nothing can be published",)


def _connected(
    page: answers.Page, credentials: FacebookCredentials, *, missing: tuple[str, ...] = ()
) -> Connected:
    return Connected(
        remote_id=page.id,
        name=page.name,
        handle=page.username or page.id,
        url=page.link,
        credentials=credentials,
        missing=missing,
    )
