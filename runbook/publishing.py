"""How readings get to IoT: MQTT with client certificates, or HTTPS."""

from __future__ import annotations

import json
import queue
import ssl
import threading
import time
import urllib.request
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paho.mqtt.client import Client

    from runbook.devices import Device
    from runbook.readings import SimulatedReading
    from runbook.targets import Target

AWS_MQTT_PORT: Final = 8883
CONNECT_SECONDS: Final = 10.0
ACKNOWLEDGE_SECONDS: Final = 15.0
AT_LEAST_ONCE: Final = 1
CONNECTORS: Final = 8
HTTPS_SENDERS: Final = 8


class Publisher(Protocol):
    """A way to send readings."""

    def send(self, reading: SimulatedReading) -> None:
        """Send a reading; it need not have arrived when this returns."""

    def acknowledged(self) -> int:
        """How many readings IoT has confirmed, after waiting for those under way."""


def topic_of(reading: SimulatedReading) -> str:
    """The topic that a node's sensors publish to."""
    return f"omnitrack/sensors/{reading.node_id}/data"


class MqttPublisher:
    """One MQTT connection per device, quality of service 1."""

    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients
        self._changed = threading.Condition()
        self._sent = self._acknowledged = 0
        for client in clients.values():
            client.on_publish = self._on_publish

    def send(self, reading: SimulatedReading) -> None:
        """See the protocol."""
        self._clients[reading.node_id].publish(
            topic_of(reading), json.dumps(reading.message()), qos=AT_LEAST_ONCE
        )
        self._sent += 1

    def acknowledged(self) -> int:
        """See the protocol."""
        with self._changed:
            self._changed.wait_for(lambda: self._acknowledged >= self._sent, ACKNOWLEDGE_SECONDS)
            return self._acknowledged

    def _on_publish(self, *_arguments: object) -> None:
        with self._changed:
            self._acknowledged += 1
            self._changed.notify_all()


class HttpsPublisher:
    """IoT's Publish call, signed with the operator's credentials.

    On AWS a device can also publish over HTTPS with its certificate, on port 8443; the local cloud serves
    no such port.
    """

    def __init__(self, client: Any, pool: ThreadPoolExecutor) -> None:  # noqa: ANN401 - boto3 client
        self._client = client
        self._pool = pool
        self._under_way: set[Future[None]] = set()
        self._done = 0

    def send(self, reading: SimulatedReading) -> None:
        """See the protocol.

        Raises:
            ClientError: IoT refused an earlier reading.
        """
        # Bounded, so that a slow endpoint slows the sender instead of filling the memory.
        while len(self._under_way) >= 2 * HTTPS_SENDERS:
            self._collect(*wait(self._under_way, return_when=FIRST_COMPLETED))
        self._under_way.add(self._pool.submit(self._publish, reading))

    def acknowledged(self) -> int:
        """See the protocol."""
        self._collect(*wait(self._under_way))
        return self._done

    def _collect(self, done: set[Future[None]], rest: set[Future[None]]) -> None:
        self._under_way = rest
        for future in done:
            future.result()
            self._done += 1

    def _publish(self, reading: SimulatedReading) -> None:
        self._client.publish(
            topic=topic_of(reading), qos=AT_LEAST_ONCE, payload=json.dumps(reading.message()).encode()
        )


@contextmanager
def over_https(target: Target) -> Iterator[HttpsPublisher]:
    """Publish through the IoT data endpoint of a stack."""
    with ThreadPoolExecutor(HTTPS_SENDERS) as pool:
        yield HttpsPublisher(target.client("iot-data"), pool)


@contextmanager
def over_mqtt(
    target: Target, devices: Sequence[Device], report: Callable[[str], None]
) -> Iterator[MqttPublisher]:
    """Connect the devices, and disconnect them in the end.

    Args:
        target: the stack whose broker is used.
        devices: who connects.
        report: told how many are connected.

    Raises:
        RunbookError: the broker is out of reach or refuses a device.
    """
    host, port, authority = _broker(target)
    with ExitStack() as stack, ThreadPoolExecutor(CONNECTORS) as pool:
        clients = {device.node_id: _client(device, authority) for device in devices}
        for client in clients.values():
            stack.callback(_disconnect, client)
        answers = [pool.submit(_connect, name, client, host, port) for name, client in clients.items()]
        for answer in answers:
            answer.result()
        report(f"{len(clients)} devices connected to {host}:{port}")
        yield MqttPublisher(clients)


def _broker(target: Target) -> tuple[str, int, str | None]:
    """Host, port and certificate authority (PEM; None for the system's) of the stack's broker."""
    if target.cloud is None:
        # Amazon's root certificates are among every system's.
        endpoint = target.client("iot").describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
        return endpoint, AWS_MQTT_PORT, None
    address = f"{target.cloud.endpoint}/_ministack/iot/ca.pem"
    # No proxy: it does not lead to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=CONNECT_SECONDS) as answer:
        return "127.0.0.1", target.cloud.mqtt_port, answer.read().decode()


def _client(device: Device, authority: str | None) -> Client:
    from paho.mqtt.client import Client, MQTTv311  # noqa: PLC0415 - only this protocol needs it
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415 - as above

    context = ssl.create_default_context(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(device.certificate, device.key)
    client = Client(CallbackAPIVersion.VERSION2, client_id=device.node_id, protocol=MQTTv311)
    client.tls_set_context(context)
    client.max_inflight_messages_set(100)
    return client


def _connect(device: str, client: Client, host: str, port: int) -> None:
    answers: queue.Queue[str | None] = queue.Queue()

    def on_connect(_client: Client, _data: object, _flags: object, reason: Any, *_rest: object) -> None:  # noqa: ANN401
        answers.put(str(reason) if reason.is_failure else None)

    client.on_connect = on_connect
    # A broker that knows the certificate but does not want it hangs up without a word.
    client.on_disconnect = lambda *_: answers.put("it hangs up")
    try:
        client.connect(host, port)
        client.loop_start()
        refusal = answers.get(timeout=CONNECT_SECONDS)
    except OSError as error:
        raise RunbookError(f"device {device} cannot reach the broker at {host}:{port}: {error}") from None
    except queue.Empty:
        raise RunbookError(f"the broker at {host}:{port} does not answer device {device}") from None
    if refusal:
        raise RunbookError(f"the broker at {host}:{port} refuses device {device}: {refusal}")


def _disconnect(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def paced(
    count_per_second: float, seconds: float, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """Numbers at a steady rate, for as long as it lasts.

    Args:
        count_per_second: the rate; being late is made up for.
        seconds: how long.
        clock: seconds that never go back.
    """
    started = clock()
    for number in range(round(count_per_second * seconds)):
        time.sleep(max(0.0, started + number / count_per_second - clock()))
        yield number
