# Runs by `sh -c` in a container without node; prints tab-separated lines: shapes, never a value.
# Arguments: D host port | N host | F path ... in order. A line `P name number` is a field of `Process`, `R` one of the resolver.
has() { command -v "$1" >/dev/null 2>&1; }
# One write a line, because connections are tried side by side.
say() { line=$1; shift; for word in "$@"; do line="$line	$word"; done; printf '%s\n' "$line"; }

# The name as each search domain of the pod completes it.
searched() {
  while read -r word rest; do
    [ "$word" = search ] && for domain in $rest; do echo "$1.$domain"; done
  done 2>/dev/null </etc/resolv.conf
}

# A name that a resolver refuses may not exist, or nobody may have answered: only NXDOMAIN tells, or the library's own text.
named() {
  if ! has nslookup; then
    case $2 in
      *"not known"* | *"not resolve"*) echo no-such-name ;;
      *emporary*) echo name-unresolved ;;
      *)
        code=0
        if has getent; then timeout 2 getent hosts "$1" >/dev/null; code=$?; fi
        if [ $code -gt 120 ]; then echo name-unresolved; else echo no-tool; fi ;;
    esac
    return
  fi
  for name in "$1" $(searched "$1"); do
    answer=$(timeout 2 nslookup "$name" 2>&1) && { echo no-tool; return; }
    case $answer in *NXDOMAIN* | *"Name does not resolve"*) ;; *) echo name-unresolved; return ;; esac
  done
  echo no-such-name
}

dial() {
  if has bash; then
    answer=$(timeout 3 bash -c "exec 3<>/dev/tcp/$1/$2" 2>&1); code=$?
    [ $code = 124 ] || [ $code = 143 ] && answer="timed out"
  elif has nc; then
    answer=$(timeout 3 nc -w 2 "$1" "$2" </dev/null 2>&1 >/dev/null); code=$?
    # Beyond its own limit for connecting it hangs only where it is connected to somebody who says nothing.
    [ $code = 124 ] || [ $code = 143 ] && code=0
  else
    say D "$1" "$2" no-tool; return
  fi
  case "$code $answer" in
    "0 "*) state=connected ;;
    *refused*) state=refused ;;
    *nreachable* | *"No route"*) state=unreachable ;;
    *"timed out"*)
      state=timed-out
      case $1 in *[a-z]*) [ "$(named "$1" "$answer")" = name-unresolved ] && state=name-unresolved ;; esac ;;
    *"bad address"* | *"not known"* | *"name resolution"* | *"not resolve"*) state=$(named "$1" "$answer") ;;
    *) state=no-tool ;;
  esac
  say D "$1" "$2" "$state"
}

# The names that the resolver tries for a host, in its order: one with as many dots as `ndots` by itself first.
tried() {
  rest=$1 dots=0 ndots=1
  while :; do case $rest in *.*) rest=${rest#*.}; dots=$((dots + 1)) ;; *) break ;; esac; done
  while read -r word rest; do
    [ "$word" = options ] && for option in $rest; do case $option in ndots:*) ndots=${option#ndots:} ;; esac; done
  done 2>/dev/null </etc/resolv.conf
  [ "$dots" -ge "$ndots" ] && echo "$1"
  searched "$1"
  [ "$dots" -ge "$ndots" ] || echo "$1"
}

# The addresses in what a program prints about a name; those before the name itself are of the server.
addresses() {
  found=""
  while read -r word rest; do
    case $word in
      Name:) found=1 ;;
      Address*) [ "$found" ] && { rest=${rest#*: }; printf '\t%s' "${rest%% *}"; } ;;
    esac
  done
}

# The addresses of a name that is whole, each after a tab, by whichever program can look it up.
resolved() {
  if has nslookup; then timeout 2 nslookup "$1." 2>/dev/null | addresses
  elif has getent; then
    timeout 2 getent ahosts "$1." | while read -r word kind rest; do [ "$kind" = STREAM ] && printf '\t%s' "$word"; done
  else
    timeout 2 "$python" -c 'import socket, sys
for one in socket.getaddrinfo(sys.argv[1], 0, type=socket.SOCK_STREAM): print(end="\t" + one[4][0])' "$1." 2>/dev/null
  fi
}

lookup() {
  python=$(command -v python3 || command -v python)
  has nslookup || has getent || [ "$python" ] || return
  number=0
  for name in $(tried "$1"); do
    number=$((number + 1))
    say N "$1" $number "$name$(resolved "$name")" &
  done
  wait
}

shape() {
  case $1 in
    *"<no value>"*) echo no-value ;;
    '' | '""' | "''") echo empty ;;
    *) echo set ;;
  esac
}

file() {
  if [ ! -e "$1" ]; then say F "$1" absent 0; return; fi
  if [ ! -r "$1" ]; then say F "$1" unreadable 0; return; fi
  say F "$1" present "$(wc -c <"$1")"
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) ;;
      'export '*=*) rest=${line#export }; say V "$1" "${rest%%=*}" "$(shape "${rest#*=}")" ;;
      [A-Za-z_]*=*) say V "$1" "${line%%=*}" "$(shape "${line#*=}")"; say B "$1" ;;
      *) say B "$1" ;;
    esac
  done <"$1"
}

while read -r word rest; do
  case $word in nameserver | search) say R "$word" "$rest" ;; esac
done 2>/dev/null </etc/resolv.conf

while [ $# -gt 0 ]; do
  case $1 in
    D) dial "$2" "$3" & shift 3 ;;
    N) lookup "$2" & shift 2 ;;
    F) file "$2"; shift 2 ;;
  esac
done
# The open ports of the pod, in hexadecimal; the kernel lists listeners (state 0A) before all connections.
for table in /proc/net/tcp /proc/net/tcp6; do
  [ -r $table ] || continue
  [ $table = /proc/net/tcp ] && say L
  while read -r number ends peer state rest; do
    case $state in 0A) say L "${ends%:*}" "${ends##*:}" ;; st) ;; *) break ;; esac
  done <$table
done
wait
uid=$(id -u 2>/dev/null) && say P uid "$uid"
for table in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  while read -r word number; do [ "$word" = oom_kill ] && say P oom_kills "$number"; done 2>/dev/null <$table
done
for table in /sys/fs/cgroup/memory.stat /sys/fs/cgroup/memory/memory.stat; do
  while read -r word number; do [ "$word" = shmem ] && say P shared_memory "$number"; done 2>/dev/null <$table
done
# Last, because the time of the API server is that of the answer; also without a time, because it ends the answer.
say P clock "$(date +%s 2>/dev/null)"
