//! Changes of a policy document, made in its text.

use std::ops::Range;

use crate::json::Node;
use crate::json::edit::{Draft, Edits, Style, quoted};
use crate::policy::{Document, Effect, Statement};

/// One change. Entries are counted as [`Statement`] counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A statement goes.
    RemoveStatement,
    /// Entries of `Action` go; with the last of them the statement.
    RemoveActions(Vec<usize>),
    /// Entries of `Action` go, and these stand where the first of them stood.
    ReplaceActions(Vec<usize>, Vec<String>),
    /// `Action` with these entries, in the place of `NotAction`.
    NameActions(Vec<String>),
    /// Entries of `Principal` go; with the last of them the statement.
    RemovePrincipals(Vec<usize>),
    /// Another `Sid`.
    Rename(String),
    /// Condition keys go: number of the operator, and of the key in it.
    RemoveConditions(Vec<(usize, usize)>),
    /// A statement is added at the end.
    Add(Draft),
}

impl Change {
    /// The parts of a change that can be made one by one, the last first so that the indices stay right.
    pub(super) fn parts(&self) -> Vec<Self> {
        match self {
            Self::RemoveActions(which) => which
                .iter()
                .rev()
                .map(|at| Self::RemoveActions(vec![*at]))
                .collect(),
            Self::RemovePrincipals(which) => {
                let parts = which.iter().rev();
                parts.map(|at| Self::RemovePrincipals(vec![*at])).collect()
            }
            other => vec![other.clone()],
        }
    }

    /// True for a change that can only take away, whatever the statement means: entries of an Allow go, or are replaced by
    /// names that they cover, or a Deny is added. Everything else has to be compared.
    pub(super) fn only_takes(&self, statement: Option<&Statement>) -> bool {
        let plain = |statement: &Statement| {
            let negated = statement.principals.as_ref().is_none_or(|list| list.negated);
            statement.effect == Some(Effect::Allow) && !negated && !statement.not_action
        };
        match (self, statement.filter(|statement| plain(statement))) {
            (Self::Add(_), _) => true,
            (Self::RemoveStatement | Self::RemoveActions(_) | Self::RemovePrincipals(_), Some(_)) => true,
            (Self::ReplaceActions(which, new), Some(statement)) => new.iter().all(|name| {
                which.iter().any(|at| {
                    statement
                        .actions
                        .get(*at)
                        .is_some_and(|(pattern, _)| pattern.covers(name))
                })
            }),
            _ => false,
        }
    }
}

/// The text of the document with the change made to the statement of an index; nothing where that cannot be: a document
/// without its text, a place that is not there, the only statement.
pub(super) fn apply(document: &Document, index: usize, change: &Change) -> Option<String> {
    let text = document.source()?;
    let list = document.root.get("Statement")?;
    let mut edits = Edits::new(text);
    if let Change::Add(draft) = change {
        let new = Style::of(text, &document.root, list.one_or_many().last()?).beside(draft);
        if list.is_array() {
            edits.append_item(list, &new);
        } else {
            let Range { start, end } = list.span;
            edits.replace(&(start..start), "[");
            edits.replace(&(end..end), format!(", {new}]"));
        }
        return edits.finish().ok();
    }
    let node = list.one_or_many().get(index)?;
    let statement = document.statements.get(index)?;
    let style = || Style::of(text, &document.root, node);
    let done = match change {
        Change::RemoveStatement => remove_statement(&mut edits, list, index),
        Change::RemoveActions(which) => match entries(node, statement, which)? {
            Entries::All => remove_statement(&mut edits, list, index),
            Entries::Some(array, items) => {
                edits.remove_items(array, &items);
                Some(())
            }
        },
        Change::ReplaceActions(which, new) => {
            let value = action_value(node)?;
            let mut new: Vec<String> = new.clone();
            // What stays must not be said twice.
            new.retain(|name| {
                !(0..statement.actions.len()).any(|at| {
                    !which.contains(&at)
                        && statement
                            .actions
                            .get(at)
                            .is_some_and(|(own, _)| own.is_exactly(name))
                })
            });
            match (value.is_array(), new.as_slice()) {
                (_, []) => match entries(node, statement, which)? {
                    Entries::All => remove_statement(&mut edits, list, index),
                    Entries::Some(array, items) => {
                        edits.remove_items(array, &items);
                        Some(())
                    }
                },
                (false, [one]) => {
                    edits.replace(&value.span, quoted(one));
                    Some(())
                }
                (false, several) => {
                    edits.replace(&value.span, style().member(&Draft::texts(several)));
                    Some(())
                }
                (true, _) => {
                    let mut items = places(value, statement, which);
                    let first = *items.first()?;
                    items.remove(0);
                    edits.remove_items(value, &items);
                    let new: Vec<String> = new.iter().map(|name| quoted(name)).collect();
                    edits.replace_item(value, first, &new);
                    Some(())
                }
            }
        }
        Change::NameActions(new) => {
            let member = node
                .members()
                .iter()
                .rev()
                .find(|member| member.key == "NotAction")?;
            edits.replace(&member.key_span, quoted("Action"));
            edits.replace(&member.value.span, style().member(&Draft::texts(new)));
            Some(())
        }
        Change::RemovePrincipals(which) => remove_principals(&mut edits, list, index, which, statement),
        Change::Rename(sid) => {
            edits.replace(&statement.sid.as_ref()?.1, quoted(sid));
            Some(())
        }
        Change::RemoveConditions(which) => remove_conditions(&mut edits, node, which),
        Change::Add(_) => None,
    };
    done?;
    edits.finish().ok()
}

/// The only statement cannot go: a document without one is none.
fn remove_statement(edits: &mut Edits<'_>, list: &Node, index: usize) -> Option<()> {
    (list.items().len() > 1).then(|| edits.remove_items(list, &[index]))
}

fn action_value(node: &Node) -> Option<&Node> {
    node.get_any(&["Action", "NotAction"])
}

/// What stands for some entries of `Action`.
enum Entries<'n> {
    /// There is no other.
    All,
    /// These items of this array.
    Some(&'n Node, Vec<usize>),
}

fn entries<'n>(node: &'n Node, statement: &Statement, which: &[usize]) -> Option<Entries<'n>> {
    let value = action_value(node)?;
    if !value.is_array() {
        return Some(Entries::All);
    }
    let items = places(value, statement, which);
    Some(if items.len() == value.items().len() {
        Entries::All
    } else {
        Entries::Some(value, items)
    })
}

/// The items of the array of actions that the entries of these numbers are, in the order of the text.
fn places(value: &Node, statement: &Statement, which: &[usize]) -> Vec<usize> {
    let spans: Vec<&Range<usize>> = which
        .iter()
        .filter_map(|at| statement.actions.get(*at))
        .map(|(_, span)| span)
        .collect();
    at_spans(value, &spans)
}

fn at_spans(value: &Node, spans: &[&Range<usize>]) -> Vec<usize> {
    let items = value.items().iter().enumerate();
    items
        .filter(|(_, item)| spans.contains(&&item.span))
        .map(|(at, _)| at)
        .collect()
}

fn remove_principals(
    edits: &mut Edits<'_>,
    list: &Node,
    index: usize,
    which: &[usize],
    statement: &Statement,
) -> Option<()> {
    let node = list.one_or_many().get(index)?;
    let value = node.get_any(&["Principal", "NotPrincipal"])?;
    let all = &statement.principals.as_ref()?.list;
    let spans: Vec<&Range<usize>> = which
        .iter()
        .filter_map(|at| all.get(*at))
        .map(|(_, span)| span)
        .collect();
    if spans.len() == all.len() {
        return remove_statement(edits, list, index);
    }
    if !value.is_object() {
        return None;
    }
    let mut empty = Vec::new();
    for (at, member) in value.members().iter().enumerate() {
        let gone = if member.value.is_array() {
            at_spans(&member.value, &spans)
        } else {
            Vec::new()
        };
        let whole = if member.value.is_array() {
            !gone.is_empty() && gone.len() == member.value.items().len()
        } else {
            spans.contains(&&member.value.span)
        };
        if whole {
            empty.push(at);
        } else {
            edits.remove_items(&member.value, &gone);
        }
    }
    edits.remove_members(value, &empty);
    Some(())
}

fn remove_conditions(edits: &mut Edits<'_>, node: &Node, which: &[(usize, usize)]) -> Option<()> {
    let at = node
        .members()
        .iter()
        .rposition(|member| member.key == "Condition")?;
    let condition = &node.members().get(at)?.value;
    let mut empty = Vec::new();
    for (number, operator) in condition.members().iter().enumerate() {
        let keys: Vec<usize> = which
            .iter()
            .filter(|(of, _)| *of == number)
            .map(|(_, key)| *key)
            .collect();
        if !keys.is_empty() && keys.len() == operator.value.members().len() {
            empty.push(number);
        } else {
            edits.remove_members(&operator.value, &keys);
        }
    }
    if empty.len() == condition.members().len() {
        edits.remove_members(node, &[at]);
    } else {
        edits.remove_members(condition, &empty);
    }
    Some(())
}
