class Shape:
    count = 0

    def __init__(self, name):
        self.name = name
        Shape.count += 1

    def area(self):
        raise NotImplementedError

    def describe(self):
        return self.area() * self.scale


class Square(Shape):
    scale = 2

    def __init__(self, side):
        super().__init__("square")
        self.side = side

    def area(self):
        return self.side * self.side


class Rectangle(Square):
    scale = 3

    def __init__(self, side, other):
        super().__init__(side)
        self.other = other

    def area(self):
        return self.side * self.other

    @property
    def ratio(self):
        return self.side / self.other

    def __add__(self, more):
        return Rectangle(self.side + more.side, self.other)

    def __eq__(self, more):
        return self.area() == more.area()


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def grow(self):
        self.value += 1
        return self


def main(count):
    total = 0
    base = Rectangle(1, 2)
    for i in range(1, count):
        square, rectangle = Square(i), Rectangle(i, i + 1)
        total += square.describe() + rectangle.describe()
        total += int(rectangle.ratio * 10) + (square == rectangle)
        total += (base + rectangle).side + Slotted(i).grow().grow().value
    return total, Shape.count




print(main(40000))
