"""The random operations of users, operators and the scheduler. Each takes the run and checks the answer."""

from collections.abc import Callable

from simulation.operations.again import ask_otherwise, retry
from simulation.operations.art import generate, publish
from simulation.operations.buying import buy_pass, checkout, confirm, leave_checkout, pay, settle_payment
from simulation.operations.operators import approve, change_offer, freeze, grant, rebuild, resolve, unfreeze
from simulation.operations.people import edit, rename, sign_up, sign_up_again, verify
from simulation.operations.reading import read
from simulation.operations.reloading import set_reload, take_card_away
from simulation.operations.reversing import answer_dispute, appeal, dispute, refund
from simulation.operations.scheduler import (
    audit,
    expire,
    midnight,
    reconcile,
    reconcile_by_lists,
    sweep,
    sweep_pictures,
    wait,
)
from simulation.operations.social import delete_post, like, tip, unlike
from simulation.operations.subscribing import end_at_once, pay_late, renew, subscribe, visit_portal
from simulation.run import Run

OPERATIONS: dict[str, Callable[[Run], None]] = {
    operation.__name__: operation
    for operation in (
        sign_up,
        verify,
        sign_up_again,
        rename,
        checkout,
        buy_pass,
        pay,
        settle_payment,
        leave_checkout,
        confirm,
        refund,
        dispute,
        answer_dispute,
        appeal,
        generate,
        publish,
        like,
        unlike,
        tip,
        retry,
        ask_otherwise,
        delete_post,
        read,
        sweep,
        sweep_pictures,
        audit,
        reconcile,
        reconcile_by_lists,
        expire,
        midnight,
        edit,
        grant,
        approve,
        freeze,
        unfreeze,
        rebuild,
        change_offer,
        resolve,
        wait,
        subscribe,
        renew,
        visit_portal,
        pay_late,
        end_at_once,
        set_reload,
        take_card_away,
    )
}
