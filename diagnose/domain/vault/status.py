"""What Vault says of its own state to everybody who asks."""

import msgspec

from diagnose.check.api import Context
from diagnose.commands.others import curl
from diagnose.domain.network.reachability import Route
from diagnose.domain.vault.queries import query_vault
from diagnose.model.report import Vantage
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.vault import VaultAnswer
from diagnose.text.decoding import from_json

# What a server of TLS answers to plain HTTP, in words that only this status goes with.
BAD_REQUEST = 400


class _Seal(msgspec.Struct, frozen=True):
    initialized: bool = True
    sealed: bool = False
    version: str = ""


def vaults_word(ctx: Context, address: str, route: Route) -> VaultAnswer:
    """What Vault says to a pod, else through a port-forward or to where diagnose runs.

    Raises:
        NoAnswerError: nobody can ask it.
    """
    return _from_pods(ctx) or query_vault(ctx, address, route)


def _from_pods(ctx: Context) -> VaultAnswer | None:
    """What Vault says to a pod, which needs no right to forward ports."""
    try:
        fetched = [each for survey in ctx.surveys() for each in survey.answer.fetched if "/v1/sys/" in each.url]
    except NoAnswerError:
        return None
    for each in fetched:
        if each.status == 200:
            told = from_json(each.body, _Seal)
            ctx.record_evidence(each.url, f"sealed: {told.sealed}", Vantage.POD, command=curl(each.url))
            return VaultAnswer(AnswerState.YES, initialized=told.initialized, sealed=told.sealed, version=told.version)
        if each.status == BAD_REQUEST:
            return VaultAnswer(AnswerState.NO, detail=each.body.strip())
    return None
