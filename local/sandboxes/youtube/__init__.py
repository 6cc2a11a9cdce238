"""YouTube as far as a publisher needs it: the Data API v3, resumable uploads, Google's consent and
token desk. https://developers.google.com/youtube/v3
"""
