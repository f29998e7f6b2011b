//! `pyc-rs compile` as a step of CI: what it prints for services, parts of a tree, limits; and
//! every snippet of docs/ci.md, as far as it can be run on one machine.

#[path = "ci/formats.rs"]
mod formats;
#[path = "ci/limits.rs"]
mod limits;
#[path = "ci/snippets.rs"]
mod snippets;
mod support;
