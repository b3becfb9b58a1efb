"""Who can change the configuration file. It names a command that is run and the address that gets the API key."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from elumenta_tui.config.settings import SettingsProblem


def refuse_strangers(path: Path) -> None:
    """Raise SettingsProblem if another user can change the file, as ssh does for its own.

    That is one who owns it, or can write it or its directory; of a link, also at the other end. A missing file is fine, unless
    somebody else can put one there. Root may do all of this, and so may a group of nobody else.
    """
    if os.name != "posix":
        return
    places = dict.fromkeys((path.absolute(), path.resolve()))
    for place in dict.fromkeys([*places, *(place.parent for place in places)]):
        try:
            found = place.stat()
        except OSError:
            # Missing, or out of reach: reading it says so.
            continue
        _refuse(place, found)


def _refuse(place: Path, found: os.stat_result) -> None:
    name = shlex.quote(str(place))
    if found.st_uid not in (0, os.geteuid()):
        raise SettingsProblem(
            "others_own", place, owner=str(found.st_uid), command=f"sudo chown {os.geteuid()} {name}"
        )
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
        # As /tmp: everybody may make files, and change only their own.
        return
    open_to = found.st_mode & stat.S_IWOTH
    if found.st_mode & stat.S_IWGRP and not _is_private(found.st_gid):
        open_to |= stat.S_IWGRP
    if open_to:
        raise SettingsProblem(
            "others_write", place, mode=f"{stat.S_IMODE(found.st_mode):04o}", command=f"chmod go-w {name}"
        )


def _is_private(group: int) -> bool:
    """Whether this user is the only one in the group, as on systems where every user has one and the umask is 002."""
    import grp
    import pwd

    try:
        user, members = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and members.gr_name == user.pw_name and set(members.gr_mem) <= {user.pw_name}
