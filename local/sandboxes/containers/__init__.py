"""What the Instagram and Threads sandboxes have in common: tokens of Meta's, and containers.

A container is made of addresses, which are really fetched; it is worked on for as many questions
as a setting says, lives for a day, and is published once, by its id.
https://developers.facebook.com/docs/instagram-platform/content-publishing
"""
