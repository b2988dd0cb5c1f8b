"""The policy of the platform: rules over a graph of resources, for the pack, the guard and the tests."""
