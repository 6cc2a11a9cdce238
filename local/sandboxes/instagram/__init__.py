"""The Instagram of our own: publishing by containers, with Instagram's own login.

https://developers.facebook.com/docs/instagram-platform
"""
