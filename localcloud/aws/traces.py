"""X-Ray's traces: what is kept of them, and the daemon that functions send them to.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import collections
import copy
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

log = logging.getLogger(__name__)

KEPT = 2000
SEGMENTS_OF_ONE = 500
DATAGRAM_BYTES = 65_536
TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
SEGMENT_ID = re.compile(r"[0-9a-f]{16}")

Document = dict[str, Any]


class Traces:
    """The newest traces of all accounts."""

    def __init__(self) -> None:
        self._documents: collections.OrderedDict[tuple[str, str], dict[str, Document]] = (
            collections.OrderedDict()
        )
        self._accounts: collections.OrderedDict[str, str] = collections.OrderedDict()
        self._lock = threading.Lock()

    def expect(self, trace_id: str, account: str) -> None:
        """Tell whose trace it is; the daemon's datagrams do not."""
        with self._lock:
            self._accounts[trace_id] = account
            while len(self._accounts) > KEPT:
                self._accounts.popitem(last=False)

    def put(self, document: object, account: str | None = None) -> str | None:
        """Keep a segment or subsegment; answers what is wrong with it.

        Args:
            document: the segment.
            account: whose it is; by default, of whom its trace is expected.
        """
        fault = fault_of(document)
        if fault or not isinstance(document, dict):
            return fault
        with self._lock:
            owner = account or self._accounts.get(document["trace_id"])
            if owner is None:
                return "nobody expects this trace"
            kept = self._documents.setdefault((owner, document["trace_id"]), {})
            if len(kept) < SEGMENTS_OF_ONE or document["id"] in kept:
                kept[document["id"]] = document
            while len(self._documents) > KEPT:
                self._documents.popitem(last=False)
        return None

    def segments(self, account: str, trace_id: str) -> list[Document]:
        """The segments of a trace, callers first; subsegments that were sent alone are in their place."""
        with self._lock:
            documents = copy.deepcopy(list(self._documents.get((account, trace_id), {}).values()))
        entities = {entity["id"]: entity for document in documents for entity in entities_of(document)}
        roots = []
        for document in sorted(
            documents, key=lambda each: (each.get("parent_id") in entities, float(each["start_time"]))
        ):
            parent = entities.get(document.get("parent_id", ""))
            if document.get("type") == "subsegment" and parent is not None:
                parent.setdefault("subsegments", []).append(document)
            else:
                roots.append(document)
        return roots

    def of(self, account: str) -> dict[str, list[Document]]:
        """All traces of an account, by their ids."""
        with self._lock:
            ids = [trace_id for owner, trace_id in self._documents if owner == account]
        return {trace_id: self.segments(account, trace_id) for trace_id in ids}


def fault_of(document: object) -> str | None:
    """What makes a document no segment; None when it is one."""
    if not isinstance(document, dict):
        return "the segment is no object"
    ended = isinstance(document.get("end_time"), int | float) or document.get("in_progress")
    checks = {
        "trace_id": TRACE_ID.fullmatch(str(document.get("trace_id"))),
        "id": SEGMENT_ID.fullmatch(str(document.get("id"))),
        "name": document.get("name"),
        "start_time": isinstance(document.get("start_time"), int | float),
        "end_time": ended,
    }
    return next((f"{name} is missing or of another form" for name, good in checks.items() if not good), None)


def entities_of(document: Document) -> Iterator[Document]:
    """A segment and all subsegments in it that have an id."""
    waiting = [document]
    while waiting:
        entity = waiting.pop()
        if "id" in entity:
            yield entity
        waiting += [inner for inner in entity.get("subsegments") or () if isinstance(inner, dict)]


traces = Traces()


class Daemon:
    """Takes the datagrams of X-Ray's SDKs on a loopback port of its own.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
    """

    def __init__(self, kept: Traces) -> None:
        self._traces = kept
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    @property
    def address(self) -> str:
        """Where it listens, which it does from the first question on."""
        with self._lock:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self._socket.bind(("127.0.0.1", 0))
                threading.Thread(target=self._receive, args=(self._socket,), daemon=True).start()
            host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def _receive(self, listener: socket.socket) -> None:
        while True:
            datagram, _ = listener.recvfrom(DATAGRAM_BYTES)
            _header, _, body = datagram.partition(b"\n")
            try:
                fault = self._traces.put(json.loads(body))
            except ValueError as error:
                fault = str(error)
            if fault:
                log.warning("a segment was dropped: %s", fault)


daemon = Daemon(traces)


def parsed(header: str) -> Mapping[str, str]:
    """The fields of a tracing header, such as Root, Parent and Sampled."""
    parts = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in parts if value}


def now() -> float:
    """The time as segments carry it."""
    return round(time.time(), 3)
