"""Telegram, as bots see it. https://core.telegram.org/bots/api"""
