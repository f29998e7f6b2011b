//! How deep a source may nest, judged from its tokens alone.

use rustpython_compiler::{TokenKind, parser};

/// An upper bound for the depth of the syntax tree of `text`.
///
/// Within one pair of brackets, only what stands between two commas can nest:
/// each operator, keyword or bracket there may be one level. The lexer works
/// without recursion, so this is safe on any source.
pub(crate) fn depth_bound(text: &str) -> usize {
    let mut lexer = parser::lexer::lex(text, parser::Mode::Module);
    let mut depth =
        Depth { open: vec![0], total: 0, chains: vec![0], chained: 0, blocks: 0, is_line_start: true, deepest: 0 };
    loop {
        let token = lexer.next_token();
        if token == TokenKind::EndOfFile {
            return depth.deepest;
        }
        depth.take(token);
    }
}

struct Depth {
    /// For each bracket that is open, what may nest since its last comma.
    open: Vec<usize>,
    /// The sum of `open`.
    total: usize,
    /// For each block that is open, how many `elif` the statement there has so far: each is one
    /// level for the compiler.
    chains: Vec<usize>,
    /// The sum of `chains`.
    chained: usize,
    blocks: usize,
    is_line_start: bool,
    deepest: usize,
}

impl Depth {
    fn take(&mut self, token: TokenKind) {
        if self.is_line_start && !matches!(token, TokenKind::Indent | TokenKind::Dedent | TokenKind::NonLogicalNewline)
        {
            self.is_line_start = false;
            self.chain(token);
        }
        match token {
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => return,
            TokenKind::Indent => {
                self.blocks += 1;
                self.chains.push(0);
            }
            TokenKind::Dedent => {
                self.blocks = self.blocks.saturating_sub(1);
                if self.chains.len() > 1 {
                    self.chained -= self.chains.pop().unwrap_or_default();
                }
            }
            TokenKind::Newline | TokenKind::Semi => {
                self.is_line_start = true;
                self.open.clear();
                self.open.push(0);
                self.total = 0;
            }
            TokenKind::Comma => self.start_element(),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.one_more();
                self.open.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.start_element();
                if self.open.len() > 1 {
                    self.open.pop();
                }
            }
            _ => self.one_more(),
        }
        self.deepest = self.deepest.max(self.total + self.chained + self.blocks);
    }

    /// A statement, or another part of one, begins with this token.
    fn chain(&mut self, token: TokenKind) {
        let Some(last) = self.chains.last_mut() else { return };
        match token {
            TokenKind::Elif => {
                *last += 1;
                self.chained += 1;
            }
            TokenKind::Else | TokenKind::Comment => {}
            _ => self.chained -= std::mem::take(last),
        }
    }

    fn one_more(&mut self) {
        if let Some(last) = self.open.last_mut() {
            *last += 1;
            self.total += 1;
        }
    }

    fn start_element(&mut self) {
        if let Some(last) = self.open.last_mut() {
            self.total -= std::mem::take(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(unit: &str, times: usize) -> usize {
        depth_bound(&unit.repeat(times))
    }

    #[test]
    fn flat_sources_are_shallow() {
        assert!(bound("x = [1, 2, (3, 4), {'a': -1}]\n", 5_000) < 10);
        assert!(depth_bound(&format!("x = [{}]\n", "f(1, a.b[2] + 3), ".repeat(50_000))) < 15);
    }

    #[test]
    fn chains_and_brackets_count() {
        assert!(depth_bound(&format!("x = {}1\n", "1+".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = {}\n", "(".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = a{}\n", ".b".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = f{}\n", "()".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = {}1\n", "not ".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = {}1\n", "lambda: ".repeat(30_000))) >= 30_000);
        assert!(depth_bound(&format!("x = {}0\n", "1 if y else ".repeat(30_000))) >= 30_000);
    }

    #[test]
    fn branches_of_one_statement_count() {
        let branches = "elif x: pass\n".repeat(30_000);
        assert!(depth_bound(&format!("if x: pass\n{branches}else: pass\n")) >= 30_000);
        assert!(
            depth_bound(&format!("def f():\n  if x:\n    pass\n{}", "  elif x:\n    pass\n".repeat(9_000))) >= 9_000
        );
        assert!(bound("if x: pass\nelif y: pass\nelse: pass\n", 5_000) < 10);
    }

    #[test]
    fn blocks_count() {
        let nested: String = (0..1_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        assert!(depth_bound(&nested) >= 999);
    }
}
