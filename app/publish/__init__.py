"""Use cases that decide and render: approval, and the renderings that readers download."""
