"""Recognises what people say to steer the check itself: back, why, cancel, change or delete the answers."""

from __future__ import annotations

import re

from handlers.eligibility.reading import words

_POLITE = r"(?:\s+(?:ya|dong|deh|kak|min|saja|aja|dulu|please|pls))*"
_SAID = {
    "delete": r"(?:tolong\s+|mohon\s+)?(?:hapus|buang|hilangkan)\s+(?:semua\s+)?jawaban(?:ku|nya)?(?:\s+(?:saya|kami))?"
    r"|(?:please\s+)?(?:delete|erase|remove)\s+(?:all\s+)?(?:my|the|our)?\s*answers?",
    "cancel": r"(?:di)?batal(?:kan|in)?|(?:tidak|ga|gak|nggak)\s+jadi|stop|cancel|quit|berhenti|udahan"
    r"|(?:lanjut\s+)?(?:nanti|besok)|lain\s+kali|never\s+mind|(?:continue\s+)?later|not\s+now",
    "back": r"kembali|balik|mundur|sebelumnya|(?:pertanyaan|jawaban)\s+sebelumnya|(?:go\s+)?back"
    r"|previous(?:\s+question)?",
    "why": r"(?:kenapa|knp|mengapa|kok|ngapain|untuk\s+apa|buat\s+apa)\s+(?:itu\s+|ini\s+|harus\s+)?"
    r"(?:di)?(?:tanya|tny)(?:kan|in)?(?:\s+(?:itu|ini|begitu|gitu))?"
    r"|why\s+(?:do|are)\s+you\s+ask(?:ing)?(?:\s+(?:this|that|me))?|why(?:\s+is\s+(?:this|that)\s+asked)?",
    "edit": r"(?:mau\s+|tolong\s+)?(?:ubah|ganti|edit|koreksi|perbaiki|ralat)(?:\s+jawaban(?:\s+saya)?)?"
    r"|(?:change|edit|correct)(?:\s+(?:my|an|the))?(?:\s+answers?)?",
    "restart": r"(?:mulai|ulang(?:i)?)\s+(?:lagi\s+)?dari\s+awal|restart|start\s+(?:over|again)",
}
_PATTERNS = {verb: re.compile(rf"(?:{said}){_POLITE}") for verb, said in _SAID.items()}
_GOES_ON = re.compile(
    rf"(?:lanjut(?:kan|in)?|terus(?:kan|in)?|go on|continue|carry on)(?: pertanyaan(?:nya)?)?{_POLITE}"
)
_FILE = re.compile(
    rf"(?:(?:tolong|mau|minta|kirim(?:kan)?|unduh|download|send|get|i want)\s+)*(?:(?:the|a|file|berkas|me|hasil)\s+)*"
    rf"(?:pdf|unduh|download)(?:\s+(?:nya|hasilnya|please))?{_POLITE}"
)
_ASKS = re.compile(
    r"(?:apa(?:kah)?|kapan|kpn|siapa|berapa|brp|di ?mana|gimana|gmn|bagaimana|kenapa|mengapa"
    r"|what|when|who|how|where|why|which|jelaskan|explain)\b(?! (?:ya|yah|yaa)\b)"  # "berapa ya, 7" thinks aloud
    r"|.*\b(?:itu apa|apa itu|(?:dari|sejak|mulai) kapan|(?:arti|maksud)(?:nya)?\b.*\bapa)\b"
    r"|.*\b(?:ada|boleh|bisa|termasuk|perlu|harus)\b.*\b(?:ga|gak|gk|nggak|ngga|kah)$"
)
_MAY_ASK = re.compile(
    r"(?:bisa(?:kah)?|boleh(?:kah)?|harus(?:kah)?|wajib(?:kah)?|syarat(?:nya)?|is|are|can|do|does|may|must)\b|.*\?"
    r"|.*\bboleh\b.*\b(?:ga|gak|gk|nggak|ngga|tidak|kah|kan)\b|.* kah\b"
)

_CLAUSES = re.compile(r"(?<=[.?!;])\s+|\n+|,?\s+(?:tapi|tp|tetapi|namun|terus|trus|oh ya|btw|but)\s+", re.IGNORECASE)

_NOTHING_WRONG = re.compile(
    r"(?:sudah )?(?:tidak|ga|gak|nggak|tak) (?:ada yang (?:salah|keliru|diubah)|perlu (?:di)?ubah|usah (?:di)?ubah)"
    r"|no (?:changes?|problems?)(?: needed)?|nothing (?:is )?wrong|all (?:good|correct|right)"
)
_WRONG = re.compile(
    r"(?:masih )?(?:ada|kayaknya ada|sepertinya ada)?\s*(?:yang )?(?:salah|keliru)\b.*"
    r"|(?:ya|iya|ok|yes),? (?:tapi|but)\b.*|.*\bis wrong"
)


def verb(text: str) -> str | None:
    """Return "back", "why", "cancel", "edit", "restart" or "delete" when the whole text says that and no more."""
    simple = words.plain(text).strip(" .!?")
    return next((known for known, pattern in _PATTERNS.items() if pattern.fullmatch(simple)), None)


def goes_on(text: str) -> bool:
    """Tell whether the text wants the questions to go on."""
    return _GOES_ON.fullmatch(words.plain(text).strip(" .!")) is not None


def wants_file(text: str) -> bool:
    """Tell whether the text asks for the result as a file."""
    return _FILE.fullmatch(words.plain(text).strip(" .!?")) is not None


def asks(text: str) -> bool:
    """Tell whether the text is a question by its first word or by how it ends ("... itu apa"), and so no answer."""
    return _ASKS.match(words.plain(text)) is not None and not words.is_unsure(text)


def may_ask(text: str) -> bool:
    """Tell whether the text may be a question: that, a weaker first word, or a question mark ("7 tahun?")."""
    return asks(text) or _MAY_ASK.match(words.plain(text)) is not None


def said_and_asked(text: str) -> tuple[list[str], str]:
    """Return what a text says beside a question of its own, and the question: "Sudah 7 tahun. Kapan ditutup?"."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
    asked = [clause for clause in clauses if may_ask(clause)]
    return [clause for clause in clauses if clause not in asked], " ".join(asked)


def review(text: str) -> str | None:
    """Return "yes" or "no" where a text says that the answers listed in the summary are right, or that one is wrong."""
    simple = words.plain(text).strip(" .!")
    if _NOTHING_WRONG.fullmatch(simple):
        return "yes"
    return "no" if _WRONG.fullmatch(simple) else None
