"""Two plots, as SVG: cost against load at hot documents, and cold starts."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.cold_start import FIRESTORE_GOAL, LISTENING_GOAL, ColdStart
from bench.hot import Load

OURS, SEED_STYLE = "#2a6f97", "#c8553d"
ANSWER = "#e09f3e"
HOT_FILE, COLD_FILE = "hot-documents.svg", "cold-start.svg"

# So that the same numbers make the same file.
mpl.rcParams["svg.hashsalt"] = "bench"
mpl.rcParams["svg.fonttype"] = "none"
_METADATA = {"Date": None, "Creator": None}


def draw_hot_documents(loads: Sequence[Load], folder: Path, about: str) -> None:
    """RPCs a call, retries included, against the clients at one document."""
    cases = list(dict.fromkeys(load.case for load in loads))
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    panels = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
    for axes, case in zip(panels, cases, strict=True):
        points = [load for load in loads if load.case == case]
        clients = [str(load.clients) for load in points]
        axes.plot(clients, [load.ours for load in points], "o-", color=OURS, label="ours")
        seed = [load for load in points if load.seed_style is not None]
        axes.plot(
            [str(load.clients) for load in seed],
            [load.seed_style or 0.0 for load in seed],
            "o--",
            color=SEED_STYLE,
            label="seed style",
        )
        axes.set_title(case)
        axes.set_xlabel("clients at once")
        axes.set_ylim(bottom=0)
        _tidy(axes)
    panels[0].set_ylabel("RPCs a call, retries included")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    _save(figure, folder / HOT_FILE, f"Cost against load at a hot document · {about}")


def draw_cold_starts(starts: Sequence[ColdStart], folder: Path, about: str) -> None:
    """Listening and first answer of every function with byte code, in times the bare function's."""
    ordered = sorted((start for start in starts if start.pyc), key=lambda start: start.answer)
    figure = Figure(figsize=(9, 0.26 * len(ordered) + 1.9), layout="constrained")
    axes = figure.subplots()
    rows = range(len(ordered))
    axes.hlines(rows, [start.listening for start in ordered], [start.answer for start in ordered], color="#dddddd")
    axes.plot([start.listening for start in ordered], rows, "o", color=OURS, label="listening")
    axes.plot([start.answer for start in ordered], rows, "o", color=ANSWER, label="first answer")
    axes.axvline(LISTENING_GOAL, color=OURS, linestyle=":", linewidth=1.5, label="goal of listening")
    axes.axvline(FIRESTORE_GOAL, color=ANSWER, linestyle=":", linewidth=1.5, label="goal of the first answer")
    axes.set_yticks(rows, [start.function for start in ordered])
    axes.set_xlim(left=0)
    axes.set_ylim(-0.7, len(ordered) - 0.3)
    axes.set_xlabel("times a bare functions-framework function")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    _tidy(axes)
    _save(figure, folder / COLD_FILE, f"Cold start · {about}")


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#eeeeee")
    axes.set_axisbelow(True)


def _save(figure: Figure, path: Path, title: str) -> None:
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata=_METADATA)
