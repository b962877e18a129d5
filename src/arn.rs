//! Amazon Resource Names, KMS key ids and alias names.
//!
//! Sources: AWS General Reference, "ARN format"; AWS KMS Developer Guide, "Key identifiers (`KeyId`)".

use std::fmt;

use crate::source::SourceId;

/// The parts of an ARN: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, `aws-iso` and the like.
    pub partition: &'a str,
    /// `kms`, `iam`, `sts` and the like.
    pub service: &'a str,
    /// Region code; empty for global services.
    pub region: &'a str,
    /// 12 digits; empty for some resources.
    pub account: &'a str,
    /// The rest, which may contain colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text` at its first five colons; those inside `${…}`, which stands for a value that is not known yet
    /// (`arn:${AWS::Partition}:iam::${AWS::AccountId}:root`), do not count.
    ///
    /// Returns nothing where a part is missing, the first is not `arn`, or partition, service or resource is empty.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = split(text);
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        let empty = arn.partition.is_empty() || arn.service.is_empty() || arn.resource.is_empty();
        (!empty).then_some(arn)
    }
}

/// The parts between the first five colons outside `${…}`.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    let mut left = 5_usize;
    std::iter::from_fn(move || {
        let own = rest?;
        let mut inside = false;
        let mut before = ' ';
        let colon = own.char_indices().find(|(_, char)| {
            match char {
                '{' if before == '$' => inside = true,
                '}' => inside = false,
                _ => {}
            }
            before = *char;
            *char == ':' && !inside
        });
        match colon.filter(|_| left > 0) {
            Some((at, _)) => {
                left = left.saturating_sub(1);
                rest = own.get(at.saturating_add(1)..);
                own.get(..at)
            }
            None => rest.take(),
        }
    })
}

/// True for a text with a value in it that is not known yet: `${Name}`, as code and templates have it.
pub fn is_unknown(text: &str) -> bool {
    text.split_once("${").is_some_and(|(_, rest)| rest.contains('}'))
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// True for 12 digits, the form of an AWS account id.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True for a KMS key id: a UUID, or `mrk-` and 32 hex digits for a multi-Region key.
pub fn is_key_id(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = text.strip_prefix("mrk-") {
        return digits.len() == 32 && hex(digits);
    }
    let mut groups = text.split('-');
    [8, 4, 4, 4, 12].iter().all(|length| {
        groups
            .next()
            .is_some_and(|group| group.len() == *length && hex(group))
    }) && groups.next().is_none()
}

/// The first KMS key id inside a longer text such as a file name.
pub fn key_id_in(text: &str) -> Option<&str> {
    let starts = text.char_indices().map(|(at, _)| at);
    starts
        .filter(|at| {
            // A key id does not start in the middle of a longer run of hex digits.
            let before = text.get(..*at).and_then(|head| head.chars().next_back());
            !before.is_some_and(|char| char.is_ascii_alphanumeric())
        })
        .find_map(|at| {
            // Both forms, UUID and `mrk-` with 32 digits, are 36 characters long.
            let end = at.checked_add(36)?;
            let candidate = text.get(at..end)?;
            let after = text.get(end..).and_then(|tail| tail.chars().next());
            (is_key_id(candidate) && !after.is_some_and(|char| char.is_ascii_hexdigit())).then_some(candidate)
        })
}

/// How evidence names a KMS key (KMS API, `KeyId` parameter).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyRef {
    /// `arn:aws:kms:eu-west-1:111122223333:key/…`
    Arn {
        /// The whole ARN.
        arn: String,
        /// The key id, after `key/`.
        id: String,
        /// The account, 12 digits.
        account: String,
        /// The region code.
        region: String,
    },
    /// A bare key id.
    Id(String),
    /// An alias, with the whole ARN where that was given.
    Alias {
        /// The name with its `alias/`.
        name: String,
        /// Account and region of an alias ARN.
        scope: Option<(String, String)>,
    },
    /// A key that code declares and that has no ARN yet.
    Declared {
        /// Its address in the code: `module.a.aws_kms_key.validator[0]`, or a template's logical id.
        name: String,
        /// The file that declares it: two files' resources of one name are two keys.
        file: SourceId,
    },
}

impl KeyRef {
    /// Reads a key ARN, key id, alias name or alias ARN; nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        if is_key_id(text) {
            return Some(Self::Id(text.to_ascii_lowercase()));
        }
        if text
            .strip_prefix("alias/")
            .is_some_and(|name| !name.is_empty() && !is_unknown(name))
        {
            return Some(Self::Alias {
                name: text.to_owned(),
                scope: None,
            });
        }
        let arn = Arn::parse(text)?;
        if arn.service != "kms" || !is_account_id(arn.account) || arn.region.is_empty() {
            return None;
        }
        if let Some(id) = arn.resource.strip_prefix("key/") {
            return is_key_id(id).then(|| Self::Arn {
                arn: text.to_owned(),
                id: id.to_ascii_lowercase(),
                account: arn.account.to_owned(),
                region: arn.region.to_owned(),
            });
        }
        arn.resource
            .strip_prefix("alias/")
            .filter(|name| !name.is_empty() && !is_unknown(name))
            .map(|_| Self::Alias {
                name: arn.resource.to_owned(),
                scope: Some((arn.account.to_owned(), arn.region.to_owned())),
            })
    }

    /// The key id, where the reference has one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Arn { id, .. } | Self::Id(id) => Some(id),
            Self::Alias { .. } | Self::Declared { .. } => None,
        }
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn { arn, .. } => f.write_str(arn),
            Self::Id(id) => f.write_str(id),
            Self::Alias { name, .. } | Self::Declared { name, .. } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d";

    #[test]
    fn key_references_have_four_forms() {
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}");
        assert!(
            matches!(KeyRef::parse(&arn), Some(KeyRef::Arn { id, region, .. }) if id == ID && region == "eu-west-1")
        );
        assert_eq!(KeyRef::parse(ID), Some(KeyRef::Id(ID.to_owned())));
        assert!(matches!(
            KeyRef::parse("alias/v"),
            Some(KeyRef::Alias { scope: None, .. })
        ));
        let alias = "arn:aws-cn:kms:cn-north-1:111122223333:alias/a/b";
        assert!(
            matches!(KeyRef::parse(alias), Some(KeyRef::Alias { name, scope: Some(_) }) if name == "alias/a/b")
        );
        assert_eq!(
            KeyRef::parse("mrk-1234abcd12ab34cd56ef1234567890ab").and_then(|key| key.id().map(str::len)),
            Some(36)
        );
    }

    #[test]
    fn a_value_that_is_not_known_yet_is_one_part_of_an_arn() {
        let root = Arn::parse("arn:${AWS::Partition}:iam::${AWS::AccountId}:root").unwrap();
        assert_eq!(
            (
                root.partition,
                root.service,
                root.region,
                root.account,
                root.resource
            ),
            ("${AWS::Partition}", "iam", "", "${AWS::AccountId}", "root")
        );
        let many = Arn::parse("arn:aws:sns:eu-west-1:111122223333:topic:a:b").unwrap();
        assert_eq!(many.resource, "topic:a:b");
        assert_eq!(Arn::parse("arn:aws:${x:iam::1:root"), None, "an open brace");
        for (text, unknown) in [
            ("${a}", true),
            ("a-${A::b}-c", true),
            ("$a", false),
            ("${a", false),
            ("}${", false),
        ] {
            assert_eq!(is_unknown(text), unknown, "{text}");
        }
        assert_eq!(KeyRef::parse("alias/${Name}"), None);
    }

    #[test]
    fn anything_else_is_no_key_reference() {
        for text in [
            "",
            "alias/",
            "v",
            "arn:aws:kms:eu-west-1:111122223333:key/x",
            "arn:aws:s3:::bucket",
            "arn:aws:kms::111122223333:alias/x",
            "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d",
        ] {
            assert_eq!(KeyRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_id_is_found_in_a_file_name() {
        assert_eq!(key_id_in(&format!("acme/policy-{ID}.json")), Some(ID));
        assert_eq!(key_id_in(&format!("{ID}_pub.der")), Some(ID));
        assert_eq!(
            key_id_in("mrk-1234abcd12ab34cd56ef1234567890ab.json"),
            Some("mrk-1234abcd12ab34cd56ef1234567890ab")
        );
        assert_eq!(key_id_in(&format!("a{ID}")), None);
        assert_eq!(key_id_in("é-no-id"), None);
    }
}
