"""Use cases that give out: every reader path decides by what is effective now."""
