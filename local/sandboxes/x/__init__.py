"""X of our own: its API v2 as its description 2.167 has it. https://docs.x.com/x-api"""
