//! The table of lines of a code object, as its places.

use rustpython_compiler_core::{OneIndexed, SourceLocation};

type Place = (SourceLocation, SourceLocation);

/// The place of each instruction, by the table that CPython describes in `InternalDocs/code_objects.md`
/// ("Source code locations"), where an entry is for up to eight instructions.
///
/// `None` for a table that is cut off or not for this many instructions.
pub(super) fn places(table: &[u8], first_line: i32, instructions: usize) -> Option<Box<[Place]>> {
    let mut places = Vec::with_capacity(instructions);
    let mut table = Table { rest: table };
    let mut line = first_line;
    while places.len() < instructions {
        let head = table.byte()?;
        if head & 0x80 == 0 {
            return None;
        }
        let (place, at) = table.entry(head >> 3 & 0x0f, line)?;
        line = at;
        let length = usize::from(head & 0x07) + 1;
        if length > instructions - places.len() {
            return None;
        }
        places.extend(std::iter::repeat_n(place, length));
    }
    table.rest.is_empty().then(|| places.into_boxed_slice())
}

struct Table<'a> {
    rest: &'a [u8],
}

impl Table<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// What an entry of this kind says, and the line it leaves behind.
    fn entry(&mut self, kind: u8, line: i32) -> Option<(Place, i32)> {
        Some(match kind {
            // Short: the same line, a start below 80, a length below 16.
            0..=9 => {
                let low = self.byte()?;
                let start = u32::from(kind) << 3 | u32::from(low >> 4);
                (on_one_line(line, start, start + u32::from(low & 0x0f)), line)
            }
            // On one line, this one or one of the next two.
            10..=12 => {
                let line = line.checked_add(i32::from(kind) - 10)?;
                (on_one_line(line, self.byte()?.into(), self.byte()?.into()), line)
            }
            // No columns.
            13 => {
                let line = line.checked_add(self.signed()?)?;
                (on_one_line(line, 0, 0), line)
            }
            // Everything: columns count from one, nought is none.
            14 => {
                let line = line.checked_add(self.signed()?)?;
                let end = line.checked_add(i32::try_from(self.number()?).ok()?)?;
                let (start_column, end_column) = (self.number()?.saturating_sub(1), self.number()?.saturating_sub(1));
                ((location(line, start_column), location(end, end_column)), line)
            }
            // No place.
            _ => (on_one_line(line, 0, 0), line),
        })
    }

    /// Six bits a byte, the lowest first; one more says that another byte follows.
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..=24).step_by(6) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x3f) << shift;
            if byte & 0x40 == 0 {
                return Some(number);
            }
        }
        // Larger than any line or column.
        None
    }

    /// The sign is the lowest bit.
    fn signed(&mut self) -> Option<i32> {
        let number = self.number()?;
        let magnitude = i32::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { magnitude } else { -magnitude })
    }
}

fn on_one_line(line: i32, start: u32, end: u32) -> Place {
    (location(line, start), location(line, end))
}

fn location(line: i32, column: u32) -> SourceLocation {
    let line = usize::try_from(line).ok().and_then(OneIndexed::new).unwrap_or(OneIndexed::MIN);
    SourceLocation { line, character_offset: OneIndexed::from_zero_indexed(column as usize) }
}
