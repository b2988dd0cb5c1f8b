"""The rules of the platform, free of AWS and of any protocol."""
