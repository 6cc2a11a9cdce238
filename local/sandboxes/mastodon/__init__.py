"""A Mastodon server of our own, version 4.5. https://docs.joinmastodon.org/"""
