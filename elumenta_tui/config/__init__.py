"""Settings, file locations, and the storage of the API key."""
