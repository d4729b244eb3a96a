"""The example is one folder, reached from the repository and from an installed package alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastgw.config import load
from fastgw.demo.certificates import make_certificates
from fastgw.demo.run import QUICKSTART
from fastgw.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[2] / "examples" / "quickstart"


def test_the_example_of_the_repository_is_the_one_that_is_shipped() -> None:
    assert EXAMPLE.resolve() == QUICKSTART.resolve()


def test_the_example_loads_without_a_finding(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    environ = {
        "FASTGW_DEMO_CERTS": str(tmp_path),
        "FASTGW_DEMO_PFX_PASSWORD": made.pfx_password,
        "FASTGW_DEMO_BACKEND": "https://127.0.0.1:9443",
    }
    configuration, found = load(EXAMPLE, environ)
    assert list(found) == []
    assert [operation.id for operation in configuration.apis[0].operations] == [
        "get-echo",
        "get-item",
        "create-order",
        "about",
        "status",
    ]


def test_without_its_variables_the_example_says_which_are_missing() -> None:
    with pytest.raises(ConfigurationError, match="FASTGW_DEMO_BACKEND"):
        load(EXAMPLE, {})
