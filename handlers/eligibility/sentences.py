"""Says what the check has to say: questions, why they are asked, the summary and the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from faq.edition import Basis
from faq.library import Library
from handlers import dates
from handlers.eligibility import path
from handlers.eligibility.criteria import BY_ID, CRITERIA
from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Answers, Category, Numbers, Outcome, Rule
from handlers.eligibility.limits import Limits
from handlers.eligibility.verdict import Verdict
from handlers.wording import Language, Wording


class Sentences:
    """All texts of the check in either language; no state."""

    def __init__(self, library: Library, wording: Wording, limits: Limits, contact: str) -> None:
        self._library = library
        self._wording = wording
        self._limits = limits
        self._contact = contact

    def say(self, key: str, language: Language, **values: str | int) -> str:
        """Return a phrase of eligibility.toml."""
        return self._say(f"eligibility.{key}", language, **values)

    def day(self, at: datetime, language: Language) -> str:
        """Return a day in words."""
        return dates.day(at, language, self._wording)

    def question(self, question: str, language: Language) -> str:
        """Return a question in full."""
        return self._say(f"eligibility_questions.{question}", language)

    def label(self, question: str, language: Language) -> str:
        """Return a question in a few words."""
        return self._say(f"eligibility_labels.{question}", language)

    def again(self, question: str, language: Language) -> str:
        """Return the friendly second try after an answer that was not understood."""
        return self._say(f"eligibility_again.{question}", language)

    def option(self, question: str, value: str, language: Language) -> str:
        """Return the title of an option, also as the answer in a summary."""
        if value == UNSURE:
            return self.say("unsure", language)
        return self._say(f"eligibility_options.{question}_{value}", language)

    def answer(self, question: str, answer: Answer, language: Language) -> str:
        """Return an answer as people read it: "7 tahun"."""
        if isinstance(answer, Mapping):
            return self.size(answer, language)
        if isinstance(answer, int):
            return self.say(question, language, number=answer)
        return self.option(question, answer, language)

    def size(self, told: Numbers, language: Language) -> str:
        """Return the numbers of a company: "40 orang, investasi Rp8 miliar"."""
        return ", ".join(self.say(name, language, number=_number(told[name], language)) for name in told)

    def progress(self, question: str, answers: Answers, language: Language) -> str:
        """Return "Pertanyaan 3 dari 8" for this path; without the total as long as it is open."""
        ids = [criterion.id for criterion in path.questions(answers, self._limits)]
        if "applicant_type" not in answers:
            return self.say("progress_first", language)
        return self.say("progress", language, number=ids.index(question) + 1, total=len(ids))

    def why(self, question: str, language: Language) -> str:
        """Return why a question is asked, with the facts behind it and where they were found."""
        reason = self._say(f"eligibility_why.{question}", language)
        return f"{reason}\n\n{self.basis(self.sources_of(question), language)}"

    def basis(self, sources: Iterable[Basis], language: Language) -> str:
        """Return the sources line by line, facts that were found in the same place together."""
        by_place: dict[str, list[str]] = {}
        for source in sources:
            name = self.say("edition", language) if source.fact is None else source.fact
            by_place.setdefault(self._place(source, language), []).append(name)
        return "\n".join(f"{', '.join(dict.fromkeys(names))}: {place}" for place, names in by_place.items())

    def sources_of(self, question: str) -> tuple[Basis, ...]:
        """Return what a question rests on; a figure rests on what its edition says."""
        criterion = BY_ID[question]
        figures = {rule.figure: rule for rule in criterion.rules if rule.figure}
        told = [source for rule in figures.values() for source in self.sources(rule)]
        rest = [Basis(fact=fact) for fact in criterion.facts if not figures]
        return tuple(dict.fromkeys([*told, *rest]))

    def sources(self, rule: Rule) -> tuple[Basis, ...]:
        """Return what a rule rests on."""
        if rule.figure is None:
            return tuple(Basis(fact=fact) for fact in rule.facts)
        figure = getattr(self._limits, rule.figure)
        return (figure.basis, *(Basis(fact=fact) for fact in rule.facts[1:]))

    def answers(self, answers: Answers, language: Language) -> list[tuple[str, str]]:
        """Return (question in a few words, answer) in the order of the questions."""
        return [
            (self.label(each.id, language), self.answer(each.id, answers[each.id], language))
            for each in CRITERIA
            if each.id in answers
        ]

    def listed(self, answers: Answers, language: Language) -> str:
        """Return all answers line by line; not numbered, since a typed number is a button's."""
        return "\n".join(f"• {label}: *{answer}*" for label, answer in self.answers(answers, language))

    def category(self, category: Category, language: Language) -> str:
        """Return the category's name."""
        return self.say(category, language)

    def outcome(self, verdict: Verdict, category: Category, language: Language) -> str:
        """Return what is known of a category in one sentence."""
        return self.say(f"outcome_{verdict.outcome(category).lower()}", language)

    def reasons(self, verdict: Verdict, category: Category, answers: Answers) -> list[Rule]:
        """Return the rules to tell for a category, the decisive ones first; none of questions that were not asked
        because the check ended early."""
        told = {each.rule for each in verdict.fired if each.question in answers}
        rules = [rule for rule in verdict.rules(category) if rule in told]
        return sorted(rules, key=lambda rule: rule.outcome is Outcome.CHECK)

    def reason_lines(self, verdict: Verdict, category: Category, answers: Answers, language: Language) -> list[str]:
        """Return a line for each reason of a category, with the facts it rests on."""
        rules = self.reasons(verdict, category, answers)
        return [f"• {self.reason(rule, language)} [{', '.join(map(_mark, self.sources(rule)))}]" for rule in rules]

    def reason(self, rule: Rule, language: Language) -> str:
        """Return a rule's reason in plain words."""
        return self.say(f"reason_{rule.outcome.lower()}", language, reason=self.rule(rule.id, language))

    def rule(self, rule_id: str, language: Language) -> str:
        """Return what a rule says, without its weight."""
        return self._say(f"eligibility_rules.{rule_id}", language)

    def result(self, verdict: Verdict, answers: Answers, language: Language) -> str:
        """Return the whole result."""
        parts = [self.say("result", language)]
        for category in BOTH:
            head = f"*{self.category(category, language)}*\n{self.outcome(verdict, category, language)}"
            lines = self.reason_lines(verdict, category, answers, language)
            parts.append("\n".join([head, *lines]))
        parts += (self.say(hint, language) for hint in verdict.hints)
        parts += [self.next_steps(verdict, language), self.say("no_decision", language)]
        return "\n\n".join(parts)

    def next_steps(self, verdict: Verdict, language: Language) -> str:
        """Return what to prepare or ask, by the category that looks best, and where to go."""
        best = min((verdict.outcome(category) for category in BOTH), key=tuple(Outcome).index)
        return self.say("next_steps", language, prepare=self.say(f"prepare_{best.lower()}", language))

    def stopped(self, verdict: Verdict, answers: Answers, language: Language) -> str:
        """Say that both categories are out, and why."""
        rules = dict.fromkeys(rule for category in BOTH for rule in self.reasons(verdict, category, answers))
        lines = [f"• {self.reason(rule, language)}" for rule in rules if rule.outcome.is_out]
        return self.say("stopped", language, reasons="\n".join(lines))

    def _place(self, source: Basis, language: Language) -> str:
        """Return where a source is found: staff's own words, or the titles of a fact's sources."""
        if source.fact is None:
            return source.source or ""
        titles = "; ".join(title for title, _ in self._library.facts[source.fact].sources)
        return titles or self.say("source_none", language)

    def _say(self, key: str, language: Language, **values: str | int) -> str:
        return self._wording.say(
            key,
            language,
            contact=self._contact,
            site=self._library.site,
            year=self._limits.year,
            min_ikm=self._limits.ikm,
            window=self._limits.window.value,
            min_years=self._limits.years,
            **values,
        )


def _mark(source: Basis) -> str:
    return source.fact or source.source or ""


def _number(value: float, language: Language) -> str:
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text
