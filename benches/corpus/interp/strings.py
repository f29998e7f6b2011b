def main(count):
    parts = []
    for i in range(count):
        parts.append("item " + str(i) + ": " + ("even" if i % 2 == 0 else "odd"))
    text = "\n".join(parts)
    total = 0
    for line in text.split("\n"):
        name, _, kind = line.partition(": ")
        total += len(name.upper().replace("ITEM", "thing")) + kind.startswith("e")
        total += len(f"<{name:>12}|{kind:^6}>")
    built = ""
    for i in range(20000):
        built += chr(97 + i % 26)
    return total, text.count("odd"), built[::-1].find("zyx"), len(built.title())


print(main(90000))
