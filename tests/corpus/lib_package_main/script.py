import sys

total = start + len(sys.argv)
where = __name__


def helper():
    return total * 2


if __name__ == "__main__":
    print("script as main")
