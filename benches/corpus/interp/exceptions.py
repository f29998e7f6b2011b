class Invalid(ValueError):
    def __init__(self, value):
        super().__init__("invalid: %d" % value)
        self.value = value


def check(value):
    if value % 3 == 0:
        raise Invalid(value)
    if value % 5 == 0:
        raise KeyError(value)
    return value


def guarded(value):
    try:
        return check(value)
    except KeyError as error:
        raise LookupError("wrapped") from error
    finally:
        guarded.passed += 1


guarded.passed = 0


def main(count):
    invalid = wrapped = fine = 0
    for value in range(count):
        try:
            fine += guarded(value)
        except Invalid as error:
            invalid += error.value
        except LookupError as error:
            wrapped += error.__cause__.args[0]
        else:
            fine += 1
    return fine, invalid, wrapped, guarded.passed


print(main(120000))
