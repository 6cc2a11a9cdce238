"""Which fields of an account an app wants to be told of, as Meta takes them down.
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps/
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request


class UnknownFields(Exception):
    pass


def wanted(request: Request, fields: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What is subscribed to, and the scopes that this needs. `fields` are there: with the scope
    of each."""
    names = request.query_params.get("subscribed_fields", "").split(",")
    if unknown := [name for name in names if name not in fields]:
        raise UnknownFields(f"Param subscribed_fields[0] must be one of {{…}}: {unknown[0]!r}")
    return names, sorted({fields[name] for name in names})


def listed(names: Sequence[str] | None) -> dict[str, object]:
    """What is told of it: of an app that wants nothing, nothing."""
    app = {"id": "1", "name": "Tellal", "subscribed_fields": list(names or ())}
    return {"data": [app] if names else []}
