//! Principals as a policy names them.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use crate::arn::{Arn, is_account_id, is_unknown};

/// The account that a template is deployed in (CloudFormation, "Pseudo parameters reference"): whichever it is, it is
/// the account of the keys that the template makes.
pub const OWN_ACCOUNT: &str = "${AWS::AccountId}";

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
    /// A text with a value in it that only deployment gives, so that it may be any principal: `${AdminArn}`.
    Unknown(String),
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
        if is_account_id(text) || text == OWN_ACCOUNT {
            return Self::Account(own);
        }
        if let Some(arn) = Arn::parse(text) {
            let resource = arn.resource;
            // Another account's user and one's own are judged differently: the account must be known.
            let account_known = !is_unknown(arn.account) || arn.account == OWN_ACCOUNT;
            if is_unknown(text) && (!account_known || resource.starts_with("${") || is_unknown(arn.service)) {
                return Self::Unknown(own);
            }
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
        } else if is_unknown(text) {
            Self::Unknown(own)
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
            _ if is_unknown(text) => Self::Unknown(text.to_owned()),
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
            | Self::Unknown(text)
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
    fn a_template_knows_its_own_account_and_nothing_of_its_parameters() {
        let account = Principal::Account(OWN_ACCOUNT.to_owned());
        for text in [
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:root",
            "arn:aws:iam::${AWS::AccountId}:root",
            "${AWS::AccountId}",
        ] {
            assert_eq!(Principal::aws(text), account, "{text}");
        }
        for text in [
            "arn:aws:iam::${AWS::AccountId}:user/validator",
            "arn:aws:iam::${AWS::AccountId}:role/${RoleName}",
        ] {
            assert!(Principal::aws(text).is_named(), "{text}");
        }
        for text in [
            "${AdminArn}",
            "${ValidatorUser.Arn}",
            "arn:aws:iam::${OtherAccount}:root",
            "arn:aws:iam::${OtherAccount}:user/validator",
            "arn:aws:iam::${AWS::AccountId}:${Who}",
            "arn:aws:${Service}::111122223333:root",
        ] {
            assert_eq!(Principal::aws(text), Principal::Unknown(text.to_owned()));
        }
        // Whichever region it is, it is a service; of a whole element nothing is known.
        let service = Principal::of_kind("Service", "logs.${AWS::Region}.amazonaws.com");
        assert!(matches!(service, Principal::Service(_)));
        assert!(matches!(Principal::of_kind("", "${Who}"), Principal::Unknown(_)));
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
