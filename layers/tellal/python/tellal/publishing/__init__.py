"""Publishing: never twice, never lost, on the second. The row decides; a message is a hint."""
