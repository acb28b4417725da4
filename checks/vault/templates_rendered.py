"""Checks that the agent rendered its files.

A missing secret ends the agent after five minutes, repeatedly. The agent calls each template "(dynamic)", so the
annotation is found by its text.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import vault
from diagnose.commands.command import Command
from diagnose.domain.vault.agents import TOKEN_USES, require_agent, uses_unlimited
from diagnose.domain.vault.running_pods import rendered
from diagnose.domain.vault.templates import RequiredSecret, required_secrets
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Alternative, Finding, Step
from diagnose.target.target import VAULT, VaultFile
from diagnose.text.patterns import lazy

# The start of the signatures' summaries where the agent does not name the template.
SOME_TEMPLATE = "A template of the annotations"
_OPENS = lazy(r"\{\{-?\s*(?:with|if|range|block|define)\b")
_CLOSES = lazy(r"\{\{-?\s*end\b")
DENIED, NO_SECRET = "vault.policy-denied", "vault.secret-not-found"
# What an agent logs before and after the renewal of a token; so many refusals are some seconds after it.
RENEWS, RENEWED, SEVERAL = "starting renewal process", "renewed auth token", 6
_FUNCTION = lazy(r'function "(?P<name>[^"]+)" not defined')
FROM_LOGS = (
    Code(
        id="vault.read-failed",
        meaning="Vault fails to read a path, or refuses it, with an unknown error, which is in the summary.",
        fix="Read Vault's own log at that time.",
        symptom=True,
        alternatives=(
            Alternative(
                "The path is of another engine or version than the template expects: list the mounts.",
                "vault.secret-not-found",
            ),
            "Vault itself has an error, such as of its storage: its own log names it.",
        ),
    ),
    Code(
        id="vault.template-invalid",
        meaning="The text of an agent-inject-template annotation is not a valid Go template; often Helm has "
        "rendered some of its braces.",
        fix="Correct the template in the annotation.",
    ),
    Code(
        id="vault.template-failed",
        meaning="The template parses, but fails on Vault's answer; often it reads .Data.x where KV version 2 "
        "answers below .Data.data, or the reverse.",
        fix="Correct the template in the annotation.",
        symptom=True,
        alternatives=(
            Alternative(
                "The template reads .Data.x where KV version 2 answers below .Data.data, or the reverse.",
                "vault.key-missing",
            ),
            Alternative("The secret lacks a key that the template reads.", "vault.key-missing"),
        ),
    ),
    Code(
        id="vault.file-not-written",
        meaning="The agent has the secret but cannot write the file.",
        fix="Correct agent-run-as-user, the permissions, or the volume of the file.",
        symptom=True,
        alternatives=(
            "The agent's user may not write the folder: compare agent-run-as-user with the volume's owner.",
            Alternative("The volume is full or read-only.", "process.disk-full"),
        ),
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the agents' logs."""
    require_agent(ctx, injected=True)
    matches = ctx.matches()
    spent = [each for each in matches if each.signature.code == DENIED and is_token_spent(each)]
    if spent:
        yield _spent(ctx, spent)
    plain = [_unescaped(match) for match in matches if match not in spent]
    for finding in findings(plain, ctx.names):
        groups = next(match.groups for match in plain if match.signature.code == finding.code)
        if finding.code == NO_SECRET:
            yield _not_found(ctx, finding, groups["path"])
            continue
        meant = template_meant(ctx.target.vault.files, finding.code, groups)
        if meant and finding.summary.startswith(SOME_TEMPLATE):
            note = f"Annotation {VAULT}agent-inject-template-{meant.name}"
            yield replace(finding, summary=f"{note}{finding.summary.removeprefix(SOME_TEMPLATE)}")
        else:
            yield finding


def _not_found(ctx: Context, finding: Finding, path: str) -> Finding:
    """Returns the finding with what is gone and how it comes back, as far as pods that had the secret show it."""
    required = next((each for each in required_secrets(ctx) if each.path == path.strip("/")), None)
    known = required or RequiredSecret(path=path, files=())
    had = rendered(ctx, known.files) if required else ()

    def step(text: str, command: Command) -> Step:
        inside = vault.within(ctx.target.vault.namespace, command)
        return Step(text, inside, changes=f"Vault, {known.plain_path}")

    show = Step(
        "Show its versions: the newest is deleted, or there is none.",
        vault.within(ctx.target.vault.namespace, vault.kv("metadata get", path)),
    )
    undelete, put = vault.update_newest("undelete", path), vault.type_values(path, known.keys, new=True)
    write = "write it; each value is typed at a prompt."
    steps: tuple[Step, ...] = (
        show,
        step("If it is deleted, undelete it.", undelete),
        step(f"If there is none, {write}", put),
    )
    summary, evidence = finding.summary, finding.evidence
    if had:
        steps = (step("Undelete its newest version.", undelete), show, step(f"If there is none, {write}", put))
        summary = (
            f"The Vault secret {path} was deleted after {had[0].name} had read it, so its file cannot be rendered."
        )
        files = ", ".join(each.destination for each in known.files[:2])
        seen = ctx.record_evidence(f"pod {had[0].name}", f"ready, its agent rendered {files} from it at its start")
        evidence = (*evidence, seen)
    steps += tuple(each for each in finding.remediation.steps if not each.changes)
    remediation = replace(finding.remediation, steps=steps)
    return replace(finding, summary=summary, evidence=evidence, remediation=remediation)


def is_token_spent(match: Match) -> bool:
    """Whether an agent's token does not even allow to be renewed.

    An agent renews its token at once, which the policy allows that every token has by default.
    """
    text = "\n".join(line.text for line in match.log.text.lines)
    _, renews, after = text.rpartition(RENEWS)
    return bool(renews) and RENEWED not in after and match.count >= SEVERAL


def _spent(ctx: Context, matches: list[Match]) -> Finding:
    role, mount = ctx.target.vault.role, ctx.names["vault_auth_path"]
    pods = tuple(dict.fromkeys(each.log.pod for each in matches))
    why = f"{RENEWS}, but not {RENEWED}"
    show = vault.within(ctx.target.vault.namespace, vault.read(f"{mount}/role/{role}"))
    return TOKEN_USES.finding(
        f"Vault refuses every request of the agent's new token, its renewal included: the uses of role "
        f'"{role}" seem limited (token_num_uses).',
        Step("Show the role: token_num_uses is 0 without a limit.", show),
        uses_unlimited(ctx, mount),
        subjects=(f"role/{role}",),
        pods=pods,
        evidence=(*(each.evidence for each in matches[:2]), ctx.record_evidence(f"agent of pod {pods[0]}", why)),
        alternatives=(
            Alternative(
                "The role's policies do not allow the paths, and its tokens are without the default policy.", DENIED
            ),
        ),
    )


def _unescaped(match: Match) -> Match:
    """Returns the match without the backslashes that the agent's log puts before quotes."""
    return replace(match, groups={name: text.replace('\\"', '"') for name, text in match.groups.items()})


def template_meant(files: tuple[VaultFile, ...], code: str, groups: dict[str, str]) -> VaultFile | None:
    """Returns the only file whose template can fail like this; None for none or several."""
    reason, key = groups.get("reason", ""), groups.get("key") or groups.get("field", "")
    if code == "vault.template-invalid" and (function := _FUNCTION.search(reason)):
        able = _using(files, function["name"])
    elif code == "vault.template-invalid" and "EOF" in reason:
        able = [each for each in files if len(_OPENS.findall(each.template)) > len(_CLOSES.findall(each.template))]
    elif code == "vault.template-invalid" and "{{end}}" in reason.replace(" ", ""):
        able = [each for each in files if len(_OPENS.findall(each.template)) < len(_CLOSES.findall(each.template))]
    elif key:
        able = _using(files, key)
    else:
        able = list(files)
    return able[0] if len(able) == 1 else None


def _using(files: tuple[VaultFile, ...], name: str) -> list[VaultFile]:
    return [each for each in files if re.search(rf"\b{re.escape(name)}\b", each.template)]


TEMPLATES_RENDERED = Check(
    id="vault.templates-rendered",
    title="The Vault agent renders the secrets",
    stage=stages.VAULT_TEMPLATES,
    run=run,
    codes=(TOKEN_USES, *FROM_LOGS),
    reads=WORKER_LOGS,
)
