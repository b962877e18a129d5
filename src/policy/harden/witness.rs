//! Requests that show what an edit took away: allowed before, denied after.

use super::change::Change;
use super::plan::{Proposal, Seen};
use super::request::{self, Asked};
use super::{Taken, Unseen, Witness};
use crate::json::Node;
use crate::policy::evaluate::{Caller, Policies, Verdict};
use crate::policy::{ActionPattern, Document, Statement, catalogue};

/// The most requests that are tried for one entry.
const MOST_ASKED: usize = 24;

const MESSAGE_TYPE: &str = "kms:MessageType";

/// One entry that an edit takes away, and requests that may show it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    what: String,
    pointer: Option<String>,
    asked: Vec<Asked>,
    /// True for a wildcard.
    wild: bool,
}

/// What the edit takes away, entry by entry.
pub(super) fn pieces(
    seen: &Seen<'_>,
    proposal: &Proposal,
    old: &Document,
    origin: &[Option<usize>],
) -> Vec<Piece> {
    if let Change::Add(_) = proposal.change {
        // What the new statement denies.
        return vec![Piece {
            what: proposal.denied.clone(),
            pointer: None,
            asked: proposal.asked.clone(),
            wild: false,
        }];
    }
    let Some(statement) = seen.document.statements.get(proposal.statement) else {
        return Vec::new();
    };
    let at = origin.get(proposal.statement).copied().flatten();
    let place = Place {
        seen,
        statement,
        old,
        at,
    };
    match &proposal.change {
        Change::Add(_) => Vec::new(),
        Change::RemoveStatement | Change::NameActions(_) => {
            let actions: Vec<ActionPattern> = statement
                .actions
                .iter()
                .map(|(action, _)| action.clone())
                .collect();
            vec![Piece {
                what: statement.name(at.unwrap_or(proposal.statement)),
                pointer: place.pointer(None),
                asked: place.asked(None, &actions, &[]),
                wild: false,
            }]
        }
        Change::RemoveActions(which) => place.actions(which, &[]),
        Change::ReplaceActions(which) => {
            let stays: Vec<String> = which.iter().flat_map(|(_, new)| new).cloned().collect();
            let which: Vec<usize> = which.iter().map(|(at, _)| *at).collect();
            place.actions(&which, &stays)
        }
        Change::RemovePrincipals(which) => which
            .iter()
            .filter_map(|number| {
                let (principal, span) = statement.principals.as_ref()?.list.get(*number)?;
                let actions: Vec<ActionPattern> = statement
                    .actions
                    .iter()
                    .map(|(action, _)| action.clone())
                    .collect();
                let what = seen
                    .document
                    .source()
                    .and_then(|text| serde_json::from_str(text.get(span.clone())?).ok())
                    .unwrap_or_else(|| principal.as_str().to_owned());
                Some(Piece {
                    pointer: place.pointer(Some((&["Principal"], &what))),
                    asked: place.asked(Some(&[*number]), &actions, &[]),
                    wild: false,
                    what,
                })
            })
            .collect(),
        Change::Rename(_) => {
            let what = statement.sid.as_ref().map(|(sid, _)| sid.clone());
            let what = what.unwrap_or_default();
            vec![Piece {
                pointer: place.pointer(Some((&["Sid"], &what))),
                what,
                asked: Vec::new(),
                wild: false,
            }]
        }
        Change::RemoveConditions(which) => which
            .iter()
            .filter_map(|(operator, key)| {
                let operator = statement.condition.as_ref()?.members().get(*operator)?;
                let key = operator.value.members().get(*key)?;
                Some(Piece {
                    what: format!("{} {}", operator.key, key.key),
                    pointer: place.pointer(None),
                    asked: Vec::new(),
                    wild: false,
                })
            })
            .collect(),
    }
}

/// RFC 6901 pointer of a statement.
pub(super) fn statement_pointer(document: &Document, at: usize) -> Option<String> {
    let list = document.root.get("Statement")?;
    list.one_or_many().get(at)?;
    Some(if list.is_array() {
        format!("/Statement/{at}")
    } else {
        "/Statement".to_owned()
    })
}

/// A statement, where it stands now and where it stood.
struct Place<'a> {
    seen: &'a Seen<'a>,
    statement: &'a Statement,
    old: &'a Document,
    at: Option<usize>,
}

impl Place<'_> {
    /// The pointer of an entry in the old document, else of the statement.
    fn pointer(&self, entry: Option<(&[&str], &str)>) -> Option<String> {
        let whole = statement_pointer(self.old, self.at?)?;
        let Some((names, text)) = entry else {
            return Some(whole);
        };
        let node = self.old.root.get("Statement")?.one_or_many().get(self.at?)?;
        let value = node.get_any(names)?;
        let inside = |value: &Node| -> Option<Node> {
            let own = value.one_or_many().iter();
            let nested = value
                .members()
                .iter()
                .flat_map(|member| member.value.one_or_many());
            own.chain(nested)
                .find(|item| item.as_str() == Some(text))
                .cloned()
        };
        let found = inside(value)?;
        Some(format!("{whole}{}", node.pointer_to(&found.span)))
    }

    fn actions(&self, which: &[usize], stays: &[String]) -> Vec<Piece> {
        which
            .iter()
            .filter_map(|number| {
                let (action, _) = self.statement.actions.get(*number)?;
                Some(Piece {
                    what: action.as_str().to_owned(),
                    pointer: self.pointer(Some((&["Action", "NotAction"], action.as_str()))),
                    asked: self.asked(None, std::slice::from_ref(action), stays),
                    wild: action.has_wildcard(),
                })
            })
            .collect()
    }

    /// Requests that these patterns cover, and that none of `stays` names.
    fn asked(&self, principals: Option<&[usize]>, actions: &[ActionPattern], stays: &[String]) -> Vec<Asked> {
        if self.statement.not_action {
            return Vec::new();
        }
        let context = request::context(self.statement);
        let account = self.seen.ground.account;
        let callers: Vec<Caller> = request::callers(self.statement, principals, account, self.seen.partition);
        let mut names: Vec<String> = Vec::new();
        for pattern in actions {
            let covered: Vec<String> = catalogue::covered(pattern.as_str())
                .into_iter()
                .filter(|action| action.is_on("key"))
                .map(|action| format!("{}:{}", action.service, action.name))
                .collect();
            names.extend(covered);
        }
        names.retain(|name| !stays.iter().any(|one| one.eq_ignore_ascii_case(name)));
        // What matters most is shown first.
        names.sort_by_key(|name| {
            let power = catalogue::action(name).map(catalogue::power);
            (name != "kms:Sign", std::cmp::Reverse(power), name.clone())
        });
        names.dedup();
        // As every EVM client signs, unless the statement asks for something else.
        let digest = (MESSAGE_TYPE.to_owned(), vec!["DIGEST".to_owned()]);
        let given = context
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(MESSAGE_TYPE));
        let mut found = Vec::new();
        for name in &names {
            let signs = matches!(name.as_str(), "kms:Sign" | "kms:Verify");
            for caller in &callers {
                if found.len() < MOST_ASKED {
                    let mut context = context.clone();
                    context.extend((signs && !given).then(|| digest.clone()));
                    found.push(Asked::new(caller.clone(), name, account, context));
                }
            }
        }
        found
    }
}

/// The first request that was allowed and is denied. Where there is none, `nothing` says whether that is because nothing
/// is taken.
pub(super) fn taken(
    piece: Piece,
    before: &Policies,
    after: &Policies,
    nothing: &mut dyn FnMut() -> bool,
) -> Taken {
    let witness = piece.asked.into_iter().find_map(|asked| {
        let old = before.decide(&asked.request);
        if old.verdict != Verdict::Allowed {
            return None;
        }
        let new = after.decide(&asked.request);
        matches!(new.verdict, Verdict::ExplicitDeny | Verdict::ImplicitDeny).then_some(Witness {
            asked,
            before: old,
            after: new,
        })
    });
    let unseen = if witness.is_some() {
        None
    } else if nothing() {
        Some(Unseen::Nothing)
    } else if piece.wild {
        Some(Unseen::Future)
    } else {
        Some(Unseen::NotFound)
    };
    Taken {
        what: piece.what,
        pointer: piece.pointer,
        witness,
        unseen,
    }
}
