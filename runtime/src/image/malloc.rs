//! The C allocator's functions, as the program calls them.
//!
//! The standard library and C code allocate past the global allocator. The
//! linker (`--wrap`, see `cli/build.rs`) sends their calls here; without that,
//! nothing calls these functions, and an image cannot be made. The C library's own calls
//! stay with itself, so memory that it hands out is known by its address.

#![allow(unsafe_code, reason = "an allocator")]
#![allow(clippy::cast_ptr_alignment, reason = "its blocks are aligned to 16 bytes at least")]

use std::{
    alloc::Layout,
    ffi::{c_int, c_void},
    ptr,
};

use super::arena;

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_free(pointer: *mut c_void);
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
}

/// Before each block lies its size.
const HEADER: usize = 16;

fn recorded(size: usize, align: usize) -> *mut c_void {
    let align = align.max(HEADER);
    let layout = size.checked_add(align).and_then(|size| Layout::from_size_align(size, align).ok());
    let Some(layout) = layout else { return ptr::null_mut() };
    let block = arena::allocate(layout);
    if block.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the block is `align` bytes longer than asked for, and `align` is at least the header's.
    unsafe {
        let user = block.add(align);
        user.sub(8).cast::<usize>().write(size);
        user.sub(16).cast::<usize>().write(align);
        user.cast()
    }
}

/// The size that a block of the arena was asked for with, and its alignment.
unsafe fn header(pointer: *mut c_void) -> (usize, usize) {
    let user = pointer.cast::<u8>();
    // SAFETY: the caller passes a block of `recorded`, which has its header before it.
    unsafe { (user.sub(8).cast::<usize>().read(), user.sub(16).cast::<usize>().read()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_malloc(size: usize) -> *mut c_void {
    if arena::is_recording() {
        return recorded(size, HEADER);
    }
    // SAFETY: malloc takes any size.
    unsafe { __libc_malloc(size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_calloc(count: usize, size: usize) -> *mut c_void {
    if !arena::is_recording() {
        // SAFETY: calloc takes any sizes.
        return unsafe { __libc_calloc(count, size) };
    }
    let Some(total) = count.checked_mul(size) else { return ptr::null_mut() };
    let block = recorded(total, HEADER);
    if !block.is_null() {
        // SAFETY: the block is that long.
        unsafe { ptr::write_bytes(block.cast::<u8>(), 0, total) };
    }
    block
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
    if pointer.is_null() {
        // SAFETY: malloc takes any size.
        return unsafe { __wrap_malloc(size) };
    }
    if !arena::contains(pointer.cast()) {
        // SAFETY: the caller's promise, and the block is the C library's.
        return unsafe { __libc_realloc(pointer, size) };
    }
    // SAFETY: the block has a header; both blocks are at least as long as what is copied.
    unsafe {
        let new = __wrap_malloc(size);
        if !new.is_null() {
            ptr::copy_nonoverlapping(pointer.cast::<u8>(), new.cast(), header(pointer).0.min(size));
            __wrap_free(pointer);
        }
        new
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_free(pointer: *mut c_void) {
    if arena::contains(pointer.cast()) {
        // SAFETY: the block has a header, and was taken with the header's alignment added.
        unsafe {
            let (size, align) = header(pointer);
            arena::release(pointer.cast::<u8>().sub(align), size + align);
        }
        return;
    }
    // SAFETY: the caller's promise, and the block is the C library's.
    unsafe { __libc_free(pointer) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    // SAFETY: the caller passes a place for the result.
    unsafe {
        let block = __wrap_aligned_alloc(align, size);
        if block.is_null() {
            return libc::ENOMEM;
        }
        out.write(block);
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if arena::is_recording() {
        return recorded(size, align);
    }
    // SAFETY: the caller promises a power of two.
    unsafe { __libc_memalign(align, size) }
}
