"""Asks the questions about one service, judges every answer at once, and keeps what was typed."""

from __future__ import annotations

from contextlib import suppress

from wizard.errors import WizardError
from wizard.pipeline.answer_form import AnswerForm, example_event, read_form
from wizard.pipeline.asking.corrections import correction, with_answer
from wizard.pipeline.asking.questions import NONE, Place, Question, following, holding, put, questions, removes
from wizard.pipeline.guided import Answered, answered, keep_draft
from wizard.pipeline.guided_session import GuidedSession
from wizard.plain.ports import every_port, offers, pick
from wizard.plain.voice import BACK, HELP, Voice
from wizard.rules.text import one_line
from wizard.values.facts.stack import StackFacts
from wizard.values.spec import Inferred, ServiceSpec

TAKE = ("y", "yes")
"""Take what is offered for an answer that was wrong. A word: screen readers leave signs such as `=` out."""


class Interview:
    """The questions about one service. `new`: it must not exist yet. `drafted`: the form was kept from before."""

    def __init__(
        self,
        voice: Voice,
        session: GuidedSession,
        facts: StackFacts,
        inferred: Inferred,
        form: AnswerForm,
        *,
        new: bool,
        drafted: bool = False,
    ) -> None:
        self._voice, self._session, self._facts = voice, session, facts
        self._inferred, self.form, self._new = inferred, form, new
        self._drafted, self._kept = drafted, True
        self._explained: set[str] = set()
        self._offered = ""
        self._read = _answers(AnswerForm.from_spec(inferred.spec))
        self._begun = _answers(form)

    def spec(self) -> ServiceSpec | None:
        """Returns what the answers so far make, when the stack can take it."""
        answers = self._judge(self.form)
        return answers.spec if answers.complete else None

    def hold(self) -> ServiceSpec | None:
        """Asks until the stack can take the answers; None when the person goes back before the first question."""
        place: Place = questions(self.form)[0].place
        again = False
        while True:
            if not place:
                answers = self._judge(self.form)
                if answers.complete:
                    return answers.spec
                place = self._go_to_problem(answers)
            asked = questions(self.form)
            at = next((n for n, q in enumerate(asked) if q.place == place), 0)
            if not again:
                self._put(asked[at], at + 1, len(asked))
            reply = self._voice.ask(_prompt(asked[at], again=again))
            again = False
            if reply.word == BACK:
                if at == 0:
                    return None
                place = asked[at - 1].place
            elif reply.word == HELP:
                self._explain(asked[at])
                again = True
            else:
                wanted = self._take(asked[at], reply.text)
                place, again = (place, True) if wanted is None else (wanted, False)

    def _put(self, question: Question, number: int, total: int) -> None:
        """Reads a question out; what was explained before is not said again."""
        first, *more = question.help.split("\n")
        known = question.help in self._explained
        self._explained.add(question.help)
        self._voice.say("", f"Question {number} of {total}. {question.heading}", f"  {first}")
        self._voice.tell(f"  {line}" for line in (["? explains, as before."] if known and more else more))
        if question.now:
            self._voice.say(f"  Now: {one_line(question.now, 500)}")
        if question.now or not question.adds:
            self._voice.say(f"  {self._origin(question)}")
        if question.place[-1] == "fields" and question.now:
            self._voice.say(f"  An event: {one_line(self._example(question), 500)}")
        if question.field == "port":
            self._voice.tell(offers(self._facts, self.form.name))
        problem = self._judge(self.form).problem(*question.place) if not question.adds else ""
        if problem and question.now:
            self._voice.say(f"  This cannot stay: {one_line(problem, 300)}")

    def _example(self, question: Question) -> str:
        spec, _ = read_form(self.form, self._inferred.spec)
        channels = spec.inputs if question.field == "inputs" else spec.outputs
        at = int(question.place[1])
        return example_event(channels[at]) if at < len(channels) else ""

    def _take(self, question: Question, text: str) -> Place | None:
        """Takes one answer, or says why not; the place of the next question, None to ask the same one again."""
        if text.lower() in TAKE and self._offered:
            text = self._offered
        self._offered = ""
        if question.field == "port":
            if text == "all":
                self._voice.tell(every_port(self._facts, self.form.name))
                return None
            text = pick(self._facts, self.form.name, text)
        if not text:
            return self._go_on(question)
        try:
            wanted = put(self.form, question, text)
        except ValueError as wrong:
            self._refuse(question, text, str(wrong))
            return None
        problem = "" if removes(question, text) else self._judge(wanted).problem(*question.place)
        if problem:
            self._refuse(question, text, problem)
            return None
        self.form = wanted
        self._keep()
        if removes(question, text):
            return question.place
        return following(questions(self.form), question.place)

    def _refuse(self, question: Question, text: str, problem: str) -> None:
        """Says why an answer is not taken, and what may be meant."""
        self._voice.say(f"That cannot be taken: {one_line(problem, 300)}.")
        with suppress(ValueError):
            form = with_answer(self.form, question.place, text) if not question.adds else put(self.form, question, text)
            self._offered = correction(self._facts, self._inferred, form, question.place, new=self._new)
        if self._offered:
            self._voice.say(f"Type yes to take this instead: {one_line(self._offered, 300)}")

    def _go_on(self, question: Question) -> Place | None:
        """Enter alone: what stands there stays, if it may."""
        problem = "" if question.adds else self._judge(self.form).problem(*question.place)
        if problem:
            self._voice.say(f"An answer is needed: {one_line(problem, 300)}.")
            return None
        return following(questions(self.form), question.place)

    def _go_to_problem(self, answers: Answered) -> Place:
        self._voice.say("", "These answers cannot be taken yet:")
        self._voice.tell(f"  {one_line(str(problem), 300)}" for problem in answers.problems)
        return holding(questions(self.form), answers.problems[0].steps)

    def _judge(self, form: AnswerForm) -> Answered:
        return answered(self._facts, self._inferred, form, new=self._new)

    def _origin(self, question: Question) -> str:
        """Where the present answer comes from."""
        place, now = question.place, question.now
        if not now:
            return "Nothing in the stack says it."
        if now == self._read.get(place):
            source = self._inferred.sources.get(question.field)
            return f"Read from {one_line(source, 300)}." if source else "The default: nothing in the stack says it."
        if now == self._begun.get(place):
            return "Your answer from before." if self._drafted else "Chosen: it is free."
        return "Your answer."

    def _keep(self) -> None:
        try:
            keep_draft(self._session.stack, self.form.name, self.form)
        except WizardError as trouble:
            if self._kept:
                self._voice.say(f"Your answers cannot be kept for later: {trouble.message}.")
            self._kept = False

    def _explain(self, question: Question) -> None:
        self._voice.tell(f"  {line}" for line in question.help.split("\n"))
        if question.now:
            self._voice.say(f"  Now: {one_line(question.now, 500)}")
        if question.field == "port":
            self._voice.tell(offers(self._facts, self.form.name))
        self._voice.say(
            "  Enter keeps what stands there.",
            "  back goes to the question before.",
            "  quit leaves; your answers are kept.",
            "  A backslash before back, quit or ? means the word itself.",
        )
        if question.place[-1] == "name" and not question.adds:
            self._voice.say(f"  {NONE} takes the whole entry away.")


def _answers(form: AnswerForm) -> dict[Place, str]:
    """Every answer by its place; the seed's too when there is no table that raises the question."""
    return {("seed",): "yes" if form.seed else "no", **{q.place: q.now for q in questions(form)}}


def _prompt(question: Question, *, again: bool = False) -> str:
    """Returns what stands before the answer; `again`: the question was read out already, so its name is enough."""
    asked = f"{question.heading}. " if again else ""
    if question.adds:
        return f"{asked}Name, Enter for none: "
    if question.now:
        empties = (
            f", {NONE} {'removes it' if question.place[-1] == 'name' else 'empties it'}" if question.optional else ""
        )
        return f"{asked}Answer, Enter keeps it{empties}: "
    return f"{asked}Answer, Enter for none: " if question.optional else f"{asked}Answer: "
