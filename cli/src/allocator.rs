//! The allocator, told ahead what it would find out at every start.

#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "calls the allocator and reads what the loader hands over")]

use std::ffi::{CStr, c_char, c_int, c_long};

unsafe extern "C" {
    fn mi_option_get(option: c_int) -> c_long;
    fn mi_option_set(option: c_int, value: c_long);
}

/// No version of mimalloc has as many options; it ignores numbers that it does not know.
const OPTIONS: c_int = 64;
/// `mi_option_arena_reserve`: how much address space is taken at a time, in KiB.
const ARENA_RESERVE: c_int = 23;
/// What that is unless somebody has said otherwise.
const DEFAULT_RESERVE: c_long = 1 << 20;
/// The least that it can be. What keeps the books of an arena is spread over more pages the
/// larger it is: forty for the default.
const FIRST_RESERVE: c_long = 32 << 10;

// SAFETY: the loader calls the functions in this section before those of any library. This one
// makes a system call, and sets variables of the allocator, which nothing has used yet.
#[used]
#[unsafe(link_section = ".preinit_array")]
static BEFORE_ANY_ALLOCATION: extern "C" fn(c_int, *const *const c_char, *const *const c_char) = prepare;

extern "C" fn prepare(_count: c_int, _arguments: *const *const c_char, variables: *const *const c_char) {
    pyc_rs_runtime::before_any_allocation();
    // SAFETY: the loader hands over the environment.
    if unsafe { is_spoken_to(variables) } {
        return;
    }
    // SAFETY: both read and write plain variables.
    unsafe {
        // An option that is set is not looked for in the environment.
        for option in 0..OPTIONS {
            mi_option_set(option, mi_option_get(option));
        }
        if mi_option_get(ARENA_RESERVE) == DEFAULT_RESERVE {
            mi_option_set(ARENA_RESERVE, FIRST_RESERVE);
        }
    }
}

/// Whether the environment has something to say to the allocator. Not sure means yes.
///
/// # Safety
///
/// The list is null or a valid environment.
unsafe fn is_spoken_to(variables: *const *const c_char) -> bool {
    const PREFIX: &[u8] = b"MIMALLOC_";
    if variables.is_null() {
        return true;
    }
    let mut at = variables;
    // SAFETY: the caller's promise: strings, and a null at the end.
    unsafe {
        while !(*at).is_null() {
            let variable = CStr::from_ptr(*at).to_bytes();
            if variable.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
                return true;
            }
            at = at.add(1);
        }
    }
    false
}

/// After the first arena the usual ones follow.
pub(crate) fn after_first_allocation() {
    // SAFETY: as above; other threads that allocate see one value or the other.
    unsafe {
        if mi_option_get(ARENA_RESERVE) == FIRST_RESERVE {
            mi_option_set(ARENA_RESERVE, DEFAULT_RESERVE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_arena_is_a_small_one() {
        // Nobody has called `after_first_allocation` here. Were the number that of another option,
        // its value would not have been what it is thought to be by default, and not be changed.
        // SAFETY: a plain variable.
        assert_eq!(unsafe { mi_option_get(ARENA_RESERVE) }, FIRST_RESERVE);
    }

    #[test]
    fn variables_for_the_allocator_are_seen() {
        let ask = |variables: &[&CStr]| {
            let list: Vec<_> = variables.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
            // SAFETY: the list is one of strings with a null at the end.
            unsafe { is_spoken_to(list.as_ptr()) }
        };
        assert!(!ask(&[c"HOME=/", c"MIMALLOC", c"X_MIMALLOC_A=1"]));
        assert!(ask(&[c"HOME=/", c"mimalloc_verbose=1"]));
        assert!(ask(&[c"MIMALLOC_ARENA_EAGER_COMMIT=1"]));
    }
}
