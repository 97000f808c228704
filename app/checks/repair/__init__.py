"""Repairs: one rule a file; a rule proposes what to write instead of a cell's text, and changes nothing."""
