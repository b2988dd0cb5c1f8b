"""What can go wrong in the provider, each said in one sentence that ends with the next step."""


class ProviderError(Exception):
    """A failure that the user reads; its text is one sentence: what is wrong, where, what to do."""


class CancelledError(ProviderError):
    """The engine cancelled the operation (Ctrl-C) while it was under way."""


class NotFoundError(ProviderError):
    """The resource asked for does not exist in the cloud."""


class InitializationError(ProviderError):
    """A resource was created but could not be finished; the next `pulumi up` repairs it.

    Attributes:
        resource_id: The id of what exists now.
        outputs: What is known about it.
    """

    def __init__(self, reason: str, *, resource_id: str, outputs: dict[str, object]) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs
