"""A small Lisp: lexical scope, tail calls, quasi-quote, macros, error recovery."""
import math
import operator
from collections import ChainMap

from lib_lisp import LispError, evaluate, read_all, show


def fold(function):
    def run(first, *rest):
        for value in rest:
            first = function(first, value)
        return first
    return run


GLOBALS = ChainMap({
    **{name: fold(f) for name, f in {"+": operator.add, "*": operator.mul, "/": operator.truediv, "append": operator.add}.items()},
    **{name: f for name, f in {"=": operator.eq, "<": operator.lt, ">": operator.gt, "mod": operator.mod, "quotient": operator.floordiv}.items()},
    "-": lambda a, *rest: a - sum(rest) if rest else -a, "list": lambda *items: list(items), "car": lambda items: items[0], "cdr": lambda items: items[1:], "cons": lambda a, b: [a, *b],
    "null?": lambda x: x == [], "length": len, "map": lambda f, items: [f(i) for i in items], "filter": lambda f, items: [i for i in items if f(i) is not False], "apply": lambda f, items: f(*items), "sqrt": math.sqrt, "not": lambda x: x is False, "nil": None,
})
PROGRAM = r"""
; definitions give nothing
(define (square x) (* x x))
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(map square '(1 2 3)) (fact 20) (sqrt 2.25)
(define (loop n total) (if (= n 0) total (loop (- n 1) (+ total n))))
(loop 2000 0)
(define (counter) (let ((n 0)) (lambda () (set! n (+ n 1)) n)))
(define tick (counter)) (tick) (tick) ((counter))
(define-macro (unless test . body) `(if ,test nil (begin ,@body)))
(unless (> 1 2) "ran \"quoted\"" 'result) (unless #t (car '()))
(define-macro (while test . body) `(let ((again nil)) (set! again (lambda () (if ,test (begin ,@body (again)) 'done))) (again)))
(define i 0) (while (< i 5) (set! i (+ i 2))) i
(define (sort items) (if (null? items) items
  (let ((p (car items)) (rest (cdr items)))
    (append (sort (filter (lambda (x) (< x p)) rest)) (list p) (sort (filter (lambda (x) (not (< x p))) rest))))))
(sort '(3 1 4 1 5 9 2 6))
(cond ((= 1 2) 'a) ((and #t (or #f 7)) 'b) (else 'c)) `(1 ,(+ 1 1) ,@(map square '(2 3)) (nested ,i))
(apply + '(1 2 3)) ((lambda (a . rest) (list a rest)) 1 2 3) (- 5) '(quote (x . y)) square car (if #f 1)
"""
for form in read_all(PROGRAM):
    value = evaluate(form, GLOBALS)
    if not (isinstance(form, list) and form[0] in ("define", "define-macro")):
        print(show(value), end="  ")
print()
for text in ("(undefined 1)", "(square 1 2)", "(1 2)", "(+ 1", ")", "(set! nowhere 1)", "(car '())", '(+ 1 "a")'):
    try:
        print([show(evaluate(form, GLOBALS)) for form in read_all(text)])
    except LispError as error:
        print("error:", error)
    except (TypeError, IndexError) as error:
        print("python error:", type(error).__name__)
