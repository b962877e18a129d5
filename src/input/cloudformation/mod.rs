//! CloudFormation templates, in JSON and YAML; what SAM and the CDK write is one, too.
//!
//! Sources: CloudFormation's template reference for `AWS::KMS::Key`, `AWS::KMS::ReplicaKey` and `AWS::KMS::Alias`, and
//! "Intrinsic function reference". What a template leaves out has the default of that reference, and its place is the
//! resource's type.

mod intrinsic;

use std::collections::BTreeSet;

use super::fields::Fields;
use super::key_policy::{self, Beside};
use super::{Format, Probe, Reader};
use crate::arn::{KeyRef, is_unknown};
use crate::evidence::{Alias, AliasList, Data, Field, Metadata, NotTold, Tags, Teller, Trouble};
use crate::json::{Member, Node, Value};
use crate::source::OffsetMap;
use intrinsic::Evaluator;

/// A template.
pub(super) struct CloudFormation;

impl Format for CloudFormation {
    fn id(&self) -> &'static str {
        "cloudformation"
    }

    fn title(&self) -> &'static str {
        "a CloudFormation template"
    }

    // A value like ${X} is for deployment to fill in: nobody masked it.
    fn is_output(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        let resources = probe.object().and_then(|object| object.get("Resources"));
        resources.is_some_and(|resources| {
            resources.members().iter().any(|member| {
                let kind = member.value.str_of("Type");
                kind.is_some_and(|kind| kind.contains("::"))
            })
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(resources) = probe.object().and_then(|object| object.get("Resources")) else {
            return;
        };
        reader.intent = true;
        let resources = all(resources);
        let keys = resources
            .iter()
            .filter(|member| matches!(member.value.str_of("Type"), Some(KEY | REPLICA)));
        let mut template = Template {
            probe,
            reader,
            evaluator: Evaluator::new(resources.iter().copied()),
            keys: keys.map(|member| member.key.as_str()).collect(),
            troubles: Fields::new(probe).troubles,
        };
        for member in resources {
            template.resource(&member.key, &member.value);
        }
    }
}

const KEY: &str = "AWS::KMS::Key";
const REPLICA: &str = "AWS::KMS::ReplicaKey";

/// The resources in the order of the text; a loop of the language extensions (`Fn::ForEach::Keys`) has its own inside.
fn all(resources: &Node) -> Vec<&Member> {
    let mut found = Vec::new();
    let mut open: Vec<&Member> = resources.members().iter().rev().collect();
    while let Some(member) = open.pop() {
        if member.key.starts_with("Fn::ForEach::") {
            let body = member.value.items().last().map(Node::members).unwrap_or_default();
            open.extend(body.iter().rev());
        } else {
            found.push(member);
        }
    }
    found
}

/// A template that is being read.
struct Template<'r, 's, 'p> {
    probe: &'p Probe,
    reader: &'r mut Reader<'s>,
    evaluator: Evaluator,
    /// The logical ids of the keys.
    keys: BTreeSet<&'p str>,
    /// What is wrong with the file as a whole, until the first artefact takes it.
    troubles: Vec<Trouble>,
}

/// One resource: its logical id, its type, its properties with all that is known put in.
struct Resource<'n> {
    id: &'n str,
    kind: &'n Node,
    /// The policy as it is written.
    policy: Option<&'n Node>,
    properties: Node,
}

impl Resource<'_> {
    /// A property that is there, whatever it is.
    fn get(&self, name: &str) -> Option<&Node> {
        self.properties.get(name).filter(|node| node.value != Value::Null)
    }
}

impl Template<'_, '_, '_> {
    fn resource(&mut self, id: &str, node: &Node) {
        let Some(kind) = node.get("Type") else { return };
        let Some(name @ (KEY | REPLICA | "AWS::KMS::Alias")) = kind.as_str() else {
            return;
        };
        let nothing = Node {
            span: kind.span.clone(),
            value: Value::Object(Vec::new()),
        };
        let own = node.get("Properties");
        let properties = own.map(|own| self.evaluator.value(own));
        let policy = own.and_then(|own| own.get("KeyPolicy"));
        let resource = Resource {
            id,
            kind,
            policy,
            properties: properties.unwrap_or(nothing),
        };
        if name == "AWS::KMS::Alias" {
            self.alias(&resource);
            return;
        }
        let key = Field {
            value: self.reader.declared(self.probe, id),
            span: self.probe.at(kind),
        };
        self.metadata(&resource, &key);
        self.policy(&resource, &key);
        self.tags(&resource, key);
    }

    fn push(&mut self, resource: &Resource<'_>, data: Data) {
        let troubles = std::mem::take(&mut self.troubles);
        let span = self.probe.at(&resource.properties);
        self.reader.push_with(span, data, troubles);
    }

    fn not_told(
        &mut self,
        resource: &Resource<'_>,
        key: Option<Field<KeyRef>>,
        kind: &'static str,
        message: String,
    ) {
        self.push(resource, Data::NotTold(NotTold { key, kind, message }));
    }

    /// A text, its default where the property is left out, and nothing where only deployment gives it.
    fn text(&self, resource: &Resource<'_>, name: &str, default: Option<&str>) -> Option<Field<String>> {
        let Some(node) = resource.get(name) else {
            let value = default?.to_owned();
            return Some(Field {
                value,
                span: self.probe.at(resource.kind),
            });
        };
        let value = match &node.value {
            Value::String(text) | Value::Number(text) => text.clone(),
            _ => return None,
        };
        (!is_unknown(&value)).then(|| Field {
            value,
            span: self.probe.at(node),
        })
    }

    /// A Boolean, which templates may write as text.
    fn bool(&self, resource: &Resource<'_>, name: &str, default: bool) -> Option<Field<bool>> {
        let Some(node) = resource.get(name) else {
            return Some(Field {
                value: default,
                span: self.probe.at(resource.kind),
            });
        };
        let value = match &node.value {
            Value::Bool(value) => *value,
            Value::String(text) => text.to_ascii_lowercase().parse().ok()?,
            _ => return None,
        };
        Some(Field {
            value,
            span: self.probe.at(node),
        })
    }

    fn metadata(&mut self, resource: &Resource<'_>, key: &Field<KeyRef>) {
        let is_replica = resource.kind.as_str() == Some(REPLICA);
        // A replica has what its primary has.
        let default = |text| (!is_replica).then_some(text);
        let state = self.bool(resource, "Enabled", true).map(|enabled| Field {
            value: if enabled.value { "Enabled" } else { "Disabled" }.to_owned(),
            span: enabled.span,
        });
        let primary = self.text(resource, "PrimaryKeyArn", None);
        let metadata = Metadata {
            teller: Teller::CloudFormation,
            key: Some(key.clone()),
            account: None,
            key_spec: self.text(resource, "KeySpec", default("SYMMETRIC_DEFAULT")),
            key_usage: self.text(resource, "KeyUsage", default("ENCRYPT_DECRYPT")),
            key_state: state,
            origin: self.text(resource, "Origin", default("AWS_KMS")),
            key_manager: Some(Field {
                value: "CUSTOMER".to_owned(),
                span: self.probe.at(resource.kind),
            }),
            multi_region: self.bool(resource, "MultiRegion", is_replica),
            replicas: primary.into_iter().collect(),
            deletion_date: None,
            valid_to: None,
            custom_key_store: None,
            creation_date: None,
            description: self.text(resource, "Description", None),
        };
        self.push(resource, Data::Metadata(Box::new(metadata)));
        for name in ["KeySpec", "KeyUsage", "Origin"] {
            if resource.get(name).is_some() && self.text(resource, name, None).is_none() {
                let message = format!("the {name} of {} is known only when it is deployed", resource.id);
                self.not_told(resource, Some(key.clone()), "metadata", message);
            }
        }
    }

    fn policy(&mut self, resource: &Resource<'_>, key: &Field<KeyRef>) {
        let beside = |troubles| Beside {
            key: Some(key.clone()),
            name: None,
            troubles,
            exported: true,
            teller: Teller::CloudFormation,
        };
        let id = resource.id;
        let given = resource.get("KeyPolicy").filter(|node| node.as_str() != Some(""));
        let why = match given {
            None => format!(
                "{id} has no KeyPolicy: AWS KMS gives it the default, which leaves the key to the account's IAM"
            ),
            Some(node) => match &node.value {
                Value::String(text) if text.trim_start().starts_with('{') => {
                    let beside = beside(std::mem::take(&mut self.troubles));
                    let view = self.view(resource.policy.unwrap_or(node), text);
                    key_policy::push_text(self.reader, self.probe.source, view, beside);
                    return;
                }
                Value::Object(_) if !node.str_of("Statement").is_some_and(is_unknown) => {
                    let beside = beside(std::mem::take(&mut self.troubles));
                    key_policy::push(self.reader, self.probe.source, node, beside);
                    return;
                }
                _ => format!("the KeyPolicy of {id} is known only when it is deployed"),
            },
        };
        self.not_told(resource, Some(key.clone()), "policy", why);
    }

    /// The text of a string with its way back; as a whole where functions made it.
    fn view(&self, node: &Node, text: &str) -> (String, OffsetMap) {
        let written = intrinsic::written(node, text).and_then(|node| self.probe.string_view(node));
        written.unwrap_or_else(|| {
            let mut map = OffsetMap::new();
            map.replaced(0..text.len(), node.span.clone());
            (text.to_owned(), map)
        })
    }

    fn tags(&mut self, resource: &Resource<'_>, key: Field<KeyRef>) {
        let items = resource.get("Tags").map(Node::items).unwrap_or_default();
        let text = |tag: &Node, name: &str| {
            let node = tag.get(name)?;
            let value = match &node.value {
                Value::String(text) | Value::Number(text) => text.clone(),
                Value::Bool(value) => value.to_string(),
                _ => return None,
            };
            Some(Field {
                value,
                span: self.probe.at(node),
            })
        };
        let tags: Vec<_> = items
            .iter()
            .filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?)))
            .collect();
        if let Some(node) = resource.get("Tags").filter(|_| !tags.is_empty()) {
            let span = self.probe.at(node);
            let troubles = std::mem::take(&mut self.troubles);
            let data = Data::Tags(Tags {
                key: Some(key),
                tags,
                truncated: None,
            });
            self.reader.push_with(span, data, troubles);
        }
    }

    fn alias(&mut self, resource: &Resource<'_>) {
        let name = resource.get("AliasName").and_then(|node| {
            let value = node.as_str()?.to_owned();
            Some(Field {
                value,
                span: self.probe.at(node),
            })
        });
        let target = resource.get("TargetKeyId").and_then(|node| {
            let value = self.key_of(node.as_str()?)?;
            Some(Field {
                value,
                span: self.probe.at(node),
            })
        });
        let Some(name) = name.filter(|name| name.value.starts_with("alias/")) else {
            let message = format!(
                "the name of the alias {} is known only when it is deployed",
                resource.id
            );
            self.not_told(resource, target, "aliases", message);
            return;
        };
        let alias = Alias {
            name,
            arn: None,
            target,
            updated: None,
        };
        self.push(
            resource,
            Data::Aliases(AliasList {
                aliases: vec![alias],
                truncated: None,
            }),
        );
    }

    /// The key that a value names: a resource of the template by `Ref` or `Fn::GetAtt`, else a key of AWS.
    fn key_of(&self, text: &str) -> Option<KeyRef> {
        if let Some(inside) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            let id = inside
                .strip_suffix(".Arn")
                .or_else(|| inside.strip_suffix(".KeyId"))
                .unwrap_or(inside);
            return self
                .keys
                .contains(id)
                .then(|| self.reader.declared(self.probe, id));
        }
        KeyRef::parse(text).filter(|_| !is_unknown(text))
    }
}
