"""What can go wrong in the platform, as one tree.

    OmniTrackError
    ├── InvalidInputError
    ├── UnauthenticatedError
    ├── ForbiddenError
    ├── NotFoundError
    │   ├── NodeNotFoundError
    │   ├── LaneNotFoundError
    │   └── AlertNotFoundError
    ├── ConflictError
    │   ├── NodeHasLanesError
    │   ├── LaneEndMissingError
    │   ├── AlreadyAcknowledgedError
    │   ├── AlertResolvedError
    │   ├── RequestInProgressError
    │   └── IdempotencyKeyReusedError
    ├── VersionConflictError
    ├── VersionRequiredError
    ├── UnavailableError
    └── MessageRejectedError
        ├── MalformedMessageError
        └── ReadingRejectedError
            ├── MalformedReadingError
            ├── ForeignNodeError
            ├── FutureReadingError
            ├── UnknownNodeError
            └── TooManySensorTypesError

Each class carries the `code` that clients and operators filter by; its text is one sentence for their eyes.
"""

from typing import ClassVar


class OmniTrackError(Exception):
    """Parent of every error that the platform raises on purpose."""

    code: ClassVar[str] = "error"


class InvalidInputError(OmniTrackError):
    """Something that a client sent is not what the contract says; the text names the field."""

    code = "invalid_input"


class UnauthenticatedError(OmniTrackError):
    """Nobody is signed in, or not with an id token."""

    code = "unauthenticated"


class ForbiddenError(OmniTrackError):
    """No role of the user carries the permission."""

    code = "forbidden"


class NotFoundError(OmniTrackError):
    """What was asked for does not exist."""

    code = "not_found"


class NodeNotFoundError(NotFoundError):
    """The network has no node with this id."""

    code = "node_not_found"


class LaneNotFoundError(NotFoundError):
    """The network has no lane between these two nodes."""

    code = "lane_not_found"


class AlertNotFoundError(NotFoundError):
    """No alert has this id."""

    code = "alert_not_found"


class ConflictError(OmniTrackError):
    """The request is well-formed, but what it is about is not in a state that admits it."""

    code = "conflict"


class NodeHasLanesError(ConflictError):
    """A node cannot go while lanes lead to or from it."""

    code = "node_has_lanes"


class LaneEndMissingError(ConflictError):
    """A lane cannot be put between nodes of which one does not exist."""

    code = "lane_end_missing"


class AlreadyAcknowledgedError(ConflictError):
    """An alert is acknowledged once; the text says who did it, and when."""

    code = "already_acknowledged"


class AlertResolvedError(ConflictError):
    """A resolved alert cannot be acknowledged any more."""

    code = "alert_resolved"


class RequestInProgressError(ConflictError):
    """A request with the same Idempotency-Key is still being served."""

    code = "request_in_progress"


class IdempotencyKeyReusedError(ConflictError):
    """An Idempotency-Key came with another request before."""

    code = "idempotency_key_reused"


class VersionConflictError(OmniTrackError):
    """The entity is not in the version that the client has seen."""

    code = "version_conflict"


class VersionRequiredError(OmniTrackError):
    """The entity exists, and the client did not say which version it means to replace."""

    code = "version_required"


class UnavailableError(OmniTrackError):
    """A service that the platform stands on did not answer; the same request may succeed later."""

    code = "unavailable"


class MessageRejectedError(OmniTrackError):
    """A queue's message that can never be taken as it is; `reason` travels with it to the dead letters."""

    code = "message_rejected"

    @property
    def reason(self) -> str:
        """The code and the sentence, as operators see them: `unknown_node: the network has no node 'x'`."""
        return f"{self.code}: {self}"


class MalformedMessageError(MessageRejectedError):
    """The message is not one that the platform writes into this queue."""

    code = "malformed_message"


class ReadingRejectedError(MessageRejectedError):
    """A reading that can never be stored as it is."""

    code = "reading_rejected"


class MalformedReadingError(ReadingRejectedError):
    """The message is not a reading."""

    code = "malformed"


class ForeignNodeError(ReadingRejectedError):
    """The node in the message is not the node of the topic on which it came."""

    code = "foreign_node"


class FutureReadingError(ReadingRejectedError):
    """The reading's time has not come yet."""

    code = "future"


class UnknownNodeError(ReadingRejectedError):
    """The network has no node with this id."""

    code = "unknown_node"


class TooManySensorTypesError(ReadingRejectedError):
    """The node keeps the latest reading of as many sensor types as it may."""

    code = "too_many_sensor_types"
