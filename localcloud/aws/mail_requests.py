"""Serves the mailbox over HTTP: what is in it, and the links of its confirmations."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from localcloud.aws.mail import box

PATHS = ("/_omnitrack/mail", "/_omnitrack/mail/confirm")
# A page of another name that resolves to loopback could read it otherwise: it holds passwords.
OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def respond(scope: Mapping[str, Any]) -> tuple[int, object]:
    """The status and the document of an answer.

    Args:
        scope: of the ASGI connection.
    """
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if host.rpartition(":")[0] not in OWN_HOSTS and host not in OWN_HOSTS:
        return 403, {"message": "the mailbox is served on loopback only"}
    request = (scope["method"], scope["path"])
    query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    if request == ("GET", PATHS[0]):
        return 200, {"mails": box.read(to=query.get("to"))}
    if request == ("POST", PATHS[1]):
        return _confirm(to=query.get("to"), token=query.get("token"))
    return 404, {"message": f"{' '.join(request)} is not served here"}


def _confirm(*, to: str | None, token: str | None) -> tuple[int, object]:
    if not (to or token):
        return 400, {"message": "say whose: add ?to=ADDRESS or ?token=TOKEN"}
    confirmed = box.confirm(to=to, token=token)
    if not confirmed:
        return 404, {"message": "no confirmation waits there"}
    return 200, {"confirmed": [{"to": mail["to"], "topic": mail["topic"]} for mail in confirmed]}
