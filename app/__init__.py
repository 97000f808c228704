"""Shisaku (施策オープンデータカタログ): plan measures and standard datasets as open data."""
