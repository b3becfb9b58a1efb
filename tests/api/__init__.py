"""The client, on a real socket."""
