//! Plain data, as it crosses between the host and a snippet.

use std::{collections::BTreeMap, str::FromStr as _};

use malachite_bigint::BigInt;
use pyc_rs_cache::wire::{self, BorrowDecode, BorrowDecoder, DecodeError, Encode, EncodeError, Encoder};
use serde_json::value::RawValue;

/// Deepest nesting of a value that crosses.
const MOST_DEPTH: usize = 64;

/// Plain data: what inputs, and arguments and results of host functions, are made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `bool`.
    Bool(bool),
    /// `int` of any size.
    Int(BigInt),
    /// `float`.
    Float(f64),
    /// `str`. Lone surrogates do not cross.
    Str(String),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// `list`.
    List(Vec<Value>),
    /// `tuple`.
    Tuple(Vec<Value>),
    /// `dict`, in order.
    Dict(Vec<(Value, Value)>),
    /// `set`.
    Set(Vec<Value>),
    /// `datetime.datetime`, in ISO 8601 as `isoformat` writes it.
    DateTime(String),
}

macro_rules! from {
    ($($kind:ty => $variant:ident),*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

from!(bool => Bool, i32 => Int, i64 => Int, u64 => Int, BigInt => Int, f64 => Float, &str => Str, String => Str, Vec<u8> => Bytes, Vec<Value> => List);

impl Value {
    /// The value as JSON, if JSON has it: tuples become arrays; bytes, sets, dates,
    /// keys that are not text, and numbers that are not finite have no place there.
    #[must_use]
    pub fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        Some(match self {
            Self::None => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => value.into(),
                (_, Ok(value)) => value.into(),
                _ => return None,
            },
            Self::Float(value) => Json::Number(serde_json::Number::from_f64(*value)?),
            Self::Str(text) => Json::String(text.clone()),
            Self::List(items) | Self::Tuple(items) => {
                Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?)
            }
            Self::Dict(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| match key {
                    Self::Str(key) => Some((key.clone(), value.to_json()?)),
                    _ => None,
                });
                Json::Object(pairs.collect::<Option<_>>()?)
            }
            Self::Bytes(_) | Self::Set(_) | Self::DateTime(_) => return None,
        })
    }
}

impl Value {
    /// What JSON text says. Whole numbers keep all their digits.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    pub fn from_json_text(text: &str) -> Result<Self, serde_json::Error> {
        Self::of_raw(serde_json::from_str(text)?)
    }

    fn of_raw(json: &RawValue) -> Result<Self, serde_json::Error> {
        let text = json.get();
        if let Ok(int) = BigInt::from_str(text) {
            return Ok(Self::Int(int));
        }
        match text.as_bytes().first() {
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                items.into_iter().map(Self::of_raw).collect::<Result<_, _>>().map(Self::List)
            }
            Some(b'{') => {
                let pairs: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
                let pairs = pairs.into_iter().map(|(name, value)| Ok((Self::Str(name), Self::of_raw(value)?)));
                pairs.collect::<Result<_, _>>().map(Self::Dict)
            }
            _ => serde_json::from_str::<serde_json::Value>(text).map(Self::from),
        }
    }

    /// The value as JSON text, with all the digits of its whole numbers; otherwise as
    /// [`to_json`](Self::to_json).
    ///
    /// # Errors
    ///
    /// What it is, in Python's words, that JSON does not have.
    pub fn to_json_text(&self) -> Result<String, &'static str> {
        let joined = |items: &[Self]| {
            Ok::<_, &'static str>(items.iter().map(Self::to_json_text).collect::<Result<Vec<_>, _>>()?.join(", "))
        };
        match self {
            Self::Int(value) => Ok(value.to_string()),
            Self::List(items) | Self::Tuple(items) => Ok(format!("[{}]", joined(items)?)),
            Self::Dict(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| match key {
                    Self::Str(_) => Ok(format!("{}: {}", key.to_json_text()?, value.to_json_text()?)),
                    _ => Err("a dict with keys that are not str"),
                });
                Ok(format!("{{{}}}", pairs.collect::<Result<Vec<_>, _>>()?.join(", ")))
            }
            Self::Bytes(_) => Err("bytes"),
            Self::Set(_) => Err("a set"),
            Self::DateTime(_) => Err("a datetime"),
            Self::None | Self::Bool(_) | Self::Float(_) | Self::Str(_) => {
                self.to_json().map(|json| json.to_string()).ok_or("a float that is not finite")
            }
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::None,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => match BigInt::from_str(&number.to_string()) {
                Ok(int) => Self::Int(int),
                Err(_) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Str(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => {
                Self::Dict(map.into_iter().map(|(name, value)| (Self::Str(name), Self::from(value))).collect())
            }
        }
    }
}

/// A value as a flat list, outermost first, so that decoding one that a hostile
/// process made up cannot nest deeper than it is allowed to.
#[derive(Debug, PartialEq, bincode::Encode, bincode::BorrowDecode)]
enum Token<'a> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(&'a str),
    Float(f64),
    Str(&'a str),
    Bytes(&'a [u8]),
    List(u32),
    Tuple(u32),
    Dict(u32),
    Set(u32),
    DateTime(&'a str),
}

impl Encode for Value {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let count = |items: usize| u32::try_from(items).map_err(|_| EncodeError::Other("too many items"));
        match self {
            Self::None => Token::None.encode(encoder),
            Self::Bool(value) => Token::Bool(*value).encode(encoder),
            Self::Int(value) => match i64::try_from(value) {
                Ok(small) => Token::Int(small).encode(encoder),
                Err(_) => Token::BigInt(&value.to_str_radix(16)).encode(encoder),
            },
            Self::Float(value) => Token::Float(*value).encode(encoder),
            Self::Str(text) => Token::Str(text).encode(encoder),
            Self::Bytes(bytes) => Token::Bytes(bytes).encode(encoder),
            Self::DateTime(text) => Token::DateTime(text).encode(encoder),
            Self::List(items) => {
                Token::List(count(items.len())?).encode(encoder)?;
                items.iter().try_for_each(|item| item.encode(encoder))
            }
            Self::Tuple(items) => {
                Token::Tuple(count(items.len())?).encode(encoder)?;
                items.iter().try_for_each(|item| item.encode(encoder))
            }
            Self::Set(items) => {
                Token::Set(count(items.len())?).encode(encoder)?;
                items.iter().try_for_each(|item| item.encode(encoder))
            }
            Self::Dict(items) => {
                Token::Dict(count(items.len())?).encode(encoder)?;
                items.iter().try_for_each(|(key, value)| {
                    key.encode(encoder)?;
                    value.encode(encoder)
                })
            }
        }
    }
}

impl<'de> BorrowDecode<'de, ()> for Value {
    fn borrow_decode<D: BorrowDecoder<'de, Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        decode(decoder, MOST_DEPTH)
    }
}

fn decode<'de, D: BorrowDecoder<'de, Context = ()>>(decoder: &mut D, depth: usize) -> Result<Value, DecodeError> {
    let Some(depth) = depth.checked_sub(1) else { return Err(DecodeError::Other("nested too deeply")) };
    let items = |decoder: &mut D, count: u32| {
        // No capacity from `count`: it is not trusted, and every item takes bytes of the input.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(decode(decoder, depth)?);
        }
        Ok(items)
    };
    Ok(match wire::field::<Token<'de>, D>(decoder)? {
        Token::None => Value::None,
        Token::Bool(value) => Value::Bool(value),
        Token::Int(value) => Value::Int(value.into()),
        Token::BigInt(digits) => {
            let int = BigInt::parse_bytes(digits.as_bytes(), 16);
            Value::Int(int.ok_or(DecodeError::Other("not a number"))?)
        }
        Token::Float(value) => Value::Float(value),
        Token::Str(text) => Value::Str(text.to_owned()),
        Token::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
        Token::DateTime(text) => Value::DateTime(text.to_owned()),
        Token::List(count) => Value::List(items(decoder, count)?),
        Token::Tuple(count) => Value::Tuple(items(decoder, count)?),
        Token::Set(count) => Value::Set(items(decoder, count)?),
        Token::Dict(count) => {
            let mut pairs = Vec::new();
            for _ in 0..count {
                let mut pair = items(decoder, 2)?.into_iter();
                if let (Some(key), Some(value)) = (pair.next(), pair.next()) {
                    pairs.push((key, value));
                }
            }
            Value::Dict(pairs)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cross_unchanged() {
        let value = Value::Dict(vec![
            ("none".into(), Value::None),
            (1.into(), Value::List(vec![true.into(), 1.5.into(), (-7).into()])),
            (Value::Tuple(vec!["a".into(), Value::Bytes(vec![0, 255])]), Value::Set(vec![3.into()])),
            ("big".into(), Value::Int(BigInt::from(u64::MAX) * BigInt::from(-5_i64))),
            ("when".into(), Value::DateTime("2026-01-02T03:04:05".to_owned())),
        ]);
        let bytes = wire::to_bytes(&value).unwrap();
        assert_eq!(wire::from_bytes::<Value>(&bytes).unwrap(), value);
        for end in 0..bytes.len() {
            assert!(wire::from_bytes::<Value>(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn a_value_that_nests_too_deeply_is_refused() {
        let nested = |levels| (0..levels).fold(Value::None, |inner, _| Value::List(vec![inner]));
        assert!(wire::from_bytes::<Value>(&wire::to_bytes(&nested(MOST_DEPTH - 1)).unwrap()).is_ok());
        assert!(wire::from_bytes::<Value>(&wire::to_bytes(&nested(MOST_DEPTH)).unwrap()).is_err());
        let deep = wire::to_bytes(&Token::List(1)).unwrap().repeat(1_000_000);
        assert!(wire::from_bytes::<Value>(&deep).is_err());
    }

    #[test]
    fn whole_numbers_keep_their_digits_in_json_text() {
        let text = r#"{"a": [1, -123456789012345678901234567890, 2.5, 1e3, null, true, "x\"y"], "b": {}}"#;
        let value = Value::from_json_text(text).unwrap();
        let Value::Dict(pairs) = &value else { panic!("{value:?}") };
        let Value::List(items) = &pairs[0].1 else { panic!("{pairs:?}") };
        assert_eq!(items[1], Value::Int(BigInt::from_str("-123456789012345678901234567890").unwrap()));
        assert_eq!(items[2..4], [2.5.into(), 1000.0.into()]);
        assert_eq!(Value::from_json_text(&value.to_json_text().unwrap()).unwrap(), value);
        for wrong in ["", "01", "[1", "1 2", "nan", "{1: 2}", "-", "+1", "1_000"] {
            assert!(Value::from_json_text(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Value::List(vec![Value::Bytes(vec![1])]).to_json_text(), Err("bytes"));
        assert_eq!(Value::Float(f64::NAN).to_json_text(), Err("a float that is not finite"));
    }

    #[test]
    fn json_becomes_plain_data() {
        let json = serde_json::json!({"a": [1, 2.5, null, true, "x"]});
        let items = vec![1.into(), 2.5.into(), Value::None, true.into(), "x".into()];
        assert_eq!(Value::from(json), Value::Dict(vec![("a".into(), Value::List(items))]));
    }
}
