"""What a file of policy tests says, as checked values. See docs/testing.md for the format."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from fastgw.errors import FastgwError
from fastgw.tls.certs import read_certificate

_LARGEST = 4 * 1024 * 1024
_Texts = list[str]


class CaseError(FastgwError):
    """A file of tests is not right; the message says where."""


def _as_list(value: Any) -> Any:
    """One value where a list may stand."""
    return value if isinstance(value, list) else [value]


def _as_texts(value: Any) -> Any:
    return [str(one) for one in _as_list(value)]


def _as_time(value: Any) -> Any:
    """YAML makes dates and times of its own of what looks like one."""
    return value.isoformat() if isinstance(value, date) else value


def _headers(value: Any) -> Any:
    """Header values may be numbers and lists; null says that the header is absent."""
    if not isinstance(value, dict):
        return value
    return {str(name): None if one is None else _as_texts(one) for name, one in value.items()}


def _chain(value: Any, info: ValidationInfo) -> tuple[bytes, ...]:
    """The certificates of a file, as a caller would send them."""
    if not isinstance(value, str):
        raise ValueError("must be the name of a PEM or DER file")
    try:
        data = Path(cast("Path", info.context), value).read_bytes()
    except OSError as error:
        raise ValueError(f"the file {value} cannot be read: {error.strerror}") from None
    return read_certificate(data).chain


Headers = Annotated[dict[str, _Texts | None], BeforeValidator(_headers)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _WithBody(_Record):
    body: str | None = None
    """The body as text."""

    content: Any = Field(default=None, alias="json")
    """The body as JSON; sets the Content-Type unless a header does."""

    @model_validator(mode="after")
    def _one_body(self) -> _WithBody:
        if self.body is not None and self.content is not None:
            raise ValueError("has both a body and json")
        return self


class Request(_WithBody):
    """What the caller sends."""

    method: str = "GET"
    url: str
    """Path and query, or a whole URL."""

    headers: Headers = {}
    client_address: str = Field(default="192.0.2.1", alias="clientAddress")
    client_certificate: Annotated[tuple[bytes, ...], BeforeValidator(_chain)] = Field(
        default=(), alias="clientCertificate"
    )
    """What the caller presents, DER; in the file of tests the name of a PEM or DER file beside it."""

    @model_validator(mode="after")
    def _over_tls(self) -> Request:
        if self.client_certificate and not self.url.lower().startswith("https://"):
            raise ValueError("a clientCertificate needs a url that begins with https://")
        return self


class Answer(_WithBody):
    """What a stub answers, or how it fails."""

    status: int = Field(default=200, ge=200, le=599)
    headers: Headers = {}
    delay: float = Field(default=0.0, ge=0.0, le=86400.0)
    """Seconds until the answer."""

    failure: Literal["refused", "reset"] | None = None
    """The connection is refused, or closed without an answer."""


class ExpectedCall(_Record):
    """A call to a backend or by a policy, as far as it is told."""

    method: str | None = None
    url: str | None = None
    headers: Headers = {}
    body: str | None = None
    content: Any = Field(default=None, alias="json")


class ExpectedError(_Record):
    """context.LastError."""

    source: str | None = None
    reason: str | None = None
    message: str | None = None
    section: str | None = None
    path: str | None = None


class Expectation(_Record):
    """What must come out; what is not told may be anything."""

    status: int | None = None
    reason: str | None = None
    headers: Headers = {}
    body: str | None = None
    content: Any = Field(default=None, alias="json")
    """JSON whose members must all be in the body's."""

    body_contains: Annotated[_Texts, BeforeValidator(_as_texts)] = Field(default=[], alias="bodyContains")
    variables: dict[str, Any] = {}
    calls: list[ExpectedCall] | None = None
    """Every call that left, in order: to backends and by policies."""

    error: ExpectedError | None = None
    trace: Annotated[_Texts, BeforeValidator(_as_texts)] = []
    """Texts that the trace must hold, in this order."""


class Case(_Record):
    """One test."""

    name: str = Field(min_length=1)
    request: Request
    time: Annotated[str | None, BeforeValidator(_as_time)] = None
    """The time of day, ISO 8601; it goes on as delays pass."""

    variables: dict[str, Any] = {}
    stubs: dict[str, Annotated[list[Answer], BeforeValidator(_as_list)]] = {}
    """URL patterns (`*` stands for anything) and what is answered there, in turn; the last one goes on."""

    expect: Expectation


class CaseFile(_Record):
    """A file of tests."""

    cases: list[Case] = Field(min_length=1)


def read_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises CaseError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise CaseError(f"{path}: has more than {_LARGEST} bytes")
        document = yaml.safe_load(data)
        return CaseFile.model_validate(document, context=path.parent).cases
    except OSError as error:
        raise CaseError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise CaseError(f"{path}{where}: is no YAML: {getattr(error, 'problem', None) or error}") from None
    except ValidationError as error:
        found = [f"{path}: {_place(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise CaseError("\n".join(found)) from None
    except RecursionError:
        raise CaseError(f"{path}: is nested too deeply") from None


def _place(steps: tuple[int | str, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or "the file"
