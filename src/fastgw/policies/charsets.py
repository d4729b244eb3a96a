"""The charsets that bodies may be in: names that messages give, and Python's codecs for them.

Peers choose the names. Only tables are asked here: Python's own search would keep every name for ever, and it
finds codecs that are no charsets, such as rot13, idna and unicode_escape.
"""

from __future__ import annotations

from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Final

# Codecs of charsets that IANA or the WHATWG know; without UTF-7, whose texts are easily taken for others.
_CHARSETS: Final = frozenset(
    [
        "ascii",
        "utf_8",
        "utf_16",
        "utf_16_be",
        "utf_16_le",
        "utf_32",
        "utf_32_be",
        "utf_32_le",
        "latin_1",
        "iso8859_2",
        "iso8859_3",
        "iso8859_4",
        "iso8859_5",
        "iso8859_6",
        "iso8859_7",
        "iso8859_8",
        "iso8859_9",
        "iso8859_10",
        "iso8859_11",
        "iso8859_13",
        "iso8859_14",
        "iso8859_15",
        "iso8859_16",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp874",
        "cp437",
        "cp775",
        "cp850",
        "cp852",
        "cp855",
        "cp857",
        "cp858",
        "cp860",
        "cp861",
        "cp862",
        "cp863",
        "cp864",
        "cp865",
        "cp866",
        "cp869",
        "cp1125",
        "cp037",
        "cp273",
        "cp424",
        "cp500",
        "cp1026",
        "cp1140",
        "koi8_r",
        "koi8_u",
        "kz1048",
        "ptcp154",
        "tis_620",
        "hp_roman8",
        "mac_cyrillic",
        "mac_greek",
        "mac_iceland",
        "mac_latin2",
        "mac_roman",
        "mac_turkish",
        "big5",
        "big5hkscs",
        "cp950",
        "gb2312",
        "gbk",
        "gb18030",
        "hz",
        "cp932",
        "shift_jis",
        "shift_jis_2004",
        "shift_jisx0213",
        "euc_jp",
        "euc_jis_2004",
        "euc_jisx0213",
        "euc_kr",
        "cp949",
        "johab",
        "iso2022_jp",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_2004",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "iso2022_kr",
    ]
)


def codec_of(charset: str) -> str | None:
    """Python's codec of a charset, None for a name that is none."""
    name = normalize_encoding(charset.lower())
    codec = aliases.get(name, name)
    return codec if codec in _CHARSETS else None
