//! Whom a statement speaks of.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal".

use serde_json::{Map, Value};

use crate::case::{Caller, is_account, many};
use crate::context::Asked;

/// In which way a statement names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// The user, the session, the federated user, the root user or the service itself.
    Itself,
    /// The role behind a session, or the user behind a federated user.
    Behind,
    /// The caller's account.
    Account,
    Everyone,
}

/// Every way in which a statement names the caller.
pub(crate) fn named(
    statement: &Map<String, Value>,
    denies: bool,
    has_boundary: bool,
    asked: &mut Asked<'_, '_>,
) -> Vec<Named> {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(list), _) => ways(list, asked),
        (None, Some(list)) => {
            let ways = ways(list, asked);
            let spoken_of = if denies {
                is_denied_beside(&ways, has_boundary, asked)
            } else {
                is_allowed_beside(&ways, asked)
            };
            if spoken_of {
                vec![Named::Everyone]
            } else {
                Vec::new()
            }
        }
        // AWS refuses it: a policy of a resource names principals.
        (None, None) => {
            let any = asked.world.maybe("a statement without Principal");
            if any { vec![Named::Itself] } else { Vec::new() }
        }
    }
}

/// Every way in which a list of principals names the caller.
pub(crate) fn ways(list: &Value, asked: &mut Asked<'_, '_>) -> Vec<Named> {
    entries(list)
        .into_iter()
        .filter_map(|(kind, name)| names(&kind, &name, asked))
        .collect()
}

/// Kind and name of each principal; `"*"` is `{"AWS": "*"}`.
fn entries(list: &Value) -> Vec<(String, String)> {
    match list {
        Value::String(star) if star == "*" => vec![("AWS".to_owned(), star.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| {
                many(names)
                    .filter_map(Value::as_str)
                    .map(|name| (kind.clone(), name.to_owned()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn names(kind: &str, name: &str, asked: &mut Asked<'_, '_>) -> Option<Named> {
    if name.contains("${") {
        // Variables have no place here: the text is a template, and who stands there is not known.
        return asked
            .world
            .maybe(&format!("the template {name}"))
            .then_some(Named::Itself);
    }
    let caller = &asked.case.caller;
    match (kind, caller) {
        ("Service", Caller::Service(own)) => (name == own).then_some(Named::Itself),
        ("AWS", _) if name == "*" => Some(Named::Everyone),
        ("AWS", Caller::Service(_) | Caller::Anonymous) => None,
        ("AWS", _) => names_by_arn(name, asked),
        _ => None,
    }
}

fn names_by_arn(name: &str, asked: &mut Asked<'_, '_>) -> Option<Named> {
    let caller = &asked.case.caller;
    let (partition, account) = (caller.partition()?, caller.account()?);
    if is_account(name) || name.ends_with(":root") {
        let root = Caller::Root {
            partition: partition.to_owned(),
            account: account.to_owned(),
        };
        return (name == account || name == root.arn()).then_some(Named::Account);
    }
    if name == caller.arn() {
        let behind = matches!(caller, Caller::Role { .. });
        return Some(if behind { Named::Behind } else { Named::Itself });
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    if parts.len() < 6
        || parts[0] != "arn"
        || parts[1] != partition
        || parts[4] != account
        || name.contains(['*', '?'])
    {
        return None;
    }
    match (caller, parts[2], parts[5].split_once('/')?) {
        // The name of a role is unique in its account; a session's ARN has no path.
        (Caller::Session { role, .. }, "iam", ("role", path)) => {
            (path.rsplit('/').next() == Some(role)).then_some(Named::Behind)
        }
        // Any session of the role: perhaps this one.
        (Caller::Role { .. }, "sts", ("assumed-role", session)) => {
            let (role, session) = session.split_once('/')?;
            let ours = Some(role) == caller.role_name();
            (ours && is_session(session, asked)).then_some(Named::Itself)
        }
        // Any user of the account may have called GetFederationToken; one user has.
        (Caller::Federated { .. }, "iam", ("user", user)) => is_behind(user, asked).then_some(Named::Behind),
        _ => None,
    }
}

/// Whether a role's session, which may be any, is the one of this name.
fn is_session(name: &str, asked: &mut Asked<'_, '_>) -> bool {
    let mut sessions: Vec<String> = asked
        .case
        .mentions()
        .iter()
        .filter_map(|text| {
            text.split_once(":assumed-role/")?
                .1
                .split_once('/')
                .map(|(_, name)| name.to_owned())
        })
        .collect();
    sessions.sort();
    sessions.dedup();
    let chosen = asked.world.choose("the name of the session", sessions.len() + 1);
    sessions.get(chosen).is_some_and(|chosen| chosen == name)
}

/// Whether the user behind a federated user, which may be any of its account, is this one.
fn is_behind(user: &str, asked: &mut Asked<'_, '_>) -> bool {
    let mut users: Vec<String> = asked
        .case
        .mentions()
        .iter()
        .filter_map(|text| text.split_once(":user/").map(|(_, path)| path.to_owned()))
        .collect();
    users.sort();
    users.dedup();
    let chosen = asked
        .world
        .choose("the user behind the federated user", users.len() + 1);
    users.get(chosen).is_some_and(|chosen| chosen == user)
}

/// `NotPrincipal` with `Deny`: the caller is exempt where it is listed with what it belongs to: the account, and for a
/// session its role. Who is listed in part only: "AWS might validate the account first".
fn is_denied_beside(listed: &[Named], has_boundary: bool, asked: &mut Asked<'_, '_>) -> bool {
    let caller = asked.case.caller.clone();
    // "will always deny any IAM principal that has a permissions boundary policy attached, regardless of the values specified".
    let limited = matches!(
        caller,
        Caller::User { .. } | Caller::Role { .. } | Caller::Session { .. } | Caller::Federated { .. }
    );
    if has_boundary && limited {
        return true;
    }
    if listed.contains(&Named::Everyone) {
        return false;
    }
    let needed: &[Named] = match caller {
        Caller::User { .. } | Caller::Federated { .. } => &[Named::Itself, Named::Account],
        Caller::Role { .. } | Caller::Session { .. } => &[Named::Itself, Named::Behind, Named::Account],
        Caller::Root { .. } => &[Named::Account],
        Caller::Service(_) | Caller::Anonymous => &[Named::Itself],
    };
    if needed.iter().all(|way| listed.contains(way)) {
        return false;
    }
    listed.is_empty() || asked.world.maybe("a caller that NotPrincipal lists in part")
}

/// `NotPrincipal` with `Allow`: everyone but those that are listed.
fn is_allowed_beside(listed: &[Named], asked: &mut Asked<'_, '_>) -> bool {
    let by_name = |way: &Named| *way != Named::Account || matches!(asked.case.caller, Caller::Root { .. });
    let everyone = listed.iter().all(|way| *way == Named::Everyone);
    if matches!(asked.case.caller, Caller::Service(_)) && !listed.is_empty() && everyone {
        return !asked.world.maybe("everyone includes services");
    }
    if listed.iter().any(by_name) {
        return false;
    }
    // Whether an account stands for those in it is not said.
    listed.is_empty() || asked.world.maybe("an account that NotPrincipal lists")
}
