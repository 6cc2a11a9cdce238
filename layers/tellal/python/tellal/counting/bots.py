"""Whether a click was a person's, by what its sender says of itself and how it asks.

The list of user agents is crawler-user-agents'; how many clicks a minute a person makes is counted
in `clicks`. What pretends to be a browser, and takes its time, is taken for a person.
"""

import re

# Not in that list: what makes previews of links in networks that we publish to.
PREVIEWS = re.compile(r"Cardyb|Pleroma|Akkoma|Misskey|Friendica|Lemmy")
AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_bot(*, method: str, agent: str, purpose: str) -> bool:
    """`purpose`: what the headers of that name say, of browsers that load pages nobody has asked
    for yet: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Purpose"""
    if method != "GET" or not agent.strip() or AHEAD.search(purpose):
        return True
    return PREVIEWS.search(agent) is not None or _is_listed(agent)


def _is_listed(agent: str) -> bool:
    from crawleruseragents import is_crawler  # noqa: PLC0415 – it reads 500 kB when it is imported

    return bool(is_crawler(agent))
