"""What delivery needs once per account: state, key, trust in GitHub, roles and the bound of all roles."""
