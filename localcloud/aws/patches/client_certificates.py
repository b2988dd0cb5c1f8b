"""Makes MQTT over TLS ask for a client certificate: without one, upstream lets anybody publish anything.

https://docs.aws.amazon.com/iot/latest/developerguide/client-authentication.html
"""

import ssl
from collections.abc import Callable

from localcloud.aws.patches.upstream import Upstream


def apply() -> None:
    """Wrap the making of the listener's TLS context.

    Raises:
        PatchError: MiniStack has changed.
    """
    Upstream("client_certificates", "services.iot").wrap("_mtls_build_ssl_context", by=_demanding)


def _demanding(build: Callable[[], ssl.SSLContext]) -> Callable[[], ssl.SSLContext]:
    def demanding_context() -> ssl.SSLContext:
        context = build()
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    return demanding_context
