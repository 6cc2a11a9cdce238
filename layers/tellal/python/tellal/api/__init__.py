"""The HTTP API: JSON for programs. Every other way in (pages, commands) does what it does."""
