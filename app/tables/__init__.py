"""Reading bytes: encodings, delimited text, canonical CSV, and frictionless as judge of a schema's rules."""
