"""Metrics from the logs, alerts on them, whom they are sent to, a dashboard, and the budget."""

import json
from pathlib import Path

from deploy import budget, fingerprints
from deploy.gcloud import Gcloud

METRICS = ("gcloud", "logging", "metrics")
CHANNELS = ("gcloud", "beta", "monitoring", "channels")
POLICIES = ("gcloud", "alpha", "monitoring", "policies")
DASHBOARDS = ("gcloud", "monitoring", "dashboards")
BUDGETS = ("gcloud", "billing", "budgets")
CHANNEL_NAME = "Guilder alerts"
DASHBOARD = Path("deploy") / "dashboard.json"


def metric_files(root: Path) -> list[Path]:
    return sorted((root / "deploy" / "metrics").glob("*.json"))


def alert_files(root: Path) -> list[Path]:
    return sorted((root / "deploy" / "alerts").glob("*.json"))


def make_alerts(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    gcloud.step("Making metrics of the logs, and alerts on them.")
    for path in metric_files(settings.root):
        _make_metric(gcloud, path)
    if not settings.alert_email:
        gcloud.note("No alert is sent by mail: ALERT_EMAIL is not set. Alerts show in Cloud Monitoring only.")
    elif not _channel(gcloud):
        gcloud.change(
            f"Send alerts to {settings.alert_email}.",
            *(*CHANNELS, "create", "--type=email", settings.in_project, f"--display-name={CHANNEL_NAME}"),
            f"--channel-labels=email_address={settings.alert_email}",
        )
    for path in alert_files(settings.root):
        _make_alert(gcloud, path)


def _make_metric(gcloud: Gcloud, path: Path) -> None:
    settings = gcloud.settings
    name, verb = f"guilder-{path.stem}", "create"
    held = gcloud.value(*METRICS, "describe", name, settings.in_project, "--format=value(filter)")
    if held:
        if held == json.loads(path.read_text(encoding="utf-8"))["filter"]:
            return
        verb = "update"
    file = f"--config-from-file={path.relative_to(settings.root)}"
    gcloud.change(f"{verb.capitalize()} the metric {name}.", *METRICS, verb, name, file, settings.in_project)


def channels(gcloud: Gcloud, wanted: str, *flags: str) -> list[str]:
    """The names of the notification channels that a filter of gcloud's finds."""
    command = (*CHANNELS, "list", gcloud.settings.in_project, "--format=value(name)", f"--filter={wanted}")
    return gcloud.value(*command, *flags).split()


def _channel(gcloud: Gcloud) -> str:
    """The channel of the address that alerts are sent to, if there are both."""
    address = gcloud.settings.alert_email
    if not address:
        return ""
    return "".join(channels(gcloud, f'type=email AND labels.email_address="{address}"', "--limit=1"))


def policies(gcloud: Gcloud, name: str, *flags: str) -> str:
    """Google names policies itself, so ours carry the names that they have here."""
    return gcloud.value(*POLICIES, "list", gcloud.settings.in_project, f'--filter=userLabels.guilder="{name}"', *flags)


def _make_alert(gcloud: Gcloud, path: Path) -> None:
    settings = gcloud.settings
    name, channel = path.stem, _channel(gcloud)
    fingerprint = fingerprints.of_text(path.read_text(encoding="utf-8") + channel)
    columns = '--format=value[separator=" "](name,userLabels.config)'
    policy, _, known = policies(gcloud, name, "--limit=1", columns).partition(" ")
    if policy and known == fingerprint:
        return
    file = f"--policy-from-file={path.relative_to(settings.root)}"
    labels = f"guilder={name},config={fingerprint}"
    if policy:
        to = [f"--set-notification-channels={channel}"] * bool(channel)
        command = ["update", policy, file, f"--update-user-labels={labels}", settings.in_project, *to]
    else:
        to = [f"--notification-channels={channel}"] * bool(channel)
        command = ["create", file, f"--user-labels={labels}", settings.in_project, *to]
    gcloud.change_soon(f"{command[0].capitalize()} the alert {name}.", *POLICIES, *command)


def dashboards(gcloud: Gcloud) -> list[str]:
    """The names that Google gave to the dashboards that have the title of ours."""
    title = json.loads((gcloud.settings.root / DASHBOARD).read_text(encoding="utf-8"))["displayName"]
    command = (*DASHBOARDS, "list", gcloud.settings.in_project, f'--filter=displayName="{title}"')
    return gcloud.value(*command, "--format=value(name)").split()


def make_dashboard(gcloud: Gcloud) -> None:
    """One that is there stays as it is: people arrange their dashboard, and have it made anew by deleting it."""
    gcloud.step("Making a dashboard of the metrics.")
    if not dashboards(gcloud):
        file = f"--config-from-file={DASHBOARD}"
        gcloud.change("Create the dashboard.", *DASHBOARDS, "create", file, gcloud.settings.in_project)


def make_budget(gcloud: Gcloud) -> None:
    """It tells, and cuts nothing off: Google has no limit to what a project may cost."""
    settings = gcloud.settings
    gcloud.step("Making the budget. Google writes when half of it, nine tenths and all of it are spent.")
    if not settings.budget:
        gcloud.note("BUDGET is not set: a deployment asks for it.")
        return
    if settings.budget == "none":
        gcloud.note("BUDGET is none: no mail tells what this costs.")
        return
    name = f"Guilder {settings.project}"
    account = _billing_account(gcloud)
    channel = _channel(gcloud)
    found = gcloud.answer_json(*BUDGETS, "list", f"--billing-account={account}", nothing=[])
    flags = [f"--budget-amount={settings.budget}"]
    if channel:
        flags.append(f"--notifications-rule-monitoring-notification-channels={channel}")
    decision = budget.decide(found, name, settings.budget, channel)
    if decision == "create":
        gcloud.change_soon(
            f"Make the budget {name}.",
            *(*BUDGETS, "create", f"--billing-account={account}", f"--display-name={name}"),
            *(f"--filter-projects=projects/{settings.project}", *flags),
            *(f"--threshold-rule=percent={threshold}" for threshold in budget.THRESHOLDS),
        )
    elif decision != "same":
        gcloud.change(
            f"Change the budget {name}.",
            *(*BUDGETS, "update", decision, *flags, "--clear-threshold-rules"),
            *(f"--add-threshold-rule=percent={threshold}" for threshold in budget.THRESHOLDS),
        )


def _billing_account(gcloud: Gcloud) -> str:
    described = ("gcloud", "billing", "projects", "describe", gcloud.settings.project)
    name = gcloud.value(*described, "--format=value(billingAccountName)")
    return name.removeprefix("billingAccounts/") or "BILLING_ACCOUNT"
