"""Who may: accounts, roles and tokens."""
