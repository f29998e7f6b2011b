import json


def document(count):
    return {
        "items": [
            {"id": i, "name": "item \u00e9 %d" % i, "price": i / 4, "tags": ["a", "b", str(i)], "ok": i % 2 == 0, "next": None}
            for i in range(count)
        ]
    }


def main(count, rounds):
    data = document(count)
    total = 0
    for _ in range(rounds):
        text = json.dumps(data, sort_keys=True)
        back = json.loads(text)
        total += len(text) + sum(item["id"] for item in back["items"])
        total += len(json.dumps(back["items"][:50], indent=2))
    return total, back == data


print(main(1500, 10))
