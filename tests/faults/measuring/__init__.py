"""Counting, proved by faults: whatever happens on the way, a click counts once, and nothing that
was measured is lost.
"""
