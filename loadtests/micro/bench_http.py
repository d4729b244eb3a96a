"""What reading a request head of seven fields costs: `python -m loadtests.micro.bench_http`.

Measured through `read_head`, the door for Python, which also makes a Head and a dict each time; the gateway
does neither. The row "incomplete" is the scan for the end of the head and the call, without the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from fastgw._chunks import decode_chunked
from fastgw._http import Limits, read_head
from loadtests.micro.timing import cost, table

STEPS = 20_000
HEAD = (
    b"GET /orders/v1/items/4711?expand=lines HTTP/1.1\r\n"
    b"Host: api.example.test\r\n"
    b"User-Agent: bench/1.0 (one of many)\r\n"
    b"Accept: application/json\r\n"
    b"Accept-Encoding: gzip, deflate, br\r\n"
    b"Ocp-Apim-Subscription-Key: 0123456789abcdef0123456789abcdef\r\n"
    b"X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n"
    b"Connection: keep-alive\r\n"
    b"\r\n"
)
LONGER = HEAD[:-2] + b"".join(b"X-Field-%d: some value\r\n" % number for number in range(23)) + b"\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 150\r\nServer: origin\r\n\r\n"
CHUNKED = b"96\r\n" + b"x" * 150 + b"\r\n0\r\n\r\n"


def reading(data: bytes, request: bool = True) -> Callable[[int], None]:
    """What reads `data` so many times."""
    limits = Limits()

    def run(steps: int) -> None:
        for _ in range(steps):
            read_head(data, request, limits)

    return run


def decoding(data: bytes) -> Callable[[int], None]:
    """What decodes `data` so many times."""
    pieces = [data]

    def run(steps: int) -> None:
        for _ in range(steps):
            decode_chunked(pieces)

    return run


def main() -> None:
    """Print the table."""
    print(
        table(
            f"heads and bodies; the first head has 7 fields and {len(HEAD)} bytes",
            [
                ("request, 7 fields", cost(reading(HEAD), STEPS)),
                ("request, 30 fields", cost(reading(LONGER), STEPS)),
                ("answer, 3 fields", cost(reading(ANSWER, False), STEPS)),
                ("request, incomplete", cost(reading(HEAD[:-1]), STEPS)),
                ("chunked body, 150 bytes", cost(decoding(CHUNKED), STEPS)),
            ],
        )
    )


if __name__ == "__main__":
    main()
