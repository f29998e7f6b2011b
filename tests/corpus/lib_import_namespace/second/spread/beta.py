from .alpha import WHERE as FIRST
WHERE = "second"
def both():
    from spread import alpha
    return alpha.WHERE, WHERE, FIRST
