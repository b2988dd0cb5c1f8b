"""The capabilities of the platform, one per file, each a ComponentResource."""
