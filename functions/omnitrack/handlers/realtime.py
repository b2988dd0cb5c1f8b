"""The sockets' routes: connect, disconnect, and what clients send in between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from omnitrack import wiring
from omnitrack.domain import realtime
from omnitrack.domain.errors import InvalidInputError, OmniTrackError
from omnitrack.domain.realtime import ClientFrame, Frame, GoneError, Session
from omnitrack.handlers import http

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The socket that a message came on, who is behind it, and how its stage is reached."""

    connection: str
    session: Session
    address: str

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> "Caller":
        """Read the event's context, in which the authorizer left who it let in."""
        known = request["authorizer"]
        return cls(
            connection=request["connectionId"],
            session=Session(
                user=known["user"],
                roles=tuple(role for role in known["roles"].split(",") if role),
                expires_at=int(known["expiresAt"]),
            ),
            address=f"https://{request['domainName']}/{request['stage']}",
        )


def handler(event: dict[str, Any], context: object) -> Answer:
    """Serve one event of a socket; a message is answered by a frame, whatever goes wrong."""
    logger, request = wiring.logger(), event["requestContext"]
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
    request_id = request.get("requestId", "")
    with logger.append_context_keys(
        correlation_id=http.edge_id(event) or request_id,
        gateway_request_id=request_id,
        connection=request["connectionId"],
    ):
        match request["eventType"]:
            case "CONNECT":
                return _tried(lambda: _connect(request))
            case "DISCONNECT":
                return _tried(lambda: _disconnect(request))
        return {"statusCode": 200, "body": _answer(event, request_id).text}


def _tried(step: Callable[[], Answer]) -> Answer:
    logger = wiring.logger()
    try:
        return step()
    except Exception:
        logger.exception("socket event failed")
        return {"statusCode": 500}


def _connect(request: Mapping[str, Any]) -> Answer:
    caller = Caller.of(request)
    wiring.connections().add(caller.connection, caller.session, wiring.now())
    wiring.logger().info("socket connected", user=caller.session.user)
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": realtime.PROTOCOL}}


def _disconnect(request: Mapping[str, Any]) -> Answer:
    wiring.connections().remove(request["connectionId"])
    wiring.logger().info("socket disconnected", close_code=request.get("disconnectStatusCode"))
    return {"statusCode": 200}


def _answer(event: Mapping[str, Any], request_id: str) -> Frame:
    """The frame that answers a message."""
    logger = wiring.logger()
    try:
        frame = _frame(event)
        with wiring.span(frame.action):
            answer = _serve(Caller.of(event["requestContext"]), frame)
    except OmniTrackError as error:
        if error.__cause__ is not None:
            logger.warning("dependency failed", cause=repr(error.__cause__))
        return _error(error.code, str(error), request_id)
    except Exception:
        logger.exception("message failed")
        return _error("internal_error", "Something went wrong on our side.", request_id)
    logger.info("message answered", action=frame.action)
    return answer


def _frame(event: Mapping[str, Any]) -> ClientFrame:
    if event.get("isBase64Encoded"):
        raise InvalidInputError("body: send frames of text")
    return realtime.parse(event.get("body") or "")


def _serve(caller: Caller, frame: ClientFrame) -> Frame:
    at = wiring.now()
    channels = realtime.admit(caller.session, frame.channels, at)
    match frame.action:
        case "subscribe":
            return _subscribe(caller, channels, frame)
        case "unsubscribe":
            wiring.connections().unsubscribe(caller.connection, channels)
            return Frame(type="unsubscribed", data={"channels": channels}, timestamp=at)
    return _pong(caller)


def _subscribe(caller: Caller, channels: list[str], frame: ClientFrame) -> Frame:
    # Subscribed first: what is logged from here on is pushed, what was logged before is replayed.
    wiring.connections().subscribe(caller.connection, caller.session, channels, wiring.now())
    missed = sum(_replay(caller, channel, frame) for channel in channels)
    return Frame(type="subscribed", data={"channels": channels, "missed": missed}, timestamp=wiring.now())


def _pong(caller: Caller) -> Frame:
    """Answer a ping, after what a push could not deliver: so nothing waits for the next event."""
    fan_out = wiring.fan_out_at(caller.address)
    for channel, subscription in wiring.connections().subscribed(caller.connection).items():
        try:
            fan_out.catch_up(subscription, channel)
        except GoneError:
            wiring.connections().remove(caller.connection)
            raise
    return Frame(type="pong", timestamp=wiring.now())


def _replay(caller: Caller, channel: str, frame: ClientFrame) -> int:
    """Send what was missed since the frame's time; answers how many frames that were."""
    if frame.since is None:
        return 0
    now = wiring.now()
    missed = realtime.missed_frames(wiring.event_log(), channel, frame.since, now)
    texts = [realtime.resync(channel, now).text] if missed is None else missed
    sockets = wiring.sockets(caller.address)
    try:
        for text in texts:
            sockets.post(caller.connection, text)
    except GoneError:
        wiring.connections().remove(caller.connection)
        raise
    return len(missed or ())


def _error(code: str, message: str, request_id: str) -> Frame:
    wiring.logger().info("message refused", code=code)
    return Frame(
        type="error",
        data={"code": code, "message": message, "requestId": request_id},
        timestamp=wiring.now(),
    )
