//! Numbers, dates and address ranges as conditions compare them.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number of any length, without rounding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits after the point, without trailing zeros.
    part: String,
}

impl Decimal {
    pub(in crate::policy) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(part) || (whole.is_empty() && part.is_empty()) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let part = part.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && part.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            part,
        })
    }

    pub(in crate::policy) fn compare(&self, other: &Self) -> Ordering {
        let size = |one: &Self, two: &Self| {
            one.whole
                .len()
                .cmp(&two.whole.len())
                .then_with(|| one.whole.cmp(&two.whole))
                .then_with(|| one.part.cmp(&two.part))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self, other),
            (true, true) => size(other, self),
        }
    }
}

impl Decimal {
    /// How many digits stand after the point.
    pub(in crate::policy) fn digits(&self) -> usize {
        self.part.len()
    }

    /// The number times ten to the power of `digits`; nothing where that has a fraction, or is too large.
    pub(in crate::policy) fn scaled(&self, digits: usize) -> Option<i128> {
        let zeros = digits.checked_sub(self.part.len()).filter(|zeros| *zeros < 40)?;
        let text = format!("{}{}{}", self.whole, self.part, "0".repeat(zeros));
        let size: i128 = if text.is_empty() { 0 } else { text.parse().ok()? };
        Some(if self.negative { size.checked_neg()? } else { size })
    }
}

/// Nanoseconds since 1970 of an ISO 8601 date, or of seconds since then.
pub(in crate::policy) fn instant(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i128>().ok()?.checked_mul(1_000_000_000);
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_nanosecond());
    }
    // A date, or a time without a zone, is meant in UTC.
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let timestamp = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(timestamp.as_nanosecond())
}

/// A range of addresses: CIDR, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) struct Range {
    address: IpAddr,
    prefix: u32,
}

impl Range {
    pub(in crate::policy) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        (prefix <= most).then_some(Self { address, prefix })
    }

    /// The first address of the range, and the first one behind it; nothing where it reaches to the end.
    pub(in crate::policy) fn bounds(&self) -> (IpAddr, Option<IpAddr>) {
        match self.address {
            IpAddr::V4(own) => {
                let low = 32_u32.saturating_sub(self.prefix);
                let first = own
                    .to_bits()
                    .checked_shr(low)
                    .and_then(|bits| bits.checked_shl(low));
                let first = first.unwrap_or(0);
                let size = 1_u32.checked_shl(low);
                let next = size.and_then(|size| first.checked_add(size));
                (IpAddr::V4(first.into()), next.map(|next| IpAddr::V4(next.into())))
            }
            IpAddr::V6(own) => {
                let low = 128_u32.saturating_sub(self.prefix);
                let first = own
                    .to_bits()
                    .checked_shr(low)
                    .and_then(|bits| bits.checked_shl(low));
                let first = first.unwrap_or(0);
                let size = 1_u128.checked_shl(low);
                let next = size.and_then(|size| first.checked_add(size));
                (IpAddr::V6(first.into()), next.map(|next| IpAddr::V6(next.into())))
            }
        }
    }

    /// True for an address, or a range, that lies inside. IPv4 and IPv6 have nothing in common.
    pub(in crate::policy) fn holds(&self, other: &Self) -> bool {
        if other.prefix < self.prefix {
            return false;
        }
        match (self.address, other.address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32_u32.saturating_sub(self.prefix);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128_u32.saturating_sub(self.prefix);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        for (one, other, expected) in [
            ("30", "7", Ordering::Greater),
            ("007.50", "7.5", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("-2", "-10", Ordering::Greater),
            ("1.05", "1.5", Ordering::Less),
            (
                "99999999999999999999999",
                "100000000000000000000000",
                Ordering::Less,
            ),
        ] {
            let (one, other) = (Decimal::parse(one).unwrap(), Decimal::parse(other).unwrap());
            assert_eq!(one.compare(&other), expected, "{one:?} {other:?}");
        }
        for text in ["", ".", "-", "1e3", "0x1", "1.2.3", " 1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_have_two_forms() {
        let day = instant("2026-11-20").unwrap();
        for text in [
            "2026-11-20T00:00:00Z",
            "2026-11-20T01:00:00+01:00",
            "1795132800",
            "2026-11-20T00:00Z",
        ] {
            assert_eq!(instant(text), Some(day), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "-"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_hold_addresses_of_their_family() {
        for (range, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:DB8:1::1", true),
            ("::/0", "2001::", true),
        ] {
            let held = Range::parse(range)
                .unwrap()
                .holds(&Range::parse(address).unwrap());
            assert_eq!(held, expected, "{range} {address}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
