//! Integers of up to 256 bits, exactly from their text.

use crate::encoding::number;

/// An integer whose magnitude fits 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Integer {
    pub(super) negative: bool,
    /// Big-endian.
    pub(super) magnitude: [u8; 32],
}

/// Why a text is no such integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not the notation of a number.
    Malformed,
    /// A number with a fraction.
    Fraction,
    /// More than 256 bits.
    TooLarge,
}

/// The highest integer that a double holds together with all below it: 2^53 - 1.
pub(super) const MAX_SAFE: Integer = Integer {
    negative: false,
    magnitude: [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff,
    ],
};

/// The value of digits, each character of them valued by `digit`.
pub(super) fn horner(text: &str, base: u8, digit: impl Fn(char) -> Option<u8>) -> Result<[u8; 32], Fault> {
    if text.is_empty() {
        return Err(Fault::Malformed);
    }
    let mut value = [0; 32];
    let mut over = false;
    for character in text.chars() {
        let digit = digit(character).ok_or(Fault::Malformed)?;
        over |= number::shift_in(&mut value, base, digit).is_none();
    }
    if over { Err(Fault::TooLarge) } else { Ok(value) }
}

fn digit_of(radix: u32) -> impl Fn(char) -> Option<u8> {
    move |character| {
        character
            .to_digit(radix)
            .and_then(|digit| u8::try_from(digit).ok())
    }
}

impl Integer {
    /// A string: decimal digits, or `0x` and hexadecimal ones; `-` before either. Leading zeros change nothing.
    pub(super) fn of_text(text: &str) -> Result<Self, Fault> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let magnitude = match digits.strip_prefix("0x") {
            Some(digits) => horner(digits, 16, digit_of(16)),
            None => horner(digits, 10, digit_of(10)),
        }?;
        Ok(Self { negative, magnitude })
    }

    /// A number of JSON, every digit counted: `1e3` and `1.0` are integers, `1.5` is not (RFC 8259 section 6).
    pub(super) fn of_number(text: &str) -> Result<Self, Fault> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (rest, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(Fault::Malformed);
        }
        let zero = Self {
            negative: false,
            magnitude: [0; 32],
        };
        if [whole, fraction]
            .iter()
            .all(|part| part.bytes().all(|byte| byte == b'0'))
        {
            return Ok(zero);
        }
        // An exponent that no integer of 256 bits can need is past any document's digits as well.
        let exponent = match exponent {
            None => 0_i64,
            Some(text) => text
                .strip_prefix('+')
                .unwrap_or(text)
                .parse::<i64>()
                .map_err(|_| {
                    if text.starts_with('-') {
                        Fault::Fraction
                    } else {
                        Fault::TooLarge
                    }
                })?,
        };
        let digits = format!("{whole}{fraction}");
        let fraction = i64::try_from(fraction.len()).map_err(|_| Fault::TooLarge)?;
        let shift = exponent.saturating_sub(fraction);
        let digits = if shift < 0 {
            let cut = usize::try_from(shift.unsigned_abs()).map_err(|_| Fault::Fraction)?;
            let at = digits.len().checked_sub(cut).ok_or(Fault::Fraction)?;
            let (whole, rest) = digits.split_at_checked(at).ok_or(Fault::Malformed)?;
            if rest.bytes().any(|byte| byte != b'0') {
                return Err(Fault::Fraction);
            }
            whole.to_owned()
        } else {
            let zeros = usize::try_from(shift)
                .ok()
                .filter(|zeros| *zeros <= 80)
                .ok_or(Fault::TooLarge)?;
            format!("{digits}{}", "0".repeat(zeros))
        };
        let magnitude = horner(&digits, 10, digit_of(10))?;
        Ok(Self { negative, magnitude })
    }

    /// A number of JSON as JavaScript reads it: the nearest double, ties to even (ECMA-262, `Number`).
    pub(super) fn of_double(text: &str) -> Result<Self, Fault> {
        let double: f64 = text.parse().map_err(|_| Fault::Malformed)?;
        if !double.is_finite() {
            return Err(Fault::TooLarge);
        }
        if double.fract() != 0.0 {
            return Err(Fault::Fraction);
        }
        // With a precision Rust writes every digit; without one, the shortest text that reads the same.
        Self::of_number(&format!("{double:.0}"))
    }

    /// True where the value is in the range of `uintN` or `intN`.
    pub(super) fn fits(&self, signed: bool, bits: u16) -> bool {
        let length = self.bits();
        match (signed, self.negative) {
            (false, false) => length <= bits,
            (false, true) => length == 0,
            (true, false) => length < bits,
            // -2^(bits - 1) is the one of its length that is in range.
            (true, true) => length < bits || (length == bits && self.is_power_of_two()),
        }
    }

    /// How many bits the magnitude has.
    pub(super) fn bits(&self) -> u16 {
        let mut left: u16 = 256;
        for byte in self.magnitude {
            if byte != 0 {
                let zeros = u16::try_from(byte.leading_zeros()).unwrap_or(8);
                return left.saturating_sub(zeros);
            }
            left = left.saturating_sub(8);
        }
        0
    }

    fn is_power_of_two(&self) -> bool {
        self.magnitude
            .iter()
            .map(|byte| byte.count_ones())
            .fold(0, u32::saturating_add)
            == 1
    }

    /// 32 bytes, two's complement.
    pub(super) fn word(&self) -> [u8; 32] {
        let mut word = self.magnitude;
        if self.negative {
            let mut carry = true;
            for byte in word.iter_mut().rev() {
                (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
            }
        }
        word
    }

    /// The magnitude without leading zeros; of zero one byte.
    pub(super) fn minimal(&self) -> Vec<u8> {
        let start = self.magnitude.iter().position(|byte| *byte != 0).unwrap_or(31);
        self.magnitude.iter().skip(start).copied().collect()
    }

    /// Decimal digits.
    pub(super) fn to_decimal(self) -> String {
        let digits = number::decimal(&self.magnitude);
        if self.negative && self.magnitude != [0; 32] {
            return format!("-{digits}");
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<String, Fault> {
        Integer::of_number(text).map(Integer::to_decimal)
    }

    #[test]
    fn numbers_are_exact() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000", "0"),
            ("0e999999999999999999999", "0"),
            ("9007199254740993", "9007199254740993"),
            ("1e3", "1000"),
            ("1.0", "1"),
            ("12.50E+1", "125"),
            ("1200e-2", "12"),
            ("-7", "-7"),
        ] {
            assert_eq!(number(text), Ok(expected.to_owned()), "{text}");
        }
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(number(most), Ok(most.to_owned()));
        assert_eq!(
            number("115792089237316195423570985008687907853269984665640564039457584007913129639936"),
            Err(Fault::TooLarge)
        );
        for text in ["1.5", "1e-1", "1e-99999999999999999999", "15e-1"] {
            assert_eq!(number(text), Err(Fault::Fraction), "{text}");
        }
        for text in ["1e78", "1e99999999999999999999"] {
            assert_eq!(number(text), Err(Fault::TooLarge), "{text}");
        }
    }

    #[test]
    fn doubles_round_as_javascript_does() {
        let double = |text| Integer::of_double(text).map(Integer::to_decimal);
        assert_eq!(double("9007199254740993"), Ok("9007199254740992".to_owned()));
        assert_eq!(double("1e21"), Ok("1000000000000000000000".to_owned()));
        assert_eq!(
            double("123456789012345678901234567890"),
            Ok("123456789012345677877719597056".to_owned())
        );
        assert_eq!(double("0.5"), Err(Fault::Fraction));
        assert_eq!(double("1e400"), Err(Fault::TooLarge));
    }

    #[test]
    fn texts_and_ranges() {
        let int = |text| Integer::of_text(text).expect("an integer");
        assert_eq!(int("0xff").to_decimal(), "255");
        assert_eq!(int("-0x80").to_decimal(), "-128");
        for bad in [
            "", "-", "0x", "+1", " 1", "1_0", "0b1", "0X1", "1.0", "--1", "\u{0661}",
        ] {
            assert_eq!(Integer::of_text(bad), Err(Fault::Malformed), "{bad:?}");
        }
        assert!(int("127").fits(true, 8) && !int("128").fits(true, 8));
        assert!(int("-128").fits(true, 8) && !int("-129").fits(true, 8) && !int("-255").fits(true, 8));
        assert!(int("255").fits(false, 8) && !int("256").fits(false, 8) && !int("-1").fits(false, 8));
        assert!(int("-0").fits(false, 8));
        assert_eq!(int("-1").word(), [0xff; 32]);
        assert_eq!(int("-0").word(), [0; 32]);
        assert_eq!(int("256").minimal(), [1, 0]);
        assert_eq!(int("0").minimal(), [0]);
    }
}
