"""What runs in Lambda, and the programs that build and describe it."""
