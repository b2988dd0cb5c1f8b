"""Starts the functions' workers so that a burst of calls is answered: few at a time, layers unpacked once.

Upstream starts a worker for every call that finds none free, and each unpacks its layers anew, which Python
then compiles anew: twenty calls at once after a deployment kept this machine busy for longer than the
29 seconds that an API waits.
"""

import hashlib
import io
import os
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.aws.patches.upstream import Upstream

STARTS = max(2, os.cpu_count() or 1)
# After this long a call starts its worker regardless: a start may wait for what this call has to do.
PATIENCE_SECONDS = 5.0
LAYER_FOLDERS = "_LAMBDA_LAYERS_DIRS"  # how upstream tells a worker where its layers are


def apply() -> None:
    """Wrap the lease of a worker and its start.

    Raises:
        PatchError: MiniStack has changed.
    """
    runtime = Upstream("worker_starts", "core.lambda_runtime")
    service = Upstream("worker_starts", "services.lambda_svc")
    workers, lock = runtime.require("_workers"), runtime.require("_lock")
    worker_key = runtime.require("_worker_key", "func_name", "config", "qualifier")
    service.require("_resolve_layer_zip", "attachment")
    turns, layers = _Turns(), _Layers(service.module)

    def idle(key: str) -> bool:
        with lock:
            return any(not worker.in_use for worker in workers.get(key, ()))

    def in_turn(acquire: Callable[..., Any]) -> Callable[..., Any]:
        def acquired(
            func_name: str,
            config: dict[str, Any],
            code_zip: bytes,
            qualifier: str = "$LATEST",
            max_concurrency: int | None = None,
        ) -> Any:  # noqa: ANN401
            key = worker_key(func_name, config, qualifier)
            with turns.wait(lambda: idle(key)) as starting:
                worker, origin = acquire(func_name, config, code_zip, qualifier, max_concurrency)
                if origin == "spawn" and type(worker) is runtime.module.Worker:
                    starting.add(worker)
            return worker, origin

        return acquired

    def ending_turn(release: Callable[[Any], None]) -> Callable[[Any], None]:
        def released(worker: Any) -> None:  # noqa: ANN401
            release(worker)
            turns.end(worker)

        return released

    def with_shared_layers(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
        def started(self: Any) -> None:  # noqa: ANN401
            config = self.config
            try:
                self.config = layers.resolved(config)
                spawn(self)
            finally:
                self.config = config
                turns.end(self)

        return started

    lease = ("func_name", "config", "code_zip", "qualifier", "max_concurrency")
    service.wrap("acquire_worker", *lease, by=in_turn)
    service.wrap("release_worker", "worker", by=ending_turn)
    runtime.wrap("Worker._spawn", "self", by=with_shared_layers)


class _Turns:
    """Lets few workers start at once; who waits takes the first one that is free."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._starting: set[Any] = set()

    @contextmanager
    def wait(self, idle: Callable[[], bool]) -> Iterator[set[Any]]:
        """Wait until a worker is idle or one more may start; answers those that start, to be added to."""
        with self._changed:
            self._changed.wait_for(lambda: idle() or len(self._starting) < STARTS, timeout=PATIENCE_SECONDS)
            yield self._starting

    def end(self, worker: Any) -> None:  # noqa: ANN401
        """Tell those who wait that a worker has started, failed to, or become idle."""
        with self._changed:
            self._starting.discard(worker)
            self._changed.notify_all()


class _Layers:
    """The layers of Python functions, each unpacked once for all workers, which do not write to them."""

    def __init__(self, service: Any) -> None:  # noqa: ANN401
        self._service = service
        self._unpacking = threading.Lock()

    def resolved(self, config: dict[str, Any]) -> dict[str, Any]:
        """A function's configuration with folders in place of its layers."""
        attached = config.get("Layers") or []
        if not attached or not str(config.get("Runtime")).startswith("python"):
            return config
        archives = [self._service._resolve_layer_zip(layer) for layer in attached]
        folders = os.pathsep.join(str(self._folder(archive)) for archive in archives if archive)
        variables = {**(config.get("Environment") or {}).get("Variables", {}), LAYER_FOLDERS: folders}
        return {**config, "Layers": [], "Environment": {"Variables": variables}}

    def _folder(self, archive: bytes) -> Path:
        folder = Path(tempfile.gettempdir()) / "layers" / hashlib.sha256(archive).hexdigest()
        with self._unpacking:
            if not folder.exists():
                folder.parent.mkdir(exist_ok=True)
                unpacked = tempfile.mkdtemp(dir=folder.parent)
                with zipfile.ZipFile(io.BytesIO(archive)) as file:
                    file.extractall(unpacked)
                Path(unpacked).rename(folder)
        return folder
