"""Settings, where files are, and where the key is kept."""
