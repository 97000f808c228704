"""Representations: bytes out. Every writer is deterministic: the same input gives the same bytes."""
