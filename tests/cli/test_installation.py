"""From `init` to a stored tenant, as the guide tells it: every command as a process of its own."""

from pathlib import Path

from tests.cli.program import run


def test_a_first_installation_goes_all_the_way(tmp_path: Path) -> None:
    assert run("init", tmp_path, cwd=tmp_path).returncode == 0
    early = run("tenant", "list", cwd=tmp_path)
    assert early.returncode != 0
    assert "migrate" in early.stderr

    assert run("migrate", cwd=tmp_path).returncode == 0
    applied = run("tenant", "apply", "tenants/acme.yaml", cwd=tmp_path)
    assert "version 1" in applied.stdout
    assert run("tenant", "list", cwd=tmp_path).stdout.splitlines()[1].split() == ["acme", "1", "acme"]
    assert run("audit", "verify", "acme", cwd=tmp_path).stdout.startswith("ok: ")
    exported = run("audit", "export", "acme", "--out", "audit.jsonl", cwd=tmp_path)
    assert (exported.returncode, exported.stdout) == (0, "")
    assert '"settings"' in (tmp_path / "audit.jsonl").read_text("utf-8")
    assert run("outbox", "retry", cwd=tmp_path).stdout == "0 will be sent again\n"

    unknown = run("audit", "verify", "acmee", cwd=tmp_path)
    assert unknown.returncode == 2
    assert unknown.stderr == "handoff-bridge: there is no tenant acmee; did you mean acme?\n"


def test_a_changed_file_is_said_to_differ_until_it_is_applied(tmp_path: Path) -> None:
    for command in ("init", "migrate"):
        assert run(command, cwd=tmp_path).returncode == 0
    run("tenant", "apply", "tenants/acme.yaml", cwd=tmp_path)
    with (tmp_path / "tenants" / "acme.yaml").open("a", encoding="utf-8") as file:
        file.write("pages: {claim_lease: 20m}\n")
    differing = run("check", "--online", cwd=tmp_path)
    assert differing.returncode == 1
    assert "pages.claim_lease: differs from the stored version; " in differing.stdout
    run("tenant", "apply", "tenants/acme.yaml", cwd=tmp_path)
    assert run("check", "--online", cwd=tmp_path).returncode == 0
