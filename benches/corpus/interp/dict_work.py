def main(count):
    table = {}
    for i in range(count):
        key = (i * 7919) % 5003
        table[key] = table.get(key, 0) + i
    names = {"name-%d" % key: value for key, value in table.items()}
    total = 0
    for _ in range(20):
        for name, value in names.items():
            if name in names and value % 3:
                total += names[name]
    for key in list(table):
        if key % 2:
            del table[key]
    return total, len(table), sum(table.values())


print(main(400000))
