"""Places and reads an order with the client that openapi-python-client made; prints what it read.

usage: generated.py ADDRESS, with the folder that holds the package `client` on PYTHONPATH."""

import json
import sys
import uuid

from client import Client
from client.api.orders import create_order, get_order
from client.models import NewItem, NewOrder


def main(address: str) -> None:
    client = Client(base_url=address, raise_on_unexpected_status=True)
    item = NewItem(product_id="prod-001", product_name="Margherita", quantity=2, unit_price="12.50")
    order = NewOrder(user_id="user-123", items=[item], shipping_address="1 Main Street")
    made = create_order.sync(client=client, body=order, idempotency_key=str(uuid.uuid4()))
    read = get_order.sync(made.order_id, client=client)
    print(json.dumps(read.to_dict()))


if __name__ == "__main__":
    main(sys.argv[1])
