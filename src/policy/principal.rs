//! Principals as a policy names them.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use crate::arn::{Arn, is_account_id};

/// One principal of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`: everybody.
    Everyone,
    /// An account, written as 12 digits or as its root ARN: the delegation to that account's IAM.
    Account(String),
    /// An IAM user ARN.
    User(String),
    /// An IAM role ARN.
    Role(String),
    /// An assumed-role or federated-user session ARN.
    Session(String),
    /// A unique id (`AIDA…`, `AROA…`) left behind by a deleted user or role: it matches nobody.
    Deleted(String),
    /// A service principal such as `ec2.amazonaws.com`.
    Service(String),
    /// A `Federated` principal.
    Federated(String),
    /// A `CanonicalUser`.
    CanonicalUser(String),
    /// Anything that is none of these.
    Other(String),
}

impl Principal {
    /// Reads the value of an `AWS` principal.
    pub fn aws(text: &str) -> Self {
        let own = text.to_owned();
        if text == "*" {
            return Self::Everyone;
        }
        if is_account_id(text) {
            return Self::Account(own);
        }
        if let Some(arn) = Arn::parse(text) {
            let resource = arn.resource;
            return match arn.service {
                "iam" if resource == "root" => Self::Account(arn.account.to_owned()),
                "iam" if resource.starts_with("user/") => Self::User(own),
                "iam" if resource.starts_with("role/") => Self::Role(own),
                "sts" if resource.starts_with("assumed-role/") || resource.starts_with("federated-user/") => {
                    Self::Session(own)
                }
                _ => Self::Other(own),
            };
        }
        let unique = ["AIDA", "AROA", "ANPA", "AGPA"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
            && text.len() >= 16
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if unique {
            Self::Deleted(own)
        } else {
            Self::Other(own)
        }
    }

    /// Reads one value of the member `kind` of a principal map.
    pub fn of_kind(kind: &str, text: &str) -> Self {
        match kind {
            "AWS" => Self::aws(text),
            "Service" => Self::Service(text.to_owned()),
            "Federated" => Self::Federated(text.to_owned()),
            "CanonicalUser" => Self::CanonicalUser(text.to_owned()),
            _ => Self::Other(text.to_owned()),
        }
    }

    /// True for a user, role or session: a principal that the policy itself lets in, without help from IAM.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::User(_) | Self::Role(_) | Self::Session(_))
    }

    /// The principal as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Everyone => "*",
            Self::Account(text)
            | Self::User(text)
            | Self::Role(text)
            | Self::Session(text)
            | Self::Deleted(text)
            | Self::Service(text)
            | Self::Federated(text)
            | Self::CanonicalUser(text)
            | Self::Other(text) => text,
        }
    }
}

/// A `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// The principals in the order of the text, with the byte range of each.
    pub list: Vec<(Principal, std::ops::Range<usize>)>,
}

impl Principals {
    /// The principals without their places.
    pub fn iter(&self) -> impl Iterator<Item = &Principal> {
        self.list.iter().map(|(principal, _)| principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_two_spellings() {
        assert_eq!(
            Principal::aws("111122223333"),
            Principal::aws("arn:aws:iam::111122223333:root")
        );
    }

    #[test]
    fn users_roles_sessions_and_leftovers_are_told_apart() {
        for (text, named) in [
            ("arn:aws:iam::111122223333:user/path/a", true),
            ("arn:aws:iam::111122223333:role/r", true),
            ("arn:aws:sts::111122223333:assumed-role/r/s", true),
            ("AIDAIOSFODNN7EXAMPLE", false),
            ("arn:aws:iam::111122223333:group/g", false),
            ("*", false),
        ] {
            assert_eq!(Principal::aws(text).is_named(), named, "{text}");
        }
        assert!(matches!(
            Principal::aws("AROAIOSFODNN7EXAMPLE"),
            Principal::Deleted(_)
        ));
    }
}
