//! Statements without a resource or without an action.

use super::case::each;
use crate::evidence::Key;
use crate::finding::Finding;
use crate::policy::lint::{ResourceFlaw, resource_flaw};
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `missing-resource-or-action`
    MissingResourceOrAction,
    "missing-resource-or-action",
    Policy,
    High,
    "A statement without Resource or Action: it has no effect, also as a Deny",
    "missing_resource_or_action.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every statement of the key policy has a resource and an action";
    each(meta, context, key, pass, |case| {
        let (lacking, change) = match resource_flaw(&case.policy.document, case.index, None) {
            Some(ResourceFlaw::NoResource) => ("no Resource", "Add \"Resource\": \"*\" to"),
            Some(ResourceFlaw::NoAction) => ("no Action", "Add the actions that are meant to"),
            Some(ResourceFlaw::Neither) => (
                "neither Resource nor Action",
                "Add \"Resource\": \"*\" and the actions that are meant to",
            ),
            _ => return Vec::<Finding>::new(),
        };
        let name = case.name();
        let message = format!("{name} has {lacking}: it {} nothing", case.verb());
        let consequence = if case.denies() {
            "a protection that a reviewer reads there is not there"
        } else {
            "whoever the statement names is allowed nothing by it"
        };
        vec![
            case.finding(case.if_dead(), message, &case.statement.span, "has no effect")
                .consequence(consequence)
                .consequence("KMS refuses the policy when it is put again (since 2025-08-18), with whatever else was changed in it")
                .remedy(case.change(&format!("{change} {name}, or delete it: it changes what the policy does today only where you add them")))
                .content(&case.content(lacking)),
        ]
    })
}
