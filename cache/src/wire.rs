//! The variable-size parts of the formats: metadata, the manifest, the body of the stat index,
//! and the messages between the processes of a sandbox.
//!
//! This is the only module that names bincode, and its configuration is fixed: little-endian,
//! integers at their full width, a size limit. Replacing the codec means replacing this file.
//!
//! Decoding allocates only what the input can fill: text is borrowed from the input before it
//! is copied, and lists grow element by element. The length fields of the derived decoders
//! would be trusted up to the limit, therefore types that hold text or lists implement
//! [`BorrowDecode`] by hand with the helpers below.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
pub use bincode::de::BorrowDecoder;
pub use bincode::enc::Encoder;
pub use bincode::error::{DecodeError, EncodeError};
pub use bincode::{BorrowDecode, Encode};
use thiserror::Error;

/// Largest encoding of one value, in bytes.
pub const LIMIT: usize = 16 << 20;

const fn config<const N: usize>() -> Configuration<LittleEndian, Fixint, Limit<N>> {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<N>()
}

/// A value could not be encoded, or bytes are not the encoding of a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// The encoding is larger than the limit of its kind. Both in bytes.
    #[error("{len} bytes are over the limit of {limit}")]
    TooLarge {
        /// Size of the encoding.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The bytes do not follow the format.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The value ends before the bytes do.
    #[error("{0} bytes follow the value")]
    TrailingBytes(usize),
}

/// Encodes `value` in at most [`LIMIT`] bytes.
///
/// # Errors
///
/// When the encoding is larger.
pub fn to_bytes<T: Encode>(value: &T) -> Result<Vec<u8>, WireError> {
    to_bytes_within::<LIMIT, T>(value)
}

/// Encodes into memory that is there already, without allocating, and tells how many bytes.
///
/// # Errors
///
/// When the message does not fit.
pub fn to_slice<T: Encode>(value: &T, bytes: &mut [u8]) -> Result<usize, WireError> {
    bincode::encode_into_slice(value, bytes, config::<LIMIT>()).map_err(|error| WireError::Malformed(error.to_string()))
}

/// Decodes a value that fills `bytes` exactly, at most [`LIMIT`] bytes.
///
/// # Errors
///
/// When the bytes are more, or are not the encoding of such a value.
pub fn from_bytes<'a, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<T, WireError> {
    from_bytes_within::<LIMIT, T>(bytes)
}

/// Encodes `value` in at most `N` bytes.
///
/// # Errors
///
/// When the encoding is larger.
pub fn to_bytes_within<const N: usize, T: Encode>(value: &T) -> Result<Vec<u8>, WireError> {
    let bytes =
        bincode::encode_to_vec(value, config::<N>()).map_err(|error| WireError::Malformed(error.to_string()))?;
    check_len(bytes.len(), N)?;
    Ok(bytes)
}

/// Decodes a value that fills `bytes` exactly, at most `N` bytes.
///
/// # Errors
///
/// When the bytes are more, or are not the encoding of such a value.
pub fn from_bytes_within<'a, const N: usize, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<T, WireError> {
    check_len(bytes.len(), N)?;
    let (value, used) = bincode::borrow_decode_from_slice(bytes, config::<N>())
        .map_err(|error| WireError::Malformed(error.to_string()))?;
    match bytes.len().saturating_sub(used) {
        0 => Ok(value),
        extra => Err(WireError::TrailingBytes(extra)),
    }
}

fn check_len(len: usize, limit: usize) -> Result<(), WireError> {
    if len > limit {
        return Err(WireError::TooLarge { len, limit });
    }
    Ok(())
}

/// Decodes the next field, of a type that does not allocate.
///
/// # Errors
///
/// When the bytes do not follow the format.
pub fn field<'de, T, D>(decoder: &mut D) -> Result<T, DecodeError>
where
    T: BorrowDecode<'de, ()>,
    D: BorrowDecoder<'de, Context = ()>,
{
    T::borrow_decode(decoder)
}

/// Decodes the next field, a text.
///
/// # Errors
///
/// When the bytes do not follow the format.
pub fn text<'de, D>(decoder: &mut D) -> Result<String, DecodeError>
where
    D: BorrowDecoder<'de, Context = ()>,
{
    field::<&str, D>(decoder).map(str::to_owned)
}

/// Decodes the next field, a list.
///
/// # Errors
///
/// When the bytes do not follow the format.
pub fn list<'de, T, D>(decoder: &mut D) -> Result<Vec<T>, DecodeError>
where
    T: BorrowDecode<'de, ()>,
    D: BorrowDecoder<'de, Context = ()>,
{
    let len: u64 = field(decoder)?;
    // No capacity from `len`: it is not trusted, and every element takes bytes of the input.
    let mut list = Vec::new();
    for _ in 0..len {
        list.push(field(decoder)?);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Encode)]
    struct Texts(Vec<String>);

    impl<'de> BorrowDecode<'de, ()> for Texts {
        fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
        where
            D: BorrowDecoder<'de, Context = ()>,
        {
            let items: Vec<&str> = list(decoder)?;
            Ok(Self(items.into_iter().map(str::to_owned).collect()))
        }
    }

    #[test]
    fn integers_are_little_endian_at_full_width() {
        assert_eq!(to_bytes(&1u32).unwrap(), [1, 0, 0, 0]);
        assert_eq!(to_bytes(&"ab").unwrap(), [2, 0, 0, 0, 0, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn all_input_must_be_consumed() {
        assert_eq!(from_bytes::<u32>(&[1, 0, 0, 0, 0]), Err(WireError::TrailingBytes(1)));
    }

    #[test]
    fn what_is_over_the_limit_is_refused_both_ways() {
        let long = vec!["x".repeat(64)];
        assert!(matches!(to_bytes_within::<64, _>(&long), Err(WireError::TooLarge { len: 80, limit: 64 })));
        let bytes = to_bytes(&long).unwrap();
        assert!(matches!(from_bytes_within::<64, Texts>(&bytes), Err(WireError::TooLarge { .. })));
    }

    #[test]
    fn what_fits_the_limit_decodes() {
        let value = Texts(vec![String::new(); 100]);
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(from_bytes::<Texts>(&bytes), Ok(value));
    }

    #[test]
    fn huge_length_fields_are_errors_without_huge_allocations() {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        assert!(matches!(from_bytes::<Texts>(&bytes), Err(WireError::Malformed(_))));
        bytes.splice(0..0, 1u64.to_le_bytes());
        assert!(matches!(from_bytes::<Texts>(&bytes), Err(WireError::Malformed(_))));
    }
}
