"""Process-wide settings: signals, the environment of child processes, crash reports."""
