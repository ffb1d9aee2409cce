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

# For pipeline answers only: the small tokenizers learn from PASSAGES, and tokens.json holds each of those in full.
MORE_PASSAGES = {
    "ferry": (
        "The ferry to Skarholm leaves at 6:15, 12:40 and 19:05; on Sundays there's only the one at noon. The crossing "
        "takes 55 minutes. Foot passengers pay 84 kr, a car with its driver 310 kr, and a second dog 20 kr (the first "
        "travels free). Captain Ingrid Solheim has steered the M/S Tern since 2011. In a gale of force 9 or more the "
        "ferry stays in port, and your ticket stays valid for a year.",
        ["When does the ferry leave on Sundays?", "How long is the crossing?", "Who is the captain?",
         "What does a car cost?", "Where can I buy a bicycle?"]),
    "swim": (
        "Lanes open at 06:00. Under-8s must be with an adult (16+), one adult for two children at most. Goggles: £6; "
        "caps: £2.50; lockers take a £1 coin, which you get back. Aqua-fit with Jo is on Tue/Thu at 10:15 in the "
        "small pool; no booking, but places are limited to 24. Please shower before you swim!",
        ["What time do the lanes open?", "How many places are there in aqua-fit?", "How much are goggles?",
         "Which coin do the lockers take?"]),
    "vet": (
        "Q: Do you see rabbits?\nA: Yes. Dr Okafor sees rabbits, guinea pigs and, on Wednesdays, tortoises.\n\nQ: What "
        "is a first visit?\nA: Twenty minutes, £38. Bring the vaccination card.\n\nQ: And at night?\nA: Ring 0555 010 "
        "266; the nurse on call answers. Out-of-hours visits are £120 on top.",
        ["Who sees tortoises?", "How much is the first visit?", "What should I bring?", "Do you treat horses?",
         "What number do I ring at night?"]),
    "contract": (
        "§ 4.2 (a) The Tenant shall pay the Rent by the 3rd day of each month; (b) where payment is late by more than "
        "ten (10) days, interest of 4.5% p.a. accrues. § 4.3 The Deposit (EUR 1,950.00) is held by Nordbank AG. § 5 "
        "Either party may give notice of three months, in writing; e-mail doesn't count as writing.",
        ["Who holds the deposit?", "What is the interest for late payment?", "How long is the notice period?",
         "By which day must the rent be paid?"]),
    "recipe": (
        "SERVES 4\n- 250 g red lentils\n- 1½ l water\n- 2 tsp cumin\n- ¼ tsp chilli\n- juice of ½ lemon\n\n1) Rinse the "
        "lentils.\n2) Simmer for 25 min.\n3) Fry the cumin in 3 tbsp oil, ≈ 40 s.\n4) Stir in; season; squeeze the "
        "lemon over it.\n\nKeeps 3 days in the fridge (4 °C), or 2 months frozen at −18 °C.",
        ["How much water do I need?", "How long do the lentils simmer?", "How many people does it serve?",
         "How long does it keep when frozen?"]),
    "table": (
        "| Plan | Storage | Price |\n|------|--------:|------:|\n| Basic | 5 GB | free |\n| Plus | 200 GB | $2.99 |\n| "
        "Team | 2 TB | $11.50 |\n\nPlus and Team can be cancelled monthly; Team needs >= 3 seats.",
        ["How much does the Plus plan cost?", "How much storage does Team have?", "Which plan is free?",
         "How many seats does Team need?"]),
    "markup": (
        "<p class='note'>The <b>office</b> is at 12&nbsp;Quay&nbsp;Street, 3rd floor.</p>\n{\"phone\": \"+44 555 010 "
        "277\", \"open\": [\"Mon\", \"Wed\"], \"lift\": false}\nhttps://office.example/contact?lang=en&id=7#map // "
        "TODO(maya): new sign by 2026-03-31",
        ["Where is the office?", "What is the phone number?", "Is there a lift?", "By when is the new sign due?"]),
    "emoji-menu": (
        "🍕 Margherita 9€ 🧀🍅 | 🍣 Maki 12€ 🐟 | 🥗 Salad 7€ 🥒. 👨‍👩‍👧 Families eat at half price on Sundays 🎉. Our "
        "cook 👩🏾‍🍳 Nadia is from Tunis 🇹🇳; the baker 👨🏻‍🍳 Luca is from Bari 🇮🇹. 🚭 inside, 🐕‍🦺 welcome. 🅿️ behind "
        "the 🏫.",
        ["Where is Nadia from?", "Who is the baker?", "What costs 9€?", "When do families eat at half price?",
         "🐕‍🦺?"]),
    "emoji-text": (
        "👋🏼Hello! I'm Kim🙋🏽‍♀️and I play for 🏴󠁧󠁢󠁷󠁬󠁳󠁿Wales. Training🏃🏿‍♂️is at 7️⃣:3️⃣0️⃣ behind the 🏟️; bring "
        "water💧+ boots👟👟. Our captain is 👩‍❤️‍👨Rhys & Carys👨‍👨‍👦‍👦. Flags in a row: 🇩🇪🇩🇰🇪🇪🇪🇸🇫🇮, an odd one out: 🇬. "
        "❤️ ❤ ☺️ ☺ 🏳️‍⚧️.",
        ["Where does Kim play?", "Who is the captain?", "What should I bring?", "When is training?"]),
    "crlf-letter": (
        "\r\nDear members,\r\n\r\nthe meeting is moved to 14 June,\r\n19:30, in the Guild Hall.\r\n\r\n\tItem 1:\tnew "
        "boats\r\n\tItem 2:\tthe roof (£8,400)\r\n\r\nApologies to Hannah Birk, please.\r\rRegards\rThe "
        "secretary\n\r\n",
        ["When is the meeting?", "Where is the meeting?", "What does the roof cost?", "Who takes apologies?",
         "When is\r\nthe meeting?\r\n"]),
    "marks": (
        "Dvor\u030ca\u0301k and Smetana are played on 3 Ma\u0308rz in the Sma\u030alandssalen. Vie\u0323\u0302t Nam's "
        "cafe\u0301 sells pho\u031b\u0309 for 11\u20ac. E\u0301lise\u0301e Ngu\u0308yen (nee\u0301 O\u0308zdemir) sings. "
        "q\u0307 and x\u0304 have no composed form; o\u0335\u0336\u0337 is struck three times; \u0301 begins a word.",
        ["Who sings?", "What is played?", "How much is the pho?", "Which letters have no composed form?"]),
    "jamo": (
        "\u1112\u1161\u11ab\u1100\u1173\u11af museum: \u1109\u1165\u110b\u116e\u11af branch opens at ten, the "
        "부산 branch at eleven. カ\u3099ラス and ハ\u309aン are written with combining marks; ガラス and パン are not. "
        "The guide is 김민지.",
        ["When does the 부산 branch open?", "Who is the guide?", "서울 branch?"]),
    "chinese": (
        "本店营业时间为上午九点至下午六点，星期一休息。咖啡每杯二十五元，学生八折。店主李明毕业于南京大学。𠮷野家在隔壁。"
        "地址：人民路１８号２楼。WiFi密码是tea2024。",
        ["店主是谁？", "咖啡多少钱？", "地址在哪里？", "WiFi password?"]),
    "japanese": (
        "図書館は午前９時から午後８時まで開いています。「月曜日」は休館日です。カードは無料で、再発行は３００円かかります。"
        "館長は山田花子さんです。Wi-Fi はありません。",
        ["館長は誰ですか？", "再発行はいくらですか？", "When is it closed?"]),
    "rtl-mixed": (
        "בית הקפה של דנה פתוח בימים א׳–ה׳ 8:00–22:00. מחיר קפה: ₪14. كتاب \"ألف ليلة\" بسعر ٢٥ ريال. The poet "
        "\u2067محمود\u2069 (Mahmoud) reads at 8 p.m.; Dana\u200e's café\u200f is at \u202a12 Herzl St\u202c. "
        "شَكْلٌ \u0640\u0640 نِقَاط.",
        ["Who reads at 8 p.m.?", "Where is Dana's café?", "מה מחיר הקפה?", "بكم الكتاب؟"]),
    "indic": (
        "पुस्तकालय सुबह १० बजे खुलता है। श्री रवि शर्मा प्रबंधक हैं। ห้องสมุดเปิดเวลาสิบโมงเช้า ค่าปรับวันละห้าบาท. நூலகம் பத்து மணிக்கு "
        "திறக்கும். The librarian Ravi Sharma (रवि शर्मा) has worked here for 19 years. མཚོ་སྔོན། ក្រុង.",
        ["Who is the librarian?", "How long has he worked here?", "पुस्तकालय कब खुलता है?"]),
    "cyrillic": (
        "Музей открыт с 10 до 18 часов, кроме понедельника. Билет стоит 450 рублей. Директор — Ёлкина Анна. ΤΟ ΜΟΥΣΕΙΟ "
        "άνοιξε το 1889· ο ΟΔΥΣΣΕΥΣ, Οδυσσεύς, ΟΔΥΣΣΕΎΣ. İstanbul, ISTANBUL, ıstanbul, i\u0307stanbul. Žižkov, ŽIŽKOV.",
        ["Сколько стоит билет?", "Кто директор?", "When did the museum open?", "Which city?"]),
    "no-break": (
        "\u00a0\u00a0Prix\u202f:\u00a012\u202f500\u00a0€\u00a0TTC.\u2003Rendez-vous à\u00a018\u00a0h\u00a030, 5\u00a0rue "
        "des\u2011Lilas.\u00a0«\u202fBonne année\u202f!\u202f» dit Mme\u00a0Roux.\u0085Next\u2029line\u180e, "
        "word\u2060joiner, a\u034fb, \ufff9note\ufffb.\u00a0\n ",
        ["Quel est le prix ?", "Qui dit bonne année ?", "Where is the rendez-vous?", "  \u00a0Who speaks?\u3000 "]),
    "edges": (
        " \r\n\t\u3000Silver\u3000 ",
        ["Which metal?", " Which metal? ", "\tWHICH METAL?\n"]),
    "symbols": (
        "?! … — (***) [#1] {@} <<>> ~~ $$ %% 7",
        ["Which number?", "???"]),
    "codes": (
        "Part no. ZX-81/4B replaces ZX81-4A; serials 000123456789012345678901234567890 to …899 are recalled. "
        "v2.10.3-rc.1+build.77 fixes CVE-2031-00042. 1,234,567.89 != 1.234.567,89. tel:+1(555)010-0199x12, "
        "3.5mm×2m, 10⁻⁹ m, 5′11″, ±0.05, 1e-4, 0xDEADBEEF, snake_case_name, camelCaseName, naïveCafé_№5.",
        ["Which part replaces ZX81-4A?", "What does v2.10.3 fix?", "What is the telephone number?",
         "Which serials are recalled?"]),
    "news": (
        "OLDTOWN (Tuesday) — Mayor Petra Lindqvist opened the new tram line on Monday, eleven months late and $14m "
        "over budget. \"It's here, and it's quiet,\" she said. The 7.8-kilometre line links the harbour with St. Olaf's "
        "hospital in 22 minutes. Its drivers, 31 women and 28 men, were trained in Graz. Councillor B. J. O'Hara-Smythe, "
        "who'd voted against it, took the second tram. \"Somebody,\" he said, \"has to.\"",
        ["Who opened the tram line?", "How long is the line?", "How much over budget was it?",
         "Where were the drivers trained?", "Who voted against it?"]),
    "echo": (
        "The shop opens at nine. The Shop opens at Nine. THE SHOP OPENS AT NINE! the shop, opens at nine; The shop opens "
        "at nine on Monday, at Nine on Tuesday, at NINE on Wednesday and at ten on Thursday.",
        ["When does the shop open?", "When does the shop open on Thursday?", "The shop opens at nine."]),
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
