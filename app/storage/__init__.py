"""Memory: the database, the blobs and the data folder."""
