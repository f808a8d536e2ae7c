"""The inbox of late bids with gql: python with_gql.py [ADDRESS]."""

import sys

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/graphql"
client = Client(transport=HTTPXTransport(url), fetch_schema_from_transport=True)
LATE = "delays(filter: { breachedOnly: true, openOnly: true }) { nodes { bid { reference } clock { openDays } } }"
for one in client.execute(gql(f"{{ {LATE} }}"))["delays"]["nodes"]:
    print(one["bid"]["reference"], one["clock"]["openDays"])
