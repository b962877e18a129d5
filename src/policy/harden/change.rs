//! Changes of a policy document, made in its text.

use std::collections::BTreeSet;
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
    /// In the place of each of these entries of `Action` stand others, or none.
    ReplaceActions(Vec<(usize, Vec<String>)>),
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

fn halves<T: Clone>(list: &[T]) -> Option<[Vec<T>; 2]> {
    let (one, other) = list.split_at_checked(list.len() / 2)?;
    (!one.is_empty()).then(|| [one.to_vec(), other.to_vec()])
}

impl Change {
    /// New entries in the place of the first of these, and none in the place of the others.
    pub(super) fn replace_together(which: &[usize], new: Vec<String>) -> Self {
        let mut first = Some(new);
        let each = which.iter().map(|at| (*at, first.take().unwrap_or_default()));
        Self::ReplaceActions(each.collect())
    }

    /// Two changes that do the same one after the other; nothing for one that cannot be split.
    pub(super) fn halves(&self) -> Option<[Self; 2]> {
        match self {
            Self::RemoveActions(which) => halves(which).map(|two| two.map(Self::RemoveActions)),
            Self::RemovePrincipals(which) => halves(which).map(|two| two.map(Self::RemovePrincipals)),
            Self::ReplaceActions(which) if which.iter().all(|(_, new)| !new.is_empty()) => {
                halves(which).map(|two| two.map(Self::ReplaceActions))
            }
            _ => None,
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
            (Self::Add(_), _)
            | (Self::RemoveStatement | Self::RemoveActions(_) | Self::RemovePrincipals(_), Some(_)) => true,
            (Self::ReplaceActions(which), Some(statement)) => {
                let patterns = || which.iter().filter_map(|(at, _)| statement.actions.get(*at));
                let mut new = which.iter().flat_map(|(_, new)| new);
                new.all(|name| patterns().any(|(pattern, _)| pattern.covers(name)))
            }
            _ => false,
        }
    }
}

/// A text with changes made.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) text: String,
    /// The statements that went whole.
    pub(super) gone: BTreeSet<usize>,
}

/// The text of the document with the changes made, each to the statement of an index; nothing where that cannot be: a
/// document without its text, a place that is not there or is changed twice, no statement left.
pub(super) fn apply(document: &Document, changes: &[(usize, &Change)]) -> Option<Changed> {
    let text = document.source()?;
    let list = document.root.get("Statement")?;
    let mut made = Making {
        document,
        edits: Edits::new(text),
        gone: BTreeSet::new(),
    };
    for (index, change) in changes {
        match change {
            Change::Add(draft) => {
                let new = Style::of(text, &document.root, list.one_or_many().last()?).beside(draft);
                if list.is_array() {
                    made.edits.append_item(list, &new);
                } else {
                    let Range { start, end } = list.span;
                    made.edits.replace(&(start..start), "[");
                    made.edits.replace(&(end..end), format!(", {new}]"));
                }
            }
            change => made.one(*index, list.one_or_many().get(*index)?, change)?,
        }
    }
    let gone: Vec<usize> = made.gone.iter().copied().collect();
    if gone.len() >= list.one_or_many().len() {
        return None;
    }
    made.edits.remove_items(list, &gone);
    Some(Changed {
        text: made.edits.finish().ok()?,
        gone: made.gone,
    })
}

struct Making<'d> {
    document: &'d Document,
    edits: Edits<'d>,
    gone: BTreeSet<usize>,
}

impl Making<'_> {
    fn one(&mut self, index: usize, node: &Node, change: &Change) -> Option<()> {
        let document = self.document;
        let statement = document.statements.get(index)?;
        let style = || Some(Style::of(document.source()?, &document.root, node));
        match change {
            Change::RemoveStatement => {
                self.gone.insert(index);
            }
            Change::RemoveActions(which) => self.remove_actions(index, node, statement, which)?,
            Change::ReplaceActions(which) => {
                let value = action_value(node)?;
                let which = without_repeats(statement, which);
                let all: Vec<&String> = which.iter().flat_map(|(_, new)| new).collect();
                if value.is_array() && !all.is_empty() {
                    let none: Vec<usize> = which
                        .iter()
                        .filter(|(_, new)| new.is_empty())
                        .map(|(at, _)| *at)
                        .collect();
                    self.edits.remove_items(value, &places(value, statement, &none));
                    for (at, new) in which.iter().filter(|(_, new)| !new.is_empty()) {
                        let new: Vec<String> = new.iter().map(|name| quoted(name)).collect();
                        let place = *places(value, statement, &[*at]).first()?;
                        self.edits.replace_item(value, place, &new);
                    }
                } else if all.is_empty() {
                    let which: Vec<usize> = which.iter().map(|(at, _)| *at).collect();
                    self.remove_actions(index, node, statement, &which)?;
                } else if let [one] = all.as_slice() {
                    self.edits.replace(&value.span, quoted(one));
                } else {
                    let new = style()?.member(&Draft::texts(&all));
                    self.edits.replace(&value.span, new);
                }
            }
            Change::NameActions(new) => {
                let mut members = node.members().iter().rev();
                let member = members.find(|member| member.key == "NotAction")?;
                self.edits.replace(&member.key_span, quoted("Action"));
                let new = style()?.member(&Draft::texts(new));
                self.edits.replace(&member.value.span, new);
            }
            Change::RemovePrincipals(which) => self.remove_principals(index, node, statement, which)?,
            Change::Rename(sid) => self.edits.replace(&statement.sid.as_ref()?.1, quoted(sid)),
            Change::RemoveConditions(which) => remove_conditions(&mut self.edits, node, which)?,
            Change::Add(_) => return None,
        }
        Some(())
    }

    fn remove_actions(
        &mut self,
        index: usize,
        node: &Node,
        statement: &Statement,
        which: &[usize],
    ) -> Option<()> {
        let value = action_value(node)?;
        let items = places(value, statement, which);
        if !value.is_array() || items.len() == value.items().len() {
            self.gone.insert(index);
        } else {
            self.edits.remove_items(value, &items);
        }
        Some(())
    }

    fn remove_principals(
        &mut self,
        index: usize,
        node: &Node,
        statement: &Statement,
        which: &[usize],
    ) -> Option<()> {
        let value = node.get_any(&["Principal", "NotPrincipal"])?;
        let all = &statement.principals.as_ref()?.list;
        let spans: BTreeSet<usize> = which
            .iter()
            .filter_map(|at| all.get(*at))
            .map(|(_, span)| span.start)
            .collect();
        if spans.len() == all.len() {
            self.gone.insert(index);
            return Some(());
        }
        if !value.is_object() {
            return None;
        }
        let mut empty = Vec::new();
        for (at, member) in value.members().iter().enumerate() {
            let gone = at_spans(&member.value, &spans);
            let whole = if member.value.is_array() {
                !gone.is_empty() && gone.len() == member.value.items().len()
            } else {
                spans.contains(&member.value.span.start)
            };
            if whole {
                empty.push(at);
            } else {
                self.edits.remove_items(&member.value, &gone);
            }
        }
        self.edits.remove_members(value, &empty);
        Some(())
    }
}

/// The replacements without names that stand in the list already, or come twice.
fn without_repeats(statement: &Statement, which: &[(usize, Vec<String>)]) -> Vec<(usize, Vec<String>)> {
    let replaced: BTreeSet<usize> = which.iter().map(|(at, _)| *at).collect();
    let entries = statement.actions.iter().enumerate();
    let mut seen: BTreeSet<String> = entries
        .filter(|(at, _)| !replaced.contains(at))
        .map(|(_, (pattern, _))| pattern.as_str().to_ascii_lowercase())
        .collect();
    which
        .iter()
        .map(|(at, new)| {
            let mut new = new.clone();
            new.retain(|name| seen.insert(name.to_ascii_lowercase()));
            (*at, new)
        })
        .collect()
}

fn action_value(node: &Node) -> Option<&Node> {
    node.get_any(&["Action", "NotAction"])
}

/// The items of the array of actions that the entries of these numbers are, in the order of the text.
fn places(value: &Node, statement: &Statement, which: &[usize]) -> Vec<usize> {
    let spans: BTreeSet<usize> = which
        .iter()
        .filter_map(|at| statement.actions.get(*at))
        .map(|(_, span)| span.start)
        .collect();
    at_spans(value, &spans)
}

fn at_spans(value: &Node, starts: &BTreeSet<usize>) -> Vec<usize> {
    let items = value.items().iter().enumerate();
    items
        .filter(|(_, item)| starts.contains(&item.span.start))
        .map(|(at, _)| at)
        .collect()
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
