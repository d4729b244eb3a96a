"""Locust users for a gateway that already runs somewhere; `README.md` shows how to start them.

It sends nothing but GET to the paths it is told, and counts every answer that is not a 200 as a failure.

Settings, from the environment: `LOADTEST_PATHS` (comma separated, default `/`), `LOADTEST_KEY` (sent as
`Ocp-Apim-Subscription-Key`), `LOADTEST_CA` (PEM that is trusted; without it the system's authorities are),
`LOADTEST_CLIENT` (PEM with certificate and key to present), `LOADTEST_INSECURE=1` (any server certificate),
`LOADTEST_PAUSE` (seconds that a user waits between requests, default 0).
"""

from __future__ import annotations

import os
import random
import ssl

from locust import constant, task
from locust.contrib.fasthttp import FastHttpUser

PATHS = [path.strip() for path in os.environ.get("LOADTEST_PATHS", "/").split(",") if path.strip()]
KEY = os.environ.get("LOADTEST_KEY")
CLIENT = os.environ.get("LOADTEST_CLIENT")
INSECURE = os.environ.get("LOADTEST_INSECURE") == "1"


def tls_context() -> ssl.SSLContext:
    """What users trust and present; read once per user, as each has connections of its own."""
    context = ssl.create_default_context(cafile=os.environ.get("LOADTEST_CA"))
    if CLIENT:
        context.load_cert_chain(CLIENT)
    if INSECURE:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Caller(FastHttpUser):
    """A caller that asks for one of the paths, waits, and asks again on the same connection."""

    wait_time = constant(float(os.environ.get("LOADTEST_PAUSE", "0")))
    insecure = INSECURE
    ssl_context_factory = staticmethod(tls_context)
    default_headers = {"Ocp-Apim-Subscription-Key": KEY} if KEY else {}

    @task
    def get(self) -> None:
        """One GET; redirects are not followed, so that a status is counted as it came."""
        path = random.choice(PATHS)
        with self.client.get(path, catch_response=True, allow_redirects=False) as answer:
            if answer.status_code == 200:
                answer.success()
            else:
                answer.failure(f"status {answer.status_code}")
