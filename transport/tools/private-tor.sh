#!/usr/bin/env bash
# private-tor.sh - a complete private Tor network on 127.0.0.1, for tests.
#
#   private-tor.sh up     DIR   make keys and torrc files under DIR, start the network, wait until usable
#   private-tor.sh status DIR   say what runs and what the newest consensus holds (exit 0: usable)
#   private-tor.sh down   DIR   end every process that `up` started (by pid); keeps DIR
#   private-tor.sh start  DIR   start again what `down`, or a kill, has ended: the same relays at the same ports
#
# `up` leaves in DIR:
#   arti.toml        configuration for arti-client (parse as TorClientConfigBuilder)
#   network.env      PT_* variables for shells (ports, onion address, voting interval)
#   onion.txt        the onion address hosted by C tor (only if PT_HS_TARGET was given)
#   <node>/torrc, <node>/notice.log, <node>/pid   per node
#
# Settings, all optional, from the environment:
#   TOR, TOR_GENCERT   the two programs                       (default: from PATH)
#   PT_AUTHS           directory authorities (they relay too) (default 3)
#   PT_RELAYS          further non-exit relays                (default 4)
#   PT_EXITS           further exit relays                    (default 2)
#   PT_VOTE_INTERVAL   seconds between consensuses            (default 3600; divides 86400, multiple of 5, >= 15;
#                      onion service time periods last 24 times that, so a short one makes services move often)
#   PT_PORT_BASE       first of the consecutive TCP ports     (default: a free block is looked for)
#   PT_HS_TARGET       host:port; C tor then hosts an onion service forwarding there
#   PT_HS_PORT         virtual port of that onion service     (default 80)
#   PT_SOCKS           1: also a C tor client with a SOCKS port (default 0)
#   PT_DNS             host:port of a DNS server the exits shall ask (default: none answers; no packet leaves)
#   PT_TIMEOUT         seconds `up` waits for the network     (default 480)
set -euo pipefail
umask 077
export LC_ALL=C

die() { printf 'private-tor: %s\n' "$*" >&2; exit 1; }
say() { printf 'private-tor: %s\n' "$*" >&2; }

[ $# -eq 2 ] || { sed -n '2,/^set -euo/p' "$0" | sed -e '/^set -euo/d' -e 's/^# \{0,1\}//' >&2; exit 2; }
CMD=$1
case $2 in /*) DIR=$2 ;; *) DIR=$PWD/$2 ;; esac

# ---------------------------------------------------------------- helpers

# pid_of NODE: prints the pid of that node's own tor: the one whose command line names that node's torrc.
# The pid file is only a hint; tor writes it after its parent left, and a pid may have been given out again.
pid_of() {
  local pid='' want="-f $DIR/$1/torrc "
  [ -s "$DIR/$1/pid" ] && read -r pid < "$DIR/$1/pid"
  if [ -n "$pid" ]; then
    case "$(ps -p "$pid" -o args= 2>/dev/null) " in *"$want"*) printf '%s\n' "$pid"; return 0 ;; esac
  fi
  pid=$(ps -e -o pid= -o args= | W="$want" awk 'index($0 " ", ENVIRON["W"]) && $0 !~ /awk/ {print $1; exit}')
  [ -n "$pid" ] && printf '%s\n' "$pid"
}

nodes() { local f; for f in "$DIR"/*/torrc; do [ -e "$f" ] && basename "$(dirname "$f")"; done; }

port_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

find_ports() { # find_ports N: prints the first port of a block of N free ones, below the ephemeral range
  local n=$1 try base p
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    base=$(( 12000 + (RANDOM % 1000) * 20 ))
    for (( p = base; p < base + n; p++ )); do port_busy "$p" && continue 2; done
    printf '%s\n' "$base"; return 0
  done
  return 1
}

http_get() { # http_get PORT PATH: body on stdout (HTTP/1.0, so the server closes)
  ( exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf 'GET %s HTTP/1.0\r\nAccept-Encoding: identity\r\n\r\n' "$2" >&3
    timeout 5 sed -e '1,/^\r$/d' <&3 ) 2>/dev/null
}

consensus_counts() { # reads a consensus on stdin; prints: relays running guards exits hsdirs
  awk '/^r /{n++} /^s /{if(/ Running/)u++; if(/ Guard/)g++; if(/ Exit/)e++; if(/ HSDir/)h++}
       END{print n+0,u+0,g+0,e+0,h+0}'
}

consensus() { # the newest consensus an authority serves
  local p c; for p in $PT_AUTH_DIRPORTS; do
    c=$(http_get "$p" /tor/status-vote/current/consensus-microdesc) || continue
    case $c in network-status-version*) printf '%s\n' "$c"; return 0 ;; esac
  done; return 1
}

# usable: every authority serves a consensus listing all relays as running, with flags
usable() {
  local p c n u g e h
  for p in $PT_AUTH_DIRPORTS; do
    c=$(http_get "$p" /tor/status-vote/current/consensus-microdesc) || return 1
    read -r n u g e h <<< "$(consensus_counts <<< "$c")"
    [ "$n" -eq "$PT_NODES" ] && [ "$u" -eq "$PT_NODES" ] && [ "$g" -ge 3 ] && [ "$e" -ge 1 ] && [ "$h" -ge 3 ] || return 1
  done
}

start_node() {
  MALLOC_ARENA_MAX=1 "$TOR" --defaults-torrc /dev/null -f "$DIR/$1/torrc" --quiet </dev/null >"$DIR/$1/start.log" 2>&1 \
    || die "$1 did not start: $(tail -n 3 "$DIR/$1/start.log" "$DIR/$1/notice.log" 2>/dev/null)"
  local i; for (( i = 0; i < 50; i++ )); do pid_of "$1" >/dev/null && { : > "$DIR/$1/started"; return; }; sleep 0.1; done # tor writes it after its parent left
  die "$1 wrote no pid file: $(tail -n 3 "$DIR/$1/notice.log" 2>/dev/null)"
}

alive_before() { # alive_before END WHAT: dies if a node has died or END has passed
  local n
  (( $(date +%s) < $1 )) || die "no $2 in time; see $DIR/*/notice.log"
  for n in $(nodes); do
    [ ! -e "$DIR/$n/started" ] || pid_of "$n" >/dev/null || die "$n died: $(tail -n 3 "$DIR/$n/notice.log")"
  done
}

# ---------------------------------------------------------------- down

down() {
  local n pid pids='' i
  [ -d "$DIR" ] || die "no such directory: $DIR"
  for n in $(nodes); do pid=$(pid_of "$n") && { kill -TERM "$pid" 2>/dev/null || true; pids="$pids $n"; }; done
  for (( i = 0; i < 50; i++ )); do
    local left=''
    for n in $pids; do pid_of "$n" >/dev/null && left="$left $n"; done
    pids=$left; [ -z "$pids" ] && break; sleep 0.1
  done
  for n in $pids; do pid=$(pid_of "$n") && { say "killing $n ($pid)"; kill -KILL "$pid" 2>/dev/null || true; }; done
  say "down"
}

# ---------------------------------------------------------------- status

status() {
  [ -f "$DIR/network.env" ] || die "no network in $DIR"
  # shellcheck disable=SC1091
  . "$DIR/network.env"
  local n pid rss total=0 ok=0
  for n in $(nodes); do
    if pid=$(pid_of "$n"); then
      rss=$(ps -p "$pid" -o rss= | tr -d ' '); total=$(( total + rss ))
      printf '%-10s pid %-8s rss %6s kB  %s\n' "$n" "$pid" "$rss" \
        "$(grep -o 'Bootstrapped [0-9]*%' "$DIR/$n/notice.log" 2>/dev/null | tail -n 1)"
    else printf '%-10s not running\n' "$n"; ok=1; fi
  done
  printf 'total rss %s kB\n' "$total"
  local c; c=$(consensus) || { echo 'no consensus yet'; return 1; }
  grep -E '^(valid-after|fresh-until|valid-until|params|shared-rand-current-value)' <<< "$c"
  # shellcheck disable=SC2046
  printf 'consensus: %s relays, %s running, %s guards, %s exits, %s hsdirs\n' $(consensus_counts <<< "$c")
  [ -s "$DIR/onion.txt" ] && printf 'onion service: %s\n' "$(cat "$DIR/onion.txt")"
  usable || ok=1
  return $ok
}

# ---------------------------------------------------------------- start

start() { # the directory's state is on disk: the consensus is good as long as it was
  [ -f "$DIR/network.env" ] || die "no network in $DIR"
  # shellcheck disable=SC1091
  . "$DIR/network.env"
  TOR=${TOR:-$(command -v tor || true)}; [ -x "$TOR" ] || die "tor not found (set TOR)"
  local n end=$(( $(date +%s) + ${PT_TIMEOUT:-480} ))
  for n in $(nodes); do pid_of "$n" >/dev/null || start_node "$n"; done
  until usable; do alive_before "$end" "usable consensus"; sleep 0.3; done
  say "started again"
}

# ---------------------------------------------------------------- up

up() {
  TOR=${TOR:-$(command -v tor || true)}; TOR_GENCERT=${TOR_GENCERT:-$(command -v tor-gencert || true)}
  [ -x "$TOR" ] || die "tor not found (set TOR)"; [ -x "$TOR_GENCERT" ] || die "tor-gencert not found (set TOR_GENCERT)"
  local auths=${PT_AUTHS:-3} relays=${PT_RELAYS:-4} exits=${PT_EXITS:-2} vote=${PT_VOTE_INTERVAL:-3600}
  local hs_target=${PT_HS_TARGET:-} hs_port=${PT_HS_PORT:-80} socks=${PT_SOCKS:-0} limit=${PT_TIMEOUT:-480}
  (( vote >= 15 && 86400 % vote == 0 && vote % 5 == 0 )) || die "PT_VOTE_INTERVAL=$vote: it must divide 86400, be a multiple of 5 and at least 15"
  (( auths >= 1 && auths + relays + exits >= 5 && exits >= 1 )) || die "too few nodes"
  if [ -e "$DIR" ] && [ -n "$(ls -A "$DIR" 2>/dev/null)" ]; then die "$DIR is not empty"; fi
  mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd -P)
  local t0; t0=$(date +%s%N)

  PT_NODES=$(( auths + relays + exits ))
  local nports=$(( PT_NODES + auths + 1 )) base=${PT_PORT_BASE:-}
  [ -n "$base" ] || base=$(find_ports "$nports") || die "no free block of $nports ports"
  local p; for (( p = base; p < base + nports; p++ )); do if port_busy "$p"; then die "port $p is in use"; fi; done
  local dirbase=$(( base + PT_NODES )) sockport=$(( base + PT_NODES + auths ))

  # names: a0.. authorities, r0.. relays, x0.. exits; OR port base+i; directory port dirbase+i
  local names=() i; for (( i = 0; i < auths; i++ )); do names+=("a$i"); done
  for (( i = 0; i < relays; i++ )); do names+=("r$i"); done
  for (( i = 0; i < exits; i++ )); do names+=("x$i"); done

  # 1. keys: relay identity (RSA + ed25519) for all, voting identity for authorities; 4 at a time at most
  local n k jobs_=()
  for (( i = 0; i < PT_NODES; i++ )); do
    n=${names[i]}; mkdir -p "$DIR/$n/keys"
    (
      if (( i < auths )); then
        echo x | "$TOR_GENCERT" --create-identity-key --passphrase-fd 0 -m 12 -a "127.0.0.1:$(( dirbase + i ))" \
          -i "$DIR/$n/keys/authority_identity_key" -s "$DIR/$n/keys/authority_signing_key" \
          -c "$DIR/$n/keys/authority_certificate" > "$DIR/$n/gencert.log" 2>&1 || exit 1
      fi
      "$TOR" --defaults-torrc /dev/null --ignore-missing-torrc -f "$DIR/$n/none" --quiet --list-fingerprint \
        --orport 1 --Address 127.0.0.1 --Nickname "$n" --DataDirectory "$DIR/$n" > "$DIR/$n/list.log" 2>&1
    ) & jobs_+=($!)
    if (( ${#jobs_[@]} >= 4 )); then for k in "${jobs_[@]}"; do wait "$k" || die "making keys failed, see $DIR/*/*.log"; done; jobs_=(); fi
  done
  for k in ${jobs_[@]+"${jobs_[@]}"}; do wait "$k" || die "making keys failed, see $DIR/*/*.log"; done

  local fp ed v3 authlines='' v3idents='' fallbacks='' addrs=''
  PT_AUTH_DIRPORTS=''
  for (( i = 0; i < PT_NODES; i++ )); do
    n=${names[i]}
    fp=$(awk '{print $2}' "$DIR/$n/fingerprint"); [ ${#fp} -eq 40 ] || die "no fingerprint of $n"
    ed=$(tail -c 32 "$DIR/$n/keys/ed25519_master_id_public_key" | base64 | tr -d '=\n'); [ ${#ed} -eq 43 ] || die "no ed25519 id of $n"
    fallbacks="$fallbacks    { rsa_identity = \"$fp\", ed_identity = \"$ed\", orports = [\"127.0.0.1:$(( base + i ))\"] },"$'\n'
    if (( i < auths )); then
      v3=$(awk '$1=="fingerprint"{print $2}' "$DIR/$n/keys/authority_certificate"); [ ${#v3} -eq 40 ] || die "no v3 ident of $n"
      authlines="${authlines}DirAuthority $n orport=$(( base + i )) no-v2 v3ident=$v3 127.0.0.1:$(( dirbase + i )) $fp"$'\n'
      v3idents="$v3idents\"$v3\", "; addrs="${addrs}[\"127.0.0.1:$(( dirbase + i ))\"], "
      PT_AUTH_DIRPORTS="$PT_AUTH_DIRPORTS $(( dirbase + i ))"
    fi
  done
  PT_AUTH_DIRPORTS=${PT_AUTH_DIRPORTS# }

  # Every relay gets the same measured bandwidth, so that none has weight zero (counts from 3 authorities on).
  { date +%s; for (( i = 0; i < PT_NODES; i++ )); do
      printf 'node_id=$%s bw=1000 nick=%s\n' "$(awk '{print $2}' "$DIR/${names[i]}/fingerprint")" "${names[i]}"; done
  } > "$DIR/bandwidths"

  # 2. torrc files
  # No name server answers on this address unless PT_DNS names one; so exits send no DNS packet outside.
  printf 'nameserver %s\noptions timeout:1 attempts:1\n' "${PT_DNS:-127.0.0.1:1}" > "$DIR/resolv.conf"
  common() { # common NODE
    cat <<EOF
TestingTorNetwork 1
DataDirectory "$DIR/$1"
PidFile "$DIR/$1/pid"
RunAsDaemon 1
Log notice file $DIR/$1/notice.log
SafeLogging 0
ShutdownWaitLength 0
DisableDebuggerAttachment 0
AvoidDiskWrites 1
OutboundBindAddress 127.0.0.1
ClientUseIPv6 0
PathsNeededToBuildCircuits 0.25
$authlines
EOF
  }
  relay() { # relay NODE ORPORT
    cat <<EOF
Nickname $1
Address 127.0.0.1
ContactInfo $1@test.invalid
ORPort 127.0.0.1:$2 IPv4Only
SocksPort 0
AssumeReachable 1
ExtendAllowPrivateAddresses 1
NumCPUs 1
MaxMemInQueues 256 MB
DoSCircuitCreationEnabled 0
DoSConnectionEnabled 0
DoSRefuseSingleHopClientRendezvous 0
ServerDNSDetectHijacking 0
ServerDNSAllowBrokenConfig 1
ServerDNSResolvConfFile "$DIR/resolv.conf"
EOF
  }
  for (( i = 0; i < PT_NODES; i++ )); do
    n=${names[i]}
    {
      common "$n"; relay "$n" $(( base + i ))
      case $n in
        a*) cat <<EOF
ExitRelay 0
ExitPolicy reject *:*
DirPort 127.0.0.1:$(( dirbase + i )) IPv4Only
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
AuthDirHasIPv6Connectivity 0
TestingV3AuthInitialVotingInterval 10
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval $vote
V3AuthVoteDelay 2
V3AuthDistDelay 2
V3AuthNIntervalsValid 10
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
MinUptimeHidServDirectoryV2 0
V3BandwidthsFile "$DIR/bandwidths"
ConsensusParams hsdir_interval=$(( 24 * vote / 60 )) cbtmintimeout=3000 cbtinitialtimeout=10000
EOF
          ;;
        r*) printf 'ExitRelay 0\nExitPolicy reject *:*\n' ;;
        x*) cat <<EOF
ExitRelay 1
ExitPolicyRejectPrivate 0
ExitPolicyRejectLocalInterfaces 0
ExitPolicy accept *:*
IPv6Exit 0
EOF
          ;;
      esac
    } > "$DIR/$n/torrc"
  done
  if [ -n "$hs_target" ]; then
    mkdir -p "$DIR/hs/service"
    { common hs; printf 'Log [rend]info file %s\n' "$DIR/hs/rend.log"
      printf 'SocksPort 0\nHiddenServiceDir "%s"\nHiddenServiceVersion 3\nHiddenServicePort %s %s\n' \
        "$DIR/hs/service" "$hs_port" "$hs_target"; } > "$DIR/hs/torrc"
  fi
  if [ "$socks" = 1 ]; then
    mkdir -p "$DIR/client"; { common client; printf 'SocksPort 127.0.0.1:%s\n' "$sockport"; } > "$DIR/client/torrc"
  fi

  # 3. what others need to know
  cat > "$DIR/network.env" <<EOF
PT_NODES=$PT_NODES
PT_PORT_BASE=$base
PT_AUTH_DIRPORTS="$PT_AUTH_DIRPORTS"
PT_VOTE_INTERVAL=$vote
PT_SOCKS_PORT=$( [ "$socks" = 1 ] && echo "$sockport" )
PT_HS_PORT=$hs_port
EOF
  cat > "$DIR/arti.toml" <<EOF
# Made by private-tor.sh. Parse as arti_client::config::TorClientConfigBuilder, then build().
[storage]
cache_dir = "$DIR/arti/cache"
state_dir = "$DIR/arti/state"

[storage.permissions]
dangerously_trust_everyone = true

[path_rules]
ipv4_subnet_family_prefix = 33
ipv6_subnet_family_prefix = 129

[address_filter]
allow_local_addrs = true

[circuit_timing]
hs_dir_requery_interval = "1 sec"

[override_net_params]
"guard-max-sample-size" = 4
"guard-min-filtered-sample-size" = 3

[tor_network]
fallback_caches = [
$fallbacks]

[tor_network.authorities]
v3idents = [ ${v3idents}]
uploads = [ ${addrs}]
downloads = [ ${addrs}]
votes = [ ${addrs}]
EOF

  # A network without history has no shared random values for its first two runs of the protocol (2 x 24 votes).
  # Give all authorities the same made-up past, so that onion services see both of their time periods from the start.
  seed_sr() { # seed_sr: writes sr-state for every authority; one run lasts 24 votes and begins at a multiple of that
    local now run until j a
    now=$(date +%s); run=$(( 24 * vote )); until=$(( now - now % run + run ))
    for (( j = 0; j < auths; j++ )); do a=${names[j]}
      printf 'Version 1\nTorVersion %s\nValidUntil %s\nSharedRandPreviousValue %s %s\nSharedRandCurrentValue %s %s\n' \
        "$torversion" "$(date -u -d "@$until" '+%Y-%m-%d %H:%M:%S')" "$auths" "$srv_prev" "$auths" "$srv_cur" > "$DIR/$a/sr-state"
    done
  }
  local srv_prev srv_cur torversion; torversion=$("$TOR" --version | awk 'NR==1{sub(/\.$/,"",$3); print "Tor " $3}')
  srv_prev=$(head -c 32 /dev/urandom | base64 | tr -d '\n'); srv_cur=$(head -c 32 /dev/urandom | base64 | tr -d '\n')

  # 4. start. The first vote decides: the next is $vote seconds later. Votes of a network without consensus are
  # cast 4 s before each full 10 s (at once if one starts within these 4 s); by then the relays' descriptors must
  # have reached every authority. So start right after a full 10 s. Where that is too short it is too short every
  # time: each further try has 20 s, then 30 (the interval must divide half an hour).
  trap 'say "failed, taking it down"; down' EXIT
  local t1 t2 t3 try f initial=10 end=$(( $(date +%s) + limit )); t1=$(date +%s%N)
  for (( try = 1; ; try++ )); do
    seed_sr
    for (( i = 0; i < auths; i++ )); do
      sed -i "s/^TestingV3AuthInitialVotingInterval .*/TestingV3AuthInitialVotingInterval $initial/" "$DIR/${names[i]}/torrc"
    done
    while (( $(date +%s) % initial >= 2 )); do sleep 0.1; done
    for n in "${names[@]}"; do start_node "$n"; done   # authorities come first in that list
    t2=$(date +%s%N)
    until consensus >/dev/null; do alive_before "$end" "consensus"; sleep 0.3; done
    for (( i = 0; i < 20; i++ )); do usable && break 2; sleep 0.3; done
    if (( vote <= 60 )); then until usable; do alive_before "$end" "usable consensus"; sleep 0.5; done; break; fi
    (( try < 12 )) || die "the first consensus was incomplete $try times"
    say "the first consensus is incomplete (relays running guards exits hsdirs: $(consensus | consensus_counts)), once more"; down
    (( initial >= 30 )) || initial=$(( initial + 10 ))
    for n in "${names[@]}"; do
      for f in "$DIR/$n"/*; do
        case ${f##*/} in keys|torrc|fingerprint*|*.log) ;; *) rm -rf "$f" ;; esac
      done
    done
  done
  t3=$(date +%s%N)
  # 5. relays must have the directory (clients ask them for it), then the clients
  booted() { # booted NODE PATTERN; SIGHUP makes a tor fetch what it lacks now, not at the end of its random delay
    local k=0
    until grep -qE "Bootstrapped ($2)%" "$DIR/$1/notice.log"; do
      alive_before "$end" "bootstrapped $1"; (( k++ % 15 != 14 )) || kill -HUP "$(pid_of "$1")" || true; sleep 0.2
    done
  }
  for n in "${names[@]:auths}"; do kill -HUP "$(pid_of "$n")" || true; done
  for n in "${names[@]}"; do booted "$n" '75|100'; done # 75: has the directory (a lone exit never gets to 100)
  [ -z "$hs_target" ] || start_node hs
  [ "$socks" != 1 ] || start_node client
  [ "$socks" != 1 ] || booted client 100
  [ -z "$hs_target" ] || booted hs 100
  if [ -n "$hs_target" ]; then
    cp "$DIR/hs/service/hostname" "$DIR/onion.txt"
    until [ "$(grep -c 'Uploading hidden service descriptor: finished with status 200' "$DIR/hs/rend.log")" -ge 3 ]; do
      alive_before "$end" "published onion service"; sleep 0.2
    done
  fi
  local t4; t4=$(date +%s%N)
  trap - EXIT
  say "up: keys $(( (t1-t0)/1000000 )) ms, start $(( (t2-t1)/1000000 )) ms, consensus $(( (t3-t2)/1000000 )) ms, all bootstrapped $(( (t4-t3)/1000000 )) ms"
}

case $CMD in up) up ;; status) status ;; down) down ;; start) start ;; *) die "unknown command: $CMD" ;; esac
