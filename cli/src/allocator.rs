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
/// `mi_option_arena_eager_commit`: whether all of an arena can be used from the beginning. What
/// could be used, a sandbox must count as used.
const ARENA_EAGER_COMMIT: c_int = 4;
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

extern "C" fn prepare(_count: c_int, arguments: *const *const c_char, variables: *const *const c_char) {
    pyc_rs_runtime::before_any_allocation();
    // SAFETY: the loader hands over the arguments and the environment.
    let (is_spoken_to, for_sandbox) =
        unsafe { (is_any(variables, is_for_allocator), is_any(arguments, is_for_sandbox)) };
    if is_spoken_to {
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
        if for_sandbox {
            mi_option_set(ARENA_EAGER_COMMIT, 0);
        }
    }
}

/// Whether a variable has something to say to the allocator.
fn is_for_allocator(variable: &[u8]) -> bool {
    const PREFIX: &[u8] = b"MIMALLOC_";
    variable.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Whether an argument is the option `--sandbox`, unless it is one of the program to run.
pub(crate) fn is_for_sandbox(argument: &[u8]) -> bool {
    argument.strip_prefix(b"--sandbox").is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
}

/// Whether one of these strings is like that. Not sure means yes.
///
/// # Safety
///
/// The list is null, or one of strings with a null at the end.
unsafe fn is_any(list: *const *const c_char, like: impl Fn(&[u8]) -> bool) -> bool {
    if list.is_null() {
        return true;
    }
    let mut at = list;
    // SAFETY: the caller's promise.
    unsafe {
        while !(*at).is_null() {
            if like(CStr::from_ptr(*at).to_bytes()) {
                return true;
            }
            at = at.add(1);
        }
    }
    false
}

/// Whether this process may become one that counts its memory.
pub(crate) fn commits_late() -> bool {
    // SAFETY: a plain variable.
    unsafe { mi_option_get(ARENA_EAGER_COMMIT) == 0 }
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
        // "Where memory can be had without being counted", which is so on Linux.
        assert_eq!(unsafe { mi_option_get(ARENA_EAGER_COMMIT) }, 2);
    }

    #[test]
    fn variables_for_the_allocator_are_seen() {
        let ask = |variables: &[&CStr]| {
            let list: Vec<_> = variables.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
            // SAFETY: the list is one of strings with a null at the end.
            unsafe { is_any(list.as_ptr(), is_for_allocator) }
        };
        assert!(!ask(&[c"HOME=/", c"MIMALLOC", c"X_MIMALLOC_A=1"]));
        assert!(ask(&[c"HOME=/", c"mimalloc_verbose=1"]));
        assert!(ask(&[c"MIMALLOC_ARENA_EAGER_COMMIT=1"]));
    }

    #[test]
    fn the_option_for_a_sandbox_is_seen() {
        assert!(["--sandbox", "--sandbox=best-effort"].iter().all(|argument| is_for_sandbox(argument.as_bytes())));
        assert!(!["--sandboxes", "sandbox", ""].iter().any(|argument| is_for_sandbox(argument.as_bytes())));
    }
}
