"""System.Xml.Linq, XPath and XmlDocument as expressions see them.

Importing the package declares their types and members.
"""

from fastgw.expr.library.xml import (
    container_members,
    definitions,
    document_members,
    extension_members,
    object_members,
    xpath_members,
)

__all__ = [
    "container_members",
    "definitions",
    "document_members",
    "extension_members",
    "object_members",
    "xpath_members",
]
