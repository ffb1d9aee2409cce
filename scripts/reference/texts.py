"""Invented passages and questions for the fixtures, and a generator of random Unicode contexts (fixed seeds)."""

import random

# name -> (context, questions)
PASSAGES = {
    "lighthouse": (
        "The lighthouse at Cold Point was built in 1871 by Agnes Marlow, an engineer from Leeds. It stands 42 metres "
        "tall and its lamp can be seen 18 miles out to sea. The keeper's cottage, which burnt down in 1904, was "
        "rebuilt two years later; today it's a café run by the Marlow family. Boats leave from the harbour at 9:30, "
        "11:00 and 14:15 every day except Tuesday. A ticket costs £7.50 for adults and £3 for children under twelve.",
        ["Who built the lighthouse?", "How tall is it?", "What does a ticket cost for adults?",
         "When did the cottage burn down?", "On which day are there no boats?"]),
    "library": (
        "Members may borrow up to twelve books for three weeks. Renewals are made on-line or at the desk; a book "
        "that somebody else has asked for can't be renewed. Fines are 20p a day, and never more than £5 a book. "
        "Junior members pay no fines at all. The reading room on the second floor is open until 10 p.m. in term "
        "time. Lost cards are replaced free of charge the first time, and for £2 after that.",
        ["How many books may members borrow?", "What are the fines?", "Where is the reading room?",
         "Who pays no fines?", "How do I renew a book?"]),
    "bakery": (
        "Our sourdough is made from three flours (wheat, rye, spelt), water and salt: nothing else! The starter, "
        "\"Old Bertha\", has been fed every morning since 1998. Loaves come out of the oven at six o'clock; by ten "
        "they're usually gone. Order by e-mail (bread@oldmill.example) or phone 0555-010-233 before 16:00 and we'll "
        "keep one for you. We don't bake on Mondays, and we close for the whole of August.",
        ["What is the starter called?", "When do the loaves come out of the oven?", "When are you closed?",
         "What is the sourdough made from?"]),
    "train": (
        "Trains to the coast run every 20 minutes from platform 4. The fast service takes 1 hour 12 minutes and "
        "stops only at Ashby; the slow one takes nearly two hours. Bicycles travel free outside the rush hour "
        "(7:00-9:30 and 16:30-19:00). Dogs need a ticket, guide dogs don't. If your train is more than thirty "
        "minutes late you may claim half of the fare back within 28 days.",
        ["How often do trains run?", "Where does the fast service stop?", "Do dogs need a ticket?",
         "How long does the slow train take?"]),
    "garden": (
        "Roses are planted from November to March, when the ground isn't frozen. Dig a hole twice as wide as the "
        "roots, add a spade of compost, and water well. Prune in late winter. Black spot is the commonest illness: "
        "take off the leaves and burn them. Feed twice a year, in April and in July.",
        ["When are roses planted?", "How often should I feed roses?", "What is the commonest illness?"]),
    "short": ("Berlin.", ["Where do I live?", "What?"]),
    "wolfgang": ("My name is Wolfgang and I live in Berlin", ["Where do I live?", "What is my name?"]),
    "shouting": (
        "NOTICE: THE POOL IS CLOSED. The pool is closed. the pool is closed! The Pool re-opens on FRIDAY; friday "
        "tickets are £4. Friday is family day. FRIDAY, Friday, friday.",
        ["When does the pool open?", "What is closed?", "How much are the tickets?"]),
    "emoji": (
        "👩‍👩‍👧‍👦 Family ticket: £20 🎟️. The chef 👨🏽‍🍳 is called Ana, the waiter 🧑🏿‍🦰 is called Tom. Flags on the "
        "wall: 🇫🇷🇯🇵🇧🇷 and 🏴󠁧󠁢󠁳󠁣󠁴󠁿. Thumbs up 👍🏻👍🏿 if you liked it ❤️‍🔥! Open 9️⃣ to 5️⃣.",
        ["What is the chef called?", "Which flags are on the wall?", "What does the family ticket cost?",
         "Who is Tom?", "When is it open?"]),
    "emoji-only": ("😀😃😄🇩🇪👩🏽‍🚀", ["Which faces?", "Who flew?"]),
    "crlf": (
        "Opening hours\r\n\r\nMonday:\t9-17\r\nTuesday:\t9-17\r\nWednesday:\tclosed\r\n\r\nAddress:\r\n  4 Mill "
        "Lane\r\n  Oldtown\r\n\r\nPhone: 0555 010 244\r\n",
        ["When is it closed?", "What is the address?", "What is the phone number?", "When is it open on Monday?"]),
    "combining": (
        "Cafe\u0301 Zoe\u0308 serves cre\u0300me bru\u0302le\u0301e and pin\u0303a juice. The owner, Zoe\u0308 "
        "A\u030angstro\u0308m, comes from Malmo\u0308. Z\u0351\u0343\u030aa\u0300\u0301\u0302lgo nights on "
        "Fridays. Naïve résumé, coöperate, façade, Ærø, straße, ﬁnal ﬂoor, Ⅷ, ½.",
        ["Who is the owner?", "Where does Zoe come from?", "What juice is served?", "When are zalgo nights?"]),
    "cjk": (
        "東京タワーは1958年に完成した。高さは333メートルです。서울은 대한민국의 수도이다. 北京是中国的首都，人口约2200万。"
        "The Tokyo Tower (東京タワー) is 333 metres tall. ｆｕｌｌ－ｗｉｄｔｈ １２３.",
        ["東京タワーの高さは?", "How tall is the Tokyo Tower?", "中国的首都是哪里?", "서울은 어디?"]),
    "rtl": (
        "המוזיאון נפתח בשנת 1965. المتحف مفتوح كل يوم من التاسعة حتى الخامسة. The museum \u202Bשלום\u202C opened in "
        "1965; tickets are 30 ₪. \u200Fنعم\u200F, really.",
        ["When did the museum open?", "What do tickets cost?", "متى يفتح المتحف؟"]),
    "spaces": (
        "  \t Leading white space,\u00a0no-break\u00a0spaces, thin\u2009spaces, ideographic\u3000spaces and a "
        "zero\u200bwidth one.\u2028A line separator. \ufeffA byte order mark, a soft\u00adhyphen, a null-ish "
        "\u0007bell.   Price:\u00a0£\u00a04\u00a0.   \n\n\t ",
        ["What is the price?", "Which spaces are there?", "What comes first?"]),
    "trailing": ("The key is under the mat.        \n\n\n", ["Where is the key?", "What is under the mat?"]),
    "leading": ("\n\n      The key is under the mat.", ["Where is the key?", "What is under the mat?"]),
    "indic": (
        "दिल्ली भारत की राजधानी है। ภาษาไทยไม่มีช่องว่าง กรุงเทพเป็นเมืองหลวง. Việt Nam: Hà Nội là thủ đô. "
        "மதுரை ஒரு நகரம். Ελλάδα: η Αθήνα είναι η πρωτεύουσα, ΟΔΟΣ. İstanbul'da yaşıyorum, ISPARTA.",
        ["What is the capital of India?", "Where do I live?", "Ποια είναι η πρωτεύουσα;"]),
    "maths": (
        "Let 𝒙 ∈ ℝ² and 𝔸 = {1, 2, 3}. The price is x² + y² ≤ 4 €; see §3.1(b) & fn. ‡ — or e-mail "
        "a.b+c@d.example <tag attr=\"v\"> &amp; C:\\path\\to\\file.txt, 100%_sure #1 ~~ok~~ `code` [CLS]ish.",
        ["What is A?", "What is the price?", "Which file?"]),
    "specials": (
        "The tokens [MASK] and [SEP] are special in BERT, <mask> and </s> in RoBERTa; this text names them "
        "[SEP] all the same.",
        ["Which tokens are special in BERT?", "What does this text name?"]),
    "long-word": (
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch is a village; "
        + "a" * 130 + " is not. Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft neither.",
        ["Which is a village?", "What is not a village?"]),
    "repeats": (
        "Paris. " * 40 + "London! " + "paris, " * 30 + "PARIS.", ["Which city?", "Where is London?"]),
}

# Padding and CLS ids inside the text: RoBERTa numbers its positions by them.
LITERALS = (
    "Some pages print <pad> or <s> or [PAD] literally: <pad><pad> twice, then text goes on to the end of the line.",
    ["What do some pages print?", "What goes on?"])

POOLS = [
    list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ["the", "price", "is", "open", "Monday", "London", "ticket", "of", "in", "1987", "£4", "don't", "e-mail"],
    list(".,;:!?()[]{}'\"-–—…«»“”‘’/\\|@#%&*+=<>~^_`$€£¥"),
    [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2009", "\u3000", "\u200b", "\u2028", "\u00ad", "\ufeff"],
    ["\u0301", "\u0308", "\u0323", "\u20e3", "\ufe0f", "\u200d", "\u0345", "\u1ab0"],
    list("éüñçåøßæœþðšžőąęłğıİΣςσΩωжЯщЪї"),
    list("東京都北京大学日本語中文漢字ひらがなカタカナ한국어서울𠮷𪚥"),
    list("שלוםעולםمرحبابالعالم") + ["\u202b", "\u202c", "\u200f"],
    ["क्षि", "नमस्ते", "ไทย", "த", "மி", "ញុំ", "བོད"],
    ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🇫🇷", "🇯🇵", "🇧", "🏳️‍🌈", "❤️‍🔥", "🧑🏿‍🚀", "9️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🦊", "🏽"],
    ["𝒳", "𝔸", "𐍈", "𝟙", "ﬁ", "Ⅷ", "½", "①", "ａ", "\U0001F9FF", "\U000E0041"],
]


def random_context(seed: int, length: int) -> str:
    """`length` pieces; runs of one script, so that words and clusters of every kind occur, and mixtures of all."""
    generator = random.Random(seed)
    pieces = []
    while len(pieces) < length:
        pool = generator.choice(POOLS)
        for _ in range(generator.randint(1, 7)):
            pieces.append(generator.choice(pool))
        if generator.random() < 0.5:
            pieces.append(" ")
    return "".join(pieces[:length])


def training_text() -> list[str]:
    """What the small tokenizers learn from."""
    lines = []
    for context, questions in PASSAGES.values():
        lines.append(context)
        lines += questions
    return lines
