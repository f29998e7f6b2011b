"""Evaluation, with tail calls as a loop."""
from .reader import LispError, Symbol, show

IF, LAMBDA, BEGIN, AND = map(Symbol, "if lambda begin and".split())


class Closure:
    def __init__(self, parameters, body, env, name="lambda"):
        self.parameters, self.body, self.env, self.name = parameters, body, env, name

    def bind(self, args):
        names = list(self.parameters)
        if "." in names:
            fixed = names.index(".")
            args = [*args[:fixed], list(args[fixed:])]
            names = names[:fixed] + names[-1:]
        if len(names) != len(args):
            raise LispError(f"{self.name} wants {len(names)} arguments, got {len(args)}")
        return self.env.new_child(dict(zip(names, args)))

    def __call__(self, *args):
        return evaluate(self.body, self.bind(args))


class Macro(Closure):
    pass


def quasi(form, env):
    match form:
        case ["unquote", inner]:
            return evaluate(inner, env)
        case list():
            out = []
            for item in form:
                match item:
                    case ["splice", inner]:
                        out.extend(evaluate(inner, env))
                    case _:
                        out.append(quasi(item, env))
            return out
    return form


def evaluate(form, env):
    while True:
        match form:
            case Symbol():
                try:
                    return env[form]
                except KeyError:
                    raise LispError(f"unbound {form}") from None
            case []:
                return []
            case ["quote", value]:
                return value
            case ["quasiquote", template]:
                return quasi(template, env)
            case ["if", test, then, *otherwise]:
                form = then if evaluate(test, env) is not False else (otherwise[0] if otherwise else None)
            case ["cond", *clauses]:
                form = next(([BEGIN, *body] for test, *body in clauses if test == "else" or evaluate(test, env) is not False), None)
            case ["and", *parts]:
                form = [IF, parts[0], [AND, *parts[1:]], False] if len(parts) > 1 else (parts or [True])[0]
            case ["or", *parts]:
                return next((value for part in parts if (value := evaluate(part, env)) is not False), False)
            case ["define", [name, *parameters], *body]:
                env[name] = Closure(parameters, [BEGIN, *body], env, name)
                return None
            case ["define", name, value]:
                env[name] = evaluate(value, env)
                return None
            case ["define-macro", [name, *parameters], *body]:
                env[name] = Macro(parameters, [BEGIN, *body], env, name)
                return None
            case ["set!", name, value]:
                scope = next((m for m in env.maps if name in m), None)
                if scope is None:
                    raise LispError(f"unbound {name}")
                scope[name] = evaluate(value, env)
                return None
            case ["lambda", parameters, *body]:
                return Closure(parameters, [BEGIN, *body], env)
            case ["let", bindings, *body]:
                form = [[LAMBDA, [n for n, _ in bindings], *body], *(v for _, v in bindings)]
            case ["begin", *body]:
                for part in body[:-1]:
                    evaluate(part, env)
                form = body[-1]
            case [head, *arguments]:
                function = evaluate(head, env)
                if isinstance(function, Macro):
                    form = function(*arguments)
                    continue
                values = [evaluate(argument, env) for argument in arguments]
                if isinstance(function, Closure):
                    form, env = function.body, function.bind(values)
                elif callable(function):
                    return function(*values)
                else:
                    raise LispError(f"cannot call {show(function)}")
            case _:
                return form
