//! Where a thread's stack lies.
//!
//! The C library reads the list of all mappings for the main thread's, 70 us at every start: the
//! Rust runtime asks once, to know an overflow when it sees one, and the engine again. The linker
//! (`--wrap`, see `cli/build.rs`) sends their calls here; without that, nothing calls the function.

#![allow(unsafe_code, reason = "asks the C library and the kernel, and answers in the C library's place")]

use std::{
    ffi::{c_int, c_void},
    mem, ptr,
};

const PAGE: usize = 4096;

/// What the C library says of the main thread: lowest address and size. `None` where finding it out
/// in another way could make a difference.
fn of_main_thread() -> Option<(usize, usize)> {
    /// The kernel keeps at least twice as much free below the stack.
    const MOST: u64 = 64 << 20;
    unsafe extern "C" {
        static __libc_stack_end: *mut c_void;
    }
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the calls only answer; the C library sets its variable before the program begins,
    // and the kernel leaves the program's name, a string, at the top of the stack.
    let (name_end, end) = unsafe {
        if libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) != 0 {
            return None;
        }
        let name = usize::try_from(libc::getauxval(libc::AT_EXECFN)).ok().filter(|name| *name != 0)?;
        let text = std::ffi::CStr::from_ptr(ptr::with_exposed_provenance(name));
        (name + text.count_bytes() + 1, __libc_stack_end.addr())
    };
    let top = name_end + size_of::<usize>();
    let end = (end & !(PAGE - 1)) + PAGE;
    if limit.rlim_cur > MOST || !top.is_multiple_of(PAGE) || end > top {
        return None;
    }
    let size = usize::try_from(limit.rlim_cur).ok()?.checked_sub(top - end)? & !(PAGE - 1);
    Some((end.checked_sub(size)?, size))
}

/// The lowest address and the size of this thread's stack, as the engine asks for them.
pub(super) fn of_this_thread() -> Option<(usize, usize)> {
    // SAFETY: the call only answers.
    ask(unsafe { libc::pthread_self() }, libc::pthread_getattr_np)
}

/// Whether the C library says the same of this thread.
pub(super) fn is_confirmed() -> bool {
    // SAFETY: the call only answers.
    let thread = unsafe { libc::pthread_self() };
    c_library().is_none_or(|get| ask(thread, get) == of_this_thread())
}

type GetAttributes = unsafe extern "C" fn(libc::pthread_t, *mut libc::pthread_attr_t) -> c_int;

fn ask(thread: libc::pthread_t, get: GetAttributes) -> Option<(usize, usize)> {
    let mut attributes = mem::MaybeUninit::<libc::pthread_attr_t>::zeroed();
    let (mut base, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the calls fill in what they are given, and the attributes are destroyed once.
    unsafe {
        if get(thread, attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut base, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (found == 0).then(|| (base.expose_provenance(), size))
    }
}

/// `pthread_getattr_np`, as the program calls it.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_pthread_getattr_np(
    thread: libc::pthread_t,
    attributes: *mut libc::pthread_attr_t,
) -> c_int {
    // SAFETY: the calls only answer.
    let is_main = unsafe { libc::gettid() == libc::getpid() && libc::pthread_self() == thread };
    let here = 0_u8;
    if is_main
        && let Some((base, size)) = of_main_thread()
        // A process that another thread has forked runs on that thread's stack.
        && (base..base + size).contains(&ptr::from_ref(&here).addr())
        // SAFETY: the caller passes attributes to be filled in.
        && unsafe { fill(attributes, base, size) }
    {
        return 0;
    }
    // SAFETY: the caller's promise.
    c_library().map_or(libc::ENOSYS, |get| unsafe { get(thread, attributes) })
}

/// # Safety
///
/// As for `pthread_attr_init`.
unsafe fn fill(attributes: *mut libc::pthread_attr_t, base: usize, size: usize) -> bool {
    // SAFETY: the caller's promise; the stack is only described.
    unsafe {
        libc::pthread_attr_init(attributes) == 0
            && libc::pthread_attr_setstack(attributes, ptr::with_exposed_provenance_mut(base), size) == 0
    }
}

/// The C library's own.
fn c_library() -> Option<GetAttributes> {
    // SAFETY: the call only answers.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"pthread_getattr_np".as_ptr()) };
    // SAFETY: the function of that name has this signature.
    (!found.is_null()).then(|| unsafe { mem::transmute::<*mut c_void, GetAttributes>(found) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_stacks_of_their_own() {
        let here = 0_u8;
        let at = ptr::from_ref(&here).addr();
        for get in [libc::pthread_getattr_np, __wrap_pthread_getattr_np] as [GetAttributes; 2] {
            // SAFETY: the call only answers.
            let (base, size) = ask(unsafe { libc::pthread_self() }, get).unwrap();
            assert!((base..base + size).contains(&at));
        }
        assert_eq!(
            c_library().map(|get| get as *const () as usize),
            Some(libc::pthread_getattr_np as *const () as usize)
        );
    }
}
