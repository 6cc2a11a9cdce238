"""Measuring: what platforms tell is kept as observations, and told to owners as reports."""
