"""The commands, one file per chapter of the runbook."""
