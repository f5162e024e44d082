"""Users sign up, and edit what is theirs."""

from simulation.operations.asking import any_post, anyone, ask
from simulation.people import SPOKEN, Person
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

PEOPLE = 10
PEOPLE_WITH_SECOND_ACCOUNTS = 14


def sign_up(run: Run) -> None:
    if len(run.people) >= PEOPLE:
        person = anyone(run)
    else:
        number = len(run.people)
        # A uid may hold an underscore, which also separates the parts of ids of likes and ledger lines.
        person = Person(f"u{'_' * (number % 2)}{number}", email_verified=run.dice.happens(0.85))
        run.people.append(person)
    open_account(run, person)


def verify(run: Run) -> None:
    person = anyone(run)
    person.email_verified = True
    open_account(run, person)


def sign_up_again(run: Run) -> None:
    """A user deletes the sign-in and makes another with the same mailbox. The old token stays valid for a while."""
    if len(run.people) < PEOPLE_WITH_SECOND_ACCOUNTS:
        before = anyone(run)
        again = Person(f"u{len(run.people)}", before.email_verified, before.mailbox or before.user_id)
        run.people.append(again)
        open_account(run, again)


def open_account(run: Run, person: Person) -> Answer | None:
    verified = person.email_verified
    answer = ask(run, person, f"open_account {person.user_id}", "open_account", {})
    if answer is not None and answer.status == 200 and verified and not run.overlaps_since_ask:
        granted = [each.user_id for each in mailbox_of(run, person) if _has_bonus(run, each)]
        require(len(granted) == 1, f"the mailbox of {person.user_id} has bonuses of {granted}", "lost", 10)
        shown = answer.body["signupBonusGranted"]
        require(shown == (granted == [person.user_id]), f"{person.user_id} is told of a bonus: {shown}")
    return answer


def mailbox_of(run: Run, person: Person) -> list[Person]:
    """Returns every user who signed up with the mailbox of the person."""
    mailbox = person.mailbox or person.user_id
    return [each for each in run.people if (each.mailbox or each.user_id) == mailbox]


def _has_bonus(run: Run, person: Person) -> bool:
    return run.world.mirror.get(f"transactions/signup_{person.user_id}") is not None


def rename(run: Run) -> None:
    """A user edits the own profile, as the rules allow."""
    person = anyone(run)
    if run.world.mirror.get(f"profiles/{person.user_id}"):
        name = f"{SPOKEN} {person.user_id} {run.dice.random.randrange(3)}"
        run.note(f"rename {person.user_id} to {name}")
        run.write(f"profiles/{person.user_id}", {"displayName": name})


def edit(run: Run) -> None:
    """A user changes the own bio, or the caption of a post, as a client may."""
    person, post_id = anyone(run), any_post(run)
    words = f"{SPOKEN} {run.dice.random.randrange(10**6)}"
    if run.world.mirror.get(f"profiles/{person.user_id}"):
        run.write(f"profiles/{person.user_id}", {"bio": words})
    if post_id is not None:
        run.write(f"posts/{post_id}", {"caption": words})
