"""The inbox's proof: whatever happens on the way, an event is stored once, or lies in the dead
letters with its body; what nobody signed has no effect.
"""
