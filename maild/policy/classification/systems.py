"""Rules for what other systems send: ticket systems, monitoring, file sharing, quarantine digests, voicemail, scanners (LOOP-1).

Their subjects are looked for as the systems write them, folded, from the first word on; a person who writes about such a mail has another
first word, or no second sign.
"""

from __future__ import annotations

import re

from maild.policy.classification import phrases
from maild.policy.classification.facts import Facts, words
from maild.policy.classification.reports import contains
from maild.policy.classification.rule import AutoKind, Rule, Source, Weight

BULK_SENDERS = frozenset(
    words(
        "news newsletter newsletters marketing digest mailing mailings campaigns offers bulletin events webinar webinars"
        " subscriptions updates editor promo promotions"
    )
)
_MACHINES = frozenset(
    words(
        "notification notifications notify notifier alert alerts alerting alarm alarms monitor monitoring nagios icinga zabbix"
        " prtg grafana alertmanager prometheus quarantine daemon cron backup backups veeam wsus sccm solarwinds cacti librenms"
        " observium checkmk centreon pingdom statuscake opmanager uptime synology qnap"
        " idrac ilo vcenter vmware splunk sentinel defender root robot bot automated automation"
        " automailer auto system sysmail mailer reports report reporting sharepoint onedrive teams docusign wetransfer dropbox"
        " msonlineservicesteam o365mc antivirus antispam spam listserv majordomo mailman bounce bounces dmarc dmarcreport"
        " dmarcreports tlsrpt ups nas firewall calendar"
    )
)
LIST_PROGRAMS = frozenset(words("listserv majordomo mailman sympa ezmlm mlmmj listmaster"))
_TICKETING = frozenset(
    words(
        "otrs znuny otobo jira zendesk servicenow servicenowadmin zammad freshdesk freshservice remedy topdesk hornbill ivanti"
        " cherwell sysaid rt tickets ticket ticketing glpi redmine helpscout halo itsm"
    )
)
_DEVICES = frozenset(
    words(
        "scanner scan scans copier mfp mfd printer printers fax efax faxserver rightfax konica ricoh xerox canon kyocera sharp"
        " brother multifunction scantoemail scan2mail"
    )
)
_VOICE = frozenset(words("voicemail voice unity unityconnection voicemailbox telephony pbx cucm avaya answerphone callmanager"))

_TICKET_HEADERS = words(
    "x-otrs- x-znuny- x-otobo- x-zammad- x-zendesk- x-servicenow- x-jira- x-atlassian- x-freshdesk- x-fd- x-freshservice- x-rt-"
    " rt-ticket rt-originator x-redmine- x-freescout- x-helpscout- x-intercom- x-glpi- x-topdesk- x-sysaid- x-mantis- x-bugzilla-"
    " x-youtrack- x-roundup- x-osticket- x-kayako- x-remedy- x-halo-"
)
_MONITOR_HEADERS = words(
    "x-nagios x-icinga x-zabbix x-check-mk x-checkmk x-grafana x-pagerduty x-prtg x-solarwinds x-alertmanager x-opsgenie"
    " x-statuspage x-github- x-gitlab- x-jenkins x-sentry x-datadog x-veeam x-wsus"
)
_VOICE_CLASSES = (
    "voice-uc",
    "ipm.note.microsoft.voicemail",
    "ipm.note.microsoft.missed",
    "ipm.note.microsoft.fax",
    "urn:content-classes:voice",
)

# Each is matched from the first word of the subject on; every repeat is bounded, and so is the subject.
_RECEIVED = (
    r"(?:has been|have been|was|is) (?:successfully )?"
    r"(?:received|logged|created|opened|registered|raised|submitted|updated|assigned|closed|resolved|acknowledged)"
)
_THING = r"(?:ticket|case|incident|request|issue|enquiry|query|email|message|call|support request|service request)"
_TICKET_SUBJECT = re.compile(
    rf"\W{{0,3}}(?:(?:re: )?(?:(?:your|new|a|an) )?{_THING}s?\b.{{0,60}} {_RECEIVED}"
    rf"|request received|(?:ticket|case|request|enquiry) (?:received|acknowledg\w+|confirmation|created|opened|logged)\b"
    rf"|new (?:ticket|case)\b"
    rf"|{_THING} (?:id )?(?:no\.? )?[#:]? ?[\w-]{{3,24}}:? ?[-:]? ?(?:is |was |has been )?(?:created|received|opened|logged"
    rf"|updated|resolved|closed|comments? added)\b"
    rf"|we(?:'ve| have) received your|thank(?:s| you) for (?:contacting|your (?:email|request|enquiry|message|submission)|getting in touch)"
    rf"|acknowledg(?:e)?ment(?:\b| of)|confirmation of (?:receipt|your)|auto(?:matic)?[ -]?acknowledg\w+|ihre anfrage"
    rf"|votre demande|su solicitud"
    rf"|eingangsbestatigung|accuse de reception|(?:inc|req|ritm|chg|cs|task|prb)\d{{5,12}} (?:{_RECEIVED}|opened|created|received))"
)
_REQUEST_RECEIVED = re.compile(r"\W{0,3}\[?(?:request received|ticket received|case received|jira|auto[- ]?reply)\]?")
_TICKET_NUMBER = re.compile(
    r"\[(?:ticket|case|incident|request|issue|call|sr|ref)? ?[#:]? ?[a-z]{0,6}[#:-]?\d{3,17}\]|ticket ?# ?\d{4,17}"
    r"|\[[\w.-]{2,30} #\d{1,9}\]|\([a-z]{2,8}-\d{1,7}\)"
    r"|\b(?:case|ticket|request) ?(?:id|no\.?|number|#)? ?[:#]? ?\d{4,17}|ref:_?\w{5,30}[.:]_?\w{5,40}:ref"
)
_MONITOR_SUBJECT = re.compile(
    r"\*\* ?(?:problem|recovery|acknowledgement|flapping\w*|downtime\w*)|\[(?:firing|resolved|alerting|no data|ok|critical|warning"
    r"|problem|recovery|triggered)\b[^\]]{0,20}\]"
    r"|(?:service|host) (?:alert|notification|recovery)\b|cron <|anacron job|logwatch for|logcheck|\[?(?:prtg|zabbix|nagios|icinga"
    r"|check_mk|checkmk|solarwinds|veeam|wsus|sccm)\b"
    r"|(?:problem|recovery|alarm|critical|warning|down|up|ok) ?[-:] .{0,60}\b(?:is|are|state|status) (?:now )?(?:down|up|critical"
    r"|ok|warning|unreachable|back|low|high|full)\b"
    r"|(?:\[?(?:success|failed|failure|failed|warning|error)\]? ?[-:]? ?)?.{0,40}\b(?:backup|replication|sync|synchronisation"
    r"|snapshot|restore)(?: job)?s?\b.{0,60}"
    r"\b(?:completed|complete|succeeded|successful|success|failed|failure|finished|warning|report|summary)\b"
    r"|(?:scheduled task|job|build|pipeline|deployment)\b.{0,60}\b(?:completed|succeeded|successful|failed|finished|fixed|passed)\b"
    r"|ups\b.{0,30}\b(?:on battery|alert|online)|(?:low )?disk ?space (?:alert|warning|low|is low)|low disk space"
    r"|unattended-upgrades result|degradedarray event|smart error"
    r"|raid (?:alert|degraded)"
    r"|(?:ssl |tls )?certificate\b.{0,60}\b(?:expir\w+)|your password (?:will|is about to|has) expire"
    r"|(?:your )?password (?:expires|expiry|expiration)"
    r"|(?:\w+ )?(?:weekly|daily|monthly|scheduled|nightly) (?:\w+ )?(?:report|digest|summary|status)\b|report domain: "
    r"|virus (?:alert|found|detected)|malware (?:alert|detected)"
    r"|(?:warning: )?e?-?mail viruses detected|message (?:blocked|quarantined)|email (?:blocked|quarantined)|threat detected"
    r"|security alert\b|sign-in (?:alert|attempt)"
    r"|(?:your|new) (?:one-time|verification|security) (?:pass)?code|verify your|undelivered messages report"
)
# So a system begins, and so does a person in haste.
_ALARM_SUBJECT = re.compile(
    r"(?:problem|recovery|resolved|fired|activated|triggered|alarm|alert|critical|warning|down|up|notification|reminder|report"
    r"|digest)\b.{0,12}[:\]-]|.{0,60}\bnotification$"
)
_SHARE_SUBJECT = re.compile(
    r".{1,80} (?:has )?shared .{1,120} with you\b|.{1,80} shared (?:a|the|an) (?:file|folder|document|link|notebook|list|item|site"
    r"|calendar)\b|.{1,80} (?:has )?invited you to\b"
    r"|.{1,80} (?:wants|would like|is requesting|requested|requests) (?:to )?(?:access|view|edit)\b.{0,60}"
    r"|.{1,80} (?:mentioned you|replied to|commented on|left a comment|assigned (?:you )?a task|assigned a task to you)\b"
    r"|.{1,80} reacted to (?:your|a) message|you(?:'ve| have) been (?:added|invited|mentioned|assigned)\b|you(?:'ve"
    r"| have) (?:unread|new|\d{1,4} (?:unread|new)) (?:messages|notifications|activity|items)\b"
    r"|.{1,80} (?:sent you|is waiting for you|added you to|joined) .{1,80}|you missed .{1,80}|.{1,60} is trying to reach you"
    r"|(?:reaction )?daily digest|please (?:docu)?sign\b"
    r"|completed: .{0,80}docusign|recall: .{0,200}|message recall"
)
_QUARANTINE_SUBJECT = re.compile(
    r"(?:end user|spam|quarantine|held mail|mailbox) digest\b|your mailbox is (?:almost |nearly )?full|"
    r"(?:.{0,40} )?(?:spam |email |message |end user |user |personal )?quarantine (?:\w+ )?(?:digest|summary|report|notification"
    r"|notice|release|message|alert|list|email)\b"
    r"|(?:spam|junk|graymail|greymail|held|on hold|bulk mail) (?:e?mail )?(?:digest|summary|report|notification|messages?)\b"
    r"|digest of (?:held|quarantined|blocked)"
    r"|you have (?:\d{1,5} )?(?:new )?(?:held|quarantined|blocked|messages on hold|messages? in quarantine|emails? on hold"
    r"|\w+ messages? in quarantine)\b"
    r"|\d{1,5} (?:new )?(?:messages?|emails?) (?:held|quarantined|on hold|in quarantine|blocked)"
    r"|\[?(?:held|quarantined|blocked) (?:message|e?-?mail)\]"
    r"|(?:your|an?) (?:message|e?-?mail)\b.{0,120} (?:has been|was|is being) (?:held|quarantined|put on hold|placed on hold)\b"
)
_VOICE_SUBJECT = re.compile(
    r"(?:new |you have (?:a |\d{1,3} )?(?:new )?|.{0,40} )?(?:voice ?mail|voice message|missed call|missed calls"
    r"|answerphone message|audio message)s? (?:message )?(?:from|received|for|\(|-|:|left|in mailbox)"
    r"|(?:new |you have (?:a |\d{1,3} )(?:new )?)(?:voice ?mail|voice message|missed call)|voice ?mail$|message from (?:unknown"
    r"|anonymous|withheld|\+?\d[\d ()-]{4,20})"
    r"|neue sprachnachricht|nouveau message vocal|mensaje de voz"
)
_SCAN_SUBJECT = re.compile(
    r"(?:message|scan|scanned (?:image|document|file|attachment|data)|attached image|image|document|send data|scan data"
    r"|file) (?:from|by) (?:a |the |an |your |my |device )?"
    r"(?:\"?(?:km|kmbt|bizhub|xerox|ricoh|mfp|mfd|canon|sharp|konica|hp|epson|brother|kyocera|toshiba|lexmark|aficio|copier"
    r"|scanner|printer|multifunction|workcentre|versalink|officejet|rnp|ecosys|taskalfa|imagerunner)\b"
    r"|\w{0,20}\d{3,}\w{0,20}$)|scan(?:ned)? (?:to|2) e?mail|scanned from (?:a |the )?|your scan\b|attached image$|(?:new "
    r"|you have (?:a )?(?:received )?(?:a )?(?:new )?|incoming |inbound |received )?(?:e?fax)\b (?:message )?(?:from|received"
    r"|notification|transmission|:|-)"
    r"|(?:fax|e-?fax) (?:received|transmission|delivery|message|notification|from)\b|new fax\b|incoming fax\b"
    r"|(?:a |an |one )?(?:new |incoming |inbound )?e?-?fax (?:message )?(?:has |was |is )(?:been )?(?:arrived|received|waiting|delivered)\b"
)


def _subject(pattern: re.Pattern[str], facts: Facts) -> bool:
    # A system's own tag ([FIRING:1]) is left out of the opening as a gateway's would be.
    return (pattern.match(facts.opening) or pattern.match(facts.subject)) is not None and not facts.first_person and not facts.requests


def _alarm(pattern: re.Pattern[str], facts: Facts) -> bool:
    # Monitoring neither greets nor asks; a team with a mailbox called alerts@ does.
    return _subject(pattern, facts) and not facts.greets and not facts.asks


def _sender(names: frozenset[str], facts: Facts) -> bool:
    bare = {word.rstrip("0123456789") for word in facts.local_words}
    return not names.isdisjoint(bare)


def _has_header(prefixes: tuple[str, ...], facts: Facts) -> bool:
    return any(name.startswith(prefixes) for name in facts.headers)


def _ticket_header(facts: Facts) -> bool:
    mailer = facts.value("x-mailer") + facts.value("user-agent") + facts.value("x-managed-by") + facts.value("managed-by")
    return _has_header(_TICKET_HEADERS, facts) or any(
        name in mailer for name in ("otrs", "zendesk", "znuny", "zammad", "freshdesk", "servicenow", "rt ")
    )


def _ticket_subject(facts: Facts) -> bool:
    return _subject(_TICKET_SUBJECT, facts) or _REQUEST_RECEIVED.match(facts.subject) is not None


def _ticket_number(facts: Facts) -> bool:
    return _TICKET_NUMBER.search(facts.subject) is not None


def _acknowledges(facts: Facts) -> bool:
    return contains(facts.head, phrases.ACKNOWLEDGES)


def _voice_class(facts: Facts) -> bool:
    told = " ".join(facts.value(name) for name in ("content-class", "x-message-class", "message-class", "x-microsoft-message-class"))
    return contains(told, _VOICE_CLASSES) or any(
        name.startswith(("x-callingtelephonenumber", "x-voicemessage", "x-faxnumberofpages")) for name in facts.headers
    )


def _sound(facts: Facts) -> bool:
    """A recording with hardly a word beside it."""
    return len(facts.head) < 400 and any(part.content_type.startswith("audio/") for part in facts.message.attachments)


def _cron(facts: Facts) -> bool:
    return "cron daemon" in facts.display or "x-cron-env" in facts.headers


def _aggregate(facts: Facts) -> bool:
    """A DMARC report on a domain (RFC 7489 §7.2.1.1): ``Report Domain: trust.example Submitter: mx.example Report-ID: 7``."""
    return "report domain:" in facts.subject and "submitter:" in facts.subject


def _notice_text(facts: Facts) -> bool:
    return contains(facts.head, phrases.NOTICES) and not facts.first_person


def _recall(facts: Facts) -> bool:
    return facts.opening.startswith("recall: ") and "would like to recall the message" in facts.head


def _rule(name: str, weight: Weight, source: Source, kind: AutoKind, pattern: re.Pattern[str]) -> Rule:
    return Rule(name, weight, source, kind, lambda facts: _subject(pattern, facts))


SYSTEM_RULES = (
    Rule("ticket_system_header", Weight.WEAK, Source.SYSTEM, AutoKind.TICKET_SYSTEM, _ticket_header, silent=True),
    Rule("ticket_subject", Weight.FIRM, Source.SUBJECT, AutoKind.TICKET_SYSTEM, _ticket_subject),
    Rule("ticket_number", Weight.CARE, Source.SUBJECT, AutoKind.TICKET_SYSTEM, _ticket_number),
    Rule("ticket_sender", Weight.WEAK, Source.SENDER, AutoKind.TICKET_SYSTEM, lambda facts: _sender(_TICKETING, facts)),
    Rule("acknowledgement_text", Weight.FIRM, Source.TEXT, AutoKind.TICKET_SYSTEM, _acknowledges),
    Rule("voice_class", Weight.PROOF, Source.SYSTEM, AutoKind.VOICEMAIL, _voice_class),
    _rule("voicemail_subject", Weight.FIRM, Source.SUBJECT, AutoKind.VOICEMAIL, _VOICE_SUBJECT),
    Rule("voicemail_sender", Weight.WEAK, Source.SENDER, AutoKind.VOICEMAIL, lambda facts: _sender(_VOICE, facts)),
    Rule("recording", Weight.WEAK, Source.SYSTEM, AutoKind.VOICEMAIL, _sound),
    _rule("scan_subject", Weight.FIRM, Source.SUBJECT, AutoKind.SCAN, _SCAN_SUBJECT),
    Rule("device_sender", Weight.WEAK, Source.SENDER, AutoKind.SCAN, lambda facts: _sender(_DEVICES, facts)),
    Rule("aggregate_report", Weight.PROOF, Source.SUBJECT, AutoKind.NOTIFICATION, _aggregate),
    Rule("message_recall", Weight.PROOF, Source.SUBJECT, AutoKind.NOTIFICATION, _recall),
    _rule("quarantine_digest", Weight.FIRM, Source.SUBJECT, AutoKind.NOTIFICATION, _QUARANTINE_SUBJECT),
    _rule("sharing_notice", Weight.FIRM, Source.SUBJECT, AutoKind.NOTIFICATION, _SHARE_SUBJECT),
    Rule("monitoring_subject", Weight.FIRM, Source.SUBJECT, AutoKind.NOTIFICATION, lambda facts: _alarm(_MONITOR_SUBJECT, facts)),
    Rule("alarm_subject", Weight.WEAK, Source.SUBJECT, AutoKind.NOTIFICATION, lambda facts: _alarm(_ALARM_SUBJECT, facts)),
    Rule("notice_text", Weight.FIRM, Source.TEXT, AutoKind.NOTIFICATION, _notice_text),
    Rule("monitoring_header", Weight.FIRM, Source.SYSTEM, AutoKind.NOTIFICATION, lambda facts: _has_header(_MONITOR_HEADERS, facts)),
    Rule("cron_job", Weight.FIRM, Source.SENDER, AutoKind.NOTIFICATION, _cron),
    Rule("machine_sender", Weight.WEAK, Source.SENDER, AutoKind.NOTIFICATION, lambda facts: _sender(_MACHINES, facts)),
)
