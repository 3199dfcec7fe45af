"""Where things are in a stack: the committed profile, or what can be seen, each with the line that says so."""

from __future__ import annotations

from wizard.adapters.files.files import Files
from wizard.stack.compose.model import read_compose
from wizard.stack.detect.profile_file import read_profile
from wizard.stack.survey import Findings, Survey
from wizard.values.facts.compose import ComposeModel
from wizard.values.profile import PROFILE, Detected, Profile


def detect(files: Files, *, committed: bool = True) -> Detected:
    """Returns the profile in force. `committed` False: what detection finds, whatever `.stack-wizard/stack.yaml` says.

    Raises `UnreadableError` for a committed profile that is not valid, naming everything wrong with its line.
    """
    return look(Survey(files), committed=committed)[0]


def look(survey: Survey, *, committed: bool = True) -> tuple[Detected, ComposeModel]:
    """Returns the profile and the Compose model it leads to, over one survey. A field that the committed profile does
    not have is looked for: who wrote one line of it did not say that there is no Compose file."""
    text = survey.files.read(PROFILE) if committed and survey.tree.has(PROFILE) else None
    said = read_profile(text) if text is not None else None
    if said is not None and len(said.given) == len(Profile.__match_args__):
        return said, read_compose(said.profile.compose_files, survey.texts.get, survey.compose)
    return _seen(survey, said)


def _seen(survey: Survey, said: Detected | None) -> tuple[Detected, ComposeModel]:
    """What can be seen beside what was `said`. Imported here: a stack with a whole profile needs none of it."""
    from wizard.stack.detect.compose import detect_compose
    from wizard.stack.detect.layout import detect_layout
    from wizard.stack.detect.servers import detect_servers
    from wizard.stack.detect.target import detect_target

    given = said.given if said else {}
    findings = Findings({name: getattr(said.profile, name) for name in given} if said else None, given)
    detect_compose(survey, findings)
    paths = findings.values["compose_files"]
    assert isinstance(paths, tuple)  # noqa: S101 - `detect_compose` has just said so
    model = read_compose(paths, survey.texts.get, survey.compose)
    detect_servers(model, findings)
    detect_target(survey, paths, findings)
    detect_layout(survey, model, findings)
    _documents(survey, model, findings)
    findings.say("runtime", "auto", "default")
    findings.say("schema", Profile().schema, "default")
    return _detected(findings, committed=said is not None), model


def _documents(survey: Survey, model: ComposeModel, findings: Findings) -> None:
    if any(path.lower().endswith((".md", ".markdown")) for path in survey.tree.visible):
        from wizard.stack.detect.documents import detect_documents

        detect_documents(survey, model, str(findings.values["services_dir"]), findings)
        return
    findings.say("registry", "", "the stack has no documents")
    findings.say("runbook", "", "the stack has no documents")


def _detected(findings: Findings, *, committed: bool) -> Detected:
    values = {name: value for name, value in findings.values.items() if name in Profile.__match_args__}
    return Detected(Profile(**values), findings.why, tuple(findings.unsure), committed)  # type: ignore[arg-type]
