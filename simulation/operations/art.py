"""Users have art made, and publish it."""

from simulation.app_requests import Body
from simulation.image_model import FAIL_WORD
from simulation.operations.asking import anyone, ask, begin
from simulation.operations.buying import PROPERTY
from simulation.people import SECRET, SPOKEN
from simulation.run import Run
from simulation.violations import require

LABELS = ("sky", "sea", "sand", "sun", "ship", "shore", "storm", "star")


def generate(run: Run) -> None:
    random = run.dice.random
    prompt = f"{SECRET} a lighthouse {random.randrange(10**6)}"
    body: Body = {"feature": "image", "prompt": prompt}
    if random.random() < 0.7:
        labels = random.sample(LABELS, random.choice((1, 1, 2, 2, 3, 8)))
        body["areas"] = [f"{SECRET} {label}{' ' + FAIL_WORD if random.random() < 0.2 else ''}" for label in labels]
    if random.random() < 0.4:
        body["publish"] = False
    if random.random() < 0.5:
        body["caption"] = f"{SPOKEN} look"
    if random.random() < 0.3:
        body["payWith"] = "tokens"
    if random.random() < 0.4:
        body["property"] = PROPERTY
    begin(run, "generate", anyone(run), body)


def publish(run: Run) -> None:
    private = [
        (generation_id, fields)
        for generation_id, fields in run.world.mirror.all("generations").items()
        if not fields["publish"] or run.dice.happens(0.1)
    ]
    if not private:
        return
    generation_id, fields = run.dice.random.choice(private[-12:])
    owner = next(person for person in run.people if person.user_id == fields["userId"])
    body = {"generationId": generation_id, "caption": f"{SPOKEN} here"}
    answer = ask(run, owner, f"publish {generation_id[:8]}", "publish_post", body)
    if answer is not None and answer.status == 200:
        published = run.world.mirror.get(f"generations/{generation_id}") or {}
        require(answer.body == {"postId": generation_id} == {"postId": published.get("postId")}, "another post")
