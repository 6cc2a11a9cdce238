"""What we keep, and the only rooms that call AWS: tables, queues, objects, secrets, events."""
