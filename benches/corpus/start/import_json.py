import json

print(json.dumps({"name": "pump", "tags": ["water", "blue"], "ok": True}, sort_keys=True))
