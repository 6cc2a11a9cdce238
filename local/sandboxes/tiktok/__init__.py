"""A TikTok of our own: its Content Posting and Display APIs. https://developers.tiktok.com/doc"""
