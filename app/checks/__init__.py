"""The rules: one a file. A check yields findings and never raises on bad data."""
