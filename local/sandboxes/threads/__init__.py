"""A Threads of our own. https://developers.facebook.com/docs/threads"""
