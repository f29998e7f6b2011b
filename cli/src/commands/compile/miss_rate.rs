//! How much may be missing from the cache before that is a failure.

use std::str::FromStr;

use pyc_rs_runtime::batch::Totals;

/// A share in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Percent(f64);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text);
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let percent = number.parse().ok().filter(|percent| is_plain && (0.0..=100.0).contains(percent));
        percent.map(Self).ok_or_else(|| "expected a number from 0 to 100, such as 5 or 2.5".to_owned())
    }
}

/// What to say if more than this share of the files was not in the cache. Files that cannot be
/// compiled never are, and do not count.
pub(super) fn complaint(totals: &Totals, allowed: Percent) -> Option<String> {
    let missing = totals.compiled + totals.stale;
    let all = missing + totals.fresh;
    let share = 100.0 * missing as f64 / all as f64;
    (all > 0 && share > allowed.0).then(|| {
        format!("{missing} of {all} files ({share:.1}%) were not in the cache; --max-miss-rate allows {}%", allowed.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_plain_numbers() {
        assert_eq!("2.5".parse(), Ok(Percent(2.5)));
        assert_eq!("100%".parse(), Ok(Percent(100.0)));
        for text in ["", "%", "-1", "+1", "101", "NaN", "inf", "1e1", "5 %", "0x1"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_exceeded_when_it_is_more() {
        let totals = |compiled, stale, fresh| Totals { compiled, stale, fresh, failed: 5, ..Totals::default() };
        assert_eq!(complaint(&totals(1, 0, 9), Percent(10.0)), None);
        assert_eq!(complaint(&totals(0, 0, 0), Percent(0.0)), None);
        let text = complaint(&totals(1, 2, 1), Percent(12.5)).unwrap();
        assert_eq!(text, "3 of 4 files (75.0%) were not in the cache; --max-miss-rate allows 12.5%");
    }
}
