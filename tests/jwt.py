"""Session tokens as Bluesky makes them; nobody checks their signature here."""

import base64
import json
from datetime import datetime


def session_token(expires_at: datetime) -> str:
    parts = [{"alg": "none"}, {"exp": int(expires_at.timestamp()), "scope": "com.atproto.access"}]
    spelled = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in spelled), "signature"])
