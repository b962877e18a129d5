//! What one resource says of a key, as the exports of AWS would say it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fields::Fields;
use super::super::key_policy::{self, Beside};
use super::super::public_key::{self, key_bytes};
use super::super::{Probe, Reader};
use super::instance::{Instance, Instances};
use crate::arn::{Arn, KeyRef};
use crate::evidence::{
    Alias, AliasList, Data, Field, Grant, GrantConstraints, GrantList, GranteeKind, Metadata, NotTold, Tags,
    Teller, Trouble, grantee_kind,
};
use crate::json::{Node, Value};
use crate::key::spki;

/// The resources that are keys, and the data source of one.
const KEYS: [&str; 4] = [
    "aws_kms_key",
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
];

/// What Terraform prints in the place of a value.
const NO_VALUES: [&str; 3] = ["(sensitive value)", "(sensitive)", "(known after apply)"];

/// The addresses of all keys of a file.
pub(super) fn key_addresses(instances: &Instances<'_>) -> BTreeSet<String> {
    let keys = instances.list.iter().filter(|one| KEYS.contains(&one.kind));
    keys.map(Instance::address).collect()
}

/// Finds the key that an argument refers to where its value is not known yet.
pub(super) type Target<'t> = &'t dyn Fn(&Instance<'_>, &'static str) -> Option<String>;

/// Reads the instances of one file.
pub(super) struct Reading<'r, 's, 'p> {
    probe: &'p Probe,
    reader: &'r mut Reader<'s>,
    teller: Teller,
    target: Target<'p>,
    /// The keys of the file by address.
    keys: BTreeMap<String, KeyRef>,
    /// The keys of the file by id: a multi-Region key has the same in every region.
    by_id: BTreeMap<String, BTreeSet<KeyRef>>,
    /// The keys whose policy is that of an `aws_kms_key_policy`: the attribute of the key itself is then an old one.
    elsewhere: BTreeSet<KeyRef>,
    /// What is wrong with the file as a whole, until the first artefact takes it.
    troubles: Vec<Trouble>,
}

impl<'r, 's, 'p> Reading<'r, 's, 'p> {
    /// Starts with the names of the keys.
    pub(super) fn new(
        probe: &'p Probe,
        reader: &'r mut Reader<'s>,
        teller: Teller,
        instances: &Instances<'_>,
        target: Target<'p>,
    ) -> Self {
        if let Some(values) = instances.left_out {
            reader.broken(
                "an address that is longer than any of Terraform",
                probe.at(values),
            );
        }
        let mut reading = Self {
            probe,
            reader,
            teller,
            target,
            keys: BTreeMap::new(),
            by_id: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            troubles: Fields::new(probe).troubles,
        };
        for instance in instances.list.iter().filter(|one| KEYS.contains(&one.kind)) {
            let own = ["arn", "id", "key_id"]
                .iter()
                .filter_map(|name| KeyRef::parse(instance.values.str_of(name)?))
                .find(|key| key.id().is_some());
            let key = own.unwrap_or_else(|| reading.declared(instance));
            if let Some(id) = key.id() {
                reading
                    .by_id
                    .entry(id.to_owned())
                    .or_default()
                    .insert(key.clone());
            }
            reading.keys.insert(instance.address(), key);
        }
        let policies = instances
            .list
            .iter()
            .filter(|one| one.kind == "aws_kms_key_policy");
        let elsewhere: Vec<KeyRef> = policies
            .filter_map(|one| reading.of_file(&reading.named(one, "key_id")?.value))
            .collect();
        reading.elsewhere.extend(elsewhere);
        reading
    }

    /// Reads everything.
    pub(super) fn all<'n>(mut self, instances: &Instances<'_>, outputs: impl Iterator<Item = &'n Node>) {
        for value in outputs {
            self.output(value);
        }
        let code = self.teller;
        for instance in &instances.list {
            // A data source was read from AWS, for a plan too.
            self.teller = if instance.is_data {
                Teller::TerraformState
            } else {
                code
            };
            self.reader.intent = self.teller.is_intent();
            match instance.kind {
                "aws_kms_alias" => self.alias(instance),
                "aws_kms_grant" => self.grant(instance),
                "aws_kms_public_key" => self.public_key(instance),
                "aws_kms_key_policy" => {
                    let key = self.named(instance, "key_id").unwrap_or_else(|| Field {
                        value: self.declared(instance),
                        span: self.probe.at(instance.values),
                    });
                    self.policy(instance, key);
                }
                _ => self.key(instance),
            }
        }
    }

    /// A name for a key that has none of AWS's.
    fn declared(&self, instance: &Instance<'_>) -> KeyRef {
        self.reader.declared(self.probe, &instance.address())
    }

    /// The key of the file that a name means: of several regions' keys with one id, none.
    fn of_file(&self, name: &KeyRef) -> Option<KeyRef> {
        let KeyRef::Id(id) = name else {
            return Some(name.clone());
        };
        let keys = self.by_id.get(id)?;
        keys.first().filter(|_| keys.len() == 1).cloned()
    }

    /// The key that an argument names, or refers to.
    fn named(&self, instance: &Instance<'_>, argument: &'static str) -> Option<Field<KeyRef>> {
        if let Some(text) = self.text(instance, argument) {
            let span = text.span;
            let value = KeyRef::parse(&text.value)?;
            let regional = self.in_region(&value, instance.values.str_of("region"));
            return Some(Field {
                value: regional.unwrap_or(value),
                span,
            });
        }
        let address = (self.target)(instance, argument)?;
        Some(Field {
            value: self.keys.get(&address)?.clone(),
            span: self.probe.at(instance.values),
        })
    }

    /// Of several keys of the file with one id the one in the region that a resource names (provider version 6).
    fn in_region(&self, name: &KeyRef, region: Option<&str>) -> Option<KeyRef> {
        let (KeyRef::Id(id), Some(wanted)) = (name, region) else {
            return None;
        };
        let mut keys = self.by_id.get(id).filter(|keys| keys.len() > 1)?.iter();
        keys.find(|key| matches!(key, KeyRef::Arn { region, .. } if region == wanted))
            .cloned()
    }

    fn text(&self, instance: &Instance<'_>, name: &str) -> Option<Field<String>> {
        let node = instance.values.get(name)?;
        let (Value::String(text) | Value::Number(text)) = &node.value else {
            return None;
        };
        let is_value = !text.is_empty() && !NO_VALUES.contains(&text.as_str());
        is_value.then(|| Field {
            value: text.clone(),
            span: self.probe.at(node),
        })
    }

    fn any(&self, instance: &Instance<'_>, names: &[&str]) -> Option<Field<String>> {
        names.iter().find_map(|name| self.text(instance, name))
    }

    fn bool(&self, instance: &Instance<'_>, names: &[&str]) -> Option<Field<bool>> {
        let node = instance.values.get_any(names)?;
        let value = match &node.value {
            Value::Bool(value) => *value,
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        Some(Field {
            value,
            span: self.probe.at(node),
        })
    }

    /// A value that the kind of the resource implies.
    fn implied<T>(&self, instance: &Instance<'_>, value: T) -> Field<T> {
        Field {
            value,
            span: self.probe.at(instance.values),
        }
    }

    fn push(&mut self, instance: &Instance<'_>, data: Data) {
        let troubles = std::mem::take(&mut self.troubles);
        self.reader
            .push_with(self.probe.at(instance.values), data, troubles);
    }

    /// A key: its metadata, its policy, its tags.
    fn key(&mut self, instance: &Instance<'_>) {
        let Some(own) = self.keys.get(&instance.address()).cloned() else {
            return;
        };
        let place = instance
            .values
            .get_any(&["arn", "key_id"])
            .unwrap_or(instance.values);
        let key = Field {
            value: own,
            span: self.probe.at(place),
        };
        let metadata = self.metadata(instance, &key);
        self.push(instance, Data::Metadata(Box::new(metadata)));
        if !instance.is_data && !self.elsewhere.contains(&key.value) {
            self.policy(instance, key.clone());
        }
        self.tags(instance, key);
    }

    fn metadata(&self, instance: &Instance<'_>, key: &Field<KeyRef>) -> Metadata {
        let is_external = instance.kind.contains("external");
        let is_replica = instance.kind.contains("replica");
        let state = self.text(instance, "key_state").or_else(|| {
            let enabled = self.bool(instance, &["is_enabled", "enabled"])?;
            let value = if enabled.value { "Enabled" } else { "Disabled" };
            Some(Field {
                value: value.to_owned(),
                span: enabled.span,
            })
        });
        let origin = self
            .text(instance, "origin")
            .or_else(|| is_external.then(|| self.implied(instance, "EXTERNAL".to_owned())));
        let manager = self
            .text(instance, "key_manager")
            .or_else(|| (!instance.is_data).then(|| self.implied(instance, "CUSTOMER".to_owned())));
        Metadata {
            teller: self.teller,
            key: Some(key.clone()),
            account: self.text(instance, "aws_account_id"),
            key_spec: self.any(instance, &["key_spec", "customer_master_key_spec"]),
            key_usage: self.text(instance, "key_usage"),
            key_state: state,
            origin,
            key_manager: manager,
            multi_region: self
                .bool(instance, &["multi_region"])
                .or_else(|| is_replica.then(|| self.implied(instance, true))),
            replicas: self.replicas(instance),
            deletion_date: self.text(instance, "deletion_date"),
            valid_to: self.text(instance, "valid_to"),
            custom_key_store: self.text(instance, "custom_key_store_id"),
            creation_date: self.text(instance, "creation_date"),
            description: self.text(instance, "description"),
        }
    }

    /// The ARNs of primary and replicas that a replica or the data source of a key names.
    fn replicas(&self, instance: &Instance<'_>) -> Vec<Field<String>> {
        let configuration = instance
            .values
            .get("multi_region_configuration")
            .map(Node::one_or_many)
            .unwrap_or_default();
        let listed = configuration
            .iter()
            .flat_map(|node| [node.get("primary_key"), node.get("replica_keys")])
            .flatten()
            .flat_map(Node::one_or_many)
            .filter_map(|key| key.get("arn"));
        listed
            .chain(instance.values.get("primary_key_arn"))
            .filter_map(|node| {
                let arn = node.as_str().filter(|arn| Arn::parse(arn).is_some())?;
                Some(Field {
                    value: arn.to_owned(),
                    span: self.probe.at(node),
                })
            })
            .collect()
    }

    fn policy(&mut self, instance: &Instance<'_>, key: Field<KeyRef>) {
        let beside = |troubles| Beside {
            key: Some(key.clone()),
            name: None,
            troubles,
            exported: true,
            teller: self.teller,
        };
        let node = instance.values.get("policy");
        if let Some(node) = node.filter(|node| node.is_object()) {
            let beside = beside(std::mem::take(&mut self.troubles));
            key_policy::push(self.reader, self.probe.source, node, beside);
            return;
        }
        let is_text = |node: &&Node| {
            node.as_str()
                .is_some_and(|text| text.trim_start().starts_with('{'))
        };
        if let Some(view) = node.filter(is_text).and_then(|node| self.probe.string_view(node)) {
            let beside = beside(std::mem::take(&mut self.troubles));
            key_policy::push_text(self.reader, self.probe.source, view, beside);
            return;
        }
        let address = instance.address();
        let later = instance
            .unknown
            .and_then(|unknown| unknown.get("policy")?.as_bool())
            == Some(true);
        let message = match node.and_then(Node::as_str) {
            _ if later => format!("the policy of {address} is known only after apply"),
            Some(text) if !text.is_empty() => format!("the policy of {address} is not shown"),
            _ => format!("no policy of {address} stands in it: what AWS has is not known from here"),
        };
        self.push(
            instance,
            Data::NotTold(NotTold {
                key: Some(key),
                kind: "policy",
                message,
            }),
        );
    }

    fn tags(&mut self, instance: &Instance<'_>, key: Field<KeyRef>) {
        let filled = |name: &str| {
            instance
                .values
                .get(name)
                .filter(|tags| !tags.members().is_empty())
        };
        // `tags_all` has those that the provider adds to every resource, too.
        let Some(node) = filled("tags_all").or_else(|| filled("tags")) else {
            return;
        };
        let pairs = node.members().iter().filter_map(|tag| {
            let value = tag.value.as_str()?.to_owned();
            Some((
                Field {
                    value: tag.key.clone(),
                    span: self.probe.span(tag.key_span.clone()),
                },
                Field {
                    value,
                    span: self.probe.at(&tag.value),
                },
            ))
        });
        let tags = Tags {
            key: Some(key),
            tags: pairs.collect(),
            truncated: None,
        };
        let span = self.probe.at(node);
        let troubles = std::mem::take(&mut self.troubles);
        self.reader.push_with(span, Data::Tags(tags), troubles);
    }

    fn alias(&mut self, instance: &Instance<'_>) {
        let Some(name) = self.text(instance, "name") else {
            let message = format!("the name of {} is known only after apply", instance.address());
            let key = self.named(instance, "target_key_id");
            self.push(
                instance,
                Data::NotTold(NotTold {
                    key,
                    kind: "aliases",
                    message,
                }),
            );
            return;
        };
        let target = self.named(instance, "target_key_id").or_else(|| {
            let arn = self.text(instance, "target_key_arn")?;
            Some(Field {
                value: KeyRef::parse(&arn.value)?,
                span: arn.span,
            })
        });
        let alias = Alias {
            name,
            arn: self.text(instance, "arn"),
            target,
            updated: None,
        };
        self.push(
            instance,
            Data::Aliases(AliasList {
                aliases: vec![alias],
                truncated: None,
            }),
        );
    }

    fn grant(&mut self, instance: &Instance<'_>) {
        let operations = instance
            .values
            .get("operations")
            .map(Node::items)
            .unwrap_or_default();
        let (operations, operation_places) = operations
            .iter()
            .filter_map(|operation| Some((operation.as_str()?.to_owned(), self.probe.at(operation))))
            .unzip();
        let grantee = self.text(instance, "grantee_principal");
        let grant = Grant {
            key: self.named(instance, "key_id"),
            id: self
                .text(instance, "grant_id")
                .map_or_else(|| instance.address(), |id| id.value),
            name: self.text(instance, "name").filter(|name| !name.value.is_empty()),
            grantee_kind: grantee
                .as_ref()
                .map_or(GranteeKind::Principal, |grantee| grantee_kind(&grantee.value)),
            grantee,
            retiring: self
                .text(instance, "retiring_principal")
                .filter(|retiring| !retiring.value.is_empty()),
            issuing_account: None,
            creation_date: None,
            operations,
            operation_places,
            constraints: self.constraints(instance),
            span: self.probe.at(instance.values),
        };
        if grant.key.is_none() {
            let message = format!("the key of the grant {} is not known", instance.address());
            let key = None;
            self.push(
                instance,
                Data::NotTold(NotTold {
                    key,
                    kind: "grants",
                    message,
                }),
            );
            return;
        }
        let grants = GrantList {
            key: None,
            grants: vec![grant],
            whole: false,
            truncated: None,
        };
        self.push(instance, Data::Grants(grants));
    }

    /// The blocks `constraints` of a grant (Terraform AWS provider, `aws_kms_grant`).
    fn constraints(&self, instance: &Instance<'_>) -> Option<GrantConstraints> {
        let blocks = instance.values.get("constraints")?;
        let pairs = |name: &str| {
            let mut of_blocks = blocks.one_or_many().iter().filter_map(|block| block.get(name));
            let node = of_blocks.find(|node| !node.members().is_empty())?;
            Some(crate::input::cli_grant::pairs(node, self.probe))
        };
        let constraints = GrantConstraints {
            context_equals: pairs("encryption_context_equals"),
            context_subset: pairs("encryption_context_subset"),
            source_arn: None,
            others: Vec::new(),
            span: self.probe.at(blocks),
        };
        (!constraints.is_empty()).then_some(constraints)
    }

    /// A public key, which stands there as base64 and as PEM.
    fn public_key(&mut self, instance: &Instance<'_>) {
        let named = ["arn", "id", "key_id"].iter().find_map(|name| {
            let text = self.text(instance, name)?;
            Some(Field {
                value: KeyRef::parse(&text.value)?,
                span: text.span,
            })
        });
        let key = named.or_else(|| self.named(instance, "key_id"));
        for name in ["public_key", "public_key_pem"] {
            let Some(node) = instance
                .values
                .get(name)
                .filter(|_| self.text(instance, name).is_some())
            else {
                continue;
            };
            let beside = public_key::Beside {
                key: key.clone(),
                key_spec: self.text(instance, "customer_master_key_spec"),
                key_usage: self.text(instance, "key_usage"),
                span: self.probe.at(node),
                whole: self.probe.at(node),
                lead: 0,
                troubles: std::mem::take(&mut self.troubles),
            };
            self.bytes(node, name, beside);
        }
    }

    fn bytes(&mut self, node: &Node, name: &str, beside: public_key::Beside) {
        let probe = self.probe;
        match key_bytes(probe, node) {
            Ok(found) => public_key::push(probe, self.reader, &found.bytes, beside, |at| {
                probe.span((found.place)(at..at.saturating_add(1)))
            }),
            Err((message, place)) => self
                .reader
                .broken(format!("{name}: {message}"), probe.span(place)),
        }
    }

    /// An output that is a secp256k1 key: whose it is, its bytes tell, where another place names them.
    fn output(&mut self, value: &Node) {
        let is_long_enough = value
            .as_str()
            .is_some_and(|text| (100..2_000).contains(&text.len()));
        if !is_long_enough {
            return;
        }
        let is_key = key_bytes(self.probe, value)
            .is_ok_and(|found| spki::decode(&found.bytes, self.probe.key_options).is_ok());
        if is_key {
            let beside = public_key::Beside::alone(self.probe.at(value));
            self.bytes(value, "output", beside);
        }
    }
}
