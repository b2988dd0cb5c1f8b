"""Governance: the words that lower the bar are judged like everything else.

These rules are about files of the repository, not about a resource, and are found by `policy.judgement`; they
are told on the stack itself.
"""

from policy.rule import EVERY, Rule, Severity
from policy.stages import ROOT_STACK

EXEMPTIONS = Rule(
    id="exemption-valid",
    title="Every exemption names rule and resource, and has reason, owner, ticket and a date ahead.",
    types=(ROOT_STACK,),
    judge=lambda _stack, _context: None,
    fix="mend the resource and remove the entry from policy/exemptions.yaml, or correct it",
    severity=Severity.HIGH,
    source="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_automate_security_controls.html",
)
USED = Rule(
    id="exemption-used",
    title="Every exemption is for a violation that is still there.",
    types=(ROOT_STACK,),
    related=(EVERY,),
    judge=lambda _stack, _context: None,
    fix="remove the entry from policy/exemptions.yaml",
    severity=Severity.MEDIUM,
    source="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_automate_security_controls.html",
)
CONFIGURATION = Rule(
    id="configuration-valid",
    title="The configuration of the policy asks for no less than the stage does, and lowers no mission rule.",
    types=(ROOT_STACK,),
    judge=lambda _stack, _context: None,
    fix="correct policy/config/STAGE.json, or the file given as --policy-pack-config",
    severity=Severity.HIGH,
    source="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_automate_security_controls.html",
)
RULES = (EXEMPTIONS, USED, CONFIGURATION)
