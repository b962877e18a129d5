//! Dates as the two versions of the AWS CLI print them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The moment of a date of the KMS API: ISO 8601 text (AWS CLI v2) or seconds since 1970, perhaps with a fraction or
/// an exponent (AWS CLI v1, and the API itself).
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if let Ok(date) = text.parse::<Date>() {
        return TimeZone::UTC
            .to_timestamp(date.to_datetime(Time::midnight()))
            .ok();
    }
    Timestamp::from_second(seconds(text)?).ok()
}

/// The day of a moment, in UTC.
pub(crate) fn day(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// Whole days from one day to another; negative where the other lies before.
pub(crate) fn days_between(from: Date, to: Date) -> Option<i32> {
    Some(from.until(to).ok()?.get_days())
}

/// The whole seconds of a decimal number, such as `1795737600`, `1795737600.123` and `1.7957376E9`.
fn seconds(text: &str) -> Option<i64> {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: usize = exponent.trim_start_matches('+').parse().ok()?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if exponent > 18
        || whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let moved: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(exponent)
        .collect();
    format!("{whole}{moved}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_day() {
        for text in [
            "2026-11-27T00:00:00+00:00",
            "2026-11-26T19:00:00-05:00",
            "2026-11-27T12:30:00.123000Z",
            "2026-11-27",
            "1795737600",
            "1795737600.123",
            "1.7957376E9",
            "1.7957376123e+9",
        ] {
            assert_eq!(
                moment(text).map(|moment| day(moment).to_string()).as_deref(),
                Some("2026-11-27"),
                "{text}"
            );
        }
        for text in ["", "soon", "-1", "1e400", "1.2.3", ".5"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_both_ways() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(days_between(day("2026-11-20"), day("2027-01-01")), Some(42));
        assert_eq!(days_between(day("2026-11-20"), day("2026-11-19")), Some(-1));
    }
}
