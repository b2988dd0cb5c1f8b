"""How a gRPC call ends: with its result, with one sentence, or soon after a cancel."""

# ruff: noqa: ANN401 - types are those that gRPC generates

from __future__ import annotations

import concurrent.futures
import logging
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from localcloud.provider.errors import CancelledError, InitializationError, ProviderError
from localcloud.provider.redaction import redacted
from localcloud.provider.values import Properties, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.struct_pb2 import Struct

T = TypeVar("T")
log = logging.getLogger(__name__)
CALLS: Final = 32
POLL_SECONDS: Final = 0.2
# After a cancel, a call that is about to end may still do so: its result then reaches the state.
GRACE_SECONDS: Final = 3.0


class Answering:
    """Does the work of calls on threads of its own, so that a cancel need not wait for AWS."""

    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(CALLS, thread_name_prefix="aws-call")

    def answer(
        self,
        context: Any,
        work: Callable[[], T],
        *properties: Properties,
        cancelled: threading.Event,
        created: Sequence[InitializationError] = (),
    ) -> T:
        """Do the work of a call.

        Args:
            context: Of the call; a failure ends it there.
            work: What is to be done.
            properties: Whose secrets must not appear in a message.
            cancelled: Set when the engine cancels.
            created: Filled by the work once a resource exists, so that a cancel does not lose it.
        """
        try:
            return self._worked(work, cancelled, created)
        except InitializationError as error:
            _abort_unfinished(context, error, redacted(str(error), *properties), *properties)
        except ProviderError as error:
            log.debug("a call failed", exc_info=True)
            context.abort(grpc.StatusCode.UNKNOWN, redacted(str(error), *properties))
        except Exception as error:
            log.debug("a call broke", exc_info=True)
            kind = type(error).__name__
            text = f"the provider broke ({kind}: {error}): start it with --debug and look into its log"
            context.abort(grpc.StatusCode.INTERNAL, redacted(text, *properties))
        raise AssertionError("abort always raises")

    def _worked(
        self, work: Callable[[], T], cancelled: threading.Event, created: Sequence[InitializationError]
    ) -> T:
        future = self._pool.submit(work)
        ended = threading.Event()
        future.add_done_callback(lambda _: ended.set())
        while not ended.wait(POLL_SECONDS):
            if cancelled.is_set() and not ended.wait(GRACE_SECONDS):
                if created:
                    raise created[-1]
                raise CancelledError("the operation was cancelled before AWS answered: run `pulumi refresh`")
        return future.result()


def encoded(outputs: Mapping[str, Any], *properties: Properties) -> Struct:
    """Outputs as a struct; a secret input stays secret, and what is derived from it too."""
    secrets = frozenset[str]().union(*(one.secrets for one in properties))
    return encode(outputs, secrets | {"tagsAll"} if "tags" in secrets else secrets)


def _abort_unfinished(context: Any, error: InitializationError, reason: str, *properties: Properties) -> None:
    """Tell the engine that the resource exists but is not finished: the state keeps it."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id, properties=encoded(error.outputs, *properties), reasons=[reason]
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
