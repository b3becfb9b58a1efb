"""What is set once for the whole process: signals, the environment of child processes, crash reports."""
