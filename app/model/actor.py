"""Who acts, and how far they reach: the argument of every use case that changes something."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVERY_ORGANIZATION = "*"


class Action(StrEnum):
    """What a person may be allowed to do for an organization."""

    UPLOAD = "upload"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETIRE = "retire"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        """The Japanese words for it."""
        return {
            "upload": "ファイルを送る・下書きを直す",
            "submit": "承認を求める",
            "approve": "承認する",
            "retire": "公開を終了する",
            "withdraw": "取り下げる",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions that are allowed for one organization, by its name, or for every one."""

    organization: str
    actions: frozenset[Action]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or the system, by the name that the journal keeps."""

    name: str
    grants: tuple[Grant, ...] = ()

    def may(self, action: Action, organization: str) -> bool:
        """Tell whether this actor may do that for an organization."""
        return any(
            action in grant.actions and grant.organization in (organization, EVERY_ORGANIZATION)
            for grant in self.grants
        )

    @property
    def reaches_all(self) -> bool:
        """Whether this actor may approve for every organization: whoever holds the machine itself."""
        return self.may(Action.APPROVE, EVERY_ORGANIZATION)


EVERYTHING = Grant(EVERY_ORGANIZATION, frozenset(Action))

BUNDLED = Actor("bundled", (EVERYTHING,))
"""The system actor that loads and approves the bundled packages, and nothing else."""


def at_the_terminal(name: str) -> Actor:
    """Return the actor who works at the machine's own terminal: nothing there stops them anyway."""
    return Actor(name, (EVERYTHING,))
