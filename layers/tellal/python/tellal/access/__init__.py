"""Who may do what: keys, the roles they carry, and the one-time set-up of a deployment."""
