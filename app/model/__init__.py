"""What things are: plain values without I/O."""
