"""When the state is saved: once changes settle, again after a failure, and also under changes without end."""

import asyncio
from collections.abc import Callable

import pytest

from localcloud.aws import saver as module
from localcloud.aws.saver import Saver, saving


class Disk:
    """Counts writes; the first ones fail when told so."""

    def __init__(self, failures: int = 0) -> None:
        self.attempts = 0
        self.written = 0
        self._failures = failures

    def write(self) -> None:
        self.attempts += 1
        if self.attempts <= self._failures:
            raise OSError("no space left on device")
        self.written += 1


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.05)


async def until(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not question():  # noqa: ASYNC110 - a question has no event
            await asyncio.sleep(0.005)


def test_many_changes_are_saved_once_and_only_changes_are() -> None:
    async def story() -> int:
        disk = Disk()
        saver = Saver(disk.write)
        async with saving(saver):
            assert not saver._changed.is_set()  # nothing to save yet
            for _ in range(20):
                saver.touch()
            await until(lambda: disk.written > 0)
            assert not saver._changed.is_set()  # and nothing left
        return disk.written

    assert asyncio.run(story()) == 1


def test_a_failed_save_is_tried_again() -> None:
    async def story() -> Disk:
        disk = Disk(failures=2)
        saver = Saver(disk.write)
        async with saving(saver):
            saver.touch()
            await until(lambda: disk.written > 0)
        return disk

    disk = asyncio.run(story())
    assert (disk.attempts, disk.written) == (3, 1)


def test_a_save_on_request_passes_its_fault_on() -> None:
    with pytest.raises(OSError, match="no space"):
        asyncio.run(Saver(Disk(failures=1).write).save())


def test_changes_without_end_are_saved_too() -> None:
    async def story() -> None:
        disk = Disk()
        saver = Saver(disk.write)
        async with saving(saver):

            def changed() -> bool:
                saver.touch()
                return disk.written > 0

            await until(changed)

    asyncio.run(story())
