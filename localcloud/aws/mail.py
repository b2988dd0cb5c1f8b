"""The mail that AWS would send from here: kept in one box, the newest first, and nobody gets it."""

import collections
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

KEPT = 1000

Mail = dict[str, Any]


class Mailbox:
    """What was sent, in the order of its sending; the oldest makes place for what is new."""

    def __init__(self) -> None:
        self._mails: collections.deque[Mail] = collections.deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._confirm: Callable[[Mapping[str, Any]], bool] | None = None

    def put(
        self, *, account: str, sender: str, to: str, subject: str, body: str, kind: str, **more: str
    ) -> None:
        """Keep a mail.

        Args:
            account: the account that sent it.
            sender: the address in its From.
            to: the address that it is for.
            subject: its subject.
            body: its text.
            kind: what it is about, for readers of the box.
            **more: what a program would otherwise have to read out of the text.
        """
        mail = {
            "id": str(uuid.uuid4()),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "account": account,
            "kind": kind,
            "from": sender,
            "to": to,
            "subject": subject,
            "body": body,
            **more,
        }
        with self._lock:
            self._mails.append(mail)

    def read(self, *, to: str | None = None) -> list[Mail]:
        """What is in the box, newest first.

        Args:
            to: only what is for this address.
        """
        with self._lock:
            mails = list(self._mails)
        return [mail for mail in reversed(mails) if to is None or mail["to"].lower() == to.lower()]

    def confirm(self, *, to: str | None = None, token: str | None = None) -> list[Mail]:
        """Follow the links of the confirmations that wait, and answer their mails.

        Args:
            to: of this address.
            token: with this token.
        """
        waiting = [
            mail
            for mail in self.read(to=to)
            if mail.get("token") and (token is None or mail["token"] == token)
        ]
        confirm = self._confirm
        return [] if confirm is None else [mail for mail in waiting if confirm(mail)]

    def serve_confirmations(self, confirm: Callable[[Mapping[str, Any]], bool]) -> None:
        """Tell how a confirmation's link is followed; answers whether it was still waiting."""
        self._confirm = confirm

    def restore(self, mails: Iterable[Mail]) -> None:
        """Take the place of what is in the box."""
        with self._lock:
            self._mails.clear()
            self._mails.extend(mails)


box = Mailbox()
