"""The shapes of what goes back of a payment: refunds, disputes, and how they move the account's balance.

Like ``objects``, functions return new objects and touch no state; amounts are minor units, times are Unix seconds.
"""

from typing import Any

import stripe

from local.stripe.objects import JsonObject, new_id, shape


def refund(created: int, *, of_charge: JsonObject, amount: int, **given: Any) -> JsonObject:
    """A refund of ``amount`` minor units of a charge, done immediately unless ``given`` says otherwise."""
    fields = {
        "id": new_id("re"),
        "object": "refund",
        "created": created,
        "amount": amount,
        "charge": of_charge["id"],
        "currency": of_charge["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "metadata": {},
        "payment_intent": of_charge["payment_intent"],
        "status": "succeeded",
    }
    return shape(stripe.Refund, **{**fields, **given})


def dispute(created: int, *, of_charge: JsonObject, amount: int, currency: str, status: str) -> JsonObject:
    """A dispute of ``amount`` minor units of ``currency``, of which no money has moved."""
    is_inquiry = status.startswith("warning_")
    card = shape(
        stripe.Dispute.PaymentMethodDetails.Card,
        brand="visa",
        case_type="inquiry" if is_inquiry else "chargeback",
        network="visa",
        network_reason_code="10.4",
    )
    return shape(
        stripe.Dispute,
        id=new_id("du"),
        object="dispute",
        created=created,
        amount=amount,
        balance_transactions=[],
        charge=of_charge["id"],
        currency=currency,
        enhanced_eligibility_types=[],
        evidence=shape(stripe.Dispute.Evidence, enhanced_evidence={}),
        evidence_details=shape(
            stripe.Dispute.EvidenceDetails,
            enhanced_eligibility={},
            has_evidence=False,
            past_due=False,
            submission_count=0,
            submission_method="not_submitted",
        ),
        is_charge_refundable=True,
        metadata={},
        network_reason_code="10.4",
        payment_intent=of_charge["payment_intent"],
        payment_method_details=shape(stripe.Dispute.PaymentMethodDetails, card=card, type="card"),
        reason="fraudulent",
        status=status,
    )


def dispute_money(created: int, *, of_dispute: JsonObject, amount: int, fee: int) -> JsonObject:
    """What a dispute takes of the balance, or with an ``amount`` above 0 gives back to it.

    The account has a balance in every currency, so nothing is exchanged.
    """
    is_taken = amount < 0
    description = f"Chargeback {'withdrawal' if is_taken else 'reversal'} for {of_dispute['charge']}"
    fees = {"amount": fee, "application": None, "currency": of_dispute["currency"], "description": "Dispute fee"}
    return shape(
        stripe.BalanceTransaction,
        id=new_id("txn"),
        object="balance_transaction",
        created=created,
        amount=amount,
        available_on=created,
        balance_type="payments",
        currency=of_dispute["currency"],
        description=description,
        fee=fee,
        fee_details=[shape(stripe.BalanceTransaction.FeeDetail, type="stripe_fee", **fees)],
        net=amount - fee,
        reporting_category="dispute" if is_taken else "dispute_reversal",
        source=of_dispute["id"],
        status="available",
        type="adjustment",
    )
