//! What names say: the guide's alias pattern, and the label that a file's path gives it.

/// The role of an agent's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentRole {
    /// Signs checkpoints.
    Validator,
    /// Signs transactions.
    Relayer,
}

impl AgentRole {
    /// The word in names and claims.
    pub fn word(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Relayer => "relayer",
        }
    }
}

/// What an alias of the guide's pattern says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuideAlias {
    /// The role.
    pub role: AgentRole,
    /// The chain's name.
    pub chain: String,
}

/// Reads `alias/hyperlane-validator-signer-<chain>` and `alias/hyperlane-relayer-signer-<chain>`.
///
/// Source: Hyperlane documentation, "Agent Keys", step 2.
pub fn guide_alias(alias: &str) -> Option<GuideAlias> {
    [AgentRole::Validator, AgentRole::Relayer]
        .into_iter()
        .find_map(|role| {
            let chain = alias
                .strip_prefix("alias/hyperlane-")?
                .strip_prefix(role.word())?
                .strip_prefix("-signer-")?;
            let named = !chain.is_empty()
                && chain
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            named.then(|| GuideAlias {
                role,
                chain: chain.to_owned(),
            })
        })
}

/// Words of file and folder names that say what a file is, not whose.
const KIND_WORDS: &[&str] = &[
    "alias",
    "aliases",
    "aws",
    "b64",
    "base64",
    "cli",
    "default",
    "der",
    "describe",
    "describekey",
    "description",
    "evidence",
    "export",
    "exports",
    "get",
    "getkeypolicy",
    "getpublickey",
    "grant",
    "grants",
    "hex",
    "json",
    "key",
    "keymetadata",
    "keypolicies",
    "keypolicy",
    "keys",
    "kms",
    "list",
    "listaliases",
    "listgrants",
    "listkeypolicies",
    "listresourcetags",
    "meta",
    "metadata",
    "name",
    "names",
    "output",
    "pem",
    "pk",
    "pol",
    "policies",
    "policy",
    "pub",
    "pubkey",
    "pubkeys",
    "public",
    "publickey",
    "publickeys",
    "ram",
    "resource",
    "sign",
    "signature",
    "spki",
    "tag",
    "tags",
    "txt",
];

/// Whose a file is, by its path below the folder that was given: its names without the words that say what it is,
/// without extensions and key ids. Files of one key usually share it: `validator-base/policy.json` and
/// `validator-base/grants.json` have `validator-base`, `pub/base.pem` and `policies/base.json` have `base`.
pub(super) fn label(path: &str) -> String {
    let mut parts = Vec::new();
    let mut components = path
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .peekable();
    while let Some(component) = components.next() {
        let mut name = component.to_lowercase();
        if components.peek().is_none()
            && let Some((stem, _)) = name.rsplit_once('.')
        {
            name = stem.to_owned();
        }
        while let Some(id) = crate::arn::key_id_in(&name).map(str::to_owned) {
            name = name.replace(&id, "");
        }
        let words: Vec<&str> = name
            .split(|char: char| !char.is_alphanumeric())
            .filter(|word| !word.is_empty() && !KIND_WORDS.contains(word))
            .collect();
        if !words.is_empty() {
            parts.push(words.join("-"));
        }
    }
    parts.join("/")
}

/// The role and chain that a path names: one component that is a role and a chain (`validator-base`,
/// `hyperlane-relayer-signer-base`, `base-validator`), or two that follow each other (`validator/base`, `base/validator`).
///
/// A path that names two roles, or a role without a chain, names nothing.
pub(super) fn role_and_chain(path: &str) -> Option<(String, String)> {
    let label = label(path);
    let components: Vec<Vec<&str>> = label
        .split('/')
        .map(|part| {
            part.split('-')
                .filter(|word| !matches!(*word, "hyperlane" | "signer" | "agent" | ""))
                .collect()
        })
        .collect();
    let role_of = |word: &str| match word {
        "validator" | "validators" => Some("validator"),
        "relayer" | "relayers" => Some("relayer"),
        _ => None,
    };
    let mut roles = components
        .iter()
        .enumerate()
        .flat_map(|(at, words)| words.iter().filter_map(move |word| Some((at, role_of(word)?))));
    let (at, role) = roles.next()?;
    if roles.next().is_some() {
        return None;
    }
    let chain_of = |words: &[&str]| {
        let words: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| role_of(word).is_none())
            .collect();
        // A number at the end counts validators of one chain.
        let words = match words.as_slice() {
            [head @ .., last] if !head.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) => {
                head.to_vec()
            }
            all => all.to_vec(),
        };
        (!words.is_empty()).then(|| same_chain_form(&words.join("-")))
    };
    let beside = [at.checked_add(1), at.checked_sub(1)];
    let chain = chain_of(components.get(at)?).or_else(|| {
        beside
            .into_iter()
            .flatten()
            .find_map(|beside| components.get(beside).and_then(|words| chain_of(words)))
    })?;
    Some((role.to_owned(), chain))
}

/// A chain's name without what people write differently: letter case and separators.
pub(crate) fn same_chain_form(chain: &str) -> String {
    chain
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_guides_pattern_is_a_guide_alias() {
        let alias = guide_alias("alias/hyperlane-relayer-signer-base").unwrap();
        assert_eq!((alias.role, alias.chain.as_str()), (AgentRole::Relayer, "base"));
        for other in [
            "alias/hyperlane-validator-signer-",
            "alias/hyperlane-scraper-signer-base",
            "hyperlane-validator-signer-base",
            "alias/hyperlane-validator-signer-Base",
        ] {
            assert_eq!(guide_alias(other), None, "{other}");
        }
    }

    #[test]
    fn files_of_one_key_share_a_label() {
        for (path, expected) in [
            ("validator-base/key-policy.json", "validator-base"),
            ("validator-base/get-public-key.json", "validator-base"),
            ("pub/base.pem", "base"),
            ("policies/base.json", "base"),
            ("base_key_policy.json", "base"),
            ("policy.json", ""),
            ("1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d.json", ""),
            ("acme/Policies/Relayer 1.json", "acme/relayer-1"),
        ] {
            assert_eq!(label(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_names_a_role_and_a_chain_or_nothing() {
        for (path, expected) in [
            ("validator-base/key.json", Some(("validator", "base"))),
            (
                "validator-base-sepolia/key.json",
                Some(("validator", "basesepolia")),
            ),
            (
                "hyperlane-relayer-signer-arbitrum-nova/key.json",
                Some(("relayer", "arbitrumnova")),
            ),
            ("base-validator-0.json", Some(("validator", "base"))),
            ("validators/base/public-key.json", Some(("validator", "base"))),
            ("base/validator/public-key.json", Some(("validator", "base"))),
            ("validator/relayer-base/public-key.json", None),
            ("validator/public-key.json", None),
            ("base/public-key.json", None),
        ] {
            let found = role_and_chain(path);
            let found = found
                .as_ref()
                .map(|(role, chain)| (role.as_str(), chain.as_str()));
            assert_eq!(found, expected, "{path}");
        }
    }
}
