//! Questions 2 and 3: can only declared principals sign, and can nobody else become a signer or administrator in one step?

use super::{row, settles};
use crate::audit::exit::Requirement;
use crate::audit::report::{Answer, AnswerRow};
use crate::evidence::{Bundle, Key, KeyAccess, Strength, holder_words, takeovers};
use crate::policy::access::{ActionClass, Holder, Right, Who};
use crate::policy::evaluate::PremiseCode;
use crate::rules::{Context, Part};

/// Names that a sentence lists.
const MOST: usize = 5;

/// What stands against a yes, from the worst on.
#[derive(Debug, Default)]
struct Weighed {
    /// Nobody declared them, and they may.
    undeclared: Vec<String>,
    /// Nothing declares anybody, and they may.
    unjudged: Vec<String>,
    /// They may, if something holds that is not known.
    perhaps: Vec<String>,
    declared: Vec<String>,
}

impl Weighed {
    fn add(&mut self, context: &Context<'_>, key: &Key, part: Part, holder: &Holder, right: &Right) {
        // The root user of the key's own account can take back every right by other ways: he is the owner.
        if matches!(holder.who, Who::Root(_)) && holder.foreign == Some(false) {
            return;
        }
        let name = holder_words(holder);
        let list = match (
            context.is_declared_holder(key, part, holder),
            is_certain(holder, right),
        ) {
            (Some(true), _) => &mut self.declared,
            (Some(false), true) => &mut self.undeclared,
            (None, true) => &mut self.unjudged,
            (_, false) => &mut self.perhaps,
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
}

/// True where nothing that the key's owner decides stands between the holder and the right: what another account's IAM
/// allows, that account decides.
fn is_certain(holder: &Holder, right: &Right) -> bool {
    right.is_sure()
        || holder.foreign == Some(true)
            && right
                .decision
                .premises
                .iter()
                .all(|premise| premise.code == PremiseCode::IdentityPolicies)
}

fn names(list: &[String]) -> String {
    let shown = list.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Question 2.
pub(super) fn only_declared(context: &Context<'_>, key: &Key) -> AnswerRow {
    let access = context.bundle.access(key);
    let mut weighed = Weighed::default();
    for (holder, right) in access.access.who_may(ActionClass::Sign) {
        weighed.add(context, key, Part::Signer, holder, right);
    }
    answer(context.bundle, key, 2, access, &weighed, "sign", "signer")
}

/// Question 3.
pub(super) fn one_step(context: &Context<'_>, key: &Key) -> AnswerRow {
    let access = context.bundle.access(key);
    let mut weighed = Weighed::default();
    for class in [ActionClass::Administer, ActionClass::Grant] {
        for (holder, right) in access.access.who_may(class) {
            weighed.add(context, key, Part::Administrator, holder, right);
        }
    }
    let steps = takeovers(context.bundle, key);
    for step in steps
        .iter()
        .filter(|step| context.is_declared(key, Part::Administrator, &step.who) != Some(true))
    {
        let name = format!("{} (by {} on {})", step.who, step.action, step.target);
        let list = match (step.sure, context.declared(key, Part::Administrator).is_empty()) {
            (false, _) => &mut weighed.perhaps,
            (true, false) => &mut weighed.undeclared,
            (true, true) => &mut weighed.unjudged,
        };
        list.push(name);
    }
    let mut row = answer(
        context.bundle,
        key,
        3,
        access,
        &weighed,
        "make itself a signer or administrator (kms:PutKeyPolicy, kms:CreateGrant, or over a signer by IAM)",
        "administrator",
    );
    if row.answer != Answer::No && !Requirement::Iam.is_met(context.bundle, key) {
        row.answer = Answer::Unknown;
        row.rests_on.push(
            "who may take over a signer's user or role (iam:CreateAccessKey, sts:AssumeRole and the like) only IAM tells"
                .to_owned(),
        );
        let account = access.account.as_deref().unwrap_or_default();
        let missing = crate::evidence::iam_missing(context.bundle, account);
        row.rests_on.extend(
            missing
                .into_iter()
                .map(|what| format!("not in the evidence: {what}")),
        );
        row.settles_with.push(settles(Requirement::Iam, key));
    }
    row
}

fn answer(
    bundle: &Bundle,
    key: &Key,
    question: u8,
    access: &KeyAccess,
    weighed: &Weighed,
    what: &str,
    column: &str,
) -> AnswerRow {
    let mut rests_on = Vec::new();
    let mut settles_with = Vec::new();
    let mut answer = Answer::Yes;
    if !weighed.undeclared.is_empty() {
        answer = Answer::No;
        rests_on.push(format!(
            "{} may {what}, and nobody declared it",
            names(&weighed.undeclared)
        ));
    }
    if !weighed.unjudged.is_empty() {
        answer = answer.max_unknown();
        rests_on.push(format!(
            "{} may {what}, and nothing declares who should",
            names(&weighed.unjudged)
        ));
        settles_with.push(format!(
            "who should, as the column {column} of the claims (or --{column}) for {}",
            key.subject()
        ));
    }
    if !weighed.perhaps.is_empty() {
        answer = answer.max_unknown();
        rests_on.push(format!(
            "{} may {what}, if what is not known allows it",
            names(&weighed.perhaps)
        ));
        if !Requirement::Iam.is_met(bundle, key) {
            settles_with.push(settles(Requirement::Iam, key));
        }
    }
    if !access.open.is_empty() {
        answer = answer.max_unknown();
    }
    for open in &access.open {
        rests_on.push(open.message.clone());
    }
    for need in [Requirement::Policy, Requirement::PolicyNames, Requirement::Grants] {
        if access.open.iter().any(|open| open.kind == need.word()) && !need.is_met(bundle, key) {
            settles_with.push(settles(need, key));
        }
    }
    if answer == Answer::Yes {
        rests_on.push(if weighed.declared.is_empty() {
            format!("nobody but the account's root user may {what}")
        } else {
            format!(
                "at most {} and the account's root user may {what}",
                names(&weighed.declared)
            )
        });
        rests_on
            .push("service control policies and the like, which only take away, were not read".to_owned());
    }
    AnswerRow {
        rests_on,
        settles_with,
        ..row(question, key.subject(), answer, Strength::ClientFile)
    }
}

impl Answer {
    /// Unknown, unless it is a no already.
    fn max_unknown(self) -> Self {
        if self == Self::No { self } else { Self::Unknown }
    }
}
