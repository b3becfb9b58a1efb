"""Checks of the doctor that are about the account: the key, the way to the service, its clock, the balance."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any

from elumenta_tui.cli.findings import Censor, Finding, Mark, Subject
from elumenta_tui.cli.startup import Access, NotConfigured, configure, find_access
from elumenta_tui.config.keychain import NoKey, key_phrase
from elumenta_tui.i18n import say, spoken, word_for
from elumenta_tui.i18n.failures import failure_words, quoted, sentence, what_failed
from elumenta_tui.i18n.times import day
from elumenta_tui.text.key import MASK, key_problem

if TYPE_CHECKING:
    import httpx

    from elumenta_tui.api.errors import ApiError
    from elumenta_tui.chat.ledger import Balance

_KEY_SECONDS = 10.0
"""Seconds for a key: a command or a keyring may ask the user."""

_NETWORK_SECONDS = 10.0
"""Seconds for each request."""

_CLOCK_NOTE, _CLOCK_PROBLEM = 30.0, 300.0
"""Seconds by which the clocks may differ before it is noted, and before certificates become unreliable."""


def account(subject: Subject, environ: Mapping[str, str], censor: Censor) -> list[Finding]:
    """Check the account, over the network unless that is off."""
    if subject.demo:
        return [Finding("key", "ok", say("doctor.demo"))]
    try:
        access = subject.access or find_access(
            configure(subject.config, environ), environ, demo=False, base_url=subject.base_url
        )
    except NotConfigured:
        # Which address the key is for is not known.
        return [Finding("key", "note", say("doctor.no_account_checks"), say("doctor.mend_config"))]
    # Where click is installed, httpx loads its own command line, and with it Rich and Pygments.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: Python takes it for missing
    return asyncio.run(_all(access, censor, is_offline=subject.offline, is_known=subject.access is not None))


async def _all(access: Access, censor: Censor, *, is_offline: bool, is_known: bool) -> list[Finding]:
    from elumenta_tui.terminal.daemon_executor import DaemonExecutor

    # A name lookup that hangs must not keep the process alive.
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    found = [await _key(access, censor, is_known=is_known)]
    if is_offline:
        return [*found, Finding("network", "note", say("doctor.offline"))]
    try:
        found += [each async for each in _way(access)]
    # Whatever a strange proxy or a strange server brings about is a finding.
    except Exception as error:
        found.append(
            Finding("network", "problem", say("doctor.failed", check="network", kind=type(error).__name__))
        )
    if censor.key and not any(each.mark == "problem" for each in found[1:]):
        found += await _balance(access, censor.key)
    return found


async def _key(access: Access, censor: Censor, *, is_known: bool) -> Finding:
    """Find the key. `is_known`: a running chat has searched it; a command that prints it may ask the user, and is not run again."""
    keychain = access.keychain
    try:
        async with asyncio.timeout(_KEY_SECONDS):
            if not is_known:
                await keychain.find()
            elif not keychain.key:
                raise NoKey(is_anywhere=keychain.complaint is not None)
            censor.key = keychain.key
    except TimeoutError:
        return Finding("key", "problem", say("doctor.key_slow", n=int(_KEY_SECONDS)))
    except NoKey:
        if keychain.complaint is not None:
            text = spoken(keychain.complaint)
            if keychain.overriding_variable:
                text += f" {say('doctor.key_from', where=keychain.overriding_variable)}"
            return Finding("key", "problem", text, say("doctor.enter_key"))
        return Finding("key", "problem", say("doctor.no_key"), say("doctor.enter_key"))
    source = keychain.overriding_variable or ("api_key" if access.settings.api_key else "keyring")
    where = say("doctor.keyring") if source == "keyring" else source
    problem = key_problem(censor.key)
    if problem is not None:
        return Finding(
            "key", "note", f"{say('doctor.key', mask=MASK, where=where)} {spoken(key_phrase(problem))}"
        )
    return Finding("key", "ok", say("doctor.key", mask=MASK, where=where))


# ---------------------------------------------------------------------------------------------------------- the way there


async def _way(access: Access) -> AsyncIterator[Finding]:
    """Check address, certificates, proxy, connection and clock, without sending the key."""
    import httpx

    from elumenta_tui.api.address import checked_url
    from elumenta_tui.api.environment import proxy_for, trust
    from elumenta_tui.api.errors import ApiError

    try:
        url = checked_url(access.settings.base_url)
        context = trust()
        proxy = proxy_for(url, context) if url.scheme == "https" else None
    except ApiError as error:
        yield Finding("address", "problem", _words(error))
        return
    if proxy is not None:
        # Its user and password are not told.
        yield Finding(
            "proxy", "ok", say("doctor.proxy", host=f"{proxy.url.host}:{proxy.url.port or ''}".rstrip(":"))
        )
    else:
        yield Finding("proxy", "ok", say("doctor.no_proxy"))
    try:
        async with asyncio.timeout(_NETWORK_SECONDS):
            async with (
                httpx.AsyncClient(
                    verify=context,
                    proxy=proxy,
                    trust_env=False,
                    timeout=_NETWORK_SECONDS,
                    follow_redirects=False,
                ) as client,
                client.stream("GET", url) as response,
            ):
                for finding in _of_response(response, url):
                    yield finding
    except TimeoutError:
        yield Finding(
            "network",
            "problem",
            say("doctor.slow", host=url.host, n=int(_NETWORK_SECONDS)),
            say("doctor.try_network"),
        )
    except (httpx.HTTPError, OSError) as error:
        from elumenta_tui.api.body import typed_error

        failure = typed_error(error).failure()
        if failure.kind == "no_connection":
            # The advice of the failure is left to the finding, which names the settings.
            text = " ".join(filter(None, (sentence(what_failed(failure)), quoted(failure))))
            yield Finding("network", "problem", text, say("doctor.try_network"))
        else:
            yield Finding("network", "problem", failure_words(failure, place="shell"))


def _of_response(response: httpx.Response, url: httpx.URL) -> Iterator[Finding]:
    from elumenta_tui.api.errors import http_date

    yield Finding("network", "ok", say("doctor.reached", host=url.host))
    stream: Any = response.extensions.get("network_stream")
    secure = stream.get_extra_info("ssl_object") if stream is not None else None
    if secure is not None:
        issuer = dict(pair for group in secure.getpeercert().get("issuer", ()) for pair in group)
        name = issuer.get("organizationName") or issuer.get("commonName") or "?"
        yield Finding("tls", "ok", say("doctor.tls", version=secure.version() or "?", issuer=name))
    said = http_date(response.headers.get("Date", ""))
    if said is None:
        return
    ahead = round(time() - said)
    if abs(ahead) < _CLOCK_NOTE:
        yield Finding("clock", "ok", say("doctor.clock"))
    else:
        mark: Mark = "problem" if abs(ahead) >= _CLOCK_PROBLEM else "note"
        key = "doctor.clock_ahead" if ahead > 0 else "doctor.clock_behind"
        yield Finding("clock", mark, say(key, n=abs(ahead)), say("doctor.set_clock"))


# ---------------------------------------------------------------------------------------------------------------- money


async def _balance(access: Access, key: str) -> list[Finding]:
    """Read the balance, which tells whether the key is accepted, and is free."""
    from elumenta_tui.api.errors import ApiError
    from elumenta_tui.session.backend import real_account

    try:
        async with asyncio.timeout(_NETWORK_SECONDS):
            async with await real_account(key, access.settings.base_url).connect() as client:
                balance = await client.balance()
                limits = client.limits
    except TimeoutError:
        return [
            Finding(
                "account",
                "problem",
                say("doctor.slow", host=access.settings.base_url, n=int(_NETWORK_SECONDS)),
            )
        ]
    except ApiError as error:
        return [Finding("account", "problem", _words(error))]
    found = [Finding("account", "ok", say("doctor.accepted"))]
    if balance.plan:
        found.append(_plan(balance))
    if balance.tokens is None:
        found.append(Finding("balance", "note", say("doctor.balance_unknown")))
    elif balance.tokens <= 0:
        found.append(
            Finding(
                "balance",
                "problem",
                say("doctor.balance", tokens=say("bar.tokens", n=balance.tokens)),
                say("doctor.top_up"),
            )
        )
    else:
        found.append(
            Finding("balance", "ok", say("doctor.balance", tokens=say("bar.tokens", n=balance.tokens)))
        )
    if limits is not None and limits.are_used_up(time()):
        found.append(Finding("limits", "problem", say("doctor.limits_used_up"), say("doctor.wait")))
    return found


def _plan(balance: Balance) -> Finding:
    """Name the plan, and whether it is over."""
    from datetime import datetime

    plan = word_for(f"plan.{balance.plan}", balance.plan)
    with suppress(ValueError, OverflowError):
        end = datetime.fromisoformat(balance.plan_expires_at).timestamp()
        if end < time():
            text = say("doctor.plan_expired", plan=plan, date=day(end, time()))
            return Finding("plan", "problem", text, say("doctor.renew"))
    return Finding("plan", "ok", say("doctor.plan", plan=plan))


def _words(error: ApiError) -> str:
    return failure_words(error.failure(), place="shell")
