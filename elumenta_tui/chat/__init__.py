"""The domain: pure values and small state machines, without I/O, clock or screen."""
