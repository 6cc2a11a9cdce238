"""What a listing shows of a conversation's last message. Pure."""

LENGTH = 140  # characters


def excerpt(text: str) -> str:
    """On one line, and cut where it is too long for one."""
    line = " ".join(text.split())
    return line if len(line) <= LENGTH else line[: LENGTH - 1].rstrip() + "…"
