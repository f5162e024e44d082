"""Back to what each function served before its last deployment."""

from deploy import questions
from deploy.functions import FUNCTIONS, SERVICES, serving_revision
from deploy.gcloud import Gcloud


def roll_back(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    where = settings.in_region
    gcloud.step("Rolling back to what each function served before its last deployment.")
    for function in settings.functions:
        name = function.url_name
        before = "REVISION"
        if gcloud.looking:
            label = "--format=value(labels.guilder-before)"
            before = gcloud.value(*FUNCTIONS, "describe", name, "--gen2", *where, label)
        if not before:
            gcloud.note(f"{name} has served nothing before.")
        elif serving_revision(gcloud, name) != before:
            traffic = f"--to-revisions={before}=100"
            gcloud.change(f"Serve {before}.", *SERVICES, "update-traffic", name, traffic, *where)
    if not gcloud.looking:
        gcloud.note("REVISION is what the label guilder-before of each function says.")
    questions.ask_all(gcloud, questions.of_functions(settings))
