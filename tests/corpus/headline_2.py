sentence = "the quick brown fox jumps over the lazy dog"
words = sentence.split()
print(" ".join(word.capitalize() for word in words))
