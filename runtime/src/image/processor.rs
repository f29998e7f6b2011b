//! The features of the processor that code chooses its ways by.

#![allow(unsafe_code, reason = "asks the C library")]

use std::ffi::{c_uint, c_void};

/// What the C library found out about one leaf of `cpuid` when the process began.
#[repr(C)]
struct Leaf {
    /// EAX, EBX, ECX, EDX as the processor has them.
    has: [c_uint; 4],
    /// The same without what cannot be used.
    active: [c_uint; 4],
}

/// Which of a leaf's registers say what the processor can do: (index of the leaf in the C library's
/// `bits/platform/x86.h`, registers). The others differ from core to core.
const TELLING: [(c_uint, &[usize]); 6] =
    [(0, &[0, 2, 3]), (1, &[1, 2, 3]), (2, &[2, 3]), (3, &[0]), (6, &[0, 1, 3]), (7, &[1])];

/// A number that is another one on a processor which can do other things.
///
/// The C library's answer is taken where it has one (2.33 and later): in a virtual machine each
/// question to the processor takes some microseconds, and the ten that the standard library asks
/// were a fiftieth of a start.
pub(super) fn features() -> u32 {
    let Some(leaf) = ask_c_library() else { return detected() };
    let mut hash = Fnv::default();
    for (index, registers) in TELLING {
        // SAFETY: the function takes any index, and what it points to lives as long as the process.
        let leaf = unsafe { &*leaf(index) };
        for &register in registers {
            hash.add(leaf.has[register]);
            hash.add(leaf.active[register]);
        }
    }
    hash.0
}

type LeafOf = unsafe extern "C" fn(c_uint) -> *const Leaf;

fn ask_c_library() -> Option<LeafOf> {
    // SAFETY: the call only answers.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__x86_get_cpuid_feature_leaf".as_ptr()) };
    // SAFETY: the function of that name has this signature (sys/platform/x86.h).
    (!found.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, LeafOf>(found) })
}

/// Fowler, Noll and Vo's hash, 1a: stable, and of a few numbers.
struct Fnv(u32);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Fnv {
    fn add(&mut self, number: u32) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}

/// The same, with the questions of the standard library.
fn detected() -> u32 {
    macro_rules! bits {
        ($($feature:tt),* $(,)?) => {{
            let mut bits = 0;
            $(bits = bits << 1 | u32::from(std::is_x86_feature_detected!($feature));)*
            bits
        }};
    }
    bits!(
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
        "aes",
        "pclmulqdq",
        "avx",
        "avx2",
        "fma",
        "bmi1",
        "bmi2",
        "lzcnt",
        "movbe",
        "sha",
        "adx",
        "rdrand",
        "rdseed",
        "vaes",
        "vpclmulqdq",
        "gfni",
        "avx512f",
        "avx512bw",
        "avx512cd",
        "avx512dq",
        "avx512vl",
        "avx512ifma",
        "avx512vbmi",
        "avx512vbmi2",
        "avx512vnni",
        "avx512bitalg"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_knows_what_the_standard_library_detects() {
        let Some(leaf) = ask_c_library() else { return };
        // SAFETY: as above.
        let active = |index: c_uint, register: usize| unsafe { (*leaf(index)).active[register] };
        assert_eq!(active(0, 2) & 1 << 20 != 0, std::is_x86_feature_detected!("sse4.2"));
        assert_eq!(active(1, 1) & 1 << 5 != 0, std::is_x86_feature_detected!("avx2"));
        assert_eq!(active(1, 1) & 1 << 16 != 0, std::is_x86_feature_detected!("avx512f"));
        assert_eq!(active(2, 2) & 1 << 5 != 0, std::is_x86_feature_detected!("lzcnt"));
        assert_eq!(features(), features());
    }
}
