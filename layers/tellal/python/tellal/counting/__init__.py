"""What we count ourselves: who followed our links, and what came of it."""
