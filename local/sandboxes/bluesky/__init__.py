"""A Bluesky server of our own: the XRPC methods of a PDS, and what the AppView answers through it.

https://docs.bsky.app/docs/category/http-reference
"""
