"""Settings: precedence, refusals that say where a value came from, the plan of a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from fastgw.errors import ConfigurationError, UsageError
from fastgw.settings import (
    Endpoint,
    ServeSettings,
    available_cores,
    clash,
    default_data_dir,
    parse_endpoint,
    read_settings,
    unknown_variables,
)

SOURCE = {"source": "gateway.yaml"}


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "url"),
    [
        ("http://127.0.0.1:8080", "http", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("https://[::1]:8443/", "https", "::1", 8443, "https://[::1]:8443"),
        ("http://localhost:0", "http", "localhost", 0, "http://localhost:0"),
        ("HTTPS://Gateway.Test", "https", "gateway.test", 443, "https://gateway.test:443"),
        ("http://0.0.0.0", "http", "0.0.0.0", 80, "http://0.0.0.0:80"),
    ],
)
def test_a_listener_url_is_read(text: str, scheme: str, host: str, port: int, url: str) -> None:
    endpoint = parse_endpoint(text, "--listen")
    assert (endpoint.scheme, endpoint.host, endpoint.port, endpoint.url) == (scheme, host, port, url)


@pytest.mark.parametrize(
    "text",
    [
        "8080",
        "127.0.0.1:8080",
        "ftp://127.0.0.1:21",
        "http://",
        "http://:8080",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://user:secret@127.0.0.1:8080",
        "http://127.0.0.1:8080/api",
        "http://127.0.0.1:8080?x",
        "http://[::1:8080",
        "http://[nonsense]:8080",
    ],
)
def test_what_is_no_address_is_refused_with_its_origin(text: str) -> None:
    with pytest.raises(UsageError, match=r"^FASTGW_LISTEN: ") as caught:
        read_settings(SOURCE, {"FASTGW_LISTEN": text})
    assert caught.value.exit_code == 2


def test_flag_rules_over_environment_and_environment_over_file() -> None:
    environ = {"FASTGW_WORKERS": "3", "FASTGW_LISTEN": "http://127.0.0.1:2", "FASTGW_MANAGEMENT": "off"}
    file_values = (["http://127.0.0.1:1"], 9, "https://127.0.0.1:3")
    by_environment = read_settings(SOURCE, environ).plan(*file_values)
    assert by_environment.workers == 3
    assert by_environment.listeners == (Endpoint("http", "127.0.0.1", 2),)
    assert by_environment.management is None
    flags = {
        **SOURCE,
        "workers": "4",
        "listen": ("http://127.0.0.1:5", "https://127.0.0.1:6"),
        "management": "http://127.0.0.1:7",
    }
    by_flag = read_settings(flags, environ).plan(*file_values)
    assert by_flag.workers == 4
    assert [endpoint.port for endpoint in by_flag.listeners] == [5, 6]
    assert by_flag.management == Endpoint("http", "127.0.0.1", 7)
    by_file = read_settings(SOURCE, {}).plan(*file_values)
    assert by_file.workers == 9
    assert by_file.listeners[0].port == 1
    assert by_file.management == Endpoint("https", "127.0.0.1", 3)


def test_defaults_are_those_of_the_contract() -> None:
    settings = read_settings(SOURCE, {"XDG_STATE_HOME": "/state"})
    plan = settings.plan([], None, None)
    assert plan.listeners == (Endpoint("http", "127.0.0.1", 8080),)
    assert plan.management == Endpoint("https", "127.0.0.1", 8081)
    assert plan.workers == available_cores()
    assert settings.drain_timeout == 30.0
    assert settings.log_format == "text"
    assert settings.data_dir == Path("/state/fastgw")


def test_the_environment_names_several_listeners_with_commas() -> None:
    settings = read_settings(SOURCE, {"FASTGW_LISTEN": "http://127.0.0.1:1, https://[::1]:2 ,"})
    assert settings.listen == (Endpoint("http", "127.0.0.1", 1), Endpoint("https", "::1", 2))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FASTGW_WORKERS", "many"),
        ("FASTGW_WORKERS", "0"),
        ("FASTGW_WORKERS", "-1"),
        ("FASTGW_WORKERS", "100000"),
        ("FASTGW_LOG_FORMAT", "xml"),
        ("FASTGW_DRAIN_TIMEOUT", "soon"),
        ("FASTGW_DRAIN_TIMEOUT", "-1"),
        ("FASTGW_DRAIN_TIMEOUT", "nan"),
        ("FASTGW_MANAGEMENT", "nowhere"),
        ("FASTGW_LISTEN", ","),
        ("FASTGW_STORE", "sqlite:///x"),
    ],
)
def test_a_wrong_value_is_a_usage_error_that_names_the_variable_or_the_flag(
    variable: str, value: str
) -> None:
    with pytest.raises(UsageError, match=f"^{variable}: "):
        read_settings(SOURCE, {variable: value})
    name = variable.removeprefix("FASTGW_").lower()
    with pytest.raises(UsageError, match=f"^--{name.replace('_', '-')}: "):
        read_settings({**SOURCE, name: value}, {})


def test_empty_variables_count_as_not_given() -> None:
    empty = dict.fromkeys(("FASTGW_WORKERS", "FASTGW_STORE", "FASTGW_LISTEN", "FASTGW_MANAGEMENT"), "")
    assert read_settings(SOURCE, empty).workers is None


def test_no_source_is_refused_and_the_environment_may_name_it() -> None:
    with pytest.raises(ConfigurationError, match="SOURCE") as caught:
        read_settings({}, {})
    assert caught.value.exit_code == 1
    assert read_settings({}, {"FASTGW_SOURCE": "a"}).source == Path("a")
    assert read_settings({"source": "b"}, {"FASTGW_SOURCE": "a"}).source == Path("b")


def test_the_same_address_twice_is_refused_but_not_two_free_ports() -> None:
    settings = ServeSettings(source=Path("x"), data_dir=Path("y"))
    with pytest.raises(UsageError, match="twice"):
        settings.plan(["http://localhost:1", "https://LOCALHOST:1"], 1, "off")
    assert len(settings.plan(["http://localhost:0", "http://localhost:0"], 1, "off").listeners) == 2


def test_a_relative_state_home_is_ignored() -> None:
    environ = {"XDG_STATE_HOME": "relative", "HOME": "/home/someone"}
    assert default_data_dir(environ) == Path("/home/someone/.local/state/fastgw")


def test_a_plan_says_what_another_one_has_otherwise() -> None:
    settings = ServeSettings(source=Path("x"), data_dir=Path("y"))
    plan = settings.plan(["http://a:1"], 1, None)
    assert plan.differences(settings.plan(["http://a:1"], 1, None)) == []
    assert plan.differences(settings.plan(["http://a:2"], 2, "off")) == ["listeners", "workers", "management"]


@pytest.mark.parametrize(
    "text", ["http://user:s3cret@h:1", "user:s3cret@h", "http://h/s3cret@", "http://x:s3cret@[::1"]
)
def test_a_url_that_may_hold_a_password_is_not_repeated(text: str) -> None:
    for refuse in (
        lambda: parse_endpoint(text, "--management"),
        lambda: read_settings(SOURCE, {"FASTGW_LISTEN": text.replace("s3cret", "s3cret,x")}),
    ):
        with pytest.raises(UsageError) as caught:
            refuse()
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["http://a b:1", "http://h:", "http://a%20b", "http://" + "a" * 254, "http://é"]
)
def test_a_flag_refuses_what_the_file_refuses(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--listen: "):
        read_settings({**SOURCE, "listen": (text,)}, {})


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        ("http://127.0.0.1", "https://127.0.0.1:80", True),
        ("http://127.0.0.1:0", "http://127.0.0.1:0", False),
        ("http://0.0.0.0:1", "http://127.0.0.1:1", True),
        ("http://0.0.0.0:1", "http://gateway.test:1", True),
        ("http://0.0.0.0:1", "http://[::]:1", False),
        ("http://0.0.0.0:1", "http://[::1]:1", False),
        ("http://[::]:1", "http://[::1]:1", True),
        ("http://[0:0::1]:1", "http://[::1]:1", True),
        ("http://localhost:1", "http://127.0.0.1:1", True),
        ("http://localhost:1", "http://[::1]:1", True),
        ("http://[::]:1", "http://localhost:1", True),
        ("http://127.0.0.1:1", "http://127.0.0.2:1", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", False),
    ],
)
def test_addresses_that_cannot_be_bound_together_clash(one: str, other: str, clashes: bool) -> None:
    first, second = parse_endpoint(one, "x"), parse_endpoint(other, "x")
    assert clash(first, second) is clash(second, first) is clashes


def test_flags_that_clash_are_refused_with_both_addresses() -> None:
    flags = {"listen": ("http://127.0.0.1:1",), "management": "http://localhost:1"}
    settings = read_settings({**SOURCE, **flags}, {})
    with pytest.raises(UsageError, match=r"^management http://localhost:1 and the listener "):
        settings.plan([], 1, None)


def test_a_home_that_is_not_known_is_a_usage_error_or_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"^--data-dir: "):
        read_settings({**SOURCE, "data_dir": "~no-such-user-at-all/x"}, {})

    def unknown(_: int) -> NoReturn:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert default_data_dir({}) is None
    assert default_data_dir({"HOME": "relative"}) is None


def test_a_variable_that_nobody_reads_is_named_with_the_nearest_one() -> None:
    environ = dict.fromkeys(("FASTGW_WORKER", "FASTGW_WORKERS", "FASTGW_DEMO_X", "FASTGW_KEY", "PATH"), "")
    (said,) = unknown_variables(environ, {"FASTGW_KEY"})
    assert said == (
        "the environment variable FASTGW_WORKER is not known and not used; did you mean FASTGW_WORKERS?"
    )
