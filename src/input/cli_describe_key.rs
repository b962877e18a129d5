//! `aws kms describe-key` as JSON (also `create-key`, which prints the same).

use super::fields::Fields;
use super::{Format, Probe, Reader};
use crate::evidence::{Data, Field, Metadata, Teller, redacted};

/// `DescribeKey`.
pub(super) struct DescribeKey;

/// What the metadata of any key have some of.
const NAMES: &[&str] = &[
    "AWSAccountId",
    "Arn",
    "CreationDate",
    "CustomerMasterKeySpec",
    "Enabled",
    "KeyId",
    "KeyManager",
    "KeySpec",
    "KeyState",
    "KeyUsage",
    "Origin",
];

impl Format for DescribeKey {
    fn id(&self) -> &'static str {
        "aws-describe-key"
    }

    fn title(&self) -> &'static str {
        "the output of aws kms describe-key"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe
            .object()
            .and_then(|object| object.get("KeyMetadata"))
            // The definition of the API has the name too.
            .is_some_and(|metadata| !metadata.is_object() || metadata.get_any(NAMES).is_some())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(metadata) = probe.object().and_then(|object| object.get("KeyMetadata")) else {
            return;
        };
        let mut fields = Fields::new(probe);
        let key = fields
            .key(metadata, "Arn")
            .or_else(|| fields.key(metadata, "KeyId"));
        let named = metadata
            .get_any(&["Arn", "KeyId"])
            .is_some_and(|name| name.as_str().is_some_and(redacted::is_masked));
        if key.is_none() && !named {
            reader.broken(
                match metadata.get_any(&["Arn", "KeyId"]) {
                    Some(_) => "KeyMetadata names no key: its Arn and KeyId are none of a KMS key",
                    None => "KeyMetadata names no key: it has neither Arn nor KeyId",
                },
                probe.at(metadata),
            );
            return;
        }
        let key_spec = fields
            .text(metadata, "KeySpec")
            .or_else(|| fields.text(metadata, "CustomerMasterKeySpec"));
        let mut replicas: Vec<Field<String>> = Vec::new();
        if let Some(configuration) = metadata
            .get("MultiRegionConfiguration")
            .filter(|node| node.is_object())
        {
            let primary = configuration.get("PrimaryKey").filter(|node| node.is_object());
            for replica in primary
                .into_iter()
                .chain(fields.list(configuration, "ReplicaKeys"))
            {
                replicas.extend(fields.text(replica, "Arn"));
            }
        }
        let data = Metadata {
            teller: Teller::Aws,
            key,
            account: fields.account(metadata, "AWSAccountId"),
            key_spec,
            key_usage: fields.text(metadata, "KeyUsage"),
            key_state: fields.text(metadata, "KeyState"),
            origin: fields.text(metadata, "Origin"),
            key_manager: fields.text(metadata, "KeyManager"),
            multi_region: fields.bool(metadata, "MultiRegion"),
            replicas,
            deletion_date: fields.scalar(metadata, "DeletionDate"),
            valid_to: fields.scalar(metadata, "ValidTo"),
            custom_key_store: fields.text(metadata, "CustomKeyStoreId"),
            creation_date: fields.scalar(metadata, "CreationDate"),
            description: fields.text(metadata, "Description"),
        };
        reader.push_with(
            probe.at(metadata),
            Data::Metadata(Box::new(data)),
            fields.troubles,
        );
    }
}
