//! Actions that a statement names in vain, and those that a wildcard brings with it.
//!
//! Source: KMS developer guide, "Key policies in AWS KMS" and "AWS KMS permissions"; IAM User Guide, "IAM JSON policy
//! elements: Action".

use super::spelling::nearest;
use crate::arn::is_unknown;
use crate::policy::catalogue::{self, Action, OnSigningKey, Power};
use crate::policy::evaluate::KeyMetadata;
use crate::policy::{ActionPattern, Effect, Statement};

/// Why an entry of `Action` means no action of KMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownAction {
    /// White space stands in it.
    Space,
    /// No service stands before a colon.
    NoService,
    /// The service is another one: a key policy is asked of requests to KMS only.
    OtherService,
    /// It is the name of a condition key.
    ConditionKey,
    /// KMS has no such action.
    NoSuchAction,
    /// No action of KMS has a name that the wildcard covers.
    CoversNothing,
}

/// Why an entry of `Action` means no action of KMS, and what was probably meant. Nothing for one that does, and for one
/// that only deployment gives (IAM User Guide, "IAM JSON policy elements: Action").
pub fn unknown_action(pattern: &ActionPattern) -> Option<(UnknownAction, Option<String>)> {
    let text = pattern.as_str();
    // Whether `*:*` is taken for `*` is not documented.
    if is_unknown(text) || text == "*:*" || !catalogue::covered(text).is_empty() {
        return None;
    }
    let bare: String = text.split_whitespace().collect();
    if bare != text {
        let known = !catalogue::covered(&bare).is_empty();
        return Some((UnknownAction::Space, known.then_some(bare)));
    }
    let Some((service, name)) = text.split_once(':') else {
        let known = format!("kms:{text}");
        let meant = (!catalogue::covered(&known).is_empty()).then_some(known);
        return Some((UnknownAction::NoService, meant.or_else(|| suggestion(text))));
    };
    if !service.eq_ignore_ascii_case("kms") {
        let meant = catalogue::service(service).is_none().then(|| suggestion(text));
        return Some((UnknownAction::OtherService, meant.flatten()));
    }
    let why = if pattern.has_wildcard() {
        UnknownAction::CoversNothing
    } else {
        UnknownAction::NoSuchAction
    };
    if catalogue::condition_key(text).is_some() {
        return Some((UnknownAction::ConditionKey, None));
    }
    // The one operation that two actions allow.
    if name.eq_ignore_ascii_case("ReEncrypt") {
        return Some((why, Some("kms:ReEncrypt*".to_owned())));
    }
    Some((why, suggestion(text)))
}

fn suggestion(text: &str) -> Option<String> {
    let kms = catalogue::service("kms")?;
    let stem = text.trim_end_matches('*');
    if stem.contains(['*', '?']) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for action in kms.actions {
        if stem == text {
            names.push(format!("kms:{}", action.name));
            continue;
        }
        // Of a beginning, the beginnings of names are compared, word by word.
        let words = action
            .name
            .char_indices()
            .filter(|(at, char)| *at > 0 && char.is_ascii_uppercase());
        let ends = words.map(|(at, _)| at).chain([action.name.len()]);
        names.extend(ends.filter_map(|end| Some(format!("kms:{}", action.name.get(..end)?))));
    }
    let found = nearest(stem, names.iter().map(String::as_str))?;
    Some(if stem == text {
        found.to_owned()
    } else {
        format!("{found}*")
    })
}

/// Why an entry of an Allow's `Action` gives nothing on a signing key, though KMS has the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeadAction {
    /// KMS refuses it on a signing key: it is for keys of this kind.
    ForKeyType(&'static str),
    /// It is on no key: only an IAM policy can give it.
    IamOnly,
    /// `kms:RetireGrant`: the permission comes from the grant.
    RetireGrant,
    /// It is for imported key material, and this key's was made by KMS.
    Import,
    /// It is for multi-Region keys, and this is none.
    MultiRegion,
}

impl DeadAction {
    fn of(action: &Action, key: &KeyMetadata) -> Option<Self> {
        match catalogue::on_signing_key(action) {
            OnSigningKey::NoKey => Some(Self::IamOnly),
            OnSigningKey::OtherKeys(kind) => key
                .key_usage
                .as_deref()
                .is_none_or(|usage| usage == "SIGN_VERIFY")
                .then_some(Self::ForKeyType(kind)),
            OnSigningKey::Imported => (key.origin.as_deref() == Some("AWS_KMS")).then_some(Self::Import),
            OnSigningKey::MultiRegion => (key.multi_region == Some(false)).then_some(Self::MultiRegion),
            OnSigningKey::Works => (!catalogue::is_given_by_key_policy(action)).then_some(Self::RetireGrant),
        }
    }
}

/// The entries of an Allow's `Action` that give nothing on this key, by their index, each with why: all that they cover
/// today gives nothing. To take them away takes nothing from anybody (KMS developer guide, "AWS KMS permissions").
///
/// Of a key whose usage is not known it is assumed that it signs; of one with another usage no action is called dead for
/// its type. Import and multi-Region actions are dead only where the metadata says what the key is.
pub fn dead_actions(statement: &Statement, key: &KeyMetadata) -> Vec<(usize, DeadAction)> {
    if statement.effect != Some(Effect::Allow) || statement.not_action {
        return Vec::new();
    }
    dead_entries(statement, key)
}

/// The same, whatever the statement does.
pub(super) fn dead_entries(statement: &Statement, key: &KeyMetadata) -> Vec<(usize, DeadAction)> {
    let entries = statement.actions.iter().enumerate();
    entries
        .filter_map(|(index, (pattern, _))| Some((index, dead(pattern, key)?)))
        .collect()
}

fn dead(pattern: &ActionPattern, key: &KeyMetadata) -> Option<DeadAction> {
    if pattern.as_str() == "*" || is_unknown(pattern.as_str()) {
        return None;
    }
    let mut found: Option<DeadAction> = None;
    for action in catalogue::covered(pattern.as_str()) {
        let why = DeadAction::of(action, key)?;
        found = Some(found.map_or(why, |known| known.min(why)));
    }
    found
}

/// The actions on keys that a statement names, each once, with the entry that names it: those that this key refuses are
/// left out. Of `NotAction` none are told.
pub(super) fn live<'s>(
    statement: &'s Statement,
    key: &KeyMetadata,
) -> Vec<(&'static Action, &'s ActionPattern)> {
    let mut found: Vec<(&'static Action, &ActionPattern)> = Vec::new();
    if statement.not_action {
        return found;
    }
    for (pattern, _) in &statement.actions {
        for action in catalogue::covered(pattern.as_str()) {
            let known = found.iter().any(|(other, _)| other.name == action.name);
            if !known && DeadAction::of(action, key).is_none_or(|why| why == DeadAction::RetireGrant) {
                found.push((action, pattern));
            }
        }
    }
    found
}

/// What wildcards of an Allow's `Action` give on a signing key (KMS developer guide, "Least-privilege permissions").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcards {
    /// The entries, by index.
    pub entries: Vec<usize>,
    /// What they cover today, in the order of the catalogue, without what gives nothing on this key.
    pub actions: Vec<&'static Action>,
}

impl Wildcards {
    /// The most that one of the actions can do.
    pub fn power(&self) -> Power {
        self.actions
            .iter()
            .map(|action| catalogue::power(action))
            .max()
            .unwrap_or(Power::Read)
    }

    /// The actions that can do this much.
    pub fn with(&self, power: Power) -> Vec<&'static str> {
        let actions = self.actions.iter();
        actions
            .filter(|action| catalogue::power(action) == power)
            .map(|action| action.name)
            .collect()
    }
}

/// The wildcards of an Allow; nothing where it has none that gives something.
pub fn wildcards(statement: &Statement, key: &KeyMetadata) -> Option<Wildcards> {
    if statement.effect != Some(Effect::Allow) || statement.not_action {
        return None;
    }
    let mut entries = Vec::new();
    let mut actions: Vec<&'static Action> = Vec::new();
    for (index, (pattern, _)) in statement.actions.iter().enumerate() {
        if !pattern.has_wildcard() || is_unknown(pattern.as_str()) {
            continue;
        }
        let given: Vec<&Action> = catalogue::covered(pattern.as_str())
            .into_iter()
            .filter(|action| DeadAction::of(action, key).is_none())
            .collect();
        if !given.is_empty() {
            entries.push(index);
            actions.extend(given);
        }
    }
    actions.sort_by_key(|action| action.name);
    actions.dedup_by_key(|action| action.name);
    (!entries.is_empty()).then_some(Wildcards { entries, actions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::lint::tests::statement;

    #[test]
    fn an_unknown_action_has_its_reason_and_what_was_meant() {
        use UnknownAction::{ConditionKey, CoversNothing, NoService, NoSuchAction, OtherService, Space};
        for (text, why, meant) in [
            ("kms:Sgin", NoSuchAction, Some("kms:Sign")),
            ("kms:ReEncrypt", NoSuchAction, Some("kms:ReEncrypt*")),
            ("kms:GetPublicKeys", NoSuchAction, Some("kms:GetPublicKey")),
            ("kms:Mint", NoSuchAction, None),
            ("kms:ViaService", ConditionKey, None),
            ("kms:ReEncypt*", CoversNothing, Some("kms:ReEncrypt*")),
            ("kms:Sing*", CoversNothing, Some("kms:Sign*")),
            ("kms:*Xyz?", CoversNothing, None),
            (" kms:Sign", Space, Some("kms:Sign")),
            ("kms: Sign", Space, Some("kms:Sign")),
            ("kms:Si gn x", Space, None),
            ("Sign", NoService, Some("kms:Sign")),
            ("kms.Sign", NoService, Some("kms:Sign")),
            ("hello", NoService, None),
            ("", NoService, None),
            ("s3:GetObject", OtherService, None),
            ("ec2:*", OtherService, None),
            ("kmss:Sign", OtherService, Some("kms:Sign")),
            ("k*:Sign", OtherService, None),
        ] {
            let found = unknown_action(&ActionPattern::new(text));
            assert_eq!(found, Some((why, meant.map(str::to_owned))), "{text}");
        }
        for text in [
            "kms:Sign",
            "KMS:SIGN",
            "kms:*",
            "*",
            "*:*",
            "kms:Get?ublicKey",
            "${Actions}",
            "kms:${A}",
        ] {
            assert_eq!(unknown_action(&ActionPattern::new(text)), None, "{text}");
        }
    }

    #[test]
    fn an_entry_is_dead_when_all_that_it_covers_is() {
        use DeadAction::{ForKeyType, IamOnly, Import, MultiRegion, RetireGrant};
        let known = KeyMetadata {
            key_usage: Some("SIGN_VERIFY".to_owned()),
            origin: Some("AWS_KMS".to_owned()),
            multi_region: Some(false),
            ..KeyMetadata::default()
        };
        let nothing = KeyMetadata::default();
        let other = KeyMetadata {
            key_usage: Some("ENCRYPT_DECRYPT".to_owned()),
            ..KeyMetadata::default()
        };
        for (action, on_known, on_unknown, on_other) in [
            ("kms:Sign", None, None, None),
            ("kms:*", None, None, None),
            ("*", None, None, None),
            ("kms:Enable*", None, None, None),
            (
                "kms:ReEncrypt*",
                Some(ForKeyType("encryption keys")),
                Some(ForKeyType("encryption keys")),
                None,
            ),
            // Random numbers are on no key, the rest is for other keys.
            (
                "kms:Generate*",
                Some(ForKeyType("HMAC keys")),
                Some(ForKeyType("HMAC keys")),
                None,
            ),
            ("kms:ListAliases", Some(IamOnly), Some(IamOnly), Some(IamOnly)),
            (
                "kms:*CustomKeyStore*",
                Some(IamOnly),
                Some(IamOnly),
                Some(IamOnly),
            ),
            (
                "kms:retiregrant",
                Some(RetireGrant),
                Some(RetireGrant),
                Some(RetireGrant),
            ),
            ("kms:ImportKeyMaterial", Some(Import), None, None),
            ("kms:ReplicateKey", Some(MultiRegion), None, None),
            ("kms:Sgin", None, None, None),
        ] {
            let allow = statement(&format!(r#""Effect":"Allow","Action":"{action}""#));
            let why = |key: &KeyMetadata| dead_actions(&allow, key).first().map(|(_, why)| *why);
            let found = (why(&known), why(&nothing), why(&other));
            match (action, found) {
                // Which kind is named is of no account where several are covered.
                ("kms:Generate*", (Some(ForKeyType(_)), Some(ForKeyType(_)), None)) => {}
                _ => assert_eq!(found, (on_known, on_unknown, on_other), "{action}"),
            }
            let deny = statement(&format!(r#""Effect":"Deny","Action":"{action}""#));
            assert_eq!(dead_actions(&deny, &known), []);
            let not = statement(&format!(r#""Effect":"Allow","NotAction":"{action}""#));
            assert_eq!(dead_actions(&not, &known), []);
        }
    }

    #[test]
    fn a_wildcard_has_the_power_of_the_strongest_that_it_covers() {
        let key = KeyMetadata::default();
        let power = |action: &str| {
            let allow = statement(&format!(r#""Effect":"Allow","Action":["kms:Sign","{action}"]"#));
            wildcards(&allow, &key).map(|found| found.power())
        };
        for (action, expected) in [
            ("kms:*", Some(Power::TakeOver)),
            ("*", Some(Power::TakeOver)),
            ("kms:S*", Some(Power::Destroy)),
            ("kms:Sign*", Some(Power::Sign)),
            ("kms:Get*", Some(Power::Read)),
            ("kms:Disable*", Some(Power::Stop)),
            ("kms:Encrypt*", None),
            ("kms:PutKeyPolicy", None),
            ("kms:Sing*", None),
        ] {
            assert_eq!(power(action), expected, "{action}");
        }
        let both = statement(r#""Effect":"Allow","Action":["kms:Put*","kms:Sign","kms:Create*"]"#);
        let found = wildcards(&both, &key).unwrap();
        assert_eq!(found.entries, [0, 2]);
        assert_eq!(found.with(Power::TakeOver), ["CreateGrant", "PutKeyPolicy"]);
        assert_eq!(found.with(Power::Redirect), ["CreateAlias"]);
    }
}
