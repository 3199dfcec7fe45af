"""Asks the questions about one service, judges every answer at once, and keeps what was typed."""

from __future__ import annotations

from wizard.errors import WizardError
from wizard.output.clean import one_line
from wizard.pipeline.desk import Desk
from wizard.pipeline.guided import Answered, answered, keep_draft
from wizard.pipeline.sheet import Sheet
from wizard.plain.ports import every_port, offers, pick
from wizard.plain.questions import NONE, Place, Question, following, holding, put, questions, removes
from wizard.plain.voice import BACK, HELP, Reply, Voice
from wizard.values.facts import StackFacts
from wizard.values.spec import Inferred, ServiceSpec


class Interview:
    """The questions about one service. `new`: it must not exist yet. `drafted`: the sheet was kept from before."""

    def __init__(
        self,
        voice: Voice,
        desk: Desk,
        facts: StackFacts,
        inferred: Inferred,
        sheet: Sheet,
        *,
        new: bool,
        drafted: bool = False,
    ) -> None:
        self._voice, self._desk, self._facts = voice, desk, facts
        self._inferred, self.sheet, self._new = inferred, sheet, new
        self._drafted, self._kept = drafted, True
        self._read = _answers(Sheet.from_spec(inferred.spec))
        self._begun = _answers(sheet)

    def spec(self) -> ServiceSpec | None:
        """What the answers so far make, when the stack can take it."""
        answers = self._judge(self.sheet)
        return answers.spec if answers.complete else None

    def hold(self) -> ServiceSpec | None:
        """Ask until the stack can take the answers; None when the person goes back before the first question."""
        place: Place = ("purpose",)
        while True:
            if not place:
                answers = self._judge(self.sheet)
                if answers.complete:
                    return answers.spec
                place = self._go_to_problem(answers)
            asked = questions(self.sheet)
            at = next((n for n, q in enumerate(asked) if q.place == place), 0)
            reply = self._ask(asked[at], at + 1, len(asked))
            if reply.word == BACK:
                if at == 0:
                    return None
                place = asked[at - 1].place
            elif reply.word == HELP:
                self._explain(asked[at])
            else:
                place = self._take(asked[at], reply.text)

    def _ask(self, question: Question, number: int, total: int) -> Reply:
        self._voice.say("", f"Question {number} of {total}. {question.heading}", f"  {question.help}")
        if question.now:
            self._voice.say(f"  Now: {one_line(question.now, 500)}")
        if question.now or not question.adds:
            self._voice.say(f"  {self._origin(question)}")
        if question.field == "port":
            self._voice.tell(offers(self._facts, self.sheet.name))
        problem = self._judge(self.sheet).problem(*question.place) if not question.adds else ""
        if problem and question.now:
            self._voice.say(f"  This cannot stay: {one_line(problem, 300)}")
        return self._voice.ask(_prompt(question))

    def _take(self, question: Question, text: str) -> Place:
        """Take one answer, or say why not; the place of the next question."""
        if question.field == "port":
            if text == "all":
                self._voice.tell(every_port(self._facts, self.sheet.name))
                return question.place
            text = pick(self._facts, self.sheet.name, text)
        if not text:
            return self._go_on(question)
        try:
            wanted = put(self.sheet, question, text)
        except ValueError as wrong:
            self._voice.say(f"That cannot be taken: {wrong}.")
            return question.place
        problem = "" if removes(question, text) else self._judge(wanted).problem(*question.place)
        if problem:
            self._voice.say(f"That cannot be taken: {one_line(problem, 300)}.")
            return question.place
        self.sheet = wanted
        self._keep()
        if removes(question, text):
            return question.place
        return following(questions(self.sheet), question.place)

    def _go_on(self, question: Question) -> Place:
        """Enter alone: what stands there stays, if it may."""
        problem = "" if question.adds else self._judge(self.sheet).problem(*question.place)
        if problem:
            self._voice.say(f"An answer is needed: {one_line(problem, 300)}.")
            return question.place
        return following(questions(self.sheet), question.place)

    def _go_to_problem(self, answers: Answered) -> Place:
        self._voice.say("", "These answers cannot be taken yet:")
        self._voice.tell(f"  {one_line(str(problem), 300)}" for problem in answers.problems)
        return holding(questions(self.sheet), answers.problems[0].steps)

    def _judge(self, sheet: Sheet) -> Answered:
        return answered(self._facts, self._inferred, sheet, new=self._new)

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
            keep_draft(self._desk.stack, self.sheet.name, self.sheet)
        except WizardError as trouble:
            if self._kept:
                self._voice.say(f"Your answers cannot be kept for later: {trouble.message}.")
            self._kept = False

    def _explain(self, question: Question) -> None:
        self._voice.say(
            "  Enter keeps what stands there. back goes to the question before. quit leaves; your answers are kept.",
            "  A backslash before back, quit or ? means the word itself.",
        )
        if question.place[-1] == "name" and not question.adds:
            self._voice.say(f"  {NONE} takes the whole entry away.")


def _answers(sheet: Sheet) -> dict[Place, str]:
    """Every answer by its place; the seed's too when there is no table that raises the question."""
    return {("seed",): "yes" if sheet.seed else "no", **{q.place: q.now for q in questions(sheet)}}


def _prompt(question: Question) -> str:
    if question.adds:
        return "Name, Enter for none: "
    if question.now:
        empties = (
            f", {NONE} {'removes it' if question.place[-1] == 'name' else 'empties it'}" if question.optional else ""
        )
        return f"Answer, Enter keeps it{empties}: "
    return "Answer, Enter for none: " if question.optional else "Answer: "
