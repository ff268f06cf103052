"""How people write what is wrong, and what is no issue: promises, complaints, what was tried, what nobody did, how long it lasts."""

from __future__ import annotations

import re

PROBLEM = re.compile(
    r"\b(?:can(?:'?t|not| not|no longer)|could(?:n'?t| not)|unable|won'?t|will not|wouldn'?t|does(?:n'?t| not)|do(?:n'?t|"
    r" not) (?:work|show|see|have|receive|get|appear|load|open|sync|arrive|print)|"
    r"did(?:n'?t| not)|is(?:n'?t| not)|are(?:n'?t| not)|ha(?:s|ve)(?:n'?t| not)|wasn'?t|no longer|not (?:work|able|receiv|"
    r"load|sync|show|arriv|respond|open|connect|print|send|appear|recogni|getting|deliver|updat)\w*|"
    r"(?:shows?|showing|displays?|displaying|returns?|finds?|lists?|gives?) "
    r"(?:no (?!errors?\b|problems?\b|issues?\b|messages?\b)|nothing\b|none\b)|"
    r"(?:shows?|displays?|gives?|throws?|says) (?:me |us )?this (?!morning|week|afternoon|year|month)|"
    r"(?:arriv\w*|comes?|came|sent|goes|go|opens?|prints?|loads?|starts?|appears?|saved?) without (?:its|their|the|any)\b|"
    r"nothing (?:happens|works|prints|loads|comes)|nobody (?:else )?can|nobody (?:is|in)|no[ -]one (?:else )?can|no[ -]one (?:is|in)|"
    r"none of|neither|never|"
    r"keeps?|kept|stuck|fail(?:s|ed|ing|ure)?|fault\w*|broken?|broke|crash\w*|fr[eo]ez\w*|froze|frozen|hang(?:s|ing)?|hung|"
    r"spins|spinning|error\w*|missing|lost|loses|gone|vanished|disappear\w*|deleted|"
    r"lock(?:s|ed|ing)? (?:me |us |out|for|by|after)|locked|block(?:s|ed|ing)|bounc\w*|com(?:e|es|ing) (?:straight |"
    r"right )?back (?:to|with|at|as|from|immediately)|came back (?:with|as)|reject\w*|return(?:s|ed) to|delayed|"
    r"late|slow\w*|takes (?:ages|forever|a long|\d|\w+ (?:minutes|seconds|hours))|down|offline|"
    r"expired?|wrong\w*|incorrect\w*|corrupt\w*|duplicat\w*|garbled|blank|empty|full|"
    r"dead|disconnect\w*|been (?:removed|revoked|withdrawn|switched off|turned off|taken away|cut)|cuts? out|"
    r"cutting out|spam|phish\w*|suspicious|hacked|"
    r"compromised|clicked|virus|scam|"
    r"problem\w*|issues?|trouble\w*|struggling|stop(?:s|ped|ping)?|refus\w*|denied|disabled|revert\w*|ask(?:s|ing) (?:me |"
    r"us |for |again)\w*|prompt\w*|loop\w*|timed? ?out|times out|quit\w*|logs? (?:me|us) out|logged out|kicks?|"
    r"(?:signs?|throws?|boots?|cuts?|times?|sends?|puts?|takes?) (?:me|us|you|them|him|her|everyone|everybody|people|users|staff) "
    r"(?:out|off|back)|"
    r"lose|losing|goes? (?:blank|black|white|grey|dead|dark|off|missing)|jams?|jammed|jamming|smears?|buzz\w*|beeps?|wiped|grey(?:ed)? out|"
    r"still (?!waiting|working|hoping|looking|trying|learning|using)\w{2,20}ing|"
    r"drop(?:s|ped|ping)?(?! (?:me|us|by|in|a line)\b)|flicker\w*|restarts?|closes|unavailable|inaccessible|"
    r"unreadable|overwritten|misspel\w*|rejected|"
    r"quarantined|held|truncated|cut off|double|twice|instead of|still (?:shows?|says?|has|have|see|comes?|goes?|gets?|on|"
    r"in)|"
    r"(?:please )?(?:can|could|would) (?:you|someone|somebody|i|we) (?:please )?(?:restore|reset|create|set|add|remove|"
    r"delete|give|grant|change|rename|unlock|release|recover|move|enable|disable|install|update|extend|arrange|have|"
    r"transfer|"
    r"merge|convert|increase|amend|reinstate|re-?enable|forward|hide|block|unblock|stop|check|look at|provide|make|"
    r"help with|fix|get|investigate|turn|put|share)|"
    r"(?:need|require|want|would like|request\w*)\b.{0,60}\b(?:access|account|mailbox\w*|password|licen[cs]e\w*|"
    r"permission\w*|restor\w*|reset\w*|creat\w*|add\w*|remov\w*|chang\w*|unlock\w*|delet\w*|list|calendar|alias|set up|"
    r"software|rename\w*)|"
    r"please (?:hide|merge|convert|archive|amend|update|install|restore|reset|create|add|remove|delete|give|grant|change|"
    r"rename|unlock|release|recover|move|enable|disable|"
    r"install|set up|extend|transfer|reinstate|amend|stop|block|unblock|fix)|locked out|"
    r"methu|ddim yn|wedi stopio|problem gyda)\b",
    re.IGNORECASE,
)
UNTOUCHED = re.compile(
    r"\b(?:still (?:have|has|works?|gets?|sees?)|seems? (?:to be )?(?:fine|ok|okay)|not affected|unaffected|(?:are|is|"
    r"all) (?:fine|ok|okay|working)|no problems?|works? (?:fine|ok|for)|"
    r"working (?:fine|ok|for)|can (?:still )?(?:open|see|access|send|log))\b",
    re.IGNORECASE,
)
# How long or how often, of a fault told before: "This is the 3rd day in a row".
LASTS = re.compile(
    r"(?:this|that|it)(?: is|'s| was| has been| will be) (?:now |already )?(?:about |nearly |almost |over )?(?:the |my |our )?"
    r"(?:\d{1,3}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|sixth|one|two|three|four|five|six|seven|several|a few|a couple of|whole) "
    r"(?:times?|days?|weeks?|months?|hours?|mornings?|years?|attempts?|occasions?)\b",
    re.IGNORECASE,
)
# What may have a fault, as the subject of a sentence, and what is said of it.
THING = re.compile(
    r"(?:(?:the|our|my|every|all|this|any|each|all our|all my|all the)\s)(?:[\w'/-]{1,30}\s){0,4}?"
    r"(?:apps?|tools?|systems?|software|programs?|screens?|monitors?|displays?|printers?|scanners?|labels?|e-?mails?|"
    r"mails?|messages?|letters?|"
    r"mailbox(?:es)?|inbox|outlook|teams|word|excel|calendars?|pages?|sites?|websites?|portals?|logins?|passwords?|accounts?|laptops?|"
    r"computers?|pcs?|tablets?|kiosks?|phones?|vpn|wi-?fi|network|internet|connection|servers?|drives?|folders?|files?|links?|attachments?|"
    r"documents?|keyboards?|mouse|headsets?|cameras?|webcams?|microphones?|batter(?:y|ies)|docks?|trackers?|lists?|reports?|results?|"
    r"templates?|signatures?|buttons?|menus?|cards?|readers?|tokens?|codes?|rotas?|diar(?:y|ies)|queues?|viewers?|forms?)\s"
    r"(?!(?:is|are|was|were|will be) (?:at|in|on|with|below|above|here|attached|enclosed|fine|ok|okay|the|my|our|mine|ours|his|hers|only|"
    r"just|for|not (?:here|with))\b)(?=[a-z])",
    re.IGNORECASE,
)
COMPLAINT = re.compile(
    r"\b(?:(?:second|third|fourth|umpteenth) time|again and again|keep asking|being asked|(?:nobody|no[ -]one|"
    r"none of you) (?:has|have|ever)? ?"
    r"(?:rung|called|replied|answered|got back|come back|read)|(?:took|taken|wrote|written|noted) (?:it |this |everything |"
    r"all |them )(?:all )?down|"
    r"do(?:n't| not) understand why|driving (?:me|us|everyone) (?:mad|crazy|up)|i expect a|not good enough|"
    r"unacceptable|disgrace\w*|waste of time)\b",
    re.IGNORECASE,
)
# A fault that was told before: "There are seven of us with this problem".
SAME_FAULT = re.compile(
    r"\b(?:this|that|the same|the|same|these|such) (?:problem|issue|fault|error|trouble|difficult(?:y|ies)|symptoms?)s?\b", re.IGNORECASE
)
# What nobody did: "Nobody has clicked on it", "I have not opened the link".
NOT_DONE = re.compile(
    r"\b(?:(?:nobody|no[ -]?one|none of (?:us|them|the \w+)|neither of (?:us|them))(?: else)?(?: here)?(?: has| have|'s)?|"
    r"(?:i|we|they|he|she|staff|users|people) (?:have not|haven't|has not|hasn't|did not|didn't|have never|never))(?: yet| so far|"
    r" actually)? "
    r"(?:click\w*|opened?|repl(?:y|ied)|respond(?:ed)?|enter(?:ed)?|type[dn]?|forward(?:ed)?|touch(?:ed)?|download(?:ed)?|given?|"
    r"tr(?:y|ied)|"
    r"report(?:ed)?|complain(?:ed)?|mention(?:ed)?|chang(?:ed?)|delet(?:ed?)|remov(?:ed?)|mov(?:ed?)|install(?:ed)?|pa(?:y|id)|"
    r"follow(?:ed)?) "
    r"(?=(?:on |to |in |into |from |any|the (?:link|attachment|mail|email|message)|it\b|them\b|this\b|that\b|for\b|a |our |their |my )|$)"
    r"|\b(?:nobody|no[ -]?one|none of (?:us|them|the \w+))(?: else)?(?: has| have|'s) (?:clicked|opened|replied|responded)\W*$",
    re.IGNORECASE,
)
TRIED = re.compile(
    r"^(?:(?:i|we)(?:'ve| have)? |(?:have|has) )?(?:already |also |just )?"
    r"(?:saved|put|tried|restarted|rebooted|cleared|checked|reinstalled|done|asked|unplugged|logged (?:off|out) and|"
    r"(?:turned|switched) (?:it|them|everything) off and)\b",
    re.IGNORECASE,
)
PROCESS = re.compile(
    r"\b(?:(?:will|shall|'ll|going to) (?:get|send|let|come|reply|forward|call|ring|phone|check|ask|find|do this|provide|"
    r"confirm|have to (?:ask|check)|try)\b(?!.{0,40}\b(?:error|fails?)\b)|already (?:given|told|sent|provided|answered|"
    r"explained|said|been)|"
    r"what (?:else|more) do you need|what do you need|which information|why do you (?:need|keep|want)|"
    r"let (?:me|us) know|get back to|(?:see|find|comments?|answers?|replies|details|response|information) (?:below|attached|"
    r"enclosed|above|inline|in red|in blue|in line)|as requested|i have (?:answered|completed|filled)|"
    r"i(?:'ve| have) (?:put|added|typed|included|given|filled)|please (?:help|advise|action|assist|look into|chase|respond|"
    r"treat|do not hesitate|bear with)|any (?:help|update|news|questions)|look(?:ing)? forward|hope (?:this|that)|thank(?:s|"
    r" you)|"
    r"sorry (?:for|about)|apologies|happy to (?:help|provide)|here (?:is|are|you go)|in reply to|in response to|"
    r"with regards? to|further to|following (?:our|my|your)|can you (?:please )?(?:help|assist|advise|look into this|chase|"
    r"update)\s?[?.!]*$|"
    r"can (?:someone|anyone|somebody) (?:please )?(?:help|assist|call me|ring me)\b|do you need|is this (?:ok|enough)|"
    r"(?:can|could|would) you (?:please )?(?:look at|look into|check|fix|sort|investigate|help with|help) (?:"
    r"the (?:below|above|attached|following)|me|us|it|this|that|"
    r"these|them|please|today|asap|urgently|for|as soon)\b|need (?:any(?:thing)?|more) (?:else|information|details|info)|"
    r"(?:i'?m|i am|is|be) (?:away |off |out )?on (?:annual )?leave|(?:i'?m|i am|be) back (?:in|on|at)|this afternoon i|"
    r"(?:diary|calendar|clinic|day|week|morning|afternoon) is (?:full|busy|packed|fully booked)|"
    r"on my way|not at my desk|(?:i'?m|i am|will be|i'll be) in (?:a )?(?:clinic|meeting|theatre|surgery)|when (?:i|"
    r"we) (?:get|am|are) back|don'?t (?:know|have) (?:this|that|the answer|what you|any (?:more|other))|do not (?:know|"
    r"have) (?:this|that|the answer|any (?:more|other))|"
    r"(?:don'?t|do not|haven'?t|have not) (?:have|got|know) (?:(?:all|the|of|their|everyone'?s?|everybody'?s?|each|his|her|your|other|full|"
    r"exact|e-?mail|user|staff) ){1,5}(?:addresses|address|emails?|details|names?|numbers?|figures?|info\w*)\b|"
    r"(?:can'?t|cannot|unable to|won'?t be able to|not able to|couldn'?t) (?:check|say|tell|answer|give you|confirm|provide|"
    r"remember|recall|help|find out|talk|get (?:this|that|it|you|hold)|do (?:this|that|it)|look)\b|not sure what|"
    r"(?:can'?t|cannot|couldn'?t|can not) (?:find|locate|see|get) (?:the|any|an?|that|your|my)\b.{0,20}\b"
    r"(?:error message|form|screenshot|question|ticket|reference)|"
    r"what (?:does|do|is) (?:this|that|you|an? )|why am i|please (?:call|ring|phone|contact|text|email|reply|quote|see|find|"
    r"note|ignore|disregard|discard)|over the phone|spoke to|spoken to|on the phone|this is urgent|it is urgent|asap|"
    r"i(?:'m| am) the (?:la|local administrator|practice manager|manager)|my name is (?-i:[A-Z])|this is \w+ from|i work (?:in|at|for)|"
    r"i am (?:emailing|writing|contacting|replying)|hope you are well|hope all is well)",
    re.IGNORECASE,
)
STRONG_ISSUE = re.compile(
    r"\b(?:can(?:'?t|not| not)|unable|won'?t|does(?:n'?t| not)|isn'?t|not working|stopped|keeps?|error|crash\w*|missing|"
    r"locked|fail\w*|broken|disappeared|no longer|slow|bounc\w*|frozen|freezes|lost|"
    r"(?:can|could) (?:you|someone) (?:please )?(?:restore|reset|create|set|add|remove|give|grant|change|rename|unlock|"
    r"release|recover))\b",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"^(?:lots|many|several|most|some|all|plenty|loads|a few|a lot) of (?:us|them|people|staff)\b|^(?:several|many|multiple|"
    r"some|most|various) (?:users|people|staff|colleagues)\b|^(?:not sure|unsure|no idea)\b|"
    r"^(?:this|it|that|which)(?: is|'s| has been| have been)?(?: only| just| also| currently| now)? (?:affect|impact)\w* |"
    r"^(?:this|it)(?: is|'s)(?: not|n't) (?:just|only) (?:me|mine|us|my \w+)\W*$|"
    r"\bhappening to (?:lots|many|several|most|some|everyone|everybody|others)\b",
    re.IGNORECASE,
)
# What may be attached to show a fault, and what is attached to be worked on.
EVIDENCE_WORDS = re.compile(
    r"\b(?:bounced?|bounces|error|errors|problem|issue|ndr|fault|failure|phishing|phish|suspicious|spam|scam|missing|blank|"
    r"rejected|reject(?:ion)?) ?(?:message|messages|email|emails|mail|report|notice|one|screen)?\b",
    re.IGNORECASE,
)
LISTS = re.compile(r"\b(?:list|csv|spreadsheet|form|mailboxes|users)\b", re.IGNORECASE)
