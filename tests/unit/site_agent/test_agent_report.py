from site_agent.jobs import JobRecord, Stage
from site_agent.report import ending


def test_a_job_that_ended_early_is_said_to_have() -> None:
    early = JobRecord("job-1", "{}", Stage.PARTIAL, reason="two sites left")
    assert "before all analyses were finished (two sites left)" in ending(early)
    assert ending(JobRecord("job-1", "{}", Stage.PARTIAL)).endswith(
        "this page holds those that were."
    )
    assert ending(JobRecord("job-1", "{}", Stage.PUBLISHED)) == ""
