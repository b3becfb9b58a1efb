"""What makes text safe."""
