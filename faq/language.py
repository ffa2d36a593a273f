"""Tells Indonesian from English in short messages, by stop words of our own."""

from __future__ import annotations

from typing import Literal

from faq import normalise

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")

_SHORTEST_POSSESSED = 5  # "jadwalnya", but neither "hanya" nor "tanya"

# Function words and the chat spellings of them; with the commonest of Javanese, Sundanese and other regional
# languages, because we answer those in Indonesian. Words that both languages use ("di", "to", "an") stand in neither.
_INDONESIAN = frozenset(
    """
    ada adakah adalah agar akan aku anda apa apaan apakah atau bagaimana bagi bahwa bapak banget baru beberapa
    belum berapa berarti bisa bisakah bkn blm blum boleh brp buat bukan bu caranya cara dah dalam dan dapat dari
    daripada dengan deh dgn dimana dipakai diri dlm dmn dong donk dulu enggak engga g ga gak gimana gitu gmn
    gmna hanya harus ini itu iya jadi jd jangan jg juga kah kak kalau kalo kami kamu kan kapan karena kayak ke
    kenapa kita klo kok kpn krn lagi lah lain lalu lg lupa mana mas masih mau mba mbak memang mengapa menjadi
    mereka min minta misal mohon mungkin nanti ngga nggak nya ny oleh pada pak para per perlu pernah pun punya
    saat saja sama sampai sangat saya sdh sebagai sebelum secara sedang sejak sekali selain seperti serta
    setelah siapa siapakah sih silakan sudah supaya sy syarat tadi tak tapi telah tentang terima terus tersebut
    tetap tidak tidakkah tolong tp tsb tuh ttg udah untuk utk wajib ya yaitu yang yg yuk daftar batal kabarin
    kirim halo selamat pagi siang sore malam terimakasih makasih pendaftaran pengumuman usulan bahasa pakai
    ganti berhenti langganan hapus bicara petugas cek kelayakan apo ambo awak bae dak denai iki iku isih kae
    karo kapeh kulo kula lek mboten mung nang napa ndak ngendi niki nopo opo ora piro piye pripun saged sampun
    sing sinten sopo teko tulung uwis wes wis wonten yo abdi anu atuh ayeuna dinten henteu ieu iraha kedah
    kuring kumaha mah mangga mun naha naon ngiring nu punten sabaraha saha sareng tea teh teu tiasa urang wae
    beta deng pigi seng sa ko kitorang torang mo pe nyanda bo ngoni lo gue gw lu ente nih mayan tong ngges weh
    dek bang jih mi pale tabe tabik horas hita dang perorangan perusahaan koperasi lembaga orang tahun kembali lanjut
    jawaban ubah sekitar kurang
    """.split(),  # noqa: SIM905 - two hundred quoted words cannot be read
)
_ENGLISH = frozenset(
    """
    about after again all already am and any anyone are as at be because been before but by can could deadline
    did do does doing done each else english ever for from get give go good had has have he hello help her here
    hey hi him his how i if in into is it its just know let like long make many may me mine more most much must
    my need no not now of off on one only open or other our out over please pls receive register registration
    see send she should show since so some someone still submit submitted such take talk tell than thank thanks
    that the their them then there these they thing this those through too under until up us use very want was
    we were what whats when where which while who whom whose why will with won would yes yet you your award
    winner winners eligible apply application closed closes dont cant im ive isnt doesnt
    """.split(),  # noqa: SIM905
)


def detect(text: str) -> Language | None:
    """Return the language in which most of the known words stand; None when there is no telling."""
    words = normalise.words(text)
    indonesian = sum(
        word in _INDONESIAN or (len(word) > _SHORTEST_POSSESSED and word.endswith("nya")) for word in words
    )
    english = sum(word in _ENGLISH for word in words)
    if indonesian == english:
        return None
    return "id" if indonesian > english else "en"
