"""The words by which machines are known, in the languages that people here write, all folded (``facts.fold``).

A phrase is looked for as it stands. Phrases are what mail programs and servers write by themselves; what a person would write about
them ("my out of office is broken") must not be among them.
"""

from __future__ import annotations

from maild.policy.classification.facts import fold


def _folded(text: str) -> tuple[str, ...]:
    return tuple(fold(phrase.strip()) for phrase in text.split("|") if phrase.strip())


# Subjects of automatic replies as Exchange and Outlook write them, by language; a colon follows, or nothing. (LOOP-1)
OUT_OF_OFFICE_ENGLISH = _folded(
    "automatic reply|autoreply|auto-reply|auto reply|auto response|auto-response|autoresponse|automated reply|automated response"
    "|automatic response"
    "|out of office autoreply|out of office auto-reply|out of office reply|automatic out of office reply"
    "|automatic out of office notification"
    "|vacation reply|vacation response|holiday notification|absence notification|away from my mail"
)
# What people write there too.
ABSENCE_WORDS = _folded(
    "out of office|out of the office|out-of-office|ooo|oof|away from the office|away from office|vacation|on vacation|on leave"
    "|on annual leave|annual leave|holiday|on holiday|away|absent|maternity leave"
)
OUT_OF_OFFICE_FOREIGN = _folded(
    # cy · de · fr · es · ca · it · nl · pt
    "ymateb awtomatig|ateb awtomatig|allan o'r swyddfa|i ffwrdd o'r swyddfa|neges allan o'r swyddfa"
    "|automatische antwort|abwesenheitsnotiz|abwesenheitsmeldung|abwesenheit|außer haus|autom. antwort|abwesenheitsassistent"
    "|réponse automatique|absence du bureau|message d'absence|notification d'absence|absent du bureau|réponse d'absence"
    "|respuesta automática|fuera de la oficina|fuera de oficina|ausencia de la oficina|resposta automàtica|fora de l'oficina"
    "|risposta automatica|fuori sede|fuori ufficio|risposta di assenza|assente dall'ufficio"
    "|automatisch antwoord|automatische reactie|afwezigheidsmelding|afwezigheidsbericht|niet aanwezig|afwezig|automatisch bericht"
    "|resposta automática|fora do escritório|ausência temporária|ausente do escritório"
    # pl · sv · da · no · fi · is · cs · sk · hu
    "|odpowiedź automatyczna|automatyczna odpowiedź|poza biurem|nieobecność w biurze|autoodpowiedź"
    "|autosvar|automatiskt svar|frånvaro|frånvarande|frånvaromeddelande|ej på kontoret"
    "|automatisk svar|ikke til stede|fraværsmeddelelse|fravær|fraværende|ikke på kontoret|fraværsassistent|automatisk besvarelse"
    "|automaattinen vastaus|poissaolo|poissaoloilmoitus|poissa toimistosta|poissa|sjálfvirkt svar|fjarverandi"
    "|automatická odpověď|automatická odpoveď|mimo kancelář|mimo kancelárie|nepřítomnost|neprítomnosť"
    "|automatikus válasz|irodán kívül|házon kívül|automatikus válaszüzenet"
    # ro · hr/sr/bs · sl · bg · el · tr · et · lv · lt · ga · eu · ru · uk
    "|răspuns automat|în afara biroului|automatski odgovor|izvan ureda|samodejni odgovor|odsotnost|автоматичен отговор"
    "|αυτόματη απάντηση|εκτός γραφείου|otomatik yanıt|otomatik cevap|ofis dışında|automaatvastus|kontorist väljas"
    "|automātiska atbilde|automātiskā atbilde|ārpus biroja|automatinis atsakymas|ne darbe|freagra uathoibríoch|as oifig"
    "|erantzun automatikoa|автоматический ответ|вне офиса|автоответ|автоматична відповідь"
    # ar · he · zh · ja · ko
    "|رد تلقائي|תשובה אוטומטית|מענה אוטומטי|自动回复|自动答复|自動回覆|自動応答|自動返信|不在通知|자동 회신|부재중"
)
# What an absence notice says of its writer, at the top of its text.
ABSENT = _folded(
    "i am out of the office|i'm out of the office|i am out of office|i'm out of office|i am currently out|i'm currently out"
    "|i will be out of the office|i'll be out of the office|i am currently away|i'm currently away|i am away from|i'm away from"
    "|i am now away|i am away until|i'm away until|i am on annual leave|i'm on annual leave|i am currently on|i'm currently on leave"
    "|i am on leave|i'm on leave|i am on holiday|i'm on holiday|i am on vacation|i'm on vacation|i am on maternity|i am on paternity"
    "|i am on study leave|i am on sick leave|i am not in the office|i'm not in the office|i am not at work|currently out of the office"
    "|will be out of the office|is out of the office|am on a non-working day|am not working today|i do not work on|i don't work on"
    "|i have limited access to email|i have limited access to my email|i will have limited access|with limited access to email"
    "|i will have no access to|i have no access to email|i no longer work|no longer works for|no longer works at|has now left the"
    "|i have now left|i will respond on my return|i will reply on my return|will respond when i return|will reply when i return"
    "|on my return to the office|i will be back in the office|i will return to the office|i shall be away|i will be away"
    "|annual leave until"
    "|annual leave, returning"
    "|rwyf allan o'r swyddfa|rwy'n allan o'r swyddfa|yr wyf allan o'r swyddfa|dwi allan o'r swyddfa|rwyf ar wyliau|rwyf ar fy ngwyliau"
    "|rwyf i ffwrdd|dwi ar wyliau|rwy'n ar wyliau|allan o'r swyddfa tan"
    "|nicht im büro|außer haus|ich bin im urlaub|bin im urlaub|ich bin abwesend|bin ich abwesend|wieder im büro|ich bin bis"
    "|bin derzeit nicht"
    "|nicht erreichbar|ihre nachricht wird nicht weitergeleitet|ihre e-mail wird nicht weitergeleitet|befinde mich im urlaub"
    "|je suis absent|je suis actuellement absent|je suis en congé|actuellement en congé|serai absent|de retour le|serai de retour"
    "|je suis en déplacement|en congés jusqu"
    "|estoy fuera de la oficina|estaré fuera|estaré ausente|estoy de vacaciones|me encuentro fuera|no me encuentro en la oficina"
    "|estoy ausente"
    "|sono fuori ufficio|sono assente|sarò assente|sono in ferie|sarò fuori ufficio|saro fuori|sono fuori sede|non sono in ufficio"
    "|ik ben afwezig|ben ik afwezig|ik ben niet aanwezig|niet op kantoor|ik ben met vakantie|ik ben op vakantie|ben momenteel afwezig"
    "|estou fora do escritório|estarei fora|estou de férias|estarei ausente|encontro-me ausente|estou ausente"
    "|jestem poza biurem|przebywam na urlopie|jestem na urlopie|będę nieobecn|jestem nieobecn|poza biurem do"
    "|jag är på semester|jag är inte på kontoret|jag är ledig|jag är frånvarande|är tillbaka på kontoret|jag är tillbaka|har semester"
    "|jeg er på ferie|jeg er ikke på kontoret|jeg er fraværende|jeg holder ferie|jeg har ferie|jeg er tilbake|jeg er tilbage|jeg er ute av"
    "|olen lomalla|olen poissa|en ole toimistolla|palaan töihin|poissa toimistolta|palaan lomalta"
    "|jsem mimo kancelář|nejsem v kanceláři|mám dovolenou|jsem na dovolené|čerpám dovolenou|som mimo kancelárie|som na dovolenke"
    "|szabadságon vagyok|nem vagyok az irodában|irodán kívül vagyok|házon kívül vagyok|szabadságon leszek"
    "|sunt în concediu|sunt plecat|nu sunt la birou|sunt absent|nisam u uredu|na godišnjem odmoru|nisam u kancelariji|odsoten sem"
    "|na dopustu"
    "|είμαι εκτός γραφείου|απουσιάζω|βρίσκομαι σε άδεια|ofis dışındayım|izindeyim|olen puhkusel|esmu atvaļinājumā|atostogauju"
    "|я в отпуске|нахожусь в отпуске|отсутствую|буду отсутствовать|я у відпустці|в отпуск|tá mé as oifig|táim as oifig"
)
# What conference systems write into an invitation: nothing of it is its sender's word.
CONFERENCE = _folded(
    "microsoft teams|join microsoft teams|join the meeting|join zoom meeting|join with google meet|click here to join|join:|____"
)
# What a machine says of its own mail, at the top of its text.
AUTOMATIC = _folded(
    "this email was generated|this message was generated|this e-mail was generated|threshold of|this alert was|alert was triggered"
    "|was triggered by|service communication|event generated by|generated automatically"
    "|sent automatically|"
    "this message is automated|this email is automated|this notification was|[automated message]|this is an automated"
    "|this is an automatic|this is an auto-generated|this is an autogenerated|this is a system generated"
    "|this is a system-generated|this email was automatically|this e-mail was automatically|this message was automatically"
    "|this email was sent automatically|this email has been automatically|this e-mail has been automatically"
    "|this message has been automatically"
    "|this mail was automatically|automatically generated e-mail|automatically generated email|automatically generated message"
    "|automatically generated mail"
    "|auto-generated email|auto generated email|auto-generated message|auto-generated e-mail"
    ""
    "|automatic acknowledgement"
    "|automated acknowledgement|do not reply to this|don't reply to this|please do not reply|please don't reply|do not respond to this"
    "|this mailbox is not monitored|this inbox is not monitored|this mailbox is unattended|this is an unattended|this is an unmonitored"
    "|from an unmonitored|from an unattended|replies to this email are not|replies to this message are not|replies to this address are not"
    "|this message was created automatically|this report was generated|this alert was generated|notification type:"
    "|this is the ezmlm program|i can handle administrative requests automatically|this is the mlmmj program|this is the mailman"
    "|neges awtomatig|peidiwch ag ateb|neges a gynhyrchwyd yn awtomatig"
    "|automatisch erzeugt|automatisch generiert|automatisch erstellt|automatische nachricht|antworten sie nicht auf diese"
    "|antworten sie bitte nicht"
    "|message automatique|généré automatiquement|envoyé automatiquement|ne pas répondre à ce|merci de ne pas répondre|ne répondez pas"
    "|mensaje automático|generado automáticamente|no responda a este|correo automático|por favor no responda"
    "|messaggio automatico|generato automaticamente|generata automaticamente|non rispondere a questa|si prega di non rispondere"
    "|automatisch gegenereerd|automatisch bericht|automatisch verzonden|niet op deze e-mail|beantwoord deze e-mail niet|gelieve niet te"
    "|mensagem automática|gerada automaticamente|gerado automaticamente|não responda a este|não responda a esta"
    "|wiadomość automatyczna|wygenerowana automatycznie|wygenerowany automatycznie|prosimy nie odpowiadać|nie odpowiadaj na tę"
    "|automatiskt genererat|skickats automatiskt|svara inte på detta|kan inte besvaras|automatisk generert|automatisk genereret"
    "|svar ikke på denne|kan ikke besvares|automaattinen viesti|älä vastaa tähän|lähetetty automaattisesti|automaticky generovan"
    "|vygenerován automaticky|neodpovídejte na|automatikusan generált|automatikus üzenet|ne válaszoljon"
)
# Other desks' acknowledgements, at the top of their text.
ACKNOWLEDGES = _folded(
    "your ticket has been|your request has been received|your request has been logged|your request has been created|your case has been"
    "|your enquiry has been received|your query has been received|your incident has been|your call has been logged"
    "|a ticket has been created"
    "|a ticket has been logged|a ticket has been opened|a support ticket|a new ticket has been|a new case has been"
    "|an incident has been|a case has been"
    "|a request has been created|has been opened on your behalf|has been created on your behalf|has been raised on your behalf"
    "|has been logged on your behalf"
    "|we have received your request|we've received your request|we have received your email|we've received your email"
    "|we have received your message"
    "|we have received your enquiry|your email has been received|your message has been received|thank you for contacting"
    "|thanks for contacting"
    "|thank you for getting in touch|thank you for submitting|thanks for reaching out|thank you for your email. your"
    "|thank you for your request"
    "|will respond as soon as|will get back to you|will be reviewed by our|being reviewed by our|is being reviewed by"
    "|a member of our team will|a member of the team will|one of our agents will|our support staff|your ticket number"
    "|your case number|your ticket id"
    "|your reference number is|ticket number is|has been assigned ticket|has been assigned the number|has been assigned an id"
    "|ticket id:|ticket number:"
    "|case number:|to add additional comments, reply|ticket has been updated|ticket has been resolved|ticket has been closed"
    "|request has been closed"
    "|how would you rate|ihre anfrage ist|ihre anfrage wurde|wir haben ihre anfrage|ihr ticket|votre demande a été"
    "|votre demande a bien été|votre ticket"
    "|su solicitud ha sido|hemos recibido su|la tua richiesta|la sua richiesta|uw aanvraag|uw melding|wij hebben uw"
    "|twoje zgłoszenie|zgłoszenie zostało"
    "|recebemos o seu|o seu pedido foi|ditt ärende|vi har mottagit|vi har modtaget|vi har mottatt|din henvendelse|ticketnummer"
)
# What newsletters and lists say.
UNSUBSCRIBE = _folded(
    "you are receiving this email as|you are receiving this message because|you received this message because|was sent to you because|"
    "to stop receiving|update your preferences|notification settings|unsubscribe|view in browser|view this email in your browser"
    "|view online|email preferences|manage your preferences"
    "|manage preferences|opt out"
    "|you are receiving this email because|you received this email because|you are receiving this because|abmelden|newsletter abbestellen"
    "|se désabonner|se désinscrire|darse de baja|cancellarsi|annulla iscrizione|uitschrijven|afmelden|wypisz|avregistrera|afmeld|avmeld"
)
# Bounces: how their subjects begin, and what their texts say. (BNC-1)
BOUNCE_SUBJECTS = _folded(
    "mail delivery status|notice: mail delivery status|considered unsolicited|message you sent|message blocked|mail blocked"
    "|banned contents|undeliverable|undelivered mail"
    "|undelivered|undeliverable mail|undeliverable message|returned mail|returned to sender|mail returned"
    "|delivery status notification|delivery failure|delivery failed|delivery has failed|delivery report|delivery notification"
    "|delivery delayed|delayed mail|delayed delivery|delivery incomplete|delivery error|delivery unsuccessful"
    "|mail delivery failed|mail delivery failure|mail delivery problem|mail delivery error|mail delivery status|mail delivery system"
    "|mail could not be delivered|message could not be delivered|message undeliverable|message not delivered"
    "|message rejected"
    "|message you sent was|message status - undeliverable|non delivery|non-delivery|nondeliverable|failure notice"
    "|failure delivery"
    "|failed delivery|failed mail|failed to deliver|could not send message|couldn't deliver|your message could not"
    ""
    "|unable to deliver|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|zustellstatus|fehler bei der zustellung"
    "|mail nicht zugestellt"
    "|non remis|non distribuable|échec de la remise|échec de remise|message non remis|retour du courrier|avis de non-remise"
    "|no se puede entregar|no entregado|entrega fallida|error de entrega|notificación de estado de entrega|impossibile recapitare"
    "|non recapitabile|mancato recapito|mancata consegna|onbestelbaar|niet bezorgd|bezorging mislukt|não entregue|não foi possível entregar"
    "|niedostarczalne|nie dostarczono|niedoręczon|kunde inte levereras|olevererbart|kan ikke leveres|kunne ikke leveres|uleverbar"
    "|kan ikke afleveres"
    "|ei voitu toimittaa|toimitus epäonnistui|nedoručiteln|nelze doručit|kézbesíthetetlen|nem kézbesíthető"
    "|warning: could not send message"
    "|ni ellir ei anfon|methwyd ag anfon|methu anfon"
)
BOUNCE_TEXTS = _folded(
    "could not be delivered|couldn't be delivered|could not deliver|couldn't deliver|was not delivered|wasn't delivered"
    "|was unable to deliver"
    "|unable to deliver|cannot be delivered|has not been delivered|delivery has failed|delivery to the following"
    "|failed permanently|permanent error"
    "|permanent fatal error|permanent failure|this is a permanent|the following address|undeliverable|user unknown|unknown user"
    "|no such user|mailbox unavailable"
    "|mailbox is full|mailbox full|over quota|quota exceeded|recipient rejected|address rejected|recipient address rejected"
    "|does not exist|recipient not found"
    "|message rejected|rejected due to|rejected your message|blocked by|relay access denied|relaying denied|host unknown"
    "|unrouteable|unroutable|550 5|554 5|552 5"
    "|550-5|550 ; |smtp error|diagnostic information for administrators|diagnostic-code|final-recipient"
    "|the error that the other server returned"
    "|message will be retried|will be retried|delivery will continue to be attempted|has not yet been delivered"
    "|still being retried|you do not need to resend"
    "|recipients of your message|returned to you|i'm sorry to have to inform you|i wasn't able to deliver|i'm afraid i wasn't"
    "|mail system at host"
    "|nicht zugestellt|nicht übermittelt|konnte nicht|n'a pas pu être|n'a pas été remis|no se pudo entregar|no se ha podido"
    "|impossibile|kon niet worden"
    "|não pôde ser|nie mogła|nie można dostarczyć|kunde inte|kunne ikke|ei voitu|nelze|nem sikerült"
)
# Reports that a mail is late, and still being tried.
DELAY_TEXTS = _folded(
    "has not yet been delivered|not been delivered yet|not yet been able to deliver|will be retried|is still being retried"
    "|still being retried|still trying to deliver|delivery will continue to be attempted|delivery attempts will continue"
    "|we will keep trying|will keep trying to deliver|will continue to try|will continue trying|you do not need to resend"
    "|do not need to resend your message|this is a warning message only|this is only a warning|not yet been sent"
    "|weitere zustellversuche|wird weiterhin versucht|noch nicht zugestellt|nouvelle tentative|n'a pas encore ete remis"
    "|se seguira intentando|nog niet bezorgd|nog niet afgeleverd"
)
DAEMON_NAMES = _folded(
    "courier mail server|mail delivery system|mail delivery subsystem|mail delivery service|mail delivery|mailer-daemon|mailer daemon"
    "|delivery subsystem|mail system"
    "|postmaster|system administrator|mail administrator|microsoft outlook|microsoft exchange|mail transport agent|internet mail delivery"
)
# Read receipts: how their subjects begin.
RECEIPT_SUBJECTS = _folded(
    "read|not read|read receipt|return receipt|return receipt (displayed)|receipt|displayed|disposition notification|deleted"
    "|wedi'i ddarllen|darllenwyd"
    "|gelesen|nicht gelesen|ungelesen gelöscht|lesebestätigung|empfangsbestätigung|lu|non lu|accusé de réception|accusé de lecture"
    "|leído|no leído|confirmación de lectura"
    "|letto|non letto|da leggere|conferma di lettura|gelezen|niet gelezen|leesbevestiging|lida|lido|não lida|recibo de leitura"
    "|przeczytano|nie przeczytano"
    "|potwierdzenie odczytu|läst|inte läst|ej läst|läskvitto|læst|ikke læst|lest|ikke lest|lesebekreftelse|luettu|ei luettu"
    "|lukukuittaus|přečteno|nepřečteno|olvasott"
)
RECEIPT_TEXTS = _folded(
    "was received by:|your message was read|was read on|message has been read|was deleted without being read|has been displayed"
    "|was displayed on"
    "|this is a return receipt"
    "|this is a receipt for the mail|this is a read receipt|no guarantee that the message has been read|was opened|opened on"
    "|wurde gelesen|ungelesen gelöscht|dies ist eine empfangsbestätigung|a été lu|ceci est un accusé|fue leído|è stato letto"
    "|is gelezen|foi lida"
    "|został przeczytan|została przeczytan|lästes|blev læst|ble lest|darllenwyd eich neges"
)
# Answers to invitations: how their subjects begin.
CALENDAR_SUBJECTS = _folded(
    "accepted|declined|tentative|tentatively accepted|canceled|cancelled|canceled event|cancelled event"
    "|meeting forward notification|new time proposed"
    "|accepted invitation|declined invitation|invitation reply|event invitation reply|meeting cancelled|meeting canceled|updated invitation"
    "|derbyniwyd|gwrthodwyd|canslwyd|angenommen|zugesagt|abgelehnt|abgesagt|mit vorbehalt|vorläufig zugesagt|zusage|absage|accepté"
    "|acceptée|refusé|refusée|provisoire|annulé|annulée"
    "|aceptada|aceptado|rechazada|rechazado|provisional|cancelada|cancelado|accettato|accettata|rifiutato|rifiutata|provvisorio"
    "|annullato|annullata"
    "|geaccepteerd|geweigerd|afgewezen|voorlopig|geannuleerd|aceite|aceito|recusada|recusado|provisória|zaakceptowano|odrzucono"
    "|wstępna akceptacja|odwołane|anulowano"
    "|accepterat|accepterad|avböjt|avböjd|preliminärt|inställt|inställd|accepteret|afvist|foreløbig|aflyst|godtatt|avslått|avlyst"
    "|hyväksytty|hylätty|alustava|peruutettu"
    "|přijato|odmítnuto|nezávazně|zrušeno|elfogadva|elutasítva|feltételes|törölve"
)
# What notices of other systems say at the top of their text.
NOTICES = _folded(
    "digitally sent to you|page fax|fax from|new voicemail was|placed in quarantine|report generated|has shared a|has invited you"
    "|document was scanned|"
    "personal quarantine|in your quarantine|held for you to review|messages are being held|have been held|have been quarantined"
    "|has been held by|was held by|is being held by|has been placed on hold"
    "|has been quarantined"
    "|emails on hold|messages on hold|release your messages|release all of your held|shared a file with you"
    "|shared a folder with you|shared a document with you"
    "|shared an item with you|shared a link with you|invited you to|this link will work for|this link only works for"
    "|mentioned you in|assigned you a task"
    "|added you to|you received a voice mail|you received a voice message|you have a new voice|you have received a voice"
    "|you have a new voicemail"
    "|left you a voice|left you a voicemail|you missed a call|you have received a fax|a fax has been received"
    "|you have received a new fax|received a fax"
    '|scanned and sent|scanned image from|scanned document attached|this e-mail was sent from "r|scan date:|device name:'
    "|was sent from the multifunction|problem started at|problem has been resolved|problem name:|alertname=|alerts for|check_mk"
    "|triggered alarm|alarm triggered"
    "|trigger:|trigger status|notification type|service state|host state|current state:|state: critical|status: critical"
    "|status: down|severity: |job finished"
    "|backup finished|backup completed|backup task|the backup job|job name:|start time:|objects processed"
    "|your password will expire|your password expires"
    "|verification code is|your security code|your one-time|requested access to|sign and return|sent you a document to review"
    "|view this report|scheduled report"
    "|attached is your|find attached your scheduled|disk space on|certificate will expire|mailbox is almost full|mailbox is full"
    "|storage limit|has been shared with you"
)
