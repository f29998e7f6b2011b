def main(size, rounds):
    total = 0
    for shift in range(rounds):
        matrix = [[(i * j + shift) % 97 for j in range(size)] for i in range(size)]
        turned = [[row[j] for row in matrix] for j in range(size)]
        flat = [value for row in turned for value in row if value % 2]
        places = {value: index for index, value in enumerate(flat)}
        kinds = {value % 10 for value in flat}
        total += sum(flat) + sum(places.values()) + len(kinds)
        total += sum(a * b for a, b in zip(matrix[1], turned[2]))
        total += any(value > 95 for value in flat) + all(value < 97 for value in flat)
    return total


print(main(120, 40))
