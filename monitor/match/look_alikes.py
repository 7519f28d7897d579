"""What people said is not a claim joins what the claim's file says it is not. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from monitor.model import LookAlike, Rules


def with_look_alikes(rules: Rules, look_alikes: Sequence[LookAlike]) -> Rules:
    """The rules with what people said are look-alikes of their claims, beside those that the files name."""
    said: dict[str, list[str]] = {}
    for look_alike in look_alikes:
        said.setdefault(look_alike.claim_id, []).append(look_alike.text)
    claims = tuple(
        replace(claim, not_this=tuple(dict.fromkeys((*claim.not_this, *said.get(claim.id, ())))))
        for claim in rules.claims
    )
    if claims == rules.claims:
        return rules
    digest = hashlib.sha256(msgspec.json.encode([claim.not_this for claim in claims])).hexdigest()
    return replace(rules, claims=claims, version=f"{rules.version}+{digest[:6]}")
