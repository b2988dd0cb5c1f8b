"""The platform's functions: handlers translate, the domain decides, adapters talk to AWS."""
