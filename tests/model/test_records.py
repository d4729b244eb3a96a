"""Records are frozen ARM contracts, whoever builds them."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError

from fastgw.model import (
    Api,
    Backend,
    Certificate,
    Configuration,
    Credentials,
    Gateway,
    Listener,
    NamedValue,
    Operation,
    PolicySource,
)
from fastgw.model.types import parse_duration


def test_members_have_arm_names_and_python_names():
    by_alias = Backend.model_validate({"id": "b", "url": "http://b", "resourceId": "r"})
    assert by_alias == Backend(id="b", url="http://b", resource_id="r")
    assert by_alias.model_dump(by_alias=True)["tls"] == {
        "validateCertificateChain": True,
        "validateCertificateName": True,
        "serverCertificateThumbprints": (),
        "serverX509Names": (),
    }


def test_records_are_frozen():
    with pytest.raises(ValidationError):
        Backend(id="b", url="http://b").url = "http://c"


def test_unknown_members_are_refused_without_showing_them():
    with pytest.raises(ValidationError) as caught:
        Credentials.model_validate(
            {"authorization": {"scheme": "Basic", "parameter": "s3cret\n"}, "x": "s3cret"}
        )
    assert "s3cret" not in str(caught.value)


def test_secrets_are_not_shown():
    records = (
        Certificate(id="c", data=b"s3cret", password="s3cret"),
        NamedValue(id="v", value="s3cret", secret=True),
        Credentials.model_validate(
            {
                "header": {"a": ["s3cret"]},
                "query": {"a": "s3cret"},
                "authorization": {"scheme": "B", "parameter": "s3cret"},
            }
        ),
        PolicySource("s3cret", "f", 1, 1, 0),
        Backend.model_validate(
            {"id": "b", "url": "http://b/s3cret", "proxy": {"url": "http://s3cret.test", "username": "u"}}
        ),
    )
    assert "s3cret" not in repr(records)
    assert "s3cret" not in " ".join(map(str, records))


def test_the_headers_and_parameters_of_a_backend_cannot_be_changed():
    given = {"header": {"A": ["1"]}, "query": {"a": "1"}}
    credentials = Credentials.model_validate(given)
    given["header"]["A"].append("2")
    for mapping in (credentials.header, credentials.query, Credentials().header):
        with pytest.raises(TypeError):
            mapping["B"] = ("1",)
        with pytest.raises(AttributeError):
            mapping._entries = {}
    assert credentials.header == {"A": ("1",)}
    assert pickle.loads(pickle.dumps(credentials)) == credentials
    assert credentials.model_dump(by_alias=True)["header"] == {"A": ("1",)}
    assert hash(credentials) == hash(Credentials.model_validate(given | {"header": {"A": "1"}}))


def test_a_proxy_with_a_password_needs_a_user_name():
    proxy = {"url": "http://proxy.test:3128", "password": "s3cret"}
    with pytest.raises(ValidationError, match="username") as caught:
        Backend.model_validate({"id": "b", "url": "http://b", "proxy": proxy})
    assert caught.value.errors()[0]["loc"] == ("proxy", "password")
    assert "s3cret" not in str(caught.value)
    Backend.model_validate({"id": "b", "url": "http://b", "proxy": proxy | {"username": "u"}})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT10S", 10.0),
        ("PT0.5S", 0.5),
        ("PT1M30S", 90.0),
        ("PT2H", 7200.0),
        ("P1D", 86400.0),
        ("P1DT1S", 86401.0),
        (5, 5.0),
        (0.25, 0.25),
    ],
)
def test_durations(value: object, seconds: float):
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "10",
        "10s",
        "PT1X",
        "P1Y",
        "P1M",
        "-PT1S",
        "PT0S",
        0,
        -1,
        True,
        None,
        float("nan"),
        1e9,
    ],
)
def test_what_is_no_duration(value: object):
    with pytest.raises(ValueError):
        parse_duration(value)


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("http://127.0.0.1:8080", "http", "127.0.0.1", 8080),
        ("https://[::1]:0", "https", "::1", 0),
        ("http://localhost", "http", "localhost", 80),
        ("https://gateway.test/", "https", "gateway.test", 443),
    ],
)
def test_a_listener_knows_its_address(url: str, scheme: str, host: str, port: int):
    listener = Listener(url=url)
    assert (listener.scheme, listener.host, listener.port) == (scheme, host, port)


def test_an_operation_keeps_its_method_in_upper_case():
    operation = Operation(id="o", method="get", url_template="/")
    assert (operation.method, operation.display_name) == ("GET", "o")


def test_a_configuration_can_be_sent_to_another_process():
    configuration = Configuration(
        "gateway.yaml",
        gateway=Gateway.model_validate({"management": "off", "trustedProxies": ["10.0.0.0/8"]}),
        apis=(Api(id="a", path="", subscription_required=False, policy=PolicySource("<p/>", "f", 1, 1, 0)),),
        positions={(): (1, 1), ("apis",): (2, 1)},
    )
    assert pickle.loads(pickle.dumps(configuration)) == configuration


def test_a_configuration_that_was_not_read_from_a_file_has_no_positions():
    assert Configuration("memory").locate("apis", 0) is None
