"""A recipe scaler that meets a broken recipe: status 1, the error goes to stderr."""
from fractions import Fraction


class RecipeError(ValueError):
    def __init__(self, recipe, reason):
        self.recipe, self.reason = recipe, reason
        super().__init__(f"{recipe}: {reason}")


class Recipe:
    def __init__(self, name, serves, text):
        self.name, self.serves = name, serves
        self.parts = [self.parse(line) for line in text.split(";")]

    def parse(self, line):
        amount, *what = line.split()
        try:
            return Fraction(amount), " ".join(what)
        except (ValueError, ZeroDivisionError) as error:
            raise RecipeError(self.name, f"bad amount {amount!r}") from error

    def scaled(self, people):
        factor = Fraction(people, self.serves)
        for amount, what in self.parts:
            yield mixed(amount * factor), what


def mixed(value):
    whole, rest = divmod(value, 1)
    return " ".join(str(part) for part in (whole, rest) if part) or "0"


BOOK = {
    "pancakes": (4, "2 cups flour; 3/2 cups milk; 3 eggs; 1/4 tsp salt"),
    "soup": (6, "1 onion; 5/2 l water; 3 carrots"),
    "nothing": (1, "0 air"),
    "broken": (2, "1 fish; some rice"),
    "unreached": (2, "1 apple"),
}

cooked = 0
try:
    for name, (serves, text) in BOOK.items():
        recipe = Recipe(name, serves, text)
        print(f"{name} for 3:", ", ".join(f"{amount} {what}" for amount, what in recipe.scaled(3)))
        cooked += 1
finally:
    print("recipes:", cooked)
print("not reached")
