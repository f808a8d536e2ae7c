"""Print the timeline of a partnership, page by page: python timeline.py [CODE]."""

import os
import sys
from collections.abc import Iterator
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

URL = os.environ.get("FUNDTRAIL_URL", "http://127.0.0.1:8000/graphql")
PAGE = 10

TIMELINE = """
query Timeline($code: String!, $first: Int!, $after: String) {
  partnership(code: $code) {
    name
    timeline(first: $first, after: $after) {
      nodes {
        lane
        title
        on {
          text
        }
        amount {
          amount
          currency
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
"""


def pages(client: Client, code: str) -> Iterator[dict[str, Any]]:
    """The partnership with each page of its timeline; nothing if there is no such partnership."""
    with client as session:
        after = None
        while True:
            query = gql(TIMELINE)
            query.variable_values = {"code": code, "first": PAGE, "after": after}
            partnership = session.execute(query)["partnership"]
            if partnership is None:
                return
            yield partnership
            page = partnership["timeline"]["pageInfo"]
            if not page["hasNextPage"]:
                return
            after = page["endCursor"]


def line(entry: dict[str, Any]) -> str:
    """An entry as a line of text: date, lane, title and amount."""
    when = "" if entry["on"]["text"] == "unknown" else entry["on"]["text"]
    amount = entry["amount"]
    money = f"  {amount['amount']} {amount['currency']}" if amount else ""
    return f"{when:<22} {entry['lane']:<13} {entry['title']}{money}"


def main() -> None:
    """Print the timeline of the partnership with the given code."""
    code = sys.argv[1] if len(sys.argv) > 1 else "worcestershire-partnership"
    client = Client(transport=HTTPXTransport(URL), fetch_schema_from_transport=True)
    count = 0
    try:
        for partnership in pages(client, code):
            if count == 0:
                print(partnership["name"])
            for entry in partnership["timeline"]["nodes"]:
                print(line(entry))
                count += 1
    except TransportQueryError as error:
        # Each error has a sentence for people and a code for programs.
        for one in error.errors or []:
            print(f"{one['extensions']['code']}: {one['message']}", file=sys.stderr)
        sys.exit(1)
    if count == 0:
        sys.exit(f"There is no partnership {code}, or nothing has happened to it.")
    print(f"{count} entries.")


if __name__ == "__main__":
    main()
