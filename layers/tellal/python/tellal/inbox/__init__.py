"""The inbox: what platforms tell us, by webhook or when asked, kept once and answered."""
