"""Users have their wallets buy by themselves, save cards, and take them away again."""

from simulation import terms
from simulation.app_requests import Body
from simulation.operations.asking import anyone, ask
from simulation.run import Run
from simulation.violations import require

CARDS = {
    "4242424242424242": 6,
    "4000000000000341": 2,  # can be saved; every payment is declined
    "4000002760003184": 2,  # wants its owner when nobody is there
    "4000000000000259": 1,  # pays, and disputes it at once
}


def set_reload(run: Run) -> None:
    """A user turns auto-reload on, or off, and saves a card where one is missing."""
    random, person = run.dice.random, anyone(run)
    body: Body = {"enabled": random.random() < 0.75}
    if body["enabled"]:
        package = random.choice(("starter", "starter", "popular"))
        cap = terms.AMOUNTS[package] * random.choice((1, 2, 3, 10))
        body |= {"threshold": random.choice((5, 20, 100)), "package": package, "monthlyCap": cap}
    what = f"auto-reload of {person.user_id} {'on' if body['enabled'] else 'off'}"
    answer = ask(run, person, what, "set_auto_reload", body)
    if answer is None or answer.status != 200:
        return
    if not body["enabled"]:
        require(not answer.body["enabled"], f"{what}: {answer}")
    elif answer.body["setupUrl"] is not None and random.random() < 0.8:
        card = random.choices(list(CARDS), list(CARDS.values()))[0]
        run.note(f"save ...{card[-4:]}: {run.world.stripe.pay(answer.body['setupUrl'], card)}")
        run.deliveries.collect_webhooks()


def take_card_away(run: Run) -> None:
    """A card that was saved is removed at Stripe."""
    saved = {
        wallet["autoReload"]["paymentMethod"]
        for wallet in run.world.mirror.all("users").values()
        if "paymentMethod" in wallet.get("autoReload", {})
    }
    if saved:
        method = run.dice.random.choice(sorted(saved))
        run.note(f"detach {method[:12]}: {run.world.stripe.detach(method)}")
        run.deliveries.collect_webhooks()
