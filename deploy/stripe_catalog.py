"""Makes a Stripe product and price for every package and plan of an economy; what is there already is left alone.

    printf %s "$STRIPE_SECRET_KEY" | python3 -m deploy.stripe_catalog economies/phoenix.toml

A price is found by its lookup key, which says what it costs: prices never change, so a new amount is a new price.
Prints one line for each. Needs nothing but Python; the key comes on standard input, where no process list shows it.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.gcloud import Gcloud, quoted, say, variable_on_stdin
from deploy.secret_manager import held
from deploy.settings import Stopped
from deploy.stripe_api import StripeError, call
from shared.billing import lookup_keys


@dataclass(frozen=True, slots=True)
class Item:
    """Something for sale: ``amount`` minor units of ``currency``, once, or every ``interval`` (day to year)."""

    product_id: str
    name: str
    amount: int
    currency: str
    interval: str | None
    lookup_key: str


def items(economy: Mapping[str, Any]) -> list[Item]:
    """What the economy file sells, if anything: packages and passes, once, and plans every ``interval``."""
    return [_item(economy["id"], offer) for offer in (*economy.get("packages", ()), *economy.get("plans", ()))]


def _item(economy: str, offer: Mapping[str, Any]) -> Item:
    amount, currency, interval = offer["amount"], offer["currency"], offer.get("interval")
    return Item(
        product_id=lookup_keys.product_id(economy, offer["id"]),
        name=offer["name"],
        amount=amount,
        currency=currency,
        interval=interval,
        lookup_key=lookup_keys.lookup_key(economy, offer["id"], amount, currency, interval, offer.get("tokens", 0)),
    )


def ensure(item: Item, key: str) -> tuple[str, bool]:
    """The id of the item's price, and whether it had to be made."""
    found = call(key, "GET", "/v1/prices", {"lookup_keys[0]": item.lookup_key, "active": "true"})["data"]
    if found:
        return str(found[0]["id"]), False
    try:
        call(key, "POST", "/v1/products", {"id": item.product_id, "name": item.name})
    except StripeError as error:
        if error.code != "resource_already_exists":  # it has another price already
            raise
    price = {
        "product": item.product_id,
        "unit_amount": str(item.amount),
        "currency": item.currency,
        "lookup_key": item.lookup_key,
    }
    if item.interval:
        price["recurring[interval]"] = item.interval
    return str(call(key, "POST", "/v1/prices", price)["id"]), True


def ensure_all(economy_file: Path, key: str) -> Iterator[str]:
    """Makes what is missing; a line for each.

    Raises:
        StripeError, OSError
    """
    for item in items(tomllib.loads(economy_file.read_text(encoding="utf-8"))):
        price_id, is_new = ensure(item, key)
        yield f"{'made' if is_new else 'kept'} {item.lookup_key} {price_id}"


def make(gcloud: Gcloud) -> None:
    """Selling needs none of them: checkout prices its lines from the economy file, unless a package there names a
    price."""
    settings = gcloud.settings
    economy = f"economies/{settings.economy}.toml"
    gcloud.step("Making a product and a price for each package and plan at Stripe.")
    if settings.dry_run:
        say(f"{variable_on_stdin('STRIPE_SECRET_KEY')} | {quoted(('python3', '-m', 'deploy.stripe_catalog', economy))}")
        return
    key = held(gcloud, "STRIPE_SECRET_KEY")  # stored a moment ago, if it was not held before
    try:
        gcloud.tell(ensure_all(settings.root / economy, key))
    except (StripeError, OSError) as error:
        raise Stopped(f"Stripe: {error}") from None


def main(economy_file: str) -> int:
    try:
        for line in ensure_all(Path(economy_file), sys.stdin.read().strip()):
            print(line)
    except (StripeError, OSError) as error:
        print(f"Stripe: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
