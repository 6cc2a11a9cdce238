"""Tellal: plans and publishes posts, keeps one inbox, and measures both."""
