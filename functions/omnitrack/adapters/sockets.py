"""Open sockets behind API Gateway's management API."""

from typing import TYPE_CHECKING

from omnitrack.adapters.table import available
from omnitrack.domain.realtime import GoneError

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


class ManagedSockets:
    """The sockets of one stage."""

    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    def post(self, connection: str, text: str) -> None:
        """See the port."""
        try:
            with available("the socket"):
                self._client.post_to_connection(ConnectionId=connection, Data=text.encode())
        except self._client.exceptions.GoneException:
            raise GoneError("the connection is gone") from None

    def close(self, connection: str) -> None:
        """See the port."""
        try:
            with available("the socket"):
                self._client.delete_connection(ConnectionId=connection)
        except self._client.exceptions.GoneException:
            return
