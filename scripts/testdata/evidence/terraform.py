"""Terraform's state, `terraform show -json` of a state and of plans, and source: terraform/. Shapes by hand.

The provider for AWS is not to be had where the fixtures are made; field by field the shapes are those of Terraform 1.11
(state version 4, JSON output format 1.2) and of version 5 of the provider.
"""

from __future__ import annotations

import base64
import json

from evidence import thrown
from evidence.shell import body_lines, pem, private_pem, secret_says
from evidence.truth import Truth

AWS = 'provider["registry.terraform.io/hashicorp/aws"]'
NAME = "registry.terraform.io/hashicorp/aws"
PROGRAM = "Terraform shape, by hand"


def compact(policy: dict) -> str:
    """As the provider keeps a policy: sorted, without white space."""
    return json.dumps(policy, sort_keys=True, separators=(",", ":"))


def reduced(policy: dict) -> dict:
    """The policy with what the guide wants removed: another document."""
    statements = [dict(s) for s in policy["Statement"] if "persistent" not in s["Sid"]]
    statements[-1]["Action"] = ["kms:GetPublicKey", "kms:Sign"]
    return policy | {"Statement": statements}


class Parts:
    """The resources, as attribute objects."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        tags = dict(truth.tags()["tags"])
        grant = next(g for g in truth.grants()["grants"] if g["name"])
        alias = truth.aliases(False)["aliases"][0]
        self.alias_says = {"kind": "aliases", "aliases": [alias]}
        left_out = ("issuing_account", "creation_date")
        self.grant_says = {"kind": "grants", "grants": [{k: v for k, v in grant.items() if k not in left_out}]}
        self.grant_says["grants"][0]["key"] = truth.key_id
        self.key = {
            "arn": truth.arn,
            "bypass_policy_lockout_safety_check": False,
            "custom_key_store_id": "",
            "customer_master_key_spec": "ECC_SECG_P256K1",
            "deletion_window_in_days": 30,
            "description": truth.metadata_answer["Description"],
            "enable_key_rotation": False,
            "id": truth.key_id,
            "is_enabled": True,
            "key_id": truth.key_id,
            "key_usage": "SIGN_VERIFY",
            "multi_region": False,
            "policy": compact(truth.policy),
            "rotation_period_in_days": 0,
            "tags": tags,
            "tags_all": tags,
            "timeouts": None,
            "xks_key_id": "",
        }
        self.key_says = {
            "kind": "metadata",
            "key": truth.arn,
            "key_id": truth.key_id,
            "key_spec": "ECC_SECG_P256K1",
            "key_usage": "SIGN_VERIFY",
            "description": truth.metadata_answer["Description"],
            "multi_region": False,
            "enabled": True,
            # What AWS says of every key that somebody makes, and Terraform does not say.
            "implied": {"key_manager": "CUSTOMER"},
        }
        self.alias = {
            "arn": alias["arn"],
            "id": alias["name"],
            "name": alias["name"],
            "name_prefix": "",
            "target_key_arn": truth.arn,
            "target_key_id": truth.key_id,
        }
        self.policy = {
            "bypass_policy_lockout_safety_check": False,
            "id": truth.key_id,
            "key_id": truth.key_id,
            "policy": compact(truth.policy),
        }
        self.grant = {
            "constraints": [
                {
                    "encryption_context_equals": {},
                    "encryption_context_subset": grant["constraints"]["EncryptionContextSubset"],
                }
            ],
            "grant_creation_tokens": None,
            "grant_id": grant["id"],
            "grant_token": thrown.token("grant", 120),
            "grantee_principal": grant["grantee"],
            "id": f"{truth.key_id}:{grant['id']}",
            "key_id": truth.key_id,
            "name": grant["name"],
            "operations": grant["operations"],
            "retire_on_delete": False,
            "retiring_principal": grant["retiring"],
            "timeouts": None,
        }
        self.public_key = {
            "arn": truth.arn,
            "customer_master_key_spec": "ECC_SECG_P256K1",
            "encryption_algorithms": [],
            "grant_tokens": None,
            "id": truth.arn,
            "key_id": self.alias["name"],
            "key_usage": "SIGN_VERIFY",
            "public_key": base64.b64encode(truth.spki).decode(),
            "public_key_pem": pem(truth.spki).decode(),
            "signing_algorithms": ["ECDSA_SHA_256"],
        }
        # The key stands there twice: as base64 and as PEM.
        self.public_key_says = [truth.public_key(truth.arn, True)] * 2
        self.access_key = {
            "create_date": "2026-11-02T10:11:12Z",
            "encrypted_secret": None,
            "encrypted_ses_smtp_password_v4": None,
            "id": thrown.access_key_id("terraform"),
            "key_fingerprint": None,
            "pgp_key": None,
            "secret": thrown.secret_access_key("terraform"),
            "ses_smtp_password_v4": thrown.token("smtp", 33),
            "status": "Active",
            "user": "hyperlane-validator-ethereum",
        }
        self.tags_says = {"kind": "tags", "key": truth.arn, "tags": sorted(map(list, tags.items()))}


def state_resource(
    mode: str, kind: str, name: str, attributes: dict, module: str | None = None, sensitive: list | None = None
) -> dict:
    resource = {"module": module} if module else {}
    instance = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": sensitive or []}
    if mode == "managed":
        instance["private"] = "bnVsbA=="
    return resource | {"mode": mode, "type": kind, "name": name, "provider": AWS, "instances": [instance]}


def state(parts: Parts, resources: list[dict]) -> str:
    value = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 17,
        "lineage": "8f0c5a5e-3c7b-2f86-6d0a-3f1a4ba7c1d2",
        "outputs": {"validator_public_key": {"value": parts.public_key["public_key"], "type": "string"}},
        "resources": resources,
        "check_results": None,
    }
    return json.dumps(value, indent=2) + "\n"


def shown(mode: str, kind: str, name: str, values: dict, module: str = "", sensitive: dict | None = None) -> dict:
    """A resource in the output of `terraform show -json`."""
    prefix = f"module.{module}." if module else ""
    address = f"{prefix}{'data.' if mode == 'data' else ''}{kind}.{name}"
    return {
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_name": NAME,
        "schema_version": 0,
        "values": values,
        "sensitive_values": sensitive or {},
    }


def values(resources: list[dict], module: list[dict], outputs: dict) -> dict:
    root = {"resources": resources}
    if module:
        root["child_modules"] = [{"resources": module, "address": "module.validator"}]
    return {"outputs": outputs, "root_module": root}


def change(resource: dict, actions: list[str], before: dict | None, after: dict, unknown: dict) -> dict:
    kept = {key: resource[key] for key in ("address", "mode", "type", "name", "provider_name")}
    part = {"actions": actions, "before": before, "after": after, "after_unknown": unknown}
    return kept | {"change": part | {"before_sensitive": {} if before else False, "after_sensitive": {}}}


def plan(planned: dict, changes: list[dict], prior: dict, configuration: dict) -> str:
    value = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"chain": {"value": "ethereum"}},
        "planned_values": planned,
        "resource_changes": changes,
        "prior_state": {"format_version": "1.0", "terraform_version": "1.11.4", "values": prior},
        "configuration": configuration,
        "timestamp": "2026-11-23T23:20:01Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }
    return json.dumps(value, separators=(",", ":")) + "\n"


def configuration(**expressions: dict) -> dict:
    resources = [
        {
            "address": f"{kind}.validator",
            "mode": "managed",
            "type": kind,
            "name": "validator",
            "provider_config_key": "aws",
            "expressions": own,
            "schema_version": 0,
        }
        for kind, own in expressions.items()
    ]
    provider = {"aws": {"name": "aws", "full_name": NAME, "expressions": {"region": {"constant_value": "us-east-1"}}}}
    return {"provider_config": provider, "root_module": {"resources": resources}}


SOURCE = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "validator" {
  description              = "Hyperlane validator signer for ethereum"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_SECG_P256K1"
  deletion_window_in_days  = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Enable IAM User Permissions"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "validator" {
  name          = "alias/hyperlane-validator-signer-ethereum"
  target_key_id = aws_kms_key.validator.key_id
}
"""


def make(truth: Truth) -> list[tuple]:
    parts = Parts(truth)
    out: list[tuple] = []

    def add(file: str, text: str, command: str, says: list[dict], program: str = PROGRAM) -> None:
        out.append((f"terraform/{file}", text.encode(), command, program, says))

    of_key = truth.policy_says(truth.arn)
    by_id = truth.policy_says(truth.key_id)
    secrets = [parts.access_key["secret"], parts.access_key["ses_smtp_password_v4"]]
    bare = truth.public_key()
    public = state_resource("data", "aws_kms_public_key", "validator", parts.public_key)
    resources = [
        public,
        state_resource("managed", "aws_kms_alias", "this", parts.alias, "module.validator"),
        state_resource("managed", "aws_kms_grant", "rotation", parts.grant, "module.validator"),
        state_resource("managed", "aws_kms_key", "this", parts.key, "module.validator"),
        state_resource("managed", "aws_kms_key_policy", "this", parts.policy, "module.validator"),
    ]
    # The policy of an aws_kms_key_policy is the one that counts.
    old = of_key | {"not_taken": "aws_kms_key_policy has the policy of this key"}
    kms_says = [parts.alias_says, parts.grant_says, parts.key_says, old, parts.tags_says, by_id]
    text = state(parts, resources)
    add("terraform.tfstate", text, "terraform state pull", [bare, *parts.public_key_says, *kms_says])
    access = state_resource(
        "managed",
        "aws_iam_access_key",
        "validator",
        parts.access_key,
        None,
        [[{"type": "get_attr", "value": "secret"}]],
    )
    text = state(parts, [access, *resources])
    hidden = secret_says("secret-access-key", text, secrets[0])
    add("with-secret.tfstate", text, "terraform state pull", [bare, hidden, *parts.public_key_says, *kms_says])
    only_key = state_resource("managed", "aws_kms_key", "validator", parts.key)
    two = json.loads(json.dumps(only_key))
    two["instances"][0] |= {"index_key": "ethereum"}
    text = state(parts, [two])
    add("for-each.tfstate", text, "terraform state pull", [bare, parts.key_says, of_key, parts.tags_says])

    outputs = {"validator_public_key": {"sensitive": False, "value": parts.public_key["public_key"], "type": "string"}}
    module = [
        shown("managed", "aws_kms_alias", "this", parts.alias, "validator"),
        shown(
            "managed",
            "aws_kms_grant",
            "rotation",
            parts.grant,
            "validator",
            {"constraints": [{"encryption_context_subset": {}}]},
        ),
        shown("managed", "aws_kms_key", "this", parts.key, "validator"),
        shown("managed", "aws_kms_key_policy", "this", parts.policy, "validator"),
    ]
    data = shown("data", "aws_kms_public_key", "validator", parts.public_key)
    value = {"format_version": "1.0", "terraform_version": "1.11.4", "values": values([data], module, outputs)}
    says = [bare, *parts.public_key_says, *kms_says]
    add("show-state.json", json.dumps(value, separators=(",", ":")) + "\n", "terraform show -json", says)
    add("show-state-indented.json", json.dumps(value, indent=2) + "\n", "terraform show -json | jq .", says)
    secret_key = shown(
        "managed",
        "aws_iam_access_key",
        "validator",
        parts.access_key,
        "",
        {"secret": True, "ses_smtp_password_v4": True},
    )
    tls = {
        "algorithm": "ECDSA",
        "id": "c4b5",
        "private_key_pem": private_pem("terraform"),
        "public_key_pem": "",
        "rsa_bits": 2048,
    }
    held = shown("managed", "tls_private_key", "validator", tls, "", {"private_key_pem": True})
    value["values"] = values([secret_key, held, data], module, outputs)
    text = json.dumps(value, indent=2) + "\n"
    hidden = [
        secret_says("secret-access-key", text, secrets[0]),
        secret_says("private-key", text, *body_lines(private_pem("terraform"))),
    ]
    add("show-state-with-secrets.json", text, "terraform show -json | jq .", [says[0], *hidden, *says[1:]])

    # A plan that makes a key: what AWS will choose is not known yet.
    chosen = ("arn", "id", "key_id")
    known = {key: value for key, value in parts.key.items() if key not in chosen}
    known |= {"description": "Hyperlane validator signer for arbitrum", "policy": compact(reduced(truth.policy))}
    key = shown("managed", "aws_kms_key", "validator", known)
    alias = shown(
        "managed",
        "aws_kms_alias",
        "validator",
        {"name": "alias/hyperlane-validator-signer-arbitrum", "name_prefix": None},
    )
    planned = {
        "kind": "metadata",
        "key": None,
        "key_spec": "ECC_SECG_P256K1",
        "key_usage": "SIGN_VERIFY",
        "description": known["description"],
        "multi_region": False,
        "enabled": True,
        "implied": {"key_manager": "CUSTOMER"},
        "declared": "aws_kms_key.validator",
        "planned": True,
    }
    new_policy = truth.policy_says(document=reduced(truth.policy)) | {"planned": True, "declared": "aws_kms_key.validator"}
    alias_says = {"name": alias["values"]["name"], "arn": None, "target": None, "target_declared": "aws_kms_key.validator"}
    alias_says = {"kind": "aliases", "aliases": [alias_says], "planned": True}
    new_tags = parts.tags_says | {"key": None, "declared": "aws_kms_key.validator", "planned": True}
    changes = [
        change(
            alias,
            ["create"],
            None,
            alias["values"],
            {"arn": True, "id": True, "target_key_arn": True, "target_key_id": True},
        ),
        change(key, ["create"], None, known, {name: True for name in chosen} | {"tags": {}, "tags_all": {}}),
    ]
    prior = values([data], [], {})
    expressions = {"customer_master_key_spec": {"constant_value": "ECC_SECG_P256K1"}, "policy": {"references": ["local.policy"]}}
    refers = {"target_key_id": {"references": ["aws_kms_key.validator.key_id", "aws_kms_key.validator"]}}
    text = plan(values([alias, key], [], {}), changes, prior, configuration(aws_kms_alias=refers, aws_kms_key=expressions))
    twice = [one | {"not_taken": "resource_changes says again what planned_values says"} for one in (alias_says, planned, new_policy)]
    says = [alias_says, planned, new_policy, new_tags, *twice, *parts.public_key_says]
    add("plan-create.json", text, "terraform plan -out plan && terraform show -json plan", says)

    # A plan that changes the policy of the key: the one before is in force, the one after is not.
    after = parts.key | {"policy": compact(reduced(truth.policy))}
    key = shown("managed", "aws_kms_key", "validator", after)
    before = shown("managed", "aws_kms_key", "validator", parts.key)
    after_policy = truth.policy_says(truth.arn, document=reduced(truth.policy)) | {"planned": True}
    text = plan(
        values([key], [], {}),
        [change(key, ["update"], parts.key, after, {"tags": {}, "tags_all": {}})],
        values([data, before], [], {}),
        configuration(aws_kms_key=expressions),
    )
    planned = parts.key_says | {"planned": True}
    before = [one | {"not_taken": "what is planned counts; what is there, the state says"} for one in (parts.key_says, of_key)]
    again = [one | {"not_taken": "resource_changes says again what planned_values says"} for one in (planned, after_policy)]
    says = [planned, after_policy, parts.tags_says | {"planned": True}, *before, *again, *parts.public_key_says, *before]
    add("plan-update.json", text, "terraform plan -out plan && terraform show -json plan", says)

    hint = "terraform show -json"
    add(
        "main.tf",
        SOURCE,
        "cat main.tf",
        [{"kind": "not-read", "reason": "terraform-source", "advice": hint}],
        "Terraform source, by hand",
    )
    human = (
        '# aws_kms_key.validator:\nresource "aws_kms_key" "validator" {\n'
        + "".join(
            f"    {k:<34} = {json.dumps(v)}\n"
            for k, v in parts.key.items()
            if not isinstance(v, (dict, type(None))) and k != "policy"
        )
        + "}\n"
    )
    add(
        "show.txt",
        human,
        "terraform show",
        [{"kind": "not-read", "reason": "terraform-source", "advice": hint}],
        PROGRAM,
    )
    return out
