"""Several plants as tasks of one Airflow DAG: each has its own job of mlc.yaml and its own state folder.

Set the Airflow variables mlc_books (folder of mlc.yaml), mlc_state (folder for the states, on a disk that all workers share or on one
worker) and mlc_credentials (folder of the files named below). Written for Airflow 2.4 or later.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.models import Variable

PLANTS = ["plant-detroit", "plant-gliwice", "plant-pune"]

# Looker or QAD is down (75), or another run holds the state folder (7): the same command again, later, is all it needs.
TRY_AGAIN = {7, 75}

MEANING = {
    2: "usage or mlc.yaml",
    4: "credentials or permission",
    5: "some records failed or are in doubt: mlc replay finishes them",
    6: "refused by a guard, nothing was posted",
    8: "the audit is not intact",
}

CREDENTIALS = ["looker-client-id", "looker-client-secret", "qad-client-id", "qad-username", "qad-password"]


def environment(plant: str) -> dict[str, str]:
    books, state, folder = (Variable.get(name) for name in ("mlc_books", "mlc_state", "mlc_credentials"))
    files = {f"MLC_{name.upper().replace('-', '_')}_FILE": os.path.join(folder, name) for name in CREDENTIALS}
    return {
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "HOME": os.environ.get("HOME", "/tmp"),
        "MLC_STORE": "none",
        "MLC_CONFIG": os.path.join(books, "mlc.yaml"),
        # One writer at a time: a folder for each plant, never one for two.
        "MLC_STATE_DIR": os.path.join(state, plant),
        **files,
    }


def sync(plant: str, period: str) -> None:
    words = ["mlc", "sync", "--job", plant, "--period", period, "--yes", "--no-input", "--quiet", "--lock-timeout", "900"]
    code = subprocess.run(words, env=environment(plant), check=False).returncode
    if code == 0:
        return
    # A signal that Airflow sends ends mlc after the record in flight: what is missing is sent by the next run.
    if code in TRY_AGAIN or code < 0 or code in (130, 143):
        raise AirflowException(f"mlc sync of {plant} ended with {code}: it is tried again")
    raise AirflowFailException(f"mlc sync of {plant} ended with {code}: {MEANING.get(code, 'see its log')}")


@dag(
    dag_id="mlc_plants",
    schedule="15 6 * * *",
    start_date=datetime(2026, 1, 1),
    # What was missed is not made up for run by run: one sync brings a period up to date.
    catchup=False,
    max_active_runs=1,
    params={"period": "current"},
    default_args={"retries": 4, "retry_delay": timedelta(minutes=15), "max_active_tis_per_dag": 1},
    tags=["finance"],
)
def mlc_plants() -> None:
    for plant in PLANTS:

        @task(task_id=plant)
        def run(plant: str = plant, **context: object) -> None:
            sync(plant, str(context["params"]["period"]))  # type: ignore[index]

        run()


mlc_plants()
