"""The phrases by which clients, gateways and people mark what is not new: tables only, no logic.

Languages: English, Welsh, Irish, German, French, Spanish, Italian, Dutch, Polish, Portuguese and the Scandinavian ones.
"""

from __future__ import annotations

from maild.mail.phrases import phrases

# Labels of the header block that Outlook, Notes and others put above the mail they quote, by role.
HEADER_ROLES: dict[str, str] = {
    label: role
    for role, labels in {
        "from": """
            from | von | de | da | van | od | fra | från | expéditeur | mittente | oddi wrth | ó | lähettäjä
            """,
        "sent": """
            sent | date | gesendet | datum | envoyé | envoyé le | enviado | enviado el | fecha | data | inviato | verzonden |
            wysłano | wysłane | skickat | sendt | dato | anfonwyd | dyddiad | seolta | lähetetty | sent at | date sent
            """,
        "to": """
            to | an | à | para | a | aan | do | til | till | at | chuig | destinataire | vastaanottaja
            """,
        "cc": """
            cc | kopie | kopia | bcc
            """,
        "subject": """
            subject | betreff | objet | asunto | assunto | oggetto | onderwerp | temat | ämne | emne | pwnc | testun | ábhar | aihe
            """,
        "other": """
            importance | reply-to | sent by | attachments | sensitivity
            """,
    }.items()
    for label in phrases(labels)
}

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
ATTRIBUTION_VERBS = phrases(
    """
    wrote | writes | schrieb | a écrit | escribió | ha scritto | schreef | napisał(a) | napisał | skrev | escreveu | ysgrifennodd
    """
)

ORIGINAL_MARKERS = frozenset(
    phrases(
        """
        begin forwarded message | bun-teachtaireacht | courriel original | doorgestuurd bericht | forwarded by | forwarded message |
        mensagem original | mensaje original | mensaje reenviado | message d'origine | message original | message transféré | messaggio
        inoltrato | messaggio originale | neges wreiddiol | oorspronkelijk bericht | opprinnelig melding | oprindelig meddelelse |
        original appointment | original message | original-nachricht | originalmeddelande | originalnachricht | oryginalna wiadomość |
        reply message | ursprungligt meddelande | ursprungsmeddelande | ursprüngliche nachricht | weitergeleitete nachricht | wiadomość
        oryginalna
        """
    )
)

# Closing formulas: what follows them is a signature.
REGARDS = frozenset(
    phrases(
        """
        all best wishes | all the best | atb | atenciosamente | atentamente | beir bua | best | best regards | best wishes | beste grüße
        | bien cordialement | bien à vous | br | bw | cofion | cofion cynnes | cofion gorau | cordialement | cordiali saluti |
        cumprimentos | distinti saluti | dymuniadau gorau | faithfully | freundliche grüße | groeten | gruß | grüße | gyda chofion |
        hilsen | hwyl | hälsningar | is mise le meas | kind regards | kind rgds | kind wishes | kindest | kindest regards | kindest
        wishes | kr | le meas | liebe grüße | many regards | many thanks and best wishes | many thanks and kind regards | many thanks
        and regards | med venlig hilsen | med vennlig hilsen | med vänliga hälsningar | met vriendelijke groet | met vriendelijke
        groeten | mfg | mit freundlichen gruessen | mit freundlichen grüßen | mvg | mvh | pozdrawiam | regards | regards and thanks |
        respectfully | rgds | saludos | saludos cordiales | saluti | sincerely | sincerely yours | sincères salutations | slán | thank
        you and kind regards | thank you and regards | thanks & kind regards | thanks & regards | thanks and best wishes | thanks and
        kind regards | thanks and regards | un saludo | venlig hilsen | vennlig hilsen | viele grüße | vriendelijke groet | vänliga
        hälsningar | warm regards | warm wishes | warmest regards | with best regards | with best wishes | with kind regards | with
        regards | with thanks and kind regards | yn gywir | yours | yours faithfully | yours sincerely | yours truly | z poważaniem
        """
    )
)

# Thanks that close a mail: part of the signature only when the name stands right below.
THANKS = frozenset(
    phrases(
        """
        bedankt | cheers | danke | diolch | diolch yn fawr | dziękuję | go raibh maith agat | gracias | grazie | many thanks | many
        thanks for your help | many thanks in advance | merci | much appreciated | obrigada | obrigado | ta | tack | tak | takk | thank
        you | thank you for your help | thank you in advance | thank you so much | thank you very much | thanks | thanks a lot | thanks
        again | thanks for your help | thanks in advance | thanks so much | thanks very much | thx | tia | vielen dank | with thanks
        """
    )
)

# Words that begin with a capital and are no name.
NOT_NAMES = frozenset(
    phrases(
        """
        above | access | account | afternoon | all | answer | applicable | as | attached | below | cheers | computer | dear |
        description | diolch | done | email | error | evening | everybody | everyone | excel | fax | field | fixed | friday | good |
        greetings | hello | hey | hi | incident | internet | issue | just | laptop | login | mail | mailbox | many | mds | me | mobile |
        monday | morning | network | nil | no | none | not | nothing | office | ok | okay | only | other | outlook | password | pc |
        phone | please | printer | question | regards | resolved | response | same | saturday | screen | see | server | sorry | sunday |
        tba | tbc | team | teams | tel | telephone | thank | thanks | thursday | ticket | today | tomorrow | tuesday | unknown | urgent
        | value | wednesday | windows | word | yes | yesterday
        """
    )
)

GREETINGS = frozenset(
    phrases(
        """
        afternoon | annwyl | bonjour | bore | ciao | dear | evening | good | greetings | hallo | hello | helo | hey | heya | hi | hiya |
        hola | morning | prynhawn | shwmae
        """
    )
)

# What stands before the colon on a signature's line.
CONTACT_LABELS = frozenset(
    phrases(
        """
        a | address | base | bldg | bleep | building | cell | days | dd | ddi | desk | dial | direct | direct dial | direct line |
        direct tel | e | e-bost | e-mail | ebost | email | ext | extension | external | extn | f | facebook | fax | ffacs | ffon | ffôn
        | ffôn/tel | helpdesk | hours | instagram | internal | landline | line | linkedin | location | m | mail | main | main
        switchboard | mob | mobile | mobile number | mobile phone | mobile/whatsapp | my pronouns | no | of | office | office hours |
        office tel | out | out of hours | p | pa | pager | ph | phone | phone number | postal | postal address | pronouns | reception |
        room | s | secretary | site | skype | switchboard | symudol | t | teams | tel | tel (direct) | tel direct | tel no | tel no. |
        tel/ffôn | tel/phone | telephone | twitter | w | web | website | whatsapp | work | work mobile | work phone | work tel | working
        | working days | working hours | working pattern | www | x
        """
    )
)

BANNER_PHRASES = phrases(
    """
    originated from outside | originates from outside | came from outside | comes from outside | sent from outside | is from outside |
    external sender | from an external | outside your organi |
    outside of the organi | outside the organi | outside our organi | outside of your organi | outside of our organi | outside nhs | do
    not click links | do not click on links | don't click links | do not click any links | do not open attachments | recognise the
    sender | recognize the sender | you don't often get email from | don't often get email | learn why this is important | know the
    content is safe | email from outside | zjqcmq | this email is from outside | unless you trust | unless you are expecting | be
    cautious | exercise caution | take care when opening | think before you click | this sender is | verify the sender | trust the
    sender | e-bost allanol | o'r tu allan | externe e-mail | externe nachricht | externer absender | expéditeur externe | not sent from
    within | report suspicious | this message was sent from outside | know the sender | security notice | outside of nhs | suspicious |
    service desk on | helpdesk on | help desk on | it security | cyber security | if concerned | queries: | treat links | take care with |
    report concerns | report any | report phishing | report it to | report this to | report them to | if in doubt | when in doubt |
    if you are unsure | if unsure | any concerns | contact the it | contact the cyber | contact the service | forward it to |
    unknown senders | click on any links | opening attachments | open any attachments | sender's identity | click links
    """
)
# One sentence of a banner must hold one of these; the others only carry it on.
BANNER_STRONG = phrases(
    """
    originated from outside | originates from outside | originated outside | came from outside | comes from outside | sent from outside |
    is from outside | from an external sender | from an external source | from an external address | from an external email |
    from an external account | is an external email | is an external e-mail | is an external message | is an external sender |
    is external to | was sent from outside |
    don't often get email | received from outside | email from outside | e-mail from outside | zjqcmq |
    not sent from within | o'r tu allan i | externer absender | expéditeur externe | from outside of nhs | from outside nhs |
    sender is external | external to the organi | external to your organi
    """
)
# A sentence that is only one of these is a banner's tag.
BANNER_TAGS = frozenset(
    phrases(
        """
        external | external email | external e-mail | external mail | external message | external sender | e-bost allanol | ext |
        caution external email | caution external sender | warning external email | caution external | warning external |
        externe e-mail | externe nachricht | external content | caution external mail | external email warning
        """
    )
)
# A sentence with one of them carries a banner on.
BANNER_WORDS = frozenset(
    phrases("links | link | attachments | files | password | passwords | click | phishing | sender | clicking | opening")
)
BANNER_LEADS = frozenset(
    phrases(
        """
        caution | warning | important | banner | stop | attention | notice | security notice | be careful | beware | please note |
        security warning
        """
    )
)
# A banner never speaks of itself.
BANNER_NEVER = frozenset(
    phrases(
        """
        i | i'm | i've | i'd | we | we're | we've | my | me | us | can't | cannot | hi | hello | unable | users | keeps |
        anyone | since | can
        """
    )
)

# A disclaimer's paragraph holds one of the strong phrases, or two of the weak ones.
DISCLAIMER_STRONG = phrases(
    """
    intended recipient | intended solely | intended only for | solely for the use | solely for use by | may contain confidential | may
    be confidential | is confidential and | are confidential and | contains confidential information | confidential and may | legally
    privileged | if you have received this | if you receive this | you have received the message in error | please consider the
    environment | has been scanned | archived by mimecast | nhsmail is the secure | the information contained in this | addressee only |
    under the freedom of information | neges hon | e-bost hwn | confidentiality notice | email disclaimer | registered in england |
    think before you print | views expressed in this | opinions expressed in this | subject to monitoring | virus-free | checked for
    viruses | swept for | disclose, copy or distribute | registered office | ystyriwch yr amgylchedd | gyfrinachol | ist vertraulich |
    est confidentiel
    """
)
DISCLAIMER_WEAK = phrases(
    """
    confidential | privileged | unauthori | disclos | copying | distribution | in error | delete | notify the sender | inform the sender
    | this email | this e-mail | this message | attachments | disclaimer | viruses | co-operation | cooperation | secure | monitored |
    charity | approved for | accredited | nhsmail | any liability | sender | environment | print | company number | registered
    """
)

FOOTER_STARTS = phrases(
    """
    sent from my | sent from outlook | sent from mail | sent from samsung | sent from yahoo | sent from gmail | sent from proton | sent
    from a | sent from galaxy | sent from nine | sent from bluemail | sent from spark | sent from aol | sent from iphone | sent from
    ipad | sent from the | sent from android | sent from windows | sent via | sent on the go | sent using | sent with | sent by mobile |
    sent from surface | get outlook for | get bluemail for | outlook for ios | outlook for android | from my iphone | from my ipad | my
    mobile device | download outlook for | yahoo mail: | sent from huawei | sent from blackberry | sent from thunderbird | sent from
    xiaomi | sent from honor | von meinem | gesendet von | gesendet mit | envoyé de mon | envoyé depuis | envoyé à partir | enviado
    desde | enviado do meu | inviato da | verzonden vanaf | verstuurd vanaf | verzonden met | wysłane z | skickat från | sendt fra |
    anfonwyd o | anfonwyd oddi | seolta ó | obtenez outlook | holen sie sich outlook | outlook für | outlook pour | télécharger outlook
    | download outlook
    """
)

# Sentences of a template: never the value of a form's last label.
TEMPLATE_STARTS = phrases(
    """
    to complain: | to escalate: | write your answers | we could not use | no need to repeat | call us | reply to this mail |
    if we do not hear | without an answer | don't know an answer | please reply | kind regards | do not use this address | do not change
    | thank you for contacting | reply to this mail | we cannot continue | need help | you can also | questions? | if you cannot |
    phone: | complaints: | the same  | your ticket  | your request  | we received | we have received | we understood | we already have |
    dear  | helpdesk phone | to help us | a reminder will | this is an automatic | not happy with | escalation | -- | __ | == | from:
    """
)

# First-person and sentence words: a line with one of them is talk, no signature.
TALK = frozenset(
    phrases(
        """
        also | am | are | be | because | been | being | but | can | can't | cannot | cant | could | couldn't | did | didn't | do | does
        | doesn't | don't | get | gets | getting | got | had | has | hasn't | have | haven't | here | how | i | i'd | i'll | i'm | i've
        | if | im | is | it | it's | its | ive | just | keep | keeps | me | my | need | needs | not | only | our | ours | please | said
        | says | should | since | so | still | that | their | them | there | these | they | this | those | us | want | was | we | we'd |
        we're | we've | were | what | when | who | why | will | won't | would | wouldn't | you | your
        """
    )
)

# Words of a form's labels: a line with one of them before a colon is an answer, no signature.
FORM_WORDS = frozenset(
    phrases(
        """
        user | users | affected | issue | problem | error | errors | description | requestor | requester | screenshot | information | info |
        question | answer | fault | notes | evidence
        """
    )
)

# Words by which a sender's name or address is that of a shared mailbox.
SHARED = frozenset(
    phrases(
        """
        ward | team | desk | reception | clinic | service | services | surgery | practice | office | mailbox | enquiries | support |
        pharmacy | department | dept | clerks | booking | bookings | referrals | secretaries | group | centre | unit | hub | admissions |
        outpatients | theatre | theatres | theatr | helpdesk | servicedesk | trust | shared | generic | rota
        """
    )
)
# Words of a role: a name above one signs.
ROLES = frozenset(
    phrases(
        """
        manager | nurse | sister | matron | clerk | secretary | consultant | doctor | gp | partner | administrator | admin | officer |
        analyst | assistant | coordinator | co-ordinator | lead | director | head | therapist | physiotherapist | pharmacist | midwife |
        receptionist | engineer | technician | specialist | registrar | practitioner | adviser | advisor | supervisor | trainer | support |
        radiographer | dietitian | paramedic | team | department | trust | ward | hospital | surgery | practice | nhs | service | services
        """
    )
)
