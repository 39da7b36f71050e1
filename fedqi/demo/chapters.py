"""The chapters of the demonstration, in order."""

import json
from pathlib import Path
from typing import Any

from fedqi.demo.federation import Federation
from fedqi.demo.plain_sums import plain_sums
from fedqi.demo.processes import DemoError, call, wait_until
from fedqi.demo.words import bar, heading, say, show


def founding_chapter(federation: Federation) -> None:
    """Found the collaborative: certificates, then documents that every member signs."""
    heading("1. Founding")
    federation.found()
    federation.enrol()
    documents = federation.agree()
    say(
        f"Charter, roster and programme are signed by all {documents['members']} members, who "
        f"compared this fingerprint: {documents['fingerprint']}."
    )


def benchmark_chapter(federation: Federation, job: str, victims: list[str]) -> None:
    """Run the first job while agents are killed."""
    heading("2. The benchmark")
    *before, after = victims
    sites = list(federation.hospitals)
    for site in sites:
        options = ("--stop-before", "masked-input") if site in before else ()
        options = ("--stop-after", "masked-input") if site == after else options
        federation.start(site, *options)
    federation.open_job(job)
    follow(federation, job, "input-frozen", sites, "inputs frozen")
    follow(federation, job, "advert-sent", sites, "keys advertised")
    follow(federation, job, "shares-sent", sites, "shares dealt")
    for site in before:
        restart(federation, site, "before its first masked input; it leaves the cohort")
    restart(federation, after, "after its masked input; its figures count")
    cohort = [site for site in sites if site not in before]
    follow(federation, job, "total-verified", cohort, "open step verified", step=0)
    follow(federation, job, "job-ended", sites, "job ended")
    tell_of_attempts(federation, job)
    first = next(site for site in cohort if site != after)
    say(f"What hospital {first} put in, beside the bytes that left it:")
    show(call(federation.agent(first, "preview", job, "--masked")))


def follow(
    federation: Federation, job: str, event: str, sites: list[str], what: str, **fields: object
) -> None:
    """Draw how many agents have told of an event, until all have."""
    draw = bar(what, len(sites))

    def all_told() -> bool:
        told = sum(bool(federation.told(site, event, job=job, **fields)) for site in sites)
        draw(told)
        return told == len(sites)

    awaited = f"{what}: {event} of job {job} from {len(sites)} agents"
    wait_until(all_told, awaited, federation.patience)


def restart(federation: Federation, site: str, when: str) -> None:
    """Wait for an agent's death and start it again."""
    service = federation.service(site)
    wait_until(lambda: service.was_killed, f"agent {site} is killed ({service.log})")
    say(f"Agent {site} was killed (SIGKILL) {when}. Restarted.")
    federation.start(site)


def tell_of_attempts(federation: Federation, job: str) -> None:
    """Say which attempts were run, and why."""
    for attempt in federation.state_of(job)["attempts"]:
        reason = f": {attempt['reason']}" if attempt["reason"] else ""
        say(f"Attempt {attempt['attempt']} {attempt['state']}{reason}.")


def totals_chapter(federation: Federation, job: str) -> None:
    """Check the released totals against the file."""
    heading("3. What the aggregator learned")
    released = federation.results(job)
    checked = [check_total(federation, result) for result in released["results"]]
    verified = [site for site in federation.hospitals if verified_all(federation, job, site)]
    say(
        f"{len(checked)} released totals equal the plain sums over the cohort, computed straight "
        f"from the published file. {len(verified)} agents recomputed every total themselves "
        "before they believed it."
    )


def verified_all(federation: Federation, job: str, site: str) -> bool:
    """Whether a site recomputed the totals that it used."""
    return bool(position_document(federation, job, site)["verified"])


def check_total(federation: Federation, result: dict[str, Any]) -> str:
    """Compare one released total with the file and say so.

    Raises
    ------
    DemoError
        If they differ.
    """
    observed, denominator = plain_sums(
        federation.example, result["measure"], result["period"], result["survivors"]
    )
    if (observed, denominator) != (result["observed"], result["denominator"]):
        raise DemoError(
            f"{result['measure']}, {result['period']}: released {result['observed']} of "
            f"{result['denominator']}, the file says {observed} of {denominator}"
        )
    line = (
        f"{result['measure']}: {observed:,} of {denominator:,} at {result['sites']} hospitals "
        "= the plain sum"
    )
    if result["period"] == "all":
        show(line)
    return line


def attack_chapter(federation: Federation, first: str, job: str) -> None:
    """Let the aggregator forge a total and show the agents refusing it."""
    heading("4. An aggregator that lies")
    federation.kill_aggregator()
    federation.serve("--forge-totals-for", job)
    say(
        "The aggregator was killed (SIGKILL) and restarted as one that adds 1 to a total of the "
        "next job, over the same hospitals and the same data."
    )
    federation.open_job(job)
    cohort = federation.results(first)["cohort"]
    follow(federation, job, "total-refused", cohort, "refused the total")
    refusals = [federation.told(site, "total-refused", job=job)[0] for site in cohort]
    say(f"Refused by {', '.join(sorted(cohort))}: {refusals[0].get('check', 'forged total')}.")
    wait_until(lambda: ended(federation, job), f"job {job} ends")
    say(f"Job {job}: {federation.state_of(job)['state']}; nothing was released.")


def ended(federation: Federation, job: str) -> bool:
    """Whether a job is over."""
    return bool(federation.state_of(job)["state"] in ("published", "partial", "ended"))


def report_chapter(federation: Federation, job: str, victims: list[str]) -> Path:
    """Tell one hospital's position and write its report; compare the one that was left out."""
    heading("5. Where a hospital stands")
    site = most_remarkable(federation, job)
    path = write_report(federation, job, site)
    tell_position(federation, job, site)
    for left_out in victims[:-1]:
        document = position_document(federation, job, left_out)
        say(f"Hospital {left_out} is {document['standing']}.")
        say(f"Its report: {write_report(federation, job, left_out)}")
    say(f"The report of hospital {site}: {path}")
    return path


def position_document(federation: Federation, job: str, site: str) -> dict[str, Any]:
    """Return what a hospital knows of a finished job: what ``fedqi-site report --json`` prints."""
    path = federation.hospitals[site].folder / "state" / "results" / f"{job}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def most_remarkable(federation: Federation, job: str) -> str:
    """Return the hospital farthest from the others; only a demonstration may look at them all."""

    def distance(site: str) -> float:
        document = position_document(federation, job, site)
        told = story_position(federation, document, site)
        analysis = (told or {}).get("analyses", {}).get("crude", {})
        basis = analysis.get("ratio", analysis)
        return abs(float(basis.get("z_adjusted") or 0.0)) if document["in_cohort"] else -1.0

    return max(federation.hospitals, key=distance)


def story_position(
    federation: Federation, document: dict[str, Any], site: str
) -> dict[str, Any] | None:
    """Return a hospital's position in the measure that is told."""
    for position in document["positions"][site]:
        if (position["measure"], position["period"]) == (federation.example.story_measure, "all"):
            found: dict[str, Any] = position
            return found
    return None


def tell_position(federation: Federation, job: str, site: str) -> None:
    """Say where a hospital stands."""
    document = position_document(federation, job, site)
    position = story_position(federation, document, site)
    if position is None:
        return
    crude = position["analyses"]["crude"]
    network = next(
        result
        for result in document["results"]
        if (result["measure"], result["period"]) == (position["measure"], "all")
    )["analyses"]["crude"]
    interval = crude["interval"]
    say(
        f"{federation.hospitals[site].name} ({site}), {position['measure']}: "
        f"{100 * crude['estimate']:.1f} % ({100 * interval['lower']:.1f} to "
        f"{100 * interval['upper']:.1f}), the network {100 * network['rate']:.1f} %. "
        f"Position: {crude['band']}."
    )


def write_report(federation: Federation, job: str, site: str) -> Path:
    """Write a hospital's report and return where it is."""
    path = federation.folder.parent / "reports" / f"{site}.html"
    path.parent.mkdir(exist_ok=True)
    call(federation.agent(site, "report", job, "--out", str(path)))
    return path
