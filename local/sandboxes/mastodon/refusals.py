"""The two refusals that Mastodon gives everywhere, in its words."""

from local.sandboxes.answers import Refusal


def invalid(reason: str) -> Refusal:
    return Refusal(422, {"error": f"Validation failed: {reason}"})


def not_found() -> Refusal:
    return Refusal(404, {"error": "Record not found"})
