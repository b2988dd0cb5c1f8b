"""What each stage demands of its resources: the fewest days that its logs are kept."""

ROOT_STACK = "pulumi:pulumi:Stack"
"""The type of the resource that every stack has of itself."""
AWS_PROVIDER = "pulumi:providers:aws"
"""The type of the provider that every stack has of its configuration, and of those that programs make."""
RETENTION_DAYS = {"development": 7, "staging": 7, "production": 30}
STRICTEST = max(RETENTION_DAYS.values())


def retention_floor(stage: str) -> int:
    """The fewest days that a stage keeps its logs; a stage nobody has heard of is held to the strictest."""
    return RETENTION_DAYS.get(stage, STRICTEST)


def stage_of(urn: str) -> str:
    """The stage of a resource, which is the name of its stack: urn:pulumi:STAGE::project::type::name."""
    return urn.removeprefix("urn:pulumi:").split("::", 1)[0]
