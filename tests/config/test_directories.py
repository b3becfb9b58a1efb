"""The directories of the program are those that platformdirs names."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from elumenta_tui.config.paths import config_dir, data_dir, state_dir

ENVIRONMENTS = {
    "the home directory alone": {},
    "directories of one's own": {"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s/", "XDG_DATA_HOME": "/d"},
    "empty names": {"XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "", "XDG_DATA_HOME": ""},
    "names that are no places": {"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "~/s", "XDG_DATA_HOME": " /d"},
    "a home that is no place": {"HOME": "here"},
    "no home": {"HOME": ""},
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_they_are_those_of_the_platform(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENTS[environment].items():
        monkeypatch.setenv(name, value)
    assert config_dir({}) == platformdirs.user_config_path("elumenta-tui", appauthor=False)
    assert state_dir({}) == platformdirs.user_state_path("elumenta-tui", appauthor=False)
    assert data_dir({}) == platformdirs.user_data_path("elumenta-tui", appauthor=False)


def test_one_variable_puts_all_of_them_under_one_directory() -> None:
    environ = {"ELUMENTA_HOME": "/one"}
    assert [config_dir(environ), state_dir(environ), data_dir(environ)] == [
        Path("/one/config"), Path("/one/state"), Path("/one/data"),
    ]  # fmt: skip
