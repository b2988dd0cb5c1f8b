"""An AWS on this machine: the engine, the cloud, and the provider between them."""
