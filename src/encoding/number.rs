//! Numbers of 256 bits, big-endian, and their digits.

/// `value * base + digit`; nothing where it does not fit 256 bits, and then `value` is what is left of it.
pub(crate) fn shift_in(value: &mut [u8; 32], base: u8, digit: u8) -> Option<()> {
    let mut carry = digit;
    for byte in value.iter_mut().rev() {
        // At most 255 * 255 + 255, which two bytes hold.
        let [high, low] = u16::from(*byte)
            .checked_mul(u16::from(base))?
            .checked_add(u16::from(carry))?
            .to_be_bytes();
        *byte = low;
        carry = high;
    }
    (carry == 0).then_some(())
}

/// Decimal digits, without leading zeros; of zero one.
pub(crate) fn decimal(value: &[u8; 32]) -> String {
    let mut rest = *value;
    let mut digits = Vec::new();
    while rest != [0; 32] {
        let mut remainder: u16 = 0;
        for byte in &mut rest {
            // Below 10 * 256.
            let value = (remainder << 8) | u16::from(*byte);
            let [_, low] = (value / 10).to_be_bytes();
            *byte = low;
            remainder = value % 10;
        }
        digits.push(char::from_digit(u32::from(remainder), 10).unwrap_or('0'));
    }
    if digits.is_empty() {
        return "0".to_owned();
    }
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(digits: &str) -> Option<[u8; 32]> {
        let mut value = [0; 32];
        for byte in digits.bytes() {
            shift_in(&mut value, 10, byte - b'0')?;
        }
        Some(value)
    }

    /// 2^256 - 1.
    const MOST: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    #[test]
    fn decimal_digits_lead_to_the_number_and_back() {
        for digits in ["0", "1", "10", "255", "256", "18446744073709551616", MOST] {
            assert_eq!(decimal(&read(digits).unwrap()), digits);
        }
        assert_eq!(read(MOST), Some([0xff; 32]));
    }

    #[test]
    fn what_needs_more_than_256_bits_is_none() {
        assert_eq!(read(&MOST.replace("9935", "9936")), None);
        let mut value = [0xff; 32];
        assert_eq!(shift_in(&mut value, 255, 255), None);
    }
}
