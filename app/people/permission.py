"""Who may: one rule for every act, by organization."""

from __future__ import annotations

from app.errors import NotAllowedError
from app.model.actor import Action, Actor
from app.vocabulary.catalog import Catalog


def require(actor: Actor, action: Action, organization: str, catalog: Catalog) -> None:
    """Return if the actor may do that for the organization of that name; raises NotAllowedError."""
    if not actor.may(action, organization):
        known = catalog.organizations.get(organization)
        title = known.title if known else organization
        raise NotAllowedError(
            f"「{actor.name}」には、{title}のデータについて「{action.label}」権限がありません。"
        )


def require_other(actor: Actor, makers: set[str], *, own_approval: bool) -> None:
    """Return if the approver took no part in making the draft, or may approve their own.

    `makers` are the names of those who uploaded and submitted. Whoever reaches every organization works at
    the machine's terminal and may. Raises NotAllowedError.
    """
    if actor.name in makers and not (own_approval or actor.reaches_all):
        raise NotAllowedError("自分が送った、または承認を求めたデータは、ほかの人が承認します。")
