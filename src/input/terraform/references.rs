//! What a plan's configuration refers to: the key of an alias or of a policy whose key is not made yet.
//!
//! The expressions of a configuration are not in a plan, only the names that they refer to
//! (`{"references": ["aws_kms_key.validator.key_id", "aws_kms_key.validator"]}`). Where these lead to one key alone, it
//! is that one; where they lead to several, or to none, nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::{Instance, base};
use crate::json::Node;

/// The most names that are followed for one argument: variables and outputs of modules lead to further ones.
const MOST: usize = 32;

/// The arguments that refer to a key.
const ARGUMENTS: [&str; 2] = ["target_key_id", "key_id"];

/// The expressions of a configuration, module by module.
#[derive(Default)]
pub(super) struct Configuration<'n> {
    /// The root module first.
    modules: Vec<Module<'n>>,
}

/// One module, as it is written: its instances share it.
#[derive(Default)]
struct Module<'n> {
    /// The arguments that refer to a key, by resource (`aws_kms_alias.validator`) and name.
    arguments: BTreeMap<(String, &'static str), &'n Node>,
    /// What the caller gives its variables.
    variables: BTreeMap<&'n str, &'n Node>,
    /// What its outputs are.
    outputs: BTreeMap<&'n str, &'n Node>,
    /// The modules that it calls.
    calls: BTreeMap<&'n str, usize>,
}

/// Module names, each with the index of its instance, from the outermost.
type Path = Vec<(String, String)>;

/// A name to be followed: the module where it stands, the name, and the index of the resource that it is for.
type Step = (Path, String, String);

impl<'n> Configuration<'n> {
    /// The configuration of a plan; an empty one leads nowhere.
    pub(super) fn of(configuration: Option<&'n Node>) -> Self {
        let mut found = Self::default();
        let root = configuration.and_then(|node| node.get("root_module"));
        let mut open: Vec<(usize, &'n Node)> = Vec::new();
        if let Some(root) = root {
            found.modules.push(Module::default());
            open.push((0, root));
        }
        while let Some((at, node)) = open.pop() {
            for call in node.get("module_calls").map(Node::members).unwrap_or_default() {
                let below = found.modules.len();
                let variables = call
                    .value
                    .get("expressions")
                    .map(Node::members)
                    .unwrap_or_default();
                found.modules.push(Module {
                    variables: variables
                        .iter()
                        .map(|own| (own.key.as_str(), &own.value))
                        .collect(),
                    ..Module::default()
                });
                if let Some(module) = found.modules.get_mut(at) {
                    module.calls.insert(&call.key, below);
                }
                open.extend(call.value.get("module").map(|module| (below, module)));
            }
            if let Some(module) = found.modules.get_mut(at) {
                module.read(node);
            }
        }
        found
    }

    fn module(&self, path: &[(String, String)]) -> Option<&Module<'n>> {
        let mut module = self.modules.first()?;
        for (name, _) in path {
            module = self.modules.get(*module.calls.get(name.as_str())?)?;
        }
        Some(module)
    }

    /// The address of the one key among `keys` that an argument of a resource refers to.
    pub(super) fn target(
        &self,
        of: &Instance<'_>,
        argument: &'static str,
        keys: &BTreeSet<String>,
    ) -> Option<String> {
        let path = steps(of.module);
        let own = self.module(&path)?.arguments.get(&(of.base.clone(), argument))?;
        let mut open = followed(own, &path, &of.index);
        let mut seen: BTreeSet<Step> = BTreeSet::new();
        let mut found: BTreeSet<&str> = BTreeSet::new();
        while let Some(step) = open.pop() {
            if seen.len() >= MOST {
                return None;
            }
            if !seen.insert(step.clone()) {
                continue;
            }
            let (mut path, name, index) = step;
            if let Some(variable) = name.strip_prefix("var.") {
                let variable = first_word(variable);
                let given = self
                    .module(&path)
                    .and_then(|module| module.variables.get(variable));
                if let (Some(given), Some((_, index))) = (given, path.pop()) {
                    open.extend(followed(given, &path, &index));
                }
            } else if name.starts_with("module.") {
                let (inside, output) = into_module(&name);
                path.push(inside);
                let output = first_word(output);
                if let Some(own) = self.module(&path).and_then(|module| module.outputs.get(output)) {
                    open.extend(followed(own, &path, ""));
                }
            } else {
                found.extend(key_of(&path, &name, &index, keys));
            }
        }
        let mut found = found.into_iter();
        let first = found.next().map(str::to_owned);
        first.filter(|_| found.next().is_none())
    }
}

impl<'n> Module<'n> {
    fn read(&mut self, node: &'n Node) {
        for resource in node.get("resources").map(Node::items).unwrap_or_default() {
            let (Some(kind), Some(name), Some(expressions)) = (
                resource.str_of("type"),
                resource.str_of("name"),
                resource.get("expressions"),
            ) else {
                continue;
            };
            for argument in ARGUMENTS {
                if let Some(expression) = expressions.get(argument) {
                    let base = base(resource.str_of("mode"), kind, name);
                    self.arguments.insert((base, argument), expression);
                }
            }
        }
        for output in node.get("outputs").map(Node::members).unwrap_or_default() {
            if let Some(expression) = output.value.get("expression") {
                self.outputs.insert(&output.key, expression);
            }
        }
    }
}

/// The name up to an attribute or index of it.
fn first_word(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or_default()
}

/// The names that an expression refers to, to be followed from a module.
fn followed(expression: &Node, path: &[(String, String)], index: &str) -> Vec<Step> {
    expression
        .get("references")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
        .take(MOST)
        .map(|name| (path.to_vec(), name.to_owned(), index.to_owned()))
        .collect()
}

/// The key that a name in a module is: the instance that it names; without one the only instance, or that with the same
/// index.
fn key_of<'k>(path: &Path, name: &str, index: &str, keys: &'k BTreeSet<String>) -> Option<&'k str> {
    let mut base = String::new();
    for (name, index) in path {
        base.push_str("module.");
        base.push_str(name);
        base.push_str(index);
        base.push('.');
    }
    let mut rest = name;
    for part in 0..if name.starts_with("data.") { 3 } else { 2 } {
        let word = first_word(rest);
        base.push_str(if part == 0 { "" } else { "." });
        base.push_str(word);
        rest = rest.get(word.len()..)?;
        if !rest.starts_with('[') {
            rest = rest.strip_prefix('.').unwrap_or_default();
        }
    }
    let named = rest.get(..index_length(rest)).unwrap_or_default();
    if !named.is_empty() {
        return keys.get(&format!("{base}{named}")).map(String::as_str);
    }
    if let Some(key) = keys.get(&base).or_else(|| keys.get(&format!("{base}{index}"))) {
        return Some(key);
    }
    let bracket = format!("{base}[");
    let mut instances = keys
        .range(bracket.clone()..)
        .take_while(|key| key.starts_with(&bracket));
    let first = instances.next()?;
    instances.next().is_none().then_some(first.as_str())
}

/// The steps of a module's address, each with its index: `module.a["x"].module.b`.
fn steps(address: &str) -> Path {
    let mut steps = Vec::new();
    let mut rest = address;
    while rest.starts_with("module.") {
        let (step, after) = into_module(rest);
        steps.push(step);
        rest = after;
    }
    steps
}

/// The first step of a name, and what follows it: `module.a["x"].key_id` is `a` with `["x"]`, and `key_id`.
fn into_module(name: &str) -> ((String, String), &str) {
    let own = name.strip_prefix("module.").unwrap_or(name);
    let (name, after) = own.split_at(first_word(own).len());
    let (index, after) = after.split_at(index_length(after));
    let step = (name.to_owned(), index.to_owned());
    (step, after.strip_prefix('.').unwrap_or_default())
}

/// The length of `[0]` or `["a.b"]` at the start of a text; 0 where there is none.
fn index_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('[') else {
        return 0;
    };
    let mut quoted = false;
    let mut escaped = false;
    for (at, char) in inside.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return at.saturating_add(2),
            _ => {}
        }
    }
    text.len()
}
