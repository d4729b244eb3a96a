"""What may stand in an HTTP message."""

from __future__ import annotations

import pytest

from fastgw.model import Credentials
from fastgw.model.http_text import OWN_HEADERS, has_controls, is_token


@pytest.mark.parametrize("text", ["X-Id", "!#$%&'*+.^_`|~-", "0"])
def test_a_token_is_made_of_the_characters_of_rfc_9110(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize("text", ["", "a b", "a:", "a\n", "\u00e9", "\u0660", "a/b"])
def test_what_is_no_token(text: str) -> None:
    assert not is_token(text)
    with pytest.raises(ValueError, match="token"):
        Credentials.model_validate({"header": {text: "x"}})


def test_only_the_tab_is_a_control_that_a_field_may_hold() -> None:
    allowed = [chr(code) for code in range(0x21) if not has_controls(chr(code))]
    assert allowed == ["\t", " "]
    assert has_controls("\x7f")
    assert not has_controls("\u00e9")


@pytest.mark.parametrize("name", sorted(OWN_HEADERS))
def test_no_backend_may_be_given_a_header_that_the_gateway_writes(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Credentials.model_validate({"header": {name.title(): "x"}})
