//! One module for each command.

pub(crate) mod bundle;
pub(crate) mod cache;
pub(crate) mod compile;
pub(crate) mod config;
pub(crate) mod image;
pub(crate) mod inspect;
pub(crate) mod licenses;
pub(crate) mod run;
mod sandbox;
