"""Where Lambda enters: one module for each function."""
