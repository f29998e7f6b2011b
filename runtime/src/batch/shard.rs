//! Parts of the work, for machines that share it.

use std::{num::NonZeroU32, path::Path, str::FromStr};

use super::report::path_bytes;

/// One of several disjoint parts of the files of a request, which together are all of them.
///
/// A file belongs to a part by the path it has below the root that it is found in, so machines
/// that have the same tree agree without talking, wherever it lies on each and whatever else
/// changes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: NonZeroU32,
    of: NonZeroU32,
}

/// The text is not `I/N`, with `I` from 1 to `N`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of a whole: expected I/N, such as 1/4, with I from 1 to N")]
pub struct ShardParseError(String);

impl FromStr for Shard {
    type Err = ShardParseError;

    fn from_str(text: &str) -> Result<Self, ShardParseError> {
        let parse = |(number, of): (&str, &str)| {
            // `parse` alone would take a sign.
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
            let (number, of): (NonZeroU32, NonZeroU32) = (digits(number)?, digits(of)?);
            (number <= of).then_some(Self { number, of })
        };
        text.split_once('/').and_then(parse).ok_or_else(|| ShardParseError(text.to_owned()))
    }
}

impl Shard {
    /// Whether a file is in this part, by the path below its root.
    pub(super) fn takes(self, relative: &Path) -> bool {
        let mut hasher = blake3::Hasher::new_derive_key("pyc-rs 2026-11 shard v1");
        // Whatever a platform puts between names.
        for name in relative {
            hasher.update(path_bytes(Path::new(name))).update(b"/");
        }
        let mut start = [0; 8];
        hasher.finalize_xof().fill(&mut start);
        u64::from_le_bytes(start) % u64::from(self.of.get()) == u64::from(self.number.get() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_fractions() {
        let shard = |number, of| Shard { number: NonZeroU32::new(number).unwrap(), of: NonZeroU32::new(of).unwrap() };
        assert_eq!("1/1".parse(), Ok(shard(1, 1)));
        assert_eq!("3/12".parse(), Ok(shard(3, 12)));
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "+1/2", "1/2/3", "a/b", "1 / 2", "1/99999999999"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_file_is_in_one_part_and_stays_there() {
        let shards: Vec<Shard> = (1..=3).map(|number| format!("{number}/3").parse().unwrap()).collect();
        let mut sizes = [0; 3];
        for n in 0..300 {
            let path = format!("package{}/module{n}.py", n % 7);
            let takers: Vec<usize> = (0..3).filter(|&index| shards[index].takes(Path::new(&path))).collect();
            assert_eq!(takers.len(), 1, "{path}");
            sizes[takers[0]] += 1;
        }
        assert!(sizes.iter().all(|&size| size > 60), "{sizes:?}");
        // Machines with different versions of pyc-rs must agree.
        let part_of = |path: &str| shards.iter().position(|shard| shard.takes(Path::new(path)));
        assert_eq!(["a.py", "b.py", "src/c.py", "src/d/e.py"].map(part_of), [Some(0), Some(2), Some(1), Some(1)]);
    }
}
