//! The modules that a source imports, read off its statements.

use rustpython_compiler::{
    ast::{
        Stmt,
        statement_visitor::{StatementVisitor, walk_stmt},
    },
    parser::{self, ParseOptions},
};

use crate::{
    nesting, source,
    stack::{self, RECURSION_LIMIT, Stack},
};

/// One name that an import statement may bring in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Import {
    /// How many dots the statement begins with; 0 for an absolute import.
    pub level: u32,
    /// Dotted name behind the dots; empty in `from . import x`.
    pub module: String,
    /// What `from` takes out of it, which may be a module or not; `None` for a plain `import`.
    pub name: Option<String>,
}

/// The import statements of a source, wherever in it they stand, sorted. Nothing is known of
/// imports by function call. A source that does not parse has none, and so has one that is
/// nested deeper than what compiles.
#[must_use]
pub fn imports(bytes: &[u8], stack: Stack) -> Vec<Import> {
    let Ok(source) = source::decode(bytes) else { return Vec::new() };
    // Nearly every source that imports nothing is only searched.
    if memchr::memmem::find(source.text.as_bytes(), b"import").is_none() {
        return Vec::new();
    }
    let depth = if stack.holds(source.text.len()) { 0 } else { nesting::depth_bound(&source.text) };
    if depth > RECURSION_LIMIT {
        return Vec::new();
    }
    let work = || of_text(&source.text);
    let found = if stack.holds(depth) { stack::run_here(work) } else { stack::run_on(Stack::for_depth(depth), work) };
    found.unwrap_or_default()
}

fn of_text(text: &str) -> Vec<Import> {
    let Ok(parsed) = parser::parse(text, ParseOptions::from(parser::Mode::Module)) else { return Vec::new() };
    let syntax = parsed.into_syntax();
    let Some(module) = syntax.as_module() else { return Vec::new() };
    let mut found = Found::default();
    found.visit_body(&module.body);
    found.imports.sort_unstable();
    found.imports.dedup();
    found.imports
}

#[derive(Default)]
struct Found {
    imports: Vec<Import>,
}

impl<'a> StatementVisitor<'a> for Found {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                let plain = |module: String| Import { level: 0, module, name: None };
                self.imports.extend(import.names.iter().map(|alias| plain(alias.name.to_string())));
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
                self.imports.extend(import.names.iter().map(|alias| Import {
                    level: import.level,
                    module: module.clone(),
                    name: Some(alias.name.to_string()),
                }));
            }
            other => walk_stmt(self, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |import: Import| {
            let name = import.name.map(|name| format!(":{name}")).unwrap_or_default();
            format!("{}{}{name}", ".".repeat(import.level as usize), import.module)
        };
        imports(text.as_bytes(), Stack::MAIN_THREAD).into_iter().map(show).collect()
    }

    #[test]
    fn every_form_of_import_is_found_wherever_it_stands() {
        let text = "
import a, b.c as d
from e.f import g, h as i
from . import j
from ..k import *
def f():
    try: import l
    except ImportError: from m import n
    else:
        class C:
            import o; import p
if x: import q
for _ in y:
    while z: import r
    else: import s
with t:
    match u:
        case 1: import v
async def w():
    import a
";
        let mut expected = ["a", "b.c", "e.f:g", "e.f:h", ".:j", "..k:*", "l", "m:n", "o", "p", "q", "r", "s", "v"];
        let mut found = shown(text);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_only_looks_like_an_import_is_none() {
        assert!(shown("'import a'\n# import b\nx = importlib.import_module('c')\n__import__('d')").is_empty());
    }

    #[test]
    fn a_source_that_does_not_parse_imports_nothing() {
        assert!(shown("import a\nx = = 1").is_empty());
        assert!(imports(b"import a # \xff", Stack::MAIN_THREAD).is_empty());
        let deep = format!("import a\n{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(shown(&deep).is_empty());
        let chain = format!("import a\nx = 1{}", "+1".repeat(200_000));
        assert!(shown(&chain).is_empty());
    }
}
