"""What `build` joins: how models are loaded, followed, counted and cleaned up after."""
