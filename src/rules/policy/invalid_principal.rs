//! Principals that AWS refuses, or that mean nobody.

use super::case::{Case, each};
use crate::evidence::Key;
use crate::finding::{Finding, Severity};
use crate::policy::lint::{PrincipalFault, PrincipalFlaw, principal_flaws};
use crate::rules::common::short;
use crate::rules::{Context, Meta, Outcome, key_rule};

key_rule!(
    /// `invalid-principal`
    InvalidPrincipal,
    "invalid-principal",
    Policy,
    Medium,
    "A principal that AWS refuses, or that means nobody",
    "invalid_principal.md",
    judge
);

fn judge(meta: &'static Meta, context: &Context<'_>, key: &Key) -> Outcome {
    let pass = "every principal of the key policy has the form of one";
    each(meta, context, key, pass, |case| {
        principal_flaws(&case.policy.document, case.index, case.partition())
            .iter()
            .filter(|flaw| flaw.fault == PrincipalFault::Missing || !case.is_masked(&flaw.place))
            .map(|flaw| finding(case, flaw))
            .collect()
    })
}

fn finding(case: &Case<'_>, flaw: &PrincipalFlaw) -> Finding {
    let (text, name) = (short(&flaw.text), case.name());
    let what = reason(flaw.fault);
    let message = match flaw.fault {
        PrincipalFault::Missing | PrincipalFault::Empty => format!("{name} {what}"),
        _ => format!("{text} in {name} {what}"),
    };
    let negated = case
        .statement
        .principals
        .as_ref()
        .is_some_and(|list| list.negated);
    let (severity, consequence) = match (case.denies(), negated) {
        (true, false) => (
            Severity::High,
            "the Deny does not hit whom it names: a protection that a reviewer reads there is not there",
        ),
        (true, true) => (
            case.meta.severity,
            "the Deny does not except whom it names: it may lock them out",
        ),
        (false, false) => (
            case.meta.severity,
            "the Allow lets nobody in by this: whoever needs it is refused",
        ),
        (false, true) => (
            Severity::High,
            "the Allow does not except whom it names: it lets them in with everybody",
        ),
    };
    let change = match (&flaw.instead, flaw.fault) {
        (Some(instead), PrincipalFault::Kind) => format!("Write \"{instead}\" instead of \"{text}\""),
        (Some(instead), _) => format!("Write {instead} instead of {text}"),
        (None, PrincipalFault::Missing) => format!("Add the Principal that is meant to {name}"),
        (None, PrincipalFault::Empty) => {
            format!("Write the principal that is meant in {name}, or delete the statement")
        }
        (None, PrincipalFault::Wildcard) => {
            "Name the principals one by one, or write their account, and say in a condition on \
                                             aws:PrincipalArn which are meant (ArnLike)"
                .to_owned()
        }
        (None, PrincipalFault::Group) => {
            "Name the group's users, or let the account's IAM policies decide".to_owned()
        }
        (None, PrincipalFault::InstanceProfile) => "Name the role of the instance profile".to_owned(),
        (None, PrincipalFault::Federated) => "Name the role that such users take on".to_owned(),
        (None, _) => "Write the ARN of the user or role that is meant".to_owned(),
    };
    case.finding(severity, message, &flaw.place, "means nobody")
        .consequence(consequence)
        .note("KMS refuses a policy with such a principal when it is put; one that stands in a policy was not put as it is here.")
        .remedy(case.change(&change))
        .content(&case.content(&flaw.text))
}

fn reason(fault: PrincipalFault) -> &'static str {
    match fault {
        PrincipalFault::Missing => "has no Principal",
        PrincipalFault::Empty => "has a Principal without an entry",
        PrincipalFault::Bare => {
            "stands without its kind: Principal is \"*\", or an object such as {\"AWS\": …}"
        }
        PrincipalFault::Kind => "is no kind of principals: there are AWS and Service",
        PrincipalFault::Space => "has white space in it",
        PrincipalFault::Wildcard => "has a wildcard in it: of principals only \"*\" alone is one",
        PrincipalFault::Group => "is a group, and groups make no requests",
        PrincipalFault::InstanceProfile => "is an instance profile, and instance profiles make no requests",
        PrincipalFault::Account => "has no account id of 12 digits",
        PrincipalFault::Arn => "is no ARN of a user, a role, a session or an account",
        PrincipalFault::Partition => "is of another partition of AWS than the key, or of none that there is",
        PrincipalFault::Name => "is no ARN and no account id",
        PrincipalFault::ServiceAsAws => "is a service, and stands under AWS",
        PrincipalFault::Service => "is no name of a service",
        PrincipalFault::CanonicalUser => "is a canonical user, which only S3 knows",
        PrincipalFault::Federated => "is an identity provider: its users reach KMS as sessions of a role",
    }
}
