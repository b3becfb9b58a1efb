"""Check who can change the configuration file. The file names a command to run and the address that gets the API key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from elumenta_tui.config.settings import SettingsProblem


def check_ownership(path: Path) -> None:
    """Raise SettingsProblem if another user can change the file, as ssh does for its own.

    Another user can if they own the file, or can write it or its directory; for a link, also at its target. A missing file
    is fine, unless another user can create it. Root is trusted, and so is a group that nobody else is in.
    """
    if os.name != "posix":
        return
    places = dict.fromkeys((path.absolute(), path.resolve()))
    for place in dict.fromkeys([*places, *(place.parent for place in places)]):
        try:
            found = place.stat()
        except OSError:
            # Missing, or inaccessible: reading the file reports that.
            continue
        _refuse(place, found)


def _refuse(place: Path, found: os.stat_result) -> None:
    import shlex

    name = shlex.quote(str(place))
    if found.st_uid not in (0, os.geteuid()):
        raise SettingsProblem(
            "others_own", place, owner=str(found.st_uid), command=f"sudo chown {os.geteuid()} {name}"
        )
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
        # A sticky directory like /tmp: all users may create files there, and change only their own.
        return
    open_to = found.st_mode & stat.S_IWOTH
    if found.st_mode & stat.S_IWGRP and not _is_private(found.st_gid):
        open_to |= stat.S_IWGRP
    if open_to:
        raise SettingsProblem(
            "others_write", place, mode=f"{stat.S_IMODE(found.st_mode):04o}", command=f"chmod go-w {name}"
        )


def _is_private(group: int) -> bool:
    """Return whether this user is the only one in the group, as on systems with a group per user and the umask 002."""
    import grp
    import pwd

    try:
        user, members = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and members.gr_name == user.pw_name and set(members.gr_mem) <= {user.pw_name}
