"""A part of a setting is replaced where the setting is, and nothing else of it."""

from diagnose.domain.kubernetes.settings import replace_in_map, replace_in_variable
from tests.support.kit import Json, context
from tests.support.objects import variables

URL = "postgresql://$(DB_USER):$(DB_PASSWORD)@ledger.billing:5432/ledger"


def test_a_part_of_a_variable_is_replaced() -> None:
    ctx = context(container={"env": variables(DATABASE_URL=URL)})
    step = replace_in_variable(ctx, "DATABASE_URL", "ledger.billing", "ledger-db.billing.svc")
    assert step
    assert step.command == (
        "kubectl -n msp set env deployment/worker -c worker "
        "DATABASE_URL='postgresql://$(DB_USER):$(DB_PASSWORD)@ledger-db.billing.svc:5432/ledger'"
    )


def test_a_part_that_is_ambiguous_or_masked_is_left_to_a_person() -> None:
    ctx = context(container={"env": variables(TWICE="a.b a.b", MASKED="postgresql://u:***@a.b", OTHER="a.b.c")})
    assert [replace_in_variable(ctx, name, "a.b", "x") for name in ("TWICE", "OTHER", "ABSENT")] == [None] * 3


def _map(**data: str) -> Json:
    return {"metadata": {"name": "settings", "namespace": "msp"}, "data": data}


def test_a_part_of_a_config_map_is_replaced_and_the_pods_are_restarted() -> None:
    ctx = context(configmaps=[_map(URL="http://catalogue/products", LEVEL="info")])
    assert replace_in_map(ctx, "settings", "catalogue", "catalog.msp.svc").command == (
        'kubectl -n msp patch configmap settings -p \'{"data":{"URL":"http://catalog.msp.svc/products"}}\''
        " && kubectl -n msp rollout restart deployment/worker"
    )


def test_a_config_map_that_is_not_known_or_too_long_is_edited() -> None:
    for maps in ([], [_map(file="x" * 700 + " catalogue")]):
        step = replace_in_map(context(configmaps=maps), "settings", "catalogue", "catalog")
        assert step.command == "kubectl -n msp edit configmap settings"
