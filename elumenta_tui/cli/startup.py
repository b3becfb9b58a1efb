"""What every way to chat starts with: the settings, the language, and the account that is asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from elumenta_tui import i18n
from elumenta_tui.config.options import Given, Source, unknown_keys
from elumenta_tui.config.owners import check_ownership
from elumenta_tui.config.paths import config_dir, state_dir
from elumenta_tui.config.settings import (
    CONFIG_FILE,
    STATE_FILE,
    Settings,
    SettingsProblem,
    StateFile,
    lenient,
    read,
)
from elumenta_tui.i18n import say, spoken
from elumenta_tui.lean import Frozen
from elumenta_tui.process.files import sweep
from elumenta_tui.text.key import tidy_key
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.config.keychain import Keychain
    from elumenta_tui.session.backend import Account


class NotConfigured(Exception):
    """The configuration file cannot be used. The text is for the user."""


class Configuration(Frozen):
    """The settings as the file has them, and what was chosen in the app."""

    path: Path
    """Of the file, which need not exist."""
    settings: Settings
    state_file: StateFile
    problems: tuple[SettingsProblem, ...] = ()
    """Wrong values of the file, which are passed over."""


def use_chosen_language(environ: Mapping[str, str]) -> None:
    """Speak the language that was chosen in the app, as far as the settings can be read."""
    try:
        configured = read(config_dir(environ) / CONFIG_FILE).settings.language
    except SettingsProblem:
        configured = Settings().language
    _use(StateFile(state_dir(environ) / STATE_FILE).recall("language", configured))


def _use(chosen: str) -> None:
    if chosen in i18n.LANGUAGES:
        i18n.use(chosen)


def configure(named: Path | None, environ: Mapping[str, str]) -> Configuration:
    """Read the settings and speak their language. `named` is the file that the command line names. Raises NotConfigured."""
    path = named or config_dir(environ) / CONFIG_FILE
    if named and not path.exists():
        raise NotConfigured(say("settings.missing", path=path))
    try:
        check_ownership(path)
        found = lenient(path)
        sweep(config_dir(environ))
    except SettingsProblem as problem:
        use_chosen_language(environ)
        raise NotConfigured(spoken(problem.phrase)) from None
    state_file = StateFile(state_dir(environ) / STATE_FILE)
    _use(state_file.recall("language", found.settings.language))
    return Configuration(path, found.settings, state_file, found.problems)


class Access(Frozen):
    """Who is asked, and with which key."""

    account: Account | None
    """None if there is no key."""
    keychain: Keychain
    settings: Settings
    """With the address that is asked."""
    warnings: list[str]
    """What the user should know of the configuration file."""
    given: Mapping[str, Given] = MappingProxyType({})
    """Flags and variables that give a value in place of the file, by option."""


def find_access(
    configuration: Configuration, environ: Mapping[str, str], *, demo: bool, base_url: str | None
) -> Access:
    """Find the account, without asking for its key yet: that may take long. `base_url` is what the command line says."""
    from elumenta_tui.config.keychain import Keychain
    from elumenta_tui.session.backend import demo_account, real_account

    path, configured = configuration.path, configuration.settings
    settings = configured.but(base_url=base_url or environ.get("ELUMENTA_BASE_URL") or configured.base_url)
    warnings = [spoken(problem.passed_over) for problem in configuration.problems]
    for key, like in unknown_keys(path).items():
        name = "notice.unknown_option_like" if like else "notice.unknown_option"
        warnings.append(say(name, path=path.name, key=clean_line(key, 60), like=like))
    given = given_instead(environ, base_url)
    keychain = Keychain(settings, path, environ.get("ELUMENTA_API_KEY", ""))
    if environ is os.environ:
        # Whatever we start (a clipboard tool, a browser, an editor) inherits the environment.
        os.environ.pop("ELUMENTA_API_KEY", None)
    account = None
    if demo:
        account = demo_account(language=i18n.language)
    elif keychain.may_find:
        account = real_account(keychain.find, settings.base_url, idle_timeout=settings.idle_timeout)
    return Access(account, keychain, settings, warnings, given)


def given_instead(environ: Mapping[str, str], base_url: str | None = None) -> dict[str, Given]:
    """Return the flags and variables that give a value in place of the file, by option."""
    given = {}
    if base_url or environ.get("ELUMENTA_BASE_URL"):
        flag, variable = Given(Source.FLAG, "--base-url"), Given(Source.ENVIRONMENT, "ELUMENTA_BASE_URL")
        given["base_url"] = flag if base_url else variable
    if tidy_key(environ.get("ELUMENTA_API_KEY", "")):
        given["api_key"] = Given(Source.ENVIRONMENT, "ELUMENTA_API_KEY")
    return given
