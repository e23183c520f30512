"""A fetcher of one's own: the request comes on stdin, the payload goes to stdout."""
import json, os, sys

request = json.load(sys.stdin)
params = request["params"]
print("fetching", params["symbol"], file=sys.stderr)

sys.stdout.buffer.write(f"symbol,price\n{params['symbol']},{params['price']}\n".encode())
with open(os.environ["DATAIO_METADATA_FILE"], "w") as metadata:
    json.dump({"content_type": "text/csv", "rows": 1}, metadata)
