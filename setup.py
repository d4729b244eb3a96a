"""The extension modules and two switches for people who profile them.

FASTGW_CYTHON_TRACE=1 builds with line tracing (coverage), FASTGW_CYTHON_ANNOTATE=1
writes the annotated HTML beside each module.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
TRACE = os.environ.get("FASTGW_CYTHON_TRACE") == "1"
ANNOTATE = os.environ.get("FASTGW_CYTHON_ANNOTATE") == "1"

sources = sorted((ROOT / "src" / "fastgw").rglob("*.pyx"))
extensions = [
    Extension(
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts),
        [str(path.relative_to(ROOT))],
        extra_compile_args=["-O2", "-g0" if not TRACE else "-g"],
        define_macros=[("CYTHON_TRACE_NOGIL", "1")] if TRACE else [],
    )
    for path in sources
]

setup(
    ext_modules=cythonize(
        extensions,
        annotate=ANNOTATE,
        include_path=["src"],
        compiler_directives={
            "language_level": "3",
            "cdivision": True,
            "embedsignature": True,
            "linetrace": TRACE,
        },
    )
)
