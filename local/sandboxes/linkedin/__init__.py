"""The LinkedIn sandbox: members and their pages, uploads, posts, comments, consent.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/
"""
