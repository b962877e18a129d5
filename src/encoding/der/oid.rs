//! Object identifiers: dotted text, and the names of the algorithms and curves a public key may carry.

use std::fmt::Write as _;

use thiserror::Error;

/// Why the content of an OBJECT IDENTIFIER is none (X.690 8.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OidFault {
    /// No octet.
    #[error("an empty OBJECT IDENTIFIER")]
    Empty,
    /// The last octet announces another one.
    #[error("the last arc is unfinished")]
    Unfinished,
    /// An arc begins with 80, a leading zero.
    #[error("an arc begins with 80")]
    PaddedArc,
}

/// What a known object identifier stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The algorithm of a key.
    Algorithm,
    /// An elliptic curve, or a field of one.
    Curve,
}

/// An object identifier with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Known {
    /// Dotted text.
    pub dotted: &'static str,
    /// The common name.
    pub name: &'static str,
    /// What it stands for.
    pub kind: Kind,
    /// The AWS KMS `KeySpec` of keys that carry it, where KMS offers one.
    pub key_spec: Option<&'static str>,
}

/// Arc octets of id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 2.1.1).
pub const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Arc octets of secp256k1, 1.3.132.0.10 (SEC 2 A.2.1).
pub const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];

/// Checks the content octets of an OBJECT IDENTIFIER.
///
/// # Errors
/// [`OidFault`], the first one in walking order.
pub fn check(content: &[u8]) -> Result<(), OidFault> {
    let mut at_start = true;
    for octet in content {
        if at_start && *octet == 0x80 {
            return Err(OidFault::PaddedArc);
        }
        at_start = *octet & 0x80 == 0;
    }
    if content.is_empty() {
        Err(OidFault::Empty)
    } else if at_start {
        Ok(())
    } else {
        Err(OidFault::Unfinished)
    }
}

/// The dotted text of an OBJECT IDENTIFIER's content octets. An arc of more than 128 bits is written `?`.
///
/// # Errors
/// [`OidFault`] as [`check`].
pub fn dotted(content: &[u8]) -> Result<String, OidFault> {
    check(content)?;
    let mut text = String::new();
    let mut arc = Some(0_u128);
    for octet in content {
        arc = arc
            .filter(|arc| arc.leading_zeros() >= 7)
            .map(|arc| (arc << 7) | u128::from(*octet & 0x7f));
        if octet & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            // The first two arcs share one number (X.690 8.19.4).
            let first = arc.map_or(2, |arc| (arc / 40).min(2));
            let _ = write!(text, "{first}");
            arc = arc.map(|arc| arc.saturating_sub(first.saturating_mul(40)));
        }
        let _ = match arc {
            Some(arc) => write!(text, ".{arc}"),
            None => write!(text, ".?"),
        };
        arc = Some(0);
    }
    Ok(text)
}

/// The entry of a dotted text.
pub fn lookup(dotted: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.dotted == dotted)
}

/// The entry of an OBJECT IDENTIFIER's content octets.
pub fn known(content: &[u8]) -> Option<&'static Known> {
    lookup(&dotted(content).ok()?)
}

/// Name, dotted text and KMS key spec of content octets, for a reader.
pub fn describe(content: &[u8]) -> String {
    let Ok(dotted) = dotted(content) else {
        return "an invalid OBJECT IDENTIFIER".to_owned();
    };
    match lookup(&dotted) {
        Some(Known {
            name,
            key_spec: Some(spec),
            ..
        }) => {
            format!("{name} ({dotted}, AWS KMS key spec {spec})")
        }
        Some(Known { name, .. }) => format!("{name} ({dotted})"),
        None => format!("unknown OBJECT IDENTIFIER {dotted}"),
    }
}

const fn algorithm(dotted: &'static str, name: &'static str) -> Known {
    Known {
        dotted,
        name,
        kind: Kind::Algorithm,
        key_spec: None,
    }
}

const fn curve(dotted: &'static str, name: &'static str) -> Known {
    Known {
        dotted,
        name,
        kind: Kind::Curve,
        key_spec: None,
    }
}

const fn kms(known: Known, key_spec: &'static str) -> Known {
    Known {
        key_spec: Some(key_spec),
        ..known
    }
}

/// All names, algorithms first.
pub static KNOWN: &[Known] = &[
    algorithm("1.2.840.10045.2.1", "id-ecPublicKey"),
    kms(
        algorithm("1.2.840.113549.1.1.1", "RSA (rsaEncryption)"),
        "RSA_2048, RSA_3072 or RSA_4096",
    ),
    algorithm("1.2.840.113549.1.1.7", "RSAES-OAEP"),
    algorithm("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    kms(algorithm("1.3.101.112", "Ed25519"), "ECC_NIST_EDWARDS25519"),
    algorithm("1.3.101.113", "Ed448"),
    algorithm("1.3.101.110", "X25519"),
    algorithm("1.3.101.111", "X448"),
    kms(algorithm("2.16.840.1.101.3.4.3.17", "ML-DSA-44"), "ML_DSA_44"),
    kms(algorithm("2.16.840.1.101.3.4.3.18", "ML-DSA-65"), "ML_DSA_65"),
    kms(algorithm("2.16.840.1.101.3.4.3.19", "ML-DSA-87"), "ML_DSA_87"),
    algorithm("2.16.840.1.101.3.4.4.1", "ML-KEM-512"),
    algorithm("2.16.840.1.101.3.4.4.2", "ML-KEM-768"),
    algorithm("2.16.840.1.101.3.4.4.3", "ML-KEM-1024"),
    algorithm("1.3.132.1.12", "id-ecDH"),
    algorithm("1.3.132.1.13", "id-ecMQV"),
    algorithm("1.2.840.10040.4.1", "DSA"),
    algorithm("1.2.840.113549.1.3.1", "DH (PKCS #3)"),
    algorithm("1.2.840.10046.2.1", "DH (X9.42)"),
    algorithm("1.2.643.2.2.19", "GOST R 34.10-2001"),
    algorithm("1.2.643.7.1.1.1.1", "GOST R 34.10-2012, 256 bits"),
    algorithm("1.2.643.7.1.1.1.2", "GOST R 34.10-2012, 512 bits"),
    kms(curve("1.3.132.0.10", "secp256k1"), "ECC_SECG_P256K1"),
    kms(
        curve("1.2.840.10045.3.1.7", "P-256 (secp256r1, prime256v1)"),
        "ECC_NIST_P256",
    ),
    kms(curve("1.3.132.0.34", "P-384 (secp384r1)"), "ECC_NIST_P384"),
    kms(curve("1.3.132.0.35", "P-521 (secp521r1)"), "ECC_NIST_P521"),
    kms(curve("1.2.156.10197.1.301", "SM2"), "SM2"),
    curve("1.3.132.0.33", "P-224 (secp224r1)"),
    curve("1.2.840.10045.3.1.1", "P-192 (secp192r1, prime192v1)"),
    curve("1.2.840.10045.3.1.2", "prime192v2"),
    curve("1.2.840.10045.3.1.3", "prime192v3"),
    curve("1.2.840.10045.3.1.4", "prime239v1"),
    curve("1.2.840.10045.3.1.5", "prime239v2"),
    curve("1.2.840.10045.3.1.6", "prime239v3"),
    curve("1.3.132.0.6", "secp112r1"),
    curve("1.3.132.0.7", "secp112r2"),
    curve("1.3.132.0.28", "secp128r1"),
    curve("1.3.132.0.29", "secp128r2"),
    curve("1.3.132.0.9", "secp160k1"),
    curve("1.3.132.0.8", "secp160r1"),
    curve("1.3.132.0.30", "secp160r2"),
    curve("1.3.132.0.31", "secp192k1"),
    curve("1.3.132.0.32", "secp224k1"),
    curve("1.3.132.0.1", "sect163k1"),
    curve("1.3.132.0.15", "sect163r2"),
    curve("1.3.132.0.26", "sect233k1"),
    curve("1.3.132.0.27", "sect233r1"),
    curve("1.3.132.0.16", "sect283k1"),
    curve("1.3.132.0.17", "sect283r1"),
    curve("1.3.132.0.36", "sect409k1"),
    curve("1.3.132.0.37", "sect409r1"),
    curve("1.3.132.0.38", "sect571k1"),
    curve("1.3.132.0.39", "sect571r1"),
    curve("1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1"),
    curve("1.3.36.3.3.2.8.1.1.2", "brainpoolP160t1"),
    curve("1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1"),
    curve("1.3.36.3.3.2.8.1.1.4", "brainpoolP192t1"),
    curve("1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"),
    curve("1.3.36.3.3.2.8.1.1.6", "brainpoolP224t1"),
    curve("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    curve("1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"),
    curve("1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"),
    curve("1.3.36.3.3.2.8.1.1.10", "brainpoolP320t1"),
    curve("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    curve("1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"),
    curve("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    curve("1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"),
    curve("1.2.250.1.223.101.256.1", "FRP256v1"),
    curve("1.2.840.10045.1.1", "prime-field"),
    curve("1.2.840.10045.1.2", "characteristic-two-field"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_octets_become_dotted_text() {
        assert_eq!(dotted(EC_PUBLIC_KEY).as_deref(), Ok("1.2.840.10045.2.1"));
        assert_eq!(dotted(SECP256K1).as_deref(), Ok("1.3.132.0.10"));
        assert_eq!(dotted(&[0x60, 0x86, 0x48]).as_deref(), Ok("2.16.840"));
        assert_eq!(dotted(&[0x00]).as_deref(), Ok("0.0"));
        assert_eq!(dotted(&[0x88, 0x37, 0x03]).as_deref(), Ok("2.999.3"));
        assert_eq!(dotted(&[0x2a, 0xff, 0xff, 0x7f]).as_deref(), Ok("1.2.2097151"));
    }

    #[test]
    fn an_arc_too_large_to_count_is_a_question_mark() {
        let mut content = vec![0x2a];
        content.extend([0xff; 30]);
        content.extend([0x7f, 0x01]);
        assert_eq!(dotted(&content).as_deref(), Ok("1.2.?.1"));
    }

    #[test]
    fn invalid_contents_are_told_apart() {
        assert_eq!(check(&[]), Err(OidFault::Empty));
        assert_eq!(check(&[0x2a, 0x86]), Err(OidFault::Unfinished));
        assert_eq!(check(&[0x80, 0x01]), Err(OidFault::PaddedArc));
        assert_eq!(
            check(&[0x2a, 0x80, 0x81]),
            Err(OidFault::PaddedArc),
            "the first fault counts"
        );
        assert_eq!(
            check(&[0x2a, 0x81, 0x80, 0x01]),
            Ok(()),
            "80 inside an arc is no padding"
        );
    }

    #[test]
    fn known_identifiers_are_named_with_their_kms_key_spec() {
        assert_eq!(
            describe(SECP256K1),
            "secp256k1 (1.3.132.0.10, AWS KMS key spec ECC_SECG_P256K1)"
        );
        assert_eq!(describe(EC_PUBLIC_KEY), "id-ecPublicKey (1.2.840.10045.2.1)");
        assert_eq!(describe(&[0x2a, 0x03]), "unknown OBJECT IDENTIFIER 1.2.3");
        let mut texts: Vec<_> = KNOWN.iter().map(|known| known.dotted).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), KNOWN.len(), "no identifier stands twice");
    }
}
