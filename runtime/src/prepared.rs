//! Snippets that an engine has run: their code objects, decoded once.
//!
//! A program that runs the same snippets again and again is spared decoding them,
//! which takes as long as running a small one, and keeps what the interpreter has
//! learnt about their instructions.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::Arc,
};

use rustpython_vm::{PyRef, builtins::PyCode};

/// Snippets kept, at the most.
const MOST: usize = 512;

/// The largest source of a snippet that is kept, in bytes.
const LARGEST: usize = 64 << 10;

/// One snippet, ready to run.
pub(crate) struct Ready {
    /// What tracebacks call it: part of the code object.
    pub(crate) name: String,
    pub(crate) code: PyRef<PyCode>,
    /// The source, for tracebacks; none when it is no text.
    pub(crate) text: Option<Arc<str>>,
    /// Whether `linecache` knows the text.
    pub(crate) shown: Cell<bool>,
}

/// The snippets used last, first in, first out.
#[derive(Default)]
pub(crate) struct Prepared {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// By source: comparing a short text costs less than its key.
    snippets: HashMap<Rc<[u8]>, Rc<Ready>>,
    order: VecDeque<Rc<[u8]>>,
}

impl Prepared {
    pub(crate) fn get(&self, source: &[u8], name: &str) -> Option<Rc<Ready>> {
        self.state.borrow().snippets.get(source).filter(|ready| ready.name == name).map(Rc::clone)
    }

    pub(crate) fn keep(&self, source: &[u8], ready: &Rc<Ready>) {
        if source.len() > LARGEST {
            return;
        }
        let source: Rc<[u8]> = source.into();
        let mut state = self.state.borrow_mut();
        let replaced = state.snippets.insert(Rc::clone(&source), Rc::clone(ready));
        if replaced.is_none() {
            state.order.push_back(source);
        }
        let oldest = (state.order.len() > MOST).then(|| state.order.pop_front()).flatten();
        let dropped = oldest.and_then(|oldest| state.snippets.remove(&oldest));
        // A code object that goes may run code of the program, which may come by here.
        drop(state);
        drop((replaced, dropped));
    }
}
