"""The types of System.Xml.Linq that expressions can name. Their members stand in the `*_members.py` files."""

from __future__ import annotations

from fastgw.expr.library.declare import define, define_enum
from fastgw.expr.library.xml.containers import XContainer, XDocument, XElement
from fastgw.expr.library.xml.names import XName, XNamespace
from fastgw.expr.library.xml.nodes import (
    XAttribute,
    XCData,
    XComment,
    XDeclaration,
    XDocumentType,
    XNode,
    XObject,
    XProcessingInstruction,
    XText,
)

_LINQ = "System.Xml.Linq"

NODE_TYPE = define_enum(
    "System.Xml.XmlNodeType",
    {
        "None": 0,
        "Element": 1,
        "Attribute": 2,
        "Text": 3,
        "CDATA": 4,
        "EntityReference": 5,
        "Entity": 6,
        "ProcessingInstruction": 7,
        "Comment": 8,
        "Document": 9,
        "DocumentType": 10,
        "DocumentFragment": 11,
        "Notation": 12,
        "Whitespace": 13,
        "SignificantWhitespace": 14,
        "EndElement": 15,
        "EndEntity": 16,
        "XmlDeclaration": 17,
    },
)
SAVE_OPTIONS = define_enum(
    f"{_LINQ}.SaveOptions", {"None": 0, "DisableFormatting": 1, "OmitDuplicateNamespaces": 2}, flags=True
)
LOAD_OPTIONS = define_enum(
    f"{_LINQ}.LoadOptions",
    {"None": 0, "PreserveWhitespace": 1, "SetBaseUri": 2, "SetLineInfo": 4},
    flags=True,
)

NAME = define(f"{_LINQ}.XName", "class", interfaces=("IEquatable<XName>",), python=(XName,))
NAMESPACE = define(f"{_LINQ}.XNamespace", "class", python=(XNamespace,))
DECLARATION = define(f"{_LINQ}.XDeclaration", "class", python=(XDeclaration,))
OBJECT = define(f"{_LINQ}.XObject", "class", python=(XObject,))
NODE = define(f"{_LINQ}.XNode", "class", base=f"{_LINQ}.XObject", python=(XNode,))
CONTAINER = define(f"{_LINQ}.XContainer", "class", base=f"{_LINQ}.XNode", python=(XContainer,))
ELEMENT = define(f"{_LINQ}.XElement", "class", base=f"{_LINQ}.XContainer", python=(XElement,))
DOCUMENT = define(f"{_LINQ}.XDocument", "class", base=f"{_LINQ}.XContainer", python=(XDocument,))
ATTRIBUTE = define(f"{_LINQ}.XAttribute", "class", base=f"{_LINQ}.XObject", python=(XAttribute,))
TEXT = define(f"{_LINQ}.XText", "class", base=f"{_LINQ}.XNode", python=(XText,))
CDATA = define(f"{_LINQ}.XCData", "class", base=f"{_LINQ}.XText", python=(XCData,))
COMMENT = define(f"{_LINQ}.XComment", "class", base=f"{_LINQ}.XNode", python=(XComment,))
PROCESSING_INSTRUCTION = define(
    f"{_LINQ}.XProcessingInstruction", "class", base=f"{_LINQ}.XNode", python=(XProcessingInstruction,)
)
DOCUMENT_TYPE = define(f"{_LINQ}.XDocumentType", "class", base=f"{_LINQ}.XNode", python=(XDocumentType,))
EQUALITY_COMPARER = define(
    f"{_LINQ}.XNodeEqualityComparer",
    "class",
    interfaces=(f"System.Collections.Generic.IEqualityComparer<{_LINQ}.XNode>",),
)
EXTENSIONS = define(f"{_LINQ}.Extensions", "static")
XPATH = define("System.Xml.XPath.Extensions", "static")
