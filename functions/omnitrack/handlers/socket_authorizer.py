"""Lets a socket in: through the edge, with a valid id token, and with a role that may see something."""

from collections.abc import Mapping
from typing import Any

from omnitrack import wiring
from omnitrack.domain.realtime import CHANNELS, PROTOCOL, HandshakeRefusedError, Session
from omnitrack.handlers import http

EDGE_HEADER = "x-omnitrack-edge"
PROTOCOL_HEADER = "sec-websocket-protocol"
NOBODY = "nobody"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a policy for this handshake and nothing else; a refusal says nothing of its reason."""
    logger, request = wiring.logger(), event["requestContext"]
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    request_id = request.get("requestId", "")
    with logger.append_context_keys(
        correlation_id=http.edge_id(event) or request_id, gateway_request_id=request_id
    ):
        try:
            with wiring.span("let_in"):
                session = _session(headers)
        except HandshakeRefusedError as refusal:
            logger.warning("socket refused", reason=refusal.reason)
            return _policy(event["methodArn"], "Deny", NOBODY)
        logger.info("socket let in", user=session.user)
        # Exactly what the `realtime` function reads: no more of the person than their id.
        known = {
            "user": session.user,
            "roles": ",".join(session.roles),
            "expiresAt": str(session.expires_at),
        }
        return _policy(event["methodArn"], "Allow", session.user) | {"context": known}


def _session(headers: Mapping[str, str]) -> Session:
    # First what costs nothing: whoever goes past the edge reaches neither token nor keys.
    if not wiring.edge_secret().is_proven_by(headers.get(EDGE_HEADER, "")):
        raise HandshakeRefusedError("not_through_the_edge")
    protocol, _, token = headers.get(PROTOCOL_HEADER, "").partition(",")
    if protocol.strip() != PROTOCOL or not token.strip():
        raise HandshakeRefusedError("no_token")
    session = wiring.id_tokens().session(token.strip())
    if not any(session.sees(channel) for channel in CHANNELS):
        raise HandshakeRefusedError("no_role")
    return session


def _policy(arn: str, effect: str, principal: str) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
