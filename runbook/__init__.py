"""The operator's command line `omnitrack`."""
