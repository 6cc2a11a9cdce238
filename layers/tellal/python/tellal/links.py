"""Links in posts: campaigns, what is added to addresses (UTM), and short links. Pure.

An address keeps what its author gave it: its path, its own query and its fragment stay letter for
letter, and one that has any utm_* parameter of its own is left alone. So adding twice is adding
once.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import Field

from tellal import variables
from tellal.clock import Moment
from tellal.errors import Broken
from tellal.ids import ALPHABET
from tellal.posts import Frozen

PARAMETERS = ("source", "medium", "campaign", "term", "content")
VARIABLES = ("platform", "channel", "campaign", "post")
CODE_PARAMETER = "tl"  # in the address that a short link leads to
CODE_LENGTH = 12  # 60 bits: nobody finds one by trying, and no two are alike
ADDRESS = re.compile(r"(https?)://([^/?#:]+)(:\d+)?(.*)", re.IGNORECASE | re.DOTALL)
# What an address may hold as it is (RFC 3986), and % for what is encoded already
AS_IT_IS = "%:/?#[]@!$&'()*+,;=~"

Template = Annotated[str, Field(max_length=200)]


class Utm(Frozen):
    """What is added to links, as templates: with {platform}, {channel}, {campaign}, {post}."""

    source: Template | None = None
    medium: Template | None = None
    campaign: Template | None = None
    term: Template | None = None
    content: Template | None = None

    def over(self, other: "Utm") -> "Utm":
        """What is not given is as the other says."""
        given = {name: getattr(self, name) for name in PARAMETERS}
        return other.model_copy(update={n: v for n, v in given.items() if v is not None})


class Campaign(Frozen):
    """What some posts are for."""

    campaign_id: str
    workspace_id: str
    name: str
    utm: Utm | None = None  # over the workspace's, parameter by parameter
    starts_on: date | None = None  # days of the workspace's zone, both included
    ends_on: date | None = None
    created_at: Moment
    version: int = 0


class Link(Frozen):
    """A short link: where it leads, and in what it stands."""

    code: str
    workspace_id: str
    target: str  # ASCII, as a Location header takes it
    zone: str  # IANA: the workspace's when it was made, by which its days are counted
    delivery_id: str
    post_id: str
    channel_id: str
    platform: str
    campaign_id: str | None = None
    created_at: Moment
    visits: int = 0  # so far, bots left out
    last_visit_at: Moment | None = None


def broken_templates(utm: Utm, *, field: str) -> Iterator[Broken]:
    for name in PARAMETERS:
        if template := getattr(utm, name):
            yield from variables.broken(template, VARIABLES, field=f"{field}.{name}")


def parameters(utm: Utm, values: Mapping[str, str]) -> str:
    """ "utm_source=mastodon&utm_campaign=spring": the templates with the values of their variables,
    which are slugged. What comes to nothing is left out."""
    slugs = {name: slug(value) for name, value in values.items()}
    filled = {
        name: variables.filled_in(getattr(utm, name) or "", slugs).strip() for name in PARAMETERS
    }
    return "&".join(f"utm_{name}={quote(text, safe='')}" for name, text in filled.items() if text)


def slug(text: str) -> str:
    """«Sonbahar İndirimi!» is sonbahar-indirimi. Letters of other scripts stay what they are;
    only accents of Latin ones go."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("ı", "i")
    plain = unicodedata.normalize("NFC", re.sub("([a-z])[\u0300-\u036f]+", r"\1", decomposed))
    kept = (each if _is_of_slug(each) else " " for each in plain)
    return "-".join("".join(kept).split())


def _is_of_slug(char: str) -> bool:
    return char.isalnum() or char in "_." or unicodedata.category(char)[0] == "M"


def tagged(address: str, added: str) -> str:
    """The address with UTM parameters added to its query, unless it has its own."""
    return address if not added or has_own(address) else with_query(address, added)


def naming(address: str, code: str) -> str:
    """The address that tells its page which short link led there: the snippet reads `tl`."""
    return with_query(address, f"{CODE_PARAMETER}={code}")


def with_query(address: str, added: str) -> str:
    """Behind what is asked already, and before the fragment."""
    before, mark, fragment = address.partition("#")
    joint = "&" if "?" in before else "?"
    if before.endswith(("?", "&")):
        joint = ""
    return f"{before}{joint}{added}{mark}{fragment}"


def has_own(address: str) -> bool:
    """Whether it has a utm_* parameter, in its query or (for single-page sites) its fragment."""
    names = (each.partition("=")[0] for each in re.split("[?#&;]", address)[1:])
    return any(unquote(name).lower().startswith("utm_") for name in names)


def ascii_address(address: str) -> str:
    """An international address as servers and headers take it: its host in Punycode, all else
    that is not ASCII percent-encoded in UTF-8. What is encoded already stays so."""
    import idna  # noqa: PLC0415 – its tables take 10 ms, and only who shortens links needs them

    parts = ADDRESS.fullmatch(address)
    assert parts is not None, "not what is found as a link"
    scheme, host, port, rest = parts.groups(default="")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:  # no name there is: it leads nowhere, and is left to say so
            host = quote(host)
    return f"{scheme.lower()}://{host}{port}{quote(rest, safe=AS_IT_IS)}"


def code_of(delivery_id: str, target: str) -> str:
    """Derived, so that rendering again gives the same one; hashed, so that none tells the next."""
    digest = hashlib.sha256(f"link\x1f{delivery_id}\x1f{target}".encode()).digest()
    number = int.from_bytes(digest[:8])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))
