//! What becomes of most system calls, found by halving.
//!
//! A filter that compares the number of a call with one number after the other is dear to put in
//! force: the kernel compiles it, and tries it with each call that there is, to know which need not
//! be looked at (`seccomp_cache_prepare` in its `kernel/seccomp.c`). So calls that are let through,
//! or refused, whatever they are given are found in a tree, by some seven comparisons; those whose
//! arguments decide are left to the filter behind it.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompRule, sock_filter};

use super::filter::{NUMBER, REFUSED, answer, jump, load, statement};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Refused,
    /// The filter behind the tree says what.
    Conditional,
}

/// The first number of calls that share a verdict, up to where the next ones begin.
type Range = (u32, Verdict);

/// Where the kernel shows a filter whose numbers a call uses.
const MACHINE: u32 = 4;

/// `AUDIT_ARCH_X86_64` of its `linux/audit.h`.
const X86_64: u32 = 0xc000_003e;

/// Stands for a jump to the filter behind the tree until its distance is known.
const BEHIND: sock_filter = statement(libc::BPF_JMP | libc::BPF_JA, u32::MAX);

/// What the rules say about all numbers. A call without a rule is refused, one whose list of rules
/// is empty is allowed.
pub(super) fn ranges(rules: &BTreeMap<i64, Vec<SeccompRule>>) -> Vec<Range> {
    let mut ranges = vec![(0, Verdict::Refused)];
    for (&call, rules) in rules {
        let Ok(call) = u32::try_from(call) else { continue };
        let verdict = if rules.is_empty() { Verdict::Allowed } else { Verdict::Conditional };
        // What was thought to follow the call before begins with this one.
        ranges.pop_if(|(start, _)| *start == call);
        if ranges.last().is_none_or(|(_, last)| *last != verdict) {
            ranges.push((call, verdict));
        }
        ranges.push((call.saturating_add(1), Verdict::Refused));
    }
    ranges
}

/// The tree for these ranges, with the filter behind it that decides the conditional calls.
pub(super) fn before(filter: BpfProgram, ranges: &[Range]) -> BpfProgram {
    let mut tree = tree(ranges);
    let len = tree.len();
    for (at, instruction) in tree.iter_mut().enumerate().filter(|(_, instruction)| **instruction == BEHIND) {
        instruction.k = distance(len - at - 1);
    }
    // The filter knows what to do with calls of another machine.
    let is_other = [
        load(MACHINE),
        jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, X86_64, 1, 0),
        statement(libc::BPF_JMP | libc::BPF_JA, distance(len + 1)),
        load(NUMBER),
    ];
    is_other.into_iter().chain(tree).chain(filter).collect()
}

fn tree(ranges: &[Range]) -> BpfProgram {
    let (lower, upper) = ranges.split_at(ranges.len() / 2);
    let Some((start, verdict)) = upper.first() else { return vec![answer(REFUSED)] };
    if lower.is_empty() {
        return vec![match verdict {
            Verdict::Allowed => answer(libc::SECCOMP_RET_ALLOW),
            Verdict::Refused => answer(REFUSED),
            Verdict::Conditional => BEHIND,
        }];
    }
    let (below, above) = (tree(lower), tree(upper));
    let compare = |above, below| jump(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, *start, above, below);
    // A comparison jumps 255 instructions at the most.
    let head = match u8::try_from(below.len()) {
        Ok(len) => vec![compare(len, 0)],
        Err(_) => vec![compare(0, 1), statement(libc::BPF_JMP | libc::BPF_JA, distance(below.len()))],
    };
    head.into_iter().chain(below).chain(above).collect()
}

fn distance(instructions: usize) -> u32 {
    u32::try_from(instructions).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use seccompiler::{
        SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition, SeccompFilter, TargetArch,
    };

    use super::*;

    /// What a filter says to a call, and after how many instructions. Does what the kernel does
    /// with those that filters are made of here.
    fn decide(program: &[sock_filter], machine: u32, number: u32, argument: u32) -> (u32, usize) {
        let (mut at, mut value) = (0, 0);
        for steps in 1.. {
            let sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            match u32::from(code) {
                code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                    value = match k {
                        NUMBER => number,
                        MACHINE => machine,
                        16 => argument,
                        _ => 0,
                    }
                }
                code if code == libc::BPF_JMP | libc::BPF_JA => at += k as usize,
                code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => {
                    at += usize::from(if value == k { jt } else { jf });
                }
                code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => {
                    at += usize::from(if value >= k { jt } else { jf });
                }
                code if code == libc::BPF_RET | libc::BPF_K => return (k, steps),
                code => panic!("instruction {code:#x}"),
            }
        }
        unreachable!("the loop does not end")
    }

    proptest::proptest! {
        #[test]
        fn every_call_has_the_verdict_of_its_rules(
            calls in proptest::collection::btree_map(0..700_i64, proptest::bool::ANY, 1..400),
        ) {
            let is_seven = || SeccompRule::new(vec![SeccompCondition::new(0, Len::Dword, Op::Eq, 7).unwrap()]).unwrap();
            let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
                calls.iter().map(|(call, conditional)| (*call, conditional.then(is_seven).into_iter().collect())).collect();
            let ranges = ranges(&rules);
            let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
            rules.retain(|_, rules| !rules.is_empty());
            let filter: BpfProgram =
                SeccompFilter::new(rules, refused, SeccompAction::Allow, TargetArch::x86_64).unwrap().try_into().unwrap();
            let program = before(filter.clone(), &ranges);
            for number in (0..800).chain([0x4000_0000, 0x4000_0001, u32::MAX]) {
                for argument in [7, 8] {
                    let (verdict, steps) = decide(&program, X86_64, number, argument);
                    let rule = calls.get(&i64::from(number));
                    let allowed = rule.is_some_and(|conditional| !conditional || argument == 7);
                    proptest::prop_assert_eq!(verdict, if allowed { libc::SECCOMP_RET_ALLOW } else { REFUSED });
                    proptest::prop_assert!(rule == Some(&true) || steps < 26, "{} steps", steps);
                }
                // Numbers of another machine mean other calls.
                proptest::prop_assert_eq!(decide(&program, 0x4000_0003, number, 7), {
                    let (verdict, steps) = decide(&filter, 0x4000_0003, number, 7);
                    (verdict, steps + 3)
                });
            }
        }
    }
}
