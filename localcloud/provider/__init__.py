"""The `aws` package for the Pulumi engine, on the local cloud."""
