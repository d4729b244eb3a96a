"""What the tests of the load tests share: the repository on the module path, and the programs they need.

A missing program is a failure with a sentence that helps, never a skip: continuous integration must notice.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Folder from which `python -m loadtests...` works."""
    return REPOSITORY


@pytest.fixture(scope="session")
def programs() -> None:
    """nginx, wrk and taskset are here."""
    places = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    packages = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}
    missing = [name for name in packages if not (shutil.which(name) or shutil.which(name, path=places))]
    if missing:
        words = " ".join(packages[name] for name in missing)
        pytest.fail(f"the load tests need {', '.join(missing)}: apt-get install {words}")
