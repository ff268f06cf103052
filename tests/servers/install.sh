#!/bin/sh
# Installs the real servers that tests talk to, from Debian's packages, where this machine lets us (root, apt-get).
# Quiet, and never an obstacle: without them their tests are skipped with the reason. Under CI=true they must be there.
set -u
PATH="$PATH:/usr/sbin:/sbin"

present() {
  case "$1" in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 ;;
    dovecot-imapd) [ -x /usr/lib/dovecot/imap ] ;;
    libnet-ssleay-perl) perl -MNet::SSLeay -e 1 2>/dev/null ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing=""
for name in postgresql postfix dovecot-imapd swaks libnet-ssleay-perl chromium strace; do
  present "$name" || missing="$missing $name"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing for the tests:$missing" >&2
  log=$(mktemp)
  # Nothing is to start by itself: the tests start their own servers, on loopback and on ports of their own.
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made_policy=1; }
  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections 2>>"$log"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >>"$log" 2>&1 </dev/null || {
    echo "apt-get could not install them; its last lines:" >&2
    tail -n 5 "$log" >&2
  }
  [ -n "${made_policy:-}" ] && rm -f "$policy"
  rm -f "$log"
fi

left=""
for name in $missing; do
  present "$name" || left="$left $name"
done
[ -z "$left" ] && exit 0
echo "Not installed:$left. The tests that need them will be skipped." >&2
[ "${CI:-}" != true ] || exit 1
