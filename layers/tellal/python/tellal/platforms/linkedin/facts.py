"""What docs/platforms.md says of LinkedIn."""

from datetime import timedelta

from tellal.platforms.answering import COMMENTS
from tellal.platforms.linkedin import consent
from tellal.platforms.protocol import Answering, Facts, Guarantee, Promise, Sourced

DOCS = "https://learn.microsoft.com/en-us/linkedin"
SHARES = f"{DOCS}/marketing/community-management/shares"
CAN_BE_READ = Promise(Guarantee.SEARCHABLE)
CAN_BE_ASKED = Promise(Guarantee.RESUMABLE)
NOBODY_KNOWS = Promise(Guarantee.BLIND)

FACTS = Facts(
    option_links=("article.url",),
    title="LinkedIn",
    limits={
        "text_length": Sourced(3000, f"{SHARES}/posts-api"),
        "comment_length": Sourced(1250, f"{SHARES}/comments-api"),  # unverified
        "images": Sourced(20, f"{SHARES}/multiimage-post-api"),
        "image_pixels": Sourced(36_152_319, f"{SHARES}/images-api"),
        "image_types": Sourced(("image/jpeg", "image/png", "image/gif"), f"{SHARES}/images-api"),
        "alt_text_length": Sourced(4086, f"{SHARES}/images-api"),
        "videos": Sourced(1, f"{SHARES}/posts-api"),
        "video_bytes": Sourced(500_000_000, f"{SHARES}/videos-api"),
        "video_seconds": Sourced((3, 1800), f"{SHARES}/videos-api"),
        "video_types": Sourced(("video/mp4",), f"{SHARES}/videos-api"),
        "documents": Sourced(1, f"{SHARES}/posts-api"),
        "document_bytes": Sourced(100_000_000, f"{SHARES}/documents-api"),
        "document_pages": Sourced(300, f"{SHARES}/documents-api"),
        "document_types": Sourced(("application/pdf",), f"{SHARES}/documents-api"),
        "poll_options": Sourced((2, 4), f"{SHARES}/poll-post-api"),
        "poll_option_length": Sourced(30, f"{SHARES}/poll-post-api"),  # unverified
        "poll_minutes": Sourced((1440, 20160), f"{SHARES}/poll-post-api"),
    },
    hosts={"api": "https://api.linkedin.com", "www": "https://www.linkedin.com"},
    settings={
        "version": Sourced("202607", f"{DOCS}/marketing/versioning"),
        # The number of the app that LinkedIn approved for webhooks; without it no page is told of.
        "developer_application": Sourced(
            "",
            f"{DOCS}/marketing/community-management/organizations/organization-social-action-notifications",
        ),
        "scopes": Sourced(" ".join(consent.SCOPES), f"{DOCS}/marketing/increasing-access"),
    },
    promises={
        "a post on a page, with the scope r_organization_social": CAN_BE_READ,
        "a member's post, with the scope r_member_social": CAN_BE_READ,
        "any other post": NOBODY_KNOWS,
        "a first comment, an answer to a comment, with one of these scopes": CAN_BE_ASKED,
        "any other first comment or answer": NOBODY_KNOWS,
    },
    prepared_for=timedelta(days=1),  # LinkedIn does not say how long it keeps what nobody posts
    answering=Answering(public=COMMENTS),
    renewed_by_app=True,
    read_every=timedelta(hours=1),  # webhooks bring it; an app may ask 500 times a day at first
    subscribed_for=timedelta(days=1),  # whoever connected it may have lost the page meanwhile
    refresh_grace=timedelta(days=365),  # a refresh token is used again and again
    notes=(
        "An app may ask for what LinkedIn approved it for: the setting `scopes` says what.",
        "An app for members alone asks for `openid profile w_member_social`.",
        "LinkedIn drops a version of its interface after a year or so: raise `version` yearly.",
        "Only approved apps get refresh tokens; others are connected again every sixty days.",
        "A mention is @[Name](urn:li:person:…) or @[Name](urn:li:organization:…): a name counts.",
        "LinkedIn does not say how it counts: an emoji is taken for two characters or more.",
        "A link gets a card only by the option `article`; one attached image is its thumbnail.",
        "A video has no alt text on LinkedIn: one that is given is not sent.",
        "A lost first comment is looked for below its post, and never sent again by itself.",
        "Comments, shares and mentions of a page are told by webhook, and read back every hour.",
        "LinkedIn lets approved apps alone hear of them, and tells nobody of members' posts.",
        "Comments of others are liked, and below a page's posts deleted; they cannot be hidden.",
        "A copy is refused for about ten minutes, and is told where the first is.",
    ),
)
