"""Taking in: receive, identify, check, describe, accept."""
