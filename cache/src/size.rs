//! Sizes as people write them.

use thiserror::Error;

/// Size limit of a store unless the caller has another: 2 GiB, in bytes.
pub const DEFAULT_SIZE_LIMIT: u64 = 2 << 30;

/// The text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SizeParseError {
    /// Not a whole number followed by a unit.
    #[error("`{0}` is not a size: expected a whole number and a unit, such as 500M or 2GiB")]
    Malformed(String),
    /// More bytes than 64 bits can count.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

/// Parses a size in bytes: a whole number, then nothing, `B`, or a unit. `K`, `M`, `G`, `T` and
/// `KiB`, `MiB`, `GiB`, `TiB` are powers of 1024; `KB`, `MB`, `GB`, `TB` are powers of 1000.
/// Upper and lower case are the same, and a space before the unit is allowed.
///
/// # Errors
///
/// [`SizeParseError`] for anything else.
///
/// ```
/// use pyc_rs_cache::parse_size;
/// assert_eq!(parse_size("2GiB"), Ok(2 << 30));
/// assert_eq!(parse_size("500M"), Ok(500 << 20));
/// assert_eq!(parse_size("1024"), Ok(1024));
/// ```
pub fn parse_size(text: &str) -> Result<u64, SizeParseError> {
    let malformed = || SizeParseError::Malformed(text.to_owned());
    let too_large = || SizeParseError::TooLarge(text.to_owned());
    let trimmed = text.trim();
    let unit_at = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(unit_at).ok_or_else(malformed)?;
    let unit = unit_bytes(unit.trim_start()).ok_or_else(malformed)?;
    if number.is_empty() {
        return Err(malformed());
    }
    // Digits alone: the only way to fail is to be too large.
    let number: u64 = number.parse().map_err(|_| too_large())?;
    number.checked_mul(unit).ok_or_else(too_large)
}

fn unit_bytes(unit: &str) -> Option<u64> {
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        let cases = [
            ("0", 0),
            ("1024", 1024),
            ("7B", 7),
            ("500M", 500 << 20),
            ("2GiB", 2 << 30),
            ("2gib", 2 << 30),
            (" 3 k ", 3 << 10),
            ("1TB", 1_000_000_000_000),
            ("18446744073709551615", u64::MAX),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "G", "-1", "1.5G", "1X", "1 G B", "0x10", "1GiBs", "½"] {
            assert_eq!(parse_size(text), Err(SizeParseError::Malformed(text.to_owned())));
        }
    }

    #[test]
    fn sizes_over_64_bits_are_refused() {
        for text in ["18446744073709551616", "99999999T"] {
            assert_eq!(parse_size(text), Err(SizeParseError::TooLarge(text.to_owned())));
        }
    }
}
