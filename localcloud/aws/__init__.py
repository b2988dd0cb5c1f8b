"""The local AWS: MiniStack in the lean environment, patched, with the edge in front."""
