"""The slash words that steer a conversation without a screen: versions, branches, comparisons, side questions and temporary chats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.cli import plain_words
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_attaching import check_sight
from elumenta_tui.cli.plain_files import write_new
from elumenta_tui.cli.plain_models import find_typed, names_and_prompt, the_one
from elumenta_tui.cli.plain_talk import Talk, ask_refused
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import begin_of
from elumenta_tui.cli.prompt import checked
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import title_of_copy
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.session import Refusal, Session

if TYPE_CHECKING:
    from elumenta_tui.chat.models import Model
    from elumenta_tui.chat.turn import Answer


class Steering:
    """Changes what the next prompt follows, and asks beside the conversation. `data`: the directory of the conversations."""

    def __init__(self, talk: Talk, session: Session, voice: Voice, data: Path) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self._data = data
        self._answers: Sequence[Answer] = ()
        """The answers by the numbers of the tree that was read out last."""
        self._compared: Sequence[Answer] = ()
        """The answers of the last comparison, in the order in which they were read out."""
        self.handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "edit": self._edit,
            "regenerate": self._regenerate,
            "tree": self._tree,
            "branch": self._branch,
            "fork": self._fork,
            "version": self._version,
            "compare": self._compare,
            "pick": self._pick,
            "btw": partial(self._ask_aside, is_current=False),
            "btw_current": partial(self._ask_aside, is_current=True),
            "save": self._save,
            "temp": self._begin_temporary,
            "keep": self._keep,
            "forget": self._forget,
            "tag": self._tag,
            "pin": self._pin,
        }

    @property
    def _last(self) -> Answer:
        """The last answer of the path. Raises NotAsked if there is none."""
        self._need_turns()
        return self._session.conversation.shown[-1]

    def _need_turns(self) -> None:
        if not self._session.conversation.turns:
            raise NotAsked(say("notice.no_turns"))

    # ---------------------------------------------------------------------------------------------- versions and branches

    async def _edit(self, argument: str) -> None:
        """Send another text in place of the last prompt, or of the one with a number of the tree."""
        word, _, rest = argument.partition(" ")
        answer, text = self._last, argument
        if word.startswith("#"):
            answer, text = self._numbered(word[1:]), rest.strip()
        if not text:
            raise NotAsked(say("plain.edit_how"))
        check_sight(self._session, self._session.model, attachments=answer.turn.attachments)
        await self._talk.ask(partial(self._session.branches.edit, answer.turn, checked(text)))

    async def _regenerate(self, argument: str) -> None:
        """Ask for another version of the last answer: by another model, or with a remark, or both."""
        answer, word = self._last, argument.partition(" ")[0]
        found = find_typed(self._session, word) if word and not word.isdecimal() else []
        model = found[0] if len(found) == 1 else None
        remark = argument[len(word) :].strip() if model is not None else argument
        check_sight(self._session, model or answer.model, attachments=answer.turn.attachments)
        again = partial(self._session.branches.regenerate, answer, model=model, remark=remark)
        await self._talk.ask(again)

    async def _tree(self, argument: str) -> None:
        """Read the outline of the conversation out."""
        from elumenta_tui.chat.outline import outline

        self._need_turns()
        path = {*self._session.conversation.shown}
        nodes = outline(self._session.conversation)
        self._answers = [node.answer for node in nodes]
        for number, node in enumerate(nodes, 1):
            answer, answers = node.answer, node.answer.turn.answers
            parts = [
                say("plain.branch", n=len(node.guides) + 1) if node.is_branch else "",
                say("context.role.summary") if answer.turn.is_summary else begin_of(answer.prompt),
                plain_words.name_of(answer).rstrip(":"),
                say("plain.version", n=answers.index(answer) + 1, of=len(answers))
                if len(answers) > 1
                else "",
                say("plain.on_path") if answer in path else "",
            ]
            self._voice.tell(f"{number}. {', '.join(filter(None, parts))}\n")
        self._voice.note(say("plain.tree_how"))

    def _numbered(self, typed: str) -> Answer:
        known = {*self._session.conversation.all_answers()}
        if typed.isdecimal() and 0 < int(typed) <= len(self._answers):
            answer = self._answers[int(typed) - 1]
            if answer in known:
                return answer
        raise NotAsked(say("plain.branch_how"))

    async def _branch(self, argument: str) -> None:
        """Let the next prompt follow an answer of the tree. What follows it now stays, as another branch."""
        answer = self._numbered(argument.removeprefix("#"))
        self._session.branches.end_at(answer)
        self._voice.note(say("plain.follows", prompt=begin_of(answer.prompt)))

    async def _fork(self, argument: str) -> None:
        """Copy the conversation into a new one: all of it, its last turns, or up to an answer of the tree."""
        conversation = self._session.conversation
        self._need_turns()
        answers = conversation.shown
        if argument.startswith("#"):
            answers = conversation.path_to(self._numbered(argument[1:]))
        elif argument and (not argument.isdecimal() or not int(argument[:6])):
            raise NotAsked(say("plain.fork_how"))
        most = int(argument[:6]) if argument.isdecimal() else None
        refused = self._session.branches.copy_path(answers, most, title_of_copy=title_of_copy)
        if refused is not None and not refused.turn.is_summary:
            await ask_refused(self._talk, self._session, refused)

    async def _version(self, argument: str) -> None:
        """Lead the path through another version of the last answer, or of its prompt if it has only one; read it out."""
        last, branches = self._last, self._session.branches
        ways = list(last.turn.answers)
        if len(ways) < 2:
            ways = [turn.shown for turn in self._session.conversation.versions(last.turn)]
        if len(ways) < 2:
            raise NotAsked(say("notice.one_version"))
        at = next((place for place, each in enumerate(ways) if each is last), 0)
        if argument.isdecimal():
            place = int(argument[:9]) - 1
        elif argument in ("", "+", "-"):
            place = (at + (-1 if argument == "-" else 1)) % len(ways)
        else:
            place = -1
        if not 0 <= place < len(ways):
            raise NotAsked(say("notice.no_version", n=len(ways)))
        branches.lead_to(ways[place])
        self._voice.note(say("plain.version_shown", n=place + 1, of=len(ways)))
        for text in plain_words.turns(self._session.conversation, self._session.models, 1):
            self._voice.tell(text)

    # ---------------------------------------------------------------------------------------------------------- comparing

    async def _compare(self, argument: str) -> None:
        """Ask several models the same, and read their answers out one after the other."""
        words, prompt = names_and_prompt(self._session, argument)
        if len(words) < 2 or not prompt:
            raise NotAsked(say("plain.compare_how"))
        models = [the_one(self._session, word) for word in words]
        check_sight(self._session, *models)
        started: list[Answer] = []

        def start() -> Answer | Refusal:
            answers = self._session.comparing.ask(checked(prompt), models)
            if isinstance(answers, Refusal):
                return answers
            started.extend(answers)
            return answers[0]

        if self._session.comparing.refusal(prompt, models) is Refusal.NOTHING:
            raise NotAsked(say("plain.compare_how"))
        self._voice.note(say("plain.compared", price=price_of(models)))
        await self._talk.ask(start)
        self._compared = started
        for answer in started[1:]:
            self._voice.tell(
                plain_words.read_out(plain_words.name_of(answer), answer.text, self._session.models)
            )
            self._voice.note(plain_words.end_words(self._session, answer, "plain", is_compared=True))
        self._voice.note(say("plain.pick_how"))

    async def _pick(self, argument: str) -> None:
        """Go on with an answer of the last comparison."""
        turns = self._session.conversation.turns
        place = int(argument) - 1 if argument.isdecimal() else -1
        if not 0 <= place < len(self._compared) or self._compared[place].turn not in turns:
            raise NotAsked(say("plain.pick_none"))
        answer = self._compared[place]
        self._session.comparing.pick(answer)
        name = plain_words.name_of(answer).rstrip(":")
        self._voice.note(say("plain.picked", name=name))

    async def _ask_aside(self, argument: str, *, is_current: bool) -> None:
        """Ask beside the conversation. The answer is kept, as a branch, only if the user says so."""
        side = self._session.side_question
        if not argument:
            raise NotAsked(say("plain.aside_how"))
        model: Model = side.model(current=is_current)
        try:
            if not await self._talk.ask(partial(side.ask, checked(argument), model)):
                return
            if (
                await self._talk.confirm(say("plain.keep_aside"), say("chats.yes_or_no"))
                and side.keep() is not None
            ):
                self._voice.note(say("plain.aside_kept"))
        finally:
            side.drop()

    # --------------------------------------------------------------------------------------------------- the conversation

    async def _save(self, argument: str) -> None:
        """Write the last answer to a new file, as Markdown."""
        from elumenta_tui.transfer.export import file_names

        answer = self._last
        if not answer.has_text:
            raise NotAsked(say("notice.nothing_to_save"))
        names = partial(file_names, title_of(answer.prompt) or say("list.untitled"), "md")
        await write_new(self._voice, argument, self._data, names, lambda: [f"{answer.text}\n".encode()])

    async def _begin_temporary(self, argument: str) -> None:
        """Begin a conversation of which nothing is written."""
        self._session.temporary.begin()
        parts = ("temporary.greeting", "temporary.gone", "temporary.service")
        self._voice.note(" ".join(map(say, parts)))

    async def _keep(self, argument: str) -> None:
        """Store a temporary conversation after all."""
        if not self._session.temporary.keep():
            raise NotAsked(say("temporary.not_temporary"))
        self._voice.note(say("temporary.kept", key="/list"))

    async def _forget(self, argument: str) -> None:
        """Delete the answers of a temporary chat from the service's history. A person is asked before: that can't be undone."""
        temporary, conversation = self._session.temporary, self._session.conversation
        if not conversation.is_temporary:
            raise NotAsked(say("temporary.not_temporary"))
        ids = temporary.known_to_service()
        if not ids:
            raise NotAsked(say("temporary.nothing_there"))
        question = say("temporary.question", n=len(ids))
        if self._talk.is_talk and not await self._talk.confirm(question, say("chats.yes_or_no")):
            raise NotAsked(say("chats.not_deleted"))
        forgotten = await temporary.forget_at_service()
        if forgotten.deleted:
            self._voice.note(say("temporary.forgotten", n=forgotten.deleted))
        if forgotten.failure is not None:
            left = say("temporary.not_forgotten", n=forgotten.left)
            raise NotAsked(f"{left} {failure_words(forgotten.failure, place='plain')}", ExitCode.REFUSED)

    async def _tag(self, argument: str) -> None:
        """Give the conversation tags, take those away that a minus stands before, and read them out."""
        from elumenta_tui.text import tags

        self._need_turns()
        if argument:
            self._session.open_library().set_tags(tags.changed(self._session.conversation.tags, argument))
        names = tags.shown(self._session.conversation.tags)
        self._voice.note(say("plain.tags", names=names) if names else say("plain.no_tags"))

    async def _pin(self, argument: str) -> None:
        """Have the conversation first in the list, or no longer."""
        self._need_turns()
        is_pinned = not self._session.conversation.is_pinned
        self._session.open_library().set_pinned(is_pinned)
        self._voice.note(say("plain.pinned" if is_pinned else "plain.unpinned"))
