"""A policy fragment, which policies include by its id.

Must never read the fragment; that is the compiler's work.
"""

from __future__ import annotations

from pydantic import Field

from fastgw.model.policy import Policy
from fastgw.model.record import Record
from fastgw.model.types import FragmentId


class PolicyFragment(Record):
    """A policy fragment (spec/management-api.md section 14.7)."""

    id: FragmentId
    """The fragment-id of <include-fragment>."""

    value: Policy
    """The document itself, with the root element <fragment>."""

    description: str | None = Field(default=None, max_length=1000)
    """For people."""

    file: str | None = Field(default=None, min_length=1)
    """A file that holds the document, relative to this file."""
