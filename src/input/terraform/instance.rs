//! The resource instances of a state or of a plan, each with its address.

use crate::json::{Node, Value};

/// The resources and data sources that speak of keys.
const KINDS: [&str; 8] = [
    "aws_kms_key",
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
    "aws_kms_alias",
    "aws_kms_public_key",
    "aws_kms_key_policy",
    "aws_kms_grant",
];

/// One instance of a resource or of a data source.
#[derive(Debug, Clone)]
pub(super) struct Instance<'n> {
    /// The module's address, `module.a["x"].module.b`; empty for the root module.
    pub(super) module: &'n str,
    /// `aws_kms_key.validator`, with `data.` before it for a data source.
    pub(super) base: String,
    /// `[0]` or `["ethereum"]`; empty without `count` and `for_each`.
    pub(super) index: String,
    /// True for a data source.
    pub(super) is_data: bool,
    /// `aws_kms_key` and the like.
    pub(super) kind: &'n str,
    /// The attributes.
    pub(super) values: &'n Node,
    /// `after_unknown` of a plan: what is known only after apply is `true` in it.
    pub(super) unknown: Option<&'n Node>,
}

impl<'n> Instance<'n> {
    /// The whole address: `module.a.aws_kms_key.validator[0]`.
    pub(super) fn address(&self) -> String {
        let dot = if self.module.is_empty() { "" } else { "." };
        format!("{}{dot}{}{}", self.module, self.base, self.index)
    }

    /// An instance of this resource, for what speaks of keys.
    fn of(resource: &'n Node, module: &'n str, index: Option<&Node>, values: &'n Node) -> Option<Self> {
        let kind = resource.str_of("type").filter(|kind| KINDS.contains(kind))?;
        let name = resource.str_of("name")?;
        let index = match index.map(|index| &index.value) {
            Some(Value::Number(number)) => format!("[{number}]"),
            Some(Value::String(key)) => format!("[{}]", serde_json::Value::from(key.as_str())),
            _ => String::new(),
        };
        let mode = resource.str_of("mode");
        values.is_object().then(|| Self {
            module,
            base: base(mode, kind, name),
            index,
            is_data: mode == Some("data"),
            kind,
            values,
            unknown: None,
        })
    }
}

/// `aws_kms_key.validator`, with `data.` before it for a data source.
pub(super) fn base(mode: Option<&str>, kind: &str, name: &str) -> String {
    let data = if mode == Some("data") { "data." } else { "" };
    format!("{data}{kind}.{name}")
}

/// The instances of a file.
#[derive(Default)]
pub(super) struct Instances<'n> {
    /// In the order of the text.
    pub(super) list: Vec<Instance<'n>>,
    /// The attributes of one whose address is longer than any that Terraform makes: such are left out.
    pub(super) left_out: Option<&'n Node>,
}

/// The longest address, in bytes. Many instances may share the name of one resource or module.
const LONGEST: usize = 2_000;

impl<'n> Instances<'n> {
    fn push(&mut self, instance: Option<Instance<'n>>) {
        let Some(instance) = instance else { return };
        let length = [instance.module, &instance.base, &instance.index]
            .iter()
            .map(|part| part.len())
            .fold(0, usize::saturating_add);
        if length > LONGEST {
            self.left_out = self.left_out.or(Some(instance.values));
        } else {
            self.list.push(instance);
        }
    }

    /// Those of a state file.
    pub(super) fn of_state(root: &'n Node) -> Self {
        let mut found = Self::default();
        for resource in root.get("resources").map(Node::items).unwrap_or_default() {
            let long = |part: &str| resource.str_of(part).is_some_and(|part| part.len() > LONGEST);
            let module = resource.str_of("module").unwrap_or_default();
            for instance in resource.get("instances").map(Node::items).unwrap_or_default() {
                let Some(values) = instance.get("attributes") else {
                    continue;
                };
                if long("name") {
                    found.left_out = found.left_out.or(Some(values));
                    break;
                }
                found.push(Instance::of(resource, module, instance.get("index_key"), values));
            }
        }
        found
    }

    /// Those of a plan's changes as they are after them: where somebody left the planned values out.
    pub(super) fn of_changes(changes: &'n [Node]) -> Self {
        let mut found = Self::default();
        for change in changes {
            let module = change.str_of("module_address").unwrap_or_default();
            if let Some(values) = change.get("change").and_then(|change| change.get("after")) {
                found.push(Instance::of(change, module, change.get("index"), values));
            }
        }
        found
    }

    /// Those of a values representation: of a module and of all below it, as deep as the text nests.
    pub(super) fn of_values(values: &'n Node) -> Self {
        let mut found = Self::default();
        let mut modules: Vec<&Node> = values.get("root_module").into_iter().collect();
        while let Some(module) = modules.pop() {
            let address = module.str_of("address").unwrap_or_default();
            for resource in module.get("resources").map(Node::items).unwrap_or_default() {
                if let Some(values) = resource.get("values") {
                    found.push(Instance::of(resource, address, resource.get("index"), values));
                }
            }
            let below = module.get("child_modules").map(Node::items).unwrap_or_default();
            modules.extend(below);
        }
        found.list.sort_by_key(|instance| instance.values.span.start);
        found
    }
}

/// The outputs: the values that a configuration gives to whoever uses it.
pub(super) fn outputs(holder: &Node) -> impl Iterator<Item = &Node> {
    holder
        .get("outputs")
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .filter_map(|output| output.value.get("value"))
}
