"""What every test of a command may have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import ThreadedService, service_thread


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
