import json

record = {"name": "pump", "tags": ["water", "blue"], "size": {"w": 3, "h": 4.5}, "ok": True, "next": None}
text = json.dumps(record, sort_keys=True)
print(text)
print(json.loads(text) == record)
