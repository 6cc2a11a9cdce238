"""What a method's body says: JSON, with the properties that it must have."""

import json
from typing import Any

from starlette.requests import Request

from local.sandboxes.bluesky.sessions import refuse


async def read_body(request: Request, *needed: str) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise refuse(400, "InvalidRequest", "Unexpected token in JSON") from None
    for name in needed:
        if not isinstance(body, dict) or name not in body:
            raise refuse(400, "InvalidRequest", f'Error: Input must have the property "{name}"')
    return dict(body)
