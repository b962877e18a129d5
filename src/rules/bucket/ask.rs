//! Who may do what with a bucket, as its policy has it: the same evaluator that decides on keys.
//!
//! Source: Amazon S3 User Guide, "Bucket policies for Amazon S3", "How Amazon S3 authorizes a request".

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::arn::Arn;
use crate::evidence::{Bucket, BucketPolicy, Bundle};
use crate::json::Node;
use crate::policy::evaluate::{Caller, Context, Decision, Policies, Policy, Request, Verdict};
use crate::policy::{Effect, Principal, Principals, Statement};
use crate::source::Span;

/// What a validator publishes in its folder, as far as relayers read it (hyperlane-monorepo,
/// `rust/main/hyperlane-base/src/types/s3_storage.rs`).
const OBJECTS: [&str; 3] = [
    "checkpoint_0_with_id.json",
    "checkpoint_latest_index.json",
    "announcement.json",
];

/// The most objects that are asked about, the most principals, and the most statements that all questions of one kind
/// together may look at: a policy of S3 has 20 kB at most, one that somebody made up has as many statements as he likes.
const MOST: usize = 120;
const PRINCIPALS: usize = 200;
const WORK: usize = 100_000;

/// An address that is nobody's (RFC 5737, TEST-NET-3): who is let in from there is let in from everywhere.
const SOMEWHERE: &str = "203.0.113.77";

/// Keys of the context that no anonymous request from the internet carries.
const ABSENT: [&str; 10] = [
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceVpce",
    "aws:SourceVpc",
    "aws:VpcSourceIp",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:CalledVia",
    "aws:FederatedProvider",
];

/// What everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Public {
    /// No.
    No,
    /// Where a condition holds that the caller cannot choose: his network, say.
    Limited,
    /// Everybody may, if he writes his request so.
    Chosen,
    /// Everybody may.
    Yes,
}

/// A bucket's policy, ready to be asked.
pub(super) struct Asked<'b> {
    pub(super) policy: &'b BucketPolicy,
    policies: Policies,
    /// ARN of the bucket.
    arn: String,
    today: String,
    /// Questions that may be asked of each kind.
    questions: usize,
}

impl<'b> Asked<'b> {
    pub(super) fn new(bucket: &Bucket, policy: &'b BucketPolicy, today: Date) -> Self {
        let partition = resources(policy)
            .find_map(|resource| Arn::parse(resource).filter(|arn| arn.service == "s3"))
            .map_or("aws", |arn| arn.partition);
        let named = resources(policy).find_map(crate::evidence::bucket_of_arn);
        let name = bucket.name.as_deref().or(named).unwrap_or("the-bucket");
        Self {
            policies: Policies {
                key_policy: Some(Policy::new(&policy.document)),
                ..Policies::default()
            },
            arn: format!("arn:{partition}:s3:::{name}"),
            questions: WORK.checked_div(policy.document.statements.len()).unwrap_or(WORK),
            policy,
            today: format!("{today}T12:00:00Z"),
        }
    }

    /// What a request carries that nobody can leave out.
    fn context(&self, is_anonymous: bool) -> Context {
        let mut context = Context::new();
        context.set("aws:SecureTransport", vec!["true".to_owned()]);
        context.set("aws:CurrentTime", vec![self.today.clone()]);
        if is_anonymous {
            for key in ABSENT {
                context.set(key, Vec::new());
            }
        }
        context
    }

    fn decide(&self, principal: &Caller, action: &str, object: Option<&str>, context: Context) -> Decision {
        let resource = match object {
            Some(object) => format!("{}/{object}", self.arn),
            None => self.arn.clone(),
        };
        self.policies.decide(&Request {
            principal: principal.clone(),
            action: action.to_owned(),
            resource,
            // Whose bucket it is is not known: what the policy itself lets one do is asked, and that is the same.
            resource_account: principal.account().map(str::to_owned),
            context,
        })
    }

    /// Whether everybody may: a request without a signature, from anywhere.
    pub(super) fn public(&self, action: &str, object: Option<&str>) -> (Public, Decision) {
        let Some(nobody) = Caller::parse("*") else {
            let decision = Decision {
                verdict: Verdict::ImplicitDeny,
                because: Vec::new(),
                premises: Vec::new(),
                notes: Vec::new(),
            };
            return (Public::No, decision);
        };
        let mut context = self.context(true);
        context.set("aws:SourceIp", vec![SOMEWHERE.to_owned()]);
        let sure = self.decide(&nobody, action, object, context.clone());
        if sure.verdict == Verdict::Allowed {
            return (Public::Yes, sure);
        }
        context.set_incomplete();
        let chosen = self.decide(&nobody, action, object, context);
        if chosen.verdict != Verdict::ExplicitDeny && chosen.verdict != Verdict::ImplicitDeny {
            let keys = self.conditions(&chosen);
            if !keys.is_empty() && keys.iter().all(|key| is_chosen(key)) {
                return (Public::Chosen, chosen);
            }
        }
        let mut open = self.context(true);
        open.set_incomplete();
        let open = self.decide(&nobody, action, object, open);
        let limited = matches!(open.verdict, Verdict::Depends | Verdict::Allowed);
        (if limited { Public::Limited } else { Public::No }, open)
    }

    /// Whether somebody with a name may, as far as this policy decides it.
    pub(super) fn named(&self, principal: &Caller, action: &str, object: Option<&str>) -> Option<Decision> {
        let mut context = self.context(false);
        context.set_incomplete();
        let decision = self.decide(principal, action, object, context);
        matches!(decision.verdict, Verdict::Allowed | Verdict::Depends)
            .then_some(decision)
            .filter(|decision| !decision.because.is_empty())
    }

    /// The condition keys of the statements that a decision rests on.
    fn conditions(&self, decision: &Decision) -> BTreeSet<String> {
        self.statements(decision)
            .flat_map(|(_, statement)| {
                let keys = statement.conditions();
                keys.into_iter()
                    .map(|(_, key, _)| key.to_ascii_lowercase())
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The statements that a decision rests on, with their index.
    pub(super) fn statements(&self, decision: &Decision) -> impl Iterator<Item = (usize, &'b Statement)> {
        let indices: BTreeSet<usize> = decision
            .because
            .iter()
            .filter_map(|because| because.statement)
            .collect();
        let statements = &self.policy.document.statements;
        indices
            .into_iter()
            .filter_map(move |index| Some((index, statements.get(index)?)))
    }

    /// The first statement that a decision rests on: its place, its name and its canonical text.
    pub(super) fn ground(&self, decision: &Decision) -> Option<(Span, String, String)> {
        let (index, statement) = self
            .statements(decision)
            .find(|(_, statement)| statement.effect == Some(Effect::Allow))?;
        let text = self
            .policy
            .document
            .statement_node(index)
            .map_or_else(String::new, crate::policy::canonical);
        Some((self.place(statement), statement.name(index), text))
    }

    /// The place of a statement.
    pub(super) fn place(&self, statement: &Statement) -> Span {
        Span::new(self.policy.source, statement.span.clone())
    }

    /// The place of the whole document.
    pub(super) fn whole(&self) -> Span {
        Span::new(self.policy.source, self.policy.document.span.clone())
    }

    /// The folders that the policy speaks of, each with its slash; the bucket itself is the empty one.
    pub(super) fn folders(&self) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = patterns(self.policy)
            .map(|pattern| {
                let filled = filled(pattern);
                filled
                    .rsplit_once('/')
                    .map_or_else(String::new, |(folder, _)| format!("{folder}/"))
            })
            .take(self.questions.checked_div(10).unwrap_or(MOST).clamp(2, MOST))
            .collect();
        found.insert(String::new());
        found
    }

    /// Objects that stand for all: those of the folders, and one of each pattern of the policy; true where there are more.
    pub(super) fn objects(&self, bundle: &Bundle, bucket: &Bucket) -> (BTreeSet<String>, bool) {
        let callers = self.callers().0.len().max(1);
        let most = self
            .questions
            .checked_div(callers)
            .unwrap_or(MOST)
            .clamp(OBJECTS.len(), MOST);
        let own = super::folders(bundle, bucket);
        let folders = own.iter().cloned().chain(self.folders());
        let mut found = BTreeSet::new();
        let all = folders
            .flat_map(|folder| published(&folder).collect::<Vec<_>>())
            .chain(patterns(self.policy).map(filled));
        for object in all {
            if found.len() >= most && !found.contains(&object) {
                return (found, true);
            }
            found.insert(object);
        }
        (found, false)
    }

    /// Everybody with a name in a statement that allows something; true where there are more.
    pub(super) fn callers(&self) -> (BTreeMap<String, Caller>, bool) {
        let most = self
            .questions
            .checked_div(10)
            .unwrap_or(PRINCIPALS)
            .clamp(8, PRINCIPALS);
        let mut found = BTreeMap::new();
        let allowing = self
            .policy
            .document
            .statements
            .iter()
            .filter(|statement| statement.effect == Some(Effect::Allow));
        for principal in allowing
            .filter_map(|statement| statement.principals.as_ref())
            .flat_map(Principals::iter)
        {
            if found.len() >= most {
                return (found, true);
            }
            let text = match principal {
                Principal::User(text) | Principal::Role(text) | Principal::Session(text) => text.clone(),
                Principal::Account(account) => account.clone(),
                _ => continue,
            };
            if let Some(caller) = Caller::parse(&text) {
                found.insert(text, caller);
            }
        }
        (found, false)
    }
}

/// What a validator publishes in a folder.
pub(super) fn published(folder: &str) -> impl Iterator<Item = String> {
    OBJECTS.iter().map(move |object| format!("{folder}{object}"))
}

fn resources(policy: &BucketPolicy) -> impl Iterator<Item = &str> {
    policy
        .document
        .statements
        .iter()
        .flat_map(|statement| &statement.resources)
        .map(|(resource, _)| resource.as_str())
}

/// The parts of resources behind the bucket.
fn patterns(policy: &BucketPolicy) -> impl Iterator<Item = &str> {
    resources(policy).filter_map(|resource| {
        let (_, object) = resource.split_once(":::")?.1.split_once('/')?;
        (!object.is_empty() && !object.contains('$')).then_some(object)
    })
}

/// An object that a pattern covers.
fn filled(pattern: &str) -> String {
    match pattern.strip_suffix('*') {
        Some(head) if head.is_empty() || head.ends_with('/') => {
            format!("{}checkpoint_0_with_id.json", head.replace(['*', '?'], "x"))
        }
        _ => pattern.replace(['*', '?'], "x"),
    }
}

/// True for a condition key whose value the caller chooses himself.
fn is_chosen(key: &str) -> bool {
    key.starts_with("s3:x-amz-")
        || key.starts_with("s3:requestobjecttag")
        || matches!(
            key,
            "aws:referer"
                | "aws:useragent"
                | "aws:securetransport"
                | "aws:currenttime"
                | "s3:prefix"
                | "s3:delimiter"
                | "s3:max-keys"
                | "s3:tlsversion"
                | "s3:if-none-match"
                | "s3:if-match"
        )
}

/// The values of the conditions of a statement, in words.
pub(super) fn condition_words(statement: &Statement) -> Vec<String> {
    statement
        .conditions()
        .into_iter()
        .map(|(operator, key, values)| {
            let values: Vec<&str> = values.into_iter().filter_map(Node::as_str).collect();
            format!("{operator} {key} {}", values.join(" or "))
        })
        .collect()
}
