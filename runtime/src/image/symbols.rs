//! The writable variables of the program, from the symbol table of its own file.

use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags, SymbolKind,
    elf::{SHF_TLS, SHF_WRITE},
};

use super::policy::{self, Class};

/// A variable that can be written while the program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its symbol.
    pub symbol: String,
    /// Whether each thread has its own.
    pub thread_local: bool,
    /// Its address; of a thread-local one, its place as the linker counts.
    pub address: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is in images.
    pub class: Class,
}

/// What keeps the variables of a program from being known.
#[derive(Debug, thiserror::Error)]
pub enum SymbolError {
    /// The file is not what the linker wrote.
    #[error("the program's own file cannot be read: {0}")]
    Format(#[from] object::Error),
    /// The symbols have been stripped.
    #[error("the program has no symbol table: it was stripped")]
    Stripped,
    /// A variable that is in no list.
    #[error("the variable {0} is not classified")]
    Unclassified(String),
}

/// Sections that are written only before the program starts.
const SEALED: [&str; 7] =
    [".data.rel.ro", ".got", ".got.plt", ".dynamic", ".init_array", ".fini_array", ".relro_padding"];

/// All writable variables of a program, given the bytes of its file, by address.
///
/// # Errors
///
/// [`SymbolError`] when the file cannot be read or has no symbols.
pub fn variables(file: &[u8]) -> Result<Vec<Variable>, SymbolError> {
    let file = object::File::parse(file)?;
    let mut variables = Vec::new();
    for symbol in file.symbols() {
        let Some(section) = symbol.section_index() else { continue };
        let section = file.section_by_index(section)?;
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        let written = sh_flags & u64::from(SHF_WRITE) != 0 && !SEALED.contains(&section.name()?);
        if !written || symbol.size() == 0 || !matches!(symbol.kind(), SymbolKind::Data | SymbolKind::Tls) {
            continue;
        }
        let name = symbol.name()?;
        variables.push(Variable {
            symbol: name.to_owned(),
            thread_local: sh_flags & u64::from(SHF_TLS) != 0,
            address: symbol.address(),
            size: symbol.size(),
            class: policy::classify(name),
        });
    }
    if !variables.iter().any(|variable| variable.class == Class::Image) {
        return Err(SymbolError::Stripped);
    }
    variables.sort_by(|a, b| (a.thread_local, a.address, &a.symbol).cmp(&(b.thread_local, b.address, &b.symbol)));
    Ok(variables)
}

/// The variables that are in images; none may be unclassified.
pub(super) fn in_image(variables: &[Variable]) -> Result<Vec<&Variable>, SymbolError> {
    if let Some(unknown) = variables.iter().find(|variable| variable.class == Class::Unknown) {
        return Err(SymbolError::Unclassified(unknown.symbol.clone()));
    }
    Ok(variables.iter().filter(|variable| variable.class == Class::Image).collect())
}
