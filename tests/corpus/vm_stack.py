"""Programs for a stack machine: calls, loops, traps, bad sources, a listing."""
from lib_vm_stack.assembler import assemble, disassemble
from lib_vm_stack.machine import Machine, Trap

PROGRAMS = {
    "factorial": "push 10\ncall fact\nprint\nhalt\nfact:\ndup\npush 2\nlt\njz more\npop\npush 1\nret\nmore:\ndup\npush 1\nsub\ncall fact\nmul\nret",
    "fibonacci": "push 0\nstore a\npush 1\nstore b\nloop:\nload a\nprint\nload a\nload b\ndup\nstore a\nadd\nstore b\nload a\npush 60\nlt\njz end\njmp loop\nend: ; done\nhalt",
    "gcd": "push 1071\npush 462\nagain:\ndup\njz found\nswap\nover\nmod\njmp again\nfound:\npop\nprint\nhalt",
    "division": "push 7\npush 0\ndiv\nhalt",
    "underflow": "push 1\nadd",
    "endless": "top:\njmp top",
    "bad label": "jmp nowhere",
    "bad name": "push 1\nfly 3",
    "bad operand": "push\nhalt",
}
for name, source in PROGRAMS.items():
    try:
        machine = Machine(assemble(source))
        print(f"{name}: {machine.run()} in {machine.steps} steps, left {machine.stack}")
    except (Trap, SyntaxError) as error:
        print(f"{name}: {type(error).__name__}: {error}" + (f" <- {type(error.__cause__).__name__}" if error.__cause__ else ""))
machine = Machine(assemble("push 2\nstore x\nload x\nload x\nmul\nprint\nload unset\nprint\nhalt"), memory={5: 1})
print(machine.run(), dict(sorted(machine.memory.items())), Machine([]) == Machine([]), repr(Machine([1, 2]))[:20])
try:
    Machine([]).run()
except IndexError as error:
    print("ran off the end:", type(error).__name__)
print("\n".join(disassemble(assemble(PROGRAMS["gcd"]))))
