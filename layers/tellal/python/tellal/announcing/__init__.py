"""Telling the outside what happened: events, for the owner's own automations."""
