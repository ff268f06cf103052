"""The phrases by which clients, gateways and people mark what is not new: tables only, no logic.

Languages: English, Welsh, Irish, German, French, Spanish, Italian, Dutch, Polish, Portuguese and the Scandinavian ones.
"""

from __future__ import annotations

# Labels of the header block that Outlook, Notes and others put above the mail they quote, by role.
HEADER_ROLES: dict[str, str] = {
    **dict.fromkeys(("from", "von", "de", "da", "van", "od", "fra", "från", "expéditeur", "mittente", "oddi wrth", "ó", "lähettäjä"), "from"),
    **dict.fromkeys(
        ("sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "fecha", "data", "inviato", "verzonden", "wysłano",
         "wysłane", "skickat", "sendt", "dato", "anfonwyd", "dyddiad", "seolta", "lähetetty", "sent at", "date sent"), "sent"),
    **dict.fromkeys(("to", "an", "à", "para", "a", "aan", "do", "til", "till", "at", "chuig", "destinataire", "vastaanottaja"), "to"),
    **dict.fromkeys(("cc", "kopie", "kopia", "bcc"), "cc"),
    **dict.fromkeys(
        ("subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat", "ämne", "emne", "pwnc", "testun", "ábhar", "aihe"),
        "subject"),
    **dict.fromkeys(("importance", "reply-to", "sent by", "attachments", "sensitivity"), "other"),
}  # fmt: skip

# Attribution lines: the first word, and the verb that must follow it.
ATTRIBUTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("on ", ("wrote", "writes", "sent the following", "said")),
    ("am ", ("schrieb", "wrote")),
    ("le ", ("a écrit", "a ecrit")),
    ("el ", ("escribió", "escribio")),
    ("il ", ("ha scritto",)),
    ("op ", ("schreef",)),
    ("w dniu ", ("napisał", "pisze")),
    ("dnia ", ("napisał", "pisze")),
    ("den ", ("skrev",)),
    ("em ", ("escreveu",)),
    ("ar ", ("ysgrifennodd",)),
    ("bu ", ("scríobh",)),
)
ATTRIBUTION_VERBS = (
    "wrote", "writes", "schrieb", "a écrit", "escribió", "ha scritto", "schreef", "napisał(a)", "napisał", "skrev", "escreveu", "ysgrifennodd",
)  # fmt: skip

ORIGINAL_MARKERS = frozenset({
    "original message", "forwarded message", "original appointment", "reply message", "forwarded by", "begin forwarded message",
    "ursprüngliche nachricht", "weitergeleitete nachricht", "original-nachricht", "originalnachricht",
    "message d'origine", "message original", "message transféré", "courriel original",
    "mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht", "doorgestuurd bericht",
    "wiadomość oryginalna", "oryginalna wiadomość", "ursprungligt meddelande", "ursprungsmeddelande", "originalmeddelande",
    "oprindelig meddelelse", "opprinnelig melding", "mensagem original", "neges wreiddiol", "bun-teachtaireacht",
})  # fmt: skip

# Closing formulas: what follows them is a signature.
REGARDS = frozenset({
    "kind regards", "best regards", "warm regards", "warmest regards", "kindest regards", "regards", "with regards", "many regards", "best",
    "best wishes", "with best wishes", "all the best", "all best wishes", "warm wishes", "kind wishes", "yours sincerely", "yours faithfully",
    "yours truly", "yours", "sincerely", "sincerely yours", "faithfully", "kr", "br", "rgds", "kind rgds", "bw", "atb", "with kind regards",
    "with best regards", "with thanks and kind regards", "thanks and regards", "thanks and kind regards", "many thanks and kind regards",
    "thank you and kind regards", "thanks and best wishes", "thanks & regards", "thanks & kind regards", "kindest", "respectfully",
    "many thanks and best wishes", "many thanks and regards", "thank you and regards", "kindest wishes", "regards and thanks",
    "cofion", "cofion gorau", "cofion cynnes", "yn gywir", "dymuniadau gorau", "gyda chofion", "hwyl", "le meas", "slán", "is mise le meas", "beir bua",
    "mit freundlichen grüßen", "mit freundlichen gruessen", "freundliche grüße", "viele grüße", "liebe grüße", "beste grüße", "mfg", "gruß", "grüße",
    "cordialement", "bien cordialement", "bien à vous", "sincères salutations", "saludos", "un saludo", "saludos cordiales", "atentamente",
    "cordiali saluti", "distinti saluti", "saluti", "met vriendelijke groet", "met vriendelijke groeten", "mvg", "groeten", "vriendelijke groet",
    "pozdrawiam", "z poważaniem", "med vänliga hälsningar", "vänliga hälsningar", "mvh", "med venlig hilsen", "venlig hilsen", "vennlig hilsen",
    "med vennlig hilsen", "hälsningar", "hilsen", "atenciosamente", "cumprimentos",
})  # fmt: skip

# Thanks that close a mail: part of the signature only when the name stands right below.
THANKS = frozenset({
    "thanks", "many thanks", "thank you", "thanks again", "thanks in advance", "thank you in advance", "cheers", "ta", "thx", "tia", "with thanks",
    "thanks a lot", "thanks very much", "thank you very much", "thanks so much", "thank you so much", "much appreciated", "many thanks in advance",
    "many thanks for your help", "thanks for your help", "thank you for your help", "diolch", "diolch yn fawr", "go raibh maith agat",
    "danke", "vielen dank", "merci", "gracias", "grazie", "bedankt", "dziękuję", "tack", "tak", "takk", "obrigado", "obrigada",
})  # fmt: skip

# Words that begin with a capital and are no name.
NOT_NAMES = frozenset("""
    yes no none nil ok okay hi hello hey dear all team morning afternoon evening good thanks thank many please urgent regards cheers sorry error outlook
    teams word excel windows office printer fax phone mobile tel telephone done resolved fixed ticket incident issue description other nothing unknown
    monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday see attached as above same below
    just only me everyone everybody account password login screen access mailbox email mail computer laptop pc internet network server not applicable
    greetings diolch tbc tba response field mds question answer value
    """.split())  # fmt: skip

GREETINGS = frozenset("hi hiya heya hello hey dear morning afternoon evening good greetings annwyl helo shwmae bore prynhawn hallo bonjour hola ciao".split())

# What stands before the colon on a signature's line.
CONTACT_LABELS = frozenset("""
    t tel telephone phone ph m mob mobile cell work office direct dd ddi direct dial direct line landline e email e-mail mail w web website www f fax
    ext extn extension bleep pager switchboard main reception twitter x facebook linkedin instagram address postal ffôn ffon ffacs symudol e-bost ebost
    teams skype pronouns a s p tel/ffôn ffôn/tel tel no tel/phone internal external helpdesk secretary pa hours working out of hours site base location
    mobile/whatsapp whatsapp room bldg building desk office hours working days work phone work mobile
    """.split()) | {"direct dial", "direct line", "tel no", "out of hours", "office hours", "working days", "working hours", "work phone", "work mobile",
                    "my pronouns", "working pattern", "tel no.", "main switchboard", "phone number", "mobile number", "postal address", "direct tel",
                    "mobile phone", "office tel", "tel (direct)", "tel direct", "work tel"}  # fmt: skip

BANNER_PHRASES = (
    "originated from outside", "originates from outside", "came from outside", "comes from outside", "sent from outside", "is from outside",
    "external sender", "from an external", "external email", "external e-mail", "external mail", "external message", "outside your organi", "outside of the organi",
    "outside the organi", "outside our organi", "outside of your organi", "outside of our organi", "outside nhs", "do not click links", "do not click on links",
    "don't click links", "do not click any links", "do not open attachments", "recognise the sender", "recognize the sender", "you don't often get email from",
    "don't often get email", "learn why this is important", "know the content is safe", "email from outside", "zjqcmq", "this email is from outside",
    "unless you trust", "unless you are expecting", "be cautious", "exercise caution", "take care when opening", "think before you click", "this sender is",
    "verify the sender", "trust the sender", "e-bost allanol", "o'r tu allan", "externe e-mail", "externe nachricht", "externer absender", "expéditeur externe",
    "not sent from within", "report suspicious", "this message was sent from outside", "know the sender", "security notice", "outside of nhs", "suspicious",
)  # fmt: skip
# A banner's first sentence must hold one of these; the others only carry it on.
BANNER_STARTS = (
    "originated from outside", "originates from outside", "came from outside", "comes from outside", "sent from outside", "is from outside",
    "external sender", "from an external", "external email", "external e-mail", "external mail", "external message", "don't often get email",
    "caution", "warning", "[external", "email from outside", "zjqcmq", "e-bost allanol", "o'r tu allan", "externe e-mail", "externe nachricht",
    "externer absender", "expéditeur externe", "not sent from within", "from outside of", "from outside the", "from outside your", "from outside our",
    "external:", "*external*", "(external)",
)  # fmt: skip

# A disclaimer's paragraph holds one of the strong phrases, or two of the weak ones.
DISCLAIMER_STRONG = (
    "intended recipient", "intended solely", "intended only for", "solely for the use", "solely for use by", "may contain confidential", "may be confidential",
    "is confidential and", "are confidential and", "contains confidential information", "confidential and may", "legally privileged", "if you have received this",
    "if you receive this", "you have received the message in error", "please consider the environment", "has been scanned", "archived by mimecast", "nhsmail is the secure", "the information contained in this", "addressee only", "under the freedom of information",
    "neges hon", "e-bost hwn", "confidentiality notice", "email disclaimer", "registered in england", "think before you print",
    "views expressed in this", "opinions expressed in this", "subject to monitoring", "virus-free", "checked for viruses", "swept for",
    "disclose, copy or distribute", "registered office", "ystyriwch yr amgylchedd", "gyfrinachol", "ist vertraulich", "est confidentiel",
)  # fmt: skip
DISCLAIMER_WEAK = (
    "confidential", "privileged", "unauthori", "disclos", "copying", "distribution", "in error", "delete", "notify the sender", "inform the sender",
    "this email", "this e-mail", "this message", "attachments", "disclaimer", "viruses", "co-operation", "cooperation", "secure", "monitored", "charity",
    "approved for", "accredited", "nhsmail", "any liability", "sender", "environment", "print", "company number", "registered",
)  # fmt: skip

FOOTER_STARTS = (
    "sent from my ", "sent from outlook", "sent from mail", "sent from samsung", "sent from yahoo", "sent from gmail", "sent from proton", "sent from a ",
    "sent from galaxy", "sent from nine", "sent from bluemail", "sent from spark", "sent from aol", "sent from iphone", "sent from ipad", "sent from the ",
    "sent from android", "sent from windows", "sent via ", "sent on the go", "sent using ", "sent with ", "sent by mobile", "sent from surface",
    "get outlook for ", "get bluemail for", "outlook for ios", "outlook for android", "from my iphone", "from my ipad", "my mobile device",
    "download outlook for", "yahoo mail:", "sent from huawei", "sent from blackberry", "sent from thunderbird", "sent from xiaomi", "sent from honor",
    "von meinem ", "gesendet von ", "gesendet mit ", "envoyé de mon ", "envoyé depuis ", "envoyé à partir ", "enviado desde ", "enviado do meu", "inviato da ",
    "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ", "wysłane z ", "skickat från ", "sendt fra ", "anfonwyd o ", "anfonwyd oddi ", "seolta ó ",
    "obtenez outlook", "holen sie sich outlook", "outlook für ", "outlook pour ", "télécharger outlook", "download outlook",
)  # fmt: skip

# Sentences of a template: never the value of a form's last label.
TEMPLATE_STARTS = (
    "if we do not hear", "without an answer", "don't know an answer", "please reply", "kind regards", "do not use this address", "do not change",
    "thank you for contacting", "reply to this mail", "we cannot continue", "need help", "you can also", "questions?", "if you cannot", "phone:", "complaints:",
    "the same ", "your ticket ", "your request ", "we received", "we have received", "we understood", "we already have", "dear ", "helpdesk phone", "to help us",
    "a reminder will", "this is an automatic", "not happy with", "escalation", "--", "__", "==", "from:",
)  # fmt: skip

# First-person and sentence words: a line with one of them is talk, no signature.
TALK = frozenset("""
    i i'm im i've ive i'd i'll we we've we're we'd us my me our ours you your is are was were am be been being can can't cannot cant could couldn't
    will won't would wouldn't should has have had hasn't haven't does doesn't do don't did didn't please not it's its it they them their this that these those
    there here when what why who how if because but so since also still just only need needs want keep keeps get gets got getting says said
    """.split())  # fmt: skip
