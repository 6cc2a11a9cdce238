"""Connecting channels: getting in, staying in, and opening an adapter for a piece of work."""
