"""Vault's seal status, which needs no token."""

import msgspec

from diagnose.check.api import Context
from diagnose.commands.others import curl
from diagnose.domain.network.reachability import Route
from diagnose.domain.vault.queries import query_vault
from diagnose.model.report import Vantage
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import VaultAnswer
from diagnose.text.decoding import from_json

# The answer of a TLS server to plain HTTP.
BAD_REQUEST = 400


class _Seal(msgspec.Struct, frozen=True):
    # Vault states both always, so an answer without them is not Vault's.
    initialized: bool
    sealed: bool
    version: str = ""


def seal_status(ctx: Context, address: str, route: Route) -> VaultAnswer:
    """Returns Vault's status as a pod gets it, else through a port-forward or from where diagnose runs.

    Raises:
        NoAnswerError: Vault cannot be reached.
    """
    return _from_pods(ctx) or query_vault(ctx, address, route)


def _from_pods(ctx: Context) -> VaultAnswer | None:
    """Returns Vault's status as a pod gets it, which needs no right to forward ports."""
    surveys = ctx.covered(ctx.surveys, "Vault itself was queried") or ()
    fetched = (each for survey in surveys for each in survey.answer.fetched)
    for each in (each for each in fetched if "/v1/sys/" in each.url):
        if each.status == 200:
            seal = _seal(each.body)
            if seal is None:
                continue
            ctx.record_evidence(each.url, f"sealed: {seal.sealed}", Vantage.POD, command=curl(each.url))
            return VaultAnswer(AnswerState.YES, initialized=seal.initialized, sealed=seal.sealed, version=seal.version)
        if each.status == BAD_REQUEST:
            return VaultAnswer(AnswerState.NO, detail=each.body.strip())
    return None


def _seal(body: str) -> _Seal | None:
    """Returns the seal status of an answer, None where it is not Vault's."""
    try:
        return from_json(body, _Seal)
    except msgspec.DecodeError:
        return None
