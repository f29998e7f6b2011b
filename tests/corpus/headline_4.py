pangram = "Sphinx of black quartz, judge my vow"
frequencies = {}
for letter in pangram.lower():
    if letter.isalpha():
        frequencies[letter] = frequencies.get(letter, 0) + 1
for letter, count in sorted(frequencies.items()):
    print(letter, count)
