//! Signing from anywhere.

use super::pins::{
    DIGEST, RAW, Signer, binds_everybody, doubt, grounds, in_force, may, names, sign, signers,
};
use super::put_in_force;
use crate::evidence::{Bundle, Key, PolicyExport};
use crate::finding::{Finding, Label};
use crate::policy::evaluate::{self, Decision};
use crate::rules::{Context, Meta, Outcome, key_rule};
use crate::source::Span;

key_rule!(
    /// `no-network-guard`
    NoNetworkGuard,
    "no-network-guard",
    Policy,
    Info,
    "Sign is allowed from any network: who has the signer's credentials signs from anywhere",
    "no_network_guard.md",
    judge
);

/// Places that a finding shows.
const PLACES: usize = 5;

/// What a request from somewhere else does not carry (IAM User Guide, "AWS global condition context keys", properties of
/// the network and of the principal).
const ABSENT: [&str; 9] = [
    "aws:SourceVpce",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
];

/// An address that nobody has (RFC 1112 section 4, class E), so that no range but one for everybody has it.
const ELSEWHERE: &str = "240.0.0.1";

/// A request to sign from another network and by no principal of the organization.
fn from_elsewhere(message_type: &str) -> evaluate::Context {
    let mut context = sign(message_type);
    for key in ABSENT {
        context.set(key, Vec::new());
    }
    context.set("aws:SourceIp", vec![ELSEWHERE.to_owned()]);
    context
}

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let bundle = context.bundle;
    let (access, policy) = match in_force(bundle, key) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let signers = signers(bundle, key, |right| {
        from_elsewhere(if right.only.is_some() { RAW } else { DIGEST })
    });
    let free: Vec<&Signer<'_>> = signers.iter().filter(|signer| may(&signer.other)).collect();
    if !free.is_empty() {
        return Outcome::Findings(vec![finding(meta, bundle, key, policy, &free)]);
    }
    if let Some(outcome) = doubt(access) {
        return outcome;
    }
    if !binds_everybody(bundle, key, &from_elsewhere(DIGEST))
        && let Some(open) = access.open.first()
    {
        return Outcome::NotEvaluated(open.message.clone());
    }
    if signers.is_empty() {
        return Outcome::NotApplicable("neither the key policy nor a grant lets anybody sign".to_owned());
    }
    Outcome::Pass(
        "whoever may sign may do so only from a network, or as a principal of an organization, that a condition names"
            .to_owned(),
    )
}

fn finding(
    meta: &'static Meta,
    bundle: &Bundle,
    key: &Key,
    policy: &PolicyExport,
    free: &[&Signer<'_>],
) -> Finding {
    let access = bundle.access(key);
    let holders: Vec<_> = free.iter().map(|signer| signer.holder).collect();
    let of: Vec<(_, &Decision)> = free.iter().map(|signer| (signer.holder, &signer.other)).collect();
    let (places, content) = grounds(bundle, access, policy, &of);
    let whole = Span::new(policy.source, policy.document.span.clone());
    let mut places = places.into_iter();
    let (span, _) = places.next().unwrap_or((whole, String::new()));
    let label = Label {
        span,
        message: "from any network".to_owned(),
    };
    let mut finding = Finding::builder(
        meta.id,
        meta.severity,
        key.subject(),
        format!(
            "{} may sign from any network",
            names(&holders)
        ),
        label,
    )
    .note("The guide asks for no such limit. It is a second lock: credentials that leak do not sign from elsewhere.")
    .remedy(put_in_force(
        policy,
        "Nothing must be done. Where the agent runs in a VPC with an endpoint for KMS, a Deny of kms:Sign with \
         StringNotEquals aws:SourceVpce and the endpoint's id keeps all others out",
        "; it also keeps out an agent that is moved, so try it on a key that is not in use.",
    ));
    for (span, words) in places.take(PLACES) {
        finding = finding.related(span, words);
    }
    finding.content(&content)
}
